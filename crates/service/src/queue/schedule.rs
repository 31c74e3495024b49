//! Claims due messages from disk while memory has room and a relay is open, and renews the leases of what is in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::retry::WAIT_MAX;
use store::{Change, CommitFault, Outcome, Park};
use tokio::sync::watch;

use super::flights::Queue;
use super::memory::Flight;
use crate::intake::LEASE_MS;

/// How often leases are looked at.
const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(15);
/// Messages claimed in one commit.
const CLAIM_MAX: usize = 200;
/// Pause after a storage fault, in milliseconds.
const PAUSE_MS: i64 = 1000;
/// The scheduler looks at the disk at least so often, whatever wakes it. It bounds what a lost wake-up costs.
pub(super) const LOOK_MS: i64 = 30_000;
/// Between two looks at least, unless there is more to claim.
const GRACE_MS: i64 = 50;

/// Runs until the stop.
pub(crate) async fn schedule(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    // After a crash, mail may be parked for a sender that is free. Unpark all once: it is parked again without a word to
    // the relay if its sender is still held.
    queue.open_gates(None).await;
    let mut failing = false;
    loop {
        let turned = turn(&queue).await;
        let next = match turned {
            Ok(Turn::More) => {
                queue.beat();
                continue;
            }
            Ok(Turn::Done(next)) => next,
            Err(why) => {
                if !failing {
                    tracing::error!(%why, "the queue cannot be read or claimed; trying every second");
                }
                failing = true;
                NextLook { by: queue.clock.now() + PAUSE_MS, listens: false }
            }
        };
        failing &= !next.listens;
        tokio::select! {
            () = wait(&queue, next) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// The result of a turn of the scheduler.
enum Turn {
    /// There may be more to claim at once.
    More,
    Done(NextLook),
}

/// When the scheduler looks again.
struct NextLook {
    /// At the latest, in Unix milliseconds.
    by: i64,
    /// A commit that sets an earlier due time wakes it. False while nothing can be claimed: an accepted message must not
    /// cost a turn then.
    listens: bool,
}

/// Claims what is due. Whatever is committed from its start on is in what it reads, or lowers the earliest due time.
async fn turn(queue: &Queue) -> Result<Turn, String> {
    let earliest = queue.store.earliest_due();
    earliest.forget();
    if refill(queue).await? {
        return Ok(Turn::More);
    }
    let by = queue.clock.now() + LOOK_MS;
    if !queue.lock().can_claim() {
        return Ok(Turn::Done(NextLook { by, listens: false }));
    }
    if let Some(due) = queue.store.next_due().await.map_err(|fault| fault.to_string())? {
        earliest.found(due);
    }
    Ok(Turn::Done(NextLook { by, listens: true }))
}

/// Until a message is due, until there is capacity for more, and never for longer than [`LOOK_MS`].
async fn wait(queue: &Queue, next: NextLook) {
    let begun = queue.clock.now();
    loop {
        let due = queue.store.earliest_due().get().filter(|_| next.listens).unwrap_or(i64::MAX);
        // A moment's grace: a row that is due and in memory (its lease could not be renewed) must not spin the scheduler.
        let until = due.max(begun + GRACE_MS).min(next.by);
        tokio::select! {
            () = queue.clock.sleep_until(until) => return,
            () = queue.capacity.notified() => return,
            () = queue.nudge.notified() => return,
            () = queue.echo.notified() => queue.beat(),
            () = queue.store.earliest_due().lowered(), if next.listens => {}
        }
    }
}

/// Claims one helping of each lane. `true` if there may be more at once.
async fn refill(queue: &Queue) -> Result<bool, String> {
    if !queue.lock().any_open() {
        return Ok(false);
    }
    let text = |error: store::ReadFault| error.to_string();
    let now = queue.clock.now();
    let horizon = now + 2 * i64::try_from(WAIT_MAX.as_millis()).unwrap_or(0);
    let mut more = false;
    for lane in in_turn(queue.store.lanes().await.map_err(text)?, queue.last_lane.load(Ordering::Relaxed)) {
        let limit = queue.lock().room().min(CLAIM_MAX);
        if limit == 0 {
            return Ok(false);
        }
        // From here to their place in memory no operator's action may touch these messages.
        let _claiming = claiming(queue).await;
        let due = queue.store.due(lane, now, horizon, limit).await.map_err(text)?;
        let mut full = due.len() == limit;
        let due = queue.lock().not_in_memory(due);
        // As many as there is room for their bodies; always one, so that a large one is not left for ever.
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
        queue.last_lane.store(lane, Ordering::Relaxed);
        claim(queue, numbers, now).await?;
    }
    Ok(more)
}

/// Our own lanes (0 critical notices, 1 other notices) first; then those of the applications, beginning behind the one
/// that was claimed from last. Memory has room for a helping of few lanes at a time: each has its turn.
fn in_turn(lanes: Vec<i64>, last: i64) -> impl Iterator<Item = i64> {
    let (own, others): (Vec<i64>, Vec<i64>) = lanes.into_iter().partition(|lane| *lane <= 1);
    let (before, behind): (Vec<i64>, Vec<i64>) = others.into_iter().partition(|lane| *lane <= last);
    own.into_iter().chain(behind).chain(before)
}

/// The lock against operators' actions. A bulk action holds it for long: the scheduler shows that it lives meanwhile.
async fn claiming(queue: &Queue) -> tokio::sync::MutexGuard<'_, ()> {
    let mut lock = std::pin::pin!(queue.claiming.lock());
    loop {
        tokio::select! {
            guard = &mut lock => return guard,
            () = queue.echo.notified() => queue.beat(),
        }
    }
}

async fn claim(queue: &Queue, numbers: Vec<i64>, now: i64) -> Result<(), String> {
    let claim = Change::Claim { numbers, now, until: now + LEASE_MS };
    let claimed = match queue.store.change(claim).await {
        Ok(Outcome::Claimed(claimed)) => claimed,
        Ok(_) => Vec::new(),
        Err(fault) => return Err(fault.to_string()),
    };
    match queue.store.works(claimed.clone()).await {
        Ok(works) => {
            for work in works {
                admit(queue, work, now).await;
            }
            return Ok(());
        }
        Err(error) => tracing::warn!(%error, "claimed messages cannot be read together; one by one now"),
    }
    for number in claimed {
        // An unreadable message must not block the rest. Its lease ends, and it is tried again.
        match queue.store.work(number).await {
            Ok(Some(work)) => admit(queue, work, now).await,
            Ok(None) => {}
            Err(error) => queue.note_unreadable(number, error.to_string()),
        }
    }
    Ok(())
}

async fn admit(queue: &Queue, work: store::Work, now: i64) {
    queue.lock().take_room(work.body.len());
    queue.send_on(Flight::new(work, now), now).await;
}

pub(crate) async fn unclaim(queue: &Queue, numbers: Vec<i64>, due: i64) {
    if let Err(fault) = queue.store.change(Change::Unclaim { numbers, due }).await {
        // The lease ends by itself; the attempt stays counted.
        tracing::warn!(%fault, "claimed messages could not be given back; their lease ends in {} s", LEASE_MS / 1000);
    }
}

pub(crate) async fn park(queue: &Queue, numbers: Vec<i64>, sender: String, now: i64) {
    match queue.store.change(Change::Park(Park { numbers, sender, now })).await {
        Ok(_) | Err(CommitFault::Closed) => {}
        Err(fault) => tracing::warn!(%fault, "messages could not be parked; they are tried again"),
    }
}

/// Keeps the leases of what is in memory.
pub(crate) async fn renew(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = queue.clock.now();
        let old = queue.lock().leases_before(now + LEASE_MS / 2, now);
        for leases in old.chunks(1000) {
            let renew = Change::Renew { leases: leases.to_vec(), until: now + LEASE_MS };
            match queue.store.change(renew).await {
                Ok(_) => queue.lock().renewed(leases, now + LEASE_MS),
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
    fn applications_lanes_have_their_turn() {
        let order = |last| in_turn(vec![0, 1, 2, 5, 9], last).collect::<Vec<_>>();
        assert_eq!(order(0), [0, 1, 2, 5, 9]);
        assert_eq!(order(2), [0, 1, 5, 9, 2]);
        assert_eq!(order(5), [0, 1, 9, 2, 5]);
        assert_eq!(order(9), [0, 1, 2, 5, 9]);
        assert_eq!(order(6), [0, 1, 9, 2, 5], "a lane that is gone");
    }
}
