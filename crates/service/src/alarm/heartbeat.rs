//! The heartbeat: an address elsewhere is called as long as mail is known to get out. When the calls stop, whoever waits
//! there for them raises the alarm: so even a node that is dead is noticed.

use std::sync::Arc;

use model::settings::{Daily, origin_of};
use store::{MessageState, ReadFault};
use tokio::sync::watch;

use super::call::Caller;
use crate::queue::Queue;

/// How often it is called.
const EVERY_MS: i64 = 5 * 60_000;
/// The route was seen to work within this time.
const PROVEN_MS: i64 = 30 * 60_000;
/// And a daily notice was accepted within this one.
const DAILY_MS: i64 = 26 * 3_600_000;

pub(crate) struct Heart {
    pub(crate) caller: Caller,
    pub(crate) queue: Arc<Queue>,
}

/// Runs until the stop.
pub(crate) async fn beat(heart: Heart, mut stop: watch::Receiver<bool>) {
    let mut settings = heart.caller.desk.changes();
    loop {
        settings.mark_unchanged();
        let next = heart.caller.clock.now() + EVERY_MS;
        tokio::select! {
            () = heart.once() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = heart.caller.clock.sleep_until(next) => {}
            _ = settings.changed() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl Heart {
    async fn once(&self) {
        let Some(settings) = self.caller.desk.current().settings() else { return };
        let Some(url) = &settings.alarm.heartbeat_url else { return };
        let now = self.caller.clock.now();
        if self.queue.last_proven().is_none_or(|at| now - at >= PROVEN_MS) {
            return;
        }
        if self.caller.told.unwritable().is_some() {
            return;
        }
        let since = self.caller.desk.current().saved.as_ref().map_or(now, |(at, _)| *at);
        match self.daily_is_well(settings.daily != Daily::Off, since, now).await {
            Ok(true) => {}
            Ok(false) => return,
            // Not to call is what raises the alarm.
            Err(error) => return tracing::error!(%error, "the daily notices cannot be read: no heartbeat"),
        }
        let (taken, said) = self.caller.beat(url).await;
        if !taken {
            let host = origin_of(url);
            tracing::warn!(host, said, "the heartbeat was not taken by {host}: {said}");
        }
    }

    /// Nothing is wrong with the daily notice: none is wanted, or one was accepted, or the first since the settings were
    /// saved (at `since`) is not due yet.
    async fn daily_is_well(&self, wanted: bool, since: i64, now: i64) -> Result<bool, ReadFault> {
        if !wanted || now - since < DAILY_MS {
            return Ok(true);
        }
        let sent = self.caller.store.dailies(3).await?.into_iter().filter_map(|day| Some((day.at, day.message?)));
        let sent: Vec<(i64, i64)> = sent.collect();
        for (at, message) in sent.into_iter().filter(|(at, _)| now - at < DAILY_MS) {
            let view = self.caller.store.message(message).await?;
            if view.is_some_and(|view| view.row.state == MessageState::Accepted) && now - at < DAILY_MS {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
