//! The dialogue machine: from the greeting to QUIT, with up to two messages under way.
//!
//! Replies come in the order of the commands, so the whole state of a pipelined dialogue is a queue of what each
//! next reply will answer ([`Expect`]). A reply is matched with the front of that queue and nothing else.
//!
//! It must never: take a byte said before TLS as said after it, let one recipient's refusal touch another, or leave a
//! message without an ending. Whatever ends the session, every open message comes out of [`Dialogue::settled`].

mod message;
mod opening;

use std::collections::VecDeque;
use std::time::Duration;

use crate::capability::Capabilities;
use crate::command::Command;
use crate::reply::{Class, Reply, ReplyFault};
use crate::sasl::{Exchange, SignIn};
use crate::transcript::Voice;

use super::report::Report;
use super::transaction::{Ending, Transaction};
use super::{Fault, FaultKind, Phase, Stage, StageRecord};

/// At most so many messages are under way on one connection: one whose dot awaits its reply, and the next.
const OPEN_MAX: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    None,
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// How this relay is to be talked to.
#[derive(Clone)]
pub struct Rules {
    pub ehlo_name: String,
    pub security: Security,
    pub sign_in: Option<SignIn>,
    /// Whether the next envelope may travel with the previous body (RFC 2920 §3.1).
    pub chained: bool,
    /// Whether each passed stage is told as it passes: somebody is watching.
    pub live: bool,
}

/// What the driver is to do next.
pub enum Step {
    Say(Vec<Command>),
    /// Send the body of this ticket, dot-stuffed and with its end, then call [`Dialogue::body_sent`].
    Body(u64),
    /// Secure the connection, then call [`Dialogue::secured`].
    Secure,
    /// Read one reply; give up after the phase's timeout.
    Listen(Phase),
    /// Nothing to do: offer a message, or leave.
    Idle,
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    Ready,
    Leaving,
    Over,
}

/// What the next reply answers. The number names the transaction.
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
    Rset,
    Quit,
}

/// The one table of the machine: what is awaited -> the stage people see, and the phase whose timeout holds.
impl Expect {
    fn row(self) -> (Stage, Phase) {
        match self {
            Self::Greeting => (Stage::Greeting, Phase::Greeting),
            Self::Ehlo | Self::Helo => (Stage::Ehlo, Phase::Ehlo),
            Self::StartTls => (Stage::StartTls, Phase::Ehlo),
            Self::SignIn => (Stage::SignIn, Phase::SignIn),
            Self::Mail(_) | Self::Rset => (Stage::Sender, Phase::Mail),
            Self::Rcpt(..) => (Stage::Recipient, Phase::Rcpt),
            Self::Data(_) => (Stage::Data, Phase::Data),
            Self::Dot(_) | Self::LoneDot(_) => (Stage::Accepted, Phase::Dot),
            Self::Quit => (Stage::Quit, Phase::Quit),
        }
    }
}

struct Open {
    number: u64,
    transaction: Transaction,
    /// Where its lines begin in the transcript.
    mark: usize,
}

pub struct Dialogue {
    rules: Rules,
    state: State,
    secured: bool,
    secure_due: bool,
    body_due: Option<u64>,
    caps: Capabilities,
    exchange: Option<Exchange>,
    cancelled: bool,
    say: Vec<Command>,
    expect: VecDeque<Expect>,
    open: VecDeque<Open>,
    numbers: u64,
    /// A transaction was given up halfway: RSET before the next (RFC 5321 §4.1.1.5).
    half_done: bool,
    /// The last message was taken; only then the next may be chained to the one under way.
    went_well: bool,
    settled: VecDeque<Transaction>,
    /// A message was told as settled: its lines are nobody else's business.
    told: bool,
    report: Report,
    opening: usize,
    news: VecDeque<StageRecord>,
    last: Duration,
}

impl Dialogue {
    /// `report` holds what led here (resolve, connect, addresses that failed); `at` is the time since its beginning.
    pub fn new(rules: Rules, mut report: Report, at: Duration) -> Self {
        if let Some(sign_in) = &rules.sign_in {
            report.transcript.hide(sign_in.spellings());
        }
        let implicit = rules.security == Security::Tls;
        Self {
            rules,
            state: State::Opening,
            secured: false,
            secure_due: implicit,
            body_due: None,
            caps: Capabilities::default(),
            exchange: None,
            cancelled: false,
            say: Vec::new(),
            expect: VecDeque::from([Expect::Greeting]),
            open: VecDeque::new(),
            numbers: 0,
            half_done: false,
            went_well: false,
            settled: VecDeque::new(),
            told: false,
            report,
            opening: 0,
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
            for word in &words {
                self.report.transcript.note(Voice::Us, &word.shown());
            }
            return Step::Say(words);
        }
        if let Some(number) = self.body_due {
            if let Some(open) = self.open(number) {
                return Step::Body(open.transaction.envelope.ticket);
            }
            self.body_due = None;
        }
        match (self.state, self.expect.front()) {
            (State::Over, _) => Step::Over,
            (_, Some(expect)) => Step::Listen(expect.row().1),
            (State::Ready, None) => Step::Idle,
            (State::Opening | State::Leaving, None) => Step::Over,
        }
    }

    /// The relay's capabilities as last told.
    pub fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// Whether greeted, secured and signed in as the rules demand.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// What is awaited now.
    pub fn stage(&self) -> Stage {
        self.expect.front().map_or(Stage::Quit, |expect| expect.row().0)
    }

    pub fn report(&self) -> &Report {
        &self.report
    }

    pub fn into_report(self) -> Report {
        self.report
    }

    pub fn settled(&mut self) -> Option<Transaction> {
        let settled = self.settled.pop_front();
        self.told |= settled.is_some();
        settled
    }

    /// What was said about messages that were told as settled is forgotten, before anything more is said.
    fn forget_told(&mut self) {
        if std::mem::take(&mut self.told) && self.settled.is_empty() {
            self.forget_settled();
        }
    }

    pub fn news(&mut self) -> Option<StageRecord> {
        self.news.pop_front()
    }

    fn ask(&mut self, command: Command, expect: Expect) {
        self.say.push(command);
        self.expect.push_back(expect);
    }

    fn open(&mut self, number: u64) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.number == number)
    }

    /// Ends the session politely, when idle.
    pub fn leave(&mut self) {
        if self.state == State::Ready && self.expect.is_empty() {
            self.state = State::Leaving;
            self.ask(Command::Quit, Expect::Quit);
        } else {
            self.state = State::Over;
        }
    }

    /// The connection is secured; `detail` names version and cipher.
    pub fn secured(&mut self, detail: &str, at: Duration) {
        self.secure_due = false;
        self.secured = true;
        self.report.transcript.note(Voice::Aside, detail);
        self.pass(Stage::Tls, None, Some(detail.to_owned()), at);
        if self.rules.security == Security::StartTls {
            // RFC 3207 §4.2: what was learnt before TLS is forgotten.
            self.caps = Capabilities::default();
            self.ask(Command::Ehlo(self.rules.ehlo_name.clone()), Expect::Ehlo);
        }
    }

    /// The body with its end was handed to the socket.
    pub fn body_sent(&mut self) {
        if let Some(number) = self.body_due.take() {
            self.expect.push_back(Expect::Dot(number));
            if let Some(open) = self.open(number) {
                open.transaction.body_sent = true;
                let size = open.transaction.envelope.size;
                self.report.transcript.note(Voice::Aside, &format!("{size} bytes and the final dot"));
            }
        }
    }

    /// The session is broken off, or was.
    pub fn lost(&mut self, kind: FaultKind, at: Duration) {
        self.forget_told();
        let stage = match (&kind, self.body_due) {
            (FaultKind::Tls(_), _) => Stage::Tls,
            (FaultKind::BytesBehindStartTls, _) => Stage::StartTls,
            _ if self.secure_due => Stage::Tls,
            (_, Some(_)) => Stage::Data,
            _ => self.stage(),
        };
        // Nothing was asked: the relay may close an idle connection, and after QUIT nobody cares.
        let idle = self.open.is_empty() && matches!(self.state, State::Leaving | State::Over)
            || self.state == State::Ready && self.expect.is_empty() && self.body_due.is_none();
        if idle {
            self.state = State::Over;
            return;
        }
        self.fail(stage, kind, at);
    }

    fn fail(&mut self, stage: Stage, kind: FaultKind, at: Duration) {
        let kind = match kind {
            // The relay's raw words may repeat what it was told.
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
        if self.state == State::Opening {
            self.report.add(record.clone());
        }
        if self.rules.live {
            self.news.push_back(record);
        }
        let fault = Fault { stage, kind };
        while let Some(mut open) = self.open.pop_front() {
            open.transaction.ending = Ending::Broken(fault.clone());
            self.settled.push_back(open.transaction);
        }
        self.report.fault = Some(fault);
        self.expect.clear();
        (self.state, self.secure_due, self.body_due) = (State::Over, false, None);
        self.say = if polite { vec![Command::Quit] } else { Vec::new() };
    }

    /// A stage went well.
    fn pass(&mut self, stage: Stage, reply: Option<&Reply>, detail: Option<String>, at: Duration) {
        let opening = self.state == State::Opening;
        if opening || self.rules.live {
            let ok = reply.is_none_or(|reply| matches!(reply.class(), Class::Good | Class::GoOn));
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
        self.note_reply(&reply);
        if let (None, Some(number)) = (self.expect.front(), self.body_due) {
            return self.on_early(number, reply, at);
        }
        let Some(expect) = self.expect.pop_front() else {
            // Out of turn: a relay that is about to close says 421 (RFC 5321 §3.8).
            self.state = if reply.code == 421 { State::Over } else { self.state };
            if reply.code != 421 {
                self.fail(Stage::Quit, FaultKind::OutOfTurn(reply), at);
            }
            return;
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
            // A relay that cannot even forget cannot be trusted with the next message.
            Expect::Rset if reply.class() != Class::Good => self.fail(Stage::Sender, FaultKind::Refused(reply), at),
            Expect::Rset => {}
            Expect::Quit => self.state = State::Over,
        }
    }

    fn note_reply(&mut self, reply: &Reply) {
        let last = reply.lines.len().saturating_sub(1);
        for (i, line) in reply.lines.iter().enumerate() {
            let mark = if i == last { ' ' } else { '-' };
            let enhanced = reply.enhanced.filter(|_| i == 0).map(|e| format!("{e} ")).unwrap_or_default();
            self.report.transcript.note(Voice::Relay, &format!("{}{mark}{enhanced}{line}", reply.code));
        }
    }
}
