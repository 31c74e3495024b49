//! A disk that can be filled.

use std::path::Path;
use std::process::Command;

/// A small file system in a mount of its own; unmounted at the end. Needs root, as ./test has.
pub struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    pub fn new(megabytes: u32) -> Self {
        let dir = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
        let size = format!("size={megabytes}m");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).status().unwrap();
        assert!(status.success(), "a tmpfs must be mounted: run ./test as root");
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.dir.path()).status());
    }
}
