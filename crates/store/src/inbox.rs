//! The inbox of the writer: queues for outcomes, accepted messages, and all other commits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::apply::Applied;
use crate::commit::{Change, Commit, MailChange};
use crate::fault::CommitFault;

/// Commits in one batch, before the extra share of other commits.
const BATCH_MAX: usize = 256;
/// Places of a batch that are reserved for other commits: claims, leases and settings must make progress under load too.
const REST_SHARE: usize = 16;
/// Bytes of message bodies in one batch. The last commit may exceed it.
const BATCH_BYTES: usize = 4 << 20;
/// Maximum number of waiting commits.
const INBOX_MAX: usize = 1024;
/// Maximum size of waiting message bodies, in KiB.
pub(crate) const INBOX_KIB: usize = 16 << 10;

pub(crate) struct Job {
    pub(crate) commit: Commit,
    pub(crate) answer: oneshot::Sender<Applied>,
    pub(crate) places: [OwnedSemaphorePermit; 2],
}

#[derive(Default)]
struct Queues {
    outcomes: VecDeque<Job>,
    accepts: VecDeque<Job>,
    rest: VecDeque<Job>,
    /// The fault that new commits receive; `None` while the inbox is open.
    closed: Option<CommitFault>,
}

pub(crate) struct Inbox {
    queues: Mutex<Queues>,
    ready: Condvar,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) kibs: Arc<Semaphore>,
}

pub(crate) enum InboxEvent {
    /// The next batch, outcomes first.
    Batch(Vec<Job>),
    /// No commit arrived within the time.
    Idle,
    /// The inbox is closed and empty.
    Closed,
}

impl Inbox {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            queues: Mutex::default(),
            ready: Condvar::new(),
            places: Arc::new(Semaphore::new(INBOX_MAX)),
            kibs: Arc::new(Semaphore::new(INBOX_KIB)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, job: Job) -> Result<(), CommitFault> {
        {
            let mut queues = self.lock();
            if let Some(fault) = &queues.closed {
                return Err(fault.clone());
            }
            match job.commit.kind() {
                CommitKind::Outcome => queues.outcomes.push_back(job),
                CommitKind::Accept => queues.accepts.push_back(job),
                CommitKind::Rest => queues.rest.push_back(job),
            }
        }
        self.ready.notify_one();
        Ok(())
    }

    /// Refuses new commits. The writer still writes the waiting ones.
    pub(crate) fn close(&self) {
        self.lock().closed.get_or_insert(CommitFault::Closed);
        self.ready.notify_all();
    }

    /// Refuses new commits, and answers all waiting ones with this fault.
    pub(crate) fn fail(&self, fault: &CommitFault) {
        let waiting: Vec<Job> = {
            let mut queues = self.lock();
            queues.closed = Some(fault.clone());
            let Queues { outcomes, accepts, rest, .. } = &mut *queues;
            outcomes.drain(..).chain(accepts.drain(..)).chain(rest.drain(..)).collect()
        };
        for job in waiting {
            // A caller that has stopped waiting needs no answer.
            drop(job.answer.send(Err(fault.clone())));
        }
    }

    /// Returns the next batch. Waits for it at most `wait`.
    pub(crate) fn next(&self, wait: Duration) -> InboxEvent {
        let mut queues = self.lock();
        let mut waited = false;
        loop {
            let batch = queues.batch();
            if !batch.is_empty() {
                return InboxEvent::Batch(batch);
            }
            if queues.closed.is_some() {
                return InboxEvent::Closed;
            }
            if waited {
                return InboxEvent::Idle;
            }
            let (again, time) = self.ready.wait_timeout(queues, wait).unwrap_or_else(PoisonError::into_inner);
            (queues, waited) = (again, time.timed_out());
        }
    }
}

impl Queues {
    fn batch(&mut self) -> Vec<Job> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_MAX && bytes < BATCH_BYTES {
            let urgent = if batch.len() < BATCH_MAX - REST_SHARE {
                self.outcomes.pop_front().or_else(|| self.accepts.pop_front())
            } else {
                None
            };
            let Some(job) = urgent.or_else(|| self.rest.pop_front()) else { break };
            bytes += job.commit.weight();
            batch.push(job);
        }
        // Adds a few other commits to each batch, regardless of the size of the bodies.
        for _ in 0..REST_SHARE {
            let Some(job) = self.rest.pop_front() else { break };
            batch.push(job);
        }
        batch
    }
}

/// The queue that a commit waits in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitKind {
    Outcome,
    Accept,
    Rest,
}

impl Commit {
    pub(crate) fn kind(&self) -> CommitKind {
        let has = |wanted: fn(&Change) -> bool| self.changes.iter().any(wanted);
        match () {
            () if has(|change| matches!(change, Change::Mail(MailChange::Settle(_)))) => CommitKind::Outcome,
            () if has(|change| matches!(change, Change::Mail(MailChange::Accept(_)))) => CommitKind::Accept,
            () => CommitKind::Rest,
        }
    }

    /// Bytes of the message bodies in this commit.
    pub(crate) fn weight(&self) -> usize {
        let body = |change: &Change| if let Change::Mail(MailChange::Accept(message)) = change { message.body.len() } else { 0 };
        self.changes.iter().map(body).sum()
    }
}
