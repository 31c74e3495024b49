//! The handle of the store: opens the database, takes commits, and reports a failure of the store.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::id::{MessageId, MessageNumber, Origin};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use tokio::sync::{oneshot, watch};

use crate::apply::Applier;
use crate::backup::hold_waiting;
use crate::commit::{Change, Commit, Outcome};
use crate::connection;
use crate::directory::{DataDir, keep_log};
use crate::disk::{Room, room};
use crate::due::EarliestDue;
use crate::fault::{CommitFault, OpenFault, StoreFailure};
use crate::file_watch::{FileIdentity, FileStamp, StoreFiles, filled_log};
use crate::inbox::{INBOX_KIB, Inbox, Job, Kind};
use crate::mark::{Doubt, Mark, Marks};
use crate::read::Readers;
use crate::schema;
use crate::seal::{KeyFile, KeyRing};
use crate::soundness::{self, Damage, Flaw};
use crate::thread::Writer;
use crate::wal::{BUSY_WAIT, Wal, WalState, WalView};

/// Timeout for a place in the inbox, for a commit that accepts a message.
const ACCEPT_WAIT: Duration = Duration::from_secs(10);

/// The sync mode of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The store syncs every commit before it answers.
    Full,
    /// No sync. Only for the test that proves that the power-cut test can fail.
    None,
}

/// The handle of an open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    inbox: Arc<Inbox>,
    readers: Readers,
    directory: DataDir,
    origin: Origin,
    earliest: Arc<EarliestDue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failed: watch::Receiver<Option<StoreFailure>>,
    wal: Arc<WalView>,
    past: Past,
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

/// The reaction to a database that is missing, belongs to another node, or is older than this machine has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnexpectedStore {
    Refuse,
    /// The operator has confirmed the database.
    Accept,
}

impl Store {
    /// Opens the store in a locked directory. Creates a new store if there is none, with `now` (Unix milliseconds) as its
    /// time of creation.
    pub fn open(directory: DataDir, ring: KeyRing, now: i64) -> Result<Self, OpenFault> {
        Self::opened(directory, ring, now, (Durability::Full, UnexpectedStore::Refuse))
    }

    /// As [`Store::open`], with a sync mode. Any mode but [`Durability::Full`] loses mail.
    pub fn open_with(directory: DataDir, ring: KeyRing, now: i64, durability: Durability) -> Result<Self, OpenFault> {
        Self::opened(directory, ring, now, (durability, UnexpectedStore::Refuse))
    }

    /// As [`Store::open`], with the reaction to a database that this machine does not expect.
    pub fn open_unexpected(directory: DataDir, ring: KeyRing, now: i64, unexpected: UnexpectedStore) -> Result<Self, OpenFault> {
        Self::opened(directory, ring, now, (Durability::Full, unexpected))
    }

    fn opened(
        mut directory: DataDir,
        ring: KeyRing,
        now: i64,
        (durability, unexpected): (Durability, UnexpectedStore),
    ) -> Result<Self, OpenFault> {
        let path = directory.database();
        let sql = |error| OpenFault::sql(&path, error);
        let marks = Marks::of(&directory);
        if !directory.has_database() && directory.doubt().is_none() {
            // Checked before SQLite makes the file, so that a refused start leaves nothing behind. The key may be new by now.
            directory.check_marks(unexpected)?;
        }
        let Examined { mut connection, found, identity, .. } = match examined(&path, &marks) {
            // The operator has confirmed the database. The log beside it belongs to another one.
            Err(OpenFault::Mixed(_, log, why)) if unexpected == UnexpectedStore::Accept => {
                tracing::warn!("the database {} does not fit together with its log: {why}", path.display());
                keep_log(&log)?;
                examined(&path, &marks)?
            }
            other => other?,
        };
        let mut past = past(found.as_ref(), &marks, &path, unexpected)?;
        past.doubt = directory.doubt().or(past.doubt);
        // From here on this process owns the file, and a checkpoint of its log is allowed.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(sql)?;
        schema::migrate(&mut connection).map_err(sql)?;
        writing(&connection, durability).map_err(sql)?;
        let origin = node(&connection, &ring, &directory, now)?;
        if let Some(Doubt::Older { .. } | Doubt::Cut { .. } | Doubt::Other { .. }) = &past.doubt {
            past.held = hold_waiting(&connection, now).map_err(sql)?;
        }
        let (ring, damage) = (Arc::new(ring), Arc::new(Damage::default()));
        let wal = Wal::follow(&mut connection, &path).map_err(sql)?;
        let view = wal.view();
        let files = StoreFiles::open(&directory, identity).map_err(|(path, error)| OpenFault::Directory(path, error))?;
        let readers = Readers::open(&path, Arc::clone(&ring), files.index(), Arc::clone(&damage)).map_err(sql)?;
        let applier = Applier::new(connection, ring, directory.path(), Arc::clone(&view))?;
        let inbox = Inbox::new();
        let (failed, heard) = watch::channel(None);
        let earliest = Arc::new(EarliestDue::default());
        let writer = Writer {
            inbox: Arc::clone(&inbox),
            applier,
            earliest: Arc::clone(&earliest),
            files,
            damage,
            wal,
            marks,
            failed,
            looked: None,
            log_read: None,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| OpenFault::Directory(path.clone(), error))?;
        let thread = Mutex::new(Some(thread));
        let inner = Inner { inbox, readers, directory, origin, earliest, thread, failed: heard, wal: view, past };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes a commit: the only way to change the store. `Ok` means that the commit is on disk.
    pub async fn commit(&self, commit: Commit) -> Result<Vec<Outcome>, CommitFault> {
        let inbox = &self.inner.inbox;
        let kibs = u32::try_from((commit.weight() >> 10).min(INBOX_KIB)).unwrap_or(0);
        let places = async {
            let place = Arc::clone(&inbox.places).acquire_owned().await;
            let kibs = Arc::clone(&inbox.kibs).acquire_many_owned(kibs).await;
            Ok([place.map_err(|_| CommitFault::Closed)?, kibs.map_err(|_| CommitFault::Closed)?])
        };
        let places = if commit.kind() == Kind::Accept {
            tokio::time::timeout(ACCEPT_WAIT, places).await.map_err(|_| CommitFault::Busy)??
        } else {
            places.await?
        };
        let (answer, answered) = oneshot::channel();
        inbox.push(Job { commit, answer, places })?;
        answered.await.unwrap_or(Err(CommitFault::Closed))
    }

    /// Commits one change and returns its outcome.
    pub async fn change(&self, change: Change) -> Result<Outcome, CommitFault> {
        let mut outcomes = self.commit(Commit::of(change)).await?;
        outcomes.pop().ok_or(CommitFault::Closed)
    }

    pub fn origin(&self) -> Origin {
        self.inner.origin
    }

    /// The ID of a message of this store.
    pub fn message_id(&self, number: i64) -> MessageId {
        MessageId { origin: self.inner.origin, number: MessageNumber(number) }
    }

    /// The time at which the next waiting message is due.
    pub fn earliest_due(&self) -> &EarliestDue {
        &self.inner.earliest
    }

    /// The space on the store's disk; `None` if the system does not report it.
    pub fn room(&self) -> Option<Room> {
        room(self.directory())
    }

    pub fn directory(&self) -> &Path {
        self.inner.directory.path()
    }

    /// HMAC-SHA256 keys, derived from the key ring for one purpose. The first key signs; signatures of all of them are valid.
    pub fn signing_keys(&self, purpose: &'static [u8]) -> Vec<ring::hmac::Key> {
        self.readers().ring().signing_keys(purpose)
    }

    /// Checks the key file. Without it the next start cannot open any secret.
    pub fn key_file(&self) -> KeyFile {
        self.readers().ring().key_file()
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.inner.readers
    }

    /// The state of the write-ahead log.
    pub fn wal(&self) -> WalState {
        self.inner.wal.state()
    }

    /// Findings of the start about earlier runs.
    pub fn past(&self) -> &Past {
        &self.inner.past
    }

    /// Counts a running backup while the value lives, so that the store can name it as the cause of a blocked log.
    pub(crate) fn counted_backup(&self) -> BackupCount {
        self.inner.wal.backups.fetch_add(1, Ordering::Relaxed);
        BackupCount(Arc::clone(&self.inner.wal))
    }

    /// Resolves when the store has failed. Only a restart or the operator can repair it then.
    pub async fn failed(&self) -> StoreFailure {
        let mut failed = self.inner.failed.clone();
        match failed.wait_for(Option::is_some).await.map(|failure| failure.clone()) {
            Ok(Some(failure)) => failure,
            // The writer has ended normally: nothing has failed.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// The failure of the store; `None` if it works.
    pub fn failure(&self) -> Option<StoreFailure> {
        self.inner.failed.borrow().clone()
    }

    /// Writes the waiting commits, makes the last checkpoint and ends the writer. Blocks.
    pub fn close(&self) {
        self.inner.inbox.close();
        let thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer thread ended by a panic");
        }
        if self.failure().is_some() {
            // The last connection makes a checkpoint when it is closed. With a damaged or missing log, that would damage the
            // database. So the connections stay open until the process ends.
            std::mem::forget(self.clone());
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

pub(crate) struct BackupCount(Arc<WalView>);

impl Drop for BackupCount {
    fn drop(&mut self) {
        self.0.backups.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A database that the start has examined.
struct Examined {
    connection: Connection,
    /// The mark that the database holds; `None` if it is new.
    found: Option<Mark>,
    /// The identity of the file, if it existed.
    identity: Option<FileIdentity>,
    /// Description of a waiting message that lacks a part.
    incomplete: Option<String>,
}

/// Opens the database and examines it without a change. Closing the connection makes no checkpoint, so a refused database
/// stays as it is.
fn examined(path: &Path, marks: &Marks) -> Result<Examined, OpenFault> {
    let log = filled_log(path);
    match (looked_at(path, marks), log) {
        (Err(OpenFault::Damaged(path, why)), Some(log)) if is_sound_alone(&path) => Err(OpenFault::Mixed(path, log, why)),
        (Ok(Examined { incomplete: Some(why), .. }), Some(log)) if marks.last_run_failed() && is_sound_alone(path) => {
            Err(OpenFault::Mixed(path.to_owned(), log, why))
        }
        (Ok(examined), _) => {
            if let Some(why) = &examined.incomplete {
                // Delivery sets the message aside and reports it when it is due; all other mail is sent.
                tracing::error!("the database {} is not whole: {why}", path.display());
            }
            Ok(examined)
        }
        (Err(fault), _) => Err(fault),
    }
}

/// True if the database without its log has no flaw. Changes nothing and takes no locks, because no other process uses the
/// database.
fn is_sound_alone(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let look = || {
        let connection = connection::open(Path::new(&format!("file:{escaped}?immutable=1")), flags)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>(soundness::flaw(&connection, version)?.is_none())
    };
    look().unwrap_or(false)
}

fn looked_at(path: &Path, marks: &Marks) -> Result<Examined, OpenFault> {
    let sql = |error| OpenFault::sql(path, error);
    let about = std::fs::symlink_metadata(path).ok();
    let (stamp, identity) = (about.as_ref().map(FileStamp::of), about.as_ref().map(FileIdentity::of));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connection::open(path, flags).map_err(sql)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(sql)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
    if version > schema::VERSION {
        return Err(OpenFault::Newer(path.to_owned(), version, schema::VERSION));
    }
    // Checked before the first migration step. In a database that was put here by hand, the schema could make our statements
    // do more.
    if let Some(difference) = schema::difference(&connection, version).map_err(sql)? {
        return Err(OpenFault::Foreign(path.to_owned(), difference));
    }
    let found = Mark::of(&connection).map_err(sql)?;
    if found.is_none() && soundness::holds_mail(&connection).map_err(sql)? {
        return Err(OpenFault::Foreign(path.to_owned(), "it holds messages and does not say which node wrote it".into()));
    }
    let mut incomplete = None;
    if found.is_some() && (marks.suspects(stamp) || marks.doubt(path, found.as_ref(), None).is_some()) {
        tracing::info!("the database {} may have been changed since it was last used; it is read as a whole", path.display());
        match soundness::flaw(&connection, version).map_err(sql)? {
            Some(Flaw::Damage(what)) => return Err(OpenFault::Damaged(path.to_owned(), what)),
            Some(Flaw::Foreign(what)) => return Err(OpenFault::Foreign(path.to_owned(), what)),
            Some(Flaw::Incomplete(what)) => incomplete = Some(what),
            None => {}
        }
    }
    Ok(Examined { connection, found, identity, incomplete })
}

/// Compares the database with the marks of earlier runs.
fn past(found: Option<&Mark>, marks: &Marks, path: &Path, unexpected: UnexpectedStore) -> Result<Past, OpenFault> {
    let failure = marks.known().into_iter().find_map(|mark| mark.failure);
    let doubt = marks.doubt(path, found, None);
    if let (Some(doubt), UnexpectedStore::Refuse) = (&doubt, unexpected) {
        return Err(OpenFault::Unexpected(doubt.clone()));
    }
    Ok(Past { doubt, failure, held: 0 })
}

/// Sets the pragmas of the writing connection. [`Wal`] makes the checkpoints.
fn writing(connection: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.busy_timeout(BUSY_WAIT)
}

/// Reads the row that identifies this node. Inserts it into a new store.
fn node(connection: &Connection, ring: &KeyRing, directory: &DataDir, now: i64) -> Result<Origin, OpenFault> {
    let path = directory.database();
    let sql = |error| OpenFault::sql(&path, error);
    let found = connection
        .query_row("SELECT origin, sealed_check FROM node", [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
    match found {
        Ok((origin, check)) if ring.fits(&check) => {
            origin.parse().map_err(|_| OpenFault::Damaged(path.clone(), format!("node.origin is {origin:?}")))
        }
        Ok(_) => Err(OpenFault::WrongKey(directory.key_file())),
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            let origin = Origin::draw(KeyRing::draw()?);
            let values = params![origin.to_string(), now, ring.check()?];
            connection
                .execute("INSERT INTO node (one, origin, created, sealed_check) VALUES (1, ?1, ?2, ?3)", values)
                .map_err(sql)?;
            Ok(origin)
        }
        Err(error) => Err(sql(error)),
    }
}

/// Opens a connection that cannot write.
pub(crate) fn reading(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = connection::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    Ok(connection)
}
