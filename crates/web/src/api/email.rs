//! The email settings: read, check, save as a whole, restore.

use admin::clock::rfc3339;
use admin::settings::{Current, remarks};
use admin::words::say;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mail::oauth::GrantStatus;
use model::Language;
use model::account::Role;
use model::settings::Draft;
use node::Service;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Body, Svc, draft};
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;
use crate::whole::whole;

fn etag(revision: i64) -> String {
    format!("\"r{revision}\"")
}

/// Covers the addresses of webhooks and heartbeat for callers other than administrators. Any client that knows such an
/// address can call it.
fn for_eyes(who: &Principal, draft: &Draft) -> Draft {
    if who.actor().needs(Role::Administrator).is_ok() { draft.clone() } else { draft.covered() }
}

fn shown(service: &Service, current: &Current, who: &Principal, language: Language) -> Response {
    // Ask now: a save may have removed a grant, or added a relay that needs one.
    let grants = service.oauth().statuses();
    let unwell = grants.iter().filter(|grant| grant.blocked).map(GrantStatus::phrase);
    let notes = current.settings().iter().flat_map(|s| remarks(s)).collect::<Vec<_>>().into_iter().chain(unwell);
    let notes: Vec<String> = notes.map(|note| say(language, &note)).collect();
    let mut body = serde_json::to_value(for_eyes(who, &current.draft)).unwrap_or(Value::Null);
    if let Value::Object(map) = &mut body {
        map.insert(
            "meta".into(),
            json!({
                "revision": current.revision,
                "saved": current.saved.as_ref().map(|(at, _)| rfc3339(*at)),
                "by": current.saved.as_ref().map(|(_, by)| by),
                "unreadable": current.unreadable,
                "notes": notes,
            }),
        );
    }
    ([(header::ETAG, etag(current.revision))], Json(body)).into_response()
}

/// Returns the settings as typed. Secrets read as `{"set": true}`.
#[utoipa::path(get, path = "/email", responses((status = 200, description = "The settings, with their revision as ETag", body = Value)))]
pub(crate) async fn get(State(service): Svc, who: Principal, tongue: Tongue) -> Response {
    shown(&service, &service.settings().current(), &who, tongue.0)
}

/// Returns the revision in `If-Match`. A save is refused without it.
fn seen(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::IF_MATCH)?.to_str().ok()?;
    text.trim().trim_start_matches("W/").trim_matches('"').strip_prefix('r')?.parse().ok()
}

/// Saves the settings as a whole. Refused if another save came after the revision in If-Match.
#[utoipa::path(put, path = "/email", request_body = Value, params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "Saved", body = Value), (status = 412, description = "Somebody else has saved since", body = Problem),
        (status = 422, description = "Faults, each at its field", body = Problem), (status = 428, description = "If-Match is missing", body = Problem)))]
pub(crate) async fn put(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    Body(value): Body<Value>,
) -> Result<Response, Problem> {
    let draft = draft(tongue.0, value)?;
    let revision = seen(&headers).ok_or_else(|| Problem::new(tongue.0, StatusCode::PRECONDITION_REQUIRED, "no-if-match"))?;
    let (desk, actor) = (std::sync::Arc::clone(&service), who.actor());
    let saved = whole(async move { desk.settings().save(draft, revision, &actor).await }).await;
    saved.map(|current| shown(&service, &current, &who, tongue.0)).map_err(|fault| Problem::save(tongue.0, &fault))
}

/// Checks the settings without a save.
#[utoipa::path(post, path = "/email/check", request_body = Value,
    responses((status = 204, description = "They would be saved"), (status = 422, description = "Faults, each at its field", body = Problem)))]
pub(crate) async fn check(State(service): Svc, tongue: Tongue, Body(value): Body<Value>) -> Result<StatusCode, Problem> {
    let draft = draft(tongue.0, value)?;
    service
        .settings()
        .check(draft)
        .map(|_| StatusCode::NO_CONTENT)
        .map_err(|faults| Problem::faults_of(tongue.0, StatusCode::UNPROCESSABLE_ENTITY, "settings-check", &faults))
}

/// Returns the last 20 revisions, newest first.
#[utoipa::path(get, path = "/email/revisions", responses((status = 200, description = "Revisions", body = Value)))]
pub(crate) async fn revisions(State(service): Svc, who: Principal, tongue: Tongue) -> Result<Json<Value>, Problem> {
    let all = service.settings().revisions().await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let one = |d: &store::DocumentView| {
        // A revision that a newer version wrote cannot be parsed or covered.
        let settings = serde_json::from_str(&d.draft).ok().map(|draft| for_eyes(&who, &draft));
        json!({ "revision": d.revision, "saved": rfc3339(d.saved), "by": d.by, "settings": settings })
    };
    Ok(Json(all.iter().map(one).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restore {
    revision: i64,
}

/// Saves an earlier revision again. With If-Match, refused if another save came after that revision.
#[utoipa::path(post, path = "/email/restore", request_body = Restore, params(("If-Match" = Option<String>, Header)),
    responses((status = 200, description = "Saved", body = Value), (status = 404, description = "No such revision", body = Problem),
        (status = 412, description = "Somebody else has saved since", body = Problem),
        (status = 422, description = "It cannot be saved now", body = Problem)))]
pub(crate) async fn restore(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    Body(restore): Body<Restore>,
) -> Result<Response, Problem> {
    // An If-Match that names no revision of ours matches nothing (RFC 9110 §13.1.1): what can be restored was saved, so the
    // present revision is never 0.
    let expected = match headers.get(header::IF_MATCH) {
        None => service.settings().current().revision,
        Some(any) if any == "*" => service.settings().current().revision,
        Some(_) => seen(&headers).unwrap_or(0),
    };
    let (desk, actor) = (std::sync::Arc::clone(&service), who.actor());
    let restored = whole(async move { desk.settings().restore(restore.revision, expected, &actor).await }).await;
    restored.map(|current| shown(&service, &current, &who, tongue.0)).map_err(|fault| Problem::save(tongue.0, &fault))
}
