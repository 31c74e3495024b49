//! Bearer tokens of programs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// A right that a token can give.
    ScopeName {
        /// Reads `/metrics` and `/healthz`.
        Metrics = "metrics",
        /// Submits messages and raises events.
        Send = "send",
        /// Reads everything except accounts and tokens.
        Read = "read",
        /// Also operates the queue, sends tests and acknowledges incidents.
        Operate = "operate",
        /// May do everything.
        Administer = "administer",
    }
);

/// A token to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Name in the list and in the audit log.
    pub name: String,
    /// metrics, send, read, operate, administer.
    #[schema(value_type = Vec<ScopeName>)]
    pub scopes: Vec<String>,
    /// Lifetime: `90d`, `1y`, `12h`; at most five years.
    pub expires: String,
}

/// A new token. No later answer shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    /// Number of the token, to revoke it.
    pub id: i64,
    /// The value for `Authorization: Bearer`.
    pub token: String,
}

/// A token in the list, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenEntry {
    pub id: i64,
    pub name: String,
    pub scopes: Vec<ScopeName>,
    /// The account or program that created it.
    pub by: String,
    /// Time of creation (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub created: String,
    /// End of its life (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub expires: String,
    /// True if that end has passed.
    pub ended: bool,
    /// Time of the last use, to the minute (RFC 3339, UTC). `null` if it was never used.
    #[schema(required = true, format = DateTime)]
    pub last_used: Option<String>,
}
