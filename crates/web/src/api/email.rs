//! The e-mail settings: read, checked, saved as a whole, restored.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Language;
use model::settings::Draft;
use serde::Deserialize;
use serde_json::{Value, json};
use service::clock::rfc3339;
use service::say;
use service::settings::{Current, not_in_use};
use utoipa::ToSchema;

use super::Svc;
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

fn etag(revision: i64) -> String {
    format!("\"r{revision}\"")
}

fn shown(current: &Current, language: Language) -> Response {
    let notes: Vec<String> = current.settings().iter().flat_map(|s| not_in_use(s)).map(|note| say(language, &note)).collect();
    let mut body = serde_json::to_value(&current.draft).unwrap_or(Value::Null);
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

/// The settings as typed; secrets read as `{"set": true}`.
#[utoipa::path(get, path = "/email", responses((status = 200, description = "The settings, with their revision as ETag", body = Value)))]
pub(crate) async fn get(State(service): Svc, tongue: Tongue) -> Response {
    shown(&service.desk().current(), tongue.0)
}

/// The revision a writer has seen; without it nobody saves.
fn seen(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::IF_MATCH)?.to_str().ok()?;
    text.trim().trim_start_matches("W/").trim_matches('"').strip_prefix('r')?.parse().ok()
}

type Body = Result<Json<Value>, JsonRejection>;

/// `meta` is what we added when showing; a client sends back what it read.
fn draft(language: Language, body: Body) -> Result<Draft, Problem> {
    let bad = |why: String| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "not-settings").detail(why);
    let Json(mut value) =
        body.map_err(|rejection| Problem::new(language, rejection.status(), "not-json").detail(rejection.body_text()))?;
    if let Value::Object(map) = &mut value {
        map.remove("meta");
    }
    serde_json::from_value(value).map_err(|error| bad(error.to_string()))
}

/// Saves the settings as a whole, if nobody has saved since.
#[utoipa::path(put, path = "/email", request_body = Value, params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "Saved", body = Value), (status = 412, description = "Somebody else has saved since", body = Problem),
        (status = 422, description = "Faults, each at its field", body = Problem), (status = 428, description = "If-Match is missing", body = Problem)))]
pub(crate) async fn put(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let draft = draft(tongue.0, body)?;
    let revision = seen(&headers).ok_or_else(|| Problem::new(tongue.0, StatusCode::PRECONDITION_REQUIRED, "no-if-match"))?;
    // A task of its own: a caller that hangs up in the middle must not leave disk and memory apart.
    let saving = tokio::spawn(async move { service.desk().save(draft, revision, &who.name()).await });
    let saved = saving.await.map_err(|_| Problem::new(tongue.0, StatusCode::INTERNAL_SERVER_ERROR, "storage"))?;
    saved.map(|current| shown(&current, tongue.0)).map_err(|fault| Problem::save(tongue.0, &fault))
}

/// Says whether the settings would be taken.
#[utoipa::path(post, path = "/email/check", request_body = Value,
    responses((status = 204, description = "They would be saved"), (status = 422, description = "Faults, each at its field", body = Problem)))]
pub(crate) async fn check(State(service): Svc, tongue: Tongue, body: Body) -> Result<StatusCode, Problem> {
    let draft = draft(tongue.0, body)?;
    service
        .desk()
        .check(draft)
        .map(|_| StatusCode::NO_CONTENT)
        .map_err(|faults| Problem::faults_of(tongue.0, StatusCode::UNPROCESSABLE_ENTITY, "settings-check", &faults))
}

/// The last 20 revisions, newest first.
#[utoipa::path(get, path = "/email/revisions", responses((status = 200, description = "Revisions", body = Value)))]
pub(crate) async fn revisions(State(service): Svc, tongue: Tongue) -> Result<Json<Value>, Problem> {
    let all = service.desk().revisions().await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let one = |d: &store::DocumentView| {
        let settings: Value = serde_json::from_str(&d.draft).unwrap_or(Value::Null);
        json!({ "revision": d.revision, "saved": rfc3339(d.saved), "by": d.by, "settings": settings })
    };
    Ok(Json(all.iter().map(one).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restore {
    revision: i64,
}

/// Saves an earlier revision again.
#[utoipa::path(post, path = "/email/restore", request_body = Restore,
    responses((status = 200, description = "Saved", body = Value), (status = 404, description = "No such revision", body = Problem),
        (status = 422, description = "It cannot be saved now", body = Problem)))]
pub(crate) async fn restore(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    body: Result<Json<Restore>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(restore) = body.map_err(|r| Problem::new(tongue.0, r.status(), "not-json").detail(r.body_text()))?;
    let restoring = tokio::spawn(async move { service.desk().restore(restore.revision, &who.name()).await });
    let restored = restoring.await.map_err(|_| Problem::new(tongue.0, StatusCode::INTERNAL_SERVER_ERROR, "storage"))?;
    restored.map(|current| shown(&current, tongue.0)).map_err(|fault| Problem::save(tongue.0, &fault))
}
