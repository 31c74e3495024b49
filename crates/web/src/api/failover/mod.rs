//! The failover pair: status, making and ending a pair, roles, settings.

mod fields;
mod fault;
mod view;

use std::sync::Arc;
use std::time::Duration;

use api::failover::{
    FailoverStatus, Maintenance, NewPair, NodeFailoverSettings, PairCheckView, PairFailoverSettings, PairMade, PairingCodeMade,
    PreSharedKey, RoleWanted,
};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use failover::{BreakMode, EstablishRequest, PairFault, PairingSecret, PairingService, PeerAddress};
use model::audit::AuditedAct;
use model::failover::{CheckedPair, Force, PairCommand, PairSettings};
use model::settings::{Wrong, duration};
use model::{Language, Secret};
use node::Service;
use serde::Deserialize;

use super::body::{ExactBody, JsonBody, Svc};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::run_to_end::run_to_end;
use admin::words::say;

use fault::{checks_problem, command_problem, pair_problem};
use fields::{node_settings, pair_settings, shown_node, shown_pair};

fn wrong(language: Language, field: &str, why: &Wrong) -> Problem {
    Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "failover-settings").field(field, say(language, &why.phrase()))
}

fn checks(language: Language, checks: &[CheckedPair]) -> Vec<PairCheckView> {
    let view = |checked: &CheckedPair| PairCheckView {
        check: checked.check.name().to_owned(),
        result: checked.result.name().to_owned(),
        says: say(language, &checked.phrase),
    };
    checks.iter().map(view).collect()
}

/// The pair as this node sees it.
#[utoipa::path(get, path = "/failover", responses((status = 200, description = "The pair", body = FailoverStatus)))]
pub(crate) async fn status(State(service): Svc, language: AnswerLanguage) -> Json<FailoverStatus> {
    Json(view::status(&service, language.0))
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
    let pair = &service.pair().service;
    let invitation = pair.invite(&who.actor()).map_err(|fault| pair_problem(language.0, &fault))?;
    service.pair().audit(&who.actor(), AuditedAct::PairAllowed { with: "code".into() }).await;
    opened(pair, &who, language.0).await?;
    let made = PairingCodeMade { code: invitation.code.to_string(), seconds: invitation.life.as_secs() };
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
    let pair = &service.pair().service;
    let invited = pair.invite_with(&Secret::new(key.key), &who.actor()).await;
    invited.map_err(|fault| pair_problem(language.0, &fault))?;
    service.pair().audit(&who.actor(), AuditedAct::PairAllowed { with: "pre-shared key".into() }).await;
    opened(pair, &who, language.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Waits for the port. An invitation that nobody can use is withdrawn.
async fn opened(pair: &Arc<PairingService>, who: &Principal, language: Language) -> Result<(), Problem> {
    let Err(fault) = pair.port_is_open().await else { return Ok(()) };
    pair.disinvite(&who.actor()).map_err(|fault| pair_problem(language, &fault))?;
    Err(pair_problem(language, &fault))
}

/// Withdraws the code or the key.
#[utoipa::path(delete, path = "/failover/pairing-code", responses((status = 204, description = "Withdrawn")))]
pub(crate) async fn disinvite(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    service.pair().service.disinvite(&who.actor()).map_err(|fault| pair_problem(language.0, &fault))?;
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
    let language = language.0;
    let address = |field: &str, typed: &str| -> Result<PeerAddress, Problem> {
        typed.parse().map_err(|()| wrong(language, field, &Wrong::NotAHost { typed: typed.to_owned() }))
    };
    let (peer, reverse) = (address("peer", &new.peer)?, address("reverse", &new.reverse)?);
    let secret = secret(language, &new).await?;
    let no_ip = |at: usize| wrong(language, &format!("shared_ips[{at}]"), &Wrong::NotAnIp { typed: new.shared_ips[at].clone() });
    let shared_ips = fields::ips(&new.shared_ips).map_err(no_ip)?;
    let settings = PairSettings { shared_ips, ..PairSettings::default() };
    let request = EstablishRequest { peer, reverse, secret, settings, discards_data: new.discard_backup_data };
    let (pairing, actor) = (Arc::clone(&service.pair().service), who.actor());
    let made = run_to_end(async move { pairing.establish(request, &actor).await }).await;
    match made {
        Ok(made) => {
            service.pair().audit(&who.actor(), AuditedAct::PairMade { peer: made.pair.peer.name.clone() }).await;
            let view = PairMade {
                peer: made.pair.peer.name.clone(),
                confirmed: made.pair.is_confirmed,
                checks: checks(language, &made.checks),
            };
            Ok((StatusCode::CREATED, Json(view)))
        }
        Err(PairFault::Checks(found)) => Err(checks_problem(language, &found)),
        Err(fault) => Err(pair_problem(language, &fault)),
    }
}

async fn secret(language: Language, new: &NewPair) -> Result<PairingSecret, Problem> {
    match (&new.code, &new.key) {
        (Some(code), None) => match code.parse::<failover::PairingCode>() {
            Ok(code) => Ok(PairingSecret::of_code(&code)),
            Err(fault) => Err(Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "pair-secret").field("code", fault)),
        },
        (None, Some(key)) => {
            let key = Secret::new(key.clone());
            let derived = tokio::task::spawn_blocking(move || PairingSecret::of_pre_shared(&key)).await;
            let wrong =
                |fault: String| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "pair-secret").field("key", fault);
            derived.map_err(|error| wrong(error.to_string()))?.map_err(|fault| wrong(fault.to_string()))
        }
        _ => Err(Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "pair-code-or-key")),
    }
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
    let (pairing, actor) = (Arc::clone(&service.pair().service), who.actor());
    let peer = peer_name(&service);
    let ended = run_to_end(async move { pairing.break_up(mode, &actor).await }).await;
    ended.map_err(|fault| pair_problem(language.0, &fault))?;
    service.pair().audit(&who.actor(), AuditedAct::PairEnded { peer }).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives both nodes new keys. The former ones are let in for another day.
#[utoipa::path(post, path = "/failover/relationship/rotate-keys",
    responses((status = 204, description = "Changed"), (status = 409, description = "This node has no pair", body = ProblemDetails),
        (status = 502, description = "The other node is not reached", body = ProblemDetails)))]
pub(crate) async fn rotate_keys(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    let (pairing, actor) = (Arc::clone(&service.pair().service), who.actor());
    let changed = run_to_end(async move { pairing.change_keys(&actor).await }).await;
    changed.map_err(|fault| pair_problem(language.0, &fault))?;
    service.pair().audit(&who.actor(), AuditedAct::PairKeysChanged { peer: peer_name(&service) }).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a node that an ended pair has left without service as a site of its own.
#[utoipa::path(post, path = "/failover/new-site",
    responses((status = 204, description = "It serves"), (status = 409, description = "This node has a pair, or serves already", body = ProblemDetails)))]
pub(crate) async fn new_site(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<StatusCode, Problem> {
    let started = service.pair().service.start_as_new_site(&who.actor()).await;
    started.map_err(|fault| pair_problem(language.0, &fault))?;
    service.pair().audit(&who.actor(), AuditedAct::SiteStarted).await;
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
    let force = if wanted.force { Force::Yes } else { Force::No };
    let command = match wanted.role.as_str() {
        "primary" => PairCommand::BecomePrimary { force },
        "backup" => PairCommand::BecomeBackup { force },
        _ => return Err(Problem::new(language.0, StatusCode::UNPROCESSABLE_ENTITY, "pair-role").field("role", wanted.role)),
    };
    service.pair().audit(&who.actor(), AuditedAct::PairRoleAsked { role: wanted.role, force: wanted.force }).await;
    carry_out(&service, language.0, command).await
}

fn peer_name(service: &Service) -> String {
    service.pair().service.relationship().map(|pair| pair.peer.name).unwrap_or_default()
}

async fn carry_out(service: &Arc<Service>, language: Language, command: PairCommand) -> Result<StatusCode, Problem> {
    let this = Arc::clone(service);
    let done = run_to_end(async move { this.pair().command(command).await }).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(|refusal| command_problem(language, refusal))
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
    let time = duration(&maintenance.time).filter(|time| *time <= Duration::from_hours(24));
    let time = time.ok_or_else(|| wrong(language.0, "time", &Wrong::NotADuration { typed: maintenance.time.clone() }))?;
    let held = carry_out(&service, language.0, PairCommand::Maintain(time)).await?;
    service.pair().audit(&who.actor(), AuditedAct::PairHeld { time: maintenance.time }).await;
    Ok(held)
}

/// Ends the hold.
#[utoipa::path(delete, path = "/failover/maintenance",
    responses((status = 204, description = "Ended"), (status = 409, description = "This node has no pair", body = ProblemDetails)))]
pub(crate) async fn end_maintenance(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
) -> Result<StatusCode, Problem> {
    let ended = carry_out(&service, language.0, PairCommand::Maintain(Duration::ZERO)).await?;
    service.pair().audit(&who.actor(), AuditedAct::PairHeld { time: String::new() }).await;
    Ok(ended)
}

/// The settings of this node for the pair.
#[utoipa::path(get, path = "/failover/settings", responses((status = 200, description = "The settings", body = NodeFailoverSettings)))]
pub(crate) async fn get_settings(State(service): Svc) -> Json<NodeFailoverSettings> {
    Json(shown_node(&service.pair().service.node_settings()))
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
    let settings = node_settings(&new).map_err(|(field, why)| wrong(language.0, &field, &why))?;
    let before = shown_node(&service.pair().service.node_settings());
    let (pairing, actor) = (Arc::clone(&service.pair().service), who.actor());
    let saved = run_to_end(async move { pairing.set_node_settings(settings, &actor).await }).await;
    saved.map_err(|fault| pair_problem(language.0, &fault))?;
    let changes = fields::changes(&before, &shown_node(&service.pair().service.node_settings()));
    service.pair().audit(&who.actor(), AuditedAct::PairSettingsSaved { changes }).await;
    Ok(get_settings(State(service)).await)
}

/// The settings that both nodes share.
#[utoipa::path(get, path = "/failover/pair-settings", responses((status = 200, description = "The settings", body = PairFailoverSettings)))]
pub(crate) async fn get_pair_settings(State(service): Svc) -> Json<PairFailoverSettings> {
    Json(shown_pair(&service.pair().service.failover_settings().pair))
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
    let settings = pair_settings(&new).map_err(|(field, why)| wrong(language.0, &field, &why))?;
    let before = shown_pair(&service.pair().service.failover_settings().pair);
    let (pairing, actor) = (Arc::clone(&service.pair().service), who.actor());
    let saved = run_to_end(async move { pairing.set_pair_settings(settings, &actor).await }).await;
    saved.map_err(|fault| pair_problem(language.0, &fault))?;
    let changes = fields::changes(&before, &shown_pair(&service.pair().service.failover_settings().pair));
    service.pair().audit(&who.actor(), AuditedAct::PairSettingsSaved { changes }).await;
    Ok(get_pair_settings(State(service)).await)
}
