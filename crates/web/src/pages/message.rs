//! The page of a message: the reason for its wait, each recipient's history, each attempt's report.

use admin::clock::rfc3339;
use admin::settings::labels::with_labels;
use admin::words::say;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::Response;
use mail::delivery::AttemptReport;
use model::hold::RelayState;
use model::id::{IncidentId, MessageNumber};
use model::message::Class;
use store::{MessageState, MessageView, ReadFault, RecipientView};

use super::form::pairs;
use super::frame::{Frame, failed, page, sorry};
use super::incidents::said;
use super::pages_state::PagesState;
use super::queue::{ActionDone, MessageAction, act_on};
use super::visitor::Member;
use crate::api::messages::number_of;

/// Most recipients whose history is shown. The page counts the others of the message.
const LIVES_MAX: usize = 100;
/// Most incidents that are named. A digest may tell of thousands.
const TELLS_MAX: usize = 50;

struct ShownAttempt {
    at: String,
    report: AttemptReport,
    cause: Option<String>,
    remedy: Option<String>,
}

/// The result of an attempt for a recipient.
struct RecipientResult {
    at: String,
    class: &'static str,
    what: String,
    said: Option<String>,
}

struct MessageLife {
    address: String,
    fate: &'static str,
    reply: Option<String>,
    events: Vec<RecipientResult>,
}

/// The reason why the message still waits.
struct Wait {
    what: String,
    said: Option<String>,
    cause: Option<String>,
    remedy: Option<String>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageDetails {
    f: Frame,
    id: String,
    view: MessageView,
    lives: Vec<MessageLife>,
    more: usize,
    attempts: Vec<ShownAttempt>,
    wait: Option<Wait>,
    /// Incidents that this notice reports: number and subject.
    tells: Vec<(IncidentId, String)>,
    done: ActionDone,
}

impl MessageDetails {
    fn open(&self) -> bool {
        self.view.row.settled.is_none()
    }

    /// True for a notice of ours that was cancelled before it left.
    fn withdrawn(&self) -> bool {
        self.view.row.state == MessageState::Cancelled && self.view.row.class != Class::Submitted
    }
}

pub(super) async fn show(
    State(pages): State<PagesState>,
    member: Member,
    Path(id): Path<String>,
    Query(done): Query<ActionDone>,
) -> Response {
    let Some(number) = number_of(&pages.service, &id) else {
        return sorry(member.language, StatusCode::NOT_FOUND, "no-message");
    };
    let view = match pages.service.store().message(number).await {
        Ok(Some(view)) => view,
        Ok(None) => return sorry(member.language, StatusCode::NOT_FOUND, "no-message"),
        Err(fault) => return failed(member.language, &fault),
    };
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let attempt = |attempt: &store::AttemptView| {
        let report: AttemptReport = serde_json::from_str(&attempt.report).unwrap_or_default();
        let words =
            |phrase: Option<model::Phrase>| phrase.map(|phrase| with_labels(&say(member.language, &phrase), member.language));
        ShownAttempt {
            at: rfc3339(attempt.at),
            cause: words(report.cause_phrase()),
            remedy: words(report.remedy_phrase()),
            report,
        }
    };
    let attempts: Vec<ShownAttempt> = view.attempts.iter().rev().map(attempt).collect();
    let lives = view.recipients.iter().take(LIVES_MAX).map(|recipient| life(&f, recipient, &attempts)).collect();
    let more = view.recipients.len().saturating_sub(LIVES_MAX);
    let wait = wait(&pages, &f, &view, attempts.first());
    let tells = match tells(&pages, &f, number).await {
        Ok(tells) => tells,
        Err(fault) => return failed(member.language, &fault),
    };
    page(member.language, &MessageDetails { f, id, view, lives, more, attempts, wait, tells, done })
}

/// Returns the incidents that a notice of ours reports.
async fn tells(pages: &PagesState, f: &Frame, number: MessageNumber) -> Result<Vec<(IncidentId, String)>, ReadFault> {
    let mut tells = Vec::new();
    for notice in pages.service.store().notices_in(number).await?.into_iter().take(TELLS_MAX) {
        let incident = pages.service.events().incident(notice.notice.incident).await?;
        tells.extend(incident.map(|incident| (incident.id, said(f, &incident, "subject"))));
    }
    Ok(tells)
}

/// Returns the attempts that concern a recipient, oldest first, with its fate and final reply.
fn life(f: &Frame, recipient: &RecipientView, attempts: &[ShownAttempt]) -> MessageLife {
    let event = |attempt: &ShownAttempt| {
        let report = &attempt.report;
        let by = format!("{} ({})", report.relay, report.host);
        let Some(told) = report.recipients.iter().find(|told| told.address == recipient.address) else {
            // The session ended before this recipient was named.
            let said = report.fault.clone();
            return RecipientResult { at: attempt.at.clone(), class: "wait", what: f.t1("event-broken", "relay", by), said };
        };
        let (class, key) = match told.verdict.as_str() {
            "accepted" => ("ok", "event-accepted"),
            "refuse" | "unfit" => ("bad", "event-refused"),
            _ => ("wait", "event-deferred"),
        };
        let said = told.reply.clone().or_else(|| report.fault.clone());
        RecipientResult { at: attempt.at.clone(), class, what: f.t1(key, "relay", by), said }
    };
    let events: Vec<RecipientResult> = attempts.iter().rev().map(event).collect();
    MessageLife {
        address: recipient.address.clone(),
        fate: recipient.fate.name(),
        // Drop the reply if the last attempt already shows it.
        reply: recipient
            .reply
            .clone()
            .filter(|reply| !reply.is_empty() && events.last().and_then(|last| last.said.as_ref()) != Some(reply)),
        events,
    }
}

fn wait(pages: &PagesState, f: &Frame, view: &MessageView, last: Option<&ShownAttempt>) -> Option<Wait> {
    let of_last = |what: String| Wait {
        what,
        said: last.and_then(|last| last.report.fault.clone()),
        cause: last.and_then(|last| last.cause.clone()),
        remedy: last.and_then(|last| last.remedy.clone()),
    };
    match view.row.state {
        MessageState::Held => Some(Wait { what: f.t("wait-operator"), said: None, cause: None, remedy: None }),
        MessageState::SenderHeld => {
            let sender = view.row.sender.clone().unwrap_or_default();
            Some(of_last(f.t1("wait-sender", "sender", sender)))
        }
        MessageState::Waiting if pages.service.queue().all_held() => {
            let held = pages.service.queue().relays().into_iter().find_map(|(relay, state)| match state {
                RelayState::Held(hold) => Some((relay, hold)),
                RelayState::Open => None,
            });
            let (relay, hold) = held?;
            let what = f.t1("wait-relay", "relay", format!("{} ({}:{})", relay.name, relay.host, relay.port));
            let next = f.t1("wait-next", "time", f.clock(&rfc3339(hold.next_probe)));
            let state = f.t(&format!("relay-{}", hold.cause.name()));
            let remedy = f.t(&format!("hold-remedy-{}", hold.cause.name()));
            Some(Wait { what, said: Some(hold.fault), cause: Some(format!("{state}. {next}")), remedy: Some(remedy) })
        }
        MessageState::Waiting if view.row.attempts > 0 => {
            Some(of_last(f.t1("wait-next", "time", f.clock(&rfc3339(view.row.due)))))
        }
        _ => None,
    }
}

pub(super) async fn act(
    State(pages): State<PagesState>,
    member: Member,
    Path(id): Path<String>,
    RawForm(body): RawForm,
) -> Response {
    let (path, form) = (format!("/login/queue/{id}"), pairs(&body));
    act_on(&pages, &member, MessageAction { path: &path, form: &form, ids: vec![id] }).await
}
