//! The pages: one a file, all on this screen. Each works without a script.

mod account;
mod assets;
mod audit;
mod email;
mod form;
mod frame;
mod message;
mod overview;
mod queue;
mod run;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};
use service::Service;

use crate::guard::Reach;

/// A form is small; a CA or a certificate is the largest thing in it.
const FORM_MAX: usize = 1 << 20;

/// What the pages stand on.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) service: Arc<Service>,
    pub(crate) runs: Arc<run::Runs>,
    pub(crate) reach: Arc<Reach>,
    pub(crate) pulse: Arc<frame::Pulse>,
}

pub(crate) fn pages(service: Arc<Service>, reach: Arc<Reach>) -> Router {
    let site = Site { service, runs: Arc::default(), reach, pulse: Arc::default() };
    Router::new()
        .route("/", get(async || Redirect::to("/login/overview")))
        .route("/login", get(sign_in::show).post(sign_in::enter))
        .route("/login/out", post(sign_in::leave))
        .route("/login/start/{token}", get(sign_in::start).post(sign_in::set_up))
        .route("/login/overview", get(overview::show))
        .route("/login/queue", get(queue::show).post(queue::act))
        .route("/login/queue/{id}", get(message::show).post(message::act))
        .route("/login/audit", get(audit::show))
        .route("/login/management/email", get(email::show).post(email::save))
        .route("/login/management/email/revisions", get(email::revisions).post(email::restore))
        .route("/login/test", post(run::begin))
        .route("/login/test/{run}", get(run::show))
        .route("/login/account", get(account::show).post(account::change))
        .route("/assets/{name}", get(assets::get))
        .fallback(frame::not_found)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .with_state(site)
}
