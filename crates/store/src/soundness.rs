//! Checks a database for corruption, invalid values and incomplete messages. Reads all of it, and therefore runs only on suspicion: the last run ended by a
//! failure of its files, another program has written to the file since, or a backup has no signature.

use model::id::Origin;
use model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::connection::VALUE_MAX;
use crate::encoding::{BODY_CHUNK_MAX, FLAGS_ALL, is_row_of_sql};
use crate::schema::{self, has_table};
use crate::statement::{Statements, values};

/// Upper limit of our times, counters and IDs. Beyond it, sums would overflow.
const NUMBER_MAX: i64 = 1 << 53;
/// Upper limit of message numbers. The ID of a message's part is the message number, shifted by 12 bits.
const MESSAGE_MAX: i64 = 1 << 40;

/// A flaw of a database, with its description.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// Its pages contradict each other.
    Damage(String),
    /// It holds a value that this program never writes.
    Foreign(String),
    /// A part of a waiting message is missing.
    Incomplete(String),
}

/// Checks the whole database against this schema version.
pub(crate) fn find_flaw(connection: &Connection, version: i64) -> Result<Option<Flaw>, rusqlite::Error> {
    let integrity: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if integrity != "ok" {
        return Ok(Some(Flaw::Damage(integrity)));
    }
    let version = usize::try_from(version).unwrap_or(0);
    for check in [value_too_long, number_out_of_range, bad_origin] {
        if let Some(value) = check(connection, version)? {
            return Ok(Some(Flaw::Foreign(value)));
        }
    }
    Ok(incomplete_message(connection)?.map(Flaw::Incomplete))
}

/// Finds a waiting message that lacks recipients or a part of its body. A log replayed into a foreign database can leave
/// pages that are each valid, so SQLite reports nothing.
fn incomplete_message(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    if !has_table(connection, "message")? {
        return Ok(None);
    }
    let is_row = is_row_of_sql("m.n");
    let sql = format!(
        "SELECT n FROM message m WHERE open > 0 AND (
        size <> (SELECT coalesce(sum(octet_length(data)), 0) FROM body WHERE {is_row})
        OR open <> (SELECT count(*) FROM recipient WHERE {is_row} AND fate = 0)
    ) LIMIT 1"
    );
    let incomplete: Option<i64> = connection.query_row(&sql, [], |row| row.get(0)).optional()?;
    Ok(incomplete.map(|number| format!("message {number} waits, and a part of it is missing")))
}

/// Lists the tables and columns of these declared types, as this program makes them.
fn columns(version: usize, types: &str) -> Result<Vec<(String, String)>, rusqlite::Error> {
    let ours = schema::blank(version)?;
    let sql = format!(
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type IN ({types})"
    );
    let mut select = ours.prepare(&sql)?;
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// The least and the greatest number that this program writes into a column.
fn bounds(table: &str, column: &str) -> (i64, i64) {
    match (table, column) {
        ("message", "n") => (1, MESSAGE_MAX),
        ("message" | "outcome", "class") => (0, 2),
        ("message", "flags") => (0, FLAGS_ALL),
        ("recipient" | "outcome", "fate") => (0, 3),
        ("tally", "hour") => (0, Timestamp::from_millis(NUMBER_MAX).hour()),
        (_, "relay" | "avoid" | "attempts" | "failures" | "tries" | "open" | "schema" | "revision" | "number") => {
            (0, i64::from(u32::MAX))
        }
        (_, "id" | "n") => (0, NUMBER_MAX),
        // Times come from the clock, which may be wrong. The lane of a parked message is negative.
        _ => (-NUMBER_MAX, NUMBER_MAX),
    }
}

/// Finds the first number outside the range of its column. A huge number would overflow a sum, or use up the IDs.
fn number_out_of_range(connection: &Connection, version: usize) -> Result<Option<String>, rusqlite::Error> {
    for (table, column) in columns(version, "'INTEGER'")? {
        let (least, most) = bounds(&table, &column);
        let sql = format!("SELECT \"{column}\" FROM {table} WHERE \"{column}\" NOT BETWEEN :least AND :most LIMIT 1");
        let found: Option<i64> = connection.first(&sql, values! { ":least": least, ":most": most }, |row| row.get(0))?;
        if let Some(number) = found {
            return Ok(Some(format!("{table}.{column} holds {number}; allowed: {least} to {most}")));
        }
    }
    if has_table(connection, "sqlite_sequence")? {
        let sql = "SELECT 1 FROM sqlite_sequence WHERE typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND :most LIMIT 1";
        if connection.holds(sql, values! { ":most": NUMBER_MAX })? {
            return Ok(Some("sqlite_sequence.seq is invalid".to_owned()));
        }
    }
    Ok(None)
}

/// Finds the first value that is longer than any of ours. Measures the length without reading the value.
fn value_too_long(connection: &Connection, version: usize) -> Result<Option<String>, rusqlite::Error> {
    for (table, column) in columns(version, "'TEXT', 'BLOB'")? {
        let most =
            if (table.as_str(), column.as_str()) == ("body", "data") { BODY_CHUNK_MAX as i64 } else { i64::from(VALUE_MAX) };
        let sql = format!("SELECT octet_length(\"{column}\") FROM {table} WHERE octet_length(\"{column}\") > :most LIMIT 1");
        let long: Option<i64> = connection.first(&sql, values! { ":most": most }, |row| row.get(0))?;
        if let Some(bytes) = long {
            return Ok(Some(format!("{table}.{column} holds a value of {bytes} bytes; ours have at most {most}")));
        }
    }
    Ok(None)
}

/// True if the database holds a message.
pub(crate) fn holds_mail(connection: &Connection) -> Result<bool, rusqlite::Error> {
    if !has_table(connection, "message")? {
        return Ok(false);
    }
    connection.holds("SELECT 1 FROM message LIMIT 1", &[])
}

/// Finds an invalid origin in the row that identifies the node.
fn bad_origin(connection: &Connection, _version: usize) -> Result<Option<String>, rusqlite::Error> {
    let sql = "SELECT substr(origin, 1, 8) FROM node";
    let origin: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(origin.filter(|origin| origin.parse::<Origin>().is_err()).map(|origin| format!("node.origin is {origin:?}")))
}
