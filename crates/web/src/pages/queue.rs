//! The page of the queue: a list of messages, filtered by state and address, and actions on one message or several. Pages go
//! by message number, so the last page costs as much as the first.

use std::sync::Arc;

use admin::words::summary;
use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mail::operate::OperateFault;
use model::account::Role;
use model::id::MessageNumber;
use model::message::Fate;
use model::time::Timestamp;
use serde::Deserialize;
use store::{ListFilter, MessageRow, MessageState, QueueAction};

use super::form::{pairs, value_of};
use super::frame::{Frame, failed, forbidden, page, sorry};
use super::pages_state::PagesState;
use super::visitor::Member;
use crate::api::message_view::id;
use crate::api::messages::number_of;
use crate::run_to_end::run_to_end;
use crate::waiting::{next_attempt, waiting_briefly};

/// Most messages on one page.
const PAGE_ROWS: usize = 50;

/// Result of the action on the previous page, from the query string.
#[derive(Default, Deserialize)]
pub(super) struct ActionDone {
    #[serde(default)]
    done: String,
    count: Option<usize>,
    /// IDs, separated by commas.
    #[serde(default)]
    ids: String,
}

impl ActionDone {
    /// Builds the query string by which the next page shows this action.
    pub(super) fn query(verb: QueueAction, count: usize, ids: &[String]) -> String {
        format!("done={}&count={count}&ids={}", verb.name(), ids.join(","))
    }

    /// The sentence that tells the result. `None` if there was no action.
    pub(super) fn sentence(&self, f: &Frame) -> Option<String> {
        let count = self.count?;
        Some(match QueueAction::named(&self.done) {
            Some(verb) => f.t1(&format!("done-{}", verb.name()), "count", count),
            None => f.t("nothing-ticked"),
        })
    }

    /// True if the action changed nothing, because no message was ticked.
    pub(super) fn is_nothing(&self) -> bool {
        QueueAction::named(&self.done).is_none()
    }

    /// Returns the verb that undoes the action, and its messages.
    pub(super) fn undo(&self) -> Option<(&'static str, Vec<&str>)> {
        let undo = match QueueAction::named(&self.done)? {
            QueueAction::Hold => QueueAction::Release,
            QueueAction::Release => QueueAction::Hold,
            // A sent message cannot be recalled. A cancellation was confirmed before.
            QueueAction::Retry | QueueAction::Cancel => return None,
        };
        let ids: Vec<&str> = self.ids.split(',').filter(|id| !id.is_empty()).take(PAGE_ROWS).collect();
        (self.count? > 0 && !ids.is_empty()).then(|| (undo.name(), ids))
    }
}

#[derive(Default, Deserialize)]
pub(super) struct QueueQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    to: String,
    before: Option<MessageNumber>,
}

struct QueueLine {
    id: String,
    state: &'static str,
    /// The fates of the recipients, if they differ.
    summary: Option<String>,
    /// Time of the next attempt. `None` if it is due now, or if none is planned.
    next: Option<Timestamp>,
    /// The reason of the wait.
    why: Option<String>,
    row: MessageRow,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    f: Frame,
    asked: QueueQuery,
    done: ActionDone,
    states: [MessageState; 8],
    lines: Vec<QueueLine>,
    older: Option<MessageNumber>,
    /// The search stopped before the end.
    unfinished: bool,
}

impl QueuePage {
    /// True if a link asks for a state that does not exist.
    fn is_state_unknown(&self) -> bool {
        !self.asked.state.is_empty() && MessageState::named(&self.asked.state).is_none()
    }
}

pub(super) async fn show(
    State(pages): State<PagesState>,
    member: Member,
    Query(asked): Query<QueueQuery>,
    Query(done): Query<ActionDone>,
) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let filter = ListFilter {
        state: MessageState::named(&asked.state),
        to: Some(asked.to.trim().to_owned()).filter(|to| !to.is_empty()),
        since: None,
        before: asked.before,
    };
    let found = match pages.service.store().messages(filter, PAGE_ROWS).await {
        Ok(found) => found,
        Err(fault) => return failed(member.language, &fault),
    };
    let (older, unfinished) = (found.next, found.unfinished);
    let lines = found
        .rows
        .into_iter()
        .map(|row| QueueLine {
            id: id(&pages.service, row.number),
            state: row.state.name(),
            summary: summary(member.language, row.fates, row.state.name(), row.fate_word(Fate::Refused)),
            next: next_attempt(&pages.service, &row),
            why: waiting_briefly(&pages.service, member.language, &row),
            row,
        })
        .collect();
    page(member.language, &QueuePage { f, asked, done, states: MessageState::ALL, lines, older, unfinished })
}

/// Confirmation page. A cancellation cannot be undone, so the user confirms it first.
#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmCancel {
    f: Frame,
    /// Path that receives the form, and to which the user returns.
    action: String,
    ids: Vec<String>,
}

/// An action on messages, from a form.
pub(super) struct MessageAction<'a> {
    /// The page to which the user returns.
    pub(super) path: &'a str,
    pub(super) form: &'a [(String, String)],
    pub(super) ids: Vec<String>,
}

/// Runs the form's action on its messages.
pub(super) async fn act_on(pages: &PagesState, member: &Member, action: MessageAction<'_>) -> Response {
    let MessageAction { path, form, ids } = action;
    if member.signed.actor().needs(Role::Operator).is_err() {
        return forbidden(member.language);
    }
    let Some(verb) = QueueAction::named(value_of(form, "do")) else {
        return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form");
    };
    let numbers: Vec<MessageNumber> = ids.iter().filter_map(|id| number_of(&pages.service, id)).collect();
    let back =
        |query: String| Redirect::to(&format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })).into_response();
    if numbers.is_empty() {
        return back("done=none&count=0".into());
    }
    if verb == QueueAction::Cancel && value_of(form, "sure").is_empty() {
        return match Frame::of(pages, member).await {
            Ok(f) => page(member.language, &ConfirmCancel { f, action: path.to_owned(), ids }),
            Err(response) => response,
        };
    }
    let (service, who) = (Arc::clone(&pages.service), member.signed.actor());
    match run_to_end(async move { service.mail().operate(verb, Some(numbers), &who).await }).await {
        Ok(count) => {
            pages.state_line.discard().await;
            back(ActionDone::query(verb, count, &ids))
        }
        Err(OperateFault::Forbidden(_)) => forbidden(member.language),
        Err(OperateFault::Store(fault)) => failed(member.language, &fault),
    }
}

/// Applies the action to the ticked messages.
pub(super) async fn act(
    State(pages): State<PagesState>,
    member: Member,
    Query(asked): Query<QueueQuery>,
    RawForm(body): RawForm,
) -> Response {
    let form = pairs(&body);
    let ids = form.iter().filter(|(key, _)| key == "id").map(|(_, id)| id.clone()).take(PAGE_ROWS).collect();
    let to: String = form_urlencoded::byte_serialize(asked.to.as_bytes()).collect();
    let state = MessageState::named(&asked.state).map_or("", MessageState::name);
    let path = format!("/login/queue?state={state}&to={to}");
    act_on(&pages, &member, MessageAction { path: &path, form: &form, ids }).await
}
