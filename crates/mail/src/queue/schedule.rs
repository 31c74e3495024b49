//! Claims due messages from disk while memory has room and a relay is open. Renews the leases of claimed messages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::id::{LaneId, MessageNumber};
use model::retry::WAIT_MAX;
use model::time::Timestamp;
use store::{CommitFault, LocalChange, Outcome, Park, ReadFault};
use tokio::sync::watch;

use super::LEASE;
use super::flights::Queue;
use super::memory::Flight;

/// Interval between two checks of the leases.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// Messages claimed in one commit.
const CLAIM_MAX: usize = 200;
/// Pause after a storage fault.
const PAUSE: Duration = Duration::from_secs(1);
/// Maximum time between two looks of the scheduler at the disk. It bounds the cost of a lost wake-up.
pub(super) const LOOK: Duration = Duration::from_secs(30);
/// Minimum time between two looks, unless there is more to claim.
const GRACE: Duration = Duration::from_millis(50);

/// Runs the scheduler until the stop.
pub async fn schedule(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    // After a crash, mail may be parked for a sender that is not held. Unpark all mail once. Mail of a sender that is still
    // held is parked again without contact to the relay.
    queue.unpark_where(|_| true).await;
    let mut failing = false;
    loop {
        let turned = turn(&queue).await;
        let next = match turned {
            Ok(TurnResult::More) => {
                queue.beat();
                continue;
            }
            Ok(TurnResult::Done(next)) => next,
            Err(why) => {
                if !failing {
                    tracing::error!(%why, "the queue cannot be read or claimed; retrying every second");
                }
                failing = true;
                NextLook { by: queue.clock.now() + PAUSE, listens: false }
            }
        };
        failing &= !next.listens;
        tokio::select! {
            () = wait(&queue, next) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// The queue could not be read or claimed.
#[derive(Debug, thiserror::Error)]
enum ClaimFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Commit(#[from] CommitFault),
}

/// The result of a turn of the scheduler.
enum TurnResult {
    /// More messages may be due now.
    More,
    Done(NextLook),
}

/// The time and cause of the scheduler's next look.
struct NextLook {
    /// Latest time.
    by: Timestamp,
    /// True if a commit with an earlier due time wakes the scheduler. False while it can claim nothing: an accepted message
    /// must not cost a turn then.
    listens: bool,
}

/// Claims due messages. A commit after its start is either in the rows it reads or lowers the earliest due time.
async fn turn(queue: &Queue) -> Result<TurnResult, ClaimFault> {
    let earliest = queue.store.earliest_due();
    earliest.forget();
    if refill(queue).await? {
        return Ok(TurnResult::More);
    }
    let by = queue.clock.now() + LOOK;
    if !queue.lock().can_claim() {
        return Ok(TurnResult::Done(NextLook { by, listens: false }));
    }
    if let Some(due) = queue.store.next_due().await? {
        earliest.found(due);
    }
    Ok(TurnResult::Done(NextLook { by, listens: true }))
}

/// Waits until a message is due or capacity is free, at most for [`LOOK`].
async fn wait(queue: &Queue, next: NextLook) {
    let begun = queue.clock.now();
    loop {
        let due = queue.store.earliest_due().get().filter(|_| next.listens).unwrap_or(Timestamp::MAX);
        // A row that is due and in memory (its lease could not be renewed) must not make the scheduler spin.
        let until = due.max(begun + GRACE).min(next.by);
        tokio::select! {
            () = queue.clock.sleep_until(until) => return,
            () = queue.capacity.notified() => return,
            () = queue.nudge.notified() => return,
            () = queue.echo.notified() => queue.beat(),
            () = queue.store.earliest_due().lowered(), if next.listens => {}
        }
    }
}

/// Claims one batch from each lane. Returns true if more messages may be due now.
async fn refill(queue: &Queue) -> Result<bool, ClaimFault> {
    if !queue.lock().any_open() {
        return Ok(false);
    }
    let now = queue.clock.now();
    let horizon = now + 2 * WAIT_MAX;
    let mut more = false;
    for lane in in_turn(queue.store.lanes().await?, LaneId(queue.last_lane.load(Ordering::Relaxed))) {
        let limit = queue.lock().room().min(CLAIM_MAX);
        if limit == 0 {
            return Ok(false);
        }
        // No operator's action may touch these messages until they are in memory.
        let _claiming = claiming(queue).await;
        let due = queue.store.due(lane, now, horizon, limit).await?;
        let mut full = due.len() == limit;
        let due = queue.lock().not_in_memory(due);
        // Claims as many messages as their bodies have room, and at least one: a large message must not wait for ever.
        let mut bytes = queue.lock().room_bytes();
        let mut numbers = Vec::new();
        for (number, size) in due {
            if size > bytes && !numbers.is_empty() {
                full = true;
                break;
            }
            bytes = bytes.saturating_sub(size);
            numbers.push(number);
        }
        if numbers.is_empty() {
            continue;
        }
        more |= full;
        queue.last_lane.store(lane.0, Ordering::Relaxed);
        claim(queue, numbers, now).await?;
    }
    Ok(more)
}

/// Orders the lanes: our own first, then those of the applications, from the one after `last`. Memory has room for a batch
/// of few lanes at a time, so the lanes take turns.
fn in_turn(lanes: Vec<LaneId>, last: LaneId) -> impl Iterator<Item = LaneId> {
    let (others, own): (Vec<_>, Vec<_>) = lanes.into_iter().partition(|lane| lane.is_of_application());
    let (before, behind): (Vec<_>, Vec<_>) = others.into_iter().partition(|lane| *lane <= last);
    own.into_iter().chain(behind).chain(before)
}

/// Takes the lock against operators' actions. A bulk action holds it for long; meanwhile the scheduler answers `echo`.
async fn claiming(queue: &Queue) -> tokio::sync::MutexGuard<'_, ()> {
    let mut lock = std::pin::pin!(queue.claiming.lock());
    loop {
        tokio::select! {
            guard = &mut lock => return guard,
            () = queue.echo.notified() => queue.beat(),
        }
    }
}

async fn claim(queue: &Queue, numbers: Vec<MessageNumber>, now: Timestamp) -> Result<(), ClaimFault> {
    let claim = LocalChange::Claim { numbers, until: now + LEASE };
    let claimed = match queue.store.change(now, claim).await {
        Ok(Outcome::Claimed(claimed)) => claimed,
        Ok(_) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    match queue.store.works(claimed.clone()).await {
        Ok(works) => {
            for work in works {
                admit(queue, work, now).await;
            }
            return Ok(());
        }
        Err(error) => tracing::warn!(%error, "claimed messages cannot be read in one batch; reading them one by one"),
    }
    for number in claimed {
        // An unreadable message must not block the rest. It is tried again after its lease.
        match queue.store.work(number).await {
            Ok(Some(work)) => admit(queue, work, now).await,
            Ok(None) => {}
            Err(error) => queue.note_unreadable(number, error.to_string()),
        }
    }
    Ok(())
}

async fn admit(queue: &Queue, work: store::Work, now: Timestamp) {
    queue.lock().take_room(work.body.len());
    queue.send_on(Flight::new(work, now), now).await;
}

pub(crate) async fn unclaim(queue: &Queue, numbers: Vec<MessageNumber>, due: Timestamp) {
    if let Err(fault) = queue.store.change(queue.clock.now(), LocalChange::Unclaim { numbers, due }).await {
        // The lease ends by itself. The attempt stays counted.
        tracing::warn!(%fault, "claimed messages could not be released; their lease ends in {} s", LEASE.as_secs());
    }
}

pub(crate) async fn park(queue: &Queue, numbers: Vec<MessageNumber>, sender: String, now: Timestamp) {
    match queue.store.change(now, Park { numbers, sender }).await {
        Ok(_) | Err(CommitFault::Closed) => {}
        Err(fault) => tracing::warn!(%fault, "messages could not be parked; retrying"),
    }
}

/// Renews the leases of the messages in memory until the stop.
pub async fn renew(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = queue.clock.now();
        let old = queue.lock().leases_before(now + LEASE / 2, now);
        for leases in old.chunks(1000) {
            let renew = LocalChange::Renew { leases: leases.to_vec(), until: now + LEASE };
            match queue.store.change(now, renew).await {
                Ok(_) => queue.lock().renewed(leases, now + LEASE),
                // Looked at again in 15 s, well before the lease ends.
                Err(fault) => tracing::warn!(%fault, "leases could not be renewed"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_lanes_take_turns() {
        let order = |last| in_turn([0, 1, 2, 5, 9].map(LaneId).into(), LaneId(last)).map(|lane| lane.0).collect::<Vec<_>>();
        assert_eq!(order(0), [0, 1, 2, 5, 9]);
        assert_eq!(order(2), [0, 1, 5, 9, 2]);
        assert_eq!(order(5), [0, 1, 9, 2, 5]);
        assert_eq!(order(9), [0, 1, 2, 5, 9]);
        assert_eq!(order(6), [0, 1, 9, 2, 5], "a lane that is gone");
    }
}
