//! The dialogue machine: from the greeting to QUIT, with up to two open messages.
//!
//! Replies come in the order of the commands. So a queue of awaited replies ([`Expect`]) is the whole state of a
//! pipelined dialogue. The machine matches a reply with the front of that queue and with nothing else.
//!
//! A reply that no command awaits is about the connection (RFC 5321 §3.8): it ends the session and decides over no message.
//!
//! It must never take a byte from before TLS for a byte from after it. It must never let one recipient's refusal affect
//! another, or leave a message without an ending. At any end of the session [`Dialogue::settled`] gives every open message.

mod message;
mod opening;

use std::collections::VecDeque;
use std::time::Duration;

use crate::capability::Capabilities;
use crate::command::Command;
use crate::reply::{Reply, ReplyClass, ReplyFault};
use crate::sasl::{Exchange, Mechanism, SignIn};
use crate::transcript::{SESSION, Voice};

use super::report::Report;
use super::transaction::{Ending, Transaction};
use super::{Fault, FaultKind, Phase, Stage, StageRecord};

/// Most open messages on one connection: one whose final dot awaits its reply, and the next.
const OPEN_MAX: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    None,
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// The rules for a session with this relay.
#[derive(Clone)]
pub struct Rules {
    pub ehlo_name: String,
    pub security: Security,
    pub sign_in: Option<SignIn>,
    /// The only mechanism to sign in with. `None`: the relay's offer decides.
    pub mechanism: Option<Mechanism>,
    /// True if the machine may send the next envelope before the reply to the previous body (RFC 2920 §3.1).
    pub chained: bool,
    /// True if the machine reports each stage at once ([`Dialogue::news`]): a person watches.
    pub live: bool,
}

/// The next action of the driver.
pub enum Step {
    Say(Vec<Command>),
    /// Send the body of this ticket, dot-stuffed and with its end. Then call [`Dialogue::body_sent`].
    Body(u64),
    /// Secure the connection. Then call [`Dialogue::secured`].
    Secure,
    /// Read one reply. Give up after the phase's timeout.
    Listen(Phase),
    /// No action is due: offer a message, or leave.
    Idle,
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DialogueState {
    Opening,
    Ready,
    Leaving,
    Over,
}

/// The command that an awaited reply answers. The first number names the transaction, the second the recipient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    SignIn,
    Mail(u64),
    Rcpt(u64, usize),
    Data(u64),
    Dot(u64),
    LoneDot(u64),
    /// Before the transaction of this number.
    Rset(u64),
    Quit,
}

/// The machine's only table: for each awaited reply the stage that people see, and the phase whose timeout applies.
impl Expect {
    fn row(self) -> (Stage, Phase) {
        match self {
            Self::Greeting => (Stage::Greeting, Phase::Greeting),
            Self::Ehlo | Self::Helo => (Stage::Ehlo, Phase::Ehlo),
            Self::StartTls => (Stage::StartTls, Phase::Ehlo),
            Self::SignIn => (Stage::SignIn, Phase::SignIn),
            Self::Mail(_) | Self::Rset(_) => (Stage::Sender, Phase::Mail),
            Self::Rcpt(..) => (Stage::Recipient, Phase::Rcpt),
            Self::Data(_) => (Stage::Data, Phase::Data),
            Self::Dot(_) | Self::LoneDot(_) => (Stage::FinalDot, Phase::Dot),
            Self::Quit => (Stage::Quit, Phase::Quit),
        }
    }

    /// The transaction that the reply is about.
    fn number(self) -> u64 {
        match self {
            Self::Mail(number) | Self::Rcpt(number, _) | Self::Data(number) | Self::Dot(number) => number,
            Self::LoneDot(number) | Self::Rset(number) => number,
            Self::Greeting | Self::Ehlo | Self::Helo | Self::StartTls | Self::SignIn | Self::Quit => SESSION,
        }
    }
}

struct Open {
    number: u64,
    transaction: Transaction,
}

pub struct Dialogue {
    rules: Rules,
    state: DialogueState,
    secured: bool,
    secure_due: bool,
    body_due: Option<u64>,
    caps: Capabilities,
    exchange: Option<Exchange>,
    /// Mechanisms that this connection has begun.
    tried: Vec<Mechanism>,
    cancelled: bool,
    /// Commands to say, each with its transaction.
    say: Vec<(u64, Command)>,
    expect: VecDeque<Expect>,
    open: VecDeque<Open>,
    numbers: u64,
    /// The last transaction stopped halfway: send RSET before the next (RFC 5321 §4.1.1.5).
    half_done: bool,
    /// The relay took the last message. Only then may the next message be chained to the open one.
    went_well: bool,
    /// A message has ended on this connection. A new connection after it is no endless repetition.
    served: bool,
    /// With their numbers: [`SESSION`] if nothing of them was said.
    settled: VecDeque<(u64, Transaction)>,
    /// The driver took a settled message: its transcript lines must not stay for the next message.
    told: bool,
    report: Report,
    news: VecDeque<StageRecord>,
    last: Duration,
}

impl Dialogue {
    /// `report` holds the stages so far (resolve, connect, failed addresses). `at` is the time since its beginning.
    pub fn new(rules: Rules, mut report: Report, at: Duration) -> Self {
        if let Some(sign_in) = &rules.sign_in {
            report.transcript.hide(sign_in.spellings());
        }
        let implicit = rules.security == Security::Tls;
        Self {
            rules,
            state: DialogueState::Opening,
            secured: false,
            secure_due: implicit,
            body_due: None,
            caps: Capabilities::default(),
            exchange: None,
            tried: Vec::new(),
            cancelled: false,
            say: Vec::new(),
            expect: VecDeque::from([Expect::Greeting]),
            open: VecDeque::new(),
            numbers: 0,
            half_done: false,
            went_well: false,
            served: false,
            settled: VecDeque::new(),
            told: false,
            report,
            news: VecDeque::new(),
            last: at,
        }
    }

    pub fn poll(&mut self) -> Step {
        if self.secure_due {
            return Step::Secure;
        }
        if !self.say.is_empty() {
            let words = std::mem::take(&mut self.say);
            for (of, word) in &words {
                self.report.transcript.note_of(*of, Voice::Us, &word.shown());
            }
            return Step::Say(words.into_iter().map(|(_, word)| word).collect());
        }
        if let Some(number) = self.body_due {
            if let Some(open) = self.open(number) {
                return Step::Body(open.transaction.envelope.ticket);
            }
            self.body_due = None;
        }
        match (self.state, self.expect.front()) {
            (DialogueState::Over, _) => Step::Over,
            (_, Some(expect)) => Step::Listen(expect.row().1),
            (DialogueState::Ready, None) => Step::Idle,
            (DialogueState::Opening | DialogueState::Leaving, None) => Step::Over,
        }
    }

    /// The relay's capabilities, from its last reply to EHLO.
    pub fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// True while the session is greeted, secured and signed in as the rules demand.
    pub fn is_ready(&self) -> bool {
        self.state == DialogueState::Ready
    }

    /// The stage of the awaited reply; `Quit` if none is awaited.
    pub fn stage(&self) -> Stage {
        self.expect.front().map_or(Stage::Quit, |expect| expect.row().0)
    }

    pub fn report(&self) -> &Report {
        &self.report
    }

    pub fn into_report(self) -> Report {
        self.report
    }

    /// The next settled message. The report shows its dialogue from then on, and nothing of other messages.
    pub fn settled(&mut self) -> Option<Transaction> {
        let (number, transaction) = self.settled.pop_front()?;
        self.report.transcript.show(number);
        self.told = true;
        Some(transaction)
    }

    /// Drops the transcript lines of settled messages that the driver has taken. Runs before the next line is noted.
    fn forget_told(&mut self) {
        if std::mem::take(&mut self.told) && self.settled.is_empty() {
            self.forget_settled();
        }
    }

    pub fn news(&mut self) -> Option<StageRecord> {
        self.news.pop_front()
    }

    fn ask(&mut self, command: Command, expect: Expect) {
        self.say.push((expect.number(), command));
        self.expect.push_back(expect);
    }

    fn open(&mut self, number: u64) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.number == number)
    }

    /// Ends the session: with QUIT if it is idle, otherwise at once.
    pub fn leave(&mut self) {
        if self.state == DialogueState::Ready && self.expect.is_empty() {
            self.state = DialogueState::Leaving;
            self.ask(Command::Quit, Expect::Quit);
        } else {
            self.state = DialogueState::Over;
        }
    }

    /// Records that the connection is secured. `detail` names version and cipher.
    pub fn secured(&mut self, detail: &str, at: Duration) {
        self.secure_due = false;
        self.secured = true;
        self.report.transcript.note(Voice::Aside, detail);
        self.pass(Stage::Tls, None, Some(detail.to_owned()), at);
        if self.rules.security == Security::StartTls {
            // RFC 3207 §4.2: the client discards all knowledge from before TLS.
            self.caps = Capabilities::default();
            self.ask(Command::Ehlo(self.rules.ehlo_name.clone()), Expect::Ehlo);
        }
    }

    /// Records that the socket took the body with its end.
    pub fn body_sent(&mut self) {
        if let Some(number) = self.body_due.take() {
            self.expect.push_back(Expect::Dot(number));
            if let Some(open) = self.open(number) {
                open.transaction.body_sent = true;
                let size = open.transaction.envelope.size;
                self.report.transcript.note_of(number, Voice::Aside, &format!("{size} bytes and the final dot"));
            }
        }
    }

    /// Ends the session after a loss, a timeout or a fault of the connection.
    pub fn lost(&mut self, kind: FaultKind, at: Duration) {
        self.forget_told();
        let stage = match (&kind, self.body_due) {
            (FaultKind::Tls(_), _) => Stage::Tls,
            (FaultKind::BytesBehindStartTls, _) => Stage::StartTls,
            _ if self.secure_due => Stage::Tls,
            (_, Some(_)) => Stage::Data,
            _ => self.stage(),
        };
        // After QUIT a loss has no effect.
        let is_parting = self.open.is_empty() && matches!(self.state, DialogueState::Leaving | DialogueState::Over);
        let is_idle = self.state == DialogueState::Ready && self.expect.is_empty() && self.body_due.is_none();
        match () {
            () if is_parting => self.state = DialogueState::Over,
            () if is_idle => self.ended_idle(kind, at),
            () => self.fail(stage, kind, at),
        }
    }

    /// The connection ended while nothing was asked. A relay may end one that it has served. One that it has not served has a
    /// fault: a new connection would end in the same way.
    fn ended_idle(&mut self, kind: FaultKind, at: Duration) {
        if self.served {
            self.state = DialogueState::Over;
        } else {
            self.fail(Stage::Sender, kind, at);
        }
    }

    fn fail(&mut self, stage: Stage, kind: FaultKind, at: Duration) {
        let kind = match kind {
            // The relay's raw text may echo a secret.
            FaultKind::Unreadable(ReplyFault::NotSmtp(raw)) => {
                FaultKind::Unreadable(ReplyFault::NotSmtp(self.report.transcript.mask(&raw)))
            }
            other => other,
        };
        let reply = match &kind {
            FaultKind::Refused(reply) | FaultKind::TokenRefused { reply, .. } => Some(reply.clone()),
            _ => None,
        };
        let polite = reply.as_ref().is_some_and(|reply| reply.code != 421)
            || matches!(kind, FaultKind::StartTlsMissing | FaultKind::NoMechanism { .. });
        if reply.is_none() {
            self.report.transcript.note(Voice::Aside, &kind.to_string());
        }
        let took = at.saturating_sub(self.last);
        let detail = if reply.is_none() { Some(self.report.transcript.mask(&kind.to_string())) } else { None };
        let record = StageRecord { stage, took, ok: false, reply, detail };
        if self.state == DialogueState::Opening {
            self.report.add(record.clone());
        }
        if self.rules.live {
            self.news.push_back(record);
        }
        let fault = Fault { stage, kind };
        while let Some(mut open) = self.open.pop_front() {
            open.transaction.ending = Ending::Broken(fault.clone());
            self.settled.push_back((open.number, open.transaction));
        }
        self.report.fault = Some(fault);
        self.expect.clear();
        (self.state, self.secure_due, self.body_due) = (DialogueState::Over, false, None);
        self.say = if polite { vec![(SESSION, Command::Quit)] } else { Vec::new() };
    }

    /// Records the reply to a stage and starts the time of the next one.
    fn pass(&mut self, stage: Stage, reply: Option<&Reply>, detail: Option<String>, at: Duration) {
        let opening = self.state == DialogueState::Opening;
        if opening || self.rules.live {
            let ok = reply.is_none_or(|reply| matches!(reply.class(), ReplyClass::Good | ReplyClass::GoOn));
            let took = at.saturating_sub(self.last);
            let record = StageRecord { stage, took, ok, reply: reply.cloned(), detail };
            if opening {
                self.report.add(record.clone());
            }
            if self.rules.live {
                self.news.push_back(record);
            }
        }
        self.last = at;
    }

    pub fn reply(&mut self, mut reply: Reply, at: Duration) {
        self.forget_told();
        for line in &mut reply.lines {
            *line = self.report.transcript.mask(line);
        }
        let about = self.expect.front().map(|expect| expect.number()).or(self.body_due);
        self.note_reply(about.unwrap_or(SESSION), &reply);
        if let (None, Some(number)) = (self.expect.front(), self.body_due) {
            return self.on_early(number, reply, at);
        }
        let Some(expect) = self.expect.pop_front() else {
            let kind = if reply.code == 421 { FaultKind::Refused(reply) } else { FaultKind::OutOfTurn(reply) };
            return match self.state {
                DialogueState::Ready => self.ended_idle(kind, at),
                DialogueState::Opening | DialogueState::Leaving | DialogueState::Over => self.state = DialogueState::Over,
            };
        };
        if reply.code == 421 && !matches!(expect, Expect::Dot(_) | Expect::Quit) {
            return self.fail(expect.row().0, FaultKind::Refused(reply), at);
        }
        match expect {
            Expect::Greeting => self.on_greeting(reply, at),
            Expect::Ehlo => self.on_ehlo(reply, at),
            Expect::Helo => self.on_helo(reply, at),
            Expect::StartTls => self.on_starttls(reply, at),
            Expect::SignIn => self.on_sign_in(reply, at),
            Expect::Mail(number) => self.on_mail(number, reply, at),
            Expect::Rcpt(number, k) => self.on_rcpt(number, k, reply, at),
            Expect::Data(number) => self.on_data(number, reply, at),
            Expect::Dot(number) => self.on_dot(number, reply, at),
            Expect::LoneDot(number) => self.settle(number),
            // After a failed RSET the next message could get the recipients of the last one.
            Expect::Rset(_) if reply.class() != ReplyClass::Good => self.fail(Stage::Sender, FaultKind::Refused(reply), at),
            Expect::Rset(_) => {}
            Expect::Quit => self.state = DialogueState::Over,
        }
    }

    fn note_reply(&mut self, of: u64, reply: &Reply) {
        let last = reply.lines.len().saturating_sub(1);
        for (i, line) in reply.lines.iter().enumerate() {
            let mark = if i == last { ' ' } else { '-' };
            let enhanced = reply.enhanced.filter(|_| i == 0).map(|e| format!("{e} ")).unwrap_or_default();
            self.report.transcript.note_of(of, Voice::Relay, &format!("{}{mark}{enhanced}{line}", reply.code));
        }
    }
}
