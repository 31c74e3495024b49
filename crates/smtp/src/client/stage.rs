//! The stages of a delivery, as people see them, and the phases of a session with their timeouts.

use std::time::Duration;

/// The progress of a delivery. The variants are in the order of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Resolve,
    Connect,
    Tls,
    Greeting,
    Ehlo,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// The reply to the final dot: the relay accepts or refuses the message.
    FinalDot,
    Quit,
}

impl Stage {
    pub const ALL: [Self; 12] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::SignIn,
        Self::Sender,
        Self::Recipient,
        Self::Data,
        Self::FinalDot,
        Self::Quit,
    ];

    /// The name in JSON and in catalogue guards; also the key of the texts for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::StartTls => "starttls",
            Self::SignIn => "sign-in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Data => "data",
            Self::FinalDot => "accepted",
            Self::Quit => "quit",
        }
    }
}

/// The event that the session waits for. Each phase has its own timeout; `Mail` and `Rcpt` share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Connect,
    Tls,
    Greeting,
    Ehlo,
    SignIn,
    Mail,
    Rcpt,
    Data,
    /// The socket takes one block of the body.
    Block,
    Dot,
    Quit,
}

/// The longest time for each phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    pub tls: Duration,
    pub greeting: Duration,
    pub ehlo: Duration,
    pub sign_in: Duration,
    pub mail: Duration,
    pub data: Duration,
    pub block: Duration,
    pub dot: Duration,
    pub quit: Duration,
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Timeouts {
    /// Timeouts of a delivery. Before MAIL they are shorter than RFC 5321 §4.5.3.2 on purpose: a configured relay is
    /// near, and the next address or relay should get its turn. From MAIL on they follow the RFC.
    pub const DELIVERY: Self = Self {
        connect: s(30),
        tls: s(30),
        greeting: s(60),
        ehlo: s(60),
        sign_in: s(60),
        mail: s(300),
        data: s(120),
        block: s(180),
        dot: s(600),
        quit: s(5),
    };

    /// Timeouts of a session that a person waits for.
    pub const INTERACTIVE: Self = Self {
        connect: s(10),
        tls: s(10),
        greeting: s(20),
        ehlo: s(30),
        sign_in: s(30),
        mail: s(30),
        data: s(30),
        block: s(30),
        dot: s(60),
        quit: s(2),
    };

    pub fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::Greeting => self.greeting,
            Phase::Ehlo => self.ehlo,
            Phase::SignIn => self.sign_in,
            Phase::Mail | Phase::Rcpt => self.mail,
            Phase::Data => self.data,
            Phase::Block => self.block,
            Phase::Dot => self.dot,
            Phase::Quit => self.quit,
        }
    }
}
