//! Decides the fate of each recipient from the verdicts of an attempt, without I/O.

mod offer;
mod report;

use model::catalogue::{KnownReply, Peer};
use model::health::FoundFault;
use model::hold::HoldCause;
use model::message::{Class, Fate};
use model::retry::Failing;
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;
use model::verdict::{RelayRuling, Ruling, Verdict, VerdictInput, judge};
use smtp::client::{Ending, RecipientReply};
use smtp::client::{Transaction, Unfit};
use smtp::reply::ReplyClass;
use store::{Next, Work};

pub(crate) use offer::offer;
pub(crate) use report::session_fault;
pub use report::{AttemptReport, RecipientReport, StageView};

/// The outcome to write, and the recipients that go on at once.
#[derive(Debug)]
pub struct Decision {
    pub fates: Vec<(u16, Fate, String)>,
    pub next: Next,
    pub failed: bool,
    pub uncounted: bool,
    pub may_arrive_twice: bool,
    /// Recipients that go on now, by another relay or in another transaction.
    pub again: Vec<(u16, String)>,
    pub relay: Option<RelayRuling>,
    /// Set if the relay does not let this sender send.
    pub sender_refused: Option<FoundFault>,
    /// Number of recipients in `again` for whom this relay cannot take the message.
    pub unfit: usize,
    /// Most recipients of the next transactions, if the relay takes only a part of them at once.
    pub recipients_max: Option<usize>,
    pub rulings: Vec<Ruling>,
}

/// The relays that are left for a message besides the one that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherRelays {
    None,
    /// Some are left, and all of them are held.
    Held,
    Open,
}

/// The input of a decision besides the transaction.
pub struct Case<'a> {
    pub work: &'a Work,
    /// Recipients in the order of the transaction.
    pub recipients: &'a [(u16, String)],
    pub settings: &'a EmailSettings,
    pub relay: &'a RelaySettings,
    /// The relays of the route that are left for this message besides this one.
    pub others: OtherRelays,
    /// Time when an earlier part of this flight is due again.
    pub deferred: Option<Timestamp>,
    pub now: Timestamp,
    pub chance: u8,
}

/// Decides the fates of a transaction's recipients, the next attempt, and the blame of relay and sender.
pub fn decide(transaction: &Transaction, case: &Case<'_>) -> Decision {
    let context = VerdictInput {
        peer: Peer::of_host(&case.relay.host.ascii()),
        contacts: &case.settings.contacts,
        // A message that has waited for its sender waits again: its program was told that it would go.
        by_application: case.work.class == Class::Submitted && case.work.app.is_some() && case.work.held.is_zero(),
        has_other_relay: case.others != OtherRelays::None,
    };
    let (rulings, relay) = judge(transaction, context);
    let failures = case.work.failures + 1;
    let mut d = Decision {
        fates: Vec::new(),
        next: Next::Due(case.now),
        failed: false,
        uncounted: true,
        may_arrive_twice: false,
        again: Vec::new(),
        relay,
        sender_refused: None,
        unfit: 0,
        recipients_max: None,
        rulings,
    };
    let rulings = std::mem::take(&mut d.rulings);
    let half = (accepted(transaction) / 2).max(1);
    for (recipient, (ruling, told)) in case.recipients.iter().zip(rulings.iter().zip(&transaction.recipients)) {
        d.decide_recipient(recipient, ruling, (unfit_words(told, transaction), half), case);
    }
    d.rulings = rulings;
    let step = case.now + case.settings.queue.retry.wait(failures, case.chance);
    d.next =
        Next::Due(if d.failed { case.deferred.map_or(step, |due| due.min(step)) } else { case.deferred.unwrap_or(case.now) });
    d
}

impl Decision {
    /// `unfit`: our own words, for a refusal without words of the relay. `half`: half of the accepted recipients.
    fn decide_recipient(&mut self, (k, address): &(u16, String), ruling: &Ruling, (unfit, half): (&str, usize), case: &Case<'_>) {
        let k = *k;
        let said = ruling.said.as_ref().map(ToString::to_string);
        match ruling.verdict {
            Verdict::Accepted => {
                self.uncounted = false;
                self.fates.push((k, Fate::Accepted, said.unwrap_or_default()));
            }
            Verdict::Refuse => {
                self.uncounted = false;
                let words = said.unwrap_or_else(|| unfit.to_owned());
                self.fates.push((k, Fate::Refused, words));
            }
            Verdict::Defer | Verdict::Unknown => {
                (self.failed, self.uncounted) = (true, false);
                self.may_arrive_twice |= ruling.verdict == Verdict::Unknown;
                let unknown = "the connection was lost before the relay answered; the message may have arrived all the same";
                let words = said.unwrap_or_else(|| unknown.to_owned());
                let fate = if gives_up(case) { Fate::Refused } else { Fate::Waiting };
                self.fates.push((k, fate, words));
            }
            Verdict::AgainAtOnce | Verdict::RelayFault => self.again.push((k, address.clone())),
            Verdict::AgainInParts => {
                self.recipients_max = Some(half);
                self.again.push((k, address.clone()));
            }
            Verdict::HoldSender => {
                self.again.push((k, address.clone()));
                let words = said.unwrap_or_else(|| "the sender's address needs SMTPUTF8".to_owned());
                let advice = ruling.known.map(KnownReply::key);
                self.sender_refused = Some(FoundFault { cause: HoldCause::Sender, words, advice });
            }
            Verdict::Unfit => self.decide_unfit((k, address), said.unwrap_or_else(|| unfit.to_owned()), case),
        }
    }

    /// This relay cannot take the message for a recipient. Another one may, now or when it works again; else that is final.
    fn decide_unfit(&mut self, (k, address): (u16, &String), words: String, case: &Case<'_>) {
        match case.others {
            OtherRelays::Open => {
                self.unfit += 1;
                self.again.push((k, address.clone()));
            }
            // Counted: the next attempt asks this relay again, so the message must not go to and fro without end.
            OtherRelays::Held if !gives_up(case) => {
                (self.failed, self.uncounted) = (true, false);
                self.fates.push((k, Fate::Waiting, words));
            }
            OtherRelays::Held | OtherRelays::None => {
                self.uncounted = false;
                self.fates.push((k, Fate::Refused, words));
            }
        }
    }

    /// True if all recipients that go on need another relay. As long as one does not, the relay is asked again.
    pub fn needs_other_relay(&self) -> bool {
        self.unfit > 0 && self.unfit == self.again.len()
    }

    pub fn sender_cause(&self) -> Option<(HoldCause, &str)> {
        self.sender_refused.as_ref().map(|fault| (fault.cause, fault.words.as_str()))
    }

    /// True if the relay accepted every recipient. Such an attempt needs no report.
    pub fn is_plain_success(&self) -> bool {
        self.rulings.iter().all(|ruling| ruling.verdict == Verdict::Accepted)
    }
}

/// The number of recipients that the relay accepted.
fn accepted(transaction: &Transaction) -> usize {
    let is_good = |told: &&RecipientReply| matches!(told, RecipientReply::Said(reply) if reply.class() == ReplyClass::Good);
    transaction.recipients.iter().filter(is_good).count()
}

fn gives_up(case: &Case<'_>) -> bool {
    let since = case.work.failing_since.unwrap_or(case.now);
    let failing = Failing { age: case.now.since(since), held: case.work.held, failures: case.work.failures + 1 };
    case.settings.queue.retry.gives_up(failing, case.settings.queue.give_up_after)
}

/// Our own words for a refusal, with the enhanced status code (RFC 3463).
fn unfit_words(told: &RecipientReply, transaction: &Transaction) -> &'static str {
    match (told, &transaction.ending) {
        (RecipientReply::Unfit(_), _) => "5.6.7 the address needs SMTPUTF8, the relay does not offer it",
        (_, Ending::Unfit(Unfit::EightBit)) => {
            "5.6.3 the message has 8-bit text that cannot be encoded, the relay has no 8BITMIME"
        }
        (_, Ending::Unfit(Unfit::Utf8Header)) => "5.6.9 the header has letters that cannot be encoded, the relay has no SMTPUTF8",
        (_, Ending::Unfit(Unfit::TooLarge { .. })) => "5.3.4 the message is larger than the relay takes",
        (_, Ending::SenderUnfit) => "5.6.7 the sender's address needs SMTPUTF8, the relay does not offer it",
        _ => "5.0.0 refused",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::id::MessageNumber;
    use model::settings::{Draft, ensure_ids, parse};
    use smtp::Reply;
    use smtp::client::{Ending, Envelope, RecipientReply};

    use super::*;

    /// A program's message is refused with its sender, unless it has waited for that sender before, or another relay may take it.
    #[test]
    fn message_that_waited_for_its_sender_waits_again() {
        let text = r#"{"email":{"from":"a@x.example","relay":{"host":"r.example"},"contacts":{"admin":["b@x.example"]}}}"#;
        let mut draft: Draft = serde_json::from_str(text).expect("legal");
        ensure_ids(&mut draft, None);
        let settings = parse(&draft, &|_| None).expect("valid");
        let envelope = Envelope {
            ticket: 1,
            sender: "a@x.example".parse().ok(),
            recipients: vec!["c@y.example".parse().expect("an address")],
            eight_bit: false,
            utf8_header: false,
            recipients_max: 1,
            size: 10,
            rehearses: false,
        };
        let transaction = Transaction {
            envelope,
            sender: Some(Reply::new(550, "5.7.60 not allowed to send as this sender")),
            recipients: vec![RecipientReply::Nothing],
            data: None,
            end: None,
            body_sent: false,
            ending: Ending::Answered,
        };
        for (class, app, held, others, waits) in [
            (Class::Submitted, Some("program"), Duration::ZERO, OtherRelays::None, false),
            (Class::Submitted, Some("program"), Duration::from_millis(1), OtherRelays::None, true),
            (Class::Submitted, Some("program"), Duration::ZERO, OtherRelays::Open, true),
            (Class::Submitted, Some("program"), Duration::ZERO, OtherRelays::Held, true),
            (Class::Notice, None, Duration::ZERO, OtherRelays::None, true),
        ] {
            let work = Work {
                number: MessageNumber(1),
                class,
                app: app.map(str::to_owned),
                sender: Some("<a@x.example>".into()),
                recipients: vec![(0, "<c@y.example>".into())],
                size: 10,
                eight_bit: false,
                composed: false,
                may_arrive_twice: false,
                accepted: Timestamp::EPOCH,
                failures: 0,
                failing_since: None,
                held,
                avoid: None,
                body: store::Body::from([]),
            };
            let case = Case {
                work: &work,
                recipients: &work.recipients,
                settings: &settings,
                relay: &settings.route[0],
                others,
                deferred: None,
                now: Timestamp::EPOCH,
                chance: 0,
            };
            let decision = decide(&transaction, &case);
            assert_eq!(decision.sender_refused.is_some(), waits, "{class:?} {held:?}");
            assert_eq!(decision.fates.iter().any(|(_, fate, _)| *fate == Fate::Refused), !waits, "{class:?} {held:?}");
        }
    }
}
