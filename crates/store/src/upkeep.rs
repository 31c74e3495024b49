//! Upkeep of the store's files: checks them, makes checkpoints, writes the mark, and saves the data of lost files. The writer
//! thread calls it around each batch and while it is idle.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, named_params};

use crate::apply::Applier;
use crate::damage::Damage;
use crate::fault::StoreFailure;
use crate::file_watch::StoreFiles;
use crate::files::{Loss, LostFile, filled_log, free_name, no_follow, set_log_aside};
use crate::mark::{LogMark, Mark, Marks};
use crate::wal::{Wal, final_checkpoint, now};

/// Minimum interval between full checks (all files, the reserve, the mark) of a busy writer.
const FULL_CHECK_EVERY: Duration = Duration::from_secs(1);
/// The writer spends at most this fraction (one in n) of its time on reading the log again.
const READ_SHARE: u32 = 20;
/// Lock timeout while the writer saves the data of lost files.
const SAVE_WAIT: Duration = Duration::from_millis(500);
/// File name suffix for the copy of a database that has lost its name.
const SAVED: &str = ".saved";

/// The load of the writer since the last maintenance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriterLoad {
    /// The writer has written a batch.
    Busy,
    /// No commit arrived.
    Idle,
}

pub(crate) struct Upkeep {
    files: StoreFiles,
    wal: Wal,
    marks: Marks,
    damage: Arc<Damage>,
    last_full_check: Option<Instant>,
    log_read: Option<LogRead>,
}

/// The last reading of the whole log.
#[derive(Clone, Copy)]
struct LogRead {
    at: Instant,
    took: Duration,
    /// The writer has written no commit since.
    is_newest: bool,
}

impl LogRead {
    fn is_due(self, now: Instant) -> bool {
        !self.is_newest && now.duration_since(self.at) >= self.took * READ_SHARE
    }
}

impl Upkeep {
    pub(crate) fn new(files: StoreFiles, wal: Wal, marks: Marks, damage: Arc<Damage>) -> Self {
        Self { files, wal, marks, damage, last_full_check: None, log_read: None }
    }

    /// Fails if a known loss or damage forbids the next write. Cheap: runs before each batch.
    pub(crate) fn check_before_batch(&mut self, connection: &Connection) -> Result<(), StoreFailure> {
        if let Some(read) = &mut self.log_read {
            read.is_newest = false;
        }
        self.check(connection)
    }

    /// Fails if a file was lost during the batch. Runs before the answers.
    pub(crate) fn check_after_batch(&mut self) -> Result<(), StoreFailure> {
        Ok(self.files.check_after_commit()?)
    }

    fn check(&mut self, connection: &Connection) -> Result<(), StoreFailure> {
        self.files.check(connection)?;
        self.check_damage()
    }

    fn check_damage(&self) -> Result<(), StoreFailure> {
        match self.damage.found() {
            Some(damage) => Err(StoreFailure::Damaged(damage.to_owned())),
            None => Ok(()),
        }
    }

    /// Makes a checkpoint if one is due. Checks all files if the writer is idle, or if the last full check is long ago.
    pub(crate) fn maintain(&mut self, applier: &Applier, pace: WriterLoad) -> Result<(), StoreFailure> {
        let connection = applier.connection();
        if self.wal.is_due() {
            // A checkpoint into an overwritten database would mix the two, and SQLite checks no frame of a live log.
            self.check(connection)?;
            self.files.check_new_frames()?;
            self.wal.checkpoint(connection).map_err(|error| StoreFailure::of(&error))?;
            self.files.note();
            self.mark(connection);
        }
        let start = now();
        if pace == WriterLoad::Idle || self.last_full_check.is_none_or(|at| start.duration_since(at) >= FULL_CHECK_EVERY) {
            self.last_full_check = Some(start);
            self.check_damage()?;
            self.files.check_all(connection)?;
            self.read_log()?;
            applier.tidy_disk();
            self.mark(connection);
        }
        Ok(())
    }

    /// Reads the whole log again if commits were written since, within a small part of the writer's time.
    fn read_log(&mut self) -> Result<(), StoreFailure> {
        let start = now();
        if self.log_read.is_some_and(|read| !read.is_due(start)) {
            return Ok(());
        }
        self.files.check_log(0)?;
        self.log_read = Some(LogRead { at: start, took: start.elapsed(), is_newest: true });
        Ok(())
    }

    /// Checks all files and the whole log, before the writer ends.
    pub(crate) fn check_before_end(&mut self, connection: &Connection) -> Result<(), StoreFailure> {
        self.files.check_all(connection)?;
        Ok(self.files.check_log(0)?)
    }

    /// Makes the last checkpoint and writes the mark.
    pub(crate) fn finish(&mut self, connection: &Connection) {
        final_checkpoint(connection);
        self.files.note();
        self.mark(connection);
    }

    /// Writes the current state of the store to the mark.
    fn mark(&mut self, connection: &Connection) {
        match Mark::of(connection) {
            Ok(Some(mark)) => self.marks.write(Mark {
                file: self.files.database_stamp(),
                log: self.files.index_state().map(LogMark::of),
                ..mark
            }),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the state of the store could not be read for the mark"),
        }
    }

    /// Records the failure in the mark, for the next start.
    pub(crate) fn record(&mut self, connection: &Connection, failure: &StoreFailure) {
        let seen = Mark::of(connection).ok().flatten();
        self.marks.write_failure(seen, &failure.to_string());
    }

    /// Saves the content of open files that have lost their names: it is unreachable after the process has ended. Does not
    /// touch files that were truncated or overwritten.
    pub(crate) fn save(&self, connection: &Connection, lost: &LostFile) {
        if matches!(lost.loss, Loss::Truncated | Loss::Overwritten) {
            return;
        }
        // A reading process must not keep this process from ending.
        drop(connection.busy_timeout(SAVE_WAIT));
        let has_foreign_log = self.files.has_foreign_log();
        if self.files.has_database() {
            final_checkpoint(connection);
        } else {
            self.save_copy(connection);
        }
        // The next start would replay the log into a database that it does not belong to.
        let is_misplaced = has_foreign_log || lost.loss == Loss::Replaced && !self.files.has_database();
        if is_misplaced && filled_log(&self.files.database_path()).is_some() {
            match set_log_aside(self.files.log_path()) {
                Ok(aside) => tracing::warn!("the write-ahead log that was put here is now {}", aside.display()),
                Err(error) => tracing::error!(%error, "remove {} before the next start", self.files.log_path().display()),
            }
        }
    }

    /// Writes a copy of the whole database beside its former place.
    fn save_copy(&self, connection: &Connection) {
        let make = || -> Result<PathBuf, Box<dyn std::error::Error>> {
            let copy = free_name(&self.files.database_path(), SAVED)?;
            // Made closed to others before a byte of mail is in it.
            no_follow().write(true).create_new(true).open(&copy)?;
            connection.execute("VACUUM INTO :file", named_params! { ":file": copy.to_string_lossy() })?;
            Ok(copy)
        };
        match make() {
            Ok(copy) => tracing::warn!("the open database was saved as {}", copy.display()),
            Err(error) => tracing::error!(%error, "the open database could not be saved"),
        }
    }
}
