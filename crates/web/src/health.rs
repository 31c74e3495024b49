//! `/healthz`: for whoever watches from outside. Alive by default; with `?deep`, whether mail gets out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use service::Service;
use service::status::Health;

/// From this machine only: what a node is doing is nobody else's business.
pub(crate) async fn healthz(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
) -> Response {
    if !peer.ip().to_canonical().is_loopback() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let deep = query.is_some_and(|query| query.split('&').any(|word| word == "deep" || word.starts_with("deep=")));
    match service.status().await {
        Ok(status) => {
            let bad = deep && matches!(status.health, Health::Silent | Health::Unset);
            let code = if bad { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            (code, Json(json!({ "health": status.health, "waiting": status.waiting }))).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the state of the node cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
