//! The data directory: made with mode 0700, held under an exclusive lock while a process uses it.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::fault::OpenFault;

/// A data directory that is ours as long as this value lives.
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    pub fn lock(path: &Path) -> Result<Self, OpenFault> {
        let fault = |error| OpenFault::Directory(path.to_owned(), error);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        let mut options = File::options();
        let mut lock =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path.join("lock")).map_err(fault)?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut pid = String::new();
            let known = lock.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            let who = if known { format!(" (process {})", pid.trim()) } else { String::new() };
            return Err(OpenFault::InUse(path.to_owned(), who));
        }
        // For the message of the process that comes second; nobody relies on it.
        let noted = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| writeln!(lock, "{}", std::process::id()));
        if let Err(error) = noted {
            // A full disk must not keep the service from starting: it has mail to send.
            tracing::warn!(%error, "the lock file could not be written");
        }
        let directory = Self { path: path.to_owned(), _lock: lock };
        directory.close_to_others();
        Ok(directory)
    }

    /// Mail lies open in the database: a directory made by hand may let others in, its files must not.
    fn close_to_others(&self) {
        for name in ["postwacht.db", "postwacht.db-wal", "postwacht.db-shm", "reserve"] {
            let file = self.path.join(name);
            let Ok(meta) = std::fs::metadata(&file) else { continue };
            if meta.permissions().mode() & 0o077 != 0
                && let Err(error) = std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))
            {
                tracing::warn!(%error, "{} can be read by others", file.display());
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("postwacht.db")
    }

    pub fn key_file(&self) -> PathBuf {
        self.path.join("key")
    }
}
