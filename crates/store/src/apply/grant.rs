//! OAuth2 grants: records in clear text, tokens sealed.

use rusqlite::{Connection, params};

use super::Trouble;
use crate::commit::{GrantChange, Outcome};
use crate::fault::CommitFault;
use crate::seal::KeyRing;

/// The stable name under which the tokens of a relay's grant are sealed.
pub(crate) fn sealed_name(relay: u32) -> String {
    format!("grant/{relay}")
}

pub(super) fn apply(connection: &Connection, ring: &KeyRing, change: &GrantChange) -> Result<Outcome, Trouble> {
    match change {
        GrantChange::Put { relay, record, tokens } => {
            let unsealed = |error: crate::seal::KeyFault| Trouble::Caller(CommitFault::Storage(error.to_string()));
            let sealed = ring.seal(&sealed_name(*relay), tokens).map_err(unsealed)?;
            let sql = "INSERT INTO oauth_grant (relay, record, tokens) VALUES (?1, ?2, ?3)
                ON CONFLICT (relay) DO UPDATE SET record = excluded.record, tokens = excluded.tokens";
            connection.prepare_cached(sql)?.execute(params![relay, record, sealed])?;
        }
        GrantChange::Note { relay, record } => {
            let sql = "UPDATE oauth_grant SET record = ?2 WHERE relay = ?1";
            connection.prepare_cached(sql)?.execute(params![relay, record])?;
        }
        GrantChange::Delete { relay } => {
            connection.prepare_cached("DELETE FROM oauth_grant WHERE relay = ?1")?.execute([relay])?;
        }
    }
    Ok(Outcome::Done)
}
