//! A temporary directory, removed on drop.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub(crate) struct DemoPlace {
    path: PathBuf,
}

impl DemoPlace {
    /// Makes a new directory with mode 0700. Its name is short because the path of a Unix socket is limited.
    pub(crate) fn new() -> std::io::Result<Self> {
        let top = std::env::temp_dir();
        let mut tries = 0u32;
        loop {
            let path = top.join(format!("postwacht-demo-{}-{tries}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DemoPlace {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("{}: {error}", self.path.display());
        }
    }
}
