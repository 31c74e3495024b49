//! Opens every SQLite connection of the store. The file is not trusted (<https://sqlite.org/security.html>). Its schema must
//! not run code. Its values must not need more memory than ours do.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

/// Maximum length of a value or a row, in bytes. The longest values are settings drafts; bodies are in parts of 256
/// KiB.
pub(crate) const VALUE_MAX: i32 = 32 << 20;
/// Maximum length of a statement, in bytes. Covers our longest query and our longest `CREATE TABLE`.
const SQL_MAX: i32 = 64 << 10;

/// Lock timeout of the writer's statements.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(10);
/// Lock timeout of a reader's statements.
const READER_BUSY_WAIT: Duration = Duration::from_secs(2);

/// The sync mode of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The store syncs every commit before it answers.
    Full,
    /// No sync. Only for the negative control of the power-cut test.
    None,
}

/// Opens and hardens a connection. Every connection of the store starts here.
pub(crate) fn open(path: &Path, flags: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    harden(&connection)?;
    Ok(connection)
}

/// Switches off the features that a hostile file could use. Runs before the first statement, so before SQLite reads the
/// schema.
fn harden(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Our schema has neither triggers nor views. A file with any is refused; these two settings keep them from running until
    // then.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_MAX)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, SQL_MAX)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    // With a memory map, a shrinking file or a bad sector raises a signal that ends the process.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Sets the pragmas of the writing connection. [`crate::wal::Wal`] makes the checkpoints.
pub(crate) fn prepare_writer(connection: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.busy_timeout(BUSY_WAIT)
}

/// Opens a connection that only reads. It needs a writable file for SQLite's shared memory; `query_only` forbids writes.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.busy_timeout(READER_BUSY_WAIT)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opened_connection_is_hardened() {
        let dir = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = open(&dir.path().join("x.db"), flags).unwrap();
        for (config, wanted) in [
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        ] {
            assert_eq!(connection.db_config(config), Ok(wanted), "{config:?}");
        }
        let huge = connection.query_row("SELECT length(zeroblob(1000000000))", [], |row| row.get::<_, i64>(0));
        assert!(huge.is_err(), "no value is longer than {VALUE_MAX} bytes");
    }
}
