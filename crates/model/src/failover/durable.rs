//! The record of a node of a pair on disk.

use serde::{Deserialize, Serialize};

use super::ballot::{Ballot, PairMember};
use super::peer::{Contract, EmailRevision};

/// The role on disk. No node starts as the primary: a former primary first looks for its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredRole {
    Primary,
    Backup,
}

/// The record on disk: one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durable {
    pub member: PairMember,
    /// `None`: the node is not part of a pair.
    pub role: Option<StoredRole>,
    /// The highest ballot that the node has seen or created. It never decreases.
    pub highest: Ballot,
    /// The last ballot under which this node was primary.
    pub active: Ballot,
    /// The contract of the peer that this node has confirmed. Its self-fence follows it.
    pub peer_contract: Contract,
    /// The newest contract of this node, and the last one that the peer has confirmed.
    pub contract: Contract,
    pub confirmed: Contract,
    /// True once this node has had all data of its present peer.
    pub caught_up: bool,
    pub email: EmailRevision,
    pub break_epoch: u64,
}

impl Durable {
    /// A node without a pair.
    pub fn standalone(member: PairMember) -> Self {
        Self {
            member,
            role: None,
            highest: Ballot::NONE,
            active: Ballot::NONE,
            peer_contract: Contract::NEVER,
            contract: Contract::NEVER,
            confirmed: Contract::NEVER,
            caught_up: false,
            email: EmailRevision::NONE,
            break_epoch: 0,
        }
    }
}
