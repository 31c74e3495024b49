//! What the watch over the mail keeps.

use crate::Millis;

/// What the watch over the mail keeps. Times are Unix milliseconds.
pub enum WatchChange {
    Incident(IncidentRow),
    Event(EventRow),
    Notice(NoticeRow),
    /// This message tells of nothing: it was taken back.
    Untold(i64),
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
    pub severity: String,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
