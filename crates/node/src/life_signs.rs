//! The signs that a node does its work: a synced write, a read, the scheduler, and the watch.

use std::sync::Arc;
use std::time::Duration;

use admin::Admin;
use alerts::signals::ExternalSignals;
use mail::queue::Queue;
use model::time::Timestamp;
use store::{CommitFault, LocalChange, ReadFault, Store};
use tokio::time::{Instant, timeout_at};

/// Longest time without progress of the watch. It looks every 15 seconds; many relays and a long queue take far less than
/// this.
const WATCH_LATE: Duration = Duration::from_secs(300);
/// Time for a proof whose caller has its own limit.
const PROOF_MAX: Duration = Duration::from_secs(30);

/// The node does not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lifeless {
    /// The store cannot be used, and says why.
    #[error("{0}")]
    Storage(String),
    /// The store, the scheduler or the watch did not answer in time.
    #[error("{0}")]
    Late(String),
}

/// The parts of a node that show whether it does its work.
#[derive(Clone)]
pub(crate) struct LifeSigns {
    pub(crate) admin: Admin,
    pub(crate) queue: Arc<Queue>,
    pub(crate) signals: Arc<ExternalSignals>,
}

impl LifeSigns {
    /// As [`Self::prove_within`], for a caller that has its own time limit.
    pub(crate) async fn prove(&self) -> Result<(), Lifeless> {
        self.prove_within(PROOF_MAX).await
    }

    pub(crate) async fn prove_within(&self, within: Duration) -> Result<(), Lifeless> {
        let Self { admin: Admin { store, clock, .. }, queue, signals } = self;
        let deadline = Instant::now() + within;
        let write = write(store, clock.now(), deadline).await;
        let written = match &write {
            Write::Synced => None,
            Write::DiskFull => Some(CommitFault::DiskFull.to_string()),
            Write::Failed(lifeless) => Some(lifeless.to_string()),
        };
        signals.note_write(written, clock.now());
        match write {
            Write::Synced => read(store, deadline).await?,
            Write::DiskFull => {}
            Write::Failed(lifeless) => return Err(lifeless),
        }
        if timeout_at(deadline, queue.scheduler_lives()).await.is_err() {
            return Err(Lifeless::Late("the scheduler does not answer".into()));
        }
        match signals.since_progress() {
            Some(still) if still > WATCH_LATE => {
                Err(Lifeless::Late(format!("the checks have not run for {} s", still.as_secs())))
            }
            _ => Ok(()),
        }
    }
}

enum Write {
    Synced,
    DiskFull,
    Failed(Lifeless),
}

/// Changes a row and waits for the sync.
async fn write(store: &Store, now: Timestamp, deadline: Instant) -> Write {
    let alive = store.change(now, LocalChange::Alive);
    match timeout_at(deadline, alive).await {
        Err(_) => Write::Failed(Lifeless::Late("the store does not answer a write".into())),
        Ok(Ok(_)) => Write::Synced,
        Ok(Err(CommitFault::DiskFull)) => Write::DiskFull,
        // An operator may lock the database for a while: a restart would not help.
        Ok(Err(fault @ CommitFault::Locked)) => Write::Failed(Lifeless::Late(fault.to_string())),
        Ok(Err(fault)) => Write::Failed(Lifeless::Storage(fault.to_string())),
    }
}

/// Reads the row back.
async fn read(store: &Store, deadline: Instant) -> Result<(), Lifeless> {
    match timeout_at(deadline, store.life()).await {
        Err(_) => Err(Lifeless::Late("the store does not answer a read".into())),
        // The machine is very busy: the read itself works.
        Ok(Ok(Some(_)) | Err(ReadFault::TookTooLong)) => Ok(()),
        Ok(Ok(None)) => Err(Lifeless::Storage("a row that was written cannot be read back".into())),
        Ok(Err(error)) => Err(Lifeless::Storage(error.to_string())),
    }
}
