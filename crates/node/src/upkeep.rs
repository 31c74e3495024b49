//! Periodic cleaning of the store.

use std::time::Duration;

use admin::Admin;
use model::id::MessageNumber;
use model::time::Timestamp;
use store::{CommitFault, Housekeep, MailChange, Outcome, ReadFault, SiteChange, Slice, Store};
use tokio::sync::watch;

/// Largest history of events in bytes, give or take a slice.
const HISTORY_MAX: u64 = 256 << 20;
/// Time between two cleaning runs.
const CLEAN_EVERY: Duration = Duration::from_secs(600);

/// Deletes old messages, reports and events. Runs until the stop.
pub(super) async fn housekeeping(admin: Admin, mut stop: watch::Receiver<bool>) {
    let Admin { store, clock, settings, .. } = admin;
    loop {
        let queue = settings.current().settings().map(|settings| settings.queue.clone()).unwrap_or_default();
        let now = clock.now();
        let mut after = MessageNumber::BEFORE_FIRST;
        loop {
            let slice = Housekeep {
                after,
                notices_before: now - queue.keep_notices,
                submitted_before: now - queue.keep_submitted,
                reports_before: now - queue.keep_reports,
            };
            match store.change(now, slice).await {
                Ok(Outcome::Cleaned { next: Some(on) }) if !*stop.borrow() => after = on,
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "cleanup stopped; it continues later");
                    break;
                }
            }
        }
        if let Err(fault) = store.change(now, SiteChange::TrimAudit).await {
            tracing::warn!(%fault, "the audit log could not be trimmed; it is tried again later");
        }
        if let Err(fault) = trim_history(&store, now, &stop).await {
            tracing::warn!(%fault, "cleanup of the history stopped; it continues later");
        }
        tokio::select! {
            () = tokio::time::sleep(CLEAN_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum TrimFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Commit(#[from] CommitFault),
}

/// Keeps the history of events within [`HISTORY_MAX`] and within the store's limit of rows.
async fn trim_history(store: &Store, now: Timestamp, stop: &watch::Receiver<bool>) -> Result<(), TrimFault> {
    let (mut before, mut bytes, mut events_before) = (i64::MAX, 0u64, 0);
    while let Some(part) = store.event_bytes(before).await? {
        bytes += part.bytes;
        before = part.lowest;
        if bytes > HISTORY_MAX {
            events_before = part.lowest;
            break;
        }
    }
    while !*stop.borrow() {
        match store.change(now, MailChange::TrimHistory { events_before }).await? {
            Outcome::Trimmed(Slice::Full) => {}
            _ => break,
        }
    }
    Ok(())
}
