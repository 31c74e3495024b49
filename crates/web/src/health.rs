//! `/healthz`: for whoever watches from outside. Alive by default; with `?deep`, whether mail gets out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use service::Service;
use service::status::Health;

/// From this machine only: what a node is doing is nobody else's business.
pub(crate) async fn healthz(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    // A proxy on this machine speaks for others: they are not this machine.
    let forwarded = headers.contains_key(header::FORWARDED) || headers.contains_key("x-forwarded-for");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let named = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if !peer.ip().to_canonical().is_loopback() || forwarded || !named {
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
