//! Cleans a file that is not signed by us, and that the operator vouches for. Kept: mail (held), settings, accounts,
//! history. Dropped: everything that lets a caller in, acts by itself, keeps mail from being sent, or could carry a secret
//! to a host that the file names.

use rusqlite::{Connection, OptionalExtension, params};

use crate::schema;

/// Rows that are not taken over. Each has its reason.
const DROPPED: [&str; 10] = [
    // They let a caller in.
    "token",
    "session",
    "link",
    // They act by themselves: calls to hosts that the file names.
    "hook",
    // A forged settings document could send these to a host of its author.
    "secret",
    "oauth_grant",
    // They keep mail or notices from being made or sent.
    "once",
    "daily",
    "relay_state",
    "outcome",
];
/// Times, counters and ids of ours stay below this. Beyond it sums would overflow.
const NUMBER_MAX: i64 = 1 << 53;
/// Ids of a message's parts are its number, shifted by 12 bits.
const MESSAGE_MAX: i64 = 1 << 40;

/// What was not taken over, for the operator, who has to make it anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    pub tokens: usize,
    /// Accounts that had a password; they have none now.
    pub passwords: usize,
    /// Secrets of the settings and OAuth2 permissions.
    pub secrets: usize,
}

fn has_table(connection: &Connection, table: &str) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.query_row(sql, [table], |_| Ok(())).optional()?.is_some())
}

/// Drops what is not taken over. Runs within the caller's transaction. An older schema lacks some tables.
pub(super) fn clean(connection: &Connection) -> Result<Dropped, rusqlite::Error> {
    let mut dropped = Dropped::default();
    for table in DROPPED {
        if !has_table(connection, table)? {
            continue;
        }
        // A whole table without a filter: SQLite frees its pages and does not visit the rows.
        let rows = connection.execute(&format!("DELETE FROM {table}"), [])?;
        match table {
            "token" => dropped.tokens = rows,
            "secret" | "oauth_grant" => dropped.secrets += rows,
            _ => {}
        }
    }
    if has_table(connection, "site_account")? {
        dropped.passwords = connection.execute("UPDATE site_account SET password = '' WHERE password <> ''", [])?;
    }
    if has_table(connection, "life")? {
        // Notices of changes to access begin behind this row. A forged one would silence them.
        connection.execute("UPDATE life SET audit = (SELECT coalesce(max(n), 0) FROM audit)", [])?;
    }
    Ok(dropped)
}

/// The first number that no store of ours holds: `message.due of row 7`. A huge one would overflow a sum, or use up the ids.
pub(super) fn number_out_of_range(connection: &Connection, version: usize) -> Result<Option<String>, rusqlite::Error> {
    let ours = schema::blank(version)?;
    let sql =
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'INTEGER'";
    let mut select = ours.prepare(sql)?;
    let columns = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for column in columns {
        let (table, column) = column?;
        let most = if (table.as_str(), column.as_str()) == ("message", "n") { MESSAGE_MAX } else { NUMBER_MAX };
        let sql = format!("SELECT 1 FROM {table} WHERE \"{column}\" NOT BETWEEN -?1 AND ?1 LIMIT 1");
        if connection.query_row(&sql, params![most], |_| Ok(())).optional()?.is_some() {
            return Ok(Some(format!("{table}.{column} holds a number beyond {most}")));
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
