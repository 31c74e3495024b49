//! The verdict table, the only one (in words: docs/verdicts.md). It decides the blame for a failure and the next step.
//!
//! Two principles. An unknown reply is temporary; a well-formed 5xx is final, but only for its scope. Only a fault blamed on
//! the relay counts against the relay: a wrong address never changes the route.

mod enhanced;

use smtp::client::{Ending, Fault, FaultKind, RecipientReply, Stage, Transaction};
use smtp::reply::ReplyClass;
use smtp::{Address, Reply};

use crate::catalogue::{KnownReply, Peer, ReplyKind, known};
use crate::hold::HoldCause;
use crate::phrase::Phrase;

pub use enhanced::Concern;

/// Outcome of an attempt for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The relay has taken the message. Final.
    Accepted,
    /// Try again at the next step of the schedule; counted.
    Defer,
    /// Try again at once in a new transaction; not counted (RFC 5321 §4.5.3.1.10).
    AgainAtOnce,
    /// Try again at once in transactions with half as many recipients; not counted (RFC 3463 §3.6, X.5.3). The reply was to the
    /// message as a whole, and is about the number of its recipients or about one of them.
    AgainInParts,
    /// The fault is the relay's: the recipient waits for the relay, or goes by the next one; not counted.
    RelayFault,
    /// The relay does not let this sender send: the recipient waits, or goes by the next relay; not counted.
    HoldSender,
    /// The relay may have the message or not. Try again at the next step, marked *may arrive twice*; counted.
    Unknown,
    /// This relay cannot take the message; another relay might. Final if there is no other.
    Unfit,
    /// Refused. Final.
    Refuse,
}

/// The party to blame, in the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    Nobody,
    Recipient,
    Message,
    Sender,
    Relay,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    pub verdict: Verdict,
    pub blame: Blame,
    pub stage: Stage,
    /// The reply that decided, if a reply did.
    pub said: Option<Reply>,
    pub known: Option<&'static KnownReply>,
}

/// Consequence of a session fault for the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRuling {
    pub cause: HoldCause,
    pub known: Option<&'static KnownReply>,
}

/// Input of the table besides the dialogue.
#[derive(Clone, Copy, Debug)]
pub struct VerdictInput<'a> {
    pub peer: Peer,
    /// The admin contacts: a policy reply never refuses them.
    pub contacts: &'a [Address],
    /// True for an application's mail: a refused sender refuses the message. Our own mail waits for a person.
    pub by_application: bool,
    /// True if another relay is left that may take the sender. Then a refused sender refuses no message.
    pub has_other_relay: bool,
}

/// Judges a session that ended early. Such a fault holds the relay until a probe succeeds; the cause sets the schedule of
/// probes. A shortage on this machine is the exception: it holds no relay.
pub fn judge_fault(fault: &Fault, peer: Peer) -> RelayRuling {
    let known = fault.reply().and_then(|reply| {
        let challenge = match &fault.kind {
            FaultKind::TokenRefused { challenge, .. } => Some(challenge.as_str()),
            _ => None,
        };
        known(peer, fault.stage, reply, challenge)
    });
    RelayRuling { cause: cause(fault, known), known }
}

fn cause(fault: &Fault, known: Option<&KnownReply>) -> HoldCause {
    match &fault.kind {
        FaultKind::Refused(reply) | FaultKind::TokenRefused { reply, .. } => {
            refused(reply, fault.stage, known.map(|known| known.kind))
        }
        FaultKind::Tls(fault) if fault.is_trust() => HoldCause::Tls,
        FaultKind::StartTlsMissing | FaultKind::BytesBehindStartTls | FaultKind::Tls(_) => HoldCause::Encryption,
                FaultKind::NoToken { passing: true, .. } => HoldCause::Provider,
        FaultKind::NoToken { passing: false, .. } => HoldCause::Grant,
        // The relay refused no password: it offers nothing that fits the authentication type.
        FaultKind::NoMechanism { .. } | FaultKind::OurOwnListener => HoldCause::Configuration,
        FaultKind::Lost(_)
        | FaultKind::TimedOut(_)
        | FaultKind::Unreadable(_)
        | FaultKind::OutOfTurn(_)
        | FaultKind::NotResolved(_)
        | FaultKind::NotConnected(_)
        | FaultKind::NoLocalAddress(_)
        | FaultKind::NoAddressOfFamily(_)
        // A shortage on this machine: delivery waits for its end and holds no relay for it.
        | FaultKind::NoResource(_) => HoldCause::Network,
    }
}

fn refused(reply: &Reply, stage: Stage, kind: Option<ReplyKind>) -> HoldCause {
    match (reply.code, stage, reply.class()) {
        _ if demands(reply) => HoldCause::Configuration,
        // A 503 says nothing about the password or TLS. The next connection may be in step.
        (503, _, _) => HoldCause::Network,
        _ if matches!(kind, Some(ReplyKind::Transient | ReplyKind::Limit)) => HoldCause::Network,
        (_, Stage::SignIn, ReplyClass::Permanent) => HoldCause::SignIn,
        (_, Stage::StartTls, ReplyClass::Permanent) => HoldCause::Encryption,
        _ if matches!(kind, Some(ReplyKind::Configuration | ReplyKind::Session)) => HoldCause::Configuration,
        _ => HoldCause::Network,
    }
}

/// Returns one ruling for each recipient of a transaction, in order, and the ruling on the relay, if there is one.
pub fn judge(transaction: &Transaction, context: VerdictInput<'_>) -> (Vec<Ruling>, Option<RelayRuling>) {
    let mut rulings: Vec<Ruling> = Vec::with_capacity(transaction.recipients.len());
    for k in 0..transaction.recipients.len() {
        rulings.push(recipient(transaction, k, context));
    }
    policy(transaction, &mut rulings, context);
    spare_contacts(transaction, &mut rulings, context);
    let relay = demand(&rulings).or_else(|| match &transaction.ending {
        Ending::Broken(fault) => Some(judge_fault(fault, context.peer)),
        Ending::Answered | Ending::Unfit(_) | Ending::SenderUnfit => None,
    });
    (rulings, relay)
}

/// Finds a demand for sign-in or TLS, at any stage, or a fault of our session. It concerns our settings for this relay.
fn demand(rulings: &[Ruling]) -> Option<RelayRuling> {
    let is_demand = |ruling: &&Ruling| {
        let of_session = |reply: &Reply| ruling.stage == Stage::Sender && concern(reply, ruling.known) == Concern::Session;
        let decides =
            |reply: &Reply| is_about_session(reply, ruling.known) || ruling.verdict == Verdict::RelayFault && of_session(reply);
        ruling.said.as_ref().is_some_and(decides)
    };
    let ruling = rulings.iter().find(is_demand)?;
    Some(RelayRuling { cause: HoldCause::Configuration, known: ruling.known })
}

/// True for 530 and 538 (RFC 4954 §6, RFC 3207 §4), and for the 503 with which older servers demand sign-in first.
fn demands(reply: &Reply) -> bool {
    match reply.code {
        530 | 538 => true,
        503 => known(Peer::Any, Stage::Sender, reply, None).is_some_and(|known| known.id == "signin-first"),
        _ => false,
    }
}

/// True if the relay demands something of our session, or does not take this machine or its name. The sender and the recipients
/// are not the reason.
fn is_about_session(reply: &Reply, known: Option<&KnownReply>) -> bool {
    demands(reply) || known.is_some_and(|known| known.kind == ReplyKind::Session)
}

/// True if the relay does not know the command, or not at this moment (RFC 5321 §4.2.2, §4.3.2). Relay and client are then
/// out of step in the dialogue. Such a reply says nothing about a recipient, a sender or a message. It is final only if its
/// words are known to concern the message.
fn is_out_of_step(reply: &Reply) -> bool {
    matches!(reply.code, 500 | 502 | 503)
}

fn ruling(verdict: Verdict, blame: Blame, stage: Stage) -> Ruling {
    Ruling { verdict, blame, stage, said: None, known: None }
}

/// Rules on one recipient. The first reply against the recipient decides, in the order of the dialogue.
fn recipient(t: &Transaction, k: usize, context: VerdictInput<'_>) -> Ruling {
    match (&t.ending, &t.recipients[k]) {
        (Ending::Unfit(_), _) => return ruling(Verdict::Unfit, Blame::Message, Stage::Sender),
        (Ending::SenderUnfit, _) => {
            // Another relay may take a program's message. Our own mail has one sender, so it waits for a person.
            let verdict = if context.by_application { Verdict::Unfit } else { Verdict::HoldSender };
            return ruling(verdict, Blame::Sender, Stage::Sender);
        }
        (_, RecipientReply::Unfit(_)) => return ruling(Verdict::Unfit, Blame::Recipient, Stage::Recipient),
        _ => {}
    }
    if let Some(reply) = t.sender.as_ref().filter(|reply| reply.class() != ReplyClass::Good) {
        return about_message(t, reply, Stage::Sender, context);
    }
    match &t.recipients[k] {
        RecipientReply::Said(reply) if reply.class() != ReplyClass::Good => return about_recipient(t, k, reply, context),
        RecipientReply::Apart => return ruling(Verdict::AgainAtOnce, Blame::Nobody, Stage::Recipient),
        RecipientReply::Said(_) | RecipientReply::Nothing | RecipientReply::Unfit(_) => {}
    }
    if let Some(reply) = &t.data {
        return about_message(t, reply, Stage::Data, context);
    }
    match (&t.end, &t.ending) {
        (Some(reply), _) if reply.class() == ReplyClass::Good => {
            Ruling { said: Some(reply.clone()), ..ruling(Verdict::Accepted, Blame::Nobody, Stage::FinalDot) }
        }
        (Some(reply), _) => about_message(t, reply, Stage::FinalDot, context),
        (None, Ending::Broken(fault)) if t.body_sent => {
            Ruling { said: fault.reply().cloned(), ..ruling(Verdict::Unknown, Blame::Relay, Stage::FinalDot) }
        }
        // The session broke while the body was sent, perhaps because of this very message. So the attempt is counted.
        (None, Ending::Broken(fault)) if fault.stage == Stage::Data && told_go(t) => {
            Ruling { said: fault.reply().cloned(), ..ruling(Verdict::Defer, Blame::Relay, Stage::Data) }
        }
        (None, Ending::Broken(fault)) => {
            Ruling { said: fault.reply().cloned(), ..ruling(Verdict::RelayFault, Blame::Relay, fault.stage) }
        }
        // DATA has no answer if no recipient was accepted. Each refused recipient was ruled on above by its own reply.
        (None, _) => ruling(Verdict::Defer, Blame::Relay, Stage::Data),
    }
}

/// True if the sender and a recipient were accepted: the session then broke in the body.
fn told_go(t: &Transaction) -> bool {
    let good = |reply: &Reply| reply.class() == ReplyClass::Good;
    t.sender.as_ref().is_some_and(good)
        && t.recipients.iter().any(|told| matches!(told, RecipientReply::Said(reply) if good(reply)))
}

fn sender_held(context: VerdictInput<'_>) -> Verdict {
    if context.by_application && !context.has_other_relay { Verdict::Refuse } else { Verdict::HoldSender }
}

fn about_recipient(t: &Transaction, k: usize, reply: &Reply, context: VerdictInput<'_>) -> Ruling {
    let known = known(context.peer, Stage::Recipient, reply, None);
    let verdict = match (concern(reply, known), reply.class()) {
        _ if is_about_session(reply, known) => Verdict::RelayFault,
        (Concern::TooManyRecipients, _) if accepted(&t.recipients[..k]) > 0 => Verdict::AgainAtOnce,
        // RFC 5321 §4.5.3.1.10: the client treats a 552 to RCPT as the 452 that it should have been.
        (Concern::Unspecified, _) if matches!(reply.code, 452 | 552) && accepted(&t.recipients[..k]) > 0 => Verdict::AgainAtOnce,
        (Concern::TooManyRecipients | Concern::Passing, _) | (_, ReplyClass::Temporary) => Verdict::Defer,
        _ if reply.code == 552 || is_out_of_step(reply) => Verdict::Defer,
        (Concern::MessageHere, _) => Verdict::Unfit,
        _ => Verdict::Refuse,
    };
    let of_relay = verdict == Verdict::RelayFault || is_out_of_step(reply);
    let blame = if of_relay { Blame::Relay } else { Blame::Recipient };
    Ruling { said: Some(reply.clone()), known, ..ruling(verdict, blame, Stage::Recipient) }
}

fn about_message(t: &Transaction, reply: &Reply, stage: Stage, context: VerdictInput<'_>) -> Ruling {
    let known = known(context.peer, stage, reply, None);
    let at_mail = stage == Stage::Sender;
    let is_about_one = matches!(concern(reply, known), Concern::Recipient) || reply.is_about(2, 2);
    let (verdict, blame) = match (reply.class(), concern(reply, known)) {
        _ if is_about_session(reply, known) => (Verdict::RelayFault, Blame::Relay),
        // A part of the recipients may pass, and a transaction with one recipient says which of them is at fault.
        (_, Concern::TooManyRecipients) if !at_mail && accepted(&t.recipients) > 1 => (Verdict::AgainInParts, Blame::Message),
        _ if is_about_one && !at_mail && accepted(&t.recipients) > 1 => (Verdict::AgainInParts, Blame::Recipient),
        (ReplyClass::Temporary | ReplyClass::GoOn | ReplyClass::Good, _) => (Verdict::Defer, Blame::Message),
        (_, told) if is_out_of_step(reply) && told != Concern::Message => (Verdict::Defer, Blame::Relay),
        (_, Concern::Passing | Concern::TooManyRecipients) => (Verdict::Defer, Blame::Message),
        (_, Concern::Message) => (Verdict::Refuse, Blame::Message),
        (_, Concern::MessageHere) => (Verdict::Unfit, Blame::Message),
        (_, Concern::Session) if at_mail => (Verdict::RelayFault, Blame::Relay),
        (_, Concern::Sender | Concern::Session) => (sender_held(context), Blame::Sender),
        // MAIL names the sender alone, so a reply about an address is about the sender's.
        (_, Concern::Recipient) if at_mail => (sender_held(context), Blame::Sender),
        (_, Concern::Unspecified) if at_mail && reply.enhanced.is_none() => (sender_held(context), Blame::Sender),
        (_, Concern::Recipient) => (Verdict::Refuse, Blame::Recipient),
        (_, Concern::Unspecified) => (Verdict::Refuse, Blame::Message),
    };
    Ruling { said: Some(reply.clone()), known, ..ruling(verdict, blame, stage) }
}

/// The number of recipients that the relay accepted.
fn accepted(recipients: &[RecipientReply]) -> usize {
    recipients.iter().filter(|told| matches!(told, RecipientReply::Said(reply) if reply.class() == ReplyClass::Good)).count()
}

/// The subject of a refusal: by its row in the catalogue, else by its enhanced code. A row that names no enhanced code yields
/// to a code that is plain.
fn concern(reply: &Reply, known: Option<&KnownReply>) -> Concern {
    let told = enhanced_concern(reply);
    let is_plain = matches!(told, Concern::Passing | Concern::TooManyRecipients | Concern::Message | Concern::MessageHere);
    match known.map(|known| known.kind) {
        Some(_) if is_plain && known.is_some_and(|known| known.enhanced.is_none()) => told,
        Some(ReplyKind::Transient | ReplyKind::Limit) => Concern::Passing,
        Some(ReplyKind::TooManyRecipients) => Concern::TooManyRecipients,
        Some(ReplyKind::Message) => Concern::Message,
        Some(ReplyKind::Session) => Concern::Session,
        Some(ReplyKind::Configuration | ReplyKind::Reauthorize) => Concern::Sender,
        None => told,
    }
}

fn enhanced_concern(reply: &Reply) -> Concern {
    let Some(code) = reply.enhanced else { return Concern::Unspecified };
    // Providers have their own codes for security and policy (RFC 3463 §3.8).
    let other = if code.1 == 7 { Concern::Sender } else { Concern::Unspecified };
    enhanced::concern(code).unwrap_or(other)
}

/// True for replies about policy: they concern the sender or our session, not a recipient.
fn is_policy(reply: &Reply) -> bool {
    matches!(enhanced_concern(reply), Concern::Sender | Concern::Session)
}

/// Finds the same policy refusal for every recipient. It does not concern the recipients: it holds (relay, envelope sender).
/// A refusal without enhanced code counts as policy if at least two recipients got the same words. If two or more got them, the
/// others may have been refused for a reason of their own; one that was accepted shows that the sender may send.
fn policy(t: &Transaction, rulings: &mut [Ruling], context: VerdictInput<'_>) {
    let is_offered = |told: &RecipientReply| !matches!(told, RecipientReply::Unfit(_) | RecipientReply::Apart);
    let offered = t.recipients.iter().filter(|told| is_offered(told)).count();
    let about = |ruling: &Ruling, reply: &Reply| {
        let kind = ruling.known.map(|known| known.kind);
        (ruling.stage == Stage::Recipient && ruling.verdict == Verdict::Refuse && kind != Some(ReplyKind::Message))
            && (is_policy(reply) || kind == Some(ReplyKind::Configuration) || (reply.enhanced.is_none() && offered > 1))
    };
    let replied = rulings.iter().enumerate().filter_map(|(k, ruling)| Some((k, ruling, ruling.said.as_ref()?)));
    let refused: Vec<(usize, &Reply)> =
        replied.filter(|(_, ruling, reply)| about(ruling, reply)).map(|(k, _, reply)| (k, reply)).collect();
    let Some((_, first)) = refused.first() else { return };
    if accepted(&t.recipients) > 0 || (refused.len() < offered && refused.len() < 2) {
        return;
    }
    // A reply may name another recipient too: the account that signed in often is a contact.
    let text = first.text().to_lowercase();
    let wire = |k: usize| t.envelope.recipients[k].wire().to_lowercase();
    let named: Vec<String> = (0..t.recipients.len()).map(wire).filter(|address| text.contains(address.as_str())).collect();
    let words = |(k, reply): &(usize, &Reply)| {
        let text = reply.text().to_lowercase().replace(&wire(*k), "");
        (reply.code, named.iter().fold(text, |text, address| text.replace(address, "")))
    };
    let expected = words(&refused[0]);
    if refused.iter().all(|refused| words(refused) == expected) {
        let held: Vec<usize> = refused.iter().map(|(k, _)| *k).collect();
        for k in held {
            (rulings[k].verdict, rulings[k].blame) = (sender_held(context), Blame::Sender);
        }
    }
}

/// Defers admin contacts that a policy reply would refuse.
fn spare_contacts(t: &Transaction, rulings: &mut [Ruling], context: VerdictInput<'_>) {
    for (ruling, address) in rulings.iter_mut().zip(&t.envelope.recipients) {
        let policy = ruling.said.as_ref().is_some_and(is_policy) && ruling.known.is_none_or(|k| k.kind != ReplyKind::Message);
        let contact = context.contacts.iter().any(|contact| contact.key() == address.key());
        if ruling.verdict == Verdict::Refuse && policy && contact {
            // At MAIL the sender is refused, whoever the recipients are: that is told, and the message waits for its sender.
            ruling.verdict = if ruling.stage == Stage::Sender { Verdict::HoldSender } else { Verdict::Defer };
        }
    }
}

/// The Fluent key of the cause and the remedy of a session fault by its kind, such as TLS, network or a missing capability.
pub fn fault_key(fault: &Fault) -> String {
    let key = match &fault.kind {
        FaultKind::Refused(_) => "fault-refused",
        FaultKind::TokenRefused { .. } => "fault-token-refused",
        FaultKind::Lost(_) if fault.stage == Stage::Greeting => "fault-lost-greeting",
        FaultKind::Lost(_) => "fault-lost",
        FaultKind::TimedOut(_) if fault.stage == Stage::Greeting => "fault-no-greeting",
        FaultKind::TimedOut(_) => "fault-timed-out",
        FaultKind::Unreadable(_) => "fault-unreadable",
        FaultKind::OutOfTurn(_) => "fault-out-of-turn",
        FaultKind::StartTlsMissing => "fault-starttls-missing",
        FaultKind::BytesBehindStartTls => "fault-injection",
        FaultKind::NoMechanism { .. } => "fault-no-mechanism",
        FaultKind::NoToken { key, .. } => key,
        FaultKind::NotResolved(_) => "fault-not-resolved",
        FaultKind::NotConnected(_) => "fault-not-connected",
        FaultKind::NoLocalAddress(_) => "fault-no-local-address",
        FaultKind::NoAddressOfFamily(_) => "fault-no-address-of-family",
        FaultKind::OurOwnListener => "fault-own-listener",
        FaultKind::NoResource(resource) => return format!("fault-no-{}", resource.key()),
        FaultKind::Tls(tls) => return format!("fault-tls-{}", tls.name()),
    };
    key.to_owned()
}

/// Cause and remedy of a session fault by its kind.
pub fn fault_phrases(fault: &Fault) -> (Phrase, Phrase) {
    let key = fault_key(fault);
    let detail = if let FaultKind::Tls(tls) = &fault.kind { tls.to_string() } else { fault.kind.to_string() };
    let phrase = |attribute: &str| Phrase::new(format!("{key}.{attribute}")).with("detail", &detail);
    (phrase("cause"), phrase("remedy"))
}

#[cfg(test)]
mod tests;
