//! Actions of an operator on messages: retry, hold, release, cancel. One message at a time; bulk actions run in slices.

use model::message::Fate;
use rusqlite::{Connection, params};

use super::accept::fate_code;
use super::settle::SLICE;
use crate::commit::{OPERATOR_GATE, Operate, Outcome, Verb, Which};

pub(super) fn operate(connection: &Connection, operate: &Operate) -> Result<Outcome, rusqlite::Error> {
    let (numbers, more) = match &operate.which {
        Which::Numbers(numbers) => (numbers.clone(), None),
        Which::AllAfter(after) => slice(connection, *after)?,
    };
    let mut touched = Vec::new();
    for n in numbers.into_iter().filter(|n| !operate.in_flight.contains(n)) {
        if one(connection, operate, n)? {
            touched.push(n);
        }
    }
    Ok(Outcome::Operated { numbers: touched, more })
}

fn slice(connection: &Connection, after: i64) -> Result<(Vec<i64>, Option<i64>), rusqlite::Error> {
    let sql = "SELECT n FROM message WHERE n > ?1 AND open > 0 ORDER BY n LIMIT ?2";
    let mut select = connection.prepare_cached(sql)?;
    let numbers: Vec<i64> = select.query_map(params![after, SLICE], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let more = if numbers.len() == SLICE { numbers.last().copied() } else { None };
    Ok((numbers, more))
}

fn one(connection: &Connection, operate: &Operate, n: i64) -> Result<bool, rusqlite::Error> {
    let now = operate.now;
    let changed = match operate.verb {
        Verb::Retry => {
            let sql = "UPDATE message SET due = min(due, ?2) WHERE n = ?1 AND open > 0 AND lane >= 0";
            connection.prepare_cached(sql)?.execute([n, now])?
        }
        Verb::Hold => {
            let sql = "UPDATE message SET lane = -?3, parked = coalesce(parked, ?2) WHERE n = ?1 AND open > 0 AND lane != -?3";
            connection.prepare_cached(sql)?.execute([n, now, OPERATOR_GATE])?
        }
        Verb::Release => {
            let sql =
                "UPDATE message SET lane = home, due = ?2, held_ms = held_ms + max(?2 - coalesce(parked, ?2), 0), parked = NULL
                       WHERE n = ?1 AND open > 0 AND lane < 0";
            connection.prepare_cached(sql)?.execute([n, now])?
        }
        Verb::Cancel => cancel(connection, n, now)?,
    };
    Ok(changed > 0)
}

fn cancel(connection: &Connection, n: i64, now: i64) -> Result<usize, rusqlite::Error> {
    let sql = "UPDATE message SET open = 0, lane = home, settled = ?2 WHERE n = ?1 AND open > 0";
    let changed = connection.prepare_cached(sql)?.execute([n, now])?;
    if changed > 0 {
        let (from, to) = (n << 12, (n + 1) << 12);
        let sql = "UPDATE recipient SET fate = ?3 WHERE id >= ?1 AND id < ?2 AND fate = 0";
        connection.prepare_cached(sql)?.execute([from, to, fate_code(Fate::Cancelled)])?;
        connection.prepare_cached("DELETE FROM body WHERE id >= ?1 AND id < ?2")?.execute([from, to])?;
    }
    Ok(changed)
}
