//! The nouns of mail that must arrive, and the rules on them: what is legal, what a relay's answer means, when to try
//! again, whose fault it is.
//!
//! No I/O, no clock, no chance: now and randomness are arguments (ARCHITECTURE.md, invariant 1).

pub mod phrase;
pub mod account;
pub mod scope;
pub mod settings;
pub mod id;
pub mod message;
pub mod catalogue;
pub mod verdict;
pub mod hold;
pub mod retry;
pub mod route;
pub mod oauth;
pub mod event;
pub mod incident;
pub mod daily;

pub use phrase::{Language, Phrase, hex};
pub use smtp::{Address, Mailbox, Secret};
