//! The health of mail delivery, in one word.

/// The health of mail delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailHealth {
    Well,
    /// Mail gets out, and something needs attention.
    Degraded,
    /// New settings of the relays are being checked. No relay is known to work with them, and none to fail.
    Checking,
    /// Settings exist, and no relay has accepted a message yet.
    Unproven,
    /// Mail does not get out.
    Silent,
    /// There are no settings yet.
    Unset,
}

impl MailHealth {
    pub const ALL: [Self; 6] = [Self::Well, Self::Degraded, Self::Checking, Self::Unproven, Self::Silent, Self::Unset];

    pub fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Degraded => "degraded",
            Self::Checking => "checking",
            Self::Unproven => "unproven",
            Self::Silent => "silent",
            Self::Unset => "unset",
        }
    }
}
