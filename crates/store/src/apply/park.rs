//! Parks messages behind the gates of held senders, and returns them to their lanes.

use model::id::{GateId, MessageNumber};
use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::{Outcome, Park, Slice};
use crate::encoding::{FLAG_TEST, QueuePlace};
use crate::statement::{Columns, Statements, values};

/// Maximum number of rows that a bulk change touches in one commit.
pub(super) const SLICE: usize = 1000;

pub(super) fn park(connection: &Connection, now: Timestamp, park: &Park) -> Result<Outcome, rusqlite::Error> {
    let gate = QueuePlace::Gate(gate(connection, &park.sender)?);
    let sql = "UPDATE message SET lane = :gate, parked = :now, due = :now, attempts = max(attempts - 1, 0)
               WHERE n = :number AND open > 0 AND lane >= 0";
    for number in &park.numbers {
        connection.run(sql, values! { ":number": number, ":gate": gate, ":now": now })?;
    }
    Ok(Outcome::Done)
}

/// Parks a settled message behind the gate of its sender.
pub(super) fn park_settled(connection: &Connection, now: Timestamp, number: MessageNumber) -> Result<(), rusqlite::Error> {
    let sql = "SELECT sender FROM message WHERE n = :number";
    let sender: Option<String> = connection.row(sql, values! { ":number": number }, |row| row.get(0))?;
    let gate = QueuePlace::Gate(gate(connection, sender.as_deref().unwrap_or(""))?);
    let sql = "UPDATE message SET lane = :gate, parked = :now WHERE n = :number AND open > 0 AND lane >= 0";
    connection.run(sql, values! { ":number": number, ":gate": gate, ":now": now }).map(drop)
}

/// The number of the gate of a sender. Makes a gate if there is none.
fn gate(connection: &Connection, sender: &str) -> Result<GateId, rusqlite::Error> {
    let key = format!("<{sender}>");
    let values = values! { ":sender": key };
    connection.run("INSERT OR IGNORE INTO gate (sender) VALUES (:sender)", values)?;
    connection.row("SELECT id FROM gate WHERE sender = :sender", values, |row| row.read(0))
}

pub(super) fn unpark(connection: &Connection, now: Timestamp, gate: GateId, limit: usize) -> Result<Outcome, rusqlite::Error> {
    let sql = "UPDATE message SET lane = home, due = :now, held_ms = held_ms + max(:now - coalesce(parked, :now), 0),
               parked = NULL WHERE n IN (SELECT n FROM message WHERE lane = :gate AND open > 0 LIMIT :limit)";
    let count = connection.run(sql, values! { ":gate": QueuePlace::Gate(gate), ":now": now, ":limit": limit.min(SLICE) })?;
    Ok(Outcome::Unparked(if count == SLICE { Slice::Full } else { Slice::Partial }))
}

/// Puts every waiting message behind the operator's gate, because it may have been sent already.
pub(crate) fn hold_waiting(connection: &Connection, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let sql = "UPDATE message SET lane = :gate, parked = coalesce(parked, :now) WHERE open > 0";
    connection.run(sql, values! { ":gate": QueuePlace::HELD, ":now": now })?;
    // A test that was under way at the time of the backup is none that an operator could release.
    let sql = format!("SELECT count(*) FROM message WHERE open > 0 AND NOT flags & {FLAG_TEST}");
    connection.query_row(&sql, [], |row| row.get(0))
}
