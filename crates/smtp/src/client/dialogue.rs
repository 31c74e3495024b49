//! The dialogue machine: from the greeting to QUIT, with up to two messages under way.
//!
//! Replies come in the order of the commands, so the whole state of a pipelined dialogue is a queue of what each
//! next reply will answer ([`Expect`]). A reply is matched with the front of that queue and nothing else.
//!
//! It must never: take a byte said before TLS as said after it, let one recipient's refusal touch another, or leave a
//! message without an ending. Whatever ends the session, every open message comes out of [`Dialogue::settled`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::capability::Capabilities;
use crate::command::Command;
use crate::reply::{Class, Reply, ReplyFault};
use crate::sasl::{Answer, Exchange, SignIn};
use crate::transcript::Voice;

use super::report::Report;
use super::transaction::{Ending, Envelope, Told, Transaction};
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
        self.settled.pop_front()
    }

    pub fn news(&mut self) -> Option<StageRecord> {
        self.news.pop_front()
    }

    /// Whether a message may be offered now.
    pub fn can_take(&self) -> bool {
        if self.state != State::Ready || self.half_done && !self.open.is_empty() {
            return false;
        }
        match self.open.len() {
            0 => self.expect.is_empty(),
            n => {
                let awaits_dot = matches!(self.expect.front(), Some(Expect::Dot(_))) && self.expect.len() == 1;
                n < OPEN_MAX && awaits_dot && self.rules.chained && self.caps.pipelining && self.went_well
            }
        }
    }

    /// Offers a message. Only when [`Dialogue::can_take`] said so; otherwise it comes back at once as broken.
    pub fn offer(&mut self, envelope: Envelope) {
        let mut transaction = Transaction::new(envelope);
        if !self.can_take() {
            let kind = FaultKind::Lost("the session was over".into());
            transaction.ending = Ending::Broken(Fault { stage: Stage::Sender, kind });
            return self.settled.push_back(transaction);
        }
        transaction.fit(&self.caps);
        if transaction.ending != Ending::Answered || transaction.offerable().next().is_none() {
            return self.settled.push_back(transaction);
        }
        self.forget_settled();
        self.numbers += 1;
        let number = self.numbers;
        if self.half_done {
            self.half_done = false;
            self.ask(Command::Rset, Expect::Rset);
        }
        self.ask(self.mail(&transaction), Expect::Mail(number));
        if self.caps.pipelining {
            for k in transaction.offerable() {
                self.ask(Command::Rcpt(transaction.envelope.recipients[k].clone()), Expect::Rcpt(number, k));
            }
            // DATA ends the group (RFC 2920 §3.1); should it be answered by 354 though every RCPT was refused,
            // a lone dot ends it.
            self.ask(Command::Data, Expect::Data(number));
        }
        let mark = self.report.transcript.mark();
        self.open.push_back(Open { number, transaction, mark });
    }

    fn mail(&self, transaction: &Transaction) -> Command {
        let envelope = &transaction.envelope;
        Command::Mail {
            sender: envelope.sender.clone(),
            size: self.caps.size.map(|_| envelope.size),
            eight_bit: envelope.eight_bit,
            utf8: self.caps.utf8 && transaction.needs_utf8(),
        }
    }

    fn forget_settled(&mut self) {
        let end = self.open.front().map_or_else(|| self.report.transcript.mark(), |open| open.mark);
        self.report.transcript.forget(self.opening, end);
        for open in &mut self.open {
            open.mark = self.opening;
        }
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

    fn on_greeting(&mut self, reply: Reply, at: Duration) {
        if reply.class() != Class::Good {
            return self.fail(Stage::Greeting, FaultKind::Refused(reply), at);
        }
        self.pass(Stage::Greeting, Some(&reply), None, at);
        self.ask(Command::Ehlo(self.rules.ehlo_name.clone()), Expect::Ehlo);
    }

    fn on_ehlo(&mut self, reply: Reply, at: Duration) {
        let plain = self.rules.security == Security::None && self.rules.sign_in.is_none();
        match reply.class() {
            Class::Good => {
                self.caps = Capabilities::read(&reply);
                self.pass(Stage::Ehlo, Some(&reply), None, at);
                self.after_ehlo(at);
            }
            Class::Permanent if plain && matches!(reply.code, 500 | 502) => {
                self.ask(Command::Helo(self.rules.ehlo_name.clone()), Expect::Helo);
            }
            Class::GoOn | Class::Temporary | Class::Permanent => self.fail(Stage::Ehlo, FaultKind::Refused(reply), at),
        }
    }

    fn on_helo(&mut self, reply: Reply, at: Duration) {
        if reply.class() != Class::Good {
            return self.fail(Stage::Ehlo, FaultKind::Refused(reply), at);
        }
        self.pass(Stage::Ehlo, Some(&reply), None, at);
        self.ready();
    }

    fn after_ehlo(&mut self, at: Duration) {
        if self.rules.security == Security::StartTls && !self.secured {
            if !self.caps.starttls {
                return self.fail(Stage::StartTls, FaultKind::StartTlsMissing, at);
            }
            return self.ask(Command::StartTls, Expect::StartTls);
        }
        let Some(sign_in) = &self.rules.sign_in else { return self.ready() };
        let Some(exchange) = Exchange::begin(sign_in, &self.caps.mechanisms) else {
            let offered = self.caps.offered.clone();
            return self.fail(Stage::SignIn, FaultKind::NoMechanism { offered }, at);
        };
        let auth = Command::Auth { mechanism: exchange.mechanism(), initial: exchange.initial() };
        self.exchange = Some(exchange);
        self.ask(auth, Expect::SignIn);
    }

    fn ready(&mut self) {
        self.state = State::Ready;
        self.opening = self.report.transcript.mark();
    }

    fn on_starttls(&mut self, reply: Reply, at: Duration) {
        match reply.code {
            220 => {
                self.pass(Stage::StartTls, Some(&reply), None, at);
                self.secure_due = true;
            }
            _ if matches!(reply.class(), Class::Good | Class::GoOn) => {
                self.fail(Stage::StartTls, FaultKind::OutOfTurn(reply), at);
            }
            _ => self.fail(Stage::StartTls, FaultKind::Refused(reply), at),
        }
    }

    fn on_sign_in(&mut self, reply: Reply, at: Duration) {
        let Some(exchange) = &mut self.exchange else {
            return self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at);
        };
        match (reply.class(), reply.code) {
            _ if self.cancelled => self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at),
            (_, 334) => {
                let answer = match exchange.answer(&reply.text()) {
                    Answer::Say(secret) => Command::Respond(secret),
                    Answer::Cancel => {
                        self.cancelled = true;
                        Command::Cancel
                    }
                };
                self.ask(answer, Expect::SignIn);
            }
            (Class::Good, _) => {
                let detail = exchange.mechanism().name().to_owned();
                self.exchange = None;
                self.pass(Stage::SignIn, Some(&reply), Some(detail), at);
                self.ready();
            }
            (Class::GoOn, _) => self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at),
            (Class::Temporary | Class::Permanent, _) => {
                let kind = match exchange.challenge.take() {
                    Some(challenge) => FaultKind::TokenRefused { challenge: self.report.transcript.mask(&challenge), reply },
                    None => FaultKind::Refused(reply),
                };
                self.fail(Stage::SignIn, kind, at);
            }
        }
    }

    fn on_mail(&mut self, number: u64, reply: Reply, at: Duration) {
        if reply.class() == Class::GoOn {
            return self.fail(Stage::Sender, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::Sender, Some(&reply), None, at);
        let pipelining = self.caps.pipelining;
        let Some(open) = self.open(number) else { return };
        let good = reply.class() == Class::Good;
        open.transaction.sender = Some(reply);
        let first = open.transaction.offerable().next();
        match first {
            _ if pipelining => {}
            Some(k) if good => self.ask_rcpt(number, k),
            Some(_) | None => self.settle(number),
        }
    }

    fn ask_rcpt(&mut self, number: u64, k: usize) {
        if let Some(address) = self.open(number).map(|open| open.transaction.envelope.recipients[k].clone()) {
            self.ask(Command::Rcpt(address), Expect::Rcpt(number, k));
        }
    }

    fn on_rcpt(&mut self, number: u64, k: usize, reply: Reply, at: Duration) {
        if reply.class() == Class::GoOn {
            return self.fail(Stage::Recipient, FaultKind::OutOfTurn(reply), at);
        }
        let pipelining = self.caps.pipelining;
        let Some(open) = self.open(number) else { return };
        // Behind a refused MAIL every RCPT is refused too (503): that is no word about the recipient.
        let heard = open.transaction.sender_accepted();
        let address = open.transaction.envelope.recipients[k].to_string();
        if heard {
            open.transaction.recipients[k] = Told::Said(reply.clone());
        }
        let next = open.transaction.offerable().find(|&next| next > k);
        let any = open.transaction.any_accepted();
        if heard {
            self.pass(Stage::Recipient, Some(&reply), Some(address), at);
        }
        match next {
            _ if pipelining => {}
            Some(next) => self.ask_rcpt(number, next),
            None if any => self.ask(Command::Data, Expect::Data(number)),
            None => {
                self.half_done = true;
                self.settle(number);
            }
        }
    }

    fn on_data(&mut self, number: u64, reply: Reply, at: Duration) {
        let Some(open) = self.open(number) else { return };
        let wanted = open.transaction.sender_accepted() && open.transaction.any_accepted();
        let half_done = open.transaction.sender_accepted();
        match (reply.class(), wanted) {
            (Class::GoOn, true) => {
                self.pass(Stage::Data, Some(&reply), None, at);
                self.body_due = Some(number);
            }
            (Class::GoOn, false) => self.ask(Command::LoneDot, Expect::LoneDot(number)),
            (Class::Good, _) => self.fail(Stage::Data, FaultKind::OutOfTurn(reply), at),
            (Class::Temporary | Class::Permanent, true) => {
                self.pass(Stage::Data, Some(&reply), None, at);
                if let Some(open) = self.open(number) {
                    open.transaction.data = Some(reply);
                }
                self.half_done = true;
                self.settle(number);
            }
            // A 503 or 554 because nobody was accepted is no fate of its own.
            (Class::Temporary | Class::Permanent, false) => {
                self.half_done = half_done;
                self.settle(number);
            }
        }
    }

    fn on_dot(&mut self, number: u64, reply: Reply, at: Duration) {
        if reply.class() == Class::GoOn {
            return self.fail(Stage::Accepted, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::Accepted, Some(&reply), None, at);
        self.went_well = reply.class() == Class::Good;
        let closing = reply.code == 421;
        if let Some(open) = self.open(number) {
            open.transaction.end = Some(reply.clone());
        }
        self.settle(number);
        if closing {
            self.fail(Stage::Accepted, FaultKind::Refused(reply), at);
        }
    }

    /// An answer while the body is still being sent: the relay has seen enough of this message. The rest of the body
    /// cannot be taken back, so the connection is of no more use.
    fn on_early(&mut self, number: u64, reply: Reply, at: Duration) {
        if matches!(reply.class(), Class::Good | Class::GoOn) {
            return self.fail(Stage::Data, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::Accepted, Some(&reply), None, at);
        if let Some(open) = self.open(number) {
            open.transaction.end = Some(reply);
        }
        self.body_due = None;
        self.settle(number);
        self.state = State::Over;
    }

    fn settle(&mut self, number: u64) {
        if let Some(at) = self.open.iter().position(|open| open.number == number)
            && let Some(open) = self.open.remove(at)
        {
            self.went_well &= open.transaction.taken();
            self.settled.push_back(open.transaction);
        }
    }
}
