//! Incidents: events that last.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::events::{HistoryEntry, NoticeKindName, SeverityName};

names!(
    /// The state of an incident.
    IncidentStateName {
        Open = "open",
        /// Open and not told, because a greater incident explains it.
        Inhibited = "inhibited",
        /// The condition flaps: told once, then silent until it is stable.
        Unstable = "unstable",
        Resolved = "resolved",
        /// The settings no longer have what it is about. Nothing shows that the fault itself was mended.
        Obsolete = "obsolete",
        /// A greater incident took over.
        Superseded = "superseded",
        /// An event without an end.
        Happened = "happened",
    }
);

/// A filter of incidents.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IncidentQuery {
    /// `true`: only incidents whose condition holds now.
    pub open: Option<bool>,
    /// A code, or its beginning.
    pub code: Option<String>,
    /// `info`, `warning`, `error` or `critical`.
    pub severity: Option<String>,
    /// `next` of the previous page.
    pub cursor: Option<i64>,
}

/// A page of incidents.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IncidentListing {
    pub incidents: Vec<IncidentEntry>,
    /// Cursor of the next page. `null` at the end.
    #[schema(required = true)]
    pub next: Option<i64>,
}

/// An incident.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IncidentEntry {
    pub id: i64,
    pub code: String,
    /// The object that it concerns: a relay, an account, an application's own name.
    pub object: String,
    pub severity: SeverityName,
    pub state: IncidentStateName,
    /// True if its condition holds now.
    pub open: bool,
    /// Start of the present period (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub since: String,
    /// Time when it was last found or raised (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub seen: String,
    /// Its end (RFC 3339, UTC). `null` while it is open.
    #[schema(required = true, format = DateTime)]
    pub ended: Option<String>,
    /// Number of raises.
    pub raises: u64,
    /// Source of the first raise.
    pub by: String,
    /// Details, as names and values.
    pub facts: BTreeMap<String, String>,
    /// The operator who took it on. `null` if none has.
    #[schema(required = true)]
    pub acknowledged: Option<Acknowledgement>,
    /// Number of notices that were sent about it.
    pub notices: u64,
    /// The notice that waits until mail can go. `null` if none waits.
    #[schema(required = true)]
    pub untold: Option<NoticeKindName>,
    /// The incident in one sentence.
    pub says: String,
    /// The event and its consequence, in one or two sentences.
    pub body: String,
    /// The action that mends the cause.
    pub todo: String,
}

/// The operator who acknowledged an incident, with the time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Acknowledgement {
    /// Time of it (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    pub by: String,
}

/// An incident with its history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IncidentWithHistory {
    #[serde(flatten)]
    pub entry: IncidentEntry,
    /// The facts with labels for people, in their order.
    pub known: Vec<LabeledFact>,
    /// Its newest entries, newest first.
    pub history: Vec<HistoryEntry>,
    /// The messages that reported it.
    pub messages: Vec<IncidentNotice>,
}

/// A fact for people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LabeledFact {
    pub label: String,
    pub value: String,
}

/// A message that reported an incident.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IncidentNotice {
    /// Id of the message.
    pub message: String,
    pub kind: NoticeKindName,
    /// Time of the notice (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    /// True if the message reported several events at once.
    pub digest: bool,
}
