//! The daily notice: sent once for each local date on which the node runs within its window.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use model::Phrase;
use model::daily::{DueDaily, MISSED_MAX, SETTLED_DATES, due_notice, next_check, window_passed};
use model::event::Severity;
use model::hold::RelayState;
use model::settings::{Daily, EmailSettings};
use model::time::Timestamp;
use store::{Commit, CommitFault, ReadFault, RecordChange};
use tokio::sync::watch;

use crate::Alerts;
use crate::event::{HandOverFault, OwnMail, hand_over};
use crate::notice::{DailyReport, NoticeContext, RelayStanding};
use crate::watch::EndSources;

/// Retry interval after an error.
const AGAIN: Duration = Duration::from_mins(1);
/// Interval while the notice is switched off, nothing is set up, or no next time is known.
const SELDOM: Duration = Duration::from_hours(1);
/// The report counts the hours that began within this time, so that it covers the last 24 hours.
const COUNTED: Duration = Duration::from_hours(23);
/// The notice lists grants, secrets and certificates that end within this time.
const ENDS: Duration = Duration::from_hours(90 * 24);

/// The daily notice could not be sent now.
#[derive(Debug, thiserror::Error)]
enum DailyFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Store(#[from] CommitFault),
    #[error("{0}")]
    HandOver(#[from] HandOverFault),
    /// The clock shows a time that no calendar has.
    #[error("{0}")]
    Time(#[from] jiff::Error),
}

/// Runs until the stop.
pub async fn daily(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let (mut settings, clock) = (alerts.settings().changes(), alerts.clock().clone());
    let mut known = None;
    loop {
        settings.mark_unchanged();
        let next = match alerts.daily_round(&mut known).await {
            Ok(next) => next,
            Err(fault) => {
                tracing::error!(%fault, "the daily notice could not be queued; retrying");
                clock.now() + AGAIN
            }
        };
        tokio::select! {
            () = clock.sleep_until(next) => {}
            changed = settings.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl Alerts {
    /// Sends the notice if it is due. Returns the time of the next round. `set`: the time of the notice in the last round.
    async fn daily_round(&self, set: &mut Option<Daily>) -> Result<Timestamp, DailyFault> {
        let now = self.clock().now();
        let Some(settings) = self.settings().current().settings() else { return Ok(now + SELDOM) };
        let zone = TimeZone::get(&settings.site.time_zone).unwrap_or(TimeZone::UTC);
        let known = self.store().dailies(SETTLED_DATES).await?;
        let settled: BTreeSet<Date> = known.iter().filter_map(|day| day.date.parse().ok()).collect();
        let Daily::At { hour, minute } = settings.daily else {
            self.no_daily(now, &zone, &settled).await?;
            *set = Some(settings.daily);
            return Ok(now + SELDOM);
        };
        let at = Time::new(hour, minute, 0, 0)?;
        if set.is_some_and(|set| set != settings.daily) {
            // Its time was set after it had passed today: nothing was missed.
            let passed = window_passed(now, &zone, at).filter(|today| !settled.contains(today));
            if let Some(today) = passed {
                self.settle(today, now).await?;
            }
        }
        *set = Some(settings.daily);
        if let Some(found) = due_notice(now, &zone, at, &settled) {
            self.send_daily(&settings, found, now).await?;
            return Ok(now + Duration::from_secs(1));
        }
        Ok(next_check(now, &zone, at, &settled).unwrap_or(now + SELDOM))
    }

    /// Records the days that pass while the notice is switched off, so that none counts as missed.
    async fn no_daily(&self, now: Timestamp, zone: &TimeZone, settled: &BTreeSet<Date>) -> Result<(), DailyFault> {
        let today = jiff::Timestamp::try_from(now)?.to_zoned(zone.clone()).date();
        let yesterday = today.yesterday()?;
        if settled.contains(&yesterday) {
            return Ok(());
        }
        self.settle(yesterday, now).await
    }

    /// Records that a date needs no notice.
    async fn settle(&self, date: Date, now: Timestamp) -> Result<(), DailyFault> {
        let change = RecordChange::Daily { date: date.to_string(), sent: false };
        match self.store().change(now, change).await {
            Ok(_) | Err(CommitFault::Done(_)) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn send_daily(&self, settings: &Arc<EmailSettings>, found: DueDaily, now: Timestamp) -> Result<(), DailyFault> {
        let context = NoticeContext { settings: Arc::clone(settings), names: self.names().clone(), now };
        let mut report = self.daily_report(settings, &found, now).await?;
        if found.missed.len() >= MISSED_MAX {
            report.missed_dates.insert(0, context.say(&Phrase::new("daily-missed-more")));
        }
        // This change comes first in the commit: the store refuses the commit if the date has a notice already.
        let mut commit = Commit::at(now).and(RecordChange::Daily { date: report.date.clone(), sent: true });
        if let Some(link) = self.receipt_link(&settings.contacts) {
            report.confirmation_url = Some(link.url.clone());
            commit = link.add_to(commit);
        }
        let mail = OwnMail { parts: report.parts(&context), severity: Severity::Info, avoid: None };
        hand_over(&self.mail().intake, &context, &mail, commit).await?;
        Ok(())
    }

    /// The report of this moment.
    pub(crate) async fn daily_now(&self, context: &NoticeContext) -> Result<DailyReport, ReadFault> {
        let zone = TimeZone::get(&context.settings.site.time_zone).unwrap_or(TimeZone::UTC);
        let now = jiff::Timestamp::try_from(context.now).unwrap_or_default().to_zoned(zone);
        let today = DueDaily { date: now.date(), missed: Vec::new() };
        self.daily_report(&context.settings, &today, context.now).await
    }

    async fn daily_report(&self, settings: &EmailSettings, found: &DueDaily, now: Timestamp) -> Result<DailyReport, ReadFault> {
        let status = self.status().await?;
        let hours = self.store().hours(now - COUNTED).await?;
        let relays = self.queue().relays();
        let used = self.queue().in_use(&settings.bounce.to_string());
        let standing = |relay: model::id::RelayId, state: &RelayState| match state {
            RelayState::Held(hold) => RelayStanding::Held(hold.fault.clone()),
            RelayState::Open if used == Some(relay) => RelayStanding::InUse,
            RelayState::Open => RelayStanding::Ready,
        };
        Ok(DailyReport {
            date: found.date.to_string(),
            missed_dates: found.missed.iter().map(Date::to_string).collect(),
            health: status.health,
            accepted: hours.iter().map(|hour| hour.accepted).sum(),
            deferred: hours.iter().map(|hour| hour.deferred).sum(),
            refused: hours.iter().map(|hour| hour.refused).sum(),
            waiting: status.waiting,
            oldest_waiting: status.oldest_waiting,
            relays: relays.iter().map(|(relay, state)| (relay.name.clone(), standing(relay.id, state))).collect(),
            last_proven: self.queue().last_proven(),
            expirations: self.expirations(settings, now),
            incidents: self.events().open_incidents().await,
            contacts: self.confirmed(settings).await?,
            only_mail: status.only_mail,
            pair: self.signals().pair(),
            confirmation_url: None,
        })
    }

    /// Grants, secrets and certificates that end within 90 days, the nearest first: key of the words, relay, days left, end.
    pub fn expirations(&self, settings: &EmailSettings, now: Timestamp) -> Vec<(&'static str, String, u64, Timestamp)> {
        let (grants, certificates) = (self.oauth().statuses(), self.queue().certificates());
        let sources = EndSources { settings, grants: &grants, certificates: &certificates, signals: self.signals() };
        let all = crate::watch::known_ends(&sources);
        let near = all.into_iter().filter(|end| end.ends.since(now) < ENDS);
        near.map(|end| (end.key(), end.relay.clone(), end.days(now), end.ends)).collect()
    }
}
