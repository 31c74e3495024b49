//! The overview: the state of mail in one line; then the route, the queue, open incidents, recent mail, and the next
//! expiries.

use std::sync::Arc;
use std::time::Duration;

use admin::clock::rfc3339;
use admin::settings::labels::fallback_note;
use admin::words::say;
use alerts::status::{RelayStatus, Status};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use mail::operate::OperateFault;
use model::Phrase;
use model::settings::EmailSettings;
use model::time::Timestamp;
use store::QueueAction;

use super::chart::{ChartSlot, ChartSpan, bars, slots, wait_words, waits};
use super::frame::{Frame, failed, forbidden, page};
use super::incidents::IncidentLine;
use super::pages_state::PagesState;
use super::queue::ActionDone;
use super::visitor::Member;
use crate::run_to_end::run_to_end;
use crate::waiting::advice;

/// Most open incidents shown here. Their own page shows the rest.
const INCIDENTS: usize = 8;
/// The time before now whose figures are read: the 30 days of the longest chart, and the start of the first.
const COUNTED: Duration = Duration::from_hours(31 * 24);

/// A bar chart with its table.
struct Chart {
    id: &'static str,
    title: String,
    svg: String,
    /// Title and chart of the delivery times. `None` if no mail was accepted.
    waits: Option<(String, String)>,
    slots: Vec<ChartSlot>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    f: Frame,
    status: Status,
    remarks: Vec<String>,
    lines: Vec<IncidentLine>,
    more: usize,
    charts: Vec<Chart>,
    /// Upcoming expiries: text, days left, date.
    ends: Vec<(String, u64, String)>,
    settings: Option<Arc<EmailSettings>>,
    /// No settings are stored yet.
    fresh: bool,
    /// Result of the last action.
    done: Option<String>,
}

impl Overview {
    fn relay_class(&self, relay: &RelayStatus) -> &'static str {
        match relay.hold_cause {
            _ if relay.is_checking || relay.is_on_trial => "wait",
            None if relay.held_senders.is_empty() => "ok",
            None => "wait",
            Some(_) => "bad",
        }
    }

    /// What mends a held relay. The page has fields for the first relay only.
    fn remedy(&self, relay: &RelayStatus) -> String {
        let note = fallback_note(self.f.language, self.settings.as_deref(), &relay.name);
        let advised = || advice(self.f.language, "remedy", (relay.advice.as_deref(), relay.fault.as_deref()));
        note.or_else(advised).unwrap_or_else(|| self.f.t(&format!("hold-remedy-{}", relay.remedy_key())))
    }

    /// Class of the line to a relay: in use, ready, or unusable.
    fn leg(&self, relay: &RelayStatus) -> &'static str {
        match relay.hold_cause {
            None if relay.in_use => "leg",
            None => "leg far",
            Some(_) if relay.is_checking => "leg far",
            Some(_) => "leg cut",
        }
    }

    /// True if the user may retry, a relay or sender is held, and messages wait.
    fn may_retry(&self) -> bool {
        let held = !self.status.relays.iter().all(RelayStatus::takes_all);
        self.f.may_operate() && held && self.status.waiting + self.status.sender_held > 0
    }

    fn oldest_waiting(&self) -> Option<String> {
        self.status.oldest_waiting.map(rfc3339)
    }

    fn wait(&self, slot: &ChartSlot) -> String {
        wait_words(&self.f, slot.wait())
    }
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Query(done): Query<ActionDone>) -> Response {
    let now = pages.service.clock().now();
    let (status, hours) = match tokio::try_join!(pages.service.alerts().status(), pages.service.store().hours(now - COUNTED)) {
        Ok(found) => found,
        Err(fault) => return failed(member.language, &fault),
    };
    let remarks = status.remark_phrases.iter().map(|phrase| say(member.language, phrase)).collect();
    let f = Frame::with(&pages, &member, &status);
    let done = done.sentence(&f).filter(|_| !done.is_nothing());
    let open = pages.service.events().open_incidents().await;
    let more = open.len().saturating_sub(INCIDENTS);
    let lines = open.into_iter().take(INCIDENTS).map(|incident| IncidentLine::new(&f, incident)).collect();
    let chart = |id, span| {
        let (title, slots) = (f.t(id), slots(&f, &hours, now, span));
        let took = f.t(&format!("{id}-wait"));
        let waits = slots.iter().any(|slot| slot.wait().is_some()).then(|| (took.clone(), waits(&f, &slots, &took)));
        Chart { id, svg: bars(&slots, &title), waits, title, slots }
    };
    let charts = vec![chart("chart-day", ChartSpan::Day), chart("chart-month", ChartSpan::Month)];
    let ends = match pages.service.settings().current().settings() {
        None => Vec::new(),
        Some(settings) => pages.service.alerts().expirations(&settings, now),
    };
    let end = |(key, relay, days, at): (&str, String, u64, Timestamp)| {
        let at = rfc3339(at);
        (say(member.language, &Phrase::new(key).with("relay", relay)), days, f.day(&at))
    };
    let ends = ends.into_iter().map(end).collect();
    let settings = pages.service.settings().current().settings();
    page(
        member.language,
        &Overview { remarks, lines, more, charts, ends, settings, fresh: status.revision == 0, done, status, f },
    )
}

/// Retries all waiting messages now, and checks held relays.
pub(super) async fn retry(State(pages): State<PagesState>, member: Member) -> Response {
    let (service, who) = (Arc::clone(&pages.service), member.signed.actor());
    match run_to_end(async move { service.mail().operate(QueueAction::Retry, None, &who).await }).await {
        Ok(count) => {
            Redirect::to(&format!("/login/overview?{}", ActionDone::query(QueueAction::Retry, count, &[]))).into_response()
        }
        Err(OperateFault::Forbidden(_)) => forbidden(member.language),
        Err(OperateFault::Store(fault)) => failed(member.language, &fault),
    }
}
