//! The writer thread: applies the waiting commits in batches and answers their callers. While it syncs one batch, the next
//! commits queue up. A single message costs one sync.
//!
//! After each batch, and at least every two seconds, it maintains the files ([`Upkeep`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::apply::{Applied, Applier};
use crate::commit::Commit;
use crate::due::{EarliestDue, set_by};
use crate::fault::StoreFailure;
use crate::inbox::{Inbox, InboxEvent, Job};
use crate::upkeep::{Upkeep, WriterLoad};

/// Interval between file checks of an idle writer.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) struct Writer {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) applier: Applier,
    pub(crate) earliest: Arc<EarliestDue>,
    pub(crate) upkeep: Upkeep,
    pub(crate) failed: watch::Sender<Option<StoreFailure>>,
}

impl Writer {
    /// Runs until the store is closed or has failed. A panic counts as a failure, because callers must not wait forever.
    pub(crate) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.work())) {
            Ok(Ok(())) => self.upkeep.finish(self.applier.connection()),
            Ok(Err(failure)) => self.fail(failure),
            Err(_) => self.fail(StoreFailure::Disk("the writer thread panicked".into())),
        }
    }

    fn work(&mut self) -> Result<(), StoreFailure> {
        loop {
            let pace = match self.inbox.next(IDLE) {
                InboxEvent::Batch(jobs) => {
                    self.write(jobs)?;
                    WriterLoad::Busy
                }
                InboxEvent::Idle => WriterLoad::Idle,
                InboxEvent::Closed => return self.upkeep.check_before_end(self.applier.connection()),
            };
            self.upkeep.maintain(&self.applier, pace)?;
        }
    }

    /// Writes one batch and answers its callers. Refuses the batch if a file is lost: the next start must find each
    /// acknowledged commit.
    fn write(&mut self, jobs: Vec<Job>) -> Result<(), StoreFailure> {
        let (commits, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.commit, (job.answer, job.places))).unzip();
        let applied = self
            .upkeep
            .check_before_batch(self.applier.connection())
            .and_then(|()| self.applier.apply(&commits))
            .and_then(|applied| self.upkeep.check_after_batch().map(|()| applied));
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

    /// Lowers the earliest due time to the earliest time that the batch has set. Readers already see the batch.
    fn publish(&self, commits: &[Commit], applied: &[Applied]) {
        let written = commits.iter().zip(applied).filter_map(|(commit, applied)| Some((commit, applied.as_ref().ok()?)));
        let set = written.flat_map(|(commit, outcomes)| {
            commit.changes.iter().zip(outcomes).filter_map(|(change, outcome)| set_by(commit.at, change, outcome))
        });
        if let Some(due) = set.min() {
            self.earliest.lower(due);
        }
    }

    /// Refuses all further commits, records the reason, and saves the content of open files that have lost their names.
    fn fail(&mut self, failure: StoreFailure) {
        tracing::error!("{failure}; nothing more is accepted, and the process ends");
        self.inbox.fail(&failure.fault());
        self.upkeep.record(self.applier.connection(), &failure);
        self.failed.send_replace(Some(failure.clone()));
        if let StoreFailure::Files(lost) = &failure {
            self.upkeep.save(self.applier.connection(), lost);
        }
    }
}
