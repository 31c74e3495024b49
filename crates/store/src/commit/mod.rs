//! Store transactions as data. The store applies a commit completely or not at all. Changes that belong together are one
//! commit.
//!
//! Each change has a scope. The scope says who may make it, and which nodes receive its rows (docs/store.md).

use model::id::{AccountId, MessageNumber, TokenId};
use model::time::Timestamp;

mod from;
mod key;
mod local;
mod mail;
mod record;
mod site;

pub use key::{DoneOnce, KeyResult, Once};
pub use local::{LocalChange, PairRow};
pub use mail::{AttemptRow, Housekeep, MailChange, NewMessage, Next, Operate, Park, QueueAction, Settle, Which};
pub use record::{EventRow, IncidentRow, NewHook, NoticeRow, RecordChange, TestRow};
pub use site::{AccountChange, AuditRow, DocumentSave, GrantChange, NewSession, SiteChange, TokenChange};

/// Changes that are made at one time, under conditions.
pub struct Commit {
    pub(crate) at: Timestamp,
    pub(crate) guards: Vec<Guard>,
    pub(crate) changes: Vec<Change>,
}

impl Commit {
    /// A commit without changes. Its time is the time of all its changes.
    pub fn at(now: Timestamp) -> Self {
        Self { at: now, guards: Vec::new(), changes: Vec::new() }
    }

    pub fn time(&self) -> Timestamp {
        self.at
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    #[must_use]
    pub fn and(mut self, change: impl Into<Change>) -> Self {
        self.changes.push(change.into());
        self
    }

    #[must_use]
    pub fn and_all<C: Into<Change>>(mut self, changes: impl IntoIterator<Item = C>) -> Self {
        self.changes.extend(changes.into_iter().map(C::into));
        self
    }

    #[must_use]
    pub fn only_if(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Makes the commit only if the key is unused. The result under the key is the number of the accepted message.
    #[must_use]
    pub fn once(self, once: Once) -> Self {
        self.only_if(Guard::Once(once, KeyResult::Message))
    }

    /// As [`Commit::once`], with another result.
    #[must_use]
    pub fn once_with(self, once: Once, result: String) -> Self {
        self.only_if(Guard::Once(once, KeyResult::Text(result)))
    }

    /// Adds the guards and changes of another commit. The time stays.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.guards.extend(other.guards);
        self.changes.extend(other.changes);
        self
    }
}

/// A condition of a commit.
pub enum Guard {
    /// The stored revision of the document must be this number; 0 means that there is none yet.
    Revision(&'static str, i64),
    /// The key must be unused. The store saves the result under it.
    Once(Once, KeyResult),
    /// The disk must have room for more than outcomes, and the write-ahead log must not be full.
    Room,
    /// The message must have waiting recipients; [`crate::CommitFault::NotFound`] if not.
    Waits(MessageNumber),
}

/// A change to the store, in one of three scopes.
pub enum Change {
    /// Configuration of the site: one node writes it, every node has it.
    Site(SiteChange),
    /// Messages and records: they belong to the node that made them.
    Mail(MailChange),
    /// State of this node's own work. It never leaves the node.
    Local(LocalChange),
}

impl Change {
    /// True for outcomes, for OAuth2 tokens that replace others, and for records. The store must write them even if the disk
    /// is full, and gives up its reserve for them.
    pub(crate) fn is_essential(&self) -> bool {
        match self {
            Self::Site(change) => matches!(change, SiteChange::Grant(_)),
            Self::Mail(change) => matches!(change, MailChange::Settle(_) | MailChange::Record(_)),
            Self::Local(change) => change.is_record(),
        }
    }
}

/// The outcome of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Accepted(MessageNumber),
    /// The messages that were claimed.
    Claimed(Vec<MessageNumber>),
    /// `open`: number of recipients without a final fate.
    Settled {
        open: i64,
    },
    Saved {
        revision: i64,
    },
    AccountMade(AccountId),
    TokenMade(TokenId),
    /// The messages that changed. `more`: continue after this number.
    Operated {
        numbers: Vec<MessageNumber>,
        more: Option<MessageNumber>,
    },
    /// A slice of the cleanup. `next`: the cleanup continues after this number; `None` at its end.
    Cleaned {
        next: Option<MessageNumber>,
    },
    /// The messages of a gate have returned to their lanes.
    Unparked(Slice),
    /// A part of the history was deleted.
    Trimmed(Slice),
}

/// A slice of a bulk change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// It has as many rows as one commit may change. More may be left: commit the change again.
    Full,
    Partial,
}
