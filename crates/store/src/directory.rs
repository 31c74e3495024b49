//! The data directory: made with mode 0700, and locked exclusively while a process uses it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::doubt::{Doubt, UnexpectedStore};
use crate::fault::OpenFault;
use crate::files::{FileKind, examine, is_filled, no_follow, set_log_aside};
use crate::mark::{Marks, NAME};
use crate::seal::KeyRing;

/// Files of the store with mail, and the reserve.
pub(crate) const DATA_FILES: [&str; 4] = ["postwacht.db", "postwacht.db-wal", "postwacht.db-shm", "reserve"];
/// Names of other files of the store in its directory.
const OTHER_FILES: [&str; 3] = ["key", "restore.part", NAME];

/// A data directory that this process has locked as long as the value lives.
pub struct DataDir {
    path: PathBuf,
    run_dir: Option<PathBuf>,
    doubt: Option<Doubt>,
    _lock: File,
}

impl DataDir {
    pub fn lock(path: &Path) -> Result<Self, OpenFault> {
        let fault = |error| OpenFault::Directory(path.to_owned(), error);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        examine(&path.join("lock"), FileKind::Regular)?;
        let mut lock = no_follow().read(true).write(true).create(true).truncate(false).open(path.join("lock")).map_err(fault)?;
        if let Err(error) = rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(fault(error.into()));
            }
            let mut pid = String::new();
            let known = lock.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            let who = if known { format!(" ({})", pid.trim()) } else { String::new() };
            return Err(OpenFault::InUse(path.to_owned(), who));
        }
        for name in DATA_FILES.iter().chain(&OTHER_FILES) {
            examine(&path.join(name), FileKind::Regular)?;
        }
        note_process(&mut lock);
        let directory = Self { path: path.to_owned(), run_dir: None, doubt: None, _lock: lock };
        directory.close_to_others();
        Ok(directory)
    }

    /// Sets the directory of the sockets. It holds a second copy of the mark.
    #[must_use]
    pub fn with_run_dir(mut self, run_dir: &Path) -> Self {
        self.run_dir = Some(run_dir.to_owned());
        self
    }

    /// Closes the store's files to other users, because the mail in them is not encrypted. A directory made by hand may be
    /// open to others.
    fn close_to_others(&self) {
        for name in DATA_FILES {
            let file = self.path.join(name);
            let Ok(meta) = std::fs::symlink_metadata(&file) else { continue };
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

    pub(crate) fn run_dir(&self) -> Option<&Path> {
        self.run_dir.as_deref()
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("postwacht.db")
    }

    /// True if there is a database. An empty file does not count.
    pub(crate) fn has_database(&self) -> bool {
        is_filled(&self.database())
    }

    /// Checks that a new store may be made here. Call it before the key is made: a key without a database shows that a
    /// database is missing.
    pub fn check_new(&mut self, unexpected: UnexpectedStore) -> Result<(), OpenFault> {
        if self.has_database() {
            return Ok(());
        }
        let key = Some(self.key_file()).filter(|key| std::fs::symlink_metadata(key).is_ok());
        self.expects_new(key, unexpected)
    }

    /// As [`Self::check_new`], with the marks only.
    pub(crate) fn check_marks(&mut self, unexpected: UnexpectedStore) -> Result<(), OpenFault> {
        self.expects_new(None, unexpected)
    }

    fn expects_new(&mut self, key: Option<PathBuf>, unexpected: UnexpectedStore) -> Result<(), OpenFault> {
        self.doubt = Marks::new(&self.path, self.run_dir()).doubt(&self.database(), None, key);
        match (&self.doubt, unexpected) {
            (Some(doubt), UnexpectedStore::Refuse) => Err(OpenFault::Unexpected(doubt.clone())),
            (Some(Doubt::Missing { log: Some(log), .. }), UnexpectedStore::Accept) => keep_log(log),
            _ => Ok(()),
        }
    }

    /// Reads the key ring. Makes a new key if neither key file nor database exists.
    pub fn key_ring(&self) -> Result<KeyRing, OpenFault> {
        let file = self.key_file();
        if self.has_database() && std::fs::symlink_metadata(&file).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Err(OpenFault::NoKey(file));
        }
        Ok(KeyRing::load_or_create(&file)?)
    }

    /// The doubt that existed before the database was opened, and that the operator has confirmed.
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        self.doubt.clone()
    }

    pub fn key_file(&self) -> PathBuf {
        self.path.join("key")
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }
}

/// Renames a log that does not belong to the database any more. SQLite would replay it into the next database, or remove it.
pub(crate) fn keep_log(log: &Path) -> Result<(), OpenFault> {
    let aside = set_log_aside(log).map_err(|error| OpenFault::Directory(log.to_owned(), error))?;
    tracing::warn!("the write-ahead log {} may hold mail; it is kept as {}", log.display(), aside.display());
    Ok(())
}

/// Writes our process ID into the lock file, for the error message of a second process. The lock does not depend on it. So a
/// lock file with a second hard link stays as it is: that name may be another program's file.
fn note_process(lock: &mut File) {
    let noted = lock.metadata().and_then(|about| match about.nlink() {
        1 => lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| writeln!(lock, "{}", std::process::id())),
        _ => Ok(()),
    });
    if let Err(error) = noted {
        // A full disk must not prevent a start: the service has mail to send.
        tracing::warn!(%error, "the lock file could not be written");
    }
}
