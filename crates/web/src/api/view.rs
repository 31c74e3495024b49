//! JSON views of messages and attempts for the API.

use admin::clock::rfc3339;
use admin::words::say;
use mail::delivery::{AttemptReport, StageView};
use model::Language;
use model::id::{MessageId, MessageNumber};
use node::Service;
use serde::Serialize;
use store::{AttemptView, MessageRow, MessageView};

#[derive(Serialize)]
pub(crate) struct Row {
    id: String,
    state: &'static str,
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    from: String,
    to: String,
    recipients: u32,
    subject: String,
    message_id: String,
    size: u64,
    accepted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<String>,
    /// Time of the next attempt (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<String>,
    may_arrive_twice: bool,
    /// True for a test message.
    test: bool,
}

impl Row {
    pub(crate) fn new(service: &Service, row: &MessageRow) -> Self {
        let waiting = row.state == store::MessageState::Waiting;
        Self {
            id: id(service, row.number),
            state: row.state.name(),
            class: row.class.name(),
            app: row.app.clone(),
            from: row.sender.clone().unwrap_or_default(),
            to: row.first_recipient.clone(),
            recipients: row.recipients,
            subject: row.subject.clone(),
            message_id: row.message_id.clone(),
            size: row.size,
            accepted: rfc3339(row.accepted),
            settled: row.settled.map(rfc3339),
            due: waiting.then(|| rfc3339(row.due)),
            attempts: row.attempts,
            relay: row.relay.and_then(|id| relay_name(service, id)),
            may_arrive_twice: row.may_arrive_twice,
            test: row.test,
        }
    }
}

fn relay_name(service: &Service, id: u32) -> Option<String> {
    service.queue().relays().into_iter().find(|(relay, _)| relay.id.0 == id).map(|(relay, _)| relay.name)
}

pub(crate) fn id(service: &Service, number: i64) -> String {
    MessageId { origin: service.store().origin(), number: MessageNumber(number) }.to_string()
}

#[derive(Serialize)]
pub(crate) struct Recipient {
    address: String,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Attempt {
    at: String,
    #[serde(flatten)]
    report: Report,
}

/// A report with its sentences for people.
#[derive(Serialize)]
pub(crate) struct Report {
    relay: String,
    host: String,
    stages: Vec<StageView>,
    recipients: Vec<mail::delivery::RecipientReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<admin::certificate::CertificateView>,
    transcript: String,
}

impl Report {
    pub(crate) fn new(language: Language, report: &AttemptReport) -> Self {
        Self {
            relay: report.relay.clone(),
            host: report.host.clone(),
            stages: report.stages.clone(),
            recipients: report.recipients.clone(),
            fault: report.fault.clone(),
            cause: report.cause_phrase().map(|phrase| say(language, &phrase)),
            remedy: report.remedy_phrase().map(|phrase| say(language, &phrase)),
            certificate: report.certificate.clone(),
            transcript: report.transcript.clone(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Message {
    #[serde(flatten)]
    row: Row,
    all_recipients: Vec<Recipient>,
    reports: Vec<Attempt>,
}

impl Message {
    pub(crate) fn new(service: &Service, language: Language, view: &MessageView) -> Self {
        let recipient = |r: &store::RecipientView| Recipient {
            address: r.address.clone(),
            fate: r.fate.name(),
            reply: r.reply.clone().filter(|reply| !reply.is_empty()),
        };
        let attempt = |a: &AttemptView| {
            // A report of an older version may lack fields that this version knows. Show the fields it has.
            let report: AttemptReport = serde_json::from_str(&a.report).unwrap_or_default();
            Attempt { at: rfc3339(a.at), report: Report::new(language, &report) }
        };
        Self {
            row: Row::new(service, &view.row),
            all_recipients: view.recipients.iter().map(recipient).collect(),
            reports: view.attempts.iter().map(attempt).collect(),
        }
    }
}
