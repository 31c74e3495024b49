//! The audit log.

use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::{AuditRow, Outcome};
use crate::statement::{Statements, values};

/// Number of newest rows of the audit log that [`trim`] keeps.
const AUDIT_KEPT: i64 = 100_000;
/// Maximum number of rows deleted in one slice.
const SLICE: i64 = 10_000;

pub(super) fn write(connection: &Connection, at: Timestamp, entry: &AuditRow) -> Result<Outcome, rusqlite::Error> {
    let sql = "INSERT INTO audit (at, who, what, detail) VALUES (:at, :who, :what, :detail)";
    let values = values! { ":at": at, ":who": entry.who, ":what": entry.what, ":detail": entry.detail };
    connection.run(sql, values).map(|_| Outcome::Done)
}

pub(super) fn trim(connection: &Connection) -> Result<Outcome, rusqlite::Error> {
    let sql = "DELETE FROM audit WHERE n IN
               (SELECT n FROM audit WHERE n <= (SELECT max(n) FROM audit) - :kept ORDER BY n LIMIT :slice)";
    connection.run(sql, values! { ":kept": AUDIT_KEPT, ":slice": SLICE }).map(|_| Outcome::Done)
}
