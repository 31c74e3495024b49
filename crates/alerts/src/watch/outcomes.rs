//! Reads the outcomes of messages: whether a contact takes our notices, and messages of applications that relays refused. No
//! check of the present state finds them again. The watch marks each as read only after it is reported, so that a crash
//! loses none.

use std::time::Duration;

use admin::settings::NODE;
use mail::delivery::AttemptReport;
use model::event::{EventCode, OwnCode, Severity};
use model::incident::Raised;
use model::message::{Class, Fate};
use smtp::client::Stage;
use store::{OutcomeView, RecordChange};

use super::{Watch, facts};
use crate::event::Ask;

/// Rows of one read.
const PAGE_ROWS: usize = 200;
/// Time without a refusal after which the incident is resolved.
const REFUSAL_QUIET: Duration = Duration::from_hours(24);

impl Watch {
    /// Reads all outcomes that the watch has not seen yet.
    pub(super) async fn read_outcomes(&self) {
        loop {
            let outcomes = match self.admin.store.outcomes(PAGE_ROWS).await {
                Ok(outcomes) => outcomes,
                Err(error) => return tracing::error!(%error, "outcomes of messages cannot be read"),
            };
            let Some(last) = outcomes.last().map(|outcome| outcome.n) else { break };
            for outcome in &outcomes {
                let asks = match outcome.class {
                    Class::Submitted => vec![self.message_refusal(outcome).await],
                    Class::Critical | Class::Notice => self.notice_outcome(outcome).await,
                };
                for ask in asks {
                    if let Err(fault) = self.events.ask(ask).await {
                        // The outcome is not marked as read: the next round reads it again.
                        return tracing::error!(%fault, "a refusal could not be recorded");
                    }
                }
            }
            self.note(RecordChange::OutcomesRead(last)).await;
            // A long outage leaves many pages. Each page counts as progress of the watch.
            self.signals.note_progress();
            if outcomes.len() < PAGE_ROWS {
                break;
            }
        }
        self.resolve_old_refusals().await;
    }

    /// The changes that follow from the fate of one of our own notices: the contact takes mail, the relay refuses the contact, or the
    /// notice was refused for another reason.
    async fn notice_outcome(&self, outcome: &OutcomeView) -> Vec<Ask> {
        let Some(settings) = self.admin.settings.current().settings() else { return Vec::new() };
        let Some(contact) = settings.contacts.iter().find(|contact| contact.wire() == outcome.address) else { return Vec::new() };
        let (code, object, by) = (OwnCode::ContactRefused.into(), contact.key(), NODE.to_owned());
        let of_notice: EventCode = OwnCode::NoticeRefused.into();
        if outcome.fate == Fate::Accepted {
            let told = Ask::Resolve { code: of_notice, object: String::new(), by: by.clone(), key: None };
            return vec![Ask::Resolve { code, object, by, key: None }, told];
        }
        if !is_of_relay(&outcome.words) || !self.is_about_recipient(outcome).await {
            let id = self.admin.store.message_id(outcome.message);
            let facts = facts([("message", id.to_string()), ("error", outcome.words.clone())]);
            let raised = Raised { severity: Severity::Error, facts, step: None };
            return vec![Ask::Raise { code: of_notice, object: String::new(), raised, by, once: false, key: None }];
        }
        let relay = match settings.route.as_slice() {
            [only] => Some(only),
            route => route.iter().find(|relay| Some(relay.id) == outcome.relay),
        };
        let relay = relay.map_or("–", |relay| &relay.name);
        let facts = facts([("contact", contact.to_string()), ("relay", relay.to_owned()), ("error", outcome.words.clone())]);
        let raised = Raised { severity: Severity::Error, facts, step: None };
        vec![Ask::Raise { code, object, raised, by, once: false, key: None }]
    }

    /// True if the relay refused the address, and not the message: by the report of the last attempt. Without one, the address it is.
    async fn is_about_recipient(&self, outcome: &OutcomeView) -> bool {
        let view = match self.admin.store.message(outcome.message).await {
            Ok(view) => view,
            Err(error) => {
                tracing::error!(%error, "the report of a refused notice cannot be read");
                None
            }
        };
        let reports = view.iter().flat_map(|view| view.attempts.iter().rev());
        let told = reports.filter_map(|attempt| serde_json::from_str::<AttemptReport>(&attempt.report).ok());
        let mut stages = told.filter_map(|report| report.of(&outcome.address).map(|told| told.stage.clone()));
        stages.next().is_none_or(|stage| stage == Stage::Recipient.name())
    }

    /// Raises the incident of an application whose message a relay has refused, and counts the refusals.
    async fn message_refusal(&self, outcome: &OutcomeView) -> Ask {
        let (code, object) = (OwnCode::QueueRefused, outcome.app.clone().unwrap_or_default());
        let before = self.events.find(code, &object).await.and_then(|incident| incident.facts.get("count")?.parse::<u64>().ok());
        let id = self.admin.store.message_id(outcome.message);
        let facts = facts([
            ("count", (before.unwrap_or(0) + 1).to_string()),
            ("message", id.to_string()),
            ("error", outcome.words.clone()),
        ]);
        let raised = Raised { severity: Severity::Warning, facts, step: None };
        Ask::Raise { code: code.into(), object, raised, by: NODE.to_owned(), once: false, key: None }
    }

    /// Resolves incidents about refusals after a day without a new one.
    async fn resolve_old_refusals(&self) {
        let now = self.admin.clock.now();
        for incident in self.events.open_incidents().await {
            if incident.code == OwnCode::QueueRefused && now.distance(incident.seen) >= REFUSAL_QUIET {
                let ask = Ask::Resolve { code: incident.code, object: incident.object, by: NODE.to_owned(), key: None };
                if let Err(fault) = self.events.ask(ask).await {
                    tracing::error!(%fault, "an incident could not be resolved");
                }
            }
        }
    }
}

/// True for the words of a relay: they begin with a reply code (RFC 5321 §4.2). Those of this node do not.
fn is_of_relay(words: &str) -> bool {
    words.len() > 3 && words.bytes().take(3).all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_of_this_node_is_none_of_the_relay() {
        for words in ["550 5.1.1 <a@x>: no such user", "553-5.7.1 not yours", "554 no"] {
            assert!(is_of_relay(words), "{words}");
        }
        for words in ["5.3.4 the message is larger than the relay takes", "", "the relay is this node itself", "550"] {
            assert!(!is_of_relay(words), "{words}");
        }
    }
}
