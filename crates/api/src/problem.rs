//! Errors as RFC 9457 problems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A problem (RFC 9457): what happened, why, and what to do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// Stable name of the kind of problem.
    #[serde(rename = "type", default)]
    #[schema(required = true)]
    pub kind: String,
    /// The problem, in one sentence.
    #[serde(default)]
    #[schema(required = true)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    #[schema(required = true)]
    pub status: u16,
    /// The reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Faults, each with its field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A fault of one field.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path: `email.relay.port`.
    pub field: String,
    pub message: String,
}
