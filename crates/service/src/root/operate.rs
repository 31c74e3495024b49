//! What operators do to messages.

use model::account::{Actor, Forbidden, Role};
use store::{Change, CommitFault, Operate, Outcome, Verb, Which};

use super::Service;

/// Messages of one act that the audit names.
const NAMED_MAX: usize = 100;

/// What an operator asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Store(#[from] CommitFault),
}

impl Service {
    /// What an operator does to messages. Returns how many it touched.
    pub async fn operate(&self, verb: Verb, numbers: Option<Vec<i64>>, who: &Actor) -> Result<usize, OperateFault> {
        who.needs(Role::Operator)?;
        let now = self.clock.now();
        // Nothing is claimed meanwhile: what is claimed before is recalled, what comes after finds its row changed.
        let _claiming = self.queue.claiming.lock().await;
        let (recalled, in_flight) = self.queue.recall(numbers.as_deref());
        for slice in recalled.chunks(1000) {
            self.store.change(Change::Unclaim { numbers: slice.to_vec(), due: now }).await?;
        }
        let (mut count, mut named) = (0, Vec::new());
        let all = numbers.is_none();
        let mut which = numbers.map_or(Which::AllAfter(0), Which::Numbers);
        loop {
            let operate = Operate { verb, which, now, in_flight: in_flight.clone() };
            let Outcome::Operated { numbers, more } = self.store.change(Change::Operate(operate)).await? else { break };
            count += numbers.len();
            named.extend(numbers.into_iter().take(NAMED_MAX.saturating_sub(named.len())));
            let Some(after) = more else { break };
            which = Which::AllAfter(after);
        }
        let what = format!("queue.{}", verb.name());
        let detail = format!("{}{}: {count}", if all { "all " } else { "" }, self.named(&named, count));
        let audit = Change::Audit { at: now, who: who.name.clone(), what, detail };
        if count > 0 {
            self.store.change(audit).await?;
        }
        if matches!(verb, Verb::Retry | Verb::Release) {
            self.look_now().await;
        }
        Ok(count)
    }

    /// Messages by their IDs, as the audit names them.
    fn named(&self, numbers: &[i64], count: usize) -> String {
        let id = |number: &i64| self.store.message_id(*number).to_string();
        let mut ids: Vec<String> = numbers.iter().map(id).collect();
        ids.extend((count > numbers.len()).then(|| "…".to_owned()));
        ids.join(" ")
    }

    /// A person asks: held relays are probed at once, held senders are tried.
    async fn look_now(&self) {
        let now = self.clock.now();
        self.queue.lock().try_all(now);
        self.queue.open_gates(None).await;
        self.queue.held.notify_one();
    }
}
