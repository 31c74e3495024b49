//! The audit log.

use model::time::Timestamp;
use rusqlite::Row;

use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    pub n: i64,
    pub at: Timestamp,
    pub who: String,
    pub what: String,
    pub detail: String,
}

fn entry(row: &Row<'_>) -> Result<AuditView, rusqlite::Error> {
    Ok(AuditView { n: row.get(0)?, at: row.time(1)?, who: row.get(2)?, what: row.get(3)?, detail: row.get(4)? })
}

impl Store {
    /// Rows of the audit log below the number `before`, newest first.
    pub async fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT n, at, who, what, detail FROM audit WHERE n < :before ORDER BY n DESC LIMIT :rows";
            let values = values! { ":before": before.unwrap_or(i64::MAX), ":rows": limit.min(ROWS_MAX) };
            Ok(connection.rows(sql, values, entry)?)
        })
        .await
    }

    /// Rows of the audit log that the watch has not read, in order. Also returns true if the watch has read the audit log
    /// before: rows from before its first reading are not news.
    pub async fn audit_unread(&self, limit: usize) -> Result<(Vec<AuditView>, bool), ReadFault> {
        self.read(move |connection, _| {
            let read: Option<i64> = connection.first("SELECT audit FROM life", &[], |row| row.get(0))?.flatten();
            let sql = "SELECT n, at, who, what, detail FROM audit WHERE n > :read ORDER BY n LIMIT :rows";
            let values = values! { ":read": read.unwrap_or(0), ":rows": limit.min(ROWS_MAX) };
            Ok((connection.rows(sql, values, entry)?, read.is_some()))
        })
        .await
    }
}
