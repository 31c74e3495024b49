//! Finds webhooks that refuse their calls.

use model::event::{OwnCode, Severity, time_fact};
use model::settings::origin_of;

use super::{Watch, condition, facts};
use crate::event::Observation;

impl Watch {
    /// Finds webhooks that refuse their calls: they would be silent in an emergency.
    pub(super) async fn find_failing_webhooks(&self, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::AlarmWebhookFailed;
        const TRIES: usize = 3;
        match self.admin.store.hooks_failing(TRIES).await {
            Ok(failing) => {
                let current = self.admin.settings.current();
                let settings = current.settings();
                let alarm = settings.iter().flat_map(|settings| &settings.alarm.webhooks);
                let known: Vec<&str> = alarm.map(|webhook| webhook.url.as_str()).collect();
                for hook in failing.into_iter().filter(|hook| known.contains(&hook.url.as_str())) {
                    let host = origin_of(&hook.url);
                    let facts = facts([("host", host.clone()), ("error", hook.said), ("since", time_fact(hook.made))]);
                    observation.extend([condition(CODE, &host, Severity::Error, facts)]);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the calls of webhooks cannot be read");
                observation.mark_unknown(CODE);
            }
        }
    }
}
