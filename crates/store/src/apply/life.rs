//! The state of the node: its relays, and the record of its run.

use model::hold::RelayState;
use model::id::RelayId;
use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::Outcome;
use crate::statement::{Statements, values};

pub(super) fn relay(
    connection: &Connection,
    relay: RelayId,
    sender: &str,
    state: &RelayState,
) -> Result<Outcome, rusqlite::Error> {
    match state {
        RelayState::Open => {
            let sql = "DELETE FROM relay_state WHERE relay = :relay AND sender = :sender";
            connection.run(sql, values! { ":relay": relay, ":sender": sender })?;
        }
        RelayState::Held(_) => {
            let json = serde_json::to_string(state).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            let sql = "INSERT INTO relay_state (relay, sender, state) VALUES (:relay, :sender, :state)
                       ON CONFLICT (relay, sender) DO UPDATE SET state = excluded.state";
            connection.run(sql, values! { ":relay": relay, ":sender": sender, ":state": json })?;
        }
    }
    Ok(Outcome::Done)
}

pub(super) fn started(connection: &Connection, at: Timestamp) -> Result<Outcome, rusqlite::Error> {
    let sql = "INSERT INTO life (one, started, seen) VALUES (1, :at, :at)
               ON CONFLICT (one) DO UPDATE SET started = :at, seen = :at, ended = NULL";
    connection.run(sql, values! { ":at": at }).map(|_| Outcome::Done)
}

pub(super) fn seen(connection: &Connection, at: Timestamp) -> Result<Outcome, rusqlite::Error> {
    connection.run("UPDATE life SET seen = :at", values! { ":at": at }).map(|_| Outcome::Done)
}

pub(super) fn ended(connection: &Connection, at: Timestamp) -> Result<Outcome, rusqlite::Error> {
    connection.run("UPDATE life SET seen = :at, ended = :at", values! { ":at": at }).map(|_| Outcome::Done)
}

pub(super) fn audit_read(connection: &Connection, last: i64) -> Result<Outcome, rusqlite::Error> {
    connection.run("UPDATE life SET audit = :last", values! { ":last": last }).map(|_| Outcome::Done)
}

/// Writes a row that changes with every call, so that there is data to sync.
pub(super) fn alive(connection: &Connection, at: Timestamp) -> Result<Outcome, rusqlite::Error> {
    let sql = "INSERT INTO life (one, started, seen) VALUES (1, :at, :at) ON CONFLICT (one) DO UPDATE SET seen = :at";
    connection.run(sql, values! { ":at": at }).map(|_| Outcome::Done)
}
