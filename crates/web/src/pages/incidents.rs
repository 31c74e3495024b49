//! Open incidents, past incidents, and one incident with its history.

use admin::settings::labels::fallback_note;
use admin::words::say;
use alerts::event::EventFault;
use alerts::notice::{DescribedEvent, event_phrase, fact_rows, incident_body, incident_phrase, incident_todo};
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mail::compose::MessageParts;
use model::Language;
use model::event::{EventCode, OwnCode, Severity};
use model::id::IncidentId;
use model::incident::{Incident, NoticeKind};
use serde::Deserialize;
use store::{EventFilter, EventView, IncidentFilter, NoticeView};

use super::form::{pairs, value_of};
use super::frame::{Frame, failed, forbidden, framed, page, sorry};
use super::pages_state::PagesState;
use super::visitor::Member;

const ROWS: usize = 100;

/// An incident as a row of a list.
pub(super) struct IncidentLine {
    pub(super) incident: Incident,
    pub(super) says: String,
    pub(super) class: &'static str,
}

pub(super) fn said(f: &Frame, incident: &Incident, part: &str) -> String {
    let zone = f.zone.iana_name().unwrap_or("UTC");
    say(f.language, &incident_phrase(zone, part, incident))
}

impl IncidentLine {
    pub(super) fn new(f: &Frame, incident: Incident) -> Self {
        let class = match (incident.state.is_open(), incident.severity) {
            (false, _) => "none",
            (true, Severity::Info) => "none",
            (true, Severity::Warning) => "wait",
            (true, Severity::Error | Severity::Critical) => "bad",
        };
        Self { says: said(f, &incident, "subject"), incident, class }
    }
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentList {
    f: Frame,
    asked: IncidentsQuery,
    lines: Vec<IncidentLine>,
    /// Events of the history, shown instead of incidents.
    events: Vec<EventView>,
    /// Position at which the next page begins: a rank, or the number of an incident or an event.
    older: Option<i64>,
    /// Key of the link text to the next page.
    further: &'static str,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct IncidentsQuery {
    /// `open` (the default), `all`, or `history`.
    show: String,
    code: String,
    severity: String,
    /// Position at which the previous page ended.
    before: Option<i64>,
}

impl IncidentsQuery {
    fn code(&self) -> Option<String> {
        Some(self.code.trim().to_owned()).filter(|code| !code.is_empty())
    }

    fn severity(&self) -> Option<String> {
        Severity::of_name(&self.severity).map(|severity| severity.name().to_owned())
    }

    fn matches(&self, incident: &Incident) -> bool {
        incident.code.text().starts_with(self.code.trim()) && self.severity().is_none_or(|name| name == incident.severity.name())
    }
}

pub(super) async fn list(State(pages): State<PagesState>, member: Member, Query(asked): Query<IncidentsQuery>) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let (code, severity, before) = (asked.code(), asked.severity(), asked.before);
    let (mut found, mut events, mut next) = (Vec::new(), Vec::new(), None);
    let read = match asked.show.as_str() {
        "all" => {
            let filter = IncidentFilter { code, severity, before: before.map(IncidentId) };
            pages.service.events().incidents(filter, ROWS).await.map(|incidents| found = incidents)
        }
        "history" => {
            let filter = EventFilter { incident: None, code, severity, before };
            pages.service.store().events(filter, ROWS).await.map(|history| events = history)
        }
        _ => {
            (found, next) = pages.service.events().open_page(before, |incident| asked.matches(incident), ROWS).await;
            Ok(())
        }
    };
    if let Err(fault) = read {
        return failed(member.language, &fault);
    }
    let full = |rows: usize| rows == ROWS && matches!(asked.show.as_str(), "all" | "history");
    let older = next.or_else(|| found.last().filter(|_| full(found.len())).map(|incident| incident.id.0));
    let older = older.or_else(|| events.last().filter(|_| full(events.len())).map(|view| view.n));
    let lines = found.into_iter().map(|incident| IncidentLine::new(&f, incident)).collect();
    let further = if next.is_some() { "further" } else { "older" };
    page(member.language, &IncidentList { f, asked, lines, events, older, further })
}

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage {
    f: Frame,
    line: IncidentLine,
    body: String,
    todo: String,
    facts: Vec<(String, String)>,
    history: Vec<EventView>,
    /// Notices with the IDs of their messages.
    notices: Vec<(NoticeView, String)>,
    done: bool,
}

impl IncidentPage {
    fn severity(&self) -> String {
        self.f.w(&format!("severity-{}", self.line.incident.severity.name()))
    }

    fn state(&self) -> String {
        self.f.w(&format!("incident-{}", self.line.incident.state.name()))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct IncidentPageQuery {
    done: bool,
}

pub(super) async fn show(
    State(pages): State<PagesState>,
    member: Member,
    Path(id): Path<IncidentId>,
    Query(IncidentPageQuery { done }): Query<IncidentPageQuery>,
) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let store = pages.service.store();
    let filter = EventFilter { incident: Some(id), ..EventFilter::default() };
    let found = tokio::try_join!(pages.service.events().incident(id), store.events(filter, ROWS), store.notices_of(id));
    let (incident, history, notices) = match found {
        Ok((Some(incident), history, notices)) => (incident, history, notices),
        Ok((None, ..)) => return sorry(member.language, StatusCode::NOT_FOUND, "no-incident"),
        Err(fault) => return failed(member.language, &fault),
    };
    let named = |notice: NoticeView| {
        let id = store.message_id(notice.message).to_string();
        (notice, id)
    };
    let zone = f.zone.iana_name().unwrap_or("UTC");
    let settings = pages.service.settings().current().settings();
    let note = incident.relay().and_then(|relay| fallback_note(f.language, settings.as_deref(), relay));
    let todo = note.unwrap_or_else(|| incident_todo(f.language, zone, &incident));
    let body = incident_body(f.language, zone, &incident);
    let facts = fact_rows(f.language, zone, &incident.code, &incident.facts);
    let notices = notices.into_iter().map(named).collect();
    page(member.language, &IncidentPage { line: IncidentLine::new(&f, incident), body, todo, facts, history, notices, done, f })
}

/// Acknowledges an incident.
pub(super) async fn act(
    State(pages): State<PagesState>,
    member: Member,
    Path(id): Path<IncidentId>,
    RawForm(body): RawForm,
) -> Response {
    if value_of(&pairs(&body), "do") != "acknowledge" {
        return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form");
    }
    match pages.service.events().acknowledge(id, &member.signed.actor()).await {
        Ok(()) => Redirect::to(&format!("/login/incidents/{id}?done=true")).into_response(),
        Err(EventFault::Forbidden(_)) => forbidden(member.language),
        Err(EventFault::NotOpen) => Redirect::to(&format!("/login/incidents/{id}")).into_response(),
        Err(fault) => failed(member.language, &fault),
    }
}

#[derive(Template)]
#[template(path = "notices.html")]
struct Notices {
    f: Frame,
    asked: PreviewQuery,
    codes: Vec<(String, String)>,
    /// Subject and text of the selected notice.
    shown: Option<(String, String)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PreviewQuery {
    code: String,
    kind: String,
}

/// Shows any notice with example facts. Sends nothing.
pub(super) async fn preview(State(pages): State<PagesState>, member: Member, Query(asked): Query<PreviewQuery>) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let own = OwnCode::ALL.iter().filter(|code| !matches!(code, OwnCode::MailTest | OwnCode::MailDaily));
    let codes = own.map(|code| EventCode::from(*code)).chain([EventCode::from("app.backup-failed")]).map(|code| {
        let samples = code.entry().map_or(&[][..], |entry| entry.facts).iter();
        let facts = samples.map(|fact| (fact.name.to_owned(), fact.sample.to_owned())).collect();
        let event = DescribedEvent { code: &code, object: "", facts: &facts, by: "cron" };
        let says = say(f.language, &event_phrase("UTC", "subject", &event));
        (code.to_string(), says)
    });
    let codes = codes.collect();
    let shown = match asked.code.is_empty() {
        true => None,
        false => sample(&pages, &asked, f.language).await,
    };
    let shown = shown.map(|parts| (parts.subject, parts.text.unwrap_or_default()));
    page(member.language, &Notices { f, asked, codes, shown })
}

/// The notice that is asked for. `None`: there is none.
async fn sample(pages: &PagesState, asked: &PreviewQuery, language: Language) -> Option<MessageParts> {
    let kind = NoticeKind::of_name(&asked.kind);
    pages.service.alerts().preview(&asked.code.as_str().into(), kind, Some(language)).await.ok()
}

pub(super) async fn preview_html(State(pages): State<PagesState>, member: Member, Query(asked): Query<PreviewQuery>) -> Response {
    let Some(parts) = sample(&pages, &asked, member.language).await else {
        return sorry(member.language, StatusCode::NOT_FOUND, "not-found");
    };
    framed(parts.html.unwrap_or_default())
}
