//! The earliest time at which a waiting message is due. The writer lowers it with every commit that sets a due time, so no
//! caller has to wake the scheduler.
//!
//! A reader calls [`EarliestDue::forget`] *before* it reads the disk and [`EarliestDue::found`] after. The writer publishes a
//! commit after the commit is visible to readers. So either the reader sees its row, or the commit lowers the time after
//! `forget`.

use std::sync::atomic::{AtomicI64, Ordering};

use model::time::Timestamp;
use tokio::sync::Notify;

use crate::commit::{Change, LocalChange, MailChange, Next, Outcome, QueueAction};

/// Marks that no message is known to wait.
const NEVER: i64 = i64::MAX;

/// The earliest due time: commits lower it, the scheduler raises it.
#[derive(Debug)]
pub struct EarliestDue {
    at: AtomicI64,
    lowered: Notify,
}

impl Default for EarliestDue {
    /// Due at once, so that the first reader reads the disk.
    fn default() -> Self {
        Self { at: AtomicI64::new(i64::MIN), lowered: Notify::new() }
    }
}

impl EarliestDue {
    /// The time at which the next message is due; `None` if no message is known to wait.
    pub fn get(&self) -> Option<Timestamp> {
        Some(self.at.load(Ordering::SeqCst)).filter(|at| *at != NEVER).map(Timestamp::from_millis)
    }

    /// Starts a new reading of the disk. From here on every commit lowers the time again.
    pub fn forget(&self) {
        self.at.store(NEVER, Ordering::SeqCst);
    }

    /// Ends a reading: according to the disk, the next message is due at `due`. Does not wake the caller.
    pub fn found(&self, due: Timestamp) {
        self.at.fetch_min(due.as_millis(), Ordering::SeqCst);
    }

    /// Resolves when a commit has lowered the time, even if it did so before the call.
    pub async fn lowered(&self) {
        self.lowered.notified().await;
    }

    /// Publishes the earliest due time that a batch of commits has set.
    pub(crate) fn lower(&self, due: Timestamp) {
        if due.as_millis() < self.at.fetch_min(due.as_millis(), Ordering::SeqCst) {
            self.lowered.notify_one();
        }
    }
}

/// The earliest due time that a change of a commit at `at` has set; `None` if it sets none. Without a wildcard, the compiler
/// demands a decision for each new change. The end of a lease is a due time too: the message of a dead worker is due then.
pub(crate) fn set_by(at: Timestamp, change: &Change, outcome: &Outcome) -> Option<Timestamp> {
    match change {
        Change::Mail(change) => set_by_mail(at, change, outcome),
        Change::Local(change) => set_by_local(at, change),
        Change::Site(_) => None,
    }
}

fn set_by_mail(at: Timestamp, change: &MailChange, outcome: &Outcome) -> Option<Timestamp> {
    match change {
        MailChange::Accept(message) => (!message.held).then_some(message.due),
        MailChange::Settle(settle) => match (settle.next, outcome) {
            (Next::Due(_) | Next::Park, Outcome::Settled { open: ..=0 }) | (Next::Park, _) => None,
            (Next::Due(due), _) => Some(due),
        },
        MailChange::Unpark { .. } => Some(at),
        MailChange::Operate(operate) => match operate.verb {
            QueueAction::Retry | QueueAction::Release => Some(at),
            QueueAction::Hold | QueueAction::Cancel => None,
        },
        // A parked message waits for its gate.
        MailChange::Park(_)
        | MailChange::Attempt(_)
        | MailChange::Housekeep(_)
        | MailChange::TrimHistory { .. }
        | MailChange::Record(_) => None,
    }
}

fn set_by_local(at: Timestamp, change: &LocalChange) -> Option<Timestamp> {
    match change {
        LocalChange::Claim { until, .. } | LocalChange::Renew { until, .. } => Some(*until),
        LocalChange::Recover { .. } => Some(at),
        LocalChange::Unclaim { due, numbers } => (!numbers.is_empty()).then_some(*due),
        LocalChange::Relay { .. }
        | LocalChange::Started
        | LocalChange::Seen
        | LocalChange::Ended
        | LocalChange::AuditRead(_)
        | LocalChange::Alive
        | LocalChange::Pair(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[tokio::test]
    async fn lower_wakes_only_for_an_earlier_time() {
        let earliest = EarliestDue::default();
        earliest.forget();
        assert_eq!(earliest.get(), None);
        earliest.lower(at(50));
        earliest.lowered().await;
        earliest.lower(at(60));
        earliest.lower(at(50));
        let later = earliest.lowered();
        tokio::pin!(later);
        let mut context = Context::from_waker(Waker::noop());
        assert!(later.as_mut().poll(&mut context).is_pending(), "a later time wakes nothing");
        earliest.lower(at(40));
        later.await;
        assert_eq!(earliest.get(), Some(at(40)));
    }

    #[tokio::test]
    async fn found_keeps_an_earlier_time_set_by_a_commit() {
        let earliest = EarliestDue::default();
        earliest.forget();
        earliest.lower(at(40)); // committed while the disk was being read
        earliest.found(at(90));
        assert_eq!(earliest.get(), Some(at(40)));
        earliest.lowered().await;
    }

    /// The actions of scheduler and writer, in any order.
    #[derive(Clone, Copy, Debug)]
    enum SchedulerAction {
        /// The writer makes a row visible that is due at this time.
        Commit(Timestamp),
        /// The writer publishes the rows that it has made visible.
        Publish,
        /// The scheduler takes the next step of its turn: forget, read the disk, record the found time, sleep.
        Turn,
        /// A delivery settles the row that is due first.
        Settle,
    }

    fn step() -> impl Strategy<Value = SchedulerAction> {
        prop_oneof![
            4 => (0i64..50).prop_map(|millis| SchedulerAction::Commit(at(millis))),
            4 => Just(SchedulerAction::Publish),
            6 => Just(SchedulerAction::Turn),
            1 => Just(SchedulerAction::Settle),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// While the scheduler sleeps, at least one of these holds. Its time is not later than the first due row. Or it has
        /// been woken. Or the writer has not yet published that row.
        #[test]
        fn sleeping_scheduler_never_misses_a_row(steps in prop::collection::vec(step(), 1..60)) {
            let earliest = EarliestDue::default();
            let (mut disk, mut unpublished): (Vec<Timestamp>, Vec<Timestamp>) = (Vec::new(), Vec::new());
            // The next step of the turn, the time read from the disk, and the time until which the scheduler sleeps.
            let (mut part, mut read, mut asleep) = (0, None, None::<Timestamp>);
            let mut context = Context::from_waker(Waker::noop());
            for step in steps {
                match step {
                    SchedulerAction::Commit(due) => {
                        disk.push(due);
                        unpublished.push(due);
                    }
                    SchedulerAction::Publish => unpublished.drain(..).for_each(|due| earliest.lower(due)),
                    SchedulerAction::Settle => {
                        let first = disk.iter().enumerate().min_by_key(|(_, due)| **due).map(|(index, _)| index);
                        first.map(|index| disk.remove(index));
                    }
                    SchedulerAction::Turn => {
                        match part {
                            0 => {
                                asleep = None;
                                earliest.forget();
                            }
                            1 => read = disk.iter().min().copied(),
                            2 => read.into_iter().for_each(|due| earliest.found(due)),
                            _ => asleep = Some(earliest.get().unwrap_or(Timestamp::MAX)),
                        }
                        part = (part + 1) % 4;
                    }
                }
                let Some(until) = asleep else { continue };
                let first = disk.iter().filter(|due| !unpublished.contains(due)).min().copied().unwrap_or(Timestamp::MAX);
                let lowered = std::pin::pin!(earliest.lowered());
                let woken = lowered.poll(&mut context).is_ready();
                prop_assert!(until <= first || woken, "asleep until {until:?}, a row is due at {first:?}");
                if woken {
                    asleep = Some(earliest.get().unwrap_or(Timestamp::MAX));
                }
            }
        }
    }
}
