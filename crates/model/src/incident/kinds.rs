//! States of an incident, kinds of notices, and entries of the history.

use serde::{Deserialize, Serialize};

/// State of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentState {
    Open,
    /// Open. The contacts get no notice, because a greater incident explains it.
    Inhibited,
    /// The condition flaps: one notice says so, and no more follow until it is stable.
    Unstable {
        open: bool,
    },
    Resolved,
    /// The settings no longer have what it was about. Nothing shows that the fault itself was mended.
    Obsolete,
    /// A greater incident took over: no notice says that this one has ended.
    Superseded,
    /// An event without an end.
    Happened,
}

impl IncidentState {
    pub const NAMES: [&str; 7] = ["open", "inhibited", "unstable", "resolved", "obsolete", "superseded", "happened"];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Inhibited => "inhibited",
            Self::Unstable { .. } => "unstable",
            Self::Resolved => "resolved",
            Self::Obsolete => "obsolete",
            Self::Superseded => "superseded",
            Self::Happened => "happened",
        }
    }

    /// True if the condition holds now.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Inhibited | Self::Unstable { open: true })
    }

    /// True if the condition held and holds no more.
    pub fn is_past(self) -> bool {
        !self.is_open() && self != Self::Happened
    }

    /// True if the incident is still tracked: the condition holds, or may return any moment.
    pub fn is_live(self) -> bool {
        self.is_open() || matches!(self, Self::Unstable { .. })
    }
}

/// Kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    Raised,
    /// The incident is still open.
    Reminder,
    /// The severity has risen, or the end of a countdown has come nearer.
    Worse,
    Resolved,
    /// The settings no longer have what the incident was about.
    Obsolete,
    /// Raised and resolved before a notice was sent.
    Ended,
    Unstable,
    /// An event without an end.
    Happened,
}

impl NoticeKind {
    pub const ALL: [Self; 8] =
        [Self::Raised, Self::Reminder, Self::Worse, Self::Resolved, Self::Obsolete, Self::Ended, Self::Unstable, Self::Happened];

    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Reminder => "reminder",
            Self::Worse => "worse",
            Self::Resolved => "resolved",
            Self::Obsolete => "obsolete",
            Self::Ended => "ended",
            Self::Unstable => "unstable",
            Self::Happened => "happened",
        }
    }

    /// True for a notice that says that the incident is over.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Resolved | Self::Obsolete | Self::Ended)
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Merges this unsent notice with the `next` one: only the news that still matters is told.
    pub(super) fn merge(self, next: Self) -> Self {
        match (self, next) {
            (Self::Raised, Self::Reminder | Self::Worse) => Self::Raised,
            (Self::Worse, Self::Reminder) => Self::Worse,
            (Self::Raised | Self::Ended, Self::Resolved) => Self::Ended,
            // The contacts were told of the incident, but not yet of its end.
            (Self::Resolved | Self::Obsolete, Self::Raised) => Self::Reminder,
            (_, next) => next,
        }
    }
}

/// An entry in the history of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentAct {
    Raised,
    /// Raised again while it was open.
    Again,
    /// The severity has risen, or the end has come nearer.
    Worse,
    Reminded,
    Resolved,
    Obsolete,
    Unstable,
    Stable,
    Inhibited,
    Superseded,
    Acknowledged,
    Happened,
}

impl IncidentAct {
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Again => "again",
            Self::Worse => "worse",
            Self::Reminded => "reminded",
            Self::Resolved => "resolved",
            Self::Obsolete => "obsolete",
            Self::Unstable => "unstable",
            Self::Stable => "stable",
            Self::Inhibited => "inhibited",
            Self::Superseded => "superseded",
            Self::Acknowledged => "acknowledged",
            Self::Happened => "happened",
        }
    }

    pub const NAMES: [&str; 12] = [
        "raised",
        "again",
        "worse",
        "reminded",
        "resolved",
        "obsolete",
        "unstable",
        "stable",
        "inhibited",
        "superseded",
        "acknowledged",
        "happened",
    ];
}
