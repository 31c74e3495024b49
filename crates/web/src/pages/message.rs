//! One message: each recipient's fate, each attempt's report.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::clock::rfc3339;
use service::delivery::AttemptReport;
use service::say;
use store::{MessageView, Verb};

use super::Site;
use super::frame::{Frame, failed, page, sorry};
use super::queue::operate;
use super::visitor::Member;
use crate::api::messages::number_of;

struct Attempt {
    at: String,
    report: AttemptReport,
    cause: Option<String>,
    remedy: Option<String>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    f: Frame,
    id: String,
    view: MessageView,
    attempts: Vec<Attempt>,
    asked: Asked,
}

impl Message {
    fn open(&self) -> bool {
        self.view.row.settled.is_none()
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
    count: Option<usize>,
}

pub(super) async fn show(
    State(site): State<Site>,
    member: Member,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(number) = number_of(&site.service, &id) else {
        return sorry(member.language, StatusCode::NOT_FOUND, "no-message");
    };
    let view = match site.service.store().message(number).await {
        Ok(Some(view)) => view,
        Ok(None) => return sorry(member.language, StatusCode::NOT_FOUND, "no-message"),
        Err(fault) => return failed(member.language, &fault),
    };
    let f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let attempt = |attempt: &store::AttemptView| {
        let report: AttemptReport = serde_json::from_str(&attempt.report).unwrap_or_default();
        let words = |phrase: Option<model::Phrase>| phrase.map(|phrase| say(member.language, &phrase));
        Attempt { at: rfc3339(attempt.at), cause: words(report.cause_phrase()), remedy: words(report.remedy_phrase()), report }
    };
    let attempts = view.attempts.iter().rev().map(attempt).collect();
    page(member.language, &Message { f, id, view, attempts, asked })
}

#[derive(Deserialize)]
pub(super) struct Act {
    #[serde(rename = "do")]
    what: String,
}

pub(super) async fn act(State(site): State<Site>, member: Member, Path(id): Path<String>, Form(act): Form<Act>) -> Response {
    let (Some(number), Some(verb)) = (number_of(&site.service, &id), Verb::named(&act.what)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match operate(&site, &member, verb, vec![number]).await {
        Ok(count) => Redirect::to(&format!("/login/queue/{id}?done={}&count={count}", act.what)).into_response(),
        Err(response) => response,
    }
}
