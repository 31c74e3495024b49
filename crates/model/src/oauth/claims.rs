//! The claims of an access token. For diagnosis only: no decision depends on them. Providers promise nothing about the
//! content of a token (facts: Microsoft, *access tokens*).

use crate::time::Timestamp;

/// The claims that matter for mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    pub audience: Vec<String>,
    /// Delegated permissions (`scp`, `scope`).
    pub scopes: Vec<String>,
    /// Application permissions.
    pub roles: Vec<String>,
    /// The account that the token was issued for, as the provider names it.
    pub account: Option<String>,
    /// ID of the Entra tenant that issued the token.
    pub tenant: Option<String>,
    /// Object ID of the token's subject. In an application's token: of the enterprise application.
    pub object: Option<String>,
    pub issued: Option<Timestamp>,
    pub expires: Option<Timestamp>,
}
