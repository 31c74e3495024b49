//! The email settings: read, check, save as a whole, restore.

use admin::clock::rfc3339;
use admin::settings::{Current, remarks};
use admin::words::say;
use api::problem::ProblemDetails;
use api::settings::{RestoreRevision, RevisionEntry, SettingsDocument, SettingsMeta};
use api::settings_fields::SettingsFields;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mail::oauth::GrantStatus;
use model::Language;
use model::account::Role;
use model::settings::Draft;
use node::Service;
use serde_json::{Map, Value};

use super::body::{JsonBody, Svc, draft};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::run_to_end::run_to_end;

fn etag(revision: i64) -> String {
    format!("\"r{revision}\"")
}

/// Covers the addresses of webhooks and heartbeat for callers other than administrators. Any client that knows such an
/// address can call it.
fn for_eyes(who: &Principal, draft: &Draft) -> Draft {
    if who.actor().needs(Role::Administrator).is_ok() { draft.clone() } else { draft.covered() }
}

/// Returns the settings as JSON, in the order of the documented keys.
fn fields(draft: &Draft) -> Map<String, Value> {
    match serde_json::to_value(draft) {
        Ok(Value::Object(fields)) => fields,
        // A draft is a struct of texts, numbers and lists.
        _ => Map::new(),
    }
}

fn shown(service: &Service, current: &Current, who: &Principal, language: Language) -> Response {
    // Ask now: a save may have removed a grant, or added a relay that needs one.
    let grants = service.oauth().statuses();
    let unwell = grants.iter().filter(|grant| grant.blocked).map(GrantStatus::phrase);
    let notes = current.settings().iter().flat_map(|s| remarks(s)).collect::<Vec<_>>().into_iter().chain(unwell);
    let notes: Vec<String> = notes.map(|note| say(language, &note)).collect();
    let (saved, by) = current.saved.as_ref().map(|(at, by)| (rfc3339(*at), by.clone())).unzip();
    let meta = SettingsMeta { revision: current.revision, saved, by, unreadable: current.unreadable.clone(), notes };
    let document = SettingsDocument { meta, settings: fields(&for_eyes(who, &current.draft)) };
    ([(header::ETAG, etag(current.revision))], Json(document)).into_response()
}

/// Returns the settings as typed. Secrets read as `{"set": true}`.
#[utoipa::path(get, path = "/email", responses((status = 200, description = "The settings, with their revision as ETag", body = SettingsDocument)))]
pub(crate) async fn get(State(service): Svc, who: Principal, language: AnswerLanguage) -> Response {
    shown(&service, &service.settings().current(), &who, language.0)
}

/// Returns the revision in `If-Match`. A save is refused without it.
fn seen(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::IF_MATCH)?.to_str().ok()?;
    text.trim().trim_start_matches("W/").trim_matches('"').strip_prefix('r')?.parse().ok()
}

/// Saves the settings as a whole. Refused if another save came after the revision in If-Match.
#[utoipa::path(put, path = "/email", request_body = SettingsFields, params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "Saved", body = SettingsDocument), (status = 412, description = "Another user has saved the settings since", body = ProblemDetails),
        (status = 422, description = "Faults, each at its field", body = ProblemDetails), (status = 428, description = "If-Match is missing", body = ProblemDetails)))]
pub(crate) async fn put(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    headers: HeaderMap,
    JsonBody(value): JsonBody<Value>,
) -> Result<Response, Problem> {
    let draft = draft(language.0, value)?;
    let revision = seen(&headers).ok_or_else(|| Problem::new(language.0, StatusCode::PRECONDITION_REQUIRED, "no-if-match"))?;
    let (desk, actor) = (std::sync::Arc::clone(&service), who.actor());
    let saved = run_to_end(async move { desk.settings().save(draft, revision, &actor).await }).await;
    saved.map(|current| shown(&service, &current, &who, language.0)).map_err(|fault| Problem::save(language.0, &fault))
}

/// Checks the settings without a save.
#[utoipa::path(post, path = "/email/check", request_body = SettingsFields,
    responses((status = 204, description = "They would be saved"), (status = 422, description = "Faults, each at its field", body = ProblemDetails)))]
pub(crate) async fn check(
    State(service): Svc,
    language: AnswerLanguage,
    JsonBody(value): JsonBody<Value>,
) -> Result<StatusCode, Problem> {
    let draft = draft(language.0, value)?;
    service
        .settings()
        .check(draft)
        .map(|_| StatusCode::NO_CONTENT)
        .map_err(|faults| Problem::faults_of(language.0, StatusCode::UNPROCESSABLE_ENTITY, "settings-check", &faults))
}

/// Returns the last 20 revisions, newest first.
#[utoipa::path(get, path = "/email/revisions", responses((status = 200, description = "Revisions", body = Vec<RevisionEntry>)))]
pub(crate) async fn revisions(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
) -> Result<Json<Vec<RevisionEntry>>, Problem> {
    let all = service.settings().revisions().await.map_err(|fault| Problem::read(language.0, &fault))?;
    let entry = |document: store::DocumentView| {
        // A revision that a newer version wrote cannot be parsed or covered.
        let settings = serde_json::from_str(&document.draft).ok().map(|draft| fields(&for_eyes(&who, &draft)));
        RevisionEntry { revision: document.revision, saved: rfc3339(document.saved), by: document.by, settings }
    };
    Ok(Json(all.into_iter().map(entry).collect()))
}

/// Saves an earlier revision again. With If-Match, refused if another save came after that revision.
#[utoipa::path(post, path = "/email/restore", request_body = RestoreRevision, params(("If-Match" = Option<String>, Header)),
    responses((status = 200, description = "Saved", body = SettingsDocument), (status = 404, description = "No such revision", body = ProblemDetails),
        (status = 412, description = "Another user has saved the settings since", body = ProblemDetails),
        (status = 422, description = "It cannot be saved now", body = ProblemDetails)))]
pub(crate) async fn restore(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    headers: HeaderMap,
    JsonBody(restore): JsonBody<RestoreRevision>,
) -> Result<Response, Problem> {
    // An If-Match that names no revision of ours matches nothing (RFC 9110 §13.1.1): what can be restored was saved, so the
    // present revision is never 0.
    let expected = match headers.get(header::IF_MATCH) {
        None => service.settings().current().revision,
        Some(any) if any == "*" => service.settings().current().revision,
        Some(_) => seen(&headers).unwrap_or(0),
    };
    let (desk, actor) = (std::sync::Arc::clone(&service), who.actor());
    let restored = run_to_end(async move { desk.settings().restore(restore.revision, expected, &actor).await }).await;
    restored.map(|current| shown(&service, &current, &who, language.0)).map_err(|fault| Problem::save(language.0, &fault))
}
