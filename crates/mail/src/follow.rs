//! Tasks that react to new settings and new tokens.

use std::sync::Arc;

use admin::settings::Current;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Mail;
use crate::queue::{Queue, spawn_workers};

/// Runs the workers of the settings in force. After a change, the old workers end and every relay is checked at once.
pub async fn follow_settings(queue: Arc<Queue>, mut changes: watch::Receiver<Arc<Current>>, mut stop: watch::Receiver<bool>) {
    let current = Arc::clone(&changes.borrow_and_update());
    // The settings may have changed while nothing was sent.
    if !queue.has_adopted(&current) {
        queue.adopt(current.settings()).await;
    }
    let mut retired: JoinSet<()> = JoinSet::new();
    loop {
        let over = watch::Sender::new(false);
        let mut workers = spawn_workers(&queue, &over.subscribe());
        let stopping = tokio::select! {
            changed = changes.changed() => changed.is_err(),
            _ = stop.wait_for(|stop| *stop) => true,
        };
        over.send_replace(true);
        retired.spawn(async move { while workers.join_next().await.is_some() {} });
        if stopping {
            break;
        }
        let settings = changes.borrow_and_update().settings();
        queue.adopt(settings).await;
        // Removes old workers that have ended.
        while retired.try_join_next().is_some() {}
    }
    while retired.join_next().await.is_some() {}
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
        queue.look_at(relay).await;
    }
}
