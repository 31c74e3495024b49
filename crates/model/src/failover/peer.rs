//! The status that one node tells the other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ballot::{Ballot, PairMember};
use super::guard::TakeoverGuard;
use super::settings::{FailoverSettings, LoneStart};

/// A promise to the peer: how soon this node may become primary without an answer of the peer.
///
/// A change that makes this sooner is in force only after the peer has confirmed it. The peer needs the promise to know when it
/// must stop to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Number of this version of the contract.
    pub number: u64,
    /// `None`: the node becomes primary only by an administrator, or by a message of its peer.
    pub acts_after: Option<Duration>,
}

impl Contract {
    pub const NEVER: Self = Self { number: 0, acts_after: None };

    /// The time after which a node with these settings may act alone.
    pub fn time_of(settings: &FailoverSettings) -> Option<Duration> {
        let takes_over = settings.backup.takes_over && settings.backup.is_enabled;
        let resumes = settings.pair.lone_start == LoneStart::Resume && !settings.backup.test_ips.is_empty();
        (takes_over || resumes).then_some(settings.backup.primary_timeout)
    }

    /// True if this contract allows nothing that `other` does not allow.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self.acts_after, other.acts_after) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(others)) => mine >= others,
        }
    }
}

/// The role of a node, as its peer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleName {
    Standalone,
    Starting,
    Primary,
    /// Was primary, serves nothing, and waits.
    Fenced,
    Backup,
    /// On the way to the role of primary: it may serve already.
    Activating,
}

impl RoleName {
    /// Name in the API and the audit log; also part of Fluent keys.
    pub fn text(self) -> &'static str {
        match self {
            Self::Standalone => "standalone",
            Self::Starting => "starting",
            Self::Primary => "primary",
            Self::Fenced => "fenced",
            Self::Backup => "backup",
            Self::Activating => "activating",
        }
    }
}

/// A status answer. It says what was true when it was written, so it never extends authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    pub member: PairMember,
    pub role: RoleName,
    /// The ballot of the present activation; [`Ballot::NONE`] if the node is not primary.
    pub ballot: Ballot,
    /// The highest ballot that the node has seen.
    pub highest: Ballot,
    /// The last ballot under which the node itself was primary.
    pub active: Ballot,
    pub contract: Contract,
    /// Number of the other node's contract that this node has confirmed.
    pub confirmed: u64,
    /// Version of the product, and of its data.
    pub version: String,
    pub schema: u32,
    /// Digest of the settings of the pair.
    pub settings: u64,
    /// Version of the e-mail settings on this node.
    pub email: EmailRevision,
    pub self_ok: bool,
    pub tests_ok: bool,
    /// How often a relationship of this node was broken by force.
    pub break_epoch: u64,
    /// The reasons for which the node would not take over by itself. For display only.
    #[serde(default)]
    pub guards: Vec<TakeoverGuard>,
}

impl PeerStatus {
    /// True if the node serves, or is about to.
    pub fn serves(&self) -> bool {
        matches!(self.role, RoleName::Primary | RoleName::Activating)
    }
}

/// A version of the e-mail settings: under which ballot they were saved, and the how many-th save that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmailRevision {
    pub ballot: Ballot,
    pub count: u64,
}

impl EmailRevision {
    pub const NONE: Self = Self { ballot: Ballot::NONE, count: 0 };
}
