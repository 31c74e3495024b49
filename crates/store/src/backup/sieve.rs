//! Cleans a file without a signature of ours, for which the operator vouches. Keeps mail (on hold), settings, accounts and
//! history. Drops all data that grants access, acts by itself or prevents sending. Also drops data that could carry a secret
//! to a host that the file names.

use model::time::Timestamp;
use rusqlite::Connection;

use crate::encoding::message_number_sql;
use crate::schema::has_table;
use crate::statement::{Statements, values};

/// Tables whose rows a restore drops, each with its reason.
const DROPPED: [&str; 10] = [
    // They grant access.
    "token",
    "session",
    "link",
    // They act by themselves: they call hosts that the file names.
    "hook",
    // A forged settings document could send these to a host of its author.
    "secret",
    "oauth_grant",
    // They prevent mail or notices from being made or sent.
    "once",
    "daily",
    "relay_state",
    "outcome",
];
/// Number of dropped rows. The operator must make these anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    pub tokens: usize,
    /// Accounts that had a password. They have none now.
    pub passwords: usize,
    /// Secrets of the settings, and OAuth2 grants.
    pub secrets: usize,
}

/// Drops dangerous data. Runs within the caller's transaction. An older schema lacks some of the tables.
pub(super) fn clean(connection: &Connection, now: Timestamp) -> Result<Dropped, rusqlite::Error> {
    let mut dropped = Dropped::default();
    for table in DROPPED {
        if !has_table(connection, table)? {
            continue;
        }
        // A delete without a filter: SQLite frees the pages and does not visit the rows.
        let rows = connection.execute(&format!("DELETE FROM {table}"), [])?;
        match table {
            "token" => dropped.tokens = rows,
            "secret" | "oauth_grant" => dropped.secrets += rows,
            _ => {}
        }
    }
    // Parts without a message: the cleanup would never delete them.
    for table in ["recipient", "body", "attempt"] {
        connection.execute(&format!("DELETE FROM {table} WHERE {} NOT IN (SELECT n FROM message)", message_number_sql()), [])?;
    }
    if has_table(connection, "site_account")? {
        dropped.passwords = connection.execute("UPDATE site_account SET password = '' WHERE password <> ''", [])?;
    }
    // The settings must not say that a secret is set.
    connection.execute(r#"UPDATE site_document SET draft = replace(draft, '{"set":true}', '{"set":false}')"#, [])?;
    if has_table(connection, "life")? {
        // The watch reports changes to access after this row. A forged number would silence it.
        let sql = "UPDATE life SET audit = (SELECT coalesce(max(n), 0) FROM audit), started = min(started, :now),
                   seen = min(seen, :now)";
        connection.run(sql, values! { ":now": now })?;
    }
    Ok(dropped)
}
