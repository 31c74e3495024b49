//! The state of the write-ahead log, as other threads read it.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::room;

/// The bound of the log is a twentieth of the disk, within these limits (bytes).
const BOUND_MIN: u64 = 64 << 20;
const BOUND_MAX: u64 = 1 << 30;
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
    pub(super) frames: Arc<AtomicU64>,
    pub(super) frame_size: u64,
    bound: AtomicU64,
    pub(super) full: AtomicBool,
    trouble: Mutex<Option<WalCause>>,
    pub(crate) backups: AtomicUsize,
}

impl WalView {
    /// `frames`: the number of frames in the log, which SQLite's hook counts.
    pub(super) fn new(frames: Arc<AtomicU64>, page_size: u64) -> Self {
        Self {
            frames,
            frame_size: FRAME_HEADER + page_size,
            bound: AtomicU64::new(BOUND_MAX),
            full: AtomicBool::new(false),
            trouble: Mutex::default(),
            backups: AtomicUsize::new(0),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<WalCause>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> WalState {
        let bytes = self.frames.load(Ordering::Relaxed) * self.frame_size;
        WalState { bytes, bound: self.bound.load(Ordering::Relaxed), trouble: self.lock().clone() }
    }

    /// Computes the bound from the size of the disk.
    pub(super) fn measure(&self, database: &Path) {
        let total = database.parent().and_then(room).map_or(u64::MAX, |room| room.total);
        self.bound.store((total / 20).clamp(BOUND_MIN, BOUND_MAX), Ordering::Relaxed);
    }

    /// The reason for refusing new messages while the log is over its bound. Costs one atomic load for each message.
    pub(crate) fn refusal(&self) -> Option<WalCause> {
        if self.full.load(Ordering::Relaxed) { self.lock().clone() } else { None }
    }
}
