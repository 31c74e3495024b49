//! The queue: found by state and address, acted on one by one or together. Paged by number, so that the last page costs
//! what the first does.

use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::OperateFault;
use store::{ListFilter, MessageRow, MessageState, Verb};

use super::Site;
use super::form::pairs;
use super::frame::{Frame, failed, forbidden, page};
use super::visitor::Member;
use crate::api::messages::number_of;
use crate::api::view::id;
use crate::whole::whole;

const ROWS: usize = 50;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    to: String,
    before: Option<i64>,
    /// What was done, and to how many.
    #[serde(default)]
    done: String,
    count: Option<usize>,
}

struct Line {
    id: String,
    state: &'static str,
    row: MessageRow,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    f: Frame,
    asked: Asked,
    states: [MessageState; 6],
    lines: Vec<Line>,
    older: Option<i64>,
    /// The search took longer than it may.
    slow: bool,
}

pub(super) async fn show(State(site): State<Site>, member: Member, Query(asked): Query<Asked>) -> Response {
    let f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let filter = ListFilter {
        state: MessageState::named(&asked.state),
        to: Some(asked.to.trim().to_owned()).filter(|to| !to.is_empty()),
        since: None,
        before: asked.before,
    };
    let (rows, slow) = match site.service.store().messages(filter, ROWS).await {
        Ok(rows) => (rows, false),
        Err(store::ReadFault::TookTooLong) => (Vec::new(), true),
        Err(fault) => return failed(member.language, &fault),
    };
    let older = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.number);
    let lines = rows.into_iter().map(|row| Line { id: id(&site.service, row.number), state: row.state.name(), row }).collect();
    page(member.language, &Queue { f, asked, states: MessageState::ALL, lines, older, slow })
}

/// Acts on the ticked messages.
pub(super) async fn act(State(site): State<Site>, member: Member, RawForm(body): RawForm) -> Response {
    let pairs = pairs(&body);
    let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let Some(verb) = Verb::named(find("do")) else { return StatusCode::BAD_REQUEST.into_response() };
    let ids = pairs.iter().filter(|(key, _)| key == "id");
    let numbers: Vec<i64> = ids.filter_map(|(_, id)| number_of(&site.service, id)).take(ROWS).collect();
    match operate(&site, &member, verb, numbers).await {
        Ok(count) => {
            let state = MessageState::named(find("state")).map_or("", MessageState::name);
            Redirect::to(&format!("/login/queue?state={state}&done={}&count={count}", verb.name())).into_response()
        }
        Err(response) => response,
    }
}

/// Acts on messages; a refusal is a page.
pub(super) async fn operate(site: &Site, member: &Member, verb: Verb, numbers: Vec<i64>) -> Result<usize, Response> {
    let (service, who) = (std::sync::Arc::clone(&site.service), member.signed.actor());
    whole(async move { service.operate(verb, Some(numbers), &who).await }).await.map_err(|fault| match fault {
        OperateFault::Forbidden(_) => forbidden(member.language),
        OperateFault::Store(fault) => failed(member.language, &fault),
    })
}
