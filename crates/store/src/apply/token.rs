//! API tokens of programs. The store keeps only a digest, so a copy of the file does not permit access.

use rusqlite::{Connection, params};

use super::Trouble;
use super::account::found;
use crate::commit::{Outcome, TokenChange};
use crate::fault::CommitFault;

const TOKENS_MAX: i64 = 1000;

pub(super) fn apply(connection: &Connection, change: &TokenChange) -> Result<Outcome, Trouble> {
    match change {
        TokenChange::Create { digest, name, scopes, by, at, until } => {
            let count: i64 = connection.prepare_cached("SELECT count(*) FROM token")?.query_row([], |row| row.get(0))?;
            if count >= TOKENS_MAX {
                return Err(Trouble::Caller(CommitFault::Busy));
            }
            // The audit log identifies tokens by their names.
            let sql = "SELECT count(*) FROM token WHERE name = ?1 AND until > ?2";
            let taken: i64 = connection.prepare_cached(sql)?.query_row(params![name, at], |row| row.get(0))?;
            if taken > 0 {
                return Err(Trouble::Caller(CommitFault::Done(name.clone())));
            }
            let sql = "INSERT INTO token (digest, name, scopes, by, created, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            connection.prepare_cached(sql)?.execute(params![digest, name, scopes, by, at, until])?;
            Ok(Outcome::Made { id: connection.last_insert_rowid() })
        }
        TokenChange::Seen { id, at } => {
            connection.prepare_cached("UPDATE token SET seen = ?2 WHERE id = ?1")?.execute(params![id, at])?;
            Ok(Outcome::Done)
        }
        TokenChange::Revoke { id } => found(connection.prepare_cached("DELETE FROM token WHERE id = ?1")?.execute([id])?),
    }
}
