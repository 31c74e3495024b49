//! Reads the index of the write-ahead log (`-shm`). The index shows each write by SQLite to database and log, in this process
//! or in another process. If a file changed and the index did not, a program other than SQLite has written to the file.
//!
//! Source: <https://www.sqlite.org/walformat.html#the_wal_index_file_format>.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::process::{Flock, FlockType, fcntl_getlk};

use crate::files::no_follow;

/// Bytes of the header and the checkpoint information, up to and including `nBackfillAttempted`.
const LENGTH: usize = 132;
/// Byte of the index that SQLite locks during a checkpoint (`WAL_CKPT_LOCK`).
const CHECKPOINT_LOCK: u64 = 121;
/// Maximum number of log restarts between two readings.
const RESTARTS_MAX: u32 = 1 << 20;
/// Bytes of the header of the log.
pub(crate) const LOG_HEADER: usize = 32;
/// Bytes of the header of each frame.
const FRAME_HEADER: usize = 24;
/// First four bytes of a log whose checksums are computed over big-endian words.
const MAGIC_BIG_ENDIAN: [u8; 4] = [0x37, 0x7f, 0x06, 0x83];

/// The open index.
///
/// Closing any descriptor of a file releases all POSIX locks that this process holds on it (fcntl(2)). Drop this after the
/// last connection.
pub(crate) struct LogIndex(File);

/// The state of log and checkpoints, as the index shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexState {
    /// Counter of transactions.
    change: u32,
    /// First salt of the log. SQLite increments it at each restart of the log.
    salt: u32,
    /// Number of valid frames in the log, and the checksum of the last frame.
    pub(crate) frames: u32,
    checksum: (u32, u32),
    page_size: u32,
    /// Number of frames that are in the database, and that a checkpoint has begun to copy there. Zero after a restart.
    backfilled: u32,
    backfill_attempted: u32,
}

/// The activity of SQLite between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexChange {
    None,
    /// Only a checkpoint.
    Checkpoint,
    /// A transaction, or a restart of the log.
    Write,
    /// The second state cannot follow the first: the index belongs to another log.
    Foreign,
}

impl LogIndex {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        no_follow().read(true).open(path).map(Self)
    }

    pub(crate) fn state(&self) -> std::io::Result<IndexState> {
        let mut bytes = [0; LENGTH];
        self.0.read_exact_at(&mut bytes, 0)?;
        Ok(IndexState::of(&bytes))
    }

    /// True if another process is making a checkpoint. `F_GETLK` takes no lock and releases none.
    pub(crate) fn is_checkpointed_by_another(&self) -> bool {
        let lock = Flock { start: CHECKPOINT_LOCK, length: 1, ..Flock::from(FlockType::WriteLock) };
        matches!(fcntl_getlk(&self.0, &lock), Ok(Some(_)))
    }
}

impl IndexState {
    fn of(bytes: &[u8; LENGTH]) -> Self {
        let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        // Salts have the byte order of the log; every other number has the byte order of this machine.
        let number = |at: usize| u32::from_ne_bytes(four(at));
        let page_size = match u16::from_ne_bytes([bytes[14], bytes[15]]) {
            1 => 65_536,
            size => u32::from(size),
        };
        Self {
            change: number(8),
            salt: u32::from_be_bytes(four(32)),
            frames: number(16),
            checksum: (number(24), number(28)),
            page_size,
            backfilled: number(96),
            backfill_attempted: number(128),
        }
    }

    pub(crate) fn change_to(self, later: Self) -> IndexChange {
        let restarts = later.salt.wrapping_sub(self.salt);
        let changes = later.change.wrapping_sub(self.change);
        match () {
            () if self == later => IndexChange::None,
            () if restarts > RESTARTS_MAX || changes > u32::MAX / 2 => IndexChange::Foreign,
            () if restarts == 0 && changes == 0 => IndexChange::Checkpoint,
            () => IndexChange::Write,
        }
    }

    /// True if a checkpoint or a restart of the log may lie between the two states.
    pub(crate) fn is_checkpointed_by(self, later: Self) -> bool {
        (self.salt, self.backfilled, self.backfill_attempted) != (later.salt, later.backfilled, later.backfill_attempted)
    }

    /// Length of the valid part of the log, in bytes.
    pub(crate) fn log_end(self) -> u64 {
        match self.frames {
            0 => 0,
            frames => LOG_HEADER as u64 + u64::from(frames) * (FRAME_HEADER as u64 + u64::from(self.page_size)),
        }
    }

    /// True if the log has frames that are not in the database yet.
    pub(crate) fn has_unsaved_frames(self) -> bool {
        self.frames > self.backfilled
    }

    pub(crate) fn backfilled(self) -> u32 {
        self.backfilled
    }

    pub(crate) fn salt(self) -> u32 {
        self.salt
    }

    /// True if the log still holds the frames after the first `skip`: their checksums form a chain up to the last frame.
    /// Bytes after that frame have no meaning.
    pub(crate) fn is_chain_of(self, log: &Path, skip: u32) -> std::io::Result<bool> {
        let first = skip.min(self.frames);
        if self.frames == first {
            return Ok(true);
        }
        let mut file = std::io::BufReader::with_capacity(1 << 18, no_follow().read(true).open(log)?);
        let mut header = [0; LOG_HEADER];
        if let Err(error) = file.read_exact(&mut header) {
            return if_short(error);
        }
        let read = if header[..4] == MAGIC_BIG_ENDIAN { u32::from_be_bytes } else { u32::from_le_bytes };
        let mut sum = checksum(&header[..24], read, (0, 0));
        if stored(&header[24..]) != sum {
            return Ok(false);
        }
        let mut frame = vec![0; FRAME_HEADER + self.page_size as usize];
        if first > 0 {
            // Each frame stores the checksum of the chain up to itself.
            file.seek_relative(i64::from(first - 1) * frame.len() as i64)?;
            if let Err(error) = file.read_exact(&mut frame) {
                return if_short(error);
            }
            sum = stored(&frame[16..FRAME_HEADER]);
        }
        for _ in first..self.frames {
            if let Err(error) = file.read_exact(&mut frame) {
                return if_short(error);
            }
            sum = checksum(&frame[..8], read, sum);
            sum = checksum(&frame[FRAME_HEADER..], read, sum);
            // At the next start, SQLite ends the log at a frame with other salts or another checksum.
            if frame[8..16] != header[16..24] || stored(&frame[16..FRAME_HEADER]) != sum {
                return Ok(false);
            }
        }
        Ok(sum == self.checksum)
    }
}

fn if_short(error: std::io::Error) -> std::io::Result<bool> {
    if error.kind() == std::io::ErrorKind::UnexpectedEof { Ok(false) } else { Err(error) }
}

/// A checksum as the log stores it.
fn stored(bytes: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (number(0), number(4))
}

/// Source: <https://www.sqlite.org/fileformat2.html#checksum_algorithm>.
fn checksum(bytes: &[u8], read: fn([u8; 4]) -> u32, (mut s0, mut s1): (u32, u32)) -> (u32, u32) {
    let word = |four: &[u8]| {
        let four = [four[0], four[1], four[2], four[3]];
        read(four)
    };
    for eight in bytes.chunks_exact(8) {
        s0 = s0.wrapping_add(word(&eight[..4])).wrapping_add(s1);
        s1 = s1.wrapping_add(word(&eight[4..])).wrapping_add(s0);
    }
    (s0, s1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_between_two_states_is_classified() {
        let state = |change, salt, backfilled, backfill_attempted| IndexState {
            change,
            salt,
            backfilled,
            backfill_attempted,
            frames: 9,
            checksum: (0, 0),
            page_size: 8192,
        };
        let first = state(10, 7, 3, 3);
        let rows = [
            ("nothing", first, first, IndexChange::None),
            ("checkpoint begun", first, state(10, 7, 3, 9), IndexChange::Checkpoint),
            ("checkpoint made", first, state(10, 7, 9, 9), IndexChange::Checkpoint),
            ("commit", first, state(11, 7, 3, 3), IndexChange::Write),
            ("commit and checkpoint", first, state(11, 7, 4, 4), IndexChange::Write),
            ("commit that restarts the log", first, state(11, 8, 0, 0), IndexChange::Write),
            ("truncation", first, state(10, 8, 0, 0), IndexChange::Write),
            ("counters that wrap", state(u32::MAX, u32::MAX, 3, 3), state(1, 0, 0, 0), IndexChange::Write),
            ("index of an earlier time", first, state(9, 7, 3, 3), IndexChange::Foreign),
            ("index of an earlier log", first, state(11, 6, 3, 3), IndexChange::Foreign),
            ("index of another run", first, state(400, 0x8a00_0000, 3, 3), IndexChange::Foreign),
        ];
        for (name, from, to, wanted) in rows {
            assert_eq!(from.change_to(to), wanted, "{name}");
        }
    }

    #[test]
    fn sqlite_moves_the_index_as_described() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let log = dir.path().join("x.db-wal");
        let open = || rusqlite::Connection::open(&path).unwrap();
        let (writer, other) = (open(), open());
        let pragma = |sql: &str| other.query_row(sql, [], |_| Ok(())).unwrap();
        pragma("PRAGMA journal_mode = WAL");
        writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        let index = LogIndex::open(&dir.path().join("x.db-shm")).unwrap();
        let change = |act: &dyn Fn()| {
            let before = index.state().unwrap();
            act();
            before.change_to(index.state().unwrap())
        };
        assert_eq!(change(&|| pragma("SELECT count(*) FROM t")), IndexChange::None);
        assert_eq!(change(&|| other.execute_batch("INSERT INTO t VALUES (2)").unwrap()), IndexChange::Write);
        assert_eq!(change(&|| pragma("PRAGMA wal_checkpoint(PASSIVE)")), IndexChange::Checkpoint);
        assert_eq!(change(&|| other.execute_batch("INSERT INTO t VALUES (3)").unwrap()), IndexChange::Write, "restarts the log");
        assert_eq!(change(&|| pragma("PRAGMA wal_checkpoint(TRUNCATE)")), IndexChange::Write);
        assert_eq!(change(&|| other.execute_batch("BEGIN; INSERT INTO t VALUES (4); ROLLBACK").unwrap()), IndexChange::None);
        // A transaction that spills its pages into the log and is rolled back leaves bytes after the valid frames.
        other.execute_batch("INSERT INTO t VALUES (5); PRAGMA cache_size = 1").unwrap();
        let before = index.state().unwrap();
        let spill = "BEGIN; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) \
                     INSERT INTO t SELECT hex(zeroblob(500)) FROM c; ROLLBACK";
        other.execute_batch(spill).unwrap();
        assert!(std::fs::metadata(&log).unwrap().len() > before.log_end(), "the transaction spilled");
        let after = index.state().unwrap();
        assert_eq!(before.change_to(after), IndexChange::None);
        assert!(after.is_chain_of(&log, 0).unwrap());
        drop((writer, other));
    }

    #[test]
    fn chain_is_broken_by_any_changed_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let log = dir.path().join("x.db-wal");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)").unwrap();
        let index = LogIndex::open(&dir.path().join("x.db-shm")).unwrap();
        let state = index.state().unwrap();
        let whole = std::fs::read(&log).unwrap();
        assert!(state.is_chain_of(&log, 0).unwrap());
        let end = usize::try_from(state.log_end()).unwrap();
        for at in [0, 8, 16, 24, 33, 32 + 8, 32 + 16, 32 + 24, 32 + 24 + 4000, end / 2, end - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            std::fs::write(dir.path().join("copy"), bytes).unwrap();
            assert!(!state.is_chain_of(&dir.path().join("copy"), 0).unwrap(), "byte {at} of {end}");
            // If all frames but the last are skipped, only the header and that frame matter.
            let matters = at < 24 + 8 || at >= end - 24 - 4096;
            assert_eq!(state.is_chain_of(&dir.path().join("copy"), state.frames - 1).unwrap(), !matters, "byte {at} of {end}");
        }
        std::fs::write(dir.path().join("copy"), &whole[..end - 1]).unwrap();
        assert!(!state.is_chain_of(&dir.path().join("copy"), 0).unwrap(), "cut");
        drop(connection);
    }
}
