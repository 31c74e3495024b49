//! Backups on the node's disk.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A backup to write.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRequest {
    /// An absolute path on the node; it must not exist.
    pub file: String,
}

/// A written backup.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BackupResult {
    /// Its path on the node.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
}
