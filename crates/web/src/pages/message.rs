//! The page of a message: the reason for its wait, each recipient's history, each attempt's report.

use admin::clock::rfc3339;
use admin::settings::labels::with_labels;
use admin::words::reason;
use admin::words::{say, summary};
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::Response;
use mail::delivery::AttemptReport;
use model::Language;
use model::id::{IncidentId, MessageNumber};
use model::message::{Class, Fate};
use model::time::Timestamp;
use node::Service;
use store::{MessageRow, MessageState, MessageView, ReadFault, RecipientView};

use super::form::pairs;
use super::frame::{Frame, failed, page, sorry};
use super::incidents::said;
use super::pages_state::PagesState;
use super::queue::{ActionDone, MessageAction, act_on};
use super::visitor::Member;
use crate::api::message_view::relay_name;
use crate::api::messages::number_of;
use crate::waiting::{LastTold, WaitingReason, own_sender_remedy, retrying, waiting};

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
    fate_word: &'static str,
    reply: Option<String>,
    events: Vec<RecipientResult>,
    /// True if no attempt shows the final fate: it came with the end of the message.
    ends_with_message: bool,
    /// Cause and remedy of a refusal.
    cause: Option<String>,
    remedy: Option<String>,
}

impl MessageLife {
    /// The time of the final fate, unless an attempt shows it.
    fn settled(&self, message: Option<Timestamp>) -> Option<Timestamp> {
        message.filter(|_| self.ends_with_message)
    }

    fn with_refusal(
        self,
        told: &LastTold<'_>,
        message: (&Service, &MessageView),
        recipient: &RecipientView,
        language: Language,
    ) -> Self {
        let (cause, remedy) = told.refusal(message, recipient, language);
        Self { cause, remedy, ..self }
    }
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
    wait: Option<WaitingReason>,
    /// The fates of the recipients, if they differ.
    summary: Option<String>,
    /// The relay that accepted it last.
    relay: Option<String>,
    /// Incidents that this notice reports: number and subject.
    tells: Vec<(IncidentId, String)>,
    done: ActionDone,
}

impl MessageDetails {
    fn open(&self) -> bool {
        self.view.row.settled.is_none()
    }

    /// The number of attempts. Those after which only its relay or its sender was held do not count against the message.
    fn attempts_made(&self) -> usize {
        self.attempts.len().max(self.view.row.attempts as usize)
    }

    /// True if a settled message has reports, but not of each attempt.
    fn lacks_report(&self) -> bool {
        !self.open() && !self.attempts.is_empty() && self.view.row.attempts as usize > self.attempts.len()
    }

    fn is_cancelled(&self) -> bool {
        self.view.row.state == MessageState::Cancelled
    }

    /// True for a notice of ours that was cancelled before it left.
    fn withdrawn(&self) -> bool {
        self.is_cancelled() && self.view.row.class != Class::Submitted
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
    let retrying = retrying(&view.row);
    let attempt = |attempt: &store::AttemptView| {
        let report: AttemptReport = serde_json::from_str(&attempt.report).unwrap_or_default();
        let words =
            |phrase: Option<model::Phrase>| phrase.map(|phrase| with_labels(&say(member.language, &phrase), member.language));
        // The message keeps its sender: another From address would not change a refusal of it.
        let own = report.recipients.first().and_then(|told| own_sender_remedy(&pages.service, &view, told));
        let remedy = own.filter(|_| report.remedy_phrase().is_some()).or_else(|| report.remedy_phrase());
        ShownAttempt {
            at: rfc3339(attempt.at),
            cause: words(report.cause_phrase()),
            remedy: words(remedy.map(|phrase| phrase.retrying(retrying))),
            report,
        }
    };
    let attempts: Vec<ShownAttempt> = view.attempts.iter().rev().map(attempt).collect();
    let told = LastTold::of(attempts.iter().map(|attempt| &attempt.report));
    let lives = view
        .recipients
        .iter()
        .take(LIVES_MAX)
        .map(|recipient| {
            life(&f, &view.row, recipient, &attempts).with_refusal(&told, (&pages.service, &view), recipient, f.language)
        })
        .collect();
    let more = view.recipients.len().saturating_sub(LIVES_MAX);
    let wait = waiting(&pages.service, member.language, &view);
    let refused = view.row.fate_word(Fate::Refused);
    let summary = summary(member.language, view.row.fates, view.row.state.name(), refused);
    let tells = match tells(&pages, &f, number).await {
        Ok(tells) => tells,
        Err(fault) => return failed(member.language, &fault),
    };
    let relay = view.row.relay.and_then(|id| relay_name(&pages.service, id));
    page(member.language, &MessageDetails { f, id, view, lives, more, attempts, wait, summary, relay, tells, done })
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
fn life(f: &Frame, row: &MessageRow, recipient: &RecipientView, attempts: &[ShownAttempt]) -> MessageLife {
    let is_test = row.test;
    let event = |attempt: &ShownAttempt| {
        let report = &attempt.report;
        let by = format!("{} ({})", report.relay, report.host);
        let Some(told) = report.of(&recipient.address) else {
            // A session that ended before its first recipient concerns all. Another attempt was for other recipients.
            let event = RecipientResult {
                at: attempt.at.clone(),
                class: "wait",
                what: f.t1("event-broken", "relay", by),
                said: report.fault.as_deref().map(|fault| reason(f.language, fault)),
            };
            return report.recipients.is_empty().then_some(event);
        };
        let (class, key) = match told.verdict.as_str() {
            "accepted" => ("ok", "event-accepted"),
            "unfit" => ("bad", "event-unfit"),
            "refuse" => ("bad", "event-refused"),
            // It was kept for a transaction of its own.
            "againatonce" if told.reply.is_none() => return None,
            "againatonce" | "againinparts" => ("wait", "event-divided"),
            // A test is not tried again.
            _ if is_test => ("bad", "event-not-accepted"),
            _ if told.is_kept() => ("wait", "event-kept"),
            "unknown" => ("wait", "event-lost"),
            _ => ("wait", "event-deferred"),
        };
        let said = told.reply.as_deref().or(report.fault.as_deref()).map(|said| reason(f.language, said));
        Some(RecipientResult { at: attempt.at.clone(), class, what: f.t1(key, "relay", by), said })
    };
    let events: Vec<RecipientResult> = attempts.iter().rev().filter_map(event).collect();
    let is_final = |attempt: &ShownAttempt| {
        let verdict = attempt.report.of(&recipient.address).map(|told| told.verdict.as_str());
        match recipient.fate {
            Fate::Accepted => verdict == Some("accepted"),
            Fate::Refused => matches!(verdict, Some("refuse" | "unfit")),
            Fate::Waiting | Fate::Cancelled => false,
        }
    };
    MessageLife {
        ends_with_message: !attempts.iter().any(is_final),
        cause: None,
        remedy: None,
        address: recipient.address.clone(),
        fate: recipient.fate.name(),
        fate_word: row.fate_word(recipient.fate),
        // Drop the reply if the last attempt already shows it.
        reply: recipient
            .reply
            .clone()
            .filter(|reply| !reply.is_empty())
            .map(|reply| reason(f.language, &reply))
            .filter(|reply| events.last().and_then(|last| last.said.as_ref()) != Some(reply)),
        events,
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
