//! The pages, each in its own file. Each works without a script.

mod account;
mod assets;
mod audit;
mod chart;
mod components;
mod email;
mod failover;
mod failover_acts;
mod sign_in_results;
mod form;
mod frame;
mod guide;
mod incidents;
mod letter;
mod mailbox;
mod member_frame;
mod message;
mod networking;
mod oauth;
mod redirect;
mod overview;
mod state_line;
mod queue;
mod received;
mod revisions;
mod run;
mod test_runs;
mod sign_in;
mod pages_state;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use node::Service;

use pages_state::PagesState;

use crate::room::{self, Bodies, BodyRoom};

pub use letter::{Letter, LetterSource};
#[cfg(test)]
pub(crate) use {
    audit::ACTS,
    components::COLOURS,
    failover::{DONE, TIMES},
};

/// Bodies of forms. The largest part of a form is a CA or a certificate.
const FORMS: Bodies = Bodies { max: 1 << 20, work_quarters: 16, fields: 4096, refuse: frame::sorry };

pub(crate) fn pages(service: Arc<Service>, urls: Vec<String>, mailbox: Option<Arc<dyn LetterSource>>) -> Router {
    let (test_runs, sign_in_results, state_line) = (Arc::default(), Arc::default(), Arc::default());
    let room = BodyRoom::new(FORMS, service.budget());
    let pages = PagesState { service, test_runs, sign_in_results, urls: Arc::new(urls), state_line, mailbox };
    Router::new()
        .route("/", get(async || Redirect::to("/login/overview")))
        .route("/login", get(sign_in::show).post(sign_in::enter))
        .route("/login/out", post(sign_in::leave))
        .route("/login/start/{token}", get(sign_in::start).post(sign_in::set_up))
        .route("/login/overview", get(overview::show).post(overview::retry))
        .route("/login/queue", get(queue::show).post(queue::act))
        .route("/login/queue/{id}", get(message::show).post(message::act))
        .route("/login/audit", get(audit::show))
        .route("/login/incidents", get(incidents::list))
        .route("/login/incidents/{id}", get(incidents::show).post(incidents::act))
        .route("/login/notices", get(incidents::preview))
        .route("/login/notices/html", get(incidents::preview_html))
        .route("/login/received/{token}", get(received::show).post(received::say))
        .route("/login/management/failover", get(failover::show).post(failover_acts::act))
        .route("/login/appliance/networking", get(networking::show).post(networking::save))
        .route("/login/management/email", get(email::show).post(email::save))
        .route("/login/management/email/revisions", get(revisions::show).post(revisions::restore))
        .route("/login/management/email/oauth", post(oauth::act))
        .route("/login/management/email/certificate/{relay}", get(oauth::certificate))
        .route(redirect::CALLBACK, get(oauth::returned).post(oauth::pasted))
        .route("/login/verification/{number}", get(oauth::show))
        .route("/login/test", post(run::begin))
        .route("/login/test/{run}", get(run::show).post(email::save_tested))
        .route("/login/account", get(account::show).post(account::change))
        .route("/login/about/components", get(components::show))
        .route("/demo/mailbox", get(mailbox::list))
        .route("/demo/mailbox/{letter}", get(mailbox::show))
        .route("/demo/mailbox/{letter}/html", get(mailbox::html))
        .route("/demo/mailbox/{letter}/part/{part}", get(mailbox::part))
        .route("/assets/{name}", get(assets::get))
        .fallback(member_frame::not_found)
        .method_not_allowed_fallback(member_frame::not_found)
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(room, room::read))
        .layer(from_fn_with_state(pages.clone(), visitor::name_caller))
        .layer(from_fn(frame::never_bare))
        .layer(from_fn(visitor::remember_language))
        .with_state(pages)
}

#[cfg(test)]
mod tests;
