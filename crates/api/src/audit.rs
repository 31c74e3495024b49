//! The audit log: changes and their actors.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A page of the audit log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// `n` of the last row of the previous page.
    pub cursor: Option<i64>,
}

/// A change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Number of the entry, ascending with time.
    pub n: i64,
    /// Time of the change (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    /// The kind of change, such as `settings.save`.
    pub what: String,
    /// The actor: `account:NAME`, `token:NAME` or `local:USER`.
    pub who: String,
    /// What was changed, without secrets.
    pub detail: String,
}
