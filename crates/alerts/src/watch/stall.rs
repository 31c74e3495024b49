//! Finds mail that is not tried although a relay could take it. No relay and no disk reports this fault.
//!
//! Compares snapshots of disk and memory, and uses nothing that the scheduler or the workers keep for themselves. It finds a
//! lost wake-up, a lane that is never read, and workers that take nothing. It does not find one delivery that hangs while it
//! has a message in hand: the timeouts of the dialogue end that.

use std::collections::HashMap;
use std::time::Duration;

use mail::queue::Motion;
use model::id::{LaneId, MessageNumber};
use model::time::Timestamp;
use store::OverdueHead;

/// A message that is due and claimable for longer than this is stuck.
const STUCK: Duration = Duration::from_mins(2);

/// State of disk and memory at one moment.
pub(super) struct Snapshot {
    /// Of each lane, the message due first, if it is overdue and not in memory.
    pub(super) heads: Vec<OverdueHead>,
    pub(super) motion: Motion,
    /// True if a relay can be used.
    pub(super) open: bool,
    /// True if memory has room for a claim.
    pub(super) room: bool,
}

/// A message without progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// `None`: the message is claimed and in memory, and no worker takes it.
    pub(super) message: Option<MessageNumber>,
    /// Time at which the watch first saw that the message could be tried.
    pub(super) since: Timestamp,
}

/// State from one snapshot to the next.
#[derive(Default)]
pub(super) struct Stall {
    /// The head of each lane, and since when it has stayed although it could be claimed.
    heads: HashMap<LaneId, (MessageNumber, Timestamp)>,
    /// The number of finished deliveries, and since when it has not changed while messages wait.
    still: Option<(u64, Timestamp)>,
}

impl Stall {
    /// Compares a snapshot with the earlier ones. Returns the message that has been stuck longest.
    pub(super) fn compare(&mut self, snapshot: &Snapshot, now: Timestamp) -> Option<Stuck> {
        if !snapshot.open {
            *self = Self::default();
            return None;
        }
        [self.on_disk(snapshot, now), self.in_memory(snapshot.motion, now)].into_iter().flatten().min_by_key(|stuck| stuck.since)
    }

    /// Finds a lane whose head stays the same while it is due and memory has room.
    fn on_disk(&mut self, snapshot: &Snapshot, now: Timestamp) -> Option<Stuck> {
        let before = std::mem::take(&mut self.heads);
        // Without room the head waits for deliveries; `in_memory` checks those.
        for head in snapshot.heads.iter().filter(|_| snapshot.room) {
            let same = before.get(&head.lane).filter(|(message, since)| *message == head.message && *since <= now);
            self.heads.insert(head.lane, (head.message, same.map_or(now, |(_, since)| *since)));
        }
        let stuck = self.heads.values().map(|&(message, since)| Stuck { message: Some(message), since });
        stuck.filter(|stuck| now.since(stuck.since) >= STUCK).min_by_key(|stuck| stuck.since)
    }

    /// Finds flights that wait while no delivery has taken one and none leaves memory.
    fn in_memory(&mut self, motion: Motion, now: Timestamp) -> Option<Stuck> {
        let waits = motion.waiting > 0 && motion.taken == 0;
        let still = |before: &(u64, Timestamp)| before.0 == motion.finished && before.1 <= now;
        let since = self.still.filter(still).map_or(now, |(_, since)| since);
        self.still = waits.then_some((motion.finished, since));
        (waits && now.since(since) >= STUCK).then_some(Stuck { message: None, since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Motion = Motion { waiting: 0, taken: 0, finished: 7 };
    const ROUND: Duration = Duration::from_secs(15);
    const START: Timestamp = Timestamp::from_secs(1000);

    fn snapshot(heads: &[(i64, i64)], motion: Motion) -> Snapshot {
        let heads =
            heads.iter().map(|&(lane, message)| OverdueHead { lane: LaneId(lane), message: MessageNumber(message) }).collect();
        Snapshot { heads, motion, open: true, room: true }
    }

    /// Feeds one snapshot every 15 seconds. Returns the index of the first that shows a stuck message.
    fn first_stuck(looks: impl IntoIterator<Item = Snapshot>) -> Option<usize> {
        let mut stall = Stall::default();
        looks.into_iter().enumerate().find_map(|(n, snapshot)| {
            let now = START + ROUND * u32::try_from(n).unwrap();
            stall.compare(&snapshot, now).map(|_| n)
        })
    }

    #[test]
    fn head_that_stays_is_stuck_after_two_minutes() {
        assert_eq!(first_stuck((0..20).map(|_| snapshot(&[(2, 5)], REST))), Some(8));
        assert_eq!(first_stuck((0..8).map(|_| snapshot(&[(2, 5)], REST))), None);
    }

    #[test]
    fn deep_moving_queue_is_not_stuck() {
        let moves = |n: i64| Motion { waiting: 9000, taken: 3, finished: u64::try_from(n).unwrap() };
        assert_eq!(first_stuck((0..200).map(|n| snapshot(&[(2, n)], moves(n)))), None, "each snapshot finds another head");
        let full = |n: i64| Snapshot { room: false, ..snapshot(&[(2, 5)], moves(n)) };
        assert_eq!(first_stuck((0..200).map(full)), None, "memory is full and delivery moves");
        let shut = |_| Snapshot { open: false, ..snapshot(&[(2, 5)], REST) };
        assert_eq!(first_stuck((0..200).map(shut)), None, "no relay could take it");
    }

    #[test]
    fn dead_lane_is_found_beside_a_moving_one() {
        let moves = |n: i64| Motion { waiting: 9, taken: 3, finished: u64::try_from(n).unwrap() };
        assert_eq!(first_stuck((0..20).map(|n| snapshot(&[(2, n), (999, 5)], moves(n)))), Some(8));
    }

    #[test]
    fn flights_without_worker_are_stuck() {
        let of = |waiting, taken, finished| Motion { waiting, taken, finished };
        assert_eq!(first_stuck((0..20).map(|_| snapshot(&[], of(4, 0, 7)))), Some(8));
        assert_eq!(first_stuck((0..200).map(|_| snapshot(&[], of(4, 1, 7)))), None, "a slow relay has one in its hands");
        assert_eq!(first_stuck((0..200).map(|n| snapshot(&[], of(4, 0, n)))), None, "taken between two looks");
        assert_eq!(first_stuck((0..200).map(|_| snapshot(&[], of(0, 0, 7)))), None, "nothing waits");
    }

    #[test]
    fn relay_that_opens_or_clock_that_steps_starts_the_time_anew() {
        let mut stall = Stall::default();
        let here = || snapshot(&[(2, 5)], REST);
        let earlier = START - Duration::from_mins(15);
        assert_eq!(stall.compare(&here(), START), None);
        assert_eq!(stall.compare(&Snapshot { open: false, ..here() }, START + 7 * ROUND), None);
        assert_eq!(stall.compare(&here(), START + 8 * ROUND), None);
        assert_eq!(stall.compare(&here(), earlier), None, "set back");
        assert_eq!(stall.compare(&here(), earlier + STUCK).map(|stuck| stuck.since), Some(earlier));
    }
}
