//! OAuth2: the permission to sign in at a relay (the *grant*) and its life; what a provider's answer means; what a token
//! must say of itself. Pure: asking, waiting and storing is `service::oauth`.

mod claims;
mod grant;
mod life;

pub use claims::{Claims, Gate, application_commands};
pub use grant::{Confirm, Destination, Grant, TokenLife, WordsOfProvider, same_account};
pub use life::{Life, Refusal, State};

#[cfg(test)]
mod tests;
