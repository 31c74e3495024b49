//! Messages: submit, list, show.

use admin::words::say;
use api::messages::{MessageListing, MessageQuery, MessageWithAttempts, OutgoingMessage, RawMessageQuery, SubmittedMessage};
use api::problem::ProblemDetails;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use model::id::{MessageId, MessageNumber};
use model::settings::Wrong;
use model::time::Timestamp;
use model::{Language, Phrase};
use store::{ListFilter, MessageState};

use super::body::Svc;
use super::message_body::Submitter;
use super::message_view::{details, entry};
use super::once::idempotency;
use crate::answer_language::AnswerLanguage;
use crate::parameters::parameter_fault;
use crate::principal::Principal;
use crate::problem::Problem;

/// Rows of one page of the list.
const PAGE: usize = 100;

/// Submits a message: JSON, or `message/rfc822` with `?to=`. Answers once the message is on disk.
#[utoipa::path(post, path = "/messages", request_body(content = OutgoingMessage, content_type = "application/json"), params(RawMessageQuery, ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, description = "On disk", body = SubmittedMessage),
        (status = 200, description = "Taken before, under the same key", body = SubmittedMessage),
        (status = 409, description = "Nothing is set up yet", body = ProblemDetails), (status = 422, description = "Not a message", body = ProblemDetails),
        (status = 507, description = "The disk or the write-ahead log is full", body = ProblemDetails)))]
#[expect(clippy::too_many_arguments, reason = "the arguments are the extractors of the request")]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    headers: HeaderMap,
    Query(raw): Query<RawMessageQuery>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<(StatusCode, Json<SubmittedMessage>), Problem> {
    let language = language.0;
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
    let (sender, now) = (Submitter { who, language, settings }, service.clock().now());
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
    Ok((status, Json(SubmittedMessage { id: accepted.id.to_string() })))
}

/// The reason why a text is no point in time.
fn not_a_time(language: Language, text: &str) -> String {
    let typed: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    say(language, &Phrase::new("wrong-instant").with("typed", typed))
}

/// Lists messages, newest first. `next` is the cursor of the next page, `null` at the end. A long search may return few
/// rows or none; it continues at `next`.
#[utoipa::path(get, path = "/messages", params(MessageQuery),
    responses((status = 200, description = "A page", body = MessageListing), (status = 422, description = "A filter that is none", body = ProblemDetails)))]
pub(crate) async fn list(
    State(service): Svc,
    language: AnswerLanguage,
    uri: Uri,
    listing: Result<Query<MessageQuery>, QueryRejection>,
) -> Result<Json<MessageListing>, Problem> {
    let language = language.0;
    let bad = |field: &str, why: String| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "filter").field(field, why);
    let Query(listing) = listing.map_err(|rejection| {
        let told = rejection.body_text();
        parameter_fault(language, StatusCode::UNPROCESSABLE_ENTITY, &uri, &told).unwrap_or_else(|| bad("query", told))
    })?;
    let none_of = |name: &str| {
        let states = MessageState::ALL.map(MessageState::name);
        bad("state", say(language, &Wrong::word(name, &states).phrase()))
    };
    let state = match listing.state.as_deref() {
        None => None,
        Some(name) => Some(MessageState::named(name).ok_or_else(|| none_of(name))?),
    };
    let since = match listing.since.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<jiff::Timestamp>().map_err(|_| bad("since", not_a_time(language, text)))?),
    };
    let filter =
        ListFilter { state, to: listing.to, since: since.map(Timestamp::from), before: listing.cursor.map(MessageNumber) };
    let found = service.store().messages(filter, PAGE).await.map_err(|fault| Problem::read(language, &fault))?;
    Ok(Json(MessageListing {
        messages: found.rows.iter().map(|row| entry(&service, language, row)).collect(),
        next: found.next.map(|next| next.0),
    }))
}

/// Returns the message number in an id. `None` if the text is no id of this node.
pub(crate) fn number_of(service: &node::Service, text: &str) -> Option<MessageNumber> {
    let id: MessageId = text.parse().ok()?;
    (id.origin == service.store().origin()).then_some(id.number)
}

pub(super) fn parse_id(service: &node::Service, language: Language, text: &str) -> Result<MessageNumber, Problem> {
    number_of(service, text).ok_or_else(|| Problem::new(language, StatusCode::NOT_FOUND, "no-message").detail(text))
}

/// Returns a message with the fate of each recipient and the report of each attempt.
#[utoipa::path(get, path = "/messages/{id}", params(("id" = String, Path)),
    responses((status = 200, description = "The message", body = MessageWithAttempts), (status = 404, description = "No such message", body = ProblemDetails)))]
pub(crate) async fn show(
    State(service): Svc,
    language: AnswerLanguage,
    Path(id): Path<String>,
) -> Result<Json<MessageWithAttempts>, Problem> {
    let number = parse_id(&service, language.0, &id)?;
    let message = service.store().message(number).await.map_err(|fault| Problem::read(language.0, &fault))?;
    let message = message.ok_or_else(|| Problem::new(language.0, StatusCode::NOT_FOUND, "no-message").detail(&id))?;
    Ok(Json(details(&service, language.0, &message)))
}
