//! `/healthz`, for external monitoring. It lies outside `/api/v1`.

use serde::{Deserialize, Serialize};

use crate::status::HealthName;

/// The state of the node in three words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealthProbe {
    pub health: HealthName,
    /// Number of messages that wait for a relay.
    pub waiting: u64,
    /// True if an operator must act at once.
    pub alarm: bool,
}
