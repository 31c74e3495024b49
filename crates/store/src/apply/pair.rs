//! The pair of this node: its record in clear text, its keys sealed.

use rusqlite::Connection;

use super::Trouble;
use crate::commit::{Outcome, PairRow};
use crate::fault::CommitFault;
use crate::seal::KeyRing;
use crate::statement::{Statements, values};

/// The stable name under which the keys of the pair are sealed.
pub(crate) const SEALED_NAME: &str = "pair/keys";

pub(super) fn apply(connection: &Connection, ring: &KeyRing, row: &PairRow) -> Result<Outcome, Trouble> {
    let storage = |error: &dyn std::fmt::Display| Trouble::Caller(CommitFault::Storage(error.to_string()));
    let keys = row.keys.as_ref().map(|keys| ring.seal(SEALED_NAME, keys)).transpose().map_err(|error| storage(&error))?;
    let core = serde_json::to_string(&row.core).map_err(|error| storage(&error))?;
    let sql = "INSERT OR REPLACE INTO pair (one, record, keys, core) VALUES (1, :record, :keys, :core)";
    connection.run(sql, values! { ":record": row.record, ":keys": keys, ":core": core })?;
    Ok(Outcome::Done)
}
