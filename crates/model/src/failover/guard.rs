//! The reasons for which a backup does not take over.

use serde::{Deserialize, Serialize};

/// The reason why an automatic takeover would not happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakeoverGuard {
    /// Automatic takeover is switched off, or backup operations are.
    SwitchedOff,
    /// The peer has not confirmed yet that this node may act alone.
    Unconfirmed,
    Maintenance,
    /// The process was stopped for a moment, and only observes now.
    Tilt,
    SelfTest,
    NoTestIp,
    TestIps,
    NeverSynced,
    /// The peer's data has a newer format.
    Schema,
    /// The last automatic role change is too recent, or there were too many today.
    FlipGuard,
    /// The last activation failed a moment ago.
    BackOff,
    /// Activations failed too often: an administrator decides.
    GivenUp,
    Disk,
    /// The node waits for a role, or serves.
    NotBackup,
}

impl TakeoverGuard {
    pub const ALL: [Self; 14] = [
        Self::SwitchedOff,
        Self::Unconfirmed,
        Self::Maintenance,
        Self::Tilt,
        Self::SelfTest,
        Self::NoTestIp,
        Self::TestIps,
        Self::NeverSynced,
        Self::Schema,
        Self::FlipGuard,
        Self::BackOff,
        Self::GivenUp,
        Self::Disk,
        Self::NotBackup,
    ];

    /// Name in the API; also part of Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched-off",
            Self::Unconfirmed => "unconfirmed",
            Self::Maintenance => "maintenance",
            Self::Tilt => "tilt",
            Self::SelfTest => "self-test",
            Self::NoTestIp => "no-test-ip",
            Self::TestIps => "test-ips",
            Self::NeverSynced => "never-synced",
            Self::Schema => "schema",
            Self::FlipGuard => "flip-guard",
            Self::BackOff => "back-off",
            Self::GivenUp => "given-up",
            Self::Disk => "disk",
            Self::NotBackup => "not-backup",
        }
    }
}
