//! The domain model: the types of reliable mail delivery and their rules. The rules cover valid settings, the meaning of a
//! relay's replies, retries and blame.
//!
//! No I/O, no clock, no randomness: the caller passes the time and random values (ARCHITECTURE.md, invariant 1).

mod hex;
pub mod phrase;
pub mod account;
pub mod audit;
pub mod scope;
pub mod settings;
pub mod id;
pub mod time;
pub mod message;
pub mod catalogue;
pub mod verdict;
pub mod health;
pub mod hold;
pub mod retry;
pub mod route;
pub mod oauth;
pub mod event;
pub mod failover;
pub mod incident;
pub mod daily;

pub use hex::hex;
pub use phrase::{Language, Phrase, Retrying};
pub use smtp::{Address, Mailbox, Secret};
