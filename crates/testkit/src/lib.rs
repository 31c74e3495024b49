//! Test helpers: browser, disks, TCP proxy, idle connections, webhook and OIDC servers, the lab's peers, a node as a separate
//! process, and waiting.
#![expect(clippy::unwrap_used, reason = "a failed step of a test panics")]

mod browser;
mod chromium;
mod disk;
mod tcp_proxy;
mod idle_connections;
mod hook;
mod host_node;
mod lab;
mod namespaces;
mod node;
mod oidc;
mod reference;
mod wait;
mod witness;

pub use browser::{Browser, Page};
pub use chromium::Chromium;
pub use disk::{LoopDisk, SmallDisk};
pub use hook::{Hook, HookRequest};
pub use host_node::HostNode;
pub use idle_connections::IdleConnections;
pub use lab::{Lab, npm, python};
pub use namespaces::NetworkBench;
pub use node::{Node, Output, Usage, program};
pub use oidc::Oidc;
pub use reference::{assert_matches_file, assert_matches_part};
pub use tcp_proxy::TcpProxy;
pub use wait::{eventually, holds_for};
pub use witness::{Witness, WitnessLog};
