//! The rules of the failover settings, by their names in docs/failover.md.

/// A rule of the settings. C5 to C7 and C11 belong to a third vote, which does not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A value is outside its range.
    Range,
    /// An answer is due before the next status check.
    C1,
    /// The primary may miss three status checks before a takeover.
    C2,
    /// An isolated primary stops to serve before its peer takes over.
    C3,
    /// The kernel drops an address before that, and is asked often enough to keep it.
    C4,
    /// Automatic takeover needs a test IP.
    C8,
    /// A test IP is the address of another device.
    C9,
    /// A shared IP lies in a network of both nodes, and is no address of either.
    C10,
}

impl Rule {
    /// Name in the API, in the documentation, and part of Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::C1 => "c1",
            Self::C2 => "c2",
            Self::C3 => "c3",
            Self::C4 => "c4",
            Self::C8 => "c8",
            Self::C9 => "c9",
            Self::C10 => "c10",
        }
    }
}

/// A setting that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {}: {field}{}", rule.name(), index.map(|index| format!("[{index}]")).unwrap_or_default())]
pub struct FailoverFault {
    pub rule: Rule,
    pub field: &'static str,
    /// Position in a list.
    pub index: Option<usize>,
}

impl FailoverFault {
    pub(super) fn of(rule: Rule, field: &'static str) -> Self {
        Self { rule, field, index: None }
    }

    pub(super) fn at(rule: Rule, field: &'static str, index: usize) -> Self {
        Self { rule, field, index: Some(index) }
    }
}
