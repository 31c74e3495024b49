//! Incidents: list, show, acknowledge.

use admin::clock::rfc3339;
use admin::settings::labels::fallback_note;
use admin::words::say;
use alerts::notice::{fact_rows, incident_body, incident_phrase, incident_todo};
use api::events::RecordedEvent;
use api::incidents::{
    Acknowledgement, IncidentEntry, IncidentListing, IncidentNotice, IncidentQuery, IncidentWithHistory, LabeledFact,
};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use model::Language;
use model::id::IncidentId;
use model::incident::Incident;
use node::Service;
use store::{EventFilter, IncidentFilter, NoticeView};

use super::body::Svc;
use super::events::{self, fault, severity_filter};
use super::message_view;
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

const PAGE: usize = 100;

fn entry(service: &Service, language: Language, incident: &Incident) -> IncidentEntry {
    let current = service.settings().current();
    let zone = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    let note = incident.relay().and_then(|relay| fallback_note(language, current.settings().as_deref(), relay));
    let said = |part: &str| say(language, &incident_phrase(zone, part, incident));
    IncidentEntry {
        id: incident.id.0,
        code: incident.code.to_string(),
        object: incident.object.clone(),
        severity: incident.severity.name().into(),
        state: incident.state.name().into(),
        open: incident.state.is_open(),
        since: rfc3339(incident.since),
        seen: rfc3339(incident.seen),
        ended: incident.ended.map(rfc3339),
        raises: incident.raises,
        by: incident.by.clone(),
        facts: incident.facts.clone(),
        acknowledged: incident.acknowledged.as_ref().map(|(at, by)| Acknowledgement { at: rfc3339(*at), by: by.clone() }),
        notices: incident.notices.count.into(),
        untold: incident.notices.pending.map(|pending| pending.kind.name().into()),
        says: said("subject"),
        body: incident_body(language, zone, incident),
        todo: note.unwrap_or_else(|| incident_todo(language, zone, incident)),
    }
}

fn page(service: &Service, language: Language, incidents: Vec<Incident>, next: Option<i64>) -> Json<IncidentListing> {
    let incidents = incidents.iter().map(|incident| entry(service, language, incident)).collect();
    Json(IncidentListing { incidents, next })
}

/// Lists incidents, newest first. Open incidents come worst first.
#[utoipa::path(get, path = "/incidents", params(IncidentQuery), responses((status = 200, description = "A page", body = IncidentListing),
    (status = 422, description = "No such severity", body = ProblemDetails)))]
pub(crate) async fn list(
    State(service): Svc,
    language: AnswerLanguage,
    Query(wanted): Query<IncidentQuery>,
) -> Result<Json<IncidentListing>, Problem> {
    let severity = wanted.severity.as_deref();
    severity_filter(language.0, severity)?;
    let matches = |one: &Incident| {
        wanted.code.as_deref().is_none_or(|code| one.code.text().starts_with(code))
            && severity.is_none_or(|name| one.severity.name() == name)
    };
    if wanted.open == Some(true) {
        let (open, next) = service.events().open_page(wanted.cursor, matches, PAGE).await;
        return Ok(page(&service, language.0, open, next));
    }
    let filter = IncidentFilter { code: wanted.code, severity: wanted.severity, before: wanted.cursor.map(IncidentId) };
    let found = service.events().incidents(filter, PAGE).await.map_err(|fault| Problem::read(language.0, &fault))?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|one| one.id.0);
    Ok(page(&service, language.0, found, next))
}

/// Returns an incident with its history and the messages that reported it.
#[utoipa::path(get, path = "/incidents/{id}", params(("id" = i64, Path)),
    responses((status = 200, description = "The incident", body = IncidentWithHistory),
        (status = 404, description = "No such incident", body = ProblemDetails)))]
pub(crate) async fn show(
    State(service): Svc,
    language: AnswerLanguage,
    Path(id): Path<IncidentId>,
) -> Result<Json<IncidentWithHistory>, Problem> {
    let read = |fault: store::ReadFault| Problem::read(language.0, &fault);
    let incident = service.events().incident(id).await.map_err(read)?;
    let incident = incident.ok_or_else(|| Problem::new(language.0, StatusCode::NOT_FOUND, "no-incident").detail(id))?;
    let filter = EventFilter { incident: Some(id), ..EventFilter::default() };
    let history = service.store().events(filter, PAGE).await.map_err(read)?;
    let notices = service.store().notices_of(id).await.map_err(read)?;
    let notice = |NoticeView { at, notice, message }: NoticeView| IncidentNotice {
        message: message_view::id(&service, message),
        kind: notice.kind.as_str().into(),
        at: rfc3339(at),
        digest: notice.digest,
    };
    Ok(Json(IncidentWithHistory {
        entry: entry(&service, language.0, &incident),
        known: known(&service, language.0, &incident),
        history: history.into_iter().map(events::entry).collect(),
        messages: notices.into_iter().map(notice).collect(),
    }))
}

/// Returns the facts with labels for people, in their order.
fn known(service: &Service, language: Language, incident: &Incident) -> Vec<LabeledFact> {
    let current = service.settings().current();
    let zone = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    let rows = fact_rows(language, zone, &incident.code, &incident.facts);
    rows.into_iter().map(|(label, value)| LabeledFact { label, value }).collect()
}

/// Acknowledges an incident. Reminders stop unless it becomes worse.
#[utoipa::path(post, path = "/incidents/{id}/acknowledge", params(("id" = i64, Path)),
    responses((status = 200, description = "Done", body = RecordedEvent), (status = 404, description = "No such incident is open", body = ProblemDetails)))]
pub(crate) async fn acknowledge(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(id): Path<IncidentId>,
) -> Result<Json<RecordedEvent>, Problem> {
    service.events().acknowledge(id, &who.actor()).await.map_err(|what| fault(language.0, what))?;
    Ok(Json(RecordedEvent { incident: id.0 }))
}
