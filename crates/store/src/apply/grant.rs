//! OAuth2 grants: records in clear text, tokens sealed.

use model::id::RelayId;
use rusqlite::Connection;

use super::Trouble;
use crate::commit::{GrantChange, Outcome};
use crate::fault::CommitFault;
use crate::seal::KeyRing;
use crate::statement::{Statements, values};

/// The stable name under which the tokens of a relay's grant are sealed.
pub(crate) fn sealed_name(relay: RelayId) -> String {
    format!("grant/{relay}")
}

pub(super) fn apply(connection: &Connection, ring: &KeyRing, change: &GrantChange) -> Result<Outcome, Trouble> {
    match change {
        GrantChange::Put { relay, record, tokens } => {
            let unsealed = |error: crate::seal::KeyFault| Trouble::Caller(CommitFault::Storage(error.to_string()));
            let sealed = ring.seal(&sealed_name(*relay), tokens).map_err(unsealed)?;
            let sql = "INSERT INTO oauth_grant (relay, record, tokens) VALUES (:relay, :record, :tokens)
                ON CONFLICT (relay) DO UPDATE SET record = excluded.record, tokens = excluded.tokens";
            connection.run(sql, values! { ":relay": relay, ":record": record, ":tokens": sealed })?;
        }
        GrantChange::Note { relay, record } => {
            let sql = "UPDATE oauth_grant SET record = :record WHERE relay = :relay";
            connection.run(sql, values! { ":relay": relay, ":record": record })?;
        }
        GrantChange::Delete { relay } => {
            connection.run("DELETE FROM oauth_grant WHERE relay = :relay", values! { ":relay": relay })?;
        }
    }
    Ok(Outcome::Done)
}
