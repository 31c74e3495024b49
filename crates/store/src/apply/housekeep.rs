//! Cleanup, one bounded slice at a time, so that no commit waits long for it.

use std::time::Duration;

use model::id::{IncidentId, MessageNumber};
use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::{Housekeep, Outcome, Slice};
use crate::encoding::{CLASS_SUBMITTED, first_row_id, last_row_id};
use crate::statement::{Columns, Statements, values};

/// Maximum number of rows examined in one slice.
const ROWS: usize = 1000;
/// Maximum number of whole messages deleted in one slice.
const DELETES: usize = 100;
/// Maximum number of free pages returned to the file system in one slice.
const PAGES: i64 = 512;
/// Time for which idempotency keys and finished webhook calls are kept.
const ONCE_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// Minimum time for which our own notices are kept: the heartbeat reads the outcome of the last daily notice.
const NOTICES_KEPT: Duration = Duration::from_secs(2 * 86_400);
/// Maximum number of rows in the history of events.
const EVENTS_KEPT: i64 = 1_000_000;
/// Maximum number of incidents before the oldest resolved ones are deleted.
const INCIDENTS_KEPT: i64 = 20_000;
/// Maximum number of webhook calls before the oldest finished ones are deleted.
const HOOKS_KEPT: i64 = 10_000;
/// Hours of figures, and days of daily notices, that are kept.
const TALLIES_KEPT: i64 = 24 * 400;
const DAILIES_KEPT: i64 = 400;

/// Walks the messages by number from `slice.after`. Returns the number after which the next slice continues.
pub(super) fn housekeep(connection: &Connection, now: Timestamp, slice: &Housekeep) -> Result<Outcome, rusqlite::Error> {
    let sql = "SELECT n, class, settled FROM message WHERE n > :after AND n < (SELECT max(n) FROM message)
               ORDER BY n LIMIT :rows";
    let values = values! { ":after": slice.after, ":rows": ROWS };
    let rows: Vec<(MessageNumber, i64, Option<Timestamp>)> =
        connection.rows(sql, values, |row| Ok::<_, rusqlite::Error>((row.read(0)?, row.get(1)?, row.maybe_time(2)?)))?;
    let (mut deleted, mut last) = (0, slice.after);
    for &(n, class, settled) in &rows {
        let Some(settled) = settled else {
            last = n;
            continue;
        };
        let bodies_before = if class < CLASS_SUBMITTED { slice.notices_before } else { slice.submitted_before };
        let reports_before =
            if class < CLASS_SUBMITTED { slice.reports_before.min(now - NOTICES_KEPT) } else { slice.reports_before };
        if settled < reports_before {
            if deleted == DELETES {
                break;
            }
            deleted += 1;
            message(connection, n)?;
        } else if settled < bodies_before {
            rows_of(connection, "body", n)?;
        }
        last = n;
    }
    if slice.after == MessageNumber::BEFORE_FIRST {
        let sql = "DELETE FROM once WHERE key IN (SELECT key FROM once WHERE at < :before LIMIT :rows)";
        connection.run(sql, values! { ":before": now - ONCE_KEPT, ":rows": 10 * ROWS })?;
        records(connection, now, slice)?;
    }
    let more = rows.len() == ROWS || deleted == DELETES;
    // At the end of the walk, each slice returns free pages to the file system, until few are left.
    let more = more || shrink(connection)?;
    Ok(Outcome::Cleaned { next: more.then_some(last) })
}

/// Deletes old records: incidents that are over with their history, finished webhook calls, figures, days.
fn records(connection: &Connection, now: Timestamp, slice: &Housekeep) -> Result<(), rusqlite::Error> {
    let sql = "SELECT id FROM
               (SELECT id, live, since FROM incident WHERE id < (SELECT max(id) FROM incident) ORDER BY id LIMIT :rows)
               WHERE live = 0 AND since < :before LIMIT :deletes";
    let values = values! { ":before": slice.reports_before, ":rows": ROWS, ":deletes": DELETES };
    let old: Vec<IncidentId> = connection.rows(sql, values, |row| row.read(0))?;
    incidents(connection, &old)?;
    let sql = "DELETE FROM hook WHERE id IN (SELECT id FROM hook WHERE done < :before ORDER BY id LIMIT :rows)";
    connection.run(sql, values! { ":before": now - ONCE_KEPT, ":rows": ROWS })?;
    let sql = "DELETE FROM tally WHERE hour < :before";
    connection.run(sql, values! { ":before": now.hour() - TALLIES_KEPT })?;
    let sql = "DELETE FROM daily WHERE date <= (SELECT date FROM daily ORDER BY date DESC LIMIT 1 OFFSET :kept)";
    connection.run(sql, values! { ":kept": DAILIES_KEPT }).map(drop)
}

/// Deletes one slice of the rows beyond their limits, the oldest first. Keeps the newest event and incident, because their
/// numbers must not be used again.
pub(super) fn trim_history(connection: &Connection, events_before: i64) -> Result<Outcome, rusqlite::Error> {
    let sql = "DELETE FROM event WHERE n IN (SELECT n FROM event WHERE n < max(:before, (SELECT max(n) FROM event) - :kept)
               AND n < (SELECT max(n) FROM event) ORDER BY n LIMIT :rows)";
    let values = values! { ":before": events_before, ":kept": EVENTS_KEPT, ":rows": 10 * ROWS };
    let events = connection.run(sql, values)?;
    let sql = "SELECT id FROM incident WHERE live = 0
               AND id <= (SELECT id FROM incident ORDER BY id DESC LIMIT 1 OFFSET :kept) ORDER BY id LIMIT :rows";
    let values = values! { ":kept": INCIDENTS_KEPT, ":rows": ROWS };
    let old: Vec<IncidentId> = connection.rows(sql, values, |row| row.read(0))?;
    incidents(connection, &old)?;
    let sql = "DELETE FROM hook WHERE id IN (SELECT id FROM hook WHERE done IS NOT NULL
               AND id <= (SELECT id FROM hook ORDER BY id DESC LIMIT 1 OFFSET :kept) ORDER BY id LIMIT :rows)";
    let hooks = connection.run(sql, values! { ":kept": HOOKS_KEPT, ":rows": ROWS })?;
    let is_full = events == 10 * ROWS || old.len() == ROWS || hooks == ROWS;
    Ok(Outcome::Trimmed(if is_full { Slice::Full } else { Slice::Partial }))
}

/// Deletes incidents with their history and notices.
fn incidents(connection: &Connection, ids: &[IncidentId]) -> Result<(), rusqlite::Error> {
    for id in ids {
        for sql in [
            "DELETE FROM event WHERE incident = :id",
            "DELETE FROM notice WHERE incident = :id",
            "DELETE FROM incident WHERE id = :id",
        ] {
            connection.run(sql, values! { ":id": id })?;
        }
    }
    Ok(())
}

/// Returns one slice of free pages to the file system. True if many more are left.
fn shrink(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let mut vacuum = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = vacuum.query([])?;
    // The pragma frees one page for each row that is read.
    while rows.next()?.is_some() {}
    let left: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    Ok(left > PAGES)
}

fn message(connection: &Connection, n: MessageNumber) -> Result<(), rusqlite::Error> {
    for table in ["recipient", "body", "attempt"] {
        rows_of(connection, table, n)?;
    }
    connection.run("DELETE FROM message WHERE n = :number", values! { ":number": n }).map(drop)
}

fn rows_of(connection: &Connection, table: &str, n: MessageNumber) -> Result<(), rusqlite::Error> {
    let sql = format!("DELETE FROM {table} WHERE id BETWEEN :first AND :last");
    connection.run(&sql, values! { ":first": first_row_id(n), ":last": last_row_id(n) }).map(drop)
}
