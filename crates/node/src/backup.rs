//! A backup of the running node. The audit records it, since the backup holds all mail.

use std::path::{Path, PathBuf};

use model::account::{Actor, Forbidden, Role};
use model::audit::AuditedAct;
use store::{AuditRow, CommitFault, ReadFault};

use crate::service::Service;

#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Read(#[from] ReadFault),
}

impl Service {
    /// Records that the settings are written to a file with their secrets, before that happens.
    pub async fn note_export(&self, file: &Path, who: &str) -> Result<(), CommitFault> {
        let act = AuditedAct::SettingsExported { file: file.display().to_string() };
        self.store().change(self.clock().now(), AuditRow::new(who, &act)).await.map(drop)
    }

    /// Writes a whole copy of the current state to `file`, which must not exist. Returns its size in bytes.
    pub async fn backup(&self, file: PathBuf, who: &Actor) -> Result<u64, BackupFault> {
        who.needs(Role::Administrator)?;
        let bytes = self.store().backup(file.clone()).await?;
        let act = AuditedAct::BackupWritten { file: file.display().to_string(), bytes };
        if let Err(fault) = self.store().change(self.clock().now(), AuditRow::new(&who.name, &act)).await {
            tracing::warn!(%fault, "the audit entry of a backup could not be stored");
        }
        Ok(bytes)
    }
}
