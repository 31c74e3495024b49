//! Changes to messages: accepting, outcomes, holds, cleanup.

use std::sync::Arc;

use model::id::{GateId, MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;

use super::record::RecordChange;

pub enum MailChange {
    Accept(NewMessage),
    Settle(Settle),
    Attempt(AttemptRow),
    Park(Park),
    /// Opens a gate: each commit returns at most `limit` messages (and never more than 1,000) to their lanes.
    Unpark {
        gate: GateId,
        limit: usize,
    },
    Operate(Operate),
    Housekeep(Housekeep),
    /// Deletes one slice of history: events below this number, and rows beyond the limits.
    TrimHistory {
        events_before: i64,
    },
    Record(RecordChange),
}

pub struct NewMessage {
    pub class: Class,
    pub app: Option<String>,
    /// Envelope sender as SMTP transmits it; `None` is the null sender.
    pub sender: Option<String>,
    pub recipients: Vec<String>,
    pub subject: String,
    pub message_id: String,
    pub body: Arc<[u8]>,
    pub eight_bit: bool,
    /// True if Postwacht made the header, and may write it otherwise for some recipients.
    pub composed: bool,
    /// The end of the lease if `claimed`, else the earliest time of a claim.
    pub due: Timestamp,
    pub claimed: bool,
    /// A test: starts behind the operator's gate, and carries the test flag.
    pub held: bool,
    /// The relay that the notice is about: delivery prefers another one.
    pub avoid: Option<RelayId>,
}

/// The outcome of a delivery attempt.
pub struct Settle {
    pub number: MessageNumber,
    /// Recipient index, fate, the relay's words.
    pub fates: Vec<(u16, Fate, String)>,
    pub next: Next,
    pub relay: Option<RelayId>,
    pub attempt: Option<AttemptRow>,
    /// The attempt counts as failed.
    pub failed: bool,
    /// The attempt is not counted at all.
    pub uncounted: bool,
    pub may_arrive_twice: bool,
    pub keep_body: bool,
}

/// The next place of a message with open recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Due(Timestamp),
    /// Park the message behind the gate of its sender.
    Park,
}

/// Parks messages behind the gate of a sender, and does not count the claim.
pub struct Park {
    pub numbers: Vec<MessageNumber>,
    pub sender: String,
}

#[derive(Clone)]
pub struct AttemptRow {
    pub number: MessageNumber,
    pub relay: Option<RelayId>,
    /// JSON, without secrets.
    pub report: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAction {
    Retry,
    Hold,
    Release,
    Cancel,
}

impl QueueAction {
    pub const ALL: [Self; 4] = [Self::Retry, Self::Hold, Self::Release, Self::Cancel];

    /// The name in the API, on the pages and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }
}

pub enum Which {
    Numbers(Vec<MessageNumber>),
    /// All open messages above this number, at most 1,000 in each commit.
    AllAfter(MessageNumber),
}

pub struct Operate {
    pub verb: QueueAction,
    pub which: Which,
    /// In-flight messages, which the change does not touch.
    pub in_flight: Vec<MessageNumber>,
}

/// One slice of the cleanup. Never deletes the newest message, because its number must not be used again.
pub struct Housekeep {
    /// The cleanup continues after this number. It begins at [`MessageNumber::BEFORE_FIRST`].
    pub after: MessageNumber,
    pub notices_before: Timestamp,
    pub submitted_before: Timestamp,
    pub reports_before: Timestamp,
}
