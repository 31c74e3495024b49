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
    /// The kind of the act, such as `settings.saved`.
    pub what: String,
    /// The actor: the name of an account, `token:NAME`, `local:USER`, the address of a contact, or `postwacht` for the node itself.
    pub who: String,
    /// The details of the act, a line each, without secrets.
    pub detail: String,
}
