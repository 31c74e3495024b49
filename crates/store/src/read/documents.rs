//! Documents, secrets, states and the audit log.

use model::Secret;
use model::hold::RelayState;
use rusqlite::{OptionalExtension, Row, params};

use super::ROWS_MAX;
use crate::Millis;
use crate::fault::ReadFault;
use crate::writer::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    pub revision: i64,
    pub schema: u32,
    /// JSON as typed, without secrets.
    pub draft: String,
    pub saved: Millis,
    pub by: String,
}

/// The state of a relay, or (with a sender) of that sender at the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldState {
    pub relay: u32,
    pub sender: String,
    pub state: RelayState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    pub n: i64,
    pub at: Millis,
    pub who: String,
    pub what: String,
    pub detail: String,
}

const DOCUMENT: &str = "SELECT revision, schema, draft, saved, by FROM site_document";

fn document(row: &Row<'_>) -> Result<DocumentView, rusqlite::Error> {
    Ok(DocumentView { revision: row.get(0)?, schema: row.get(1)?, draft: row.get(2)?, saved: row.get(3)?, by: row.get(4)? })
}

impl Store {
    /// The newest revision.
    pub async fn document(&self, kind: &'static str) -> Result<Option<DocumentView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{DOCUMENT} WHERE kind = ?1 ORDER BY revision DESC LIMIT 1");
            Ok(connection.prepare_cached(&sql)?.query_row([kind], document).optional()?)
        })
        .await
    }

    /// All stored revisions, newest first.
    pub async fn revisions(&self, kind: &'static str) -> Result<Vec<DocumentView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{DOCUMENT} WHERE kind = ?1 ORDER BY revision DESC");
            Ok(connection.prepare_cached(&sql)?.query_map([kind], document)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn secrets(&self) -> Result<Vec<(String, Secret)>, ReadFault> {
        self.read(|connection, ring| {
            let mut select = connection.prepare_cached("SELECT name, sealed FROM secret ORDER BY name")?;
            let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
            let mut secrets = Vec::new();
            for row in rows {
                let (name, sealed) = row?;
                let secret = ring.open(&name, &sealed)?;
                secrets.push((name, secret));
            }
            Ok(secrets)
        })
        .await
    }

    pub async fn held_states(&self) -> Result<Vec<HeldState>, ReadFault> {
        self.read(|connection, _| {
            let mut select = connection.prepare_cached("SELECT relay, sender, state FROM relay_state")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
            let mut states = Vec::new();
            for row in rows {
                let (relay, sender, json): (u32, String, String) = row?;
                let bad = ReadFault::BadRow { table: "relay_state", column: "state", row: i64::from(relay) };
                states.push(HeldState { relay, sender, state: serde_json::from_str(&json).map_err(|_| bad)? });
            }
            Ok(states)
        })
        .await
    }

    /// Rows of the audit log below the number `before`, newest first.
    pub async fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT n, at, who, what, detail FROM audit WHERE n < ?1 ORDER BY n DESC LIMIT ?2";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map(params![before.unwrap_or(i64::MAX), limit.min(ROWS_MAX)], |row| {
                Ok(AuditView { n: row.get(0)?, at: row.get(1)?, who: row.get(2)?, what: row.get(3)?, detail: row.get(4)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
