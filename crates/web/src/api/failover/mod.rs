//! The failover pair: status, making and ending a pair, roles, settings.

mod acts;
mod fields;
mod fault;
mod view;

use std::sync::Arc;

use api::failover::{
    FailoverStatus, Maintenance, NewPair, NodeFailoverSettings, PairFailoverSettings, PairMade, PairingCodeMade, PreSharedKey,
    RoleWanted,
};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use failover::BreakMode;
use model::{Language, Secret};
use node::Service;
use serde::Deserialize;

use super::body::{ExactBody, JsonBody, Svc};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

pub(crate) use acts::{NotMade, PairActs, check_views};
pub(crate) use view::status_view;

fn acts<'a>(service: &'a Arc<Service>, who: &Principal, language: Language) -> PairActs<'a> {
    PairActs { service, who: who.actor(), language }
}

/// The pair as this node sees it.
#[utoipa::path(get, path = "/failover", responses((status = 200, description = "The pair", body = FailoverStatus)))]
pub(crate) async fn status(State(service): Svc, language: AnswerLanguage) -> Json<FailoverStatus> {
    Json(status_view(&service, language.0))
}

/// Allows one other node to make a pair with this one, which becomes the backup. The code is shown once and lives for ten minutes.
#[utoipa::path(post, path = "/failover/pairing-code",
    responses((status = 201, description = "The code", body = PairingCodeMade),
        (status = 409, description = "This node has a pair, or its port cannot be opened", body = ProblemDetails)))]
pub(crate) async fn invite(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
) -> Result<(StatusCode, Json<PairingCodeMade>), Problem> {
    let made = acts(&service, &who, language.0).invite().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Allows other nodes with this pre-shared key to make a pair with this one, until it is withdrawn or the node stops.
#[utoipa::path(put, path = "/failover/pairing-key", request_body = PreSharedKey,
    responses((status = 204, description = "Allowed"), (status = 409, description = "This node has a pair, or its port cannot be opened", body = ProblemDetails),
        (status = 422, description = "The key is too short", body = ProblemDetails)))]
pub(crate) async fn invite_with_key(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(key): JsonBody<PreSharedKey>,
) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).invite_with(&Secret::new(key.key)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraws the code or the key.
#[utoipa::path(delete, path = "/failover/pairing-code", responses((status = 204, description = "Withdrawn")))]
pub(crate) async fn disinvite(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).disinvite()?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a pair with a node that has allowed it. This node becomes the primary. Nothing is changed if a check is bad.
#[utoipa::path(post, path = "/failover/relationship", request_body = NewPair,
    responses((status = 201, description = "The pair is made", body = PairMade),
        (status = 409, description = "One of the nodes refuses", body = ProblemDetails),
        (status = 422, description = "A check is bad, or a value", body = ProblemDetails),
        (status = 502, description = "The other node is not reached", body = ProblemDetails)))]
pub(crate) async fn establish(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(new): JsonBody<NewPair>,
) -> Result<(StatusCode, Json<PairMade>), Problem> {
    let made = acts(&service, &who, language.0).establish(&new).await;
    made.map(|made| (StatusCode::CREATED, Json(made))).map_err(|fault| fault.problem(language.0))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndQuery {
    /// Ends the pair here although the other node is away. It learns of the end when the nodes meet again.
    #[serde(default)]
    force: bool,
}

/// Ends the pair. The node that serves goes on, with the shared IPs; the other one serves nothing until it is started as a new site.
#[utoipa::path(delete, path = "/failover/relationship", params(EndQuery),
    responses((status = 204, description = "Ended"), (status = 409, description = "This node has no pair", body = ProblemDetails),
        (status = 502, description = "The other node is not reached", body = ProblemDetails)))]
pub(crate) async fn end(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Query(query): Query<EndQuery>,
) -> Result<StatusCode, Problem> {
    let mode = if query.force { BreakMode::Force } else { BreakMode::Together };
    acts(&service, &who, language.0).end(mode).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives both nodes new keys. The former ones are let in for another day.
#[utoipa::path(post, path = "/failover/relationship/rotate-keys",
    responses((status = 204, description = "Changed"), (status = 409, description = "This node has no pair", body = ProblemDetails),
        (status = 502, description = "The other node is not reached", body = ProblemDetails)))]
pub(crate) async fn rotate_keys(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).rotate_keys().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a node that an ended pair has left without service as a site of its own.
#[utoipa::path(post, path = "/failover/new-site",
    responses((status = 204, description = "It serves"), (status = 409, description = "This node has a pair, or serves already", body = ProblemDetails)))]
pub(crate) async fn new_site(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).start_as_new_site().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes this node primary or backup. Answers when it is done or refused, which may take a minute.
#[utoipa::path(post, path = "/failover/role", request_body = RoleWanted,
    responses((status = 204, description = "Done"), (status = 409, description = "Refused, with the reason", body = ProblemDetails)))]
pub(crate) async fn role(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(wanted): JsonBody<RoleWanted>,
) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).take_role(wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Holds automatic takeovers on this node for a time.
#[utoipa::path(put, path = "/failover/maintenance", request_body = Maintenance,
    responses((status = 204, description = "Held"), (status = 409, description = "This node has no pair", body = ProblemDetails),
        (status = 422, description = "Not a time", body = ProblemDetails)))]
pub(crate) async fn maintain(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(maintenance): JsonBody<Maintenance>,
) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).hold(maintenance).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the hold.
#[utoipa::path(delete, path = "/failover/maintenance",
    responses((status = 204, description = "Ended"), (status = 409, description = "This node has no pair", body = ProblemDetails)))]
pub(crate) async fn end_maintenance(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
) -> Result<StatusCode, Problem> {
    acts(&service, &who, language.0).end_hold().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The settings of this node for the pair.
#[utoipa::path(get, path = "/failover/settings", responses((status = 200, description = "The settings", body = NodeFailoverSettings)))]
pub(crate) async fn get_settings(State(service): Svc, who: Principal, language: AnswerLanguage) -> Json<NodeFailoverSettings> {
    Json(acts(&service, &who, language.0).node_settings())
}

/// Saves the settings of this node for the pair.
#[utoipa::path(put, path = "/failover/settings", request_body = NodeFailoverSettings,
    responses((status = 200, description = "Saved", body = NodeFailoverSettings),
        (status = 422, description = "A value, or a rule that they break", body = ProblemDetails)))]
pub(crate) async fn put_settings(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    ExactBody(new): ExactBody<NodeFailoverSettings>,
) -> Result<Json<NodeFailoverSettings>, Problem> {
    acts(&service, &who, language.0).save_node_settings(&new).await.map(Json)
}

/// The settings that both nodes share.
#[utoipa::path(get, path = "/failover/pair-settings", responses((status = 200, description = "The settings", body = PairFailoverSettings)))]
pub(crate) async fn get_pair_settings(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
) -> Json<PairFailoverSettings> {
    Json(acts(&service, &who, language.0).pair_settings())
}

/// Saves the settings that both nodes share, on both or on neither. Only the primary takes them.
#[utoipa::path(put, path = "/failover/pair-settings", request_body = PairFailoverSettings,
    responses((status = 200, description = "Saved", body = PairFailoverSettings),
        (status = 409, description = "This node is not the primary", body = ProblemDetails),
        (status = 422, description = "A value, or a rule that they break", body = ProblemDetails)))]
pub(crate) async fn put_pair_settings(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    ExactBody(new): ExactBody<PairFailoverSettings>,
) -> Result<Json<PairFailoverSettings>, Problem> {
    acts(&service, &who, language.0).save_pair_settings(&new).await.map(Json)
}
