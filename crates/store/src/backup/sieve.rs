//! Cleans a file that is not signed by us, and that the operator vouches for. Kept: mail (held), settings, accounts,
//! history. Dropped: everything that lets a caller in, acts by itself, keeps mail from being sent, or could carry a secret
//! to a host that the file names.

use rusqlite::Connection;

use crate::soundness::has_table;

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
/// What was not taken over, for the operator, who has to make it anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    pub tokens: usize,
    /// Accounts that had a password; they have none now.
    pub passwords: usize,
    /// Secrets of the settings and OAuth2 permissions.
    pub secrets: usize,
}

/// Drops what is not taken over. Runs within the caller's transaction. An older schema lacks some tables.
pub(super) fn clean(connection: &Connection, now: i64) -> Result<Dropped, rusqlite::Error> {
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
    // Parts of messages that there are not: nothing would ever remove them.
    for table in ["recipient", "body", "attempt"] {
        connection.execute(&format!("DELETE FROM {table} WHERE id >> 12 NOT IN (SELECT n FROM message)"), [])?;
    }
    if has_table(connection, "site_account")? {
        dropped.passwords = connection.execute("UPDATE site_account SET password = '' WHERE password <> ''", [])?;
    }
    if has_table(connection, "life")? {
        // Notices of changes to access begin behind this row. A forged one would silence them.
        let sql =
            "UPDATE life SET audit = (SELECT coalesce(max(n), 0) FROM audit), started = min(started, ?1), seen = min(seen, ?1)";
        connection.execute(sql, [now])?;
    }
    Ok(dropped)
}
