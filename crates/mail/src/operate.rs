//! Operators' actions on messages.

use model::account::{Actor, Forbidden, Role};
use model::audit::{AuditedAct, QueueAct};
use model::id::MessageNumber;
use store::{AuditRow, CommitFault, LocalChange, Operate, Outcome, QueueAction, Which};

use crate::Mail;

/// Messages that one audit row names.
const NAMED_MAX: usize = 100;

/// An operator's action was refused.
#[derive(Debug, thiserror::Error)]
pub enum OperateFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Store(#[from] CommitFault),
}

impl Mail {
    /// Applies an operator's action to messages. Returns the number of changed messages.
    pub async fn operate(
        &self,
        verb: QueueAction,
        numbers: Option<Vec<MessageNumber>>,
        who: &Actor,
    ) -> Result<usize, OperateFault> {
        who.needs(Role::Operator)?;
        let now = self.queue.clock.now();
        // Blocks claims meanwhile. Earlier claims are recalled; later claims find the row changed.
        let _claiming = self.queue.claiming.lock().await;
        let (recalled, in_flight) = self.queue.recall(numbers.as_deref());
        for slice in recalled.chunks(1000) {
            self.queue.store.change(now, LocalChange::Unclaim { numbers: slice.to_vec(), due: now }).await?;
        }
        let (mut count, mut named) = (0, Vec::new());
        let all = numbers.is_none();
        let mut which = numbers.map_or(Which::AllAfter(MessageNumber::BEFORE_FIRST), Which::Numbers);
        loop {
            let operate = Operate { verb, which, in_flight: in_flight.clone() };
            let Outcome::Operated { numbers, more } = self.queue.store.change(now, operate).await? else { break };
            count += numbers.len();
            named.extend(numbers.into_iter().take(NAMED_MAX.saturating_sub(named.len())));
            let Some(after) = more else { break };
            which = Which::AllAfter(after);
        }
        if count > 0 {
            let verb = match verb {
                QueueAction::Retry => QueueAct::Retry,
                QueueAction::Hold => QueueAct::Hold,
                QueueAction::Release => QueueAct::Release,
                QueueAction::Cancel => QueueAct::Cancel,
            };
            let messages = named.iter().map(|number| self.queue.store.message_id(*number).to_string()).collect();
            let act = AuditedAct::QueueChanged { verb, all, count, messages };
            self.queue.store.change(now, AuditRow::new(&who.name, &act)).await?;
        }
        if matches!(verb, QueueAction::Retry | QueueAction::Release) {
            self.queue.look_now().await;
        }
        Ok(count)
    }
}
