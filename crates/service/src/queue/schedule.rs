//! From the disk into memory: what is due is claimed, while there is room and a relay to take it.

use std::sync::Arc;

use model::retry::STEP_MAX;
use store::{Change, CommitFault, Outcome, Park};
use tokio::sync::watch;

use super::flights::Queue;
use super::memory::Flight;
use crate::intake::LEASE_MS;

/// Claims older than this are renewed.
const RENEW_AFTER_MS: i64 = LEASE_MS / 2;
/// How often leases are looked at.
const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(15);
/// Messages claimed in one commit.
const CLAIM_MAX: usize = 200;
/// After a storage fault the scheduler tries again so soon.
const PAUSE_MS: i64 = 1000;

/// Runs until the stop.
pub(crate) async fn schedule(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    // A process that died between freeing a sender and opening its gate has left mail behind it: each message is looked
    // at once, and parked again without a word to the relay if its sender is still held.
    queue.open_gates(None).await;
    loop {
        let wait = match refill(&queue).await {
            Ok(true) => continue,
            Ok(false) => next(&queue).await,
            Err(why) => {
                tracing::error!(%why, "the queue cannot be read or claimed; trying again");
                Some(queue.clock.now() + PAUSE_MS)
            }
        };
        let sleep = async {
            match wait {
                Some(until) => queue.clock.sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = queue.due.notified() => {}
            () = sleep => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// When to look again by itself: when the next message is due, if anybody could take it.
async fn next(queue: &Queue) -> Option<i64> {
    let idle = {
        let mut state = queue.lock();
        !state.any_open() || state.room() == 0
    };
    if idle {
        return None; // woken when a relay opens, or when there is room
    }
    match queue.store.next_due().await {
        // What is in memory has its lease in the future; a moment's grace keeps this from spinning on one just due.
        Ok(due) => due.map(|due| due.max(queue.clock.now() + 50)),
        Err(error) => {
            tracing::error!(%error, "the queue cannot be read");
            Some(queue.clock.now() + PAUSE_MS)
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
    let horizon = now + 2 * i64::try_from(STEP_MAX.as_millis()).unwrap_or(0);
    let mut more = false;
    for lane in queue.store.lanes().await.map_err(text)? {
        let limit = queue.lock().room().min(CLAIM_MAX);
        if limit == 0 {
            return Ok(false);
        }
        // From here to their place in memory nobody else may touch these messages.
        let _claiming = queue.claiming.lock().await;
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
        claim(queue, numbers, now).await?;
    }
    Ok(more)
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
        // One that cannot be read must not keep the others from their way; its lease ends, and it is tried again.
        match queue.store.work(number).await {
            Ok(Some(work)) => admit(queue, work, now).await,
            Ok(None) => {}
            Err(error) => tracing::error!(number, %error, "message {number} cannot be read"),
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
        let numbers = {
            let mut state = queue.lock();
            let old = |claimed: &mut i64| {
                let due = now - *claimed >= RENEW_AFTER_MS || *claimed > now;
                if due {
                    *claimed = now;
                }
                due
            };
            let mut numbers: Vec<i64> = state.taken.iter_mut().filter_map(|(n, at)| old(at).then_some(*n)).collect();
            for queue in state.lanes.values_mut() {
                numbers.extend(queue.iter_mut().filter_map(|f| old(&mut f.claimed).then_some(f.work.number)));
            }
            numbers
        };
        for slice in numbers.chunks(1000) {
            let renew = Change::Renew { numbers: slice.to_vec(), until: now + LEASE_MS };
            if let Err(fault) = queue.store.change(renew).await {
                tracing::warn!(%fault, "leases could not be renewed");
            }
        }
    }
}
