//! The failover pair at work: what `model::failover` decides is carried out here.
//!
//! So far this crate makes and ends the relationship of two nodes. The files in the order of a pairing:
//! `identity` is the key of a node, `trust` checks the key of the other, `code` and `proof` show that both know the same secret,
//! `frame` sends messages within bounds, `relationship` is what the disk keeps, and `pairing` leads the dialogue.

mod addresses;
mod code;
mod frame;
mod identity;
mod pairing;
mod proof;
mod relationship;
mod trust;

pub use code::{CodeFault, PairingCode};
pub use frame::FrameFault;
pub use identity::{IdentityFault, KeyPin, PairIdentity};
pub use pairing::{
    BreakMode, EstablishRequest, Established, Invitation, PairFault, PairingService, PeerRefusal, ProductFacts, Settled, TRIES,
    serve_pairing,
};
pub use proof::{PRE_SHARED_MIN, PairingSecret, SecretFault};
pub use relationship::{PEER_PORT, PairStage, PeerAddress, PeerPin, PeerRecord, Relationship};
