//! The SMTP language, without I/O: what may be said, what was said, and both sides of the dialogue.
//!
//! This crate never opens a socket, reads a clock or knows what a notice is (ARCHITECTURE.md, invariant 1).
//! Listed in the order in which a message meets them.

pub mod address;
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
pub use capability::Capabilities;
pub use reply::Reply;
pub use secret::Secret;
