//! The email settings: as typed ([`Draft`]) and as parsed ([`EmailSettings`]). The program uses only the parsed form, which
//! is always valid. Names of keys: `docs/settings.md`; a test keeps it complete.

mod binding;
mod draft;
mod fault;
mod parse;
mod parts;
mod provider;
mod typed;
mod types;

pub use binding::{rebind, secret_name};
pub use draft::{AuthDraft, Draft, LISTED, OAuth2Draft, RelayDraft, listed_table};
pub use fault::{SettingFault, Wrong};
pub use parse::{SecretSource, duration, ensure_ids, is_loopback_url, parse, relay_names, sender_of};
pub use parts::ClientKeyFault;
pub use provider::{Cloud, IDENTITY_SCOPES, MethodKind, Provider, provider_restricting_passwords};
pub use typed::{Scalar, SecretEntry};
pub use types::*;
