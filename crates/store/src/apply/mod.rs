//! Applies commits to the database: a batch in one transaction. If a commit in the batch fails, each commit is applied alone,
//! so that one fault affects one caller. Synchronous, without thread or clock; the writer provides both.

mod accept;
mod account;
mod document;
mod grant;
mod housekeep;
mod operate;
mod settle;
mod tally;
mod token;
mod watch;

pub(crate) use accept::{EIGHT_BIT, MAY_ARRIVE_TWICE, TEST, class_of, fate_of};
pub(crate) use grant::sealed_name;
pub(crate) use tally::{HOUR_MS, WAITS};

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::commit::{Change, Commit, DoneOnce, Guard, Once, Outcome};
use crate::disk::Disk;
use crate::fault::{CommitFault, OpenFault, StoreFailure};
use crate::seal::KeyRing;
use crate::soundness::is_damage;
use crate::wal::WalView;
use tally::Tally;

/// Number of free pages (of 8 KiB) in the file above which the store accepts messages although the disk is nearly full.
const FREE_PAGES: i64 = 2048;

/// Owns the writing connection.
pub(crate) struct Applier {
    connection: Connection,
    ring: Arc<KeyRing>,
    disk: Disk,
    wal: Arc<WalView>,
    next: i64,
    tally: Tally,
}

pub(crate) type Applied = Result<Vec<Outcome>, CommitFault>;

/// The error of a step: a fault of the caller, or an error of the database.
pub(crate) enum Trouble {
    Caller(CommitFault),
    Sql(rusqlite::Error),
}

/// The reason for rolling back a transaction.
#[derive(Debug, thiserror::Error)]
enum Spoiled {
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    /// A commit was refused after its first write.
    #[error("{0}")]
    Half(CommitFault),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

fn fault(error: &rusqlite::Error) -> CommitFault {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => CommitFault::DiskFull,
        Some(rusqlite::ErrorCode::DatabaseBusy) => CommitFault::Locked,
        _ => CommitFault::Storage(error.to_string()),
    }
}

/// True if the process must end and recover from the disk. After a failed sync the content of the page cache is unknown. Each
/// write makes a damaged database worse.
pub(crate) fn is_fatal(error: &rusqlite::Error) -> bool {
    const IOERR_FSYNC: i32 = 10 | (4 << 8);
    const IOERR_DIR_FSYNC: i32 = 10 | (5 << 8);
    is_damage(error) || matches!(error.sqlite_error().map(|e| e.extended_code), Some(IOERR_FSYNC | IOERR_DIR_FSYNC))
}

impl Applier {
    pub(crate) fn new(
        connection: Connection,
        ring: Arc<KeyRing>,
        directory: &std::path::Path,
        wal: Arc<WalView>,
    ) -> Result<Self, OpenFault> {
        let path = directory.join("postwacht.db");
        let next = connection
            .query_row("SELECT coalesce(max(n), 0) + 1 FROM message", [], |row| row.get(0))
            .map_err(|error| OpenFault::sql(&path, error))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, ring, disk: Disk::new(directory), wal, next, tally: Tally::default() })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Applies a batch. Returns one answer for each commit, in order. `Err`: answer all commits with it, and end the process.
    pub(crate) fn apply(&mut self, commits: &[Commit]) -> Result<Vec<Applied>, StoreFailure> {
        let before = self.next;
        match self.together(commits) {
            Ok(answers) => Ok(answers),
            Err(Spoiled::Sql(error)) if is_fatal(&error) => Err(StoreFailure::of(&error)),
            // Each commit alone would wait for the lock just as long.
            Err(Spoiled::Sql(error)) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                self.next = before;
                Ok(commits.iter().map(|_| Err(fault(&error))).collect())
            }
            Err(spoiled) => {
                if commits.len() > 1 {
                    tracing::debug!(%spoiled, commits = commits.len(), "a batch failed; each commit alone now");
                }
                self.next = before;
                commits.iter().map(|commit| self.alone(commit)).collect()
            }
        }
    }

    fn alone(&mut self, commit: &Commit) -> Result<Applied, StoreFailure> {
        let before = self.next;
        match self.together(std::slice::from_ref(commit)) {
            Ok(mut answers) => Ok(answers.remove(0)),
            Err(Spoiled::Half(fault)) => {
                self.next = before;
                Ok(Err(fault))
            }
            Err(Spoiled::Sql(error)) if is_fatal(&error) => Err(StoreFailure::of(&error)),
            Err(Spoiled::Sql(error)) => {
                self.next = before;
                // Outcomes, OAuth2 tokens that replace others, and records of the watch must be written. If they do not fit,
                // the reserve is deleted to make room once.
                let must = |change: &Change| matches!(change, Change::Settle(_) | Change::Grant(_) | Change::Watch(_));
                let outcome = commit.changes.iter().any(must);
                if outcome && fault(&error) == CommitFault::DiskFull && self.disk.give_reserve() {
                    tracing::warn!("the disk is full: the reserve was given up to record an outcome");
                    return self.alone(commit);
                }
                Ok(Err(fault(&error)))
            }
        }
    }

    /// Applies all commits in one transaction. A refused commit leaves no trace. Refused before its first write, it costs
    /// nothing. Refused after it, the whole batch is rolled back.
    fn together(&mut self, commits: &[Commit]) -> Result<Vec<Applied>, Spoiled> {
        let Self { connection, ring, disk, wal, next, tally } = self;
        tally.clear();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut answers = Vec::with_capacity(commits.len());
        for commit in commits {
            let mut step = CommitStep { connection: &transaction, ring, disk, wal, next, tally, accepted: None };
            let written = transaction.total_changes();
            match step.commit(commit) {
                Ok(outcomes) => answers.push(Ok(outcomes)),
                Err(Trouble::Caller(fault)) if transaction.total_changes() == written => answers.push(Err(fault)),
                Err(Trouble::Caller(fault)) => return Err(Spoiled::Half(fault)),
                Err(Trouble::Sql(error)) => return Err(Spoiled::Sql(error)),
            }
        }
        tally.write(&transaction)?;
        transaction.commit()?;
        Ok(answers)
    }

    pub(crate) fn tidy_disk(&self) {
        self.disk.keep_reserve();
    }
}

/// One commit within a transaction.
struct CommitStep<'a> {
    connection: &'a Connection,
    ring: &'a KeyRing,
    disk: &'a Disk,
    wal: &'a WalView,
    next: &'a mut i64,
    tally: &'a mut Tally,
    /// The message that this commit has accepted.
    accepted: Option<i64>,
}

impl CommitStep<'_> {
    /// Checks the guards first: they find most faults of a caller before the commit has written anything.
    fn commit(&mut self, commit: &Commit) -> Result<Vec<Outcome>, Trouble> {
        for guard in &commit.guards {
            self.guard(guard)?;
        }
        let mut outcomes = Vec::with_capacity(commit.changes.len());
        for change in &commit.changes {
            outcomes.push(self.change(change)?);
        }
        for guard in &commit.guards {
            if let Guard::Once(once) = guard {
                let result = outcomes.iter().find_map(|o| if let Outcome::Accepted(n) = o { Some(n.to_string()) } else { None });
                let at = now_of(commit);
                self.once(once, at, &result.unwrap_or_default())?;
            }
        }
        Ok(outcomes)
    }

    fn once(&self, once: &Once, at: i64, result: &str) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO once (key, at, result, content) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![once.key, at, result, once.content]).map(drop)
    }

    fn guard(&self, guard: &Guard) -> Result<(), Trouble> {
        match guard {
            Guard::Revision(kind, expected) => {
                let found = document::revision(self.connection, kind)?;
                if found != *expected {
                    return Err(Trouble::Caller(CommitFault::Stale { expected: *expected, found }));
                }
            }
            Guard::Once(once) => {
                if let Some(done) = done_once(self.connection, &once.key)? {
                    let fault = if done.is_of(once) { CommitFault::Done(done.result) } else { CommitFault::Differs };
                    return Err(Trouble::Caller(fault));
                }
            }
            Guard::Room if !self.disk.has_room() && !self.has_free_pages()? => {
                return Err(Trouble::Caller(CommitFault::DiskFull));
            }
            Guard::Room => {
                if let Some(cause) = self.wal.refusal() {
                    return Err(Trouble::Caller(CommitFault::WalFull(cause)));
                }
            }
            Guard::Waits(number) => {
                let mut waits = self.connection.prepare_cached("SELECT 1 FROM message WHERE n = ?1 AND open > 0")?;
                if waits.query_row([number], |_| Ok(())).optional()?.is_none() {
                    return Err(Trouble::Caller(CommitFault::NotFound));
                }
            }
        }
        Ok(())
    }

    /// True if the file has many free pages. Deleted bodies leave them, and they are room too.
    fn has_free_pages(&self) -> Result<bool, rusqlite::Error> {
        let pages: i64 = self.connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
        Ok(pages > FREE_PAGES)
    }

    fn change(&mut self, change: &Change) -> Result<Outcome, Trouble> {
        match change {
            Change::Accept(message) => {
                self.accepted = Some(*self.next);
                Ok(accept::accept(self.connection, self.next, message)?)
            }
            Change::Claim { numbers, now, until } => Ok(settle::claim(self.connection, numbers, *now, *until)?),
            Change::Renew { leases, until } => Ok(settle::renew(self.connection, leases, *until)?),
            Change::Recover { now, lease } => Ok(settle::recover(self.connection, *now, *lease)?),
            Change::Unclaim { numbers, due } => Ok(settle::unclaim(self.connection, numbers, *due)?),
            Change::Settle(settled) => settle::settle(self.connection, self.tally, settled),
            Change::Park(park) => Ok(settle::park(self.connection, park)?),
            Change::Unpark { gate, now, limit } => Ok(settle::unpark(self.connection, *gate, *now, *limit)?),
            Change::Relay { relay, sender, state } => Ok(settle::relay(self.connection, *relay, sender, state)?),
            Change::Operate(operate) => Ok(operate::operate(self.connection, operate)?),
            Change::Document(save) => document::save(self.connection, self.ring, save),
            Change::Attempt(row) => Ok(settle::attempt(self.connection, row)?),
            Change::Audit { at, who, what, detail } => {
                let sql = "INSERT INTO audit (at, who, what, detail) VALUES (?1, ?2, ?3, ?4)";
                self.connection.prepare_cached(sql)?.execute(params![at, who, what, detail])?;
                Ok(Outcome::Done)
            }
            Change::Once { once, at, result } => {
                self.once(once, *at, result)?;
                Ok(Outcome::Done)
            }
            Change::Account(change) => account::apply(self.connection, change),
            Change::Token(change) => token::apply(self.connection, change),
            Change::Grant(change) => grant::apply(self.connection, self.ring, change),
            Change::Alive(at) => Ok(watch::alive(self.connection, *at)?),
            Change::Watch(change) => watch::apply(self.connection, self.accepted, change),
            Change::TrimHistory { events_before } => Ok(housekeep::trim_history(self.connection, *events_before)?),
            Change::Housekeep(slice) => Ok(housekeep::housekeep(self.connection, slice)?),
        }
    }
}

/// The stored result of this key, if it was used.
pub(crate) fn done_once(connection: &Connection, key: &str) -> Result<Option<DoneOnce>, rusqlite::Error> {
    let mut select = connection.prepare_cached("SELECT result, content FROM once WHERE key = ?1")?;
    select.query_row([key], |row| Ok(DoneOnce::new(row.get(0)?, row.get(1)?))).optional()
}

/// The time of a commit, taken from its changes.
fn now_of(commit: &Commit) -> i64 {
    let at = commit.changes.iter().find_map(|change| match change {
        Change::Accept(message) => Some(message.accepted),
        Change::Audit { at, .. } => Some(*at),
        _ => None,
    });
    at.unwrap_or(0)
}
