//! Documents, secrets, and the states of relays.

use model::Secret;
use model::hold::RelayState;
use model::id::RelayId;
use model::time::Timestamp;
use rusqlite::Row;

use crate::fault::ReadFault;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    pub revision: i64,
    pub schema: u32,
    /// JSON as typed, without secrets.
    pub draft: String,
    pub saved: Timestamp,
    pub by: String,
}

/// The state of a relay, or (with a sender) of that sender at the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldState {
    pub relay: RelayId,
    pub sender: String,
    pub state: RelayState,
}

const DOCUMENT: &str = "SELECT revision, schema, draft, saved, by FROM site_document";

fn document(row: &Row<'_>) -> Result<DocumentView, rusqlite::Error> {
    Ok(DocumentView { revision: row.get(0)?, schema: row.get(1)?, draft: row.get(2)?, saved: row.time(3)?, by: row.get(4)? })
}

impl Store {
    /// The newest revision.
    pub async fn document(&self, kind: &'static str) -> Result<Option<DocumentView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{DOCUMENT} WHERE kind = :kind ORDER BY revision DESC LIMIT 1");
            Ok(connection.first(&sql, values! { ":kind": kind }, document)?)
        })
        .await
    }

    /// All stored revisions, newest first.
    pub async fn revisions(&self, kind: &'static str) -> Result<Vec<DocumentView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{DOCUMENT} WHERE kind = :kind ORDER BY revision DESC");
            Ok(connection.rows(&sql, values! { ":kind": kind }, document)?)
        })
        .await
    }

    pub async fn secrets(&self) -> Result<Vec<(String, Secret)>, ReadFault> {
        self.read(|connection, ring| {
            connection.rows("SELECT name, sealed FROM secret ORDER BY name", &[], |row| {
                let (name, sealed): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let secret = ring.open(&name, &sealed)?;
                Ok((name, secret))
            })
        })
        .await
    }

    pub async fn held_states(&self) -> Result<Vec<HeldState>, ReadFault> {
        self.read(|connection, _| {
            connection.rows("SELECT relay, sender, state FROM relay_state", &[], |row| {
                let (relay, sender, json): (RelayId, String, String) = (row.read(0)?, row.get(1)?, row.get(2)?);
                let bad = ReadFault::BadRow { table: "relay_state", column: "state", row: relay.0.into() };
                Ok(HeldState { relay, sender, state: serde_json::from_str(&json).map_err(|_| bad)? })
            })
        })
        .await
    }
}
