//! Whether the files that the node has open are still those that their names mean.
//!
//! A file that was removed or replaced under a running node still takes every write, and all of it is lost at the next
//! start. So the names are looked up again before a commit is acknowledged. An inode number cannot be given to another
//! file while SQLite holds the file open.

use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::SeekFrom;

use crate::directory::DataDir;
use crate::files::no_follow;

/// Bytes of the header of a database; a shorter file holds none.
const HEADER: u64 = 100;
/// Bytes before the first frame of a write-ahead log.
const LOG_HEADER: u64 = 32;

/// A file of the store was taken away under the running node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostFile {
    pub path: PathBuf,
    pub loss: Loss,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The name is gone: the file, or a directory above it, was removed, renamed or unmounted.
    Removed,
    /// The name means another file.
    Replaced,
    /// The file is shorter than what was written to it.
    Truncated,
}

impl fmt::Display for LostFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loss = match self.loss {
            Loss::Removed => "was removed or renamed",
            Loss::Replaced => "was replaced by another file",
            Loss::Truncated => "was truncated",
        };
        write!(f, "{} {loss} while the node was using it", self.path.display())
    }
}

struct KnownFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl KnownFile {
    fn at(path: PathBuf) -> std::io::Result<Self> {
        let about = std::fs::symlink_metadata(&path)?;
        Ok(Self { path, device: about.dev(), inode: about.ino() })
    }

    /// Compares the name with the open file; gives its size. `Ok(None)` if the system does not tell: then the writes do.
    fn size(&self) -> Result<Option<u64>, LostFile> {
        let lost = |loss| Err(LostFile { path: self.path.clone(), loss });
        match std::fs::symlink_metadata(&self.path) {
            Ok(about) if (about.dev(), about.ino()) != (self.device, self.inode) => lost(Loss::Replaced),
            Ok(about) if about.nlink() == 0 => lost(Loss::Removed),
            Ok(about) => Ok(Some(about.size())),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::StaleNetworkFileHandle) =>
            {
                lost(Loss::Removed)
            }
            Err(_) => Ok(None),
        }
    }

    fn is_at_least(&self, bytes: u64) -> Result<(), LostFile> {
        match self.size()? {
            Some(size) if size < bytes => Err(LostFile { path: self.path.clone(), loss: Loss::Truncated }),
            _ => Ok(()),
        }
    }
}

/// The files of an open store.
pub(crate) struct StoreFiles {
    database: KnownFile,
    /// What the database was long when it was opened, or behind the last checkpoint: only checkpoints write to it.
    database_size: u64,
    log: KnownFile,
    /// Shared memory and lock: without them a second process would not know of this one.
    others: Vec<KnownFile>,
}

impl StoreFiles {
    /// The files as SQLite has just opened them.
    pub(crate) fn of(directory: &DataDir) -> Result<Self, (PathBuf, std::io::Error)> {
        let known = |path: PathBuf| KnownFile::at(path.clone()).map_err(|error| (path, error));
        let database = directory.database();
        let beside = |suffix: &str| -> PathBuf { with_suffix(&database, suffix) };
        let others = vec![known(beside("-shm"))?, known(directory.lock_file())?];
        let mut files = Self { log: known(beside("-wal"))?, others, database: known(database)?, database_size: HEADER };
        files.note_database_size();
        Ok(files)
    }

    /// To be called behind each checkpoint: the database has its size by that.
    pub(crate) fn note_database_size(&mut self) {
        if let Ok(Some(size)) = self.database.size() {
            self.database_size = size.max(HEADER);
        }
    }

    /// Looks at database and write-ahead log.
    pub(crate) fn check(&self) -> Result<(), LostFile> {
        self.database.is_at_least(self.database_size)?;
        self.log.size().map(drop)
    }

    /// Whether the log is shorter than the frames that the last commit left in it. The next commit would hide that: it
    /// writes behind them, and leaves a hole.
    pub(crate) fn log_is_short(&self, frames: u64, frame_size: u64) -> bool {
        frames > 0 && matches!(self.log.size(), Ok(Some(size)) if size < LOG_HEADER + frames * frame_size)
    }

    /// Renames the log, if its name still means ours; gives the new name.
    pub(crate) fn set_log_aside(&self) -> Option<PathBuf> {
        self.log.size().ok()??;
        let aside = with_suffix(&self.log.path, ".replaced");
        std::fs::rename(&self.log.path, &aside).ok()?;
        Some(aside)
    }

    pub(crate) fn truncated_log(&self) -> LostFile {
        LostFile { path: self.log.path.clone(), loss: Loss::Truncated }
    }

    /// Whether the database itself is still in its place.
    pub(crate) fn has_database(&self) -> bool {
        matches!(self.database.size(), Ok(Some(size)) if size >= HEADER)
    }

    /// Looks at every file of the store. `log_end`: bytes of the log that commits have written.
    pub(crate) fn check_all(&self, log_end: u64) -> Result<(), LostFile> {
        self.check()?;
        if has_hole_before(&self.log.path, log_end) {
            return Err(self.truncated_log());
        }
        self.others.iter().try_for_each(|file| file.size().map(drop))
    }
}

/// Whether a file has a hole before `end`: it was cut while a commit wrote behind the cut. SQLite takes no lock on the log,
/// so that opening and closing it here releases none.
fn has_hole_before(path: &Path, end: u64) -> bool {
    let Ok(file) = no_follow().read(true).open(path) else { return false };
    // Where the file system knows no holes this is the end of the file (lseek(2)).
    rustix::fs::seek(&file, SeekFrom::Hole(0)).is_ok_and(|hole| hole < end)
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
