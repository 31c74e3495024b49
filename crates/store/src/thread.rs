//! The writer thread: while one batch is on its way to disk, the next gathers. A lone message costs one sync.
//!
//! Behind each batch, and at least every two seconds, it looks after the files, the write-ahead log and the mark.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::apply::{Applied, Applier};
use crate::commit::Commit;
use crate::due::{EarliestDue, set_by};
use crate::fault::{CommitFault, StoreFailure};
use crate::identity::{Loss, LostFile, StoreFiles};
use crate::inbox::{Inbox, Job, Next};
use crate::mark::{Mark, Marks};
use crate::wal::{Wal, bring_home};

/// An idle writer checks its files this often.
const IDLE: Duration = Duration::from_secs(2);
/// A busy writer checks all files, the reserve and the mark at most this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) applier: Applier,
    pub(crate) earliest: Arc<EarliestDue>,
    pub(crate) files: StoreFiles,
    pub(crate) wal: Wal,
    pub(crate) marks: Marks,
    pub(crate) failed: watch::Sender<Option<StoreFailure>>,
    pub(crate) looked: Option<Instant>,
}

impl Writer {
    /// Runs until the store is closed or has failed. A panic is a failure: callers must not wait for ever.
    pub(crate) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.work())) {
            Ok(Ok(())) => bring_home(self.applier.connection()),
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
                    self.files.check_all(self.wal.end())?;
                    self.mark();
                    return Ok(());
                }
            };
            self.look_after(idle)?;
        }
    }

    /// Writes one batch and answers it. Refuses the batch if its file is gone: an acknowledged commit must be found again.
    fn write(&mut self, jobs: Vec<Job>) -> Result<(), StoreFailure> {
        let (frames_before, frame_size) = self.wal.frames();
        let was_short = self.files.log_is_short(frames_before, frame_size);
        let (commits, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.commit, (job.answer, job.places))).unzip();
        let applied = self.applier.apply(&commits).map_err(|fault| StoreFailure::Disk(fault.to_string()));
        let applied = applied.and_then(|applied| {
            self.files.check()?;
            // Another process may truncate the log properly, by a checkpoint; then this commit began it anew.
            match was_short && self.wal.frames().0 > frames_before {
                true => Err(self.files.truncated_log().into()),
                false => Ok(applied),
            }
        });
        match applied {
            Ok(applied) => {
                self.publish(&commits, &applied);
                for ((answer, _), applied) in answers.into_iter().zip(applied) {
                    // A caller that no longer waits needs no answer.
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

    /// Lowers the earliest due time to what the batch has set. Readers see the batch already.
    fn publish(&self, commits: &[Commit], applied: &[Applied]) {
        let written = commits.iter().zip(applied).filter_map(|(commit, applied)| Some((commit, applied.as_ref().ok()?)));
        let set = written.flat_map(|(commit, outcomes)| commit.changes.iter().zip(outcomes)).filter_map(|(c, o)| set_by(c, o));
        if let Some(due) = set.min() {
            self.earliest.lower(due);
        }
    }

    fn look_after(&mut self, idle: bool) -> Result<(), StoreFailure> {
        if self.wal.tend(self.applier.connection()).map_err(|error| StoreFailure::Disk(error.to_string()))? {
            self.files.note_database_size();
        }
        #[expect(clippy::disallowed_methods, reason = "how often the writer looks is measured where it runs")]
        let now = Instant::now();
        if idle || self.looked.is_none_or(|at| now.duration_since(at) >= LOOK_EVERY) {
            self.looked = Some(now);
            self.files.check_all(self.wal.end())?;
            self.applier.tidy_disk();
            self.mark();
        }
        Ok(())
    }

    /// Notes what the store holds now.
    fn mark(&mut self) {
        match Mark::of(self.applier.connection()) {
            Ok(Some(mark)) => self.marks.write(mark),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "what the store holds could not be read for the mark"),
        }
    }

    /// Refuses everything from now on, and says why by the ways that are left.
    fn fail(&mut self, failure: StoreFailure) {
        tracing::error!("{failure}; nothing more is accepted, and the process ends");
        self.inbox.fail(&failure.fault());
        self.save(&failure);
        let seen = Mark::of(self.applier.connection()).ok().flatten();
        self.marks.write_failure(seen, &failure.to_string());
        self.failed.send_replace(Some(failure));
    }
}

impl Writer {
    /// Saves what the open files still hold. A log that lost its name is brought into a database that has kept its own; one
    /// that has kept its name beside a database which was replaced is set aside, or the next start would mix the two.
    fn save(&self, failure: &StoreFailure) {
        let StoreFailure::Files(lost) = failure else { return };
        if lost.loss == Loss::Truncated {
            return;
        }
        if self.files.has_database() {
            bring_home(self.applier.connection());
        } else if lost.loss == Loss::Replaced
            && let Some(aside) = self.files.set_log_aside()
        {
            tracing::warn!("the write-ahead log of the database that was replaced is now {}", aside.display());
        }
    }
}

impl From<LostFile> for StoreFailure {
    fn from(lost: LostFile) -> Self {
        Self::Files(lost)
    }
}

impl StoreFailure {
    /// What callers are answered.
    fn fault(&self) -> CommitFault {
        match self {
            Self::Files(lost) => CommitFault::Lost(lost.clone()),
            Self::Disk(why) => CommitFault::Storage(why.clone()),
        }
    }
}
