//! The health of mail delivery, in one word.

/// The health of mail delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailHealth {
    Well,
    /// Mail gets out, and something needs attention.
    Degraded,
    /// Settings exist, and no relay has accepted a message yet.
    Unproven,
    /// Mail does not get out.
    Silent,
    /// There are no settings yet.
    Unset,
}

impl MailHealth {
    pub const ALL: [Self; 5] = [Self::Well, Self::Degraded, Self::Unproven, Self::Silent, Self::Unset];

    pub fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Degraded => "degraded",
            Self::Unproven => "unproven",
            Self::Silent => "silent",
            Self::Unset => "unset",
        }
    }
}
