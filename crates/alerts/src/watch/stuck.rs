//! Finds mail that is due and does not move: the scheduler does not try it, a message cannot be read, or this machine lacks a
//! resource for connections.

use admin::clock::rfc3339;
use mail::queue::Progress;
use model::event::{OwnCode, Severity, time_fact};
use model::time::Timestamp;
use tokio::time::{Duration, Instant};

use super::stall::{Snapshot, Stall};
use super::{Watch, WatchMemory, condition, facts};
use crate::event::Observation;

/// If wall clock and monotonic clock differ by more than this, the clock was set or the machine was suspended.
const CLOCK_STEP: Duration = Duration::from_secs(5);

impl Watch {
    /// Finds mail that is due and is not tried. Wakes the scheduler, which repairs a lost wake-up.
    pub(super) async fn find_stuck_mail(&self, memory: &mut WatchMemory, now: Timestamp, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::QueueStuck;
        observation.mark_checked(&[CODE]);
        // The scheduler had no use of the time in which the machine slept, or by which its clock was set.
        let awake = Instant::now();
        let (then, was_awake) = memory.stall_compared.replace((now, awake)).unwrap_or((now, awake));
        if now.distance(then + awake.duration_since(was_awake)) > CLOCK_STEP {
            memory.stall = Stall::default();
        }
        let Progress { numbers, motion, open, room } = self.mail.queue.progress();
        let heads = match self.admin.store.overdue_heads(now, move |number| numbers.contains(&number)).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::error!(%error, "due messages cannot be read");
                return observation.mark_unknown(CODE);
            }
        };
        let stuck = memory.stall.compare(&Snapshot { heads, motion, open, room }, now);
        self.signals.found_stuck(stuck.map(|stuck| stuck.since));
        let Some(stuck) = stuck else { return };
        tracing::error!(
            message = stuck.message.map(|message| message.0),
            since = rfc3339(stuck.since),
            "mail is due but not attempted; waking the scheduler"
        );
        self.mail.queue.wake();
        let id = stuck.message.map(|message| self.admin.store.message_id(message).to_string()).unwrap_or_default();
        let facts = facts([("message", id), ("since", time_fact(stuck.since))]);
        observation.extend([condition(CODE, "", Severity::Critical, facts)]);
    }

    /// Finds messages that cannot be read from disk. They wait for ever, and no relay reports why.
    pub(super) fn find_unreadable_messages(&self, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::QueueUnreadable;
        observation.mark_checked(&[CODE]);
        let unreadable = self.mail.queue.unreadable();
        let Some((message, error)) = unreadable.first() else { return };
        let facts = facts([
            ("count", unreadable.len().to_string()),
            ("message", self.admin.store.message_id(*message).to_string()),
            ("error", error.clone()),
        ]);
        observation.extend([condition(CODE, "", Severity::Error, facts)]);
    }

    /// Finds a resource that this machine lacks: mail waits for it, and no relay is to blame.
    pub(super) fn find_shortage(&self, observation: &mut Observation) {
        const CODE: OwnCode = OwnCode::NodeResourceShort;
        observation.mark_checked(&[CODE]);
        let Some(shortage) = self.mail.queue.shortage() else { return };
        let facts = facts([("resource", shortage.resource.key().to_owned()), ("since", time_fact(shortage.since))]);
        observation.extend([condition(CODE, "", Severity::Critical, facts)]);
    }
}
