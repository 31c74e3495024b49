//! Faults of the store, grouped by the action they need.

use std::path::PathBuf;

use crate::damage::is_damage;
use crate::doubt::Doubt;
use crate::files::{ForeignFile, LostFile};
use crate::seal::KeyFault;
use crate::wal::WalCause;

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    #[error("the data directory {0} is in use by another process{1}")]
    InUse(PathBuf, String),
    #[error("the data directory {0} cannot be used: {1}")]
    Directory(PathBuf, std::io::Error),
    #[error("the database {0} is damaged: {1}")]
    Damaged(PathBuf, String),
    #[error("the database {0} and its write-ahead log {1} do not fit together: {2}")]
    Mixed(PathBuf, PathBuf, String),
    #[error("the database {0} was written by a newer version (schema {1}, this program knows {2})")]
    Newer(PathBuf, i64, i64),
    #[error("the database {0} is not as Postwacht makes it: {1}")]
    Foreign(PathBuf, String),
    #[error("the key does not open this database: it was sealed with another one (key file {0})")]
    WrongKey(PathBuf),
    /// There is a database and no key file. A new key would not open it.
    #[error("there is no key file {0}")]
    NoKey(PathBuf),
    #[error("{0}")]
    Key(#[from] KeyFault),
    #[error("the database {0} cannot be opened: {1}")]
    Sql(PathBuf, rusqlite::Error),
    #[error("{0}")]
    ForeignFile(#[from] ForeignFile),
    /// The database is missing, belongs to another node or is older than expected, and the operator has not confirmed it.
    #[error("{0}")]
    Unexpected(Doubt),
}

impl OpenFault {
    pub(crate) fn sql(path: &std::path::Path, error: rusqlite::Error) -> Self {
        // SQLite reports a value beyond the length limit of the connection: damage too, because every value of ours is
        // shorter.
        match is_damage(&error) || error.sqlite_error_code() == Some(rusqlite::ErrorCode::TooBig) {
            true => Self::Damaged(path.to_owned(), error.to_string()),
            false => Self::Sql(path.to_owned(), error),
        }
    }

    /// The message key of the hint that tells the operator what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse(..) => "hint-in-use",
            Self::Directory(..) => "hint-directory",
            Self::Damaged(..) => "hint-damaged",
            Self::Mixed(..) => "hint-mixed",
            Self::Newer(..) => "hint-newer",
            Self::Foreign(..) => "hint-foreign",
            Self::ForeignFile(_) | Self::Key(KeyFault::Foreign(_)) => "hint-foreign-file",
            Self::WrongKey(_) | Self::NoKey(_) | Self::Key(_) => "hint-key",
            Self::Sql(..) => "hint-database",
            Self::Unexpected(Doubt::Missing { .. }) => "hint-store-new",
            Self::Unexpected(Doubt::Other { .. }) => "hint-store-other",
            Self::Unexpected(Doubt::Older { .. } | Doubt::Cut { .. }) => "hint-store-older",
        }
    }
}

/// The reason why the store refuses all commits although it was not closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFailure {
    #[error("{0}")]
    Files(LostFile),
    /// SQLite has reported an invalid page.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A sync or the writer thread failed.
    #[error("the disk did not take a write: {0}")]
    Disk(String),
}

impl StoreFailure {
    /// Classifies an SQLite error that is not the fault of one commit.
    pub(crate) fn of(error: &rusqlite::Error) -> Self {
        match is_damage(error) {
            true => Self::Damaged(error.to_string()),
            false => Self::Disk(error.to_string()),
        }
    }

    /// The fault that callers receive.
    pub(crate) fn fault(&self) -> CommitFault {
        match self {
            Self::Files(lost) => CommitFault::Lost(lost.clone()),
            Self::Damaged(why) => CommitFault::Damaged(why.clone()),
            Self::Disk(why) => CommitFault::Storage(why.clone()),
        }
    }
}

impl From<LostFile> for StoreFailure {
    fn from(lost: LostFile) -> Self {
        Self::Files(lost)
    }
}

/// The reason why a commit was not made. The store keeps nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    #[error("somebody else has saved since: revision {found}, not {expected}")]
    Stale { expected: i64, found: i64 },
    /// The key was used before, or the name or date is taken. Holds the result of that use, or that name or date.
    #[error("done before: {0}")]
    Done(String),
    /// The key was used before, for another request.
    #[error("the key was used for something else")]
    Differs,
    #[error("the disk is full")]
    DiskFull,
    #[error("too many writes are waiting")]
    Busy,
    #[error("there is no such thing")]
    NotFound,
    #[error("the last administrator stays one")]
    LastAdministrator,
    #[error("storage fault: {0}")]
    Storage(String),
    #[error("another process holds the write lock of the database")]
    Locked,
    /// The write-ahead log is over its bound and cannot be emptied, for this reason.
    #[error("the write-ahead log is full: {0}")]
    WalFull(WalCause),
    /// A file of the store was removed, replaced or damaged while the node used it.
    #[error("{0}")]
    Lost(LostFile),
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("the store is closed")]
    Closed,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    #[error("the search took too long")]
    TookTooLong,
    #[error("the store holds what cannot be: {table} {column} of row {row}")]
    BadRow { table: &'static str, column: &'static str, row: i64 },
    #[error("storage fault: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("a secret cannot be opened: {0}")]
    Seal(#[from] KeyFault),
    #[error("the store is closed")]
    Closed,
}
