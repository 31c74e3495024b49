//! Doubt about a database at the start: it is not the one that this machine has seen.

use std::path::PathBuf;

use model::id::MessageNumber;
use model::time::Timestamp;

/// A difference between the database and the records of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// There is no database, but this machine has a mark, a key or a log of one. `log`: the write-ahead log that still exists.
    Missing { database: PathBuf, log: Option<PathBuf>, key: Option<PathBuf>, seen: Option<Timestamp> },
    /// The database belongs to another node.
    Other { database: PathBuf, seen: Timestamp },
    /// The database is older than the mark: message number and time, found and expected.
    Older { database: PathBuf, found: (MessageNumber, Timestamp), expected: (MessageNumber, Timestamp) },
    /// The write-ahead log is missing or shorter than before: the last commits are not in it.
    Cut { log: PathBuf, seen: Timestamp },
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { database, log, key, seen } => {
                write!(f, "the database {} is missing or empty", database.display())?;
                match (seen, key) {
                    (Some(seen), _) => write!(f, ", but this machine has seen mail in it, last at {}", seen.in_utc()),
                    (None, Some(key)) => write!(f, ", but its key {} is there", key.display()),
                    (None, None) => Ok(()),
                }?;
                match log {
                    Some(log) => write!(f, "; its write-ahead log {} is still there and may hold mail", log.display()),
                    None => Ok(()),
                }
            }
            Self::Other { database, seen } => {
                write!(
                    f,
                    "the database {} is another one than this machine has seen, last at {}",
                    database.display(),
                    seen.in_utc()
                )
            }
            Self::Cut { log, seen } => write!(
                f,
                "the write-ahead log {} is missing or cut: it lacks commits that this machine has seen, last at {}",
                log.display(),
                seen.in_utc()
            ),
            Self::Older { database, found, expected } => write!(
                f,
                "the database {} is older than the one this machine has seen: it ends with message {} at {}, but message {} at {} was seen",
                database.display(),
                found.0,
                found.1.in_utc(),
                expected.0,
                expected.1.in_utc()
            ),
        }
    }
}

/// The reaction to a database that is missing, belongs to another node, or is older than this machine has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnexpectedStore {
    Refuse,
    /// The operator has confirmed the database.
    Accept,
}

/// Findings of the start about earlier runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The database is not the one that this machine expected, and the operator has confirmed it.
    pub doubt: Option<Doubt>,
    /// The reason why the last run ended, if its files or its disk had failed.
    pub failure: Option<String>,
    /// Number of waiting messages that the start has put on hold, because they may have been sent already.
    pub held: usize,
}
