//! The SMTP protocol without I/O: addresses, commands, replies, and both sides of the dialogue.
//!
//! This crate never opens a socket or reads a clock, and it has no notion of a notice (ARCHITECTURE.md, invariant 1).

pub mod address;
pub mod address_list;
pub mod body;
pub mod capability;
pub mod client;
pub mod command;
pub mod dot;
pub mod reply;
pub mod request;
pub mod sasl;
pub mod secret;
pub mod server;
pub mod transcript;

pub use address::{Address, Mailbox};
pub use address_list::AddressList;
pub use capability::Capabilities;
pub use reply::Reply;
pub use secret::Secret;
