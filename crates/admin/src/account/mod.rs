//! Accounts: people who sign in, by password or by a link that works once.
//!
//! A browser or a link holds 256 random bits; the store keeps their SHA-256. A password is stored as Argon2id.

mod accounts;
mod device;
mod fault;
mod guessing;
mod link;
mod own_account;
mod password;
mod session;
mod token;

pub use accounts::Accounts;
pub use device::DEVICE_MAX;
pub use fault::AccountFault;
pub use session::{OpenedSession, RequestOrigin, SignedIn};
pub use token::{random_token, token_digest};
