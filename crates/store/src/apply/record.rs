//! Records of this node: incidents and their history, notices, contacts, calls of webhooks.

use model::id::MessageNumber;
use model::time::Timestamp;
use rusqlite::Connection;

use super::Trouble;
use crate::commit::{EventRow, IncidentRow, NewHook, NoticeRow, Outcome, RecordChange, TestRow};
use crate::fault::CommitFault;
use crate::statement::{Statements, values};

/// Maximum number of calls that wait for one webhook. Beyond it, the oldest are given up.
const HOOKS_MAX: i64 = 200;

pub(super) fn apply(
    connection: &Connection,
    at: Timestamp,
    accepted: Option<MessageNumber>,
    change: &RecordChange,
) -> Result<Outcome, Trouble> {
    match change {
        RecordChange::Incident(row) => incident(connection, row)?,
        RecordChange::Event(row) => event(connection, at, row)?,
        RecordChange::Notice(row) => {
            notice(connection, at, row, accepted.ok_or(Trouble::Caller(CommitFault::NotFound))?)?;
        }
        RecordChange::NoticesWithdrawn(message) => {
            connection.run("DELETE FROM notice WHERE message = :message", values! { ":message": message })?;
        }
        RecordChange::Daily { date, sent } => {
            if connection.holds("SELECT 1 FROM daily WHERE date = :date", values! { ":date": date })? {
                return Err(Trouble::Caller(CommitFault::Done(date.clone())));
            }
            let sql = "INSERT INTO daily (date, at, message) VALUES (:date, :at, :message)";
            let message = accepted.filter(|_| *sent);
            connection.run(sql, values! { ":date": date, ":at": at, ":message": message })?;
        }
        RecordChange::Contact { address } => {
            let sql = "INSERT OR IGNORE INTO contact (address, known) VALUES (:address, :at)";
            connection.run(sql, values! { ":address": address, ":at": at })?;
        }
        RecordChange::Confirmed { address } => {
            let sql = "INSERT INTO contact (address, known, confirmed) VALUES (:address, :at, :at)
                       ON CONFLICT (address) DO UPDATE SET confirmed = :at";
            connection.run(sql, values! { ":address": address, ":at": at })?;
        }
        RecordChange::ContactsLeft(left) => {
            let known: Vec<String> = connection.rows("SELECT address FROM contact", &[], |row| row.get(0))?;
            for address in known.iter().filter(|address| !left.contains(address)) {
                connection.run("DELETE FROM contact WHERE address = :address", values! { ":address": address })?;
            }
        }
        RecordChange::Hook(hook) => call(connection, at, hook)?,
        RecordChange::HookTried { id, due, taken, said } => {
            let sql = "UPDATE hook SET tries = tries + 1, due = coalesce(:due, due), taken = :taken, said = :said,
                       done = CASE WHEN :due IS NULL THEN :at END WHERE id = :id AND done IS NULL";
            connection.run(sql, values! { ":id": id, ":due": due, ":at": at, ":taken": taken, ":said": said })?;
            let sql = "UPDATE hook SET due = CASE WHEN :taken THEN min(due, :at) ELSE max(due, :due) END
                       WHERE done IS NULL AND (:taken OR :due IS NOT NULL) AND url = (SELECT url FROM hook WHERE id = :id)";
            connection.run(sql, values! { ":id": id, ":due": due, ":at": at, ":taken": taken })?;
        }
        RecordChange::OutcomesRead(last) => {
            connection.run("DELETE FROM outcome WHERE n <= :last", values! { ":last": last })?;
        }
        RecordChange::Test(row) => test(connection, at, row)?,
    }
    Ok(Outcome::Done)
}

fn test(connection: &Connection, at: Timestamp, row: &TestRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT OR REPLACE INTO last_test (one, at, by, accepted, revision, relay, message)
               VALUES (1, :at, :by, :accepted, :revision, :relay, :message)";
    let values = values! {
        ":at": at,
        ":by": row.by,
        ":accepted": row.accepted,
        ":revision": row.revision,
        ":relay": row.relay,
        ":message": row.message,
    };
    connection.run(sql, values).map(drop)
}

fn incident(connection: &Connection, row: &IncidentRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO incident (id, code, object, live, since, record, severity)
               VALUES (:id, :code, :object, :live, :since, :record, :severity)
               ON CONFLICT (id) DO UPDATE SET live = :live, since = :since, record = :record, severity = :severity";
    let values = values! {
        ":id": row.id,
        ":code": row.code,
        ":object": row.object,
        ":live": row.live,
        ":since": row.since,
        ":record": row.record,
        ":severity": row.severity,
    };
    connection.run(sql, values).map(drop)
}

fn event(connection: &Connection, at: Timestamp, row: &EventRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO event (at, incident, act, code, object, severity, by, facts)
               VALUES (:at, :incident, :act, :code, :object, :severity, :by, :facts)";
    let values = values! {
        ":at": at,
        ":incident": row.incident,
        ":act": row.act,
        ":code": row.code,
        ":object": row.object,
        ":severity": row.severity,
        ":by": row.by,
        ":facts": row.facts,
    };
    connection.run(sql, values).map(drop)
}

fn notice(connection: &Connection, at: Timestamp, row: &NoticeRow, message: MessageNumber) -> Result<(), rusqlite::Error> {
    let sql = "INSERT OR REPLACE INTO notice (incident, number, kind, at, since, critical, digest, message)
               VALUES (:incident, :number, :kind, :at, :since, :critical, :digest, :message)";
    let values = values! {
        ":incident": row.incident,
        ":number": row.number,
        ":kind": row.kind,
        ":at": at,
        ":since": row.since,
        ":critical": row.critical,
        ":digest": row.digest,
        ":message": message,
    };
    connection.run(sql, values).map(drop)
}

fn call(connection: &Connection, at: Timestamp, hook: &NewHook) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO hook (url, made, due, tries, body, taken, said) VALUES (:url, :at, :at, 0, :body, 0, '')";
    connection.run(sql, values! { ":url": hook.url, ":at": at, ":body": hook.body })?;
    let sql = "UPDATE hook SET done = :at, said = 'given up: too many wait' WHERE done IS NULL AND url = :url AND id <=
               (SELECT id FROM hook WHERE done IS NULL AND url = :url ORDER BY id DESC LIMIT 1 OFFSET :most)";
    connection.run(sql, values! { ":at": at, ":url": hook.url, ":most": HOOKS_MAX }).map(drop)
}
