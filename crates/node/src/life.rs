//! The proof of life for the watchdog, and the last webhook calls of a node whose store has failed.

use std::sync::Arc;
use std::time::Duration;

use admin::settings::NODE;
use alerts::alarm::hooks;
use alerts::notice::NoticeContext;
use model::event::{EventKind, Facts, OwnCode, Severity};
use model::id::IncidentId;
use model::incident::{Incident, IncidentAct, NewIncident, Raised};
use tokio::time::timeout;

use crate::service::Service;

pub use crate::life_signs::Lifeless;

/// Time for all webhooks that are called without the store.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Proves that the node does its work: a synced write, a read of it, an answer of the scheduler, and progress of the watch.
/// The whole proof has the time `within`.
///
/// A full disk is no reason to restart: outcomes may still be written, and incidents report the disk.
pub async fn proof_of_life(service: &Service, within: Duration) -> Result<(), Lifeless> {
    service.life_signs().prove_within(within).await
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
