//! The network helper of the failover pair: the only process that may change addresses and send raw packets.
//!
//! The node tells it what to do over a Unix socket, one JSON line for each request ([`NetdRequest`]). It keeps four rules, which
//! make a node that hangs or has crashed give the shared IPs up:
//!
//! - Every address has a lifetime in the kernel. The helper never renews one by itself.
//! - It refuses a ballot below the highest that it has seen.
//! - It removes every address of ours when it starts, and when the node takes a new connection.
//! - It touches no address without our tag, and no interface that it was not told.
//!
//! It runs with two capabilities and no way to get more ([`privileges`]).

mod address;
mod announce;
mod arp;
mod check;
mod fence;
mod icmp;
mod interfaces;
mod kernel;
mod listen;
mod live;
mod neighbour;
mod ping;
pub mod privileges;
mod protocol;
mod server;

pub use address::{Mac, PlaceFault, PlacedIp};
pub use fence::BallotFence;
pub use protocol::{
    KernelAddress, KernelLink, LIFETIME_MAX, LINE_MAX, NetdCall, NetdFault, NetdMessage, NetdReply, NetdRequest, NetworkSnapshot,
    OperState,
};
pub use server::{NetdOptions, ServeFault, serve};
