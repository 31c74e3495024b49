//! Writes as values. All of a commit is stored, or nothing; what belongs together is one commit.

use std::sync::Arc;

use model::Secret;
use model::account::Role;
use model::hold::RelayState;
use model::message::{Class, Fate};

use crate::Millis;

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

/// What must hold for a commit to be made.
pub enum Guard {
    /// The document's stored revision; 0 is "not there yet".
    Revision(&'static str, i64),
    /// This key was never used; the commit's outcome is remembered under it.
    Once(String),
    /// The disk has room for more than outcomes.
    Room,
}

pub enum Change {
    Accept(NewMessage),
    /// Counts an attempt of each that is (still) due and takes it until the lease ends.
    Claim {
        numbers: Vec<i64>,
        now: Millis,
        until: Millis,
    },
    Renew {
        numbers: Vec<i64>,
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
        key: String,
        at: Millis,
        result: String,
    },
    Housekeep(Housekeep),
    Account(AccountChange),
    Token(TokenChange),
    Grant(GrantChange),
    Watch(WatchChange),
}

/// What the watch over the mail keeps. Times are Unix milliseconds.
pub enum WatchChange {
    Incident(IncidentRow),
    Event(EventRow),
    Notice(NoticeRow),
    /// The daily notice of a date (`2026-01-31`) is the message accepted in this commit, or none is sent that day.
    /// [`crate::CommitFault::Done`] if the date has one.
    Daily {
        date: String,
        at: Millis,
        sent: bool,
    },
    /// A contact is one from now on (if it was not).
    Contact {
        address: String,
        at: Millis,
    },
    Confirmed {
        address: String,
        at: Millis,
    },
    /// Contacts that are none any more, by what is left.
    ContactsLeft(Vec<String>),
    Hook(NewHook),
    /// A call was made. What one address did not take, its other calls need not try before `due`; what it took shows that
    /// the others can go too.
    HookTried {
        id: i64,
        /// `None`: it is done.
        due: Option<Millis>,
        at: Millis,
        taken: bool,
        said: String,
    },
    /// Outcomes up to this number have been read.
    OutcomesRead(i64),
    /// The audit up to this row has been read.
    AuditRead(i64),
    /// The node has started: what was before is overwritten.
    Started(Millis),
    Seen(Millis),
    /// It stops as it should.
    Ended(Millis),
}

/// An incident as it is now.
pub struct IncidentRow {
    pub id: i64,
    pub code: String,
    pub object: String,
    /// It may still change.
    pub live: bool,
    pub since: Millis,
    /// JSON.
    pub record: String,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub at: Millis,
    pub incident: i64,
    pub act: String,
    pub code: String,
    pub object: String,
    pub severity: String,
    pub by: String,
    /// JSON.
    pub facts: String,
}

/// The message accepted in this commit tells of an incident.
pub struct NoticeRow {
    pub incident: i64,
    pub number: u32,
    pub kind: String,
    pub at: Millis,
    pub since: Millis,
    pub critical: bool,
    pub digest: bool,
}

/// A call to be made. What has been called for longest is dropped when there are too many.
pub struct NewHook {
    pub url: String,
    pub at: Millis,
    pub body: String,
}

/// The OAuth2 grant of a relay. Records are JSON without secrets.
pub enum GrantChange {
    /// With its tokens (JSON), which are sealed.
    Put {
        relay: u32,
        record: String,
        tokens: Secret,
    },
    /// What is known of it changed, its tokens did not. Nothing if there is none.
    Note {
        relay: u32,
        record: String,
    },
    Delete {
        relay: u32,
    },
}

/// Tokens of programs that use the API. Digests are SHA-256.
pub enum TokenChange {
    /// [`crate::CommitFault::Busy`] if there are 1,000 already, `Done` if one that holds has the name.
    Create {
        digest: Vec<u8>,
        name: String,
        scopes: String,
        by: String,
        at: Millis,
        until: Millis,
    },
    Seen {
        id: i64,
        at: Millis,
    },
    Revoke {
        id: i64,
    },
}

/// Accounts, sessions and links. Digests are SHA-256.
pub enum AccountChange {
    /// [`crate::CommitFault::Done`] if the name is taken (whatever its case).
    Create {
        name: String,
        role: Role,
        /// A PHC string; empty signs nobody in.
        password: String,
        language: Option<String>,
        at: Millis,
    },
    /// Ends every session of the account but one (which must be there), and its links.
    Password {
        id: i64,
        password: String,
        keep: Option<Vec<u8>>,
    },
    Language {
        id: i64,
        language: Option<String>,
    },
    /// [`crate::CommitFault::LastAdministrator`] if nobody else were left to let others in; so for `Delete`.
    Role {
        id: i64,
        role: Role,
    },
    Delete {
        id: i64,
    },
    /// [`crate::CommitFault::NotFound`] if the account is gone, or its password is no longer the one that was checked.
    Open {
        digest: Vec<u8>,
        account: i64,
        password: Option<String>,
        at: Millis,
        address: String,
        agent: String,
    },
    Seen {
        digest: Vec<u8>,
        at: Millis,
    },
    Close {
        digest: Vec<u8>,
    },
    CloseAll {
        account: i64,
        keep: Option<Vec<u8>>,
    },
    /// A link that can be used once before its end: for an account, or (`None`) to make the first one.
    Link {
        digest: Vec<u8>,
        account: Option<i64>,
        at: Millis,
        until: Millis,
    },
    /// [`crate::CommitFault::NotFound`] if it was used, has ended, or never was.
    UseLink {
        digest: Vec<u8>,
        at: Millis,
    },
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
