//! The reason why a restore refuses a backup.

use std::path::PathBuf;

use crate::fault::OpenFault;

#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    #[error("{0} cannot be used as a backup: {1}")]
    NotABackup(PathBuf, String),
    #[error("{0} is damaged: {1}")]
    Damaged(PathBuf, String),
    #[error("{path} is cut short: it has {found} bytes, and its first page says {expected}")]
    CutShort { path: PathBuf, found: u64, expected: u64 },
    #[error("{path} needs {needed} bytes, and the disk of the data directory has {free} to spare")]
    TooLarge { path: PathBuf, needed: u64, free: u64 },
    #[error("{0} was not checked within {1} seconds")]
    TookTooLong(PathBuf, u64),
    #[error("{0} was written by a newer version (schema {1}, this program knows {2})")]
    Newer(PathBuf, i64, i64),
    /// The backup was made before backups were signed, or not by Postwacht.
    #[error("{0} is not signed: an older version wrote it, or something other than Postwacht")]
    Unsigned(PathBuf),
    #[error("{0} is signed with a key that is not in {1}")]
    ForeignSignature(PathBuf, PathBuf),
    #[error("{0} was changed after it was written: its signature, made with the key in {1}, does not fit its content")]
    Changed(PathBuf, PathBuf),
    /// The file has tables, triggers, views or numbers that no store of ours has.
    #[error("{0} is not as Postwacht writes it: {1}")]
    Foreign(PathBuf, String),
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
