//! Checkpoints of the write-ahead log. The writer makes them itself, so that it sees and reports each one that fails.
//!
//! `wal_autocheckpoint` would make them within the commit and drop every error.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::reader::foreign_reader;
use super::state::{WalCause, WalState, WalView};
use crate::connection::BUSY_WAIT;
use crate::damage::is_fatal;
use crate::files::with_suffix;

/// Number of frames that makes a checkpoint due: SQLite's own default.
const CHECKPOINT_FRAMES: u64 = 1000;
/// Bytes. Above this, a checkpoint truncates the log and waits for readers. Below it, checkpoints do not wait.
const TRUNCATE_ABOVE: u64 = 64 << 20;
/// Minimum time between truncations, and the longest time that a truncation may block the writer. Our own reads end sooner.
const TRUNCATE_EVERY: Duration = Duration::from_secs(10);
const TRUNCATE_WAIT: Duration = Duration::from_millis(300);
/// Retry interval after a checkpoint that failed or that a reader blocked.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The writer reports a reader that has blocked the checkpoint for this time.
const REPORT_AFTER: Duration = Duration::from_secs(10);
/// Divisor of the bound: the writer reports a blocked log that is larger than this part of it.
const REPORT_PART: u64 = 4;

/// The mode of a checkpoint (<https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>).
#[derive(Clone, Copy, PartialEq, Eq)]
enum CheckpointMode {
    /// Waits for no reader.
    Passive,
    /// Waits for readers, and then truncates the log.
    Truncate,
}

/// The result of a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checkpoint {
    Complete,
    /// A reader keeps the checkpoint from completing.
    Blocked,
    Failed,
}

/// The last checkpoint attempt.
struct CheckpointAttempt {
    at: Instant,
    frames: u64,
    result: Checkpoint,
}

/// The writer's part of the write-ahead log.
pub(crate) struct Wal {
    view: Arc<WalView>,
    database: std::path::PathBuf,
    last_attempt: Option<CheckpointAttempt>,
    truncated: Option<Instant>,
    /// Start of the current blockage by a reader.
    blocked_since: Option<Instant>,
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
        let view = WalView::new(frames, u64::try_from(page_size).unwrap_or(0));
        let wal = Self {
            view: Arc::new(view),
            database: database.to_owned(),
            last_attempt: None,
            truncated: None,
            blocked_since: None,
        };
        wal.view.measure(database);
        Ok(wal)
    }

    pub(crate) fn view(&self) -> Arc<WalView> {
        Arc::clone(&self.view)
    }

    /// Number of frames in the log after the last commit, and the bytes of a frame.
    pub(crate) fn frames(&self) -> (u64, u64) {
        (self.view.frames.load(Ordering::Relaxed), self.view.frame_size)
    }

    /// True if a checkpoint is due.
    pub(crate) fn is_due(&self) -> bool {
        let (frames, _) = self.frames();
        if frames < CHECKPOINT_FRAMES && self.blocked_since.is_none() && self.view.lock().is_none() {
            return false;
        }
        let Some(last) = &self.last_attempt else { return true };
        match last.result {
            Checkpoint::Complete => frames != last.frames,
            Checkpoint::Blocked if frames >= last.frames + CHECKPOINT_FRAMES => true,
            Checkpoint::Blocked | Checkpoint::Failed => now().duration_since(last.at) >= RETRY_AFTER,
        }
    }

    /// Makes a checkpoint. `Err`: a sync failed or the database is damaged, so the content of the disk is unknown.
    pub(crate) fn checkpoint(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let ((frames, _), now) = (self.frames(), now());
        let is_truncation_due = self.truncated.is_none_or(|at| now.duration_since(at) >= TRUNCATE_EVERY);
        let mode = match self.view.state().bytes > TRUNCATE_ABOVE && is_truncation_due {
            true => CheckpointMode::Truncate,
            false => CheckpointMode::Passive,
        };
        let result = if mode == CheckpointMode::Truncate {
            self.truncated = Some(now);
            self.view.measure(&self.database);
            connection.busy_timeout(TRUNCATE_WAIT)?;
            let result = run_checkpoint(connection, mode);
            connection.busy_timeout(BUSY_WAIT)?;
            result
        } else {
            run_checkpoint(connection, mode)
        };
        match result {
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) => self.failed(&error),
            Ok(Checkpoint::Complete) => self.complete(mode),
            Ok(_) => self.blocked(now, mode),
        }
        let result = match () {
            () if self.blocked_since.is_some() => Checkpoint::Blocked,
            () if self.view.lock().is_some() => Checkpoint::Failed,
            () => Checkpoint::Complete,
        };
        self.last_attempt = Some(CheckpointAttempt { at: now, frames, result });
        self.view.full.store(self.view.state().is_full(), Ordering::Relaxed);
        Ok(())
    }

    fn complete(&mut self, mode: CheckpointMode) {
        if mode == CheckpointMode::Truncate {
            self.view.frames.store(0, Ordering::Relaxed);
        }
        self.blocked_since = None;
        if self.view.lock().take().is_some() {
            tracing::info!("checkpoints of the write-ahead log work again");
        }
    }

    fn failed(&mut self, error: &rusqlite::Error) {
        self.blocked_since = None;
        self.report(WalCause::Failed(error.to_string()));
    }

    fn blocked(&mut self, now: Instant, mode: CheckpointMode) {
        let since = *self.blocked_since.get_or_insert(now);
        let WalState { bytes, bound, trouble } = self.view.state();
        let long = bytes > bound / REPORT_PART && now.duration_since(since) >= REPORT_AFTER;
        // Looks up the reader again at each truncation: the reader may have changed.
        if (long || bytes > bound) && (trouble.is_none() || mode == CheckpointMode::Truncate) {
            self.report(self.reader());
        }
    }

    fn report(&self, cause: WalCause) {
        let mut trouble = self.view.lock();
        if trouble.as_ref() != Some(&cause) {
            let (frames, frame_size) = self.frames();
            let mebibytes = (frames * frame_size) >> 20;
            tracing::error!(mebibytes, "the write-ahead log cannot be checkpointed: {cause}");
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

/// Makes one checkpoint. Its result row holds: busy, frames in the log, checkpointed frames.
fn run_checkpoint(connection: &Connection, mode: CheckpointMode) -> Result<Checkpoint, rusqlite::Error> {
    let mode = match mode {
        CheckpointMode::Passive => "PASSIVE",
        CheckpointMode::Truncate => "TRUNCATE",
    };
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (busy, frames, checkpointed) = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], row)?;
    Ok(if busy == 0 && checkpointed >= frames { Checkpoint::Complete } else { Checkpoint::Blocked })
}

/// The last checkpoint, when the writer ends. If it fails, the next start makes it.
pub(crate) fn final_checkpoint(connection: &Connection) {
    match run_checkpoint(connection, CheckpointMode::Truncate) {
        Ok(Checkpoint::Complete) => {}
        Ok(_) => tracing::info!("the write-ahead log is still read by another process; the next start makes the last checkpoint"),
        Err(error) => tracing::warn!(%error, "the last checkpoint failed; the next start makes it"),
    }
}
