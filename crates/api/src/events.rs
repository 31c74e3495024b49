//! Events: programs raise and resolve them; the history has one entry an act.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

names!(
    /// The severity of an event, in ascending order.
    SeverityName {
        /// For information.
        Info = "info",
        /// Nothing is lost yet; an operator should look.
        Warning = "warning",
        /// Something does not work.
        Error = "error",
        /// Mail, or the service behind it, is lost unless an operator acts now.
        Critical = "critical",
    }
);

names!(
    /// The change that a program reports: an event was raised, or resolved.
    EventStateName {
        Raised = "raised",
        Resolved = "resolved",
    }
);

names!(
    /// An entry in the history of an incident.
    ActName {
        Raised = "raised",
        /// Raised again while it was open.
        Again = "again",
        /// The severity has risen, or the end has come nearer.
        Worse = "worse",
        Reminded = "reminded",
        Resolved = "resolved",
        /// The settings no longer have what the incident is about.
        Obsolete = "obsolete",
        Unstable = "unstable",
        Stable = "stable",
        Inhibited = "inhibited",
        Superseded = "superseded",
        Acknowledged = "acknowledged",
        Happened = "happened",
    }
);

names!(
    /// The occasion of a notice.
    NoticeKindName {
        Raised = "raised",
        /// The incident is still open.
        Reminder = "reminder",
        /// The severity has risen, or the end has come nearer.
        Worse = "worse",
        Resolved = "resolved",
        /// The settings no longer have what the incident is about.
        Obsolete = "obsolete",
        /// Raised and resolved before a notice was sent.
        Ended = "ended",
        Unstable = "unstable",
        /// An event without an end.
        Happened = "happened",
    }
);

/// An event to raise, or an incident to resolve.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// `app.` and a name: `app.backup-failed`.
    pub code: String,
    /// The object that the event concerns. Code and object identify an incident.
    #[serde(default)]
    pub object: String,
    /// info, warning, error or critical; required to raise.
    #[schema(value_type = Option<SeverityName>)]
    pub severity: Option<String>,
    /// Details of the event, as names and values. Lists and objects are kept as JSON.
    #[serde(default)]
    pub facts: BTreeMap<String, Value>,
    /// raised (the default) or resolved.
    #[schema(value_type = Option<EventStateName>)]
    pub state: Option<String>,
    /// True: the event is an incident, which stays open until it is resolved. Default: true, except for info.
    pub lasting: Option<bool>,
}

/// An event on disk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordedEvent {
    /// Number of the incident.
    pub incident: i64,
}

/// A filter of the history.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// A code, or its beginning.
    pub code: Option<String>,
    /// info, warning, error or critical.
    pub severity: Option<String>,
    /// `next` of the previous page.
    pub cursor: Option<i64>,
}

/// A page of the history, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryListing {
    pub events: Vec<HistoryEntry>,
    /// Cursor of the next page. `null` at the end.
    #[schema(required = true)]
    pub next: Option<i64>,
}

/// An act in the history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryEntry {
    /// Number of the entry, ascending with time.
    pub n: i64,
    /// Time of the act (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    /// Number of the incident.
    pub incident: i64,
    pub act: ActName,
    pub code: String,
    pub object: String,
    pub severity: SeverityName,
    /// The program, account or part of the node that acted.
    pub by: String,
    /// Details, as names and values. `null` if they cannot be read.
    #[schema(required = true)]
    pub facts: Option<BTreeMap<String, String>>,
}

/// A notice to preview.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// A code of the catalogue, or `app.` and a name.
    pub code: String,
    /// raised (the default), reminder, worse, resolved, ended, unstable or happened.
    #[schema(value_type = Option<NoticeKindName>)]
    pub kind: Option<String>,
    /// en or nl; the site's by default.
    pub language: Option<String>,
}

/// A notice as it would be mailed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticePreview {
    pub subject: String,
    /// The plain text. `null` if the notice has none.
    #[schema(required = true)]
    pub text: Option<String>,
    #[schema(required = true)]
    pub html: Option<String>,
}
