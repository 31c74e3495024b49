//! Reports at the start how earlier runs ended.

use model::event::{OwnCode, Severity, time_fact};
use store::LocalChange;

use super::{Watch, facts};

impl Watch {
    /// Reports at the start how the former run ended.
    pub(super) async fn report_former_run(&self) {
        let now = self.admin.clock.now();
        match self.admin.store.life().await {
            Ok(Some(life)) if life.ended.is_none() => {
                let facts = facts([("seen", time_fact(life.seen)), ("started", time_fact(now))]);
                self.events.report(OwnCode::NodeStartedAfterCrash, "", Severity::Warning, facts).await;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the end of the previous run cannot be read"),
        }
        self.report_past().await;
        self.note(LocalChange::Started).await;
        self.signals.note_progress();
    }

    /// Reports the store's findings about earlier runs.
    async fn report_past(&self) {
        let past = self.admin.store.past();
        if let Some(failure) = &past.failure {
            let facts = facts([("error", failure.clone())]);
            self.events.report(OwnCode::StoreFailed, "", Severity::Critical, facts).await;
        }
        if let Some(doubt) = &past.doubt {
            let facts = facts([("error", doubt.to_string()), ("held", past.held.to_string())]);
            self.events.report(OwnCode::StoreUnexpected, "", Severity::Error, facts).await;
        }
    }
}
