//! Actions of an operator on messages: retry, hold, release, cancel. One message at a time; bulk actions run in slices.

use model::id::MessageNumber;
use model::message::Fate;
use model::time::Timestamp;
use rusqlite::Connection;

use super::park::SLICE;
use super::settle::drop_body;
use crate::commit::{Operate, Outcome, QueueAction, Which};
use crate::encoding::{FLAG_TEST, QueuePlace, fate_code, first_row_id, last_row_id};
use crate::statement::{Columns, Statements, values};

pub(super) fn operate(connection: &Connection, now: Timestamp, operate: &Operate) -> Result<Outcome, rusqlite::Error> {
    let (numbers, more) = match &operate.which {
        Which::Numbers(numbers) => (numbers.clone(), None),
        Which::AllAfter(after) => slice(connection, *after)?,
    };
    let mut touched = Vec::new();
    for n in numbers.into_iter().filter(|n| !operate.in_flight.contains(n)) {
        // A test is in the hands of its run. Only the end of a lost one is an operator's.
        if operate.verb != QueueAction::Cancel && is_test(connection, n)? {
            continue;
        }
        if apply_verb(connection, now, operate.verb, n)? {
            touched.push(n);
        }
    }
    Ok(Outcome::Operated { numbers: touched, more })
}

fn slice(connection: &Connection, after: MessageNumber) -> Result<(Vec<MessageNumber>, Option<MessageNumber>), rusqlite::Error> {
    let sql = "SELECT n FROM message WHERE n > :after AND open > 0 ORDER BY n LIMIT :slice";
    let numbers: Vec<MessageNumber> = connection.rows(sql, values! { ":after": after, ":slice": SLICE }, |row| row.read(0))?;
    let more = if numbers.len() == SLICE { numbers.last().copied() } else { None };
    Ok((numbers, more))
}

fn is_test(connection: &Connection, n: MessageNumber) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT 1 FROM message WHERE n = :number AND open > 0 AND flags & :test";
    connection.holds(sql, values! { ":number": n, ":test": FLAG_TEST })
}

fn apply_verb(connection: &Connection, now: Timestamp, verb: QueueAction, n: MessageNumber) -> Result<bool, rusqlite::Error> {
    let values = values! { ":number": n, ":now": now };
    let changed = match verb {
        QueueAction::Retry => {
            // A message whose sender is held is tried with the others of this sender. One that an operator holds is not.
            let sql = "UPDATE message SET due = min(due, :now) WHERE n = :number AND open > 0 AND lane != :gate";
            connection.run(sql, values! { ":number": n, ":now": now, ":gate": QueuePlace::HELD })?
        }
        QueueAction::Hold => {
            let sql = "UPDATE message SET lane = :gate, parked = coalesce(parked, :now)
                       WHERE n = :number AND open > 0 AND lane != :gate";
            connection.run(sql, values! { ":number": n, ":now": now, ":gate": QueuePlace::HELD })?
        }
        QueueAction::Release => {
            let sql = "UPDATE message SET lane = home, due = :now, held_ms = held_ms + max(:now - coalesce(parked, :now), 0),
                       parked = NULL WHERE n = :number AND open > 0 AND lane < 0";
            connection.run(sql, values)?
        }
        QueueAction::Cancel => cancel(connection, now, n)?,
    };
    Ok(changed > 0)
}

fn cancel(connection: &Connection, now: Timestamp, n: MessageNumber) -> Result<usize, rusqlite::Error> {
    let sql = "UPDATE message SET open = 0, lane = home, settled = :now WHERE n = :number AND open > 0";
    let changed = connection.run(sql, values! { ":number": n, ":now": now })?;
    if changed > 0 {
        let sql = "UPDATE recipient SET fate = :cancelled WHERE id BETWEEN :first AND :last AND fate = 0";
        let cancelled = fate_code(Fate::Cancelled);
        connection.run(sql, values! { ":first": first_row_id(n), ":last": last_row_id(n), ":cancelled": cancelled })?;
        drop_body(connection, n)?;
    }
    Ok(changed)
}
