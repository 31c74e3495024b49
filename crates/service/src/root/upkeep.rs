//! Recovery at the start, and periodic cleaning.

use std::sync::Arc;
use std::time::Duration;

use store::{Change, Housekeep, Outcome, ReadFault, Store};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::intake::LEASE_MS;
use crate::queue::Queue;
use crate::settings::Desk;

/// Largest history of events in bytes, give or take a slice.
const HISTORY_MAX: u64 = 256 << 20;
/// Time between two cleaning runs.
const CLEAN_EVERY: Duration = Duration::from_secs(600);

/// Ends leases after a crash or a stop, and restores the known state of relays.
pub(super) async fn recover(store: &Store, queue: &Queue, clock: &Clock) -> Result<(), ReadFault> {
    let now = clock.now();
    if let Err(fault) = store.change(Change::Recover { now, lease: LEASE_MS }).await {
        tracing::warn!(%fault, "leases of the former process could not be ended; they end by themselves");
    }
    if let Some(at) = store.last_accepted().await? {
        queue.last_accepted.store(at, std::sync::atomic::Ordering::Relaxed);
    }
    let states = store.held_states().await?;
    let mut state = queue.lock();
    for held in states {
        let relay = model::id::RelayId(held.relay);
        match held.sender.is_empty() {
            true => state.relays.insert(relay, held.state),
            false => state.senders.insert((relay, held.sender), held.state),
        };
    }
    Ok(())
}

pub(super) async fn housekeeping(store: Store, desk: Arc<Desk>, clock: Clock, mut stop: watch::Receiver<bool>) {
    loop {
        let queue = desk.current().settings().map(|settings| settings.queue.clone()).unwrap_or_default();
        let now = clock.now();
        let before = |keep: Duration| now - i64::try_from(keep.as_millis()).unwrap_or(i64::MAX / 4);
        let mut after = 0;
        loop {
            let slice = Housekeep {
                now,
                after,
                notices_before: before(queue.keep_notices),
                submitted_before: before(queue.keep_submitted),
                reports_before: before(queue.keep_reports),
            };
            match store.change(Change::Housekeep(slice)).await {
                Ok(Outcome::Touched { more: Some(on), .. }) if !*stop.borrow() => after = on,
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "cleaning up stopped; it goes on later");
                    break;
                }
            }
        }
        if let Err(why) = trim_history(&store, &stop).await {
            tracing::warn!(why, "cleaning up the history stopped; it goes on later");
        }
        tokio::select! {
            () = tokio::time::sleep(CLEAN_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Keeps the history of events within [`HISTORY_MAX`] and within the store's limit of rows.
async fn trim_history(store: &Store, stop: &watch::Receiver<bool>) -> Result<(), String> {
    let text = |error: ReadFault| error.to_string();
    let (mut before, mut bytes, mut events_before) = (i64::MAX, 0u64, 0);
    while let Some(part) = store.event_bytes(before).await.map_err(text)? {
        bytes += part.bytes;
        before = part.lowest;
        if bytes > HISTORY_MAX {
            events_before = part.lowest;
            break;
        }
    }
    while !*stop.borrow() {
        match store.change(Change::TrimHistory { events_before }).await.map_err(|fault| fault.to_string())? {
            Outcome::Touched { more: Some(_), .. } => {}
            _ => break,
        }
    }
    Ok(())
}
