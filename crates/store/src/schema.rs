//! Tables and their migrations: a list of steps. `user_version` is the number of steps that were taken. A released step never
//! changes: expand in one version, contract in a later one (docs/store.md).

mod compare;

use rusqlite::Connection;

use crate::statement::{Statements, values};

pub(crate) use compare::{blank, difference};

/// Runs before the first table is made. A 2.3 KB body uses a 4 KB page badly.
const FIRST: &str = "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;";

const STEPS: &[&str] = &["
CREATE TABLE node (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL, created INTEGER NOT NULL, sealed_check BLOB NOT NULL
) STRICT;
-- n: ascending, never reused. open: recipients without a final fate. lane < 0: parked behind gate -lane; home: its own lane.
-- due is the lease. flags: 1 eight-bit, 2 may arrive twice, 4 test, 8 composed.
CREATE TABLE message (
    n INTEGER PRIMARY KEY, open INTEGER NOT NULL, lane INTEGER NOT NULL, home INTEGER NOT NULL, due INTEGER NOT NULL,
    attempts INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, failing_since INTEGER, held_ms INTEGER NOT NULL DEFAULT 0, parked INTEGER,
    accepted INTEGER NOT NULL, settled INTEGER, class INTEGER NOT NULL, app TEXT, size INTEGER NOT NULL, flags INTEGER NOT NULL,
    sender TEXT, subject TEXT NOT NULL, message_id TEXT NOT NULL, relay INTEGER
) STRICT;
CREATE INDEX message_due ON message (lane, due) WHERE open > 0;
-- id = n << 12 | k
CREATE TABLE recipient (id INTEGER PRIMARY KEY, address TEXT NOT NULL, fate INTEGER NOT NULL, reply TEXT) STRICT;
CREATE TABLE body (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE attempt (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, relay INTEGER, report TEXT NOT NULL) STRICT;
CREATE TABLE lane (id INTEGER PRIMARY KEY, app TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE gate (id INTEGER PRIMARY KEY, sender TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO gate (id, sender) VALUES (1, 'operator');
CREATE TABLE relay_state (relay INTEGER NOT NULL, sender TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (relay, sender)) STRICT, WITHOUT ROWID;
CREATE TABLE once (key TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE site_document (
    kind TEXT NOT NULL, revision INTEGER NOT NULL, schema INTEGER NOT NULL, draft TEXT NOT NULL, saved INTEGER NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (kind, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE audit (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
","
-- id: never given again, so that nothing left behind can be taken for another account's. password: a PHC string. digest: SHA-256 of what the browser or the link holds.
CREATE TABLE site_account (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL, language TEXT,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
    digest BLOB PRIMARY KEY, account INTEGER NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account, seen);
CREATE TABLE link (digest BLOB PRIMARY KEY, account INTEGER, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
","
-- id: never given again. digest: SHA-256 of what the program holds. scopes: names with a space between. seen: last used.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL, by TEXT NOT NULL,
    created INTEGER NOT NULL, until INTEGER NOT NULL, seen INTEGER
) STRICT;
","
-- record: JSON without secrets. tokens: JSON, sealed.
CREATE TABLE oauth_grant (relay INTEGER PRIMARY KEY, record TEXT NOT NULL, tokens BLOB NOT NULL) STRICT;
","
-- avoid: the relay that a notice is about.
ALTER TABLE message ADD COLUMN avoid INTEGER;
-- What became of each recipient of our notices, and of refused ones of others, until the watch has read it.
CREATE TABLE outcome (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, message INTEGER NOT NULL, class INTEGER NOT NULL, app TEXT,
    address TEXT NOT NULL, fate INTEGER NOT NULL, relay INTEGER, words TEXT NOT NULL
) STRICT;
-- live: it may still change. record: JSON.
CREATE TABLE incident (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, object TEXT NOT NULL, severity TEXT NOT NULL, live INTEGER NOT NULL,
    since INTEGER NOT NULL, record TEXT NOT NULL
) STRICT;
CREATE INDEX incident_live ON incident (id) WHERE live = 1;
-- The history. facts: JSON.
CREATE TABLE event (
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, incident INTEGER NOT NULL, act TEXT NOT NULL, code TEXT NOT NULL, object TEXT NOT NULL,
    severity TEXT NOT NULL, by TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
CREATE INDEX event_incident ON event (incident, n);
-- Which message told of which incident; since: when there was something to tell.
CREATE TABLE notice (
    incident INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL,
    critical INTEGER NOT NULL, digest INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_message ON notice (message);
-- message: NULL if the daily notice was switched off that day.
CREATE TABLE daily (date TEXT PRIMARY KEY, at INTEGER NOT NULL, message INTEGER) STRICT, WITHOUT ROWID;
-- address: lower case. confirmed: when somebody last said that our mail arrives there.
CREATE TABLE contact (address TEXT PRIMARY KEY, known INTEGER NOT NULL, confirmed INTEGER) STRICT, WITHOUT ROWID;
-- Calls of webhooks; done: when it was taken, or given up.
CREATE TABLE hook (
    id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, made INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL, body TEXT NOT NULL,
    done INTEGER, taken INTEGER NOT NULL, said TEXT NOT NULL
) STRICT;
CREATE INDEX hook_due ON hook (due) WHERE done IS NULL;
-- What went out within each hour (Unix time / 3,600,000); w0 to w5: waits of at most 1 s, 10 s, 1 min, 10 min, 1 h, and longer.
CREATE TABLE tally (
    hour INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, deferred INTEGER NOT NULL, refused INTEGER NOT NULL, w0 INTEGER NOT NULL,
    w1 INTEGER NOT NULL, w2 INTEGER NOT NULL, w3 INTEGER NOT NULL, w4 INTEGER NOT NULL, w5 INTEGER NOT NULL
) STRICT;
-- One row: ended is NULL while the node runs; audit is how far the watch has read the audit.
CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), started INTEGER NOT NULL, seen INTEGER NOT NULL, ended INTEGER, audit INTEGER) STRICT;
","
-- SHA-256 of what was asked under the key; NULL where the key says it all.
ALTER TABLE once ADD COLUMN content BLOB;
","
-- One row: the last test of stored settings.
CREATE TABLE last_test (
    one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL, by TEXT NOT NULL, accepted INTEGER NOT NULL, revision INTEGER NOT NULL,
    relay INTEGER NOT NULL, message INTEGER NOT NULL
) STRICT;
","
-- One row: the relationship with the peer as JSON (NULL: none), the private keys of this node sealed, and the core of failover as JSON.
CREATE TABLE pair (one INTEGER PRIMARY KEY CHECK (one = 1), record TEXT, keys BLOB, core TEXT NOT NULL) STRICT;
"];

pub(crate) const VERSION: i64 = 8;

/// Version of the tables.
pub fn schema_version() -> u32 {
    u32::try_from(VERSION).unwrap_or_default()
}

/// Takes the missing steps, and writes nothing else. Returns the version found before.
pub(crate) fn migrate(connection: &mut Connection) -> Result<i64, rusqlite::Error> {
    // Until WAL is switched on, a commit is the removal of its rollback journal. After a power cut the removed journal could
    // come back, and the next start would undo all later writes. EXTRA syncs the directory after each removal.
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == 0 {
        connection.execute_batch(FIRST)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let taken = usize::try_from(found).unwrap_or(0);
    for (i, step) in STEPS.iter().enumerate().skip(taken) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", i + 1)?;
        transaction.commit()?;
    }
    Ok(found)
}

/// True if the database has this table. An older schema lacks some of ours.
pub(crate) fn has_table(connection: &Connection, table: &str) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table";
    connection.holds(sql, values! { ":table": table })
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_equals_number_of_steps() {
        assert_eq!(i64::try_from(super::STEPS.len()), Ok(super::VERSION));
    }
}
