//! The heartbeat: an address elsewhere is called as long as mail is known to get out. When the calls stop, whoever waits
//! there for them raises the alarm: so even a node that is dead is noticed.

use std::sync::Arc;

use model::message::Fate;
use model::settings::{Daily, origin_of};
use store::{MessageView, ReadFault};
use tokio::sync::watch;

use super::call::Caller;
use crate::queue::Queue;

/// How often it is called.
const EVERY_MS: i64 = 5 * 60_000;
/// The route was seen to work within this time.
const PROVEN_MS: i64 = 30 * 60_000;
/// And a daily notice was accepted within this one.
const DAILY_MS: i64 = 26 * 3_600_000;
/// Days that are looked through for the last good one.
const DAYS: usize = 31;

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
        let wanted = settings.daily != Daily::Off;
        match self.daily_is_well(now).await {
            Ok(well) if wanted && !well => return,
            Ok(_) => {}
            // Not to call is what raises the alarm.
            Err(error) => return tracing::error!(%error, "the daily notices cannot be read: no heartbeat"),
        }
        let (taken, said) = self.caller.beat(url).await;
        if !taken {
            let host = origin_of(url);
            tracing::warn!(host, said, "the heartbeat was not taken by {host}: {said}");
        }
    }

    /// Nothing is wrong with the daily notice: one was accepted, or the first is not due yet. That counts from the first
    /// save behind the last good day: saving again and again buys no time.
    async fn daily_is_well(&self, now: i64) -> Result<bool, ReadFault> {
        let good = self.last_good_day().await?;
        if good.is_some_and(|at| now - at < DAILY_MS) {
            return Ok(true);
        }
        let saved = self.caller.desk.revisions().await?.into_iter().map(|revision| revision.saved);
        let first = saved.filter(|at| good.is_none_or(|good| *at > good)).min();
        Ok(first.is_some_and(|at| now - at < DAILY_MS))
    }

    /// When a daily notice was last made that a relay accepted for some contact, or none was wanted.
    async fn last_good_day(&self) -> Result<Option<i64>, ReadFault> {
        for day in self.caller.store.dailies(DAYS).await? {
            let Some(message) = day.message else { return Ok(Some(day.at)) };
            let view = self.caller.store.message(message).await?;
            let reached = |view: MessageView| view.recipients.iter().any(|one| one.fate == Fate::Accepted);
            if view.is_some_and(reached) {
                return Ok(Some(day.at));
            }
        }
        Ok(None)
    }
}
