//! Events and incidents: programs raise and resolve them, people read, acknowledge and preview them.

use std::collections::BTreeMap;

use admin::clock::rfc3339;
use admin::words::say;
use alerts::event::{EventFault, Report};
use alerts::notice::{fact_rows, incident_phrase};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use model::event::{CODE_MAX, Severity};
use model::incident::{Incident, NoticeKind};
use model::settings::Wrong;
use model::{Language, Phrase};
use node::Service;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{EventFilter, EventView, IncidentFilter, NoticeView, Once};
use utoipa::{IntoParams, ToSchema};

use super::messages::idempotency;
use super::{Body, Svc};
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

const PAGE: usize = 100;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventBody {
    /// `app.` and a name: `app.backup-failed`.
    code: String,
    /// The object that the event concerns. Code and object identify an incident.
    #[serde(default)]
    object: String,
    /// info, warning, error or critical; required to raise.
    severity: Option<String>,
    /// Details of the event, as names and values.
    #[serde(default)]
    facts: BTreeMap<String, Value>,
    /// raised (the default) or resolved.
    state: Option<String>,
    /// True: the event is an incident, which stays open until it is resolved. Default: true, except for info.
    lasting: Option<bool>,
}

fn bad(language: Language, field: &str, why: &Phrase) -> Problem {
    Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "event").field(field, say(language, why))
}

/// The value is none of the words allowed here.
fn none_of(language: Language, field: &str, typed: &str, words: &[&str]) -> Problem {
    bad(language, field, &Wrong::word(typed, words).phrase())
}

fn severity_of(language: Language, name: Option<&str>) -> Result<Severity, Problem> {
    if name.is_none() {
        return Err(bad(language, "severity", &Wrong::Required.phrase()));
    }
    let names = Severity::ALL.map(Severity::name);
    name.and_then(Severity::of_name).ok_or_else(|| none_of(language, "severity", name.unwrap_or_default(), &names))
}

fn fault(language: Language, fault: EventFault) -> Problem {
    match fault {
        EventFault::Wrong(wrong) => bad(language, &wrong.field(), &wrong.phrase()),
        EventFault::Full => Problem::new(language, StatusCode::TOO_MANY_REQUESTS, "events-full").detail(fault),
        EventFault::TooFast => Problem::new(language, StatusCode::TOO_MANY_REQUESTS, "events-too-fast").detail(fault),
        EventFault::Differs => Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-differs"),
        EventFault::NotOpen => Problem::new(language, StatusCode::NOT_FOUND, "no-incident"),
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
fn pieces(report: &Report) -> Vec<&str> {
    let Report { code, object, severity, facts, once, .. } = report;
    let ends = if *once { "once" } else { "lasting" };
    let facts = facts.iter().flat_map(|(name, value)| [name.as_str(), value]);
    [code.as_str(), object, severity.name(), ends].into_iter().chain(facts).collect()
}

/// Raises an event, or resolves an incident. Answers once it is on disk.
#[utoipa::path(post, path = "/events", request_body = EventBody, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, description = "Written down", body = Value), (status = 404, description = "No such incident is open", body = Problem),
        (status = 422, description = "Not an event", body = Problem), (status = 429, description = "Too many incidents are open, or the program writes too fast", body = Problem)))]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    Body(body): Body<EventBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let language = tongue.0;
    let id = match body.state.as_deref() {
        None | Some("raised") => {
            let severity = severity_of(language, body.severity.as_deref())?;
            let mut report = Report {
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
    Ok((StatusCode::CREATED, Json(json!({ "incident": id }))))
}

pub(crate) fn incident(service: &Service, language: Language, one: &Incident) -> Value {
    let current = service.settings().current();
    let zone = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    let said = |part: &str| say(language, &incident_phrase(zone, part, one));
    json!({
        "id": one.id,
        "code": one.code,
        "object": one.object,
        "severity": one.severity.name(),
        "state": one.state.name(),
        "open": one.state.is_open(),
        "since": rfc3339(one.since),
        "seen": rfc3339(one.seen),
        "ended": one.ended.map(rfc3339),
        "raises": one.raises,
        "by": one.by,
        "facts": one.facts,
        "acknowledged": one.acknowledged.as_ref().map(|(at, who)| json!({ "at": rfc3339(*at), "by": who })),
        "notices": one.told.count,
        "untold": one.told.pending.map(|pending| pending.kind.name()),
        "says": said("subject"),
        "body": said("body"),
        "todo": said("todo"),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incidents {
    /// `true`: only incidents whose condition holds now.
    open: Option<bool>,
    /// A code, or its beginning.
    code: Option<String>,
    /// `info`, `warning`, `error` or `critical`.
    severity: Option<String>,
    /// `next` of the previous page.
    cursor: Option<i64>,
}

/// Lists incidents, newest first. Open incidents come worst first.
#[utoipa::path(get, path = "/incidents", params(Incidents), responses((status = 200, description = "A page", body = Value),
    (status = 422, description = "No such severity", body = Problem)))]
pub(crate) async fn incidents(
    State(service): Svc,
    tongue: Tongue,
    Query(wanted): Query<Incidents>,
) -> Result<Json<Value>, Problem> {
    let severity = wanted.severity.as_deref();
    severity.map(|name| severity_of(tongue.0, Some(name))).transpose()?;
    let matches = |one: &Incident| {
        wanted.code.as_deref().is_none_or(|code| one.code.starts_with(code))
            && severity.is_none_or(|name| one.severity.name() == name)
    };
    if wanted.open == Some(true) {
        let (open, next) = service.events().open_page(wanted.cursor, matches, PAGE).await;
        let shown: Vec<Value> = open.iter().map(|one| incident(&service, tongue.0, one)).collect();
        return Ok(Json(json!({ "incidents": shown, "next": next })));
    }
    let filter = IncidentFilter { code: wanted.code, severity: wanted.severity, before: wanted.cursor };
    let found = service.events().incidents(filter, PAGE).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|one| one.id);
    let shown: Vec<Value> = found.iter().map(|one| incident(&service, tongue.0, one)).collect();
    Ok(Json(json!({ "incidents": shown, "next": next })))
}

/// Returns an incident with its history and the messages that reported it.
#[utoipa::path(get, path = "/incidents/{id}", params(("id" = i64, Path)),
    responses((status = 200, description = "The incident", body = Value), (status = 404, description = "No such incident", body = Problem)))]
pub(crate) async fn show(State(service): Svc, tongue: Tongue, Path(id): Path<i64>) -> Result<Json<Value>, Problem> {
    let read = |fault: store::ReadFault| Problem::read(tongue.0, &fault);
    let one = service.events().incident(id).await.map_err(read)?;
    let one = one.ok_or_else(|| Problem::new(tongue.0, StatusCode::NOT_FOUND, "no-incident").detail(id))?;
    let history =
        service.store().events(EventFilter { incident: Some(id), ..EventFilter::default() }, PAGE).await.map_err(read)?;
    let notices = service.store().notices_of(id).await.map_err(read)?;
    let mut shown = incident(&service, tongue.0, &one);
    let origin = service.store().origin();
    let message = |number: i64| model::id::MessageId { origin, number: model::id::MessageNumber(number) }.to_string();
    shown["known"] = known(&service, tongue.0, &one);
    shown["history"] = history.iter().map(event).collect();
    shown["messages"] = notices
        .iter()
        .map(|NoticeView { at, notice, message: number }| {
            json!({ "message": message(*number), "kind": notice.kind, "at": rfc3339(*at), "digest": notice.digest })
        })
        .collect();
    Ok(Json(shown))
}

/// Returns the facts with labels for people, in their order.
fn known(service: &Service, language: Language, one: &Incident) -> Value {
    let current = service.settings().current();
    let zone = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    fact_rows(language, zone, &one.code, &one.facts)
        .into_iter()
        .map(|(label, value)| json!({ "label": label, "value": value }))
        .collect()
}

/// Acknowledges an incident. Reminders stop unless it becomes worse.
#[utoipa::path(post, path = "/incidents/{id}/acknowledge", params(("id" = i64, Path)),
    responses((status = 200, description = "Done", body = Value), (status = 404, description = "No such incident is open", body = Problem)))]
pub(crate) async fn acknowledge(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Problem> {
    service.events().acknowledge(id, &who.actor()).await.map_err(|what| fault(tongue.0, what))?;
    Ok(Json(json!({ "incident": id })))
}

fn event(view: &EventView) -> Value {
    let event = &view.event;
    json!({
        "n": view.n,
        "at": rfc3339(view.at),
        "incident": event.incident,
        "act": event.act,
        "code": event.code,
        "object": event.object,
        "severity": event.severity,
        "by": event.by,
        "facts": serde_json::from_str::<Value>(&event.facts).unwrap_or(Value::Null),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    /// A code, or its beginning.
    code: Option<String>,
    /// info, warning, error or critical.
    severity: Option<String>,
    /// `next` of the previous page.
    cursor: Option<i64>,
}

/// Lists all events, newest first.
#[utoipa::path(get, path = "/events", params(History), responses((status = 200, description = "A page", body = Value),
    (status = 422, description = "No such severity", body = Problem)))]
pub(crate) async fn list(State(service): Svc, tongue: Tongue, Query(wanted): Query<History>) -> Result<Json<Value>, Problem> {
    wanted.severity.as_deref().map(|name| severity_of(tongue.0, Some(name))).transpose()?;
    let filter = EventFilter { incident: None, code: wanted.code, severity: wanted.severity, before: wanted.cursor };
    let found = service.store().events(filter, PAGE).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|view| view.n);
    Ok(Json(json!({ "events": found.iter().map(event).collect::<Vec<_>>(), "next": next })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    /// A code of the catalogue, or `app.` and a name.
    code: String,
    /// raised (the default), reminder, resolved, ended, unstable or happened.
    kind: Option<String>,
    /// en or nl; the site's by default.
    language: Option<String>,
}

/// Returns a notice with example facts, as it would be mailed. Sends nothing.
#[utoipa::path(post, path = "/events/preview", request_body = Preview,
    responses((status = 200, description = "The notice", body = Value), (status = 422, description = "No such code", body = Problem)))]
pub(crate) async fn preview(State(service): Svc, tongue: Tongue, Body(wanted): Body<Preview>) -> Result<Json<Value>, Problem> {
    let kind = match wanted.kind.as_deref() {
        None => None,
        Some(name) => Some(kind_of(tongue.0, name)?),
    };
    let language = match wanted.language.as_deref() {
        None => None,
        Some(tag) => Some(Language::of_tag(tag).ok_or_else(|| none_of(tongue.0, "language", tag, &["en", "nl"]))?),
    };
    let shown = service.alerts().preview(&wanted.code, kind, language).ok_or_else(|| {
        let code: String = wanted.code.chars().filter(|c| !c.is_control()).take(CODE_MAX).collect();
        bad(tongue.0, "code", &Phrase::new("wrong-code").with("code", code))
    })?;
    Ok(Json(json!({ "subject": shown.subject, "text": shown.text, "html": shown.html })))
}
