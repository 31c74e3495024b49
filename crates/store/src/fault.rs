//! What can go wrong, by what can be done about it.

use std::path::PathBuf;

use crate::file_watch::LostFile;
use crate::files::ForeignFile;
use crate::mark::Doubt;
use crate::seal::KeyFault;
use crate::soundness::is_damage;
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
    /// There is a database and no key file: a new key would not open it.
    #[error("there is no key file {0}")]
    NoKey(PathBuf),
    #[error("{0}")]
    Key(#[from] KeyFault),
    #[error("the database {0} cannot be opened: {1}")]
    Sql(PathBuf, rusqlite::Error),
    #[error("{0}")]
    ForeignFile(#[from] ForeignFile),
    /// The database is missing, another one or an older one, and no confirmation was given.
    #[error("{0}")]
    Unexpected(Doubt),
}

impl OpenFault {
    pub(crate) fn sql(path: &std::path::Path, error: rusqlite::Error) -> Self {
        // A value that is longer than any of ours is no less damage than a page that cannot be read.
        match is_damage(&error) || error.sqlite_error_code() == Some(rusqlite::ErrorCode::TooBig) {
            true => Self::Damaged(path.to_owned(), error.to_string()),
            false => Self::Sql(path.to_owned(), error),
        }
    }

    /// The key of the sentence that says what to do.
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
            Self::Unexpected(Doubt::New { .. }) => "hint-store-new",
            Self::Unexpected(Doubt::Other { .. }) => "hint-store-other",
            Self::Unexpected(Doubt::Older { .. } | Doubt::Cut { .. }) => "hint-store-older",
        }
    }
}

/// Why the store takes nothing more, although nobody closed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFailure {
    #[error("{0}")]
    Files(LostFile),
    /// SQLite met a page that cannot be right.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A sync failed, or the writer itself.
    #[error("the disk did not take a write: {0}")]
    Disk(String),
}

impl StoreFailure {
    /// What an error of SQLite means that is not the fault of one commit.
    pub(crate) fn of(error: &rusqlite::Error) -> Self {
        match is_damage(error) {
            true => Self::Damaged(error.to_string()),
            false => Self::Disk(error.to_string()),
        }
    }
}

/// A commit was not made. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    #[error("somebody else has saved since: revision {found}, not {expected}")]
    Stale { expected: i64, found: i64 },
    /// The key was used before; this is what came of it.
    #[error("done before: {0}")]
    Done(String),
    /// The key was used before, for something else.
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
    /// The write-ahead log is over its bound and cannot be emptied; this is why.
    #[error("the write-ahead log is full: {0}")]
    WalFull(WalCause),
    /// A file of the store was taken away under the running node.
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
