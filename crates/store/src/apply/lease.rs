//! Leases: claims messages for attempts, renews and ends the claims.

use std::time::Duration;

use model::id::{LaneId, MessageNumber};
use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::Outcome;
use crate::statement::{Columns, Statements, values};

/// A due time further ahead than this comes from a wrong clock, and counts as due. Twice the longest retry
/// interval.
const DUE_AHEAD_MAX: Duration = Duration::from_secs(7200);

pub(super) fn claim(
    connection: &Connection,
    now: Timestamp,
    numbers: &[MessageNumber],
    until: Timestamp,
) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :until, attempts = attempts + 1 WHERE n = :number AND open > 0 AND lane >= 0
               AND (due <= :now OR due > :horizon)";
    let mut claimed = Vec::with_capacity(numbers.len());
    for &n in numbers {
        let values = values! { ":number": n, ":until": until, ":now": now, ":horizon": now + DUE_AHEAD_MAX };
        if connection.run(sql, values)? == 1 {
            claimed.push(n);
        }
    }
    Ok(Outcome::Claimed(claimed))
}

pub(super) fn renew(
    connection: &Connection,
    leases: &[(MessageNumber, Timestamp)],
    until: Timestamp,
) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :until WHERE n = :number AND open > 0 AND due = :end";
    for (number, end) in leases {
        connection.run(sql, values! { ":number": number, ":until": until, ":end": end })?;
    }
    Ok(Outcome::Done)
}

/// Makes claimed messages due now, by the index on (lane, due). Also affects messages that are due within a lease anyway.
pub(super) fn recover(connection: &Connection, now: Timestamp, lease: Duration) -> Result<Outcome, rusqlite::Error> {
    let lanes: Vec<LaneId> = connection.rows("SELECT 0 UNION SELECT 1 UNION SELECT id FROM lane", &[], |row| row.read(0))?;
    for lane in lanes {
        let sql = "UPDATE message SET due = :now WHERE lane = :lane AND open > 0 AND due > :now AND due <= :end";
        connection.run(sql, values! { ":lane": lane, ":now": now, ":end": now + lease })?;
    }
    Ok(Outcome::Done)
}

pub(super) fn unclaim(connection: &Connection, numbers: &[MessageNumber], due: Timestamp) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :due, attempts = max(attempts - 1, 0) WHERE n = :number AND open > 0";
    for number in numbers {
        connection.run(sql, values! { ":number": number, ":due": due })?;
    }
    Ok(Outcome::Done)
}
