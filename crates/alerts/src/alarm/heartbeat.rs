//! The heartbeat: calls a remote address while mail is known to get out. If the calls stop, the monitor at that address
//! raises the alarm. So even a dead node is noticed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use mail::queue::Queue;
use model::daily::{SETTLED_DATES, overdue};
use model::id::MessageNumber;
use model::message::{Class, Fate};
use model::settings::{Daily, EmailSettings, origin_of};
use model::time::Timestamp;
use store::{ListFilter, ReadFault};
use tokio::sync::watch;

use super::call::WebhookCaller;

/// Time between two heartbeats.
const EVERY: Duration = Duration::from_mins(5);
/// The route must have been proven within this time.
const PROVEN: Duration = Duration::from_mins(30);
/// Time for the daily notice to be written, and for a contact's relay to accept it.
const LATE: Duration = Duration::from_hours(2);
/// Messages since the last daily notice that are searched for one of our own.
const LATER: usize = 100;

pub struct Heart {
    pub(crate) caller: WebhookCaller,
    pub(crate) queue: Arc<Queue>,
}

/// Runs until the stop.
pub async fn beat(heart: Heart, mut stop: watch::Receiver<bool>) {
    let mut settings = heart.caller.settings.changes();
    loop {
        settings.mark_unchanged();
        let next = heart.caller.clock.now() + EVERY;
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
        let Some(settings) = self.caller.settings.current().settings() else { return };
        let Some(url) = &settings.alarm.heartbeat_url else { return };
        let now = self.caller.clock.now();
        if self.queue.last_proven().is_none_or(|at| now.since(at) >= PROVEN) {
            return;
        }
        let stalled = self.caller.signals.stuck().is_some() || self.queue.shortage().is_some();
        if self.caller.signals.unwritable().is_some() || stalled {
            return;
        }
        match self.daily_is_well(&settings, now).await {
            Ok(true) => {}
            Ok(false) => return,
            // A missing call raises the alarm.
            Err(error) => return tracing::error!(%error, "the daily notices cannot be read: no heartbeat"),
        }
        let (taken, said) = self.caller.beat(url).await;
        if !taken {
            let host = origin_of(url);
            tracing::warn!(host, said, "the heartbeat call to {host} failed: {said}");
        }
    }

    /// True if the daily notice is fine: it is switched off, or the last was accepted for a contact and none is overdue.
    async fn daily_is_well(&self, settings: &EmailSettings, now: Timestamp) -> Result<bool, ReadFault> {
        let Daily::At { hour, minute } = settings.daily else { return Ok(true) };
        let days = self.caller.store.dailies(SETTLED_DATES).await?;
        let zone = TimeZone::get(&settings.site.time_zone).unwrap_or(TimeZone::UTC);
        let settled: BTreeSet<Date> = days.iter().filter_map(|day| day.date.parse().ok()).collect();
        let at = Time::new(hour, minute, 0, 0).ok();
        if at.and_then(|at| overdue(now, &zone, at, &settled)).is_some_and(|overdue| overdue > LATE) {
            return Ok(false);
        }
        // The clock may have been ahead when the day was recorded.
        let Some(last) = days.into_iter().find(|day| day.at <= now) else { return Ok(true) };
        match last.message {
            Some(message) if now.since(last.at) >= LATE => Ok(self.has(message).await? || self.has_later(last.at).await?),
            _ => Ok(true),
        }
    }

    /// True if a relay accepted this notice for a contact. True for a notice no longer kept: it is old, and the next one
    /// decides.
    async fn has(&self, message: MessageNumber) -> Result<bool, ReadFault> {
        let view = self.caller.store.message(message).await?;
        Ok(view.is_none_or(|view| view.recipients.iter().any(|recipient| recipient.fate == Fate::Accepted)))
    }

    /// True if a relay accepted a later notice for a contact: the fault with the contacts is repaired.
    async fn has_later(&self, since: Timestamp) -> Result<bool, ReadFault> {
        let filter = ListFilter { since: Some(since), ..ListFilter::default() };
        let found = self.caller.store.messages(filter, LATER).await?;
        for row in found.rows.into_iter().filter(|row| row.class != Class::Submitted) {
            if self.has(row.number).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
