//! Errors of SQLite after which the process must end: a damaged database, a failed sync.

use std::sync::OnceLock;

use rusqlite::ErrorCode;

/// The first damage that a connection has met.
#[derive(Default)]
pub(crate) struct Damage(OnceLock<String>);

impl Damage {
    /// Records the error if it reports a damaged file.
    pub(crate) fn note(&self, error: &rusqlite::Error) {
        if is_damage(error) {
            self.0.get_or_init(|| error.to_string());
        }
    }

    pub(crate) fn found(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// True if SQLite has reported an invalid page.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// True if the process must end and recover from the disk. After a failed sync the content of the page cache is unknown. Each
/// write makes a damaged database worse.
pub(crate) fn is_fatal(error: &rusqlite::Error) -> bool {
    const IOERR_FSYNC: i32 = 10 | (4 << 8);
    const IOERR_DIR_FSYNC: i32 = 10 | (5 << 8);
    is_damage(error) || matches!(error.sqlite_error().map(|e| e.extended_code), Some(IOERR_FSYNC | IOERR_DIR_FSYNC))
}
