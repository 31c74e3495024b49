//! Whether a database can be right. The whole of it is read only when there is a reason to doubt: after a run that ended by a
//! failure of its files, when somebody has written to it in between, and for a backup that is not signed.

use std::sync::OnceLock;

use model::id::Origin;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::apply::HOUR_MS;
use crate::connection::VALUE_MAX;
use crate::schema;

/// Times, counters and ids of ours stay below this. Beyond it sums would overflow.
const NUMBER_MAX: i64 = 1 << 53;
/// Ids of a message's parts are its number, shifted by 12 bits.
const MESSAGE_MAX: i64 = 1 << 40;
/// Bytes of one part of a body.
const PART_MAX: i64 = 256 << 10;

/// The first sign of damage that a connection has met.
#[derive(Default)]
pub(crate) struct Damage(OnceLock<String>);

impl Damage {
    /// Notes the error, if it says that the file is damaged.
    pub(crate) fn note(&self, error: &rusqlite::Error) {
        if is_damage(error) {
            self.0.get_or_init(|| error.to_string());
        }
    }

    pub(crate) fn found(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// Whether SQLite has met a page that cannot be right.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// What is wrong with a database, in words.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// Its pages contradict each other.
    Damage(String),
    /// It holds a value that this program never writes.
    Foreign(String),
    /// A part of a waiting message is missing.
    Incomplete(String),
}

/// Reads the whole database of this schema version.
pub(crate) fn flaw(connection: &Connection, version: i64) -> Result<Option<Flaw>, rusqlite::Error> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Ok(Some(Flaw::Damage(said)));
    }
    let version = usize::try_from(version).unwrap_or(0);
    for look in [value_too_long, number_out_of_range, bad_origin] {
        if let Some(value) = look(connection, version)? {
            return Ok(Some(Flaw::Foreign(value)));
        }
    }
    Ok(incomplete_message(connection)?.map(Flaw::Incomplete))
}

/// A waiting message without its whole body or its recipients. A log that is played into another database than its own leaves
/// pages that are sound each for itself, so that SQLite has nothing to say.
fn incomplete_message(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    if !has_table(connection, "message")? {
        return Ok(None);
    }
    let sql = "SELECT n FROM message m WHERE open > 0 AND (
        size <> (SELECT coalesce(sum(octet_length(data)), 0) FROM body WHERE id BETWEEN m.n << 12 AND (m.n << 12) + 4095)
        OR open <> (SELECT count(*) FROM recipient WHERE id BETWEEN m.n << 12 AND (m.n << 12) + 4095 AND fate = 0)
    ) LIMIT 1";
    let incomplete: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(incomplete.map(|number| format!("message {number} waits, and a part of it is missing")))
}

/// Tables and columns of one declared type, as this program makes them.
fn columns(version: usize, types: &str) -> Result<Vec<(String, String)>, rusqlite::Error> {
    let ours = schema::blank(version)?;
    let sql = format!(
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type IN ({types})"
    );
    let mut select = ours.prepare(&sql)?;
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Least and greatest number that this program writes into a column.
fn bounds(table: &str, column: &str) -> (i64, i64) {
    match (table, column) {
        ("message", "n") => (1, MESSAGE_MAX),
        ("message" | "outcome", "class") => (0, 2),
        ("message", "flags") => (0, 7),
        ("recipient" | "outcome", "fate") => (0, 3),
        ("tally", "hour") => (0, NUMBER_MAX / HOUR_MS),
        (_, "relay" | "avoid" | "attempts" | "failures" | "tries" | "open" | "schema" | "revision" | "number") => {
            (0, i64::from(u32::MAX))
        }
        (_, "id" | "n") => (0, NUMBER_MAX),
        // Times come from the clock, which may be wrong; a lane behind a gate is negative.
        _ => (-NUMBER_MAX, NUMBER_MAX),
    }
}

/// The first number that no store of ours holds. A huge one would overflow a sum, or use up the ids.
fn number_out_of_range(connection: &Connection, version: usize) -> Result<Option<String>, rusqlite::Error> {
    for (table, column) in columns(version, "'INTEGER'")? {
        let (least, most) = bounds(&table, &column);
        let sql = format!("SELECT \"{column}\" FROM {table} WHERE \"{column}\" NOT BETWEEN ?1 AND ?2 LIMIT 1");
        let found: Option<i64> = connection.query_row(&sql, params![least, most], |row| row.get(0)).optional()?;
        if let Some(number) = found {
            return Ok(Some(format!("{table}.{column} holds {number}; it lies between {least} and {most}")));
        }
    }
    if has_table(connection, "sqlite_sequence")? {
        let sql = "SELECT 1 FROM sqlite_sequence WHERE typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND ?1 LIMIT 1";
        if connection.query_row(sql, params![NUMBER_MAX], |_| Ok(())).optional()?.is_some() {
            return Ok(Some("sqlite_sequence.seq is no number of ours".to_owned()));
        }
    }
    Ok(None)
}

/// The first value that is longer than any of ours. Measured without reading it.
fn value_too_long(connection: &Connection, version: usize) -> Result<Option<String>, rusqlite::Error> {
    for (table, column) in columns(version, "'TEXT', 'BLOB'")? {
        let most = if (table.as_str(), column.as_str()) == ("body", "data") { PART_MAX } else { i64::from(VALUE_MAX) };
        let sql = format!("SELECT octet_length(\"{column}\") FROM {table} WHERE octet_length(\"{column}\") > ?1 LIMIT 1");
        let long: Option<i64> = connection.query_row(&sql, params![most], |row| row.get(0)).optional()?;
        if let Some(bytes) = long {
            return Ok(Some(format!("{table}.{column} holds a value of {bytes} bytes; ours have at most {most}")));
        }
    }
    Ok(None)
}

/// Whether there is a message.
pub(crate) fn holds_mail(connection: &Connection) -> Result<bool, rusqlite::Error> {
    if !has_table(connection, "message")? {
        return Ok(false);
    }
    Ok(connection.query_row("SELECT 1 FROM message LIMIT 1", [], |_| Ok(())).optional()?.is_some())
}

/// Whether the row that names the node holds no name of a node.
fn bad_origin(connection: &Connection, _version: usize) -> Result<Option<String>, rusqlite::Error> {
    let sql = "SELECT substr(origin, 1, 8) FROM node";
    let origin: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(origin.filter(|origin| origin.parse::<Origin>().is_err()).map(|origin| format!("node.origin is {origin:?}")))
}

pub(crate) fn has_table(connection: &Connection, table: &str) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([table], |_| Ok(())).optional()?.is_some())
}
