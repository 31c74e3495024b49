//! Restores a backup: copies it, checks the copy, holds its mail, and then puts the copy in place of the database.
//!
//! The backup may be hostile. It is read once, from a regular file, and its signature is checked before SQLite opens the
//! copy. The free disk space bounds the size, and the size bounds the time. A failed restore leaves nothing behind.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::audit::AuditedAct;
use model::time::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::fault::RestoreFault;
use super::sieve::{self, Dropped};
use super::signature::{self, Digest, SignatureCheck};
use super::write::PIECE;
use crate::apply::hold_waiting;
use crate::connection;
use crate::directory::DataDir;
use crate::disk::room;
use crate::fault::OpenFault;
use crate::files::is_filled;
use crate::mark::{Mark, Marks};
use crate::schema::{self, has_table};
use crate::seal::KeyRing;
use crate::soundness::{self, Flaw};
use crate::statement::{Statements, values};

/// First bytes of every SQLite database, and the fields of its first page that give its length
/// (<https://sqlite.org/fileformat2.html#the_database_header>).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Time limit for the checks of a copy, plus one second for each mebibyte.
const CHECKS_MAX: Duration = Duration::from_secs(60);
/// SQLite instructions between two checks of the time.
const LOOK_EVERY: i32 = 10_000;

/// The files that a restore accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignaturePolicy {
    /// Only files signed with a key of the ring.
    Signed,
    /// Any file: the operator vouches for it. Its dangerous data is dropped.
    Vouched,
}

pub struct RestoreRequest<'a> {
    pub backup: &'a Path,
    pub directory: &'a DataDir,
    pub ring: &'a KeyRing,
    pub trust: SignaturePolicy,
    pub now: Timestamp,
    /// The actor, for the audit log.
    pub by: &'a str,
}

/// The result of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Number of waiting messages, which are now on hold.
    pub held: usize,
    /// `Some` if the file has no valid signature of ours.
    pub dropped: Option<Dropped>,
}

/// Restores a backup into a locked directory without a database.
pub fn restore(request: &RestoreRequest<'_>) -> Result<Restored, RestoreFault> {
    let directory = request.directory;
    // SQLite would replay a leftover journal or write-ahead log into the restored database.
    for name in ["postwacht.db", "postwacht.db-wal", "postwacht.db-shm", "postwacht.db-journal"] {
        let file = directory.path().join(name);
        // An empty log is harmless, and SQLite makes its shared memory anew.
        if is_filled(&file) && !name.ends_with("-shm") || file.is_symlink() {
            return Err(RestoreFault::InTheWay(file));
        }
    }
    let part = UnplacedCopy::new(directory.path().join("restore.part"))?;
    let signed = copy(request, &part.0)?;
    if let (Err(fault), SignaturePolicy::Signed) = (&signed, request.trust) {
        return Err(unsigned(request, *fault));
    }
    let (restored, mark) = adopt(request, &part.0, signed)?;
    File::open(&part.0)?.sync_all()?;
    std::fs::rename(&part.0, directory.database())?;
    File::open(directory.path())?.sync_all()?;
    // From now on this is the newest store that this machine has seen.
    if let Some(mark) = mark {
        Marks::new(directory.path(), directory.run_dir()).write(mark);
    }
    Ok(restored)
}

/// The copy before it is in its place. Removed when dropped.
struct UnplacedCopy(PathBuf);

impl UnplacedCopy {
    /// Removes the files of a restore that was killed.
    fn new(path: PathBuf) -> Result<Self, RestoreFault> {
        let part = Self(path);
        for file in part.files() {
            match std::fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(part)
    }

    fn files(&self) -> [PathBuf; 4] {
        ["", "-journal", "-wal", "-shm"].map(|end| {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            name.into()
        })
    }
}

impl Drop for UnplacedCopy {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove. If a removal fails, the next restore makes up for it.
        self.files().into_iter().for_each(|file| drop(std::fs::remove_file(file)));
    }
}

/// The reason why a file does not count as signed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotSigned {
    NoSignature,
    OtherKey,
    Changed,
}

fn unsigned(request: &RestoreRequest<'_>, why: NotSigned) -> RestoreFault {
    let (backup, key_file) = (request.backup.to_owned(), request.directory.key_file());
    match why {
        NotSigned::NoSignature => RestoreFault::Unsigned(backup),
        NotSigned::OtherKey => RestoreFault::ForeignSignature(backup, key_file),
        NotSigned::Changed => RestoreFault::Changed(backup, key_file),
    }
}

/// Copies the database without its signature, and checks the signature. The file is read once, so the copied bytes are the
/// checked bytes.
fn copy(request: &RestoreRequest<'_>, part: &Path) -> Result<Result<(), NotSigned>, RestoreFault> {
    let path = || request.backup.to_owned();
    let not = |why: &dyn std::fmt::Display| RestoreFault::NotABackup(path(), why.to_string());
    // Without O_NONBLOCK, opening a pipe without a writer would block forever.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("open(2) takes its flags as an int");
    let mut file = File::options().read(true).custom_flags(nonblock).open(request.backup).map_err(|error| not(&error))?;
    let meta = file.metadata().map_err(|error| not(&error))?;
    if !meta.is_file() {
        return Err(not(&"it is not a regular file"));
    }
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(|_| not(&"it is too short"))?;
    if !header.starts_with(MAGIC) {
        return Err(not(&"it does not begin as an SQLite database does"));
    }
    let tail = tail(&mut file, meta.len()).map_err(|error| not(&error))?;
    let length = meta.len() - tail.as_ref().map_or(0, |tail| tail.len() as u64);
    match stated_length(&header) {
        Some(stated) if length < stated => {
            return Err(RestoreFault::CutShort { path: path(), found: length, expected: stated });
        }
        Some(stated) if length > stated => return Err(not(&format!("{} bytes too many are in it", length - stated))),
        _ => {}
    }
    let free = room(request.directory.path()).map_or(u64::MAX, |room| room.free);
    if length > free {
        return Err(RestoreFault::TooLarge { path: path(), needed: length, free });
    }
    let digest = copy_bytes(&mut file, length, part, &not)?;
    Ok(match tail.map(|tail| signature::verify(request.ring, &tail, digest)) {
        None => Err(NotSigned::NoSignature),
        Some(SignatureCheck::OtherKey) => Err(NotSigned::OtherKey),
        Some(SignatureCheck::Changed) => Err(NotSigned::Changed),
        Some(SignatureCheck::Ours) => Ok(()),
    })
}

fn copy_bytes(
    file: &mut File,
    length: u64,
    part: &Path,
    not: &dyn Fn(&dyn std::fmt::Display) -> RestoreFault,
) -> Result<Digest, RestoreFault> {
    file.seek(SeekFrom::Start(0)).map_err(|error| not(&error))?;
    let mut copy = File::options().write(true).create_new(true).mode(0o600).open(part)?;
    let mut digest = Digest::new();
    let mut piece = vec![0; PIECE];
    let mut left = length;
    while left > 0 {
        let wanted = usize::try_from(left.min(PIECE as u64)).unwrap_or(PIECE);
        file.read_exact(&mut piece[..wanted]).map_err(|error| not(&error))?;
        digest.update(&piece[..wanted]);
        copy.write_all(&piece[..wanted])?;
        left -= wanted as u64;
    }
    Ok(digest)
}

/// The signature at the end, if there is one.
fn tail(file: &mut File, length: u64) -> std::io::Result<Option<Vec<u8>>> {
    let Some(start) = length.checked_sub(signature::LENGTH as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut tail = vec![0; signature::LENGTH];
    file.read_exact(&mut tail)?;
    Ok(signature::is_signature(&tail).then_some(tail))
}

/// The length of the database according to its first page; `None` if SQLite itself uses the length of the file.
fn stated_length(header: &[u8; HEADER]) -> Option<u64> {
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let (pages, change_counter, valid_for) = (number(28), number(24), number(92));
    (pages > 0 && change_counter == valid_for).then(|| u64::from(pages) * page)
}

/// Checks the copy, and changes it into a store that is safe to open.
fn adopt(
    request: &RestoreRequest<'_>,
    part: &Path,
    signed: Result<(), NotSigned>,
) -> Result<(Restored, Option<Mark>), RestoreFault> {
    let signed = signed.is_ok();
    let backup = || request.backup.to_owned();
    let limit = CHECKS_MAX.as_secs() + std::fs::metadata(part)?.len().div_ceil(1 << 20);
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => RestoreFault::TookTooLong(backup(), limit),
        Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure) => RestoreFault::Sql(error),
        _ => RestoreFault::Damaged(backup(), error.to_string()),
    };
    let mut connection =
        connection::open(part, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(damaged)?;
    bound(&mut connection, Duration::from_secs(limit)).map_err(damaged)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(damaged)?;
    if version > schema::VERSION {
        return Err(RestoreFault::Newer(backup(), version, schema::VERSION));
    }
    if version == 0 {
        return Err(RestoreFault::NotABackup(backup(), "it is a database of something else".into()));
    }
    if let Some(difference) = schema::difference(&connection, version).map_err(damaged)? {
        return Err(RestoreFault::Foreign(backup(), difference));
    }
    // The signature proves the content of a signed file. A file without a signature may also have indexes that hide rows.
    let flaw = if signed { quick_flaw(&connection) } else { soundness::find_flaw(&connection, version) };
    match flaw.map_err(damaged)? {
        Some(Flaw::Damage(what) | Flaw::Incomplete(what)) => return Err(RestoreFault::Damaged(backup(), what)),
        Some(Flaw::Foreign(what)) => return Err(RestoreFault::Foreign(backup(), what)),
        None => {}
    }
    let sealed: Option<Vec<u8>> =
        connection.query_row("SELECT sealed_check FROM node", [], |row| row.get(0)).optional().map_err(damaged)?;
    let Some(sealed) = sealed else {
        return Err(RestoreFault::NotABackup(backup(), "it does not say which node wrote it".into()));
    };
    let is_our_key = request.ring.fits(&sealed);
    if signed && !is_our_key {
        return Err(RestoreFault::WrongKey(backup(), request.directory.key_file()));
    }
    connection.pragma_update(None, "journal_mode", "DELETE").map_err(damaged)?;
    let transaction = connection.transaction().map_err(damaged)?;
    let held = hold_waiting(&transaction, request.now).map_err(damaged)?;
    let dropped = if signed { None } else { Some(sieve::clean(&transaction, request.now).map_err(damaged)?) };
    if !is_our_key {
        // No secret sealed with the lost key is left. From now on our key seals the secrets of the store.
        let check = request.ring.check().map_err(OpenFault::Key)?;
        transaction.run("UPDATE node SET sealed_check = :check", values! { ":check": check }).map_err(damaged)?;
    }
    if has_table(&transaction, "pair").map_err(damaged)? {
        // The restored node is a new one: the peer of the former does not know it.
        transaction.execute("DELETE FROM pair", []).map_err(damaged)?;
    }
    if has_table(&transaction, "life").map_err(damaged)? {
        // The backup is of a running node. The next start must not report a crash.
        transaction.execute("UPDATE life SET ended = seen WHERE ended IS NULL", []).map_err(damaged)?;
    }
    let detail = format!("{}{}", request.backup.display(), if signed { "" } else { " (not signed, --trust)" });
    let act = AuditedAct::BackupRestored { file: detail };
    let sql = "INSERT INTO audit (at, who, what, detail) VALUES (:at, :who, :what, :detail)";
    let values = values! { ":at": request.now, ":who": request.by, ":what": act.name(), ":detail": String::from(&act) };
    transaction.run(sql, values).map_err(damaged)?;
    transaction.commit().map_err(damaged)?;
    let mark = Mark::of(&connection).map_err(damaged)?;
    connection.close().map_err(|(_, error)| damaged(error))?;
    Ok((Restored { held, dropped }, mark))
}

/// Checks a file with a valid signature for damage only: it may have bad sectors, but it is not forged.
fn quick_flaw(connection: &Connection) -> Result<Option<Flaw>, rusqlite::Error> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(Flaw::Damage(said)))
}

/// Interrupts statements on this connection after the time limit.
fn bound(connection: &mut Connection, limit: Duration) -> Result<(), rusqlite::Error> {
    #[expect(clippy::disallowed_methods, reason = "bounds work on a hostile file where it runs; no decision hangs on it")]
    let start = std::time::Instant::now();
    connection.progress_handler(LOOK_EVERY, Some(move || start.elapsed() > limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_beyond_the_limit_is_interrupted() {
        let mut connection = Connection::open_in_memory().unwrap();
        bound(&mut connection, Duration::from_millis(20)).unwrap();
        let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) FROM c";
        let error = connection.query_row(endless, [], |_| Ok(())).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
    }

    #[test]
    fn stated_length_is_pages_times_page_size() {
        let header = |size: u16, pages: u32, changes: u32, valid: u32| {
            let mut header = [0; HEADER];
            header[16..18].copy_from_slice(&size.to_be_bytes());
            for (at, number) in [(24, changes), (28, pages), (92, valid)] {
                header[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            header
        };
        assert_eq!(stated_length(&header(8192, 3, 1, 1)), Some(24_576));
        assert_eq!(stated_length(&header(1, 2, 1, 1)), Some(131_072));
        assert_eq!(stated_length(&header(1, u32::MAX, 1, 1)), Some(u64::from(u32::MAX) << 16));
        assert_eq!(stated_length(&header(8192, 3, 1, 2)), None, "counters that differ: the length is not to be believed");
        assert_eq!(stated_length(&header(8192, 0, 1, 1)), None);
    }
}
