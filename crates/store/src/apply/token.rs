//! API tokens of programs. The store keeps only a digest, so a copy of the file does not permit access.

use model::id::TokenId;
use model::time::Timestamp;
use rusqlite::Connection;

use super::Trouble;
use super::account::found;
use crate::commit::{Outcome, TokenChange};
use crate::fault::CommitFault;
use crate::statement::{Statements, values};

const TOKENS_MAX: i64 = 1000;

pub(super) fn apply(connection: &Connection, at: Timestamp, change: &TokenChange) -> Result<Outcome, Trouble> {
    match change {
        TokenChange::Create { digest, name, scopes, by, until } => {
            let count: i64 = connection.row("SELECT count(*) FROM token", &[], |row| row.get(0))?;
            if count >= TOKENS_MAX {
                return Err(Trouble::Caller(CommitFault::Busy));
            }
            // The audit log identifies tokens by their names.
            let sql = "SELECT count(*) FROM token WHERE name = :name AND until > :at";
            let taken: i64 = connection.row(sql, values! { ":name": name, ":at": at }, |row| row.get(0))?;
            if taken > 0 {
                return Err(Trouble::Caller(CommitFault::Done(name.clone())));
            }
            let sql = "INSERT INTO token (digest, name, scopes, by, created, until)
                       VALUES (:digest, :name, :scopes, :by, :at, :until)";
            connection.run(
                sql,
                values! {
                    ":digest": digest,
                    ":name": name,
                    ":scopes": scopes,
                    ":by": by,
                    ":at": at,
                    ":until": until,
                },
            )?;
            Ok(Outcome::TokenMade(TokenId(connection.last_insert_rowid())))
        }
        TokenChange::Seen { id } => {
            connection.run("UPDATE token SET seen = :at WHERE id = :id", values! { ":id": id, ":at": at })?;
            Ok(Outcome::Done)
        }
        TokenChange::Revoke { id } => found(connection.run("DELETE FROM token WHERE id = :id", values! { ":id": id })?),
    }
}
