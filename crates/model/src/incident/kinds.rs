//! The words of an incident's life.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Open,
    /// Open, and untold: a greater incident explains it.
    Inhibited,
    /// It comes and goes: told once, then silent until it is stable.
    Unstable {
        open: bool,
    },
    Resolved,
    /// Its condition ended because a greater incident took over: no recovery.
    Superseded,
    /// It has happened, and has no end.
    Happened,
}

impl State {
    pub const NAMES: [&str; 6] = ["open", "inhibited", "unstable", "resolved", "superseded", "happened"];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Inhibited => "inhibited",
            Self::Unstable { .. } => "unstable",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
            Self::Happened => "happened",
        }
    }

    /// Its condition holds now.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Inhibited | Self::Unstable { open: true })
    }

    /// It is looked after: the condition holds, or may come back any moment.
    pub fn is_live(self) -> bool {
        self.is_open() || matches!(self, Self::Unstable { .. })
    }
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    Raised,
    /// It is still open.
    Reminder,
    /// It has become worse, or its end has come nearer.
    Worse,
    Resolved,
    /// Raised and resolved before anybody was told.
    Ended,
    Unstable,
    /// Of an event without an end.
    Happened,
}

impl NoticeKind {
    pub const ALL: [Self; 7] =
        [Self::Raised, Self::Reminder, Self::Worse, Self::Resolved, Self::Ended, Self::Unstable, Self::Happened];

    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Reminder => "reminder",
            Self::Worse => "worse",
            Self::Resolved => "resolved",
            Self::Ended => "ended",
            Self::Unstable => "unstable",
            Self::Happened => "happened",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What is to be told when `next` comes while this one has not gone out: only what still matters.
    pub(super) fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Raised, Self::Reminder | Self::Worse) => Self::Raised,
            (Self::Worse, Self::Reminder) => Self::Worse,
            (Self::Raised | Self::Ended, Self::Resolved) => Self::Ended,
            // Whoever was told of it was not told that it had ended.
            (Self::Resolved, Self::Raised) => Self::Reminder,
            (_, next) => next,
        }
    }
}

/// A line of an incident's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Raised,
    /// Raised while it was open.
    Again,
    /// Worse, or nearer to its end.
    Worse,
    Reminded,
    Resolved,
    Unstable,
    Stable,
    Inhibited,
    Superseded,
    Acknowledged,
    Happened,
}

impl Act {
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Again => "again",
            Self::Worse => "worse",
            Self::Reminded => "reminded",
            Self::Resolved => "resolved",
            Self::Unstable => "unstable",
            Self::Stable => "stable",
            Self::Inhibited => "inhibited",
            Self::Superseded => "superseded",
            Self::Acknowledged => "acknowledged",
            Self::Happened => "happened",
        }
    }

    pub const NAMES: [&str; 11] = [
        "raised",
        "again",
        "worse",
        "reminded",
        "resolved",
        "unstable",
        "stable",
        "inhibited",
        "superseded",
        "acknowledged",
        "happened",
    ];
}
