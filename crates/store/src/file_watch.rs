//! Watches the files of an open store. Each name must still mean the open file, and only SQLite may write to the files.
//!
//! A file that was removed or replaced under a running node still takes every write. The next start loses all of them. So the
//! writer looks up the names again before it acknowledges a commit. The file system cannot reuse an inode number while SQLite
//! holds the file open.
//!
//! A file that was overwritten in place keeps its inode. The writer notes size and modification time after its own writes. If
//! they change, the index of the log shows whether another SQLite connection has written. A changed log must still hold every
//! frame that the index lists.
//!
//! Known limits: the watch misses an overwrite if the modification time was set back after it. It also misses an overwrite
//! within the few milliseconds in which this process makes a checkpoint or restarts the log.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rustix::fs::SeekFrom;

use crate::connection::BUSY_WAIT;
use crate::directory::DataDir;
use crate::files::{FileIdentity, FileStamp, Loss, LostFile, no_follow, with_suffix};
use crate::log_index::{IndexChange, IndexState, LogIndex};

/// Bytes of the header of a database. A shorter file holds no database.
const HEADER: u64 = 100;
/// Lock timeout of a check, while another process holds the write lock.
const LOCK_WAIT: Duration = Duration::from_millis(300);

struct KnownFile {
    path: PathBuf,
    identity: FileIdentity,
}

impl KnownFile {
    fn at(path: PathBuf) -> std::io::Result<Self> {
        let identity = FileIdentity::of(&std::fs::symlink_metadata(&path)?);
        Ok(Self { path, identity })
    }

    /// Compares the name with the open file. `Ok(None)` if the system does not answer: then a write reports the error.
    fn stamp(&self) -> Result<Option<FileStamp>, LostFile> {
        match std::fs::symlink_metadata(&self.path) {
            Ok(about) if FileIdentity::of(&about) != self.identity => Err(self.lost(Loss::Replaced)),
            Ok(about) => Ok(Some(FileStamp::of(&about))),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::StaleNetworkFileHandle) =>
            {
                Err(self.lost(Loss::Removed))
            }
            Err(_) => Ok(None),
        }
    }

    fn lost(&self, loss: Loss) -> LostFile {
        LostFile { path: self.path.clone(), loss }
    }

    /// The loss to report for a file that a program other than SQLite has written to.
    fn spoiled(&self, noted: Option<FileStamp>, found: Option<FileStamp>) -> LostFile {
        match noted.zip(found) {
            Some((noted, found)) if found.size < noted.size => self.lost(Loss::Truncated),
            _ => self.lost(Loss::Overwritten),
        }
    }
}

/// True if both are known and differ.
fn differ(noted: Option<FileStamp>, found: Option<FileStamp>) -> bool {
    noted.zip(found).is_some_and(|(noted, found)| noted != found)
}

/// Stamps of database and log at the same time.
#[derive(Clone, Copy)]
struct Stamps {
    database: Option<FileStamp>,
    log: Option<FileStamp>,
}

/// The files of an open store.
pub(crate) struct StoreFiles {
    database: KnownFile,
    log: KnownFile,
    /// Shared memory and lock file. Without them a second process would not notice this one.
    others: Vec<KnownFile>,
    index: Arc<LogIndex>,
    /// Stamps after SQLite's last write. `noted_index` is older than the stamps: a later change of the index then explains a
    /// later stamp.
    noted: Stamps,
    /// `None`: the index was unreadable. Then only the names are checked.
    noted_index: Option<IndexState>,
    /// Salt of the log, and the number of frames that were read before a checkpoint.
    read_frames: Option<(u32, u32)>,
}

impl StoreFiles {
    /// Records the files that SQLite has just opened. `opened`: identity of the database before the opening, if it existed.
    pub(crate) fn open(directory: &DataDir, opened: Option<FileIdentity>) -> Result<Self, (PathBuf, std::io::Error)> {
        let known = |path: PathBuf| KnownFile::at(path.clone()).map_err(|error| (path, error));
        let path = directory.database();
        let database = known(path.clone())?;
        if opened.is_some_and(|opened| opened != database.identity) {
            return Err((path, std::io::Error::other("it was replaced while it was opened")));
        }
        let shared = with_suffix(&path, "-shm");
        let index = LogIndex::open(&shared).map_err(|error| (shared.clone(), error))?;
        let mut files = Self {
            database,
            log: known(with_suffix(&path, "-wal"))?,
            others: vec![known(shared)?, known(directory.lock_file())?],
            index: Arc::new(index),
            noted: Stamps { database: None, log: None },
            noted_index: None,
            read_frames: None,
        };
        files.note();
        Ok(files)
    }

    /// The stamp of the database after SQLite's last write.
    pub(crate) fn database_stamp(&self) -> Option<FileStamp> {
        self.noted.database
    }

    /// The state of the index at the last check.
    pub(crate) fn index_state(&self) -> Option<IndexState> {
        self.noted_index
    }

    /// The index, for owners of connections that may outlive this value.
    pub(crate) fn index(&self) -> Arc<LogIndex> {
        Arc::clone(&self.index)
    }

    /// Records the current state of the files. The writer calls it after its own writes.
    pub(crate) fn note(&mut self) {
        let index = self.index.state().ok();
        if let Ok(stamps) = self.stamps() {
            (self.noted, self.noted_index) = (stamps, index);
        }
    }

    fn stamps(&self) -> Result<Stamps, LostFile> {
        let stamps = Stamps { database: self.database.stamp()?, log: self.log.stamp()? };
        // A checkpoint never leaves a database without its header.
        match stamps.database {
            Some(stamp) if stamp.size < HEADER => Err(self.database.lost(Loss::Truncated)),
            _ => Ok(stamps),
        }
    }

    fn has_changed(&self, stamps: Stamps) -> bool {
        differ(self.noted.database, stamps.database) || differ(self.noted.log, stamps.log)
    }

    /// Checks database and log, between our own writes. `connection`: the writer's.
    pub(crate) fn check(&mut self, connection: &Connection) -> Result<(), LostFile> {
        let stamps = self.stamps()?;
        if !self.has_changed(stamps) {
            return Ok(());
        }
        // Another SQLite connection may be within a commit: its frames are in the log, but not yet in the index. With the
        // write lock taken first, no other connection is within a commit.
        let locked = connection.busy_timeout(LOCK_WAIT).and_then(|()| connection.execute_batch("BEGIN IMMEDIATE"));
        let judged = match locked {
            Ok(()) => self.judge(),
            // Another writer is active, or SQLite cannot begin. The next commit meets the same error, and the next check
            // decides.
            Err(_) => Ok(()),
        };
        // The transaction has written nothing. If the rollback or the timeout fails here, the next commit fails and reports
        // it.
        drop(connection.execute_batch("ROLLBACK"));
        drop(connection.busy_timeout(BUSY_WAIT));
        judged
    }

    /// Decides whether SQLite has changed the files, and records them if so.
    fn judge(&mut self) -> Result<(), LostFile> {
        let before = self.index.state().ok();
        let stamps = self.stamps()?;
        let (Some(noted), Some(now), Some(before)) = (self.noted_index, self.index.state().ok(), before) else {
            self.noted = stamps;
            return Ok(());
        };
        let change = noted.change_to(now);
        if differ(self.noted.log, stamps.log) && !now.is_chain_of(&self.log.path, 0).unwrap_or(true) {
            return Err(self.log.spoiled(self.noted.log, stamps.log));
        }
        if differ(self.noted.database, stamps.database) && matches!(change, IndexChange::None | IndexChange::Foreign) {
            if self.index.is_checkpointed_by_another() {
                // The other process updates the index at the end of its checkpoint; the next check decides.
                return Ok(());
            }
            return Err(self.database.spoiled(self.noted.database, stamps.database));
        }
        (self.noted, self.noted_index) = (stamps, Some(before));
        Ok(())
    }

    /// Checks database and log after our own commit, before its answer. Records the log that the commit has written.
    pub(crate) fn check_after_commit(&mut self) -> Result<(), LostFile> {
        let index = self.index.state().ok();
        let stamps = self.stamps()?;
        // A commit writes only to the log. So another process has made a checkpoint, or another program has written to the
        // database.
        let checkpoint = || {
            let now = self.index.state().ok();
            self.noted_index.zip(now).is_none_or(|(noted, now)| noted.is_checkpointed_by(now))
                || self.index.is_checkpointed_by_another()
        };
        if differ(self.noted.database, stamps.database) && !checkpoint() {
            return Err(self.database.spoiled(self.noted.database, stamps.database));
        }
        self.check_hole()?;
        (self.noted, self.noted_index) = (stamps, index);
        Ok(())
    }

    /// Verifies the frames that the next checkpoint copies into the database and that no earlier call has read.
    pub(crate) fn check_new_frames(&mut self) -> Result<(), LostFile> {
        let Ok(state) = self.index.state() else { return Ok(()) };
        let read = self.read_frames.filter(|(salt, _)| *salt == state.salt()).map_or(0, |(_, frames)| frames);
        self.check_log(read.max(state.backfilled()))?;
        self.read_frames = Some((state.salt(), state.frames));
        Ok(())
    }

    /// Verifies the frames of the log after the first `skip`.
    pub(crate) fn check_log(&self, skip: u32) -> Result<(), LostFile> {
        let Ok(state) = self.index.state() else { return Ok(()) };
        match !state.is_chain_of(&self.log.path, skip).unwrap_or(true) && self.index.state().is_ok_and(|later| later == state) {
            true => Err(self.log.spoiled(self.noted.log, self.log.stamp()?)),
            false => Ok(()),
        }
    }

    /// Checks the log for a hole: a commit that wrote behind a cut leaves one.
    fn check_hole(&self) -> Result<(), LostFile> {
        let Ok(state) = self.index.state() else { return Ok(()) };
        // A compressing file system may store zeros as holes. So the frames themselves are read before the log is reported as
        // lost.
        if has_hole_before(&self.log.path, state.log_end()) && self.check_log(0).is_err() {
            return Err(self.log.lost(Loss::Truncated));
        }
        Ok(())
    }

    /// Checks every file of the store.
    pub(crate) fn check_all(&mut self, connection: &Connection) -> Result<(), LostFile> {
        self.check(connection)?;
        self.check_hole()?;
        self.others.iter().try_for_each(|file| file.stamp().map(drop))
    }

    /// True if the database is still in its place.
    pub(crate) fn has_database(&self) -> bool {
        matches!(self.database.stamp(), Ok(Some(stamp)) if stamp.size >= HEADER)
    }

    /// True if the name of the log means another file than ours.
    pub(crate) fn has_foreign_log(&self) -> bool {
        matches!(self.log.stamp(), Err(LostFile { loss: Loss::Replaced, .. }))
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.database.path.clone()
    }

    pub(crate) fn log_path(&self) -> &Path {
        &self.log.path
    }
}

/// True if the file has a hole before `end`. SQLite takes no lock on the log, so opening and closing it here releases none.
fn has_hole_before(path: &Path, end: u64) -> bool {
    let Ok(file) = no_follow().read(true).open(path) else { return false };
    // On a file system without holes, the position is the end of the file (lseek(2)).
    rustix::fs::seek(&file, SeekFrom::Hole(0)).is_ok_and(|hole| hole < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_stamp_is_no_difference() {
        let stamp = |size| Some(FileStamp { size, modified: (1, 0) });
        let rows = [
            (stamp(1), stamp(1), false),
            (stamp(1), stamp(2), true),
            (stamp(1), None, false),
            (None, stamp(1), false),
            (None, None, false),
        ];
        for (noted, found, wanted) in rows {
            assert_eq!(differ(noted, found), wanted, "{noted:?} and {found:?}");
        }
    }
}
