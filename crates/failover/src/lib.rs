//! The failover pair at work: what `model::failover` decides is carried out here.
//!
//! It makes and ends the relationship of two nodes, and runs the core of each. Nothing in the program starts it yet.
//!
//! The files in the order of a pairing: `identity` is the key of a node, `trust` checks the key of the other, `code` and `proof` show that both know the same secret,
//! `frame` sends messages within bounds, `relationship` is what the disk keeps, `email` are the settings that follow the primary, and `pairing` leads the dialogue. Then `runtime` feeds the core and carries out its
//! actions, through `helper` those on addresses; `core_link` brings it what the peer says.

mod addresses;
mod code;
mod core_link;
mod email;
mod frame;
mod helper;
mod identity;
mod pairing;
mod proof;
mod relationship;
mod runtime;
mod trust;

pub use addresses::{OwnAddress, machine_addresses};
pub use code::{CodeFault, PairingCode};
pub use core_link::ServingToken;
pub use frame::FrameFault;
pub use identity::{IdentityFault, KeyPin, PairIdentity};
pub use pairing::{
    BreakMode, EstablishRequest, Established, Invitation, NodeIp, NodePairSettings, PairFault, PairingService, PeerRefusal,
    ProductFacts, Settled, Standing, TRIES, keep_port, serve_pairing,
};
pub use proof::{PRE_SHARED_MIN, PairingSecret, SecretFault};
pub use relationship::{PEER_PORT, PairStage, PeerAddress, PeerPin, PeerRecord, Relationship};
pub use runtime::{PairHandle, PairHost, PairKeeper, PairRuntime};
