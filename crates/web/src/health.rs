//! `/healthz` for external monitoring. Reports that the node is alive; with `?deep`, also if mail gets out.

use std::sync::Arc;

use alerts::health::MailHealth;
use api::health::HealthProbe;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::scope::Scope;
use node::Service;

use crate::api::status::health;
use crate::principal::bearer;
use crate::via::Via;

/// Allows this machine itself, or a token with the scope metrics. The state of a node is not public.
pub(crate) async fn may_watch(service: &Service, via: Via, headers: &HeaderMap) -> Result<(), Response> {
    if via.here {
        return Ok(());
    }
    match bearer(service, headers).await {
        Ok(Some(granted)) if granted.may(Scope::Metrics) => Ok(()),
        Ok(_) => {
            Err((StatusCode::FORBIDDEN, "Allowed from this machine, or with a token of the scope metrics.\n").into_response())
        }
        Err(error) => {
            tracing::error!(%error, "a token cannot be read");
            Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

/// Tells the other node of the pair that the host name of the site leads here. Only it knows the token, and for a minute only.
pub(crate) async fn node_check(State(service): State<Arc<Service>>, Path(token): Path<String>) -> StatusCode {
    match service.pair().service.answers_to(&token) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}

pub(crate) async fn healthz(
    State(service): State<Arc<Service>>,
    Extension(via): Extension<Via>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = may_watch(&service, via, &headers).await {
        return refusal;
    }
    let deep = query.is_some_and(|query| query.split('&').any(|word| word == "deep" || word.starts_with("deep=")));
    match service.alerts().status().await {
        Ok(status) => {
            let alarm = !status.alarms.is_empty();
            // A node that has lost its store counts as not alive, even if it answers.
            let lost = service.store().failure().is_some();
            let bad = lost || deep && (alarm || matches!(status.health, MailHealth::Silent | MailHealth::Unset));
            let code = if bad { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            (code, Json(HealthProbe { health: health(status.health), waiting: status.waiting, alarm })).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the state of the node cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
