//! The proof of life for the watchdog, and the last webhook calls of a node whose store has failed.

use std::sync::Arc;
use std::time::Duration;

use admin::settings::NODE;
use alerts::alarm::hooks;
use alerts::notice::NoticeContext;
use model::event::{EventKind, Facts, OwnCode, Severity};
use model::id::IncidentId;
use model::incident::{Incident, IncidentAct, NewIncident, Raised};
use store::{CommitFault, LocalChange, ReadFault};
use tokio::time::{Instant, timeout, timeout_at};

use crate::service::Service;

/// Longest time without progress of the watch. It looks every 15 seconds; many relays and a long queue take far less than
/// this.
const WATCH_LATE: Duration = Duration::from_secs(300);
/// Time for all webhooks that are called without the store.
const LAST_WORDS: Duration = Duration::from_secs(10);

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

/// Proves that the node does its work: a synced write, a read of it, an answer of the scheduler, and progress of the watch.
/// The whole proof has the time `within`.
///
/// A full disk is no reason to restart: outcomes may still be written, and incidents report the disk.
pub async fn proof_of_life(service: &Service, within: Duration) -> Result<(), Lifeless> {
    let deadline = Instant::now() + within;
    let write = write(service, deadline).await;
    let written = match &write {
        Write::Synced => None,
        Write::DiskFull => Some(CommitFault::DiskFull.to_string()),
        Write::Failed(lifeless) => Some(lifeless.to_string()),
    };
    service.signals().note_write(written, service.clock().now());
    match write {
        Write::Synced => read(service, deadline).await?,
        Write::DiskFull => {}
        Write::Failed(lifeless) => return Err(lifeless),
    }
    if timeout_at(deadline, service.queue().scheduler_lives()).await.is_err() {
        return Err(Lifeless::Late("the scheduler does not answer".into()));
    }
    match service.signals().since_progress() {
        Some(still) if still > WATCH_LATE => Err(Lifeless::Late(format!("the checks have not run for {} s", still.as_secs()))),
        _ => Ok(()),
    }
}

enum Write {
    Synced,
    DiskFull,
    Failed(Lifeless),
}

/// Changes a row and waits for the sync.
async fn write(service: &Service, deadline: Instant) -> Write {
    let alive = service.store().change(service.clock().now(), LocalChange::Alive);
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
async fn read(service: &Service, deadline: Instant) -> Result<(), Lifeless> {
    match timeout_at(deadline, service.store().life()).await {
        Err(_) => Err(Lifeless::Late("the store does not answer a read".into())),
        // The machine is very busy: the read itself works.
        Ok(Ok(Some(_)) | Err(ReadFault::TookTooLong)) => Ok(()),
        Ok(Ok(None)) => Err(Lifeless::Storage("a row that was written cannot be read back".into())),
        Ok(Err(error)) => Err(Lifeless::Storage(error.to_string())),
    }
}

impl Service {
    /// Reports that the store has failed: sets the status, stops the heartbeat, and calls webhooks without the store. Mail
    /// cannot report it, because the queue is in the store.
    pub async fn store_failed(&self, why: &str) {
        let now = self.clock().now();
        self.signals().note_write(Some(why.to_owned()), now);
        let Some(settings) = self.settings().current().settings() else { return };
        let context = NoticeContext { settings, names: self.names().clone(), now };
        let facts: Facts = [("error".to_owned(), why.to_owned())].into();
        let raised = Raised { severity: Severity::Critical, facts, step: None };
        let (id, kind) = (IncidentId::BEFORE_FIRST, EventKind::Once);
        let new = NewIncident { id, kind, code: OwnCode::StoreFailed.into(), object: "", by: NODE, inhibited: false };
        let (incident, _) = Incident::begin(new, raised, now);
        let calls = hooks(&context, &incident, IncidentAct::Happened);
        let caller = Arc::new(self.alerts().webhooks());
        if timeout(LAST_WORDS, caller.last_words(calls)).await.is_err() {
            tracing::error!("not every webhook could be called within {LAST_WORDS:?} about the failed store");
        }
    }
}
