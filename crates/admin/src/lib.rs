//! Administration: settings, accounts and tokens, and what they need: clock, words, certificates, an HTTP client.

pub mod account;
mod admin;
pub mod oauth_client_key;
pub mod certificate;
mod chain;
pub mod clock;
pub mod crypto;
pub mod http;
pub mod key_pair;
pub mod library_words;
pub mod names;
pub mod parser;
pub mod pinned;
mod reason;
pub mod settings;
pub mod token;
pub mod trust;
pub mod words;

pub use admin::Admin;
pub use clock::Clock;
