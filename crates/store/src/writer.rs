//! The writer thread: while one batch is on its way to disk, the next gathers. No timer; a lone message costs one sync.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::id::{MessageId, MessageNumber, Origin};
use rusqlite::{Connection, OpenFlags, params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::apply::{Applied, Applier};
use crate::commit::{Change, Commit, Outcome};
use crate::connection;
use crate::directory::DataDir;
use crate::disk::{Room, room};
use crate::due::{EarliestDue, set_by};
use crate::fault::{CommitFault, OpenFault};
use crate::read::Readers;
use crate::schema;
use crate::seal::KeyRing;

/// Commits in one batch.
const BATCH_MAX: usize = 256;
/// Places of a batch that neither outcomes nor accepts may take: claims, leases and settings must get on under load too.
const REST_SHARE: usize = 16;
/// Body bytes in one batch.
const BATCH_BYTES: usize = 4 << 20;
/// Commits waiting.
const INBOX_MAX: usize = 1024;
/// KiB of bodies waiting.
const INBOX_KIB: usize = 16 << 10;
/// How long an accept waits for a place in the inbox.
const ACCEPT_WAIT: Duration = Duration::from_secs(10);
/// A WAL above this is brought home between two batches.
const WAL_MAX: u64 = 256 << 20;
/// Batches between two looks at the size of the WAL and the reserve.
const LOOK_EVERY: u32 = 256;

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The disk: every commit is synced before it is answered.
    Full,
    /// Nothing. Only for the test that proves that the power-cut test can fail.
    None,
}

struct Job {
    commit: Commit,
    answer: oneshot::Sender<Applied>,
    _places: [OwnedSemaphorePermit; 2],
}

#[derive(Default)]
struct Queues {
    outcomes: VecDeque<Job>,
    accepts: VecDeque<Job>,
    rest: VecDeque<Job>,
    closed: bool,
}

struct Inbox {
    queues: Mutex<Queues>,
    ready: Condvar,
    places: Arc<Semaphore>,
    kibs: Arc<Semaphore>,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch, outcomes first; empty when the store is closed and all is written.
    fn next(&self) -> Vec<Job> {
        let mut queues = self.lock();
        loop {
            let mut batch = Vec::new();
            let mut bytes = 0;
            while batch.len() < BATCH_MAX && bytes < BATCH_BYTES {
                let Queues { outcomes, accepts, rest, .. } = &mut *queues;
                let urgent = if batch.len() < BATCH_MAX - REST_SHARE {
                    outcomes.pop_front().or_else(|| accepts.pop_front())
                } else {
                    None
                };
                let Some(job) = urgent.or_else(|| rest.pop_front()) else { break };
                bytes += weight(&job.commit);
                batch.push(job);
            }
            // However large the bodies, a few of the rest go with each batch.
            for _ in 0..REST_SHARE {
                let Some(job) = queues.rest.pop_front() else { break };
                batch.push(job);
            }
            if !batch.is_empty() || queues.closed {
                return batch;
            }
            queues = self.ready.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn weight(commit: &Commit) -> usize {
    let body = |change: &Change| if let Change::Accept(message) = change { message.body.len() } else { 0 };
    commit.changes.iter().map(body).sum()
}

/// The handle: cheap to clone.
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
    fatal: watch::Receiver<Option<String>>,
}

impl Store {
    /// Opens the store of a locked directory, making it if it is new. `now` stamps a new one.
    pub fn open(directory: DataDir, ring: KeyRing, now: i64) -> Result<Self, OpenFault> {
        Self::open_with(directory, ring, now, Durability::Full)
    }

    /// As [`Store::open`]; anything but [`Durability::Full`] loses mail.
    pub fn open_with(directory: DataDir, ring: KeyRing, now: i64, durability: Durability) -> Result<Self, OpenFault> {
        let path = directory.database();
        let sql = |error| OpenFault::sql(&path, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = connection::open(&path, flags).map_err(sql)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
        if version > schema::VERSION {
            return Err(OpenFault::Newer(path, version, schema::VERSION));
        }
        // Before the first migration step: a database that was put here by hand must not make our statements do more.
        if let Some(difference) = schema::difference(&connection, version).map_err(sql)? {
            return Err(OpenFault::Foreign(path, difference));
        }
        schema::migrate(&mut connection).map_err(sql)?;
        writing(&connection, durability).map_err(sql)?;
        let origin = node(&connection, &ring, &directory, now)?;
        let ring = Arc::new(ring);
        let readers = Readers::open(&path, Arc::clone(&ring)).map_err(sql)?;
        let applier = Applier::new(connection, ring, directory.path())?;
        let inbox = Arc::new(Inbox {
            queues: Mutex::default(),
            ready: Condvar::new(),
            places: Arc::new(Semaphore::new(INBOX_MAX)),
            kibs: Arc::new(Semaphore::new(INBOX_KIB)),
        });
        let (tell, fatal) = watch::channel(None);
        let earliest = Arc::new(EarliestDue::default());
        let writer = Writer { inbox: Arc::clone(&inbox), applier, earliest: Arc::clone(&earliest), tell };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| OpenFault::Directory(path.clone(), error))?;
        let inner = Inner { inbox, readers, directory, origin, earliest, thread: Mutex::new(Some(thread)), fatal };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The only way to change anything. When this answers `Ok`, it is on disk.
    pub async fn commit(&self, commit: Commit) -> Result<Vec<Outcome>, CommitFault> {
        let inbox = &self.inner.inbox;
        let accepting = commit.changes.iter().any(|change| matches!(change, Change::Accept(_)));
        let settling = commit.changes.iter().any(|change| matches!(change, Change::Settle(_)));
        let kibs = u32::try_from((weight(&commit) >> 10).min(INBOX_KIB)).unwrap_or(0);
        let places = async {
            let place = Arc::clone(&inbox.places).acquire_owned().await;
            let kibs = Arc::clone(&inbox.kibs).acquire_many_owned(kibs).await;
            Ok([place.map_err(|_| CommitFault::Closed)?, kibs.map_err(|_| CommitFault::Closed)?])
        };
        let places = if accepting {
            tokio::time::timeout(ACCEPT_WAIT, places).await.map_err(|_| CommitFault::Busy)??
        } else {
            places.await?
        };
        let (answer, answered) = oneshot::channel();
        let job = Job { commit, answer, _places: places };
        {
            let mut queues = inbox.lock();
            if queues.closed {
                return Err(CommitFault::Closed);
            }
            match (settling, accepting) {
                (true, _) => queues.outcomes.push_back(job),
                (_, true) => queues.accepts.push_back(job),
                _ => queues.rest.push_back(job),
            }
        }
        inbox.ready.notify_one();
        answered.await.unwrap_or(Err(CommitFault::Closed))
    }

    /// Commits one change and gives its outcome.
    pub async fn change(&self, change: Change) -> Result<Outcome, CommitFault> {
        let mut outcomes = self.commit(Commit::of(change)).await?;
        outcomes.pop().ok_or(CommitFault::Closed)
    }

    pub fn origin(&self) -> Origin {
        self.inner.origin
    }

    /// The id of a message of this store.
    pub fn message_id(&self, number: i64) -> MessageId {
        MessageId { origin: self.inner.origin, number: MessageNumber(number) }
    }

    /// When the next waiting message is due.
    pub fn earliest_due(&self) -> &EarliestDue {
        &self.inner.earliest
    }

    /// The disk that the store is on; `None` if the system does not tell.
    pub fn room(&self) -> Option<Room> {
        room(self.directory())
    }

    pub fn directory(&self) -> &Path {
        self.inner.directory.path()
    }

    /// Keys for HMAC-SHA256, derived from the key ring for one purpose: the first signs, all are believed.
    pub fn signing_keys(&self, purpose: &'static [u8]) -> Vec<ring::hmac::Key> {
        self.readers().ring().signing_keys(purpose)
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.inner.readers
    }

    /// Resolves when the disk has failed in a way that only a restart can mend.
    pub async fn failed(&self) -> String {
        let mut fatal = self.inner.fatal.clone();
        match fatal.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            // The writer ended as asked: nothing has failed.
            Err(_) => std::future::pending().await,
        }
    }

    /// Writes what waits, brings the WAL home and ends the writer. Blocks.
    pub fn close(&self) {
        self.inner.inbox.lock().closed = true;
        self.inner.inbox.ready.notify_all();
        let thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer thread ended by a panic");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.inbox.lock().closed = true;
        self.inbox.ready.notify_all();
    }
}

/// Pragmas of the writing connection. `wal_autocheckpoint` stays at 1000 pages: a checkpoint in small doses.
fn writing(connection: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.busy_timeout(Duration::from_secs(10))
}

/// The row that says who this node is; makes it in a new store.
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

/// What the writer thread owns.
struct Writer {
    inbox: Arc<Inbox>,
    applier: Applier,
    earliest: Arc<EarliestDue>,
    tell: watch::Sender<Option<String>>,
}

impl Writer {
    fn run(mut self) {
        let mut batches: u32 = 0;
        loop {
            let batch = self.inbox.next();
            if batch.is_empty() {
                break;
            }
            let (commits, answers): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|job| (job.commit, (job.answer, job._places))).unzip();
            match self.applier.apply(&commits) {
                Ok(applied) => {
                    self.publish(&commits, &applied);
                    for ((answer, _), applied) in answers.into_iter().zip(applied) {
                        // A caller that no longer waits has nobody to be told.
                        drop(answer.send(applied));
                    }
                }
                Err(fault) => {
                    tracing::error!(%fault, "the disk did not take a write; the process ends and recovers at its next start");
                    self.inbox.lock().closed = true;
                    for (answer, _) in answers {
                        drop(answer.send(Err(fault.clone())));
                    }
                    self.tell.send_replace(Some(fault.to_string()));
                    return;
                }
            }
            batches = batches.wrapping_add(1);
            if batches.is_multiple_of(LOOK_EVERY) {
                look_after(&self.applier);
            }
        }
        // A checkpoint that does not succeed now is made by the next start.
        if let Err(error) = checkpoint(self.applier.connection(), "TRUNCATE") {
            tracing::debug!(%error, "the last checkpoint was not complete");
        }
    }

    /// Lowers the earliest due time to what the batch has set. Readers see the batch already.
    fn publish(&self, commits: &[Commit], applied: &[Applied]) {
        let written = commits.iter().zip(applied).filter_map(|(commit, applied)| Some((commit, applied.as_ref().ok()?)));
        let set = written.flat_map(|(commit, outcomes)| commit.changes.iter().zip(outcomes)).filter_map(|(c, o)| set_by(c, o));
        if let Some(due) = set.min() {
            self.earliest.lower(due);
        }
    }
}

fn checkpoint(connection: &Connection, mode: &str) -> Result<(), rusqlite::Error> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
}

fn look_after(applier: &Applier) {
    applier.tidy_disk();
    let wal = applier.connection().path().map(|path| format!("{path}-wal"));
    let size = wal.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |meta| meta.len());
    if size > WAL_MAX {
        tracing::warn!(mebibytes = size >> 20, "the write-ahead log has grown; a long read may be holding it");
        if let Err(error) = checkpoint(applier.connection(), "RESTART") {
            tracing::warn!(%error, "the write-ahead log could not be brought home");
        }
    }
}

/// A connection that cannot write.
pub(crate) fn reading(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = connection::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    Ok(connection)
}
