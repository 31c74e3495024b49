//! Events: programs raise and resolve them, people read the history and preview notices.

use admin::clock::rfc3339;
use admin::words::say;
use alerts::PreviewFault;
use alerts::event::{EventFault, EventReport};
use api::events::{HistoryEntry, HistoryListing, HistoryQuery, NewEvent, NoticePreview, PreviewRequest, RecordedEvent};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use model::event::{CODE_MAX, Severity};
use model::incident::NoticeKind;
use model::settings::Wrong;
use model::{Language, Phrase};
use serde_json::Value;
use store::{EventFilter, EventView, Once};

use super::body::{JsonBody, Svc};
use super::once::idempotency;
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

const PAGE: usize = 100;

fn bad(language: Language, field: &str, why: &Phrase) -> Problem {
    Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "event").field(field, say(language, why))
}

/// The value is none of the words allowed here.
fn none_of(language: Language, field: &str, typed: &str, words: &[&str]) -> Problem {
    bad(language, field, &Wrong::word(typed, words).phrase())
}

/// Refuses a filter by a severity that does not exist.
pub(super) fn severity_filter(language: Language, name: Option<&str>) -> Result<(), Problem> {
    let is_known = |name: &str| Severity::ALL.iter().any(|severity| severity.name() == name);
    match name.filter(|name| !is_known(name)) {
        Some(name) => {
            let allowed = Severity::ALL.map(|severity| severity.name());
            let said = say(language, &Wrong::word(name, &allowed).phrase());
            Err(Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "filter").field("severity", said))
        }
        None => Ok(()),
    }
}

fn severity_of(language: Language, name: Option<&str>) -> Result<Severity, Problem> {
    if name.is_none() {
        return Err(bad(language, "severity", &Wrong::Required.phrase()));
    }
    let names = Severity::ALL.map(Severity::name);
    name.and_then(Severity::of_name).ok_or_else(|| none_of(language, "severity", name.unwrap_or_default(), &names))
}

pub(super) fn fault(language: Language, fault: EventFault) -> Problem {
    match fault {
        EventFault::Wrong(wrong) => bad(language, &wrong.field(), &wrong.phrase()),
        EventFault::Full => Problem::new(language, StatusCode::TOO_MANY_REQUESTS, "events-full").detail(fault),
        EventFault::TooFast => Problem::new(language, StatusCode::TOO_MANY_REQUESTS, "events-too-fast").detail(fault),
        EventFault::Differs => Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-differs"),
        EventFault::NotOpen => Problem::new(language, StatusCode::NOT_FOUND, "not-open"),
        EventFault::Forbidden(fault) => Problem::forbidden(language, fault),
        EventFault::Store(fault) => Problem::store(language, &fault),
    }
}

/// Returns a fact as text. Lists and objects become JSON.
fn fact(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn kind_of(language: Language, name: &str) -> Result<NoticeKind, Problem> {
    NoticeKind::of_name(name).ok_or_else(|| none_of(language, "kind", name, &NoticeKind::ALL.map(NoticeKind::name)))
}

/// Returns the idempotency key of the request, with a digest of the request.
fn once(headers: &HeaderMap, language: Language, who: &Principal, state: &str, asked: &[&str]) -> Result<Option<Once>, Problem> {
    let asked: Vec<&[u8]> = std::iter::once(state).chain(asked.iter().copied()).map(str::as_bytes).collect();
    idempotency(headers, language, &format!("event\u{1f}{}", who.key()), &asked)
}

/// Returns the parts of an event that its idempotency digest covers.
fn pieces(report: &EventReport) -> Vec<&str> {
    let EventReport { code, object, severity, facts, once, .. } = report;
    let ends = if *once { "once" } else { "lasting" };
    let facts = facts.iter().flat_map(|(name, value)| [name.as_str(), value]);
    [code.as_str(), object, severity.name(), ends].into_iter().chain(facts).collect()
}

/// Raises an event, or resolves an incident. Answers once it is on disk.
#[utoipa::path(post, path = "/events", request_body = NewEvent, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, description = "Written down", body = RecordedEvent),
        (status = 404, description = "No such incident is open", body = ProblemDetails),
        (status = 422, description = "Not an event", body = ProblemDetails),
        (status = 429, description = "Too many incidents are open, or the program writes too fast", body = ProblemDetails)))]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    headers: HeaderMap,
    JsonBody(body): JsonBody<NewEvent>,
) -> Result<(StatusCode, Json<RecordedEvent>), Problem> {
    let language = language.0;
    let id = match body.state.as_deref() {
        None | Some("raised") => {
            let severity = severity_of(language, body.severity.as_deref())?;
            let mut report = EventReport {
                code: body.code,
                object: body.object,
                severity,
                facts: body.facts.into_iter().map(|(name, value)| (name, fact(value))).collect(),
                once: !body.lasting.unwrap_or(severity != Severity::Info),
                by: who.name(),
                key: None,
            };
            report.key = once(&headers, language, &who, "raised", &pieces(&report))?;
            service.events().raise(report).await
        }
        Some("resolved") => {
            let key = once(&headers, language, &who, "resolved", &[&body.code, &body.object])?;
            service.events().resolve(&body.code, &body.object, &who.name(), key).await
        }
        Some(other) => return Err(none_of(language, "state", other, &["raised", "resolved"])),
    };
    let id = id.map_err(|what| fault(language, what))?;
    Ok((StatusCode::CREATED, Json(RecordedEvent { incident: id.0 })))
}

/// Returns an act of the history.
pub(super) fn entry(view: EventView) -> HistoryEntry {
    let event = view.event;
    HistoryEntry {
        n: view.n,
        at: rfc3339(view.at),
        incident: event.incident.0,
        act: event.act.as_str().into(),
        code: event.code,
        object: event.object,
        severity: event.severity.as_str().into(),
        by: event.by,
        facts: serde_json::from_str(&event.facts).ok(),
    }
}

/// Lists all events, newest first.
#[utoipa::path(get, path = "/events", params(HistoryQuery), responses((status = 200, description = "A page", body = HistoryListing),
    (status = 422, description = "No such severity", body = ProblemDetails)))]
pub(crate) async fn list(
    State(service): Svc,
    language: AnswerLanguage,
    Query(wanted): Query<HistoryQuery>,
) -> Result<Json<HistoryListing>, Problem> {
    severity_filter(language.0, wanted.severity.as_deref())?;
    let filter = EventFilter { incident: None, code: wanted.code, severity: wanted.severity, before: wanted.cursor };
    let found = service.store().events(filter, PAGE).await.map_err(|fault| Problem::read(language.0, &fault))?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|view| view.n);
    Ok(Json(HistoryListing { events: found.into_iter().map(entry).collect(), next }))
}

/// Returns a notice with example facts, as it would be mailed. Sends nothing.
#[utoipa::path(post, path = "/events/preview", request_body = PreviewRequest,
    responses((status = 200, description = "The notice", body = NoticePreview), (status = 422, description = "No such code", body = ProblemDetails)))]
pub(crate) async fn preview(
    State(service): Svc,
    AnswerLanguage(answer): AnswerLanguage,
    JsonBody(wanted): JsonBody<PreviewRequest>,
) -> Result<Json<NoticePreview>, Problem> {
    let kind = match wanted.kind.as_deref() {
        None => None,
        Some(name) => Some(kind_of(answer, name)?),
    };
    let language = match wanted.language.as_deref() {
        None => None,
        Some(tag) => Some(Language::of_tag(tag).ok_or_else(|| none_of(answer, "language", tag, &["en", "nl"]))?),
    };
    let unprocessable = |kind: &str| Problem::new(answer, StatusCode::UNPROCESSABLE_ENTITY, kind);
    let shown = service.alerts().preview(&wanted.code.as_str().into(), kind, language).await.map_err(|fault| match fault {
        PreviewFault::NoSuchCode => {
            let code: String = wanted.code.chars().filter(|c| !c.is_control()).take(CODE_MAX).collect();
            unprocessable("preview").field("code", say(answer, &Phrase::new("wrong-code").with("code", code)))
        }
        PreviewFault::NotSetUp => unprocessable("unset"),
        PreviewFault::Read(fault) => Problem::read(answer, &fault),
    })?;
    Ok(Json(NoticePreview { subject: shown.subject, text: shown.text, html: shown.html }))
}
