//! Backup of a running store, and restore into a directory that nobody uses.
//!
//! The key is not in a backup: keep it apart, or the secrets in the backup are lost (and nobody who finds it has them).
//! After a restore every message that still waits is held: it may have been sent since, and a person decides.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use crate::commit::OPERATOR_GATE;
use crate::directory::DataDir;
use crate::fault::{OpenFault, ReadFault};
use crate::schema;
use crate::seal::KeyRing;
use crate::writer::Store;

#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    #[error("{0} is no backup of Postwacht: {1}")]
    NotABackup(PathBuf, String),
    #[error("{0} is damaged: {1}")]
    Damaged(PathBuf, String),
    #[error("{0} was written by a newer version (schema {1}, this program knows {2})")]
    Newer(PathBuf, i64, i64),
    #[error("{0} was sealed with another key than {1}")]
    WrongKey(PathBuf, PathBuf),
    #[error("{0} is there already; restore into an empty directory, or move it away first")]
    InTheWay(PathBuf),
    #[error("{0}")]
    Open(#[from] OpenFault),
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
    #[error("cannot write: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl Store {
    /// Writes a whole, compact copy as of now to `target`, which must not exist. Mail flows on meanwhile.
    pub async fn backup(&self, target: PathBuf) -> Result<u64, ReadFault> {
        let source = self.directory().join("postwacht.db");
        let copying = tokio::task::spawn_blocking(move || copy(&source, &target));
        copying.await.unwrap_or(Err(ReadFault::Closed))
    }
}

fn copy(source: &Path, target: &Path) -> Result<u64, ReadFault> {
    let io = |error: std::io::Error| ReadFault::Sql(rusqlite::Error::ToSqlConversionFailure(error.into()));
    // Made by us, closed to others, before a byte of mail is in it; a link or a file in the way is refused.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(io)?;
    let connection = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
    let file = std::fs::File::open(target).map_err(io)?;
    file.sync_all().map_err(io)?;
    Ok(file.metadata().map_err(io)?.len())
}

/// Puts a backup into a locked directory without a database. Returns how many waiting messages are held now.
pub fn restore(backup: &Path, directory: &DataDir, ring: &KeyRing, now: i64) -> Result<usize, RestoreFault> {
    let target = directory.database();
    // A leftover write-ahead log would be played into the restored database.
    for name in ["postwacht.db", "postwacht.db-wal", "postwacht.db-shm"] {
        let file = directory.path().join(name);
        if file.exists() {
            return Err(RestoreFault::InTheWay(file));
        }
    }
    check(backup, ring, &directory.key_file())?;
    let part = directory.path().join("restore.part");
    std::fs::copy(backup, &part)?;
    std::fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let held = hold(&part, now)?;
    std::fs::File::open(&part)?.sync_all()?;
    std::fs::rename(&part, &target)?;
    std::fs::File::open(directory.path())?.sync_all()?;
    Ok(held)
}

fn check(backup: &Path, ring: &KeyRing, key_file: &Path) -> Result<(), RestoreFault> {
    let not = |error: &dyn std::fmt::Display| RestoreFault::NotABackup(backup.to_owned(), error.to_string());
    std::fs::File::open(backup).map_err(|error| not(&error))?;
    let connection = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| not(&error))?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| not(&error))?;
    if version > schema::VERSION {
        return Err(RestoreFault::Newer(backup.to_owned(), version, schema::VERSION));
    }
    let check: Vec<u8> =
        connection.query_row("SELECT sealed_check FROM node", [], |row| row.get(0)).map_err(|error| not(&error))?;
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| not(&error))?;
    if sound != "ok" {
        return Err(RestoreFault::Damaged(backup.to_owned(), sound));
    }
    if !ring.fits(&check) {
        return Err(RestoreFault::WrongKey(backup.to_owned(), key_file.to_owned()));
    }
    Ok(())
}

fn hold(path: &Path, now: i64) -> Result<usize, rusqlite::Error> {
    let connection = Connection::open(path)?;
    let sql = "UPDATE message SET lane = -?1, parked = ?2 WHERE open > 0";
    let held = connection.execute(sql, params![OPERATOR_GATE, now])?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(held)
}
