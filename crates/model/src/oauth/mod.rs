//! OAuth2: the permission to sign in at a relay (the *grant*) and its states. Also the meaning of a provider's answers, and
//! the claims of a token. Pure functions: `mail::oauth` asks, waits and stores.

mod claims;
mod grant;
mod life;

pub use claims::{Claims, Prerequisite, application_commands, powershell_literal};
pub use grant::{Confirm, Destination, Grant, TokenLife, WordsOfProvider, same_account};
pub use life::{GrantPhase, Life, Refusal};

#[cfg(test)]
mod tests;
