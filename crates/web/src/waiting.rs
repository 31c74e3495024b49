//! The reason why a message waits, in words: the same for pages, API and command line.

use std::collections::HashMap;

use admin::settings::labels::fallback_note;
use admin::settings::labels::with_labels;
use admin::words::reason;
use admin::words::{knows, say};
use alerts::status::{TokenKind, hold_remedy};
use mail::delivery::{AttemptReport, RecipientReport};
use model::hold::{Hold, HoldCause, RelayState};
use model::message::Fate;
use model::settings::RelaySettings;
use model::time::Timestamp;
use model::{Address, Language, Phrase, Retrying};
use node::Service;
use store::{MessageRow, MessageState, MessageView, RecipientView};

/// The reason why a message has recipients without a final fate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WaitingReason {
    pub(crate) what: String,
    /// The words of the relay, or of the fault.
    pub(crate) said: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) remedy: Option<String>,
    /// Time of the next attempt, or of the next probe of the relay. `None` if none is planned, or if it is due now.
    pub(crate) next: Option<Timestamp>,
}

/// The reason in full. `None` for a settled message.
pub(crate) fn waiting(service: &Service, language: Language, view: &MessageView) -> Option<WaitingReason> {
    let text = |phrase: Phrase| with_labels(&say(language, &phrase), language);
    let plain = |phrase: Phrase| WaitingReason { what: text(phrase), said: None, cause: None, remedy: None, next: None };
    let row = &view.row;
    if row.test && row.settled.is_none() {
        return Some(plain(Phrase::new("page-wait-test")));
    }
    match row.state {
        MessageState::Held => Some(plain(Phrase::new("page-wait-operator"))),
        MessageState::SenderHeld => {
            let sender = row.sender.clone().unwrap_or_default();
            let because = plain(Phrase::new("page-wait-sender").with("sender", &sender));
            Some(held_sender(service, &sender, because, language))
        }
        MessageState::Waiting if service.queue().known_relays().is_empty() => Some(plain(Phrase::new("page-wait-settings"))),
        MessageState::Waiting if is_checking(service) => Some(plain(Phrase::new("page-wait-checking"))),
        MessageState::Waiting if is_refused_sender(service, row) => {
            let sender = row.sender.clone().unwrap_or_default();
            let is_lone = service.queue().known_relays().len() == 1;
            let key = if is_lone { "page-wait-sender" } else { "page-wait-sender-or-relay" };
            Some(held_sender(service, &sender, plain(Phrase::new(key).with("sender", &sender)), language))
        }
        MessageState::Waiting => Some(match held_relay(service) {
            None if service.queue().is_in_memory(row.number) => plain(Phrase::new("page-wait-sending")),
            Some((relay, hold)) => {
                let place = format!("{} ({}:{})", relay.name, relay.host, relay.port);
                let cause = format!("relay-{}", hold.cause.name());
                let remedy = hold_remedy(hold.cause, TokenKind::of(&relay.auth));
                let advised = |part: &str| advice(language, part, (hold.advice.as_deref(), Some(&hold.fault)));
                let key = if service.queue().known_relays().len() > 1 { "page-wait-relays" } else { "page-wait-relay" };
                WaitingReason {
                    said: Some(reason(language, &hold.fault)),
                    cause: advised("cause").or_else(|| Some(text(Phrase::new(format!("page-{cause}"))))),
                    remedy: fallback_note(language, service.settings().current().settings().as_deref(), &relay.name)
                        .or_else(|| advised("remedy"))
                        .or_else(|| Some(text(Phrase::new(format!("page-hold-remedy-{remedy}"))))),
                    next: next_probe(service, &relay, &hold),
                    ..plain(Phrase::new(key).with("relay", place))
                }
            }
            None if row.failures == 0 => plain(Phrase::new("page-wait-turn")),
            None => {
                let is_part = row.fates.accepted + row.fates.refused > 0;
                let because = plain(Phrase::new(if is_part { "page-wait-deferred-some" } else { "page-wait-deferred" }));
                WaitingReason { next: ahead(service, row.due), ..explained(because, service, view, language) }
            }
        }),
        MessageState::Accepted
        | MessageState::PartlyAccepted
        | MessageState::Refused
        | MessageState::NotAccepted
        | MessageState::Cancelled => None,
    }
}

/// The cause or the remedy (`part`) of a fault, by the key that its hold keeps. `None` for an unknown key: a newer version may have
/// stored it.
pub(crate) fn advice(language: Language, part: &str, (key, detail): (Option<&str>, Option<&str>)) -> Option<String> {
    let key = format!("{}.{part}", key?);
    let phrase = Phrase::new(key.clone()).with("detail", detail.unwrap_or_default()).retrying(Retrying::Planned);
    knows(language, &key).then(|| with_labels(&say(language, &phrase), language))
}

/// A message without a settled time goes on, unless it is a test.
pub(crate) fn retrying(row: &MessageRow) -> Retrying {
    if row.settled.is_some() || row.test { Retrying::Over } else { Retrying::Planned }
}

/// The reason in a few words, for a list: those of the relay. `None` if the state says all.
pub(crate) fn waiting_briefly(service: &Service, language: Language, row: &MessageRow) -> Option<String> {
    match row.state {
        MessageState::Waiting if row.test || is_checking(service) => None,
        MessageState::Waiting if is_refused_sender(service, row) => sender_reply(service, language, row),
        MessageState::Waiting => match held_relay(service) {
            Some((relay, hold)) => Some(format!("{}: {}", relay.name, reason(language, &hold.fault))),
            None => row.waiting_reply.as_deref().map(|reply| reason(language, reply)),
        },
        MessageState::SenderHeld => sender_reply(service, language, row),
        MessageState::Held
        | MessageState::Accepted
        | MessageState::PartlyAccepted
        | MessageState::Refused
        | MessageState::NotAccepted
        | MessageState::Cancelled => None,
    }
}

/// The words with which a relay refused the sender of a message, though another message met them.
fn sender_reply(service: &Service, language: Language, row: &MessageRow) -> Option<String> {
    let held = sender_hold(service, row.sender.as_deref()?).map(|hold| hold.fault);
    held.or_else(|| row.waiting_reply.clone()).map(|reply| reason(language, &reply))
}

/// The hold of a sender that is tried next.
fn sender_hold(service: &Service, sender: &str) -> Option<Hold> {
    let held = service.queue().refused_senders().into_iter().filter(|(_, refused, _)| refused == sender);
    held.map(|(_, _, hold)| hold).min_by_key(|hold| hold.next_probe)
}

/// Adds what the relay said of a refused sender, and when it is asked again.
fn held_sender(service: &Service, sender: &str, because: WaitingReason, language: Language) -> WaitingReason {
    let Some(hold) = sender_hold(service, sender) else { return because };
    let advised = |part: &str| advice(language, part, (hold.advice.as_deref(), Some(&hold.fault)));
    let current = service.settings().current().settings();
    let is_site = current.is_some_and(|settings| settings.bounce.to_string() == sender);
    // The message keeps its sender: another From address would not change a refusal of it.
    let own = || with_labels(&say(language, &Phrase::new("page-remedy-own-sender").with("sender", sender)), language);
    WaitingReason {
        said: Some(reason(language, &hold.fault)),
        cause: advised("cause"),
        remedy: if is_site { advised("remedy") } else { Some(own()) },
        next: ahead(service, hold.next_probe),
        ..because
    }
}

/// Time of the next attempt. `None` if none is planned, or if it is due now. While all relays are held it is that of the next
/// probe.
pub(crate) fn next_attempt(service: &Service, row: &MessageRow) -> Option<Timestamp> {
    if row.state != MessageState::Waiting {
        return None;
    }
    match held_relay(service) {
        Some((relay, hold)) => next_probe(service, &relay, &hold),
        // Its time on disk is the end of a lease.
        None if service.queue().is_in_memory(row.number) => None,
        None => ahead(service, row.due),
    }
}

/// True if relays that work refuse the sender of the message, and no other works. It waits for one of the held ones, but what keeps
/// it is its sender.
fn is_refused_sender(service: &Service, row: &MessageRow) -> bool {
    let Some(sender) = &row.sender else { return false };
    let open = service.queue().known_relays().into_iter().filter(|relay| relay.state == RelayState::Open);
    let mut refuses = open.map(|relay| service.queue().held_senders(relay.settings.id).contains(sender)).peekable();
    refuses.peek().is_some() && refuses.all(|refuses| refuses)
}

/// Time of the next probe of a held relay. Without a usable token it waits for the next request of one.
fn next_probe(service: &Service, relay: &RelaySettings, hold: &Hold) -> Option<Timestamp> {
    match hold.cause {
        HoldCause::Grant => service.oauth().status(Some(&relay.name)).ok()?.next.and_then(|next| ahead(service, next)),
        _ => ahead(service, hold.next_probe),
    }
}

fn ahead(service: &Service, at: Timestamp) -> Option<Timestamp> {
    (at > service.clock().now()).then_some(at)
}

/// True if no relay can be used as far as is known, and a probe of changed settings is under way.
fn is_checking(service: &Service) -> bool {
    held_relay(service).is_some() && service.queue().known_relays().iter().any(|relay| relay.is_outdated)
}

/// The relay that is probed next, if no relay can be used now.
fn held_relay(service: &Service) -> Option<(RelaySettings, Hold)> {
    let held = service.queue().known_relays().into_iter().map(|relay| match relay.state {
        RelayState::Held(hold) => Some((relay.settings, hold)),
        RelayState::Open => None,
    });
    let held: Option<Vec<_>> = held.collect();
    held?.into_iter().min_by_key(|(_, hold)| hold.next_probe)
}

/// The newest report for each recipient, with the attempt that it belongs to.
pub(crate) struct LastTold<'a>(HashMap<String, (&'a AttemptReport, &'a RecipientReport)>);

impl<'a> LastTold<'a> {
    /// `reports`: the newest first.
    pub(crate) fn of(reports: impl IntoIterator<Item = &'a AttemptReport>) -> Self {
        let mut by_key = HashMap::new();
        for report in reports {
            for told in &report.recipients {
                by_key.entry(address_key(&told.address)).or_insert((report, told));
            }
        }
        Self(by_key)
    }

    /// Cause and remedy of a recipient's refusal, or of its deferral if several wait. Nothing for other fates.
    pub(crate) fn refusal(
        &self,
        (service, view): (&Service, &MessageView),
        recipient: &RecipientView,
        language: Language,
    ) -> (Option<String>, Option<String>) {
        // Of those who wait, each may have a reason of its own.
        let waiting = view.recipients.iter().filter(|recipient| recipient.fate == Fate::Waiting).count();
        let is_told = |told: &&(&AttemptReport, &RecipientReport)| match recipient.fate {
            Fate::Refused => true,
            Fate::Waiting => waiting > 1 && told.1.reply.is_some(),
            Fate::Accepted | Fate::Cancelled => false,
        };
        let found = self.0.get(&address_key(&recipient.address)).filter(is_told);
        let (cause, remedy) = found.map(|(report, told)| report.explanation(told)).unwrap_or_default();
        let remedy = found.and_then(|(_, told)| own_sender_remedy(service, view, told)).or(remedy);
        let text = |phrase: Phrase| with_labels(&say(language, &phrase), language);
        // A refusal is final for this recipient, whatever becomes of the others.
        let retrying = if recipient.fate == Fate::Waiting { Retrying::Planned } else { Retrying::Over };
        (cause.map(text), remedy.map(|phrase| text(phrase.retrying(retrying))))
    }
}

/// The same for two spellings of one address.
fn address_key(address: &str) -> String {
    address.parse::<Address>().map_or_else(|_| address.to_owned(), |address| address.key())
}

/// The name of the stage of MAIL in a report.
const SENDER_STAGE: &str = "sender";

/// The remedy for a message whose refused sender is not the present From address. Another From address would not change it.
pub(crate) fn own_sender_remedy(service: &Service, view: &MessageView, told: &RecipientReport) -> Option<Phrase> {
    let is_about_sender = told.verdict == "holdsender" || told.is_kept() || told.stage == SENDER_STAGE;
    let sender = view.row.sender.as_deref().filter(|_| is_about_sender)?;
    let current = service.settings().current().settings();
    let is_site = current.is_some_and(|settings| settings.bounce.to_string() == sender);
    (!is_site).then(|| Phrase::new("page-remedy-own-sender").with("sender", sender))
}

/// Adds what the newest attempt said about a recipient who still waits. What it said about others is no reason.
fn explained(because: WaitingReason, service: &Service, view: &MessageView, language: Language) -> WaitingReason {
    let text = |phrase: Phrase| with_labels(&say(language, &phrase), language);
    let waits: Vec<&str> = view
        .recipients
        .iter()
        .filter(|recipient| recipient.fate == Fate::Waiting)
        .map(|recipient| recipient.address.as_str())
        .collect();
    let told = view.attempts.iter().rev().find_map(|attempt| {
        let report: AttemptReport = serde_json::from_str(&attempt.report).ok()?;
        let told: RecipientReport = waits.iter().find_map(|address| report.of(address)).cloned()?;
        Some((report, told))
    });
    match told {
        Some((report, told)) => {
            let (cause, remedy) = report.explanation(&told);
            let remedy = own_sender_remedy(service, view, &told).or(remedy);
            let what = match told.verdict.as_str() {
                "unknown" => text(Phrase::new("page-wait-lost")),
                _ if told.is_kept() => text(Phrase::new("page-wait-kept")),
                _ => because.what,
            };
            let said = told.reply.or(report.fault).map(|said| reason(language, &said));
            WaitingReason { what, said, cause: cause.map(text), remedy: remedy.map(text), ..because }
        }
        None => WaitingReason { said: view.row.waiting_reply.clone(), ..because },
    }
}
