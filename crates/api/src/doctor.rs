//! The checks of the doctor.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::report::SessionReport;

names!(
    /// The result of a check.
    FindingName {
        Well = "well",
        /// Mail works; an operator should look.
        Remark = "remark",
        /// Mail does not work, or will not.
        Wrong = "wrong",
        /// The check could not be made.
        Unknown = "unknown",
    }
);

/// One check of the doctor.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DoctorCheck {
    /// The subject: `settings`, `relay`, `grant`, `clock`, `disk` and others.
    pub check: String,
    pub finding: FindingName,
    /// The finding in one sentence.
    pub says: String,
    /// Commands for an administrator to run, at the provider or elsewhere.
    pub commands: Vec<String>,
    /// The session with the relay, if one was opened.
    #[schema(required = true)]
    pub report: Option<SessionReport>,
}
