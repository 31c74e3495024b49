//! Configuration documents: each save makes a new revision; the store keeps the last 20.

use rusqlite::{Connection, params};

use super::Trouble;
use crate::commit::{DocumentSave, Outcome};
use crate::fault::CommitFault;
use crate::seal::KeyRing;

const REVISIONS_KEPT: i64 = 20;

pub(super) fn revision(connection: &Connection, kind: &str) -> Result<i64, rusqlite::Error> {
    let sql = "SELECT coalesce(max(revision), 0) FROM site_document WHERE kind = ?1";
    connection.prepare_cached(sql)?.query_row([kind], |row| row.get(0))
}

pub(super) fn save(connection: &Connection, ring: &KeyRing, save: &DocumentSave) -> Result<Outcome, Trouble> {
    // Secrets are sealed before the first write: a commit is made as a whole or not at all.
    let mut sealed = Vec::with_capacity(save.secrets.len());
    for (name, secret) in &save.secrets {
        let bytes = secret.as_ref().map(|secret| ring.seal(name, secret)).transpose();
        sealed.push((name, bytes.map_err(|error| Trouble::Caller(CommitFault::Storage(error.to_string())))?));
    }
    let revision = revision(connection, save.kind)? + 1;
    let sql = "INSERT INTO site_document (kind, revision, schema, draft, saved, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![save.kind, revision, save.schema, save.draft, save.at, save.by])?;
    let sql = "DELETE FROM site_document WHERE kind = ?1 AND revision <= ?2";
    connection.prepare_cached(sql)?.execute(params![save.kind, revision - REVISIONS_KEPT])?;
    for (name, sealed) in sealed {
        let Some(sealed) = sealed else {
            connection.prepare_cached("DELETE FROM secret WHERE name = ?1")?.execute([name])?;
            continue;
        };
        let sql = "INSERT INTO secret (name, sealed) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed";
        connection.prepare_cached(sql)?.execute(params![name, sealed])?;
    }
    Ok(Outcome::Saved { revision })
}
