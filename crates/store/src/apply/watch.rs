//! Records of the watch: incidents and their history, notices, contacts, webhooks, the life of the node.

use rusqlite::{Connection, OptionalExtension, params};

use super::Trouble;
use crate::commit::{EventRow, IncidentRow, NewHook, NoticeRow, Outcome, WatchChange};
use crate::fault::CommitFault;

/// Maximum number of calls that wait for one webhook. Beyond it, the oldest are given up.
const HOOKS_MAX: i64 = 200;

pub(super) fn apply(connection: &Connection, accepted: Option<i64>, change: &WatchChange) -> Result<Outcome, Trouble> {
    match change {
        WatchChange::Incident(row) => incident(connection, row)?,
        WatchChange::Event(row) => event(connection, row)?,
        WatchChange::Notice(row) => notice(connection, row, accepted.ok_or(Trouble::Caller(CommitFault::NotFound))?)?,
        WatchChange::Untold(message) => {
            connection.prepare_cached("DELETE FROM notice WHERE message = ?1")?.execute([message])?;
        }
        WatchChange::Daily { date, at, sent } => {
            let mut known = connection.prepare_cached("SELECT 1 FROM daily WHERE date = ?1")?;
            if known.query_row([date], |_| Ok(())).optional()?.is_some() {
                return Err(Trouble::Caller(CommitFault::Done(date.clone())));
            }
            let sql = "INSERT INTO daily (date, at, message) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute(params![date, at, accepted.filter(|_| *sent)])?;
        }
        WatchChange::Contact { address, at } => {
            let sql = "INSERT OR IGNORE INTO contact (address, known) VALUES (?1, ?2)";
            connection.prepare_cached(sql)?.execute(params![address, at])?;
        }
        WatchChange::Confirmed { address, at } => {
            let sql = "INSERT INTO contact (address, known, confirmed) VALUES (?1, ?2, ?2)
                       ON CONFLICT (address) DO UPDATE SET confirmed = ?2";
            connection.prepare_cached(sql)?.execute(params![address, at])?;
        }
        WatchChange::ContactsLeft(left) => {
            let mut select = connection.prepare_cached("SELECT address FROM contact")?;
            let known: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for address in known.iter().filter(|address| !left.contains(address)) {
                connection.prepare_cached("DELETE FROM contact WHERE address = ?1")?.execute([address])?;
            }
        }
        WatchChange::Hook(hook) => call(connection, hook)?,
        WatchChange::HookTried { id, due, at, taken, said } => {
            let sql = "UPDATE hook SET tries = tries + 1, due = coalesce(?2, due), taken = ?4, said = ?5,
                       done = CASE WHEN ?2 IS NULL THEN ?3 END WHERE id = ?1 AND done IS NULL";
            connection.prepare_cached(sql)?.execute(params![id, due, at, taken, said])?;
            let sql = "UPDATE hook SET due = CASE WHEN ?4 THEN min(due, ?3) ELSE max(due, ?2) END
                       WHERE done IS NULL AND (?4 OR ?2 IS NOT NULL) AND url = (SELECT url FROM hook WHERE id = ?1)";
            connection.prepare_cached(sql)?.execute(params![id, due, at, taken])?;
        }
        WatchChange::OutcomesRead(last) => {
            connection.prepare_cached("DELETE FROM outcome WHERE n <= ?1")?.execute([last])?;
        }
        WatchChange::AuditRead(n) => drop(connection.prepare_cached("UPDATE life SET audit = ?1")?.execute([n])?),
        WatchChange::Started(at) => {
            let sql = "INSERT INTO life (one, started, seen) VALUES (1, ?1, ?1)
                       ON CONFLICT (one) DO UPDATE SET started = ?1, seen = ?1, ended = NULL";
            connection.prepare_cached(sql)?.execute([at])?;
        }
        WatchChange::Seen(at) => drop(connection.prepare_cached("UPDATE life SET seen = ?1")?.execute([at])?),
        WatchChange::Ended(at) => drop(connection.prepare_cached("UPDATE life SET seen = ?1, ended = ?1")?.execute([at])?),
    }
    Ok(Outcome::Done)
}

/// Writes a row that changes with every call, so that there is data to sync.
pub(super) fn alive(connection: &Connection, at: i64) -> Result<Outcome, rusqlite::Error> {
    let sql = "INSERT INTO life (one, started, seen) VALUES (1, ?1, ?1) ON CONFLICT (one) DO UPDATE SET seen = ?1";
    connection.prepare_cached(sql)?.execute([at])?;
    Ok(Outcome::Done)
}

fn incident(connection: &Connection, row: &IncidentRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO incident (id, code, object, live, since, record, severity) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET live = ?4, since = ?5, record = ?6, severity = ?7";
    connection.prepare_cached(sql)?.execute(params![
        row.id,
        row.code,
        row.object,
        row.live,
        row.since,
        row.record,
        row.severity
    ])?;
    Ok(())
}

fn event(connection: &Connection, row: &EventRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO event (at, incident, act, code, object, severity, by, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = params![row.at, row.incident, row.act, row.code, row.object, row.severity, row.by, row.facts];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn notice(connection: &Connection, row: &NoticeRow, message: i64) -> Result<(), rusqlite::Error> {
    let sql = "INSERT OR REPLACE INTO notice (incident, number, kind, at, since, critical, digest, message)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = params![row.incident, row.number, row.kind, row.at, row.since, row.critical, row.digest, message];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn call(connection: &Connection, hook: &NewHook) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO hook (url, made, due, tries, body, taken, said) VALUES (?1, ?2, ?2, 0, ?3, 0, '')";
    connection.prepare_cached(sql)?.execute(params![hook.url, hook.at, hook.body])?;
    let sql = "UPDATE hook SET done = ?1, said = 'given up: too many wait' WHERE done IS NULL AND url = ?3 AND id <=
               (SELECT id FROM hook WHERE done IS NULL AND url = ?3 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    connection.prepare_cached(sql)?.execute(params![hook.at, HOOKS_MAX, hook.url])?;
    Ok(())
}
