//! The writer thread. While it syncs one batch, the next commits queue up. A single message costs one sync.
//!
//! After each batch, and at least every two seconds, it checks the files, the write-ahead log and the mark.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::apply::{Applied, Applier};
use crate::commit::Commit;
use crate::due::{EarliestDue, set_by};
use crate::fault::{CommitFault, StoreFailure};
use crate::file_watch::{Loss, LostFile, StoreFiles, filled_log, free_name, set_log_aside};
use crate::files::no_follow;
use crate::inbox::{Inbox, Job, Next};
use crate::mark::{LogMark, Mark, Marks};
use crate::soundness::Damage;
use crate::wal::{Wal, final_checkpoint, now};

/// Interval between file checks of an idle writer.
const IDLE: Duration = Duration::from_secs(2);
/// Minimum interval between full checks (all files, the reserve, the mark) of a busy writer.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The writer spends at most this fraction (one in n) of its time on reading the log again.
const READ_SHARE: u32 = 20;
/// Lock timeout while the writer saves the data of lost files.
const SAVE_WAIT: Duration = Duration::from_millis(500);
/// File name suffix for the copy of a database that has lost its name.
const SAVED: &str = ".saved";

pub(crate) struct Writer {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) applier: Applier,
    pub(crate) earliest: Arc<EarliestDue>,
    pub(crate) files: StoreFiles,
    pub(crate) damage: Arc<Damage>,
    pub(crate) wal: Wal,
    pub(crate) marks: Marks,
    pub(crate) failed: watch::Sender<Option<StoreFailure>>,
    pub(crate) looked: Option<Instant>,
    pub(crate) log_read: Option<LogRead>,
}

/// The last reading of the whole log.
#[derive(Clone, Copy)]
pub(crate) struct LogRead {
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

impl Writer {
    /// Runs until the store is closed or has failed. A panic counts as a failure, because callers must not wait forever.
    pub(crate) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.work())) {
            Ok(Ok(())) => {
                final_checkpoint(self.applier.connection());
                self.files.note();
                self.mark();
            }
            Ok(Err(failure)) => self.fail(failure),
            Err(_) => self.fail(StoreFailure::Disk("the writer thread panicked".into())),
        }
    }

    fn work(&mut self) -> Result<(), StoreFailure> {
        loop {
            let idle = match self.inbox.next(IDLE) {
                Next::Batch(jobs) => {
                    self.write(jobs)?;
                    false
                }
                Next::Idle => true,
                Next::Closed => {
                    self.files.check_all(self.applier.connection())?;
                    self.files.check_log(0)?;
                    return Ok(());
                }
            };
            self.look_after(idle)?;
        }
    }

    /// Writes one batch and answers its callers. Refuses the batch if a file is lost: the next start must find each
    /// acknowledged commit.
    fn write(&mut self, jobs: Vec<Job>) -> Result<(), StoreFailure> {
        let (commits, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.commit, (job.answer, job.places))).unzip();
        if let Some(read) = &mut self.log_read {
            read.is_newest = false;
        }
        let applied = self.check().and_then(|()| self.applier.apply(&commits)).and_then(|applied| {
            self.files.check_after_commit()?;
            Ok(applied)
        });
        match applied {
            Ok(applied) => {
                self.publish(&commits, &applied);
                for ((answer, _), applied) in answers.into_iter().zip(applied) {
                    // A caller that has stopped waiting needs no answer.
                    drop(answer.send(applied));
                }
                Ok(())
            }
            Err(failure) => {
                for (answer, _) in answers {
                    drop(answer.send(Err(failure.fault())));
                }
                Err(failure)
            }
        }
    }

    /// Fails if a known loss or damage forbids the next write. Cheap: runs before each batch.
    fn check(&mut self) -> Result<(), StoreFailure> {
        self.files.check(self.applier.connection())?;
        self.check_damage()
    }

    fn check_damage(&self) -> Result<(), StoreFailure> {
        match self.damage.found() {
            Some(damage) => Err(StoreFailure::Damaged(damage.to_owned())),
            None => Ok(()),
        }
    }

    /// Lowers the earliest due time to the earliest time that the batch has set. Readers already see the batch.
    fn publish(&self, commits: &[Commit], applied: &[Applied]) {
        let written = commits.iter().zip(applied).filter_map(|(commit, applied)| Some((commit, applied.as_ref().ok()?)));
        let set = written.flat_map(|(commit, outcomes)| commit.changes.iter().zip(outcomes)).filter_map(|(c, o)| set_by(c, o));
        if let Some(due) = set.min() {
            self.earliest.lower(due);
        }
    }

    fn look_after(&mut self, idle: bool) -> Result<(), StoreFailure> {
        if self.wal.is_due() {
            // A checkpoint into an overwritten database would mix the two, and SQLite checks no frame of a live log.
            self.check()?;
            self.files.check_new_frames()?;
            self.wal.tend(self.applier.connection()).map_err(|error| StoreFailure::of(&error))?;
            self.files.note();
            self.mark();
        }
        let start = now();
        if idle || self.looked.is_none_or(|at| start.duration_since(at) >= LOOK_EVERY) {
            self.looked = Some(start);
            self.check_damage()?;
            self.files.check_all(self.applier.connection())?;
            self.read_log()?;
            self.applier.tidy_disk();
            self.mark();
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

    /// Writes the current state of the store to the mark.
    fn mark(&mut self) {
        match Mark::of(self.applier.connection()) {
            Ok(Some(mark)) => self.marks.write(Mark {
                file: self.files.database_stamp(),
                log: self.files.index_state().map(LogMark::of),
                ..mark
            }),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "what the store holds could not be read for the mark"),
        }
    }

    /// Refuses all further commits, records the reason, and saves the content of open files that have lost their names.
    fn fail(&mut self, failure: StoreFailure) {
        tracing::error!("{failure}; nothing more is accepted, and the process ends");
        self.inbox.fail(&failure.fault());
        let seen = Mark::of(self.applier.connection()).ok().flatten();
        self.marks.write_failure(seen, &failure.to_string());
        self.failed.send_replace(Some(failure.clone()));
        if let StoreFailure::Files(lost) = &failure {
            self.save(lost);
        }
    }

    /// Saves the content of open files that have lost their names: it is unreachable after the process has ended. Does not
    /// touch files that were truncated or overwritten.
    fn save(&self, lost: &LostFile) {
        if matches!(lost.loss, Loss::Truncated | Loss::Overwritten) {
            return;
        }
        // A reading process must not keep this process from ending.
        drop(self.applier.connection().busy_timeout(SAVE_WAIT));
        let has_foreign_log = self.files.has_foreign_log();
        if self.files.has_database() {
            final_checkpoint(self.applier.connection());
        } else {
            self.save_copy();
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
    fn save_copy(&self) {
        let connection = self.applier.connection();
        let make = || -> Result<PathBuf, Box<dyn std::error::Error>> {
            let copy = free_name(&self.files.database_path(), SAVED)?;
            // Made closed to others before a byte of mail is in it.
            no_follow().write(true).create_new(true).open(&copy)?;
            connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
            Ok(copy)
        };
        match make() {
            Ok(copy) => tracing::warn!("what the node still held is saved as {}", copy.display()),
            Err(error) => tracing::error!(%error, "what the node still held could not be saved"),
        }
    }
}

impl From<LostFile> for StoreFailure {
    fn from(lost: LostFile) -> Self {
        Self::Files(lost)
    }
}

impl StoreFailure {
    /// The fault that callers receive.
    fn fault(&self) -> CommitFault {
        match self {
            Self::Files(lost) => CommitFault::Lost(lost.clone()),
            Self::Damaged(why) => CommitFault::Damaged(why.clone()),
            Self::Disk(why) => CommitFault::Storage(why.clone()),
        }
    }
}
