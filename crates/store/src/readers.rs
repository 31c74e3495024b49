//! Reading connections: at most two reads at a time, each bounded in rows and in time. They do not block the writer.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connection::open_reader;
use crate::damage::Damage;
use crate::fault::ReadFault;
use crate::log_index::LogIndex;
use crate::seal::KeyRing;

/// Maximum number of rows that one call returns.
pub(crate) const ROWS_MAX: usize = 500;
const TIME_MAX: Duration = Duration::from_millis(250);
const READERS: usize = 2;

pub(crate) struct Readers {
    pool: Arc<Pool>,
    places: Arc<Semaphore>,
    ring: Arc<KeyRing>,
    damage: Arc<Damage>,
}

/// Idle connections.
struct Pool {
    idle: Mutex<Vec<Connection>>,
    /// Closed after the connections, as [`LogIndex`] requires.
    _index: Arc<LogIndex>,
}

impl Pool {
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A connection that returns to its pool when dropped, even after a panic of the read.
struct Borrowed<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_back(connection);
        }
    }
}

impl Readers {
    pub(crate) fn open(
        path: &Path,
        ring: Arc<KeyRing>,
        index: Arc<LogIndex>,
        damage: Arc<Damage>,
    ) -> Result<Self, rusqlite::Error> {
        let idle: Vec<_> = (0..READERS).map(|_| open_reader(path)).collect::<Result<_, _>>()?;
        let pool = Arc::new(Pool { idle: Mutex::new(idle), _index: index });
        Ok(Self { pool, places: Arc::new(Semaphore::new(READERS)), ring, damage })
    }

    pub(crate) fn note_damage(&self, error: &rusqlite::Error) {
        self.damage.note(error);
    }

    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring)
    }

    /// Runs a read on a pooled connection, outside the threads of the runtime.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &KeyRing) -> Result<T, ReadFault> + Send + 'static,
    ) -> Result<T, ReadFault> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| ReadFault::Closed)?;
        let (pool, ring, damage) = (Arc::clone(&self.pool), Arc::clone(&self.ring), Arc::clone(&self.damage));
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            let mut borrowed = Borrowed { connection: Some(pool.take().ok_or(ReadFault::Closed)?), pool: &pool };
            let connection = borrowed.connection.as_mut().ok_or(ReadFault::Closed)?;
            let result = bounded(connection, |connection| read(connection, &ring));
            if let Err(ReadFault::Sql(error)) = &result {
                damage.note(error);
            }
            result
        });
        reading.await.unwrap_or(Err(ReadFault::Closed))
    }
}

/// Runs a read on one snapshot: its statements see the same commits. Otherwise the body of a message that is settled
/// meanwhile would be missing behind its row.
///
/// Interrupts a read that takes too long. It would keep the WAL from being truncated, and a page would wait for it.
fn bounded<T>(connection: &mut Connection, read: impl FnOnce(&Connection) -> Result<T, ReadFault>) -> Result<T, ReadFault> {
    #[expect(clippy::disallowed_methods, reason = "the time a read may take is measured where it runs; no decision hangs on it")]
    let start = std::time::Instant::now();
    connection.progress_handler(10_000, Some(move || start.elapsed() > TIME_MAX))?;
    let snapshot = connection.transaction()?;
    let result = read(&snapshot);
    let finished = snapshot.finish();
    connection.progress_handler(0, None::<fn() -> bool>)?;
    finished?;
    match result {
        Err(ReadFault::Sql(error)) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
            Err(ReadFault::TookTooLong)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_a_read_see_one_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        let mut reader = open_reader(&path).unwrap();
        let count = |connection: &Connection| -> Result<i64, ReadFault> {
            Ok(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        };
        let counts = bounded(&mut reader, |connection| {
            let before = count(connection)?;
            writer.execute("DELETE FROM t", [])?;
            Ok((before, count(connection)?))
        });
        assert_eq!(counts.ok(), Some((1, 1)), "a commit between two statements of a read is not seen");
        assert_eq!(bounded(&mut reader, count).ok(), Some(0), "the next read sees it");
    }

    #[test]
    fn connection_is_usable_after_a_panic_of_a_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.db");
        drop(Connection::open(&path).unwrap());
        let mut reader = open_reader(&path).unwrap();
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            bounded(&mut reader, |_| -> Result<(), ReadFault> { panic!("a fault of the read") })
        }));
        assert!(panics.is_err());
        assert!(bounded(&mut reader, |_| Ok(())).is_ok(), "no snapshot is left open");
    }
}
