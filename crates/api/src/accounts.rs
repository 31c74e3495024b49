//! Accounts of people who sign in on the pages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// The rights of an account. Each role has the rights of the roles before it.
    RoleName {
        /// Sees everything except secrets.
        Viewer = "viewer",
        /// Also operates the queue, sends tests and acknowledges incidents.
        Operator = "operator",
        /// Also changes settings, accounts and tokens.
        Administrator = "administrator",
    }
);

/// An account to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The name to sign in with.
    pub name: String,
    /// viewer, operator or administrator.
    #[schema(value_type = RoleName)]
    pub role: String,
}

/// An account in the list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountEntry {
    pub name: String,
    pub role: RoleName,
    /// Time of creation (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub created: String,
}

/// A link that signs in once, within a day, to choose a password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInLink {
    /// The whole link. `null` if the node does not know the address at which browsers reach it.
    #[schema(required = true)]
    pub url: Option<String>,
    /// The link without scheme, host and port.
    pub path: String,
}
