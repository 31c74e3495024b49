//! OAuth2: the permission to sign in at a relay (the *grant*) and its states. Also the meaning of a provider's answers, the
//! claims of a token, and the prerequisites at the provider. Pure functions: `mail::oauth` asks, waits and stores.

mod claims;
mod grant;
mod life;
mod powershell;
mod prerequisite;

pub use claims::Claims;
pub use grant::{Confirm, Destination, Grant, TokenLife, WordsOfProvider, same_account};
pub use life::{GrantPhase, Life, Refusal};
pub use powershell::{application_commands, powershell_literal};
pub use prerequisite::Prerequisite;

#[cfg(test)]
mod tests;
