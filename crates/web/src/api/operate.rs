//! Operations on messages: retry, hold, release, cancel; for one message or in bulk.

use std::sync::Arc;

use api::problem::ProblemDetails;
use api::queue::{QueueOperation, Touched};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use mail::operate::OperateFault;
use model::Language;
use model::id::MessageNumber;
use node::Service;
use store::QueueAction;

use super::body::{JsonBody, Svc};
use super::messages::parse_id;
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::run_to_end::run_to_end;

fn verb(language: Language, name: &str) -> Result<QueueAction, Problem> {
    QueueAction::named(name).ok_or_else(|| Problem::new(language, StatusCode::NOT_FOUND, "not-found"))
}

async fn act(
    service: Arc<Service>,
    language: Language,
    verb: QueueAction,
    numbers: Option<Vec<MessageNumber>>,
    who: Principal,
) -> Result<u64, Problem> {
    let acted = run_to_end(async move { service.mail().operate(verb, numbers, &who.actor()).await }).await;
    acted.map(|touched| touched as u64).map_err(|fault| match fault {
        OperateFault::Forbidden(fault) => Problem::forbidden(language, fault),
        OperateFault::Store(fault) => Problem::store(language, &fault),
    })
}

/// Retries, holds, releases or cancels one message.
#[utoipa::path(post, path = "/messages/{id}/{verb}", params(("id" = String, Path), ("verb" = String, Path, description = "retry, hold, release or cancel")),
    responses((status = 200, description = "How many were touched: 0 if the message was settled, in that state, or is being delivered now", body = Touched),
        (status = 404, description = "No such message", body = ProblemDetails)))]
pub(crate) async fn one(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path((id, name)): Path<(String, String)>,
) -> Result<Json<Touched>, Problem> {
    let verb = verb(language.0, &name)?;
    let number = parse_id(&service, language.0, &id)?;
    let known = service.store().message(number).await.map_err(|fault| Problem::read(language.0, &fault))?;
    if known.is_none() {
        return Err(Problem::new(language.0, StatusCode::NOT_FOUND, "no-message").detail(&id));
    }
    let touched = act(service, language.0, verb, Some(vec![number]), who).await?;
    Ok(Json(Touched { touched }))
}

/// Retries, holds, releases or cancels many messages, or all open messages.
#[utoipa::path(post, path = "/queue", request_body = QueueOperation,
    responses((status = 200, description = "How many were touched", body = Touched), (status = 422, description = "Neither ids nor all", body = ProblemDetails),
        (status = 404, description = "No such message", body = ProblemDetails)))]
pub(crate) async fn bulk(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(bulk): JsonBody<QueueOperation>,
) -> Result<Json<Touched>, Problem> {
    let verb = verb(language.0, &bulk.verb)?;
    let numbers = match (bulk.all, bulk.ids.is_empty()) {
        (true, true) => None,
        (false, false) => Some(bulk.ids.iter().map(|id| parse_id(&service, language.0, id)).collect::<Result<Vec<_>, _>>()?),
        _ => return Err(Problem::new(language.0, StatusCode::UNPROCESSABLE_ENTITY, "ids-or-all")),
    };
    let touched = act(service, language.0, verb, numbers, who).await?;
    Ok(Json(Touched { touched }))
}
