//! Configuration documents: each save makes a new revision; the store keeps the last 20.

use model::time::Timestamp;
use rusqlite::Connection;

use super::Trouble;
use crate::commit::{DocumentSave, Outcome};
use crate::fault::CommitFault;
use crate::seal::KeyRing;
use crate::statement::{Statements, values};

const REVISIONS_KEPT: i64 = 20;

pub(super) fn revision(connection: &Connection, kind: &str) -> Result<i64, rusqlite::Error> {
    let sql = "SELECT coalesce(max(revision), 0) FROM site_document WHERE kind = :kind";
    connection.row(sql, values! { ":kind": kind }, |row| row.get(0))
}

pub(super) fn save(connection: &Connection, ring: &KeyRing, at: Timestamp, save: &DocumentSave) -> Result<Outcome, Trouble> {
    // Secrets are sealed before the first write: a commit is made as a whole or not at all.
    let mut sealed = Vec::with_capacity(save.secrets.len());
    for (name, secret) in &save.secrets {
        let bytes = secret.as_ref().map(|secret| ring.seal(name, secret)).transpose();
        sealed.push((name, bytes.map_err(|error| Trouble::Caller(CommitFault::Storage(error.to_string())))?));
    }
    let revision = revision(connection, save.kind)? + 1;
    let sql = "INSERT INTO site_document (kind, revision, schema, draft, saved, by)
               VALUES (:kind, :revision, :schema, :draft, :saved, :by)";
    connection.run(
        sql,
        values! {
            ":kind": save.kind,
            ":revision": revision,
            ":schema": save.schema,
            ":draft": save.draft,
            ":saved": at,
            ":by": save.by,
        },
    )?;
    let sql = "DELETE FROM site_document WHERE kind = :kind AND revision <= :last";
    connection.run(sql, values! { ":kind": save.kind, ":last": revision - REVISIONS_KEPT })?;
    for (name, sealed) in sealed {
        let Some(sealed) = sealed else {
            connection.run("DELETE FROM secret WHERE name = :name", values! { ":name": name })?;
            continue;
        };
        let sql = "INSERT INTO secret (name, sealed) VALUES (:name, :sealed)
                   ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed";
        connection.run(sql, values! { ":name": name, ":sealed": sealed })?;
    }
    Ok(Outcome::Saved { revision })
}
