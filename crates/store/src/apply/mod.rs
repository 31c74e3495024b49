//! Applies commits to the database: a batch in one transaction. If a commit in the batch fails, each commit is applied alone,
//! so that one fault affects one caller. Synchronous, without thread or clock; the writer provides both.

mod accept;
mod account;
mod audit;
mod document;
mod grant;
mod housekeep;
mod lease;
mod life;
mod operate;
mod pair;
mod park;
mod record;
mod settle;
mod tally;
mod token;

#[cfg(test)]
mod scope_tests;

pub(crate) use grant::sealed_name;
pub(crate) use pair::SEALED_NAME as PAIR_KEYS_NAME;
pub(crate) use park::hold_waiting;

use std::sync::Arc;

use model::id::MessageNumber;
use model::time::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use crate::commit::{Change, Commit, DoneOnce, Guard, KeyResult, LocalChange, MailChange, Once, Outcome, SiteChange};
use crate::damage::is_fatal;
use crate::disk::Disk;
use crate::fault::{CommitFault, OpenFault, StoreFailure};
use crate::seal::KeyRing;
use crate::statement::{Columns, Statements, values};
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
    next: MessageNumber,
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

impl Applier {
    pub(crate) fn new(
        connection: Connection,
        ring: Arc<KeyRing>,
        directory: &std::path::Path,
        wal: Arc<WalView>,
    ) -> Result<Self, OpenFault> {
        let path = directory.join("postwacht.db");
        let next = connection
            .row("SELECT coalesce(max(n), 0) + 1 FROM message", &[], |row| row.read(0))
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
                let is_essential = commit.changes.iter().any(Change::is_essential);
                if is_essential && fault(&error) == CommitFault::DiskFull && self.disk.give_reserve() {
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
            let mut step = CommitStep { at: commit.at, connection: &transaction, ring, disk, wal, next, tally, accepted: None };
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
    /// The time of the commit.
    at: Timestamp,
    connection: &'a Connection,
    ring: &'a KeyRing,
    disk: &'a Disk,
    wal: &'a WalView,
    next: &'a mut MessageNumber,
    tally: &'a mut Tally,
    /// The message that this commit has accepted.
    accepted: Option<MessageNumber>,
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
            if let Guard::Once(once, result) = guard {
                self.save_key(once, result)?;
            }
        }
        Ok(outcomes)
    }

    fn save_key(&self, once: &Once, result: &KeyResult) -> Result<(), rusqlite::Error> {
        let result = match result {
            KeyResult::Message => self.accepted.map(|number| number.to_string()).unwrap_or_default(),
            KeyResult::Text(text) => text.clone(),
        };
        let sql = "INSERT INTO once (key, at, result, content) VALUES (:key, :at, :result, :content)";
        let values = values! { ":key": once.key, ":at": self.at, ":result": result, ":content": once.content };
        self.connection.run(sql, values).map(drop)
    }

    fn guard(&self, guard: &Guard) -> Result<(), Trouble> {
        match guard {
            Guard::Revision(kind, expected) => {
                let found = document::revision(self.connection, kind)?;
                if found != *expected {
                    return Err(Trouble::Caller(CommitFault::Stale { expected: *expected, found }));
                }
            }
            Guard::Once(once, _) => {
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
                let waits = "SELECT 1 FROM message WHERE n = :number AND open > 0";
                if !self.connection.holds(waits, values! { ":number": number })? {
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
            Change::Site(change) => self.site(change),
            Change::Mail(change) => self.mail(change),
            Change::Local(change) => self.local(change),
        }
    }

    fn site(&self, change: &SiteChange) -> Result<Outcome, Trouble> {
        let (connection, ring, at) = (self.connection, self.ring, self.at);
        match change {
            SiteChange::Document(save) => document::save(connection, ring, at, save),
            SiteChange::Account(change) => account::apply(connection, at, change),
            SiteChange::Token(change) => token::apply(connection, at, change),
            SiteChange::Grant(change) => grant::apply(connection, ring, change),
            SiteChange::Audit(entry) => Ok(audit::write(connection, at, entry)?),
            SiteChange::TrimAudit => Ok(audit::trim(connection)?),
        }
    }

    fn mail(&mut self, change: &MailChange) -> Result<Outcome, Trouble> {
        let (connection, at) = (self.connection, self.at);
        match change {
            MailChange::Accept(message) => {
                self.accepted = Some(*self.next);
                Ok(accept::accept(connection, at, self.next, message)?)
            }
            MailChange::Settle(settled) => settle::settle(connection, self.tally, at, settled),
            MailChange::Attempt(row) => Ok(settle::attempt(connection, at, row)?),
            MailChange::Park(park) => Ok(park::park(connection, at, park)?),
            MailChange::Unpark { gate, limit } => Ok(park::unpark(connection, at, *gate, *limit)?),
            MailChange::Operate(operate) => Ok(operate::operate(connection, at, operate)?),
            MailChange::Housekeep(slice) => Ok(housekeep::housekeep(connection, at, slice)?),
            MailChange::TrimHistory { events_before } => Ok(housekeep::trim_history(connection, *events_before)?),
            MailChange::Record(change) => record::apply(connection, at, self.accepted, change),
        }
    }

    fn local(&self, change: &LocalChange) -> Result<Outcome, Trouble> {
        let (connection, at) = (self.connection, self.at);
        let done = match change {
            LocalChange::Pair(row) => return pair::apply(connection, self.ring, row),
            LocalChange::Claim { numbers, until } => lease::claim(connection, at, numbers, *until),
            LocalChange::Renew { leases, until } => lease::renew(connection, leases, *until),
            LocalChange::Recover { lease } => lease::recover(connection, at, *lease),
            LocalChange::Unclaim { numbers, due } => lease::unclaim(connection, numbers, *due),
            LocalChange::Relay { relay, sender, state } => life::relay(connection, *relay, sender, state),
            LocalChange::Started => life::started(connection, at),
            LocalChange::Seen => life::seen(connection, at),
            LocalChange::Ended => life::ended(connection, at),
            LocalChange::AuditRead(last) => life::audit_read(connection, *last),
            LocalChange::Alive => life::alive(connection, at),
        };
        Ok(done?)
    }
}

/// The stored result of this key, if it was used.
pub(crate) fn done_once(connection: &Connection, key: &str) -> Result<Option<DoneOnce>, rusqlite::Error> {
    let sql = "SELECT result, content FROM once WHERE key = :key";
    connection.first(sql, values! { ":key": key }, |row| Ok(DoneOnce::new(row.get(0)?, row.get(1)?)))
}
