//! Changes to the state of this node's own work: leases, relays, its life.

use std::time::Duration;

use model::Secret;
use model::failover::Durable;
use model::hold::RelayState;
use model::id::{MessageNumber, RelayId};
use model::time::Timestamp;

pub enum LocalChange {
    /// Claims each message that is (still) due until the lease ends, and counts an attempt of it.
    Claim { numbers: Vec<MessageNumber>, until: Timestamp },
    /// Renews leases. Skips a message whose due time is no longer the end of the lease: it was settled.
    Renew { leases: Vec<(MessageNumber, Timestamp)>, until: Timestamp },
    /// At start: ends the leases of the previous process now. `lease`: the length of a lease.
    Recover { lease: Duration },
    /// Requeues claimed messages and does not count the attempt.
    Unclaim { numbers: Vec<MessageNumber>, due: Timestamp },
    /// The state of a relay (`sender` empty), or of a sender at a relay.
    Relay { relay: RelayId, sender: String, state: RelayState },
    /// The node has started. Overwrites the record of the previous run.
    Started,
    /// The node was alive at this time.
    Seen,
    /// The node stops normally.
    Ended,
    /// The watch has read the audit log up to this row.
    AuditRead(i64),
    /// Proves that a write reaches the disk. Unlike the records of the node's life, it never uses the reserve.
    Alive,
    /// The pair of this node. Replaces the former row.
    Pair(PairRow),
}

/// The relationship of this node with its peer, and the record of the failover core.
pub struct PairRow {
    /// JSON, without secrets. `None`: no relationship.
    pub record: Option<String>,
    /// The private keys of this node for the pair: sealed in the store.
    pub keys: Option<Secret>,
    pub core: Durable,
}

impl LocalChange {
    /// True for records of the node's life.
    pub(super) fn is_record(&self) -> bool {
        match self {
            Self::Started | Self::Seen | Self::Ended | Self::AuditRead(_) => true,
            Self::Claim { .. }
            | Self::Renew { .. }
            | Self::Recover { .. }
            | Self::Unclaim { .. }
            | Self::Relay { .. }
            | Self::Alive
            | Self::Pair(_) => false,
        }
    }
}
