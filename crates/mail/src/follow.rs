//! Tasks that react to new settings and new tokens.

use std::sync::Arc;

use admin::settings::Current;
use model::hold::RelayState;
use model::id::RelayId;
use model::settings::EmailSettings;
use store::Change;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Mail;
use crate::queue::{Queue, spawn_workers};

/// Runs the workers of the settings in force. After a change, the old workers end and every relay is checked at once.
pub async fn follow_settings(queue: Arc<Queue>, mut changes: watch::Receiver<Arc<Current>>, mut stop: watch::Receiver<bool>) {
    let mut settings = changes.borrow_and_update().settings();
    // The settings may have changed while nothing was sent.
    let known = queue.lock().settings.clone();
    if known.as_ref().map(Arc::as_ptr) != settings.as_ref().map(Arc::as_ptr) {
        renewed(&queue, settings.clone()).await;
    }
    let mut retired: JoinSet<()> = JoinSet::new();
    loop {
        let over = watch::Sender::new(false);
        let mut workers = match &settings {
            Some(settings) => spawn_workers(&queue, settings, &over.subscribe()),
            None => JoinSet::new(),
        };
        let stopping = tokio::select! {
            changed = changes.changed() => changed.is_err(),
            _ = stop.wait_for(|stop| *stop) => true,
        };
        over.send_replace(true);
        retired.spawn(async move { while workers.join_next().await.is_some() {} });
        if stopping {
            break;
        }
        settings = changes.borrow_and_update().settings();
        renewed(&queue, settings.clone()).await;
        // Removes old workers that have ended.
        while retired.try_join_next().is_some() {}
    }
    while retired.join_next().await.is_some() {}
}

/// Applies new settings: tries every held relay and sender at once, because the settings may have repaired the fault.
async fn renewed(queue: &Arc<Queue>, settings: Option<Arc<EmailSettings>>) {
    let now = queue.clock.now();
    let left = {
        let mut state = queue.lock();
        let old = std::mem::replace(&mut state.settings, settings);
        let unchanged = |id| {
            let find = |settings: &Option<Arc<EmailSettings>>| {
                settings.as_ref().and_then(|s| s.route.iter().find(|relay| relay.id == id).cloned())
            };
            let (before, after) = (find(&old), find(&state.settings));
            before.is_some() && before == after
        };
        // Proofs of changed relays belong to their former settings.
        queue.unprove(|relay| !unchanged(relay));
        state.try_all(now);
        // Drops holds of the former sender, and of all senders at removed relays.
        let from = |settings: &Option<Arc<EmailSettings>>| settings.as_ref().map(|settings| settings.from.address.wire());
        let former = from(&old).filter(|former| Some(former) != from(&state.settings).as_ref());
        let gone = |relay: &RelayId| !state.route().iter().any(|known| known.id == *relay);
        let left: Vec<_> =
            state.tried.keys().filter(|(relay, sender)| gone(relay) || Some(sender) == former.as_ref()).cloned().collect();
        for key in &left {
            state.tried.remove(key);
            state.senders.remove(key);
        }
        left
    };
    for (relay, sender) in left {
        let change = Change::Relay { relay: relay.0, sender, state: RelayState::Open };
        if let Err(fault) = queue.store.change(change).await {
            tracing::warn!(%fault, "the state of a sender could not be written");
        }
    }
    queue.open_gates(None).await;
    queue.strand().await;
    queue.turn();
    queue.held.notify_one();
    queue.work.notify_waiters();
    queue.capacity.notify_one();
}

/// Probes a relay for which a token has come. Its waiting mail then goes out.
pub async fn follow_tokens(mail: Mail, mut stop: watch::Receiver<bool>) {
    let Mail { queue, new_tokens, .. } = mail;
    let mut came = new_tokens.lock().await;
    loop {
        let relay = tokio::select! {
            relay = came.recv() => relay,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(relay) = relay else { return };
        let now = queue.clock.now();
        if let Some(held) = queue.lock().relays.get_mut(&relay) {
            *held = std::mem::replace(held, RelayState::Open).look_now(now);
        }
        queue.held.notify_one();
    }
}
