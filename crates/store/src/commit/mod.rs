//! Writes as values. The store keeps all of a commit or nothing of it. Changes that belong together are one commit.

mod access;
mod watch;

use std::sync::Arc;

use model::Secret;
use model::audit::AuditedAct;
use model::hold::RelayState;
use model::message::{Class, Fate};

use crate::Millis;

pub use access::{AccountChange, GrantChange, TokenChange};
pub use watch::{EventRow, IncidentRow, NewHook, NoticeRow, WatchChange};

/// The gate of messages that an operator holds.
pub const OPERATOR_GATE: i64 = 1;

#[derive(Default)]
pub struct Commit {
    pub guards: Vec<Guard>,
    pub changes: Vec<Change>,
}

impl Commit {
    pub fn of(change: Change) -> Self {
        Self { guards: Vec::new(), changes: vec![change] }
    }

    #[must_use]
    pub fn and(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    #[must_use]
    pub fn only_if(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }
}

/// An idempotency key: the store makes only one commit under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    pub key: String,
    /// SHA-256 of the request, if a caller could use one key for two requests.
    pub content: Option<[u8; 32]>,
}

impl Once {
    /// A key for which only one request is possible.
    pub fn of(key: impl Into<String>) -> Self {
        Self { key: key.into(), content: None }
    }
}

/// The result that is stored under a used key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneOnce {
    pub result: String,
    content: Option<[u8; 32]>,
}

impl DoneOnce {
    pub fn new(result: String, content: Option<[u8; 32]>) -> Self {
        Self { result, content }
    }

    /// True unless the key was used for another request.
    pub fn is_of(&self, once: &Once) -> bool {
        !matches!((self.content, once.content), (Some(before), Some(now)) if before != now)
    }
}

/// A condition of a commit.
pub enum Guard {
    /// The stored revision of the document must be this number; 0 means that there is none yet.
    Revision(&'static str, i64),
    /// The key must be unused. The store saves the result of the commit under it.
    Once(Once),
    /// The disk must have room for more than outcomes, and the write-ahead log must not be full.
    Room,
    /// The message must have waiting recipients; [`crate::CommitFault::NotFound`] if not.
    Waits(i64),
}

pub enum Change {
    Accept(NewMessage),
    /// Claims each message that is (still) due until the lease ends, and counts an attempt of it.
    Claim {
        numbers: Vec<i64>,
        now: Millis,
        until: Millis,
    },
    /// Renews leases. Skips a message whose due time is no longer the end of the lease: it was settled.
    Renew {
        leases: Vec<(i64, Millis)>,
        until: Millis,
    },
    /// At start: ends the leases of the previous process now.
    Recover {
        now: Millis,
        lease: Millis,
    },
    /// Requeues claimed messages and does not count the attempt.
    Unclaim {
        numbers: Vec<i64>,
        due: Millis,
    },
    Settle(Settle),
    Park(Park),
    /// Opens a gate: each commit returns at most `limit` messages (and never more than 1,000) to their lanes.
    Unpark {
        gate: i64,
        now: Millis,
        limit: usize,
    },
    /// The state of a relay (`sender` empty), or of a sender at a relay.
    Relay {
        relay: u32,
        sender: String,
        state: RelayState,
    },
    Operate(Operate),
    Document(DocumentSave),
    Attempt(AttemptRow),
    Audit {
        at: Millis,
        who: String,
        what: String,
        detail: String,
    },
    /// Records that an action was done under a key.
    Once {
        once: Once,
        at: Millis,
        result: String,
    },
    Housekeep(Housekeep),
    /// Deletes one slice of history: events below this number, and rows beyond the limits.
    TrimHistory {
        events_before: i64,
    },
    Account(AccountChange),
    Token(TokenChange),
    Grant(GrantChange),
    Watch(WatchChange),
    /// Proves that a write reaches the disk. Unlike the changes of the watch, it never uses the reserve.
    Alive(Millis),
}

impl Change {
    /// The row of an act in the audit log. `who` is the account, program or part of the node that acted.
    pub fn audit(at: Millis, who: impl Into<String>, act: &AuditedAct) -> Self {
        Self::Audit { at, who: who.into(), what: act.name().to_owned(), detail: act.into() }
    }
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
    pub accepted: Millis,
    /// The end of the lease if `claimed`, else the earliest time of a claim.
    pub due: Millis,
    pub claimed: bool,
    /// A test: starts behind the operator's gate, and carries the test flag.
    pub held: bool,
    /// The relay that the notice is about: delivery prefers another one.
    pub avoid: Option<u32>,
}

/// The outcome of a delivery attempt.
pub struct Settle {
    pub number: i64,
    pub at: Millis,
    /// Recipient index, fate, the relay's words.
    pub fates: Vec<(u16, Fate, String)>,
    pub next: Next,
    pub relay: Option<u32>,
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
    Due(Millis),
    /// Park the message behind the gate of its sender.
    Park,
}

/// Parks messages behind the gate of a sender, and does not count the claim.
pub struct Park {
    pub numbers: Vec<i64>,
    pub sender: String,
    pub now: Millis,
}

#[derive(Clone)]
pub struct AttemptRow {
    pub number: i64,
    pub at: Millis,
    pub relay: Option<u32>,
    /// JSON, without secrets.
    pub report: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Retry,
    Hold,
    Release,
    Cancel,
}

impl Verb {
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
    Numbers(Vec<i64>),
    /// All open messages above this number, at most 1,000 in each commit.
    AllAfter(i64),
}

pub struct Operate {
    pub verb: Verb,
    pub which: Which,
    pub now: Millis,
    /// In-flight messages, which the change does not touch.
    pub in_flight: Vec<i64>,
}

pub struct DocumentSave {
    pub kind: &'static str,
    pub at: Millis,
    pub by: String,
    pub schema: u32,
    /// JSON, without secrets.
    pub draft: String,
    /// Names and new values; `None` removes the secret.
    pub secrets: Vec<(String, Option<Secret>)>,
}

/// One slice of the cleanup. Never deletes the newest message, because its number must not be used again.
pub struct Housekeep {
    pub now: Millis,
    /// The cleanup continues after this number; 0 is the beginning.
    pub after: i64,
    pub notices_before: Millis,
    pub submitted_before: Millis,
    pub reports_before: Millis,
}

/// The outcome of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Accepted(i64),
    /// The messages that were claimed.
    Claimed(Vec<i64>),
    /// `open`: number of recipients without a final fate.
    Settled {
        open: i64,
    },
    Saved {
        revision: i64,
    },
    Made {
        id: i64,
    },
    /// The messages that changed. `more`: continue after this number.
    Operated {
        numbers: Vec<i64>,
        more: Option<i64>,
    },
    /// The number of changed rows. `more`: continue after this number.
    Touched {
        count: usize,
        more: Option<i64>,
    },
}
