//! Leases: claims messages for attempts, renews and ends the claims.

use std::time::Duration;

use rusqlite::{Connection, named_params};

use crate::Millis;
use crate::commit::Outcome;
use crate::statement::Statements;

/// A due time further ahead than this (milliseconds) comes from a wrong clock, and counts as due. Twice the longest retry
/// interval.
const DUE_AHEAD_MAX: i64 = 7_200_000;

pub(super) fn claim(connection: &Connection, now: Millis, numbers: &[i64], until: Millis) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :until, attempts = attempts + 1 WHERE n = :number AND open > 0 AND lane >= 0
               AND (due <= :now OR due > :now + :ahead)";
    let mut claimed = Vec::with_capacity(numbers.len());
    for &n in numbers {
        let values = named_params! { ":number": n, ":until": until, ":now": now, ":ahead": DUE_AHEAD_MAX };
        if connection.run(sql, values)? == 1 {
            claimed.push(n);
        }
    }
    Ok(Outcome::Claimed(claimed))
}

pub(super) fn renew(connection: &Connection, leases: &[(i64, Millis)], until: Millis) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :until WHERE n = :number AND open > 0 AND due = :end";
    for (number, end) in leases {
        connection.run(sql, named_params! { ":number": number, ":until": until, ":end": end })?;
    }
    Ok(Outcome::Done)
}

/// Makes claimed messages due now, by the index on (lane, due). Also affects messages that are due within a lease anyway.
pub(super) fn recover(connection: &Connection, now: Millis, lease: Duration) -> Result<Outcome, rusqlite::Error> {
    let lanes: Vec<i64> = connection.rows("SELECT 0 UNION SELECT 1 UNION SELECT id FROM lane", &[], |row| row.get(0))?;
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let mut count = 0;
    for lane in lanes {
        let sql = "UPDATE message SET due = :now WHERE lane = :lane AND open > 0 AND due > :now AND due <= :now + :lease";
        count += connection.run(sql, named_params! { ":lane": lane, ":now": now, ":lease": lease })?;
    }
    Ok(Outcome::Touched { count, more: None })
}

pub(super) fn unclaim(connection: &Connection, numbers: &[i64], due: Millis) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET due = :due, attempts = max(attempts - 1, 0) WHERE n = :number AND open > 0";
    for number in numbers {
        connection.run(sql, named_params! { ":number": number, ":due": due })?;
    }
    Ok(Outcome::Done)
}
