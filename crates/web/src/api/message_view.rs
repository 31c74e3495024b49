//! Messages and their attempts, as the API shows them.

use admin::clock::rfc3339;
use api::messages::{AttemptEntry, FateTotals, MessageEntry, MessageWithAttempts, RecipientFate, WaitReason};
use mail::delivery::AttemptReport;
use model::Language;
use model::id::{MessageNumber, RelayId};
use model::message::FateCounts;
use node::Service;
use store::{AttemptView, MessageRow, MessageView, RecipientView};

use super::report::report;
use crate::waiting::{LastTold, WaitingReason, next_attempt, retrying, waiting, waiting_briefly};

/// Returns a message in the list.
pub(super) fn entry(service: &Service, language: Language, row: &MessageRow) -> MessageEntry {
    let FateCounts { accepted, refused, waiting, cancelled } = row.fates;
    MessageEntry {
        id: id(service, row.number),
        state: row.state.name().into(),
        class: row.class.name().into(),
        app: row.app.clone(),
        from: row.sender.clone().unwrap_or_default(),
        to: row.first_recipient.clone(),
        recipients: row.fates.total(),
        fates: FateTotals { accepted, refused, waiting, cancelled },
        subject: row.subject.clone(),
        message_id: row.message_id.clone(),
        size: row.size,
        accepted: rfc3339(row.accepted),
        settled: row.settled.map(rfc3339),
        due: next_attempt(service, row).map(rfc3339),
        reason: waiting_briefly(service, language, row),
        attempts: row.attempts,
        relay: row.relay.and_then(|id| relay_name(service, id)),
        may_arrive_twice: row.may_arrive_twice,
        test: row.test,
    }
}

/// The name of a relay of the route.
pub(crate) fn relay_name(service: &Service, id: RelayId) -> Option<String> {
    service.queue().relays().into_iter().find(|(relay, _)| relay.id == id).map(|(relay, _)| relay.name)
}

pub(crate) fn id(service: &Service, number: MessageNumber) -> String {
    service.store().message_id(number).to_string()
}

fn recipient(told: &LastTold<'_>, message: (&Service, &MessageView), view: &RecipientView, language: Language) -> RecipientFate {
    let (cause, remedy) = told.refusal(message, view, language);
    RecipientFate {
        cause,
        remedy,
        address: view.address.clone(),
        fate: view.fate.name().into(),
        reply: view.reply.clone().filter(|reply| !reply.is_empty()),
    }
}

/// Returns a message with its recipients and attempts.
pub(super) fn details(service: &Service, language: Language, view: &MessageView) -> MessageWithAttempts {
    // A report of an older version may lack fields that this version knows. Show the fields it has.
    let stored = |attempt: &AttemptView| serde_json::from_str(&attempt.report).unwrap_or_default();
    let reports: Vec<AttemptReport> = view.attempts.iter().map(stored).collect();
    let told = LastTold::of(reports.iter().rev());
    let attempt = |(attempt, stored): (&AttemptView, &AttemptReport)| AttemptEntry {
        at: rfc3339(attempt.at),
        report: report(service, language, stored, retrying(&view.row)),
    };
    MessageWithAttempts {
        entry: entry(service, language, &view.row),
        all_recipients: view.recipients.iter().map(|found| recipient(&told, (service, view), found, language)).collect(),
        waiting: waiting(service, language, view).map(|WaitingReason { what, said, cause, remedy, .. }| WaitReason {
            what,
            reply: said,
            cause,
            remedy,
        }),
        reports: view.attempts.iter().zip(&reports).map(attempt).collect(),
    }
}
