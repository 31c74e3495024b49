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
use store::Verb;

use super::body::{JsonBody, Svc};
use super::messages::parse_id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::tongue::Tongue;
use crate::whole::whole;

fn verb(language: Language, name: &str) -> Result<Verb, Problem> {
    Verb::named(name).ok_or_else(|| Problem::new(language, StatusCode::NOT_FOUND, "not-found"))
}

async fn act(
    service: Arc<Service>,
    language: Language,
    verb: Verb,
    numbers: Option<Vec<MessageNumber>>,
    who: Principal,
) -> Result<u64, Problem> {
    let acted = whole(async move { service.mail().operate(verb, numbers, &who.actor()).await }).await;
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
    tongue: Tongue,
    Path((id, name)): Path<(String, String)>,
) -> Result<Json<Touched>, Problem> {
    let verb = verb(tongue.0, &name)?;
    let number = parse_id(&service, tongue.0, &id)?;
    let known = service.store().message(number).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    if known.is_none() {
        return Err(Problem::new(tongue.0, StatusCode::NOT_FOUND, "no-message").detail(&id));
    }
    let touched = act(service, tongue.0, verb, Some(vec![number]), who).await?;
    Ok(Json(Touched { touched }))
}

/// Retries, holds, releases or cancels many messages, or all open messages.
#[utoipa::path(post, path = "/queue", request_body = QueueOperation,
    responses((status = 200, description = "How many were touched", body = Touched), (status = 422, description = "Neither ids nor all", body = ProblemDetails),
        (status = 404, description = "No such message", body = ProblemDetails)))]
pub(crate) async fn bulk(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    JsonBody(bulk): JsonBody<QueueOperation>,
) -> Result<Json<Touched>, Problem> {
    let verb = verb(tongue.0, &bulk.verb)?;
    let numbers = match (bulk.all, bulk.ids.is_empty()) {
        (true, true) => None,
        (false, false) => Some(bulk.ids.iter().map(|id| parse_id(&service, tongue.0, id)).collect::<Result<Vec<_>, _>>()?),
        _ => return Err(Problem::new(tongue.0, StatusCode::UNPROCESSABLE_ENTITY, "ids-or-all")),
    };
    let touched = act(service, tongue.0, verb, numbers, who).await?;
    Ok(Json(Touched { touched }))
}
