//! Changes to the records of this node: incidents and their history, notices, contacts, calls of webhooks.

use model::id::{IncidentId, MessageNumber, RelayId};
use model::time::Timestamp;

pub enum RecordChange {
    Incident(IncidentRow),
    Event(EventRow),
    Notice(NoticeRow),
    /// Deletes the notices in this message, because the message was withdrawn.
    NoticesWithdrawn(MessageNumber),
    /// The daily notice of a date (`2026-01-31`) is the message accepted in this commit. If `sent` is false, no notice is
    /// sent that day. [`crate::CommitFault::Done`] if the date has an entry.
    Daily {
        date: String,
        sent: bool,
    },
    /// Adds a contact if it is not known.
    Contact {
        address: String,
    },
    Confirmed {
        address: String,
    },
    /// Deletes every contact that is not in this list.
    ContactsLeft(Vec<String>),
    Hook(NewHook),
    /// Records an attempt of a webhook call. If the address did not take the call, its other calls wait until `due` too. If
    /// it took the call, its other calls are due now.
    HookTried {
        id: i64,
        /// Time of the next attempt; `None` if the call is done.
        due: Option<Timestamp>,
        taken: bool,
        said: String,
    },
    /// The watch has read the outcomes up to this number.
    OutcomesRead(i64),
    /// The last test of stored settings.
    Test(TestRow),
}

/// A test of stored settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRow {
    pub by: String,
    pub accepted: bool,
    /// The revision of the tested settings.
    pub revision: i64,
    pub relay: RelayId,
    pub message: MessageNumber,
}

/// The current state of an incident.
pub struct IncidentRow {
    pub id: IncidentId,
    pub code: String,
    pub object: String,
    pub severity: String,
    /// True if the incident may still change.
    pub live: bool,
    pub since: Timestamp,
    /// JSON.
    pub record: String,
}

/// A row of the history of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub incident: IncidentId,
    pub act: String,
    pub code: String,
    pub object: String,
    pub severity: String,
    pub by: String,
    /// JSON.
    pub facts: String,
}

/// A notice of an incident, in the message that this commit accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    pub incident: IncidentId,
    pub number: u32,
    pub kind: String,
    pub since: Timestamp,
    pub critical: bool,
    pub digest: bool,
}

/// A webhook call. If too many wait for one address, the store gives up the oldest.
pub struct NewHook {
    pub url: String,
    pub body: String,
}
