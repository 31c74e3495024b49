//! HTTP routes of the control socket, the submit socket and the TCP listener. Every path of the API, grouped by the scope that its caller needs.

use std::sync::Arc;

use crate::api as handlers;
use crate::base::Base;
use crate::guard::{self, Reach, UrlOfSettings};
use crate::pages::{self, LetterSource};
use crate::parameters;
use crate::principal::{self, needs};
use crate::problem::{self, Problem};
use crate::room::{self, Bodies, BodyRoom};
use crate::{document, health, metrics};
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use mail::intake::Budget;
use model::Language;
use model::scope::Scope;
use node::Service;
use node::pair::SITE_CHECK_PATH;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest body of a request that submits mail, in bytes: the largest message in base64, with its envelope.
const MESSAGE_MAX: usize = mail::intake::SIZE_MAX / 3 * 4 + (1 << 20);
/// Bodies of requests that submit mail. The node decodes, composes and canonicalizes them; two of these steps are in
/// memory at once.
const MESSAGES: Bodies = Bodies { max: MESSAGE_MAX, work_quarters: 9, fields: usize::MAX, refuse: refuse_message };
/// Bodies of all other requests. Settings with their certificates are the largest.
const REQUESTS: Bodies = Bodies { max: 1 << 20, work_quarters: 32, fields: usize::MAX, refuse: refuse_request };

/// Routes of the control socket: all of the API, with an administrator's rights.
pub fn control(service: Arc<Service>, base: Base) -> Router {
    Router::new().nest("/api/v1", finish(api(service, base))).fallback(problem::not_found)
}

/// Routes of the submit socket: any local program may submit mail.
pub fn submit(service: Arc<Service>) -> Router {
    let sends = sends(service.budget()).split_for_parts().0.with_state(service);
    Router::new().nest("/api/v1", bare(sends.fallback(problem::not_here))).fallback(problem::not_here)
}

/// Routes over TCP: pages for browsers, the API for programs, health and metrics.
pub fn site(service: Arc<Service>, mut reach: Reach, base: Base, mailbox: Option<Arc<dyn LetterSource>>) -> Router {
    let programs = from_fn_with_state(Arc::clone(&service), principal::by_token);
    let api = finish(api(Arc::clone(&service), base)).layer(programs);
    let watchers = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(metrics::metrics))
        .route(&format!("{SITE_CHECK_PATH}/{{token}}"), get(health::node_check))
        .with_state(Arc::clone(&service));
    let settings = Arc::clone(&service);
    reach.of_settings = UrlOfSettings::new(move || settings.settings().current().settings()?.site.external_url.clone());
    let urls = reach.urls.iter().map(|url| url.base.clone()).collect();
    pages::pages(service, urls, mailbox)
        .merge(watchers)
        .nest("/api/v1", api)
        .layer(from_fn_with_state(Arc::new(reach), guard::guard))
}

fn api(service: Arc<Service>, base: Base) -> Router {
    let (router, document) = documented(service.budget()).split_for_parts();
    let document = document::finish(document).to_json().map(axum::body::Bytes::from).unwrap_or_default();
    let json = [(axum::http::header::CONTENT_TYPE, "application/json")];
    router.with_state(service).route("/openapi.json", get(async move || (json, document).into_response())).layer(Extension(base))
}

/// Builds every path of the API, grouped by the scope that its caller needs.
fn documented(budget: &Arc<Budget>) -> OpenApiRouter<Arc<Service>> {
    let reads = OpenApiRouter::new()
        .routes(routes!(handlers::email::get))
        .routes(routes!(handlers::email::revisions))
        .routes(routes!(handlers::oauth::get))
        .routes(routes!(handlers::messages::list))
        .routes(routes!(handlers::messages::show))
        .routes(routes!(handlers::events::list))
        .routes(routes!(handlers::incidents::list))
        .routes(routes!(handlers::incidents::show))
        .routes(routes!(handlers::events::preview))
        .routes(routes!(handlers::status::status))
        .routes(routes!(handlers::status::audit))
        .routes(routes!(handlers::failover::status))
        .route_layer(from_fn_with_state(Scope::Read, needs));
    let operates = OpenApiRouter::new()
        .routes(routes!(handlers::test::post))
        .routes(routes!(handlers::oauth::renew))
        .routes(routes!(handlers::incidents::acknowledge))
        .routes(routes!(handlers::alarm::test))
        .routes(routes!(handlers::operate::one))
        .routes(routes!(handlers::operate::bulk))
        .routes(routes!(handlers::status::doctor))
        .routes(routes!(handlers::failover::maintain, handlers::failover::end_maintenance))
        .route_layer(from_fn_with_state(Scope::Operate, needs));
    let administers = OpenApiRouter::new()
        .routes(routes!(handlers::email::put))
        .routes(routes!(handlers::email::check))
        .routes(routes!(handlers::email::restore))
        .routes(routes!(handlers::oauth::start))
        .routes(routes!(handlers::oauth::finish))
        .routes(routes!(handlers::oauth::confirm))
        .routes(routes!(handlers::oauth::forget))
        .routes(routes!(handlers::oauth::key))
        .routes(routes!(handlers::accounts::list, handlers::accounts::create))
        .routes(routes!(handlers::accounts::delete))
        .routes(routes!(handlers::accounts::reset))
        .routes(routes!(handlers::tokens::list, handlers::tokens::create))
        .routes(routes!(handlers::tokens::revoke))
        .routes(routes!(handlers::status::backup))
        .routes(routes!(handlers::failover::invite, handlers::failover::disinvite))
        .routes(routes!(handlers::failover::invite_with_key))
        .routes(routes!(handlers::failover::establish, handlers::failover::end))
        .routes(routes!(handlers::failover::rotate_keys))
        .routes(routes!(handlers::failover::new_site))
        .routes(routes!(handlers::failover::role))
        .routes(routes!(handlers::failover::get_settings, handlers::failover::put_settings))
        .routes(routes!(handlers::failover::get_pair_settings, handlers::failover::put_pair_settings))
        .route_layer(from_fn_with_state(Scope::Administer, needs));
    let raises = OpenApiRouter::new().routes(routes!(handlers::events::post)).route_layer(from_fn_with_state(Scope::Send, needs));
    let others = reads.merge(raises).merge(operates).merge(administers);
    others.route_layer(from_fn_with_state(BodyRoom::new(REQUESTS, budget), room::read)).merge(sends(budget))
}

fn sends(budget: &Arc<Budget>) -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(handlers::messages::post))
        .route_layer(from_fn_with_state(Scope::Send, needs))
        .route_layer(from_fn_with_state(BodyRoom::new(MESSAGES, budget), room::read))
}

fn finish(router: Router) -> Router {
    bare(router.fallback(problem::not_found))
}

/// Answers every refusal as a problem.
fn bare(router: Router) -> Router {
    router
        .method_not_allowed_fallback(problem::not_allowed)
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(parameters::never_bare))
}

fn refuse_message(language: Language, status: StatusCode, kind: &str) -> Response {
    Problem::new(language, status, kind).into_response()
}

fn refuse_request(language: Language, status: StatusCode, kind: &str) -> Response {
    let kind = if kind == "too-large" { "body-too-large" } else { kind };
    Problem::new(language, status, kind).into_response()
}

/// Returns the OpenAPI 3.1 document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::finish(documented(&Arc::default()).into_openapi())
}

#[cfg(test)]
mod tests;
