//! The handle of the store: takes commits, and reports a failure of the store.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::id::{MessageId, MessageNumber, Origin};
use model::time::Timestamp;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::commit::{Change, Commit, Outcome};
use crate::directory::DataDir;
use crate::disk::{DiskRoom, room};
use crate::doubt::Past;
use crate::due::EarliestDue;
use crate::fault::{CommitFault, ReadFault, StoreFailure};
use crate::inbox::{CommitKind, INBOX_KIB, Inbox, Job};
use crate::readers::Readers;
use crate::seal::{KeyFile, KeyRing};
use crate::wal::{WalState, WalView};

/// Timeout for a place in the inbox, for a commit that accepts a message.
const ACCEPT_WAIT: Duration = Duration::from_secs(10);

/// The handle of an open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) readers: Readers,
    pub(crate) directory: DataDir,
    pub(crate) origin: Origin,
    pub(crate) node_id: String,
    pub(crate) earliest: Arc<EarliestDue>,
    pub(crate) thread: Mutex<Option<JoinHandle<()>>>,
    pub(crate) failure: watch::Receiver<Option<StoreFailure>>,
    pub(crate) wal: Arc<WalView>,
    pub(crate) past: Past,
}

impl Store {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
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
        let places = if commit.kind() == CommitKind::Accept {
            tokio::time::timeout(ACCEPT_WAIT, places).await.map_err(|_| CommitFault::Busy)??
        } else {
            places.await?
        };
        let (answer, answered) = oneshot::channel();
        inbox.push(Job { commit, answer, places })?;
        answered.await.unwrap_or(Err(CommitFault::Closed))
    }

    /// Commits one change and returns its outcome.
    pub async fn change(&self, now: Timestamp, change: impl Into<Change>) -> Result<Outcome, CommitFault> {
        let mut outcomes = self.commit(Commit::at(now).and(change)).await?;
        outcomes.pop().ok_or(CommitFault::Closed)
    }

    /// The identity of this store: no other store has the same, unless it is a copy of this one.
    pub fn node_id(&self) -> &str {
        &self.inner.node_id
    }

    pub fn origin(&self) -> Origin {
        self.inner.origin
    }

    /// The ID of a message of this store.
    pub fn message_id(&self, number: MessageNumber) -> MessageId {
        MessageId { origin: self.inner.origin, number }
    }

    /// The time at which the next waiting message is due.
    pub fn earliest_due(&self) -> &EarliestDue {
        &self.inner.earliest
    }

    /// The space on the store's disk; `None` if the system does not report it.
    pub fn room(&self) -> Option<DiskRoom> {
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

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &KeyRing) -> Result<T, ReadFault> + Send + 'static,
    ) -> Result<T, ReadFault> {
        self.readers().read(read).await
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
        let mut failure = self.inner.failure.clone();
        match failure.wait_for(Option::is_some).await.map(|failure| failure.clone()) {
            Ok(Some(failure)) => failure,
            // The writer has ended normally: nothing has failed.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// The failure of the store; `None` if it works.
    pub fn failure(&self) -> Option<StoreFailure> {
        self.inner.failure.borrow().clone()
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
