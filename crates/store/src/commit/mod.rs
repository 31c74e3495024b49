//! Writes as values. All of a commit is stored, or nothing; what belongs together is one commit.

mod access;
mod watch;

use std::sync::Arc;

use model::Secret;
use model::hold::RelayState;
use model::message::{Class, Fate};

use crate::Millis;

pub use access::{AccountChange, GrantChange, TokenChange};
pub use watch::{EventRow, IncidentRow, NewHook, NoticeRow, WatchChange};

/// Messages that an operator holds stand behind this gate.
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

/// A key under which something is done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    pub key: String,
    /// SHA-256 of what is asked, if one key could be given for two things.
    pub content: Option<[u8; 32]>,
}

impl Once {
    /// A key that is given for one thing only.
    pub fn of(key: impl Into<String>) -> Self {
        Self { key: key.into(), content: None }
    }
}

/// What came of a key that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneOnce {
    pub result: String,
    content: Option<[u8; 32]>,
}

impl DoneOnce {
    pub fn new(result: String, content: Option<[u8; 32]>) -> Self {
        Self { result, content }
    }

    /// The key was given for this too, and not for something else.
    pub fn is_of(&self, once: &Once) -> bool {
        !matches!((self.content, once.content), (Some(before), Some(now)) if before != now)
    }
}

/// What must hold for a commit to be made.
pub enum Guard {
    /// The document's stored revision; 0 is "not there yet".
    Revision(&'static str, i64),
    /// This key was never used; the commit's outcome is remembered under it.
    Once(Once),
    /// The disk has room for more than outcomes.
    Room,
    /// Recipients of this message still wait; [`crate::CommitFault::NotFound`] if not.
    Waits(i64),
}

pub enum Change {
    Accept(NewMessage),
    /// Counts an attempt of each that is (still) due and takes it until the lease ends.
    Claim {
        numbers: Vec<i64>,
        now: Millis,
        until: Millis,
    },
    /// Moves the ends of leases. A message whose due time is not the lease's end any more was settled, and stays as it is.
    Renew {
        leases: Vec<(i64, Millis)>,
        until: Millis,
    },
    /// At start: the leases of the former process end now.
    Recover {
        now: Millis,
        lease: Millis,
    },
    /// Gives claimed messages back unattempted.
    Unclaim {
        numbers: Vec<i64>,
        due: Millis,
    },
    Settle(Settle),
    Park(Park),
    /// Opens a gate: at most `limit` messages (and never over 1,000) return to their lanes with each commit.
    Unpark {
        gate: i64,
        now: Millis,
        limit: usize,
    },
    /// What is known of a relay (`sender` empty), or of a sender at a relay.
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
    /// Something was done under a key.
    Once {
        once: Once,
        at: Millis,
        result: String,
    },
    Housekeep(Housekeep),
    /// Deletes one slice of history: events below this number, and what is beyond the numbers of rows that are kept.
    TrimHistory {
        events_before: i64,
    },
    Account(AccountChange),
    Token(TokenChange),
    Grant(GrantChange),
    Watch(WatchChange),
    /// The proof that a write reaches the disk. Unlike what the watch finds, it never takes the reserve.
    Alive(Millis),
}

pub struct NewMessage {
    pub class: Class,
    pub app: Option<String>,
    /// Envelope sender as it goes on the wire; `None` is the null sender.
    pub sender: Option<String>,
    pub recipients: Vec<String>,
    pub subject: String,
    pub message_id: String,
    pub body: Arc<[u8]>,
    pub eight_bit: bool,
    pub accepted: Millis,
    /// The end of the lease if born claimed, else the time from which it may be claimed.
    pub due: Millis,
    pub claimed: bool,
    /// A test: behind the operator's gate from the start, and marked as one.
    pub held: bool,
    /// The relay that it is about: another one is better.
    pub avoid: Option<u32>,
}

/// What became of an attempt.
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

/// Where a message with open recipients goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Due(Millis),
    /// Behind the gate of its sender.
    Park,
}

/// Puts messages behind the gate of a sender, uncounting the claim.
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

    /// As in the API, on the pages and in the audit.
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
    /// All open messages above this number, at most 1,000 with each commit.
    AllAfter(i64),
}

pub struct Operate {
    pub verb: Verb,
    pub which: Which,
    pub now: Millis,
    /// Taken by deliveries now: left alone.
    pub in_flight: Vec<i64>,
}

pub struct DocumentSave {
    pub kind: &'static str,
    pub at: Millis,
    pub by: String,
    pub schema: u32,
    /// JSON, without secrets.
    pub draft: String,
    /// Names and new values; `None` removes.
    pub secrets: Vec<(String, Option<Secret>)>,
}

/// One slice of cleaning up. The newest message always stays: its number must not be given again.
pub struct Housekeep {
    pub now: Millis,
    /// Where the walk goes on; 0 is the beginning.
    pub after: i64,
    pub notices_before: Millis,
    pub submitted_before: Millis,
    pub reports_before: Millis,
}

/// What a change came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Accepted(i64),
    /// Those that were still to be had.
    Claimed(Vec<i64>),
    /// Recipients without a final fate.
    Settled {
        open: i64,
    },
    Saved {
        revision: i64,
    },
    Made {
        id: i64,
    },
    /// What an operator's act touched; `more`: go on behind this number.
    Operated {
        numbers: Vec<i64>,
        more: Option<i64>,
    },
    /// How many rows changed, and where to go on if there may be more.
    Touched {
        count: usize,
        more: Option<i64>,
    },
}
