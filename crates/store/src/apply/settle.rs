//! Claims messages for attempts, and records the outcomes of the attempts.

use model::hold::RelayState;
use model::message::Fate;
use rusqlite::{Connection, OptionalExtension, params};

use super::Trouble;
use super::accept::{MAY_ARRIVE_TWICE, SUBMITTED, TEST, fate_code};
use super::tally::Tally;
use crate::commit::{AttemptRow, Next, Outcome, Park, Settle};
use crate::fault::CommitFault;

/// Maximum number of rows that a bulk change touches in one commit.
pub(super) const SLICE: usize = 1000;
/// Maximum number of reports kept of one message: the first ones and the last.
const ATTEMPTS_MAX: i64 = 200;

pub(super) fn claim(connection: &Connection, numbers: &[i64], now: i64, until: i64) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = ?2, attempts = attempts + 1 WHERE n = ?1 AND open > 0 AND lane >= 0
               AND (due <= ?3 OR due > ?3 + 7200000)";
    let mut update = connection.prepare_cached(sql)?;
    let mut claimed = Vec::with_capacity(numbers.len());
    for &n in numbers {
        if update.execute([n, until, now])? == 1 {
            claimed.push(n);
        }
    }
    Ok(Outcome::Claimed(claimed))
}

pub(super) fn renew(connection: &Connection, leases: &[(i64, i64)], until: i64) -> Result<Outcome, rusqlite::Error> {
    let mut update = connection.prepare_cached("UPDATE message SET due = ?2 WHERE n = ?1 AND open > 0 AND due = ?3")?;
    leases.iter().try_for_each(|&(n, end)| update.execute([n, until, end]).map(drop))?;
    Ok(Outcome::Done)
}

/// Makes claimed messages due now, by the index on (lane, due). Also affects messages that are due within a lease anyway.
pub(super) fn recover(connection: &Connection, now: i64, lease: i64) -> Result<Outcome, rusqlite::Error> {
    let lanes: Vec<i64> = connection
        .prepare("SELECT 0 UNION SELECT 1 UNION SELECT id FROM lane")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut count = 0;
    for lane in lanes {
        let sql = "UPDATE message SET due = ?2 WHERE lane = ?1 AND open > 0 AND due > ?2 AND due <= ?2 + ?3";
        count += connection.prepare_cached(sql)?.execute([lane, now, lease])?;
    }
    Ok(Outcome::Touched { count, more: None })
}

pub(super) fn unclaim(connection: &Connection, numbers: &[i64], due: i64) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = ?2, attempts = max(attempts - 1, 0) WHERE n = ?1 AND open > 0";
    let mut update = connection.prepare_cached(sql)?;
    numbers.iter().try_for_each(|&n| update.execute([n, due]).map(drop))?;
    Ok(Outcome::Done)
}

pub(super) fn settle(connection: &Connection, tally: &mut Tally, s: &Settle) -> Result<Outcome, Trouble> {
    // Read before the first write: a commit is made as a whole or not at all.
    let before = connection
        .prepare_cached("SELECT open, accepted, class, flags FROM message WHERE n = ?1")?
        .query_row([s.number], |row| {
            Ok(Before { open: row.get(0)?, accepted: row.get(1)?, class: row.get(2)?, flags: row.get(3)? })
        })
        .optional()?
        .ok_or(Trouble::Caller(CommitFault::NotFound))?;
    let (mut closed, test) = (0, before.flags & TEST != 0);
    let mut update = connection.prepare_cached("UPDATE recipient SET fate = ?2, reply = ?3 WHERE id = ?1 AND fate = 0")?;
    for (k, fate, reply) in &s.fates {
        let changed = update.execute(params![s.number << 12 | i64::from(*k), fate_code(*fate), reply])?;
        if *fate != Fate::Waiting {
            closed += i64::try_from(changed).unwrap_or(0);
        }
        // A failed test is not a refusal: it proves nothing about the recipient.
        let counts = changed > 0 && (*fate == Fate::Accepted || *fate == Fate::Refused && !test);
        if counts {
            tally.settled(s.at, *fate, s.at - before.accepted);
        }
        if counts && (before.class != SUBMITTED || *fate == Fate::Refused) {
            outcome(connection, s, *k, *fate, reply)?;
        }
    }
    if let Some(row) = &s.attempt {
        attempt(connection, row)?;
    }
    let open = before.open - closed;
    if s.failed && open > 0 {
        tally.deferred(s.at, open);
    }
    let twice = if s.may_arrive_twice { MAY_ARRIVE_TWICE } else { 0 };
    if open <= 0 {
        let sql = "UPDATE message SET open = 0, lane = home, settled = ?2, relay = coalesce(?3, relay), flags = flags | ?4,
                   failures = failures + ?5 WHERE n = ?1";
        connection.prepare_cached(sql)?.execute(params![s.number, s.at, s.relay, twice, i64::from(s.failed)])?;
        if !s.keep_body {
            drop_body(connection, s.number)?;
        }
        return Ok(Outcome::Settled { open: 0 });
    }
    let due = if let Next::Due(due) = s.next { Some(due) } else { None };
    let sql = "UPDATE message SET open = ?2, due = coalesce(?3, due), relay = coalesce(?4, relay), flags = flags | ?5,
               failures = failures + ?6, attempts = max(attempts - ?7, 0),
               failing_since = CASE WHEN ?6 = 1 THEN coalesce(failing_since, ?8) ELSE failing_since END WHERE n = ?1";
    let (failed, uncounted) = (i64::from(s.failed), i64::from(s.uncounted));
    connection.prepare_cached(sql)?.execute(params![s.number, open, due, s.relay, twice, failed, uncounted, s.at])?;
    if s.next == Next::Park {
        park_one(connection, s.number, s.at)?;
    }
    Ok(Outcome::Settled { open })
}

/// The message before its settlement.
struct Before {
    open: i64,
    accepted: i64,
    class: i64,
    flags: i64,
}

/// Records an outcome for the watch, which reads the fates of our notices, and refusals of other mail.
fn outcome(connection: &Connection, s: &Settle, k: u16, fate: Fate, words: &str) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO outcome (at, message, class, app, address, fate, relay, words)
               SELECT ?2, n, class, app, (SELECT address FROM recipient WHERE id = ?3), ?4, ?5, ?6 FROM message WHERE n = ?1";
    let id = s.number << 12 | i64::from(k);
    connection.prepare_cached(sql)?.execute(params![s.number, s.at, id, fate_code(fate), s.relay, words])?;
    Ok(())
}

fn drop_body(connection: &Connection, n: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM body WHERE id >= ?1 AND id < ?2")?.execute([n << 12, (n + 1) << 12])?;
    Ok(())
}

fn park_one(connection: &Connection, n: i64, now: i64) -> Result<(), rusqlite::Error> {
    let sender: Option<String> =
        connection.prepare_cached("SELECT sender FROM message WHERE n = ?1")?.query_row([n], |row| row.get(0))?;
    let gate = gate(connection, sender.as_deref().unwrap_or(""))?;
    let sql = "UPDATE message SET lane = -?2, parked = ?3 WHERE n = ?1 AND open > 0 AND lane >= 0";
    connection.prepare_cached(sql)?.execute([n, gate, now])?;
    Ok(())
}

fn gate(connection: &Connection, sender: &str) -> Result<i64, rusqlite::Error> {
    let key = format!("<{sender}>");
    connection.prepare_cached("INSERT OR IGNORE INTO gate (sender) VALUES (?1)")?.execute([&key])?;
    connection.prepare_cached("SELECT id FROM gate WHERE sender = ?1")?.query_row([&key], |row| row.get(0))
}

pub(super) fn park(connection: &Connection, park: &Park) -> Result<Outcome, rusqlite::Error> {
    let gate = gate(connection, &park.sender)?;
    let sql = "UPDATE message SET lane = -?2, parked = ?3, due = ?3, attempts = max(attempts - 1, 0)
               WHERE n = ?1 AND open > 0 AND lane >= 0";
    let mut update = connection.prepare_cached(sql)?;
    park.numbers.iter().try_for_each(|&n| update.execute([n, gate, park.now]).map(drop))?;
    Ok(Outcome::Done)
}

pub(super) fn unpark(connection: &Connection, gate: i64, now: i64, limit: usize) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET lane = home, due = ?2, held_ms = held_ms + max(?2 - coalesce(parked, ?2), 0), parked = NULL
               WHERE n IN (SELECT n FROM message WHERE lane = -?1 AND open > 0 LIMIT ?3)";
    let count = connection.prepare_cached(sql)?.execute(params![gate, now, limit.min(SLICE)])?;
    Ok(Outcome::Touched { count, more: (count == SLICE).then_some(gate) })
}

pub(super) fn relay(connection: &Connection, relay: u32, sender: &str, state: &RelayState) -> Result<Outcome, rusqlite::Error> {
    match state {
        RelayState::Open => {
            let sql = "DELETE FROM relay_state WHERE relay = ?1 AND sender = ?2";
            connection.prepare_cached(sql)?.execute(params![relay, sender])?;
        }
        RelayState::Held(_) => {
            let json = serde_json::to_string(state).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            let sql = "INSERT INTO relay_state (relay, sender, state) VALUES (?1, ?2, ?3)
                       ON CONFLICT (relay, sender) DO UPDATE SET state = excluded.state";
            connection.prepare_cached(sql)?.execute(params![relay, sender, json])?;
        }
    }
    Ok(Outcome::Done)
}

pub(super) fn attempt(connection: &Connection, row: &AttemptRow) -> Result<Outcome, rusqlite::Error> {
    let first = row.number << 12;
    let sql = "SELECT count(*), coalesce(max(id), ?1 - 1) FROM attempt WHERE id >= ?1 AND id < ?2";
    let (count, last): (i64, i64) =
        connection.prepare_cached(sql)?.query_row([first, (row.number + 1) << 12], |found| Ok((found.get(0)?, found.get(1)?)))?;
    // Beyond the limit, a report replaces the last one: the first reports and the latest suffice for a diagnosis.
    let id = if count < ATTEMPTS_MAX { last + 1 } else { last };
    let sql = "INSERT OR REPLACE INTO attempt (id, at, relay, report) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![id, row.at, row.relay, row.report])?;
    Ok(Outcome::Done)
}
