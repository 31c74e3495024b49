//! Messages: submit, list, show.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use mail::intake::once;
use model::Language;
use model::id::MessageId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{ListFilter, MessageState, Once};
use utoipa::IntoParams;

use super::message_body::{MessageBody, Sender};
use super::{Svc, view};
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

/// Rows of one page of the list.
const PAGE: usize = 100;
/// Longest idempotency key, in bytes.
const KEY_MAX: usize = 200;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Raw {
    /// Recipients of a `message/rfc822` body, separated by commas.
    pub(super) to: Option<String>,
    pub(super) priority: Option<String>,
}

/// Returns the `Idempotency-Key`, separate for each caller, with a digest of the request. The digest detects a reused
/// key with another request. Without it, that request would be answered with success and not carried out
/// (draft-ietf-httpapi-idempotency-key-header-07 section 2.7).
pub(super) fn idempotency(
    headers: &HeaderMap,
    language: Language,
    caller: &str,
    asked: &[&[u8]],
) -> Result<Option<Once>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let bad = || Problem::new(language, StatusCode::BAD_REQUEST, "idempotency-key");
    let key = value.to_str().map_err(|_| bad())?;
    if key.is_empty() || key.len() > KEY_MAX {
        return Err(bad());
    }
    Ok(Some(once(format!("{caller}\u{1f}{key}"), asked)))
}

/// Submits a message: JSON, or `message/rfc822` with `?to=`. Answers once the message is on disk.
#[utoipa::path(post, path = "/messages", request_body(content = MessageBody, content_type = "application/json"), params(Raw, ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, description = "On disk", body = Value), (status = 200, description = "Taken before, under the same key", body = Value),
        (status = 409, description = "Nothing is set up yet", body = Problem), (status = 422, description = "Not a message", body = Problem),
        (status = 507, description = "The disk or the write-ahead log is full", body = Problem)))]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    Query(raw): Query<Raw>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let language = tongue.0;
    let settings = service.settings().current().settings();
    let settings = settings.ok_or_else(|| Problem::new(language, StatusCode::CONFLICT, "unset"))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let asked = [kind.as_bytes(), query.as_deref().unwrap_or("").as_bytes(), &body];
    let once = idempotency(&headers, language, &who.key(), &asked)?;
    let is_json = match kind.split(';').next().unwrap_or("").trim() {
        "application/json" => true,
        "message/rfc822" => false,
        _ => return Err(Problem::new(language, StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type")),
    };
    let (sender, now) = (Sender { who, language, settings }, service.clock().now());
    // A large message takes time to compose. It must not block the threads that serve connections.
    let composed = tokio::task::spawn_blocking(move || if is_json { sender.json(body, now) } else { sender.raw(&raw, body) });
    let mut submission = match composed.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(submission) => submission?,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => return Err(Problem::new(language, StatusCode::SERVICE_UNAVAILABLE, "busy")),
    };
    submission.once = once;
    let accepted = service.intake().accept(submission).await.map_err(|fault| Problem::intake(language, &fault))?;
    let status = if accepted.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!({ "id": accepted.id.to_string() }))))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// waiting, held, sender-held, accepted, refused, cancelled
    state: Option<String>,
    /// Text in a recipient's address.
    to: Option<String>,
    /// RFC 3339.
    since: Option<String>,
    /// `next` of the previous page.
    cursor: Option<i64>,
}

/// Lists messages, newest first. `next` is the cursor of the next page, `null` at the end. A long search may return few
/// rows or none; it continues at `next`.
#[utoipa::path(get, path = "/messages", params(Listing),
    responses((status = 200, description = "A page", body = Value), (status = 422, description = "A filter that is none", body = Problem)))]
pub(crate) async fn list(
    State(service): Svc,
    tongue: Tongue,
    listing: Result<Query<Listing>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let language = tongue.0;
    let bad = |field: &str, why: String| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "filter").field(field, why);
    let Query(listing) = listing.map_err(|rejection| bad("query", rejection.body_text()))?;
    let state = match listing.state.as_deref() {
        None => None,
        Some(name) => Some(MessageState::named(name).ok_or_else(|| bad("state", name.to_owned()))?),
    };
    let since = match listing.since.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<jiff::Timestamp>().map_err(|error| bad("since", error.to_string()))?.as_millisecond()),
    };
    let filter = ListFilter { state, to: listing.to, since, before: listing.cursor };
    let found = service.store().messages(filter, PAGE).await.map_err(|fault| Problem::read(language, &fault))?;
    let next = found.next;
    let rows: Vec<_> = found.rows.iter().map(|row| view::Row::new(&service, row)).collect();
    Ok(Json(json!({ "messages": rows, "next": next })))
}

/// Returns the message number in an id. `None` if the text is no id of this node.
pub(crate) fn number_of(service: &node::Service, text: &str) -> Option<i64> {
    let id: MessageId = text.parse().ok()?;
    (id.origin == service.store().origin()).then_some(id.number.0)
}

pub(super) fn parse_id(service: &node::Service, language: Language, text: &str) -> Result<i64, Problem> {
    number_of(service, text).ok_or_else(|| Problem::new(language, StatusCode::NOT_FOUND, "no-message").detail(text))
}

/// Returns a message with the fate of each recipient and the report of each attempt.
#[utoipa::path(get, path = "/messages/{id}", params(("id" = String, Path)),
    responses((status = 200, description = "The message", body = Value), (status = 404, description = "No such message", body = Problem)))]
pub(crate) async fn show(State(service): Svc, tongue: Tongue, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let number = parse_id(&service, tongue.0, &id)?;
    let message = service.store().message(number).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let message = message.ok_or_else(|| Problem::new(tongue.0, StatusCode::NOT_FOUND, "no-message").detail(&id))?;
    let view = serde_json::to_value(view::Message::new(&service, tongue.0, &message)).unwrap_or(Value::Null);
    Ok(Json(view))
}
