//! The write-ahead log (WAL). The writer makes the checkpoints itself, so that it sees and reports each checkpoint that
//! fails.
//!
//! `wal_autocheckpoint` would make them within the commit and drop every error.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::apply::is_fatal;
use crate::disk::room;
use crate::file_watch::with_suffix;

/// Number of frames that makes a checkpoint due: SQLite's own default.
const CHECKPOINT_FRAMES: u64 = 1000;
/// Bytes. Above this, a checkpoint truncates the log and waits for readers. Below it, checkpoints do not wait.
const TRUNCATE_ABOVE: u64 = 64 << 20;
/// Minimum time between truncations, and the longest time that a truncation may block the writer. Our own reads end sooner.
const TRUNCATE_EVERY: Duration = Duration::from_secs(10);
const TRUNCATE_WAIT: Duration = Duration::from_millis(300);
/// Lock timeout of every other statement of the writer.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(10);
/// Retry interval after a checkpoint that failed or that a reader blocked.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The writer reports a reader that has blocked the checkpoint for this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// The bound of the log is a twentieth of the disk, within these limits (bytes).
const BOUND_MIN: u64 = 64 << 20;
const BOUND_MAX: u64 = 1 << 30;
/// Divisor of the bound: the writer reports a blocked log that is larger than this part of it.
const TOLD_PART: u64 = 4;
/// Bytes of the header of each frame.
const FRAME_HEADER: u64 = 24;

/// The reason why the writer cannot checkpoint the log completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalCause {
    /// A checkpoint failed: SQLite's error message.
    Failed(String),
    /// A backup of the running node is reading the whole database.
    Backup,
    /// Another process has a read transaction open: its name and process ID.
    Process(String),
    /// A read transaction is open, and the system does not say which process holds it.
    Reader,
}

impl fmt::Display for WalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(f, "a checkpoint failed: {why}"),
            Self::Backup => f.write_str("a backup is being written"),
            Self::Process(process) => write!(f, "{process} keeps a read of the database open"),
            Self::Reader => f.write_str("another process keeps a read of the database open"),
        }
    }
}

/// The state of the write-ahead log, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalState {
    pub bytes: u64,
    /// Above this, a log that cannot be emptied makes the store refuse every message except critical notices.
    pub bound: u64,
    /// The reason why the log cannot be emptied; `None` if it can.
    pub trouble: Option<WalCause>,
}

impl WalState {
    pub fn is_full(&self) -> bool {
        self.trouble.is_some() && self.bytes > self.bound
    }
}

/// The part that other threads read.
pub(crate) struct WalView {
    frames: Arc<AtomicU64>,
    frame_size: u64,
    bound: AtomicU64,
    full: AtomicBool,
    trouble: Mutex<Option<WalCause>>,
    pub(crate) backups: AtomicUsize,
}

impl WalView {
    fn lock(&self) -> MutexGuard<'_, Option<WalCause>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> WalState {
        let bytes = self.frames.load(Ordering::Relaxed) * self.frame_size;
        WalState { bytes, bound: self.bound.load(Ordering::Relaxed), trouble: self.lock().clone() }
    }

    /// The reason for refusing new messages while the log is over its bound. Costs one atomic load for each message.
    pub(crate) fn refusal(&self) -> Option<WalCause> {
        if self.full.load(Ordering::Relaxed) { self.lock().clone() } else { None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Checkpoint {
    Complete,
    /// A reader keeps the checkpoint from completing.
    HeldUp,
    Failed,
}

/// The last checkpoint attempt.
struct Tried {
    at: Instant,
    frames: u64,
    came: Checkpoint,
}

/// The writer's part.
pub(crate) struct Wal {
    view: Arc<WalView>,
    database: std::path::PathBuf,
    tried: Option<Tried>,
    truncated: Option<Instant>,
    /// Start of the current blockage by a reader.
    held_up: Option<Instant>,
}

impl Wal {
    /// Follows the log of this connection. Replaces SQLite's automatic checkpoints.
    pub(crate) fn follow(connection: &mut Connection, database: &Path) -> Result<Self, rusqlite::Error> {
        let frames = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&frames);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: std::ffi::c_int| {
            counted.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let page_size: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let view = WalView {
            frames,
            frame_size: FRAME_HEADER + u64::try_from(page_size).unwrap_or(0),
            bound: AtomicU64::new(BOUND_MAX),
            full: AtomicBool::new(false),
            trouble: Mutex::default(),
            backups: AtomicUsize::new(0),
        };
        let wal = Self { view: Arc::new(view), database: database.to_owned(), tried: None, truncated: None, held_up: None };
        wal.measure();
        Ok(wal)
    }

    pub(crate) fn view(&self) -> Arc<WalView> {
        Arc::clone(&self.view)
    }

    /// Number of frames in the log after the last commit, and the bytes of a frame.
    pub(crate) fn frames(&self) -> (u64, u64) {
        (self.view.frames.load(Ordering::Relaxed), self.view.frame_size)
    }

    /// Computes the bound from the size of the disk.
    fn measure(&self) {
        let total = self.database.parent().and_then(room).map_or(u64::MAX, |room| room.total);
        self.view.bound.store((total / 20).clamp(BOUND_MIN, BOUND_MAX), Ordering::Relaxed);
    }

    /// True if a checkpoint is due.
    pub(crate) fn is_due(&self) -> bool {
        let (frames, _) = self.frames();
        if frames < CHECKPOINT_FRAMES && self.held_up.is_none() && self.view.lock().is_none() {
            return false;
        }
        let Some(tried) = &self.tried else { return true };
        match tried.came {
            Checkpoint::Complete => frames != tried.frames,
            Checkpoint::HeldUp if frames >= tried.frames + CHECKPOINT_FRAMES => true,
            Checkpoint::HeldUp | Checkpoint::Failed => now().duration_since(tried.at) >= RETRY_AFTER,
        }
    }

    /// Makes a checkpoint. `Err`: a sync failed or the database is damaged, so the content of the disk is unknown.
    pub(crate) fn tend(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let ((frames, _), now) = (self.frames(), now());
        let truncates =
            self.view.state().bytes > TRUNCATE_ABOVE && self.truncated.is_none_or(|at| now.duration_since(at) >= TRUNCATE_EVERY);
        let result = if truncates {
            self.truncated = Some(now);
            self.measure();
            connection.busy_timeout(TRUNCATE_WAIT)?;
            let result = checkpoint(connection, "TRUNCATE");
            connection.busy_timeout(BUSY_WAIT)?;
            result
        } else {
            checkpoint(connection, "PASSIVE")
        };
        match result {
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) => self.failed(&error),
            Ok(Checkpoint::Complete) => self.complete(truncates),
            Ok(_) => self.held_up(now, truncates),
        }
        let came = match () {
            () if self.held_up.is_some() => Checkpoint::HeldUp,
            () if self.view.lock().is_some() => Checkpoint::Failed,
            () => Checkpoint::Complete,
        };
        self.tried = Some(Tried { at: now, frames, came });
        self.view.full.store(self.view.state().is_full(), Ordering::Relaxed);
        Ok(())
    }

    fn complete(&mut self, truncated: bool) {
        if truncated {
            self.view.frames.store(0, Ordering::Relaxed);
        }
        self.held_up = None;
        if self.view.lock().take().is_some() {
            tracing::info!("the write-ahead log was brought home again");
        }
    }

    fn failed(&mut self, error: &rusqlite::Error) {
        self.held_up = None;
        self.trouble(WalCause::Failed(error.to_string()));
    }

    fn held_up(&mut self, now: Instant, truncates: bool) {
        let since = *self.held_up.get_or_insert(now);
        let WalState { bytes, bound, trouble } = self.view.state();
        let long = bytes > bound / TOLD_PART && now.duration_since(since) >= PATIENCE;
        // Looks up the reader again at each truncation: the reader may have changed.
        if (long || bytes > bound) && (trouble.is_none() || truncates) {
            self.trouble(self.reader());
        }
    }

    fn trouble(&self, cause: WalCause) {
        let mut trouble = self.view.lock();
        if trouble.as_ref() != Some(&cause) {
            let (frames, frame_size) = self.frames();
            let mebibytes = (frames * frame_size) >> 20;
            tracing::error!(mebibytes, "the write-ahead log cannot be brought home: {cause}");
            *trouble = Some(cause);
        }
    }

    /// Finds the reader that blocks the checkpoint.
    fn reader(&self) -> WalCause {
        match foreign_reader(&with_suffix(&self.database, "-shm")) {
            Some(process) => WalCause::Process(process),
            None if self.view.backups.load(Ordering::Relaxed) > 0 => WalCause::Backup,
            None => WalCause::Reader,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how often the writer tries is measured where it runs")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Makes one checkpoint. Its result row holds: busy, frames in the log, frames in the database.
fn checkpoint(connection: &Connection, mode: &str) -> Result<Checkpoint, rusqlite::Error> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (busy, frames, home) = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], row)?;
    Ok(if busy == 0 && home >= frames { Checkpoint::Complete } else { Checkpoint::HeldUp })
}

/// The last checkpoint, when the writer ends. If it fails, the next start makes it.
pub(crate) fn final_checkpoint(connection: &Connection) {
    match checkpoint(connection, "TRUNCATE") {
        Ok(Checkpoint::Complete) => {}
        Ok(_) => tracing::info!("the write-ahead log is still read by another process; the next start brings it home"),
        Err(error) => tracing::warn!(%error, "the last checkpoint failed; the next start makes it"),
    }
}

/// The process that holds a read lock on the shared memory of the log (<https://www.sqlite.org/walformat.html#locks>).
/// Returns its name and process ID, as far as proc(5) shows them.
fn foreign_reader(shared_memory: &Path) -> Option<String> {
    let about = std::fs::metadata(shared_memory).ok()?;
    let file = format!("{:02x}:{:02x}:{}", rustix::fs::major(about.dev()), rustix::fs::minor(about.dev()), about.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let pid = reading_process(&locks, &file, std::process::id())?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let name = if name.trim().is_empty() { "another process" } else { name.trim() };
    Some(format!("{name} (process {pid})"))
}

/// Finds a foreign read lock among the lines of `/proc/locks`: `1: POSIX  ADVISORY  READ 4711 fd:01:42 124 124`.
fn reading_process(locks: &str, file: &str, own: u32) -> Option<u32> {
    /// Offsets of the five read marks.
    const READ_LOCKS: std::ops::RangeInclusive<u64> = 123..=127;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "READ", pid, of, start, _] = words[..] else { return None };
        let (pid, start): (u32, u64) = (pid.parse().ok()?, start.parse().ok()?);
        (of == file && pid != own && READ_LOCKS.contains(&start)).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_process_is_found_by_its_lock() {
        let locks = "1: POSIX  ADVISORY  READ  11 08:01:42 128 128\n\
                     2: POSIX  ADVISORY  READ  12 08:01:42 124 124\n\
                     3: FLOCK  ADVISORY  WRITE 13 08:01:43 0 EOF\n\
                     4: POSIX  ADVISORY  READ  14 08:01:42 125 125\n\
                     4: -> POSIX  ADVISORY  READ 15 08:01:42 125 125\n";
        let rows = [("08:01:42", 12, Some(14)), ("08:01:42", 99, Some(12)), ("08:01:44", 99, None), ("08:01:43", 99, None)];
        for (file, own, wanted) in rows {
            assert_eq!(reading_process(locks, file, own), wanted, "{file} beside {own}");
        }
    }
}
