//! The e-mail settings: as typed ([`Draft`]) and as parsed ([`EmailSettings`]). Inside the program only the parsed form
//! is used, and an illegal one cannot exist. Names of keys: `docs/settings.md`, kept whole by a test.

mod binding;
mod draft;
mod fault;
mod parse;
mod provider;
mod types;

pub use binding::{rebind, secret_name};
pub use draft::{AuthDraft, Draft, OAuth2Draft, RelayDraft, Scalar, SecretEntry};
pub use fault::{SettingFault, Wrong};
pub use parse::{SecretSource, duration, ensure_ids, parse, split_addresses};
pub use provider::{Cloud, IDENTITY_SCOPES, Provider, basic_auth_notice};
pub use types::*;
