//! API tokens of programs.

use model::id::TokenId;
use model::time::Timestamp;
use rusqlite::Row;

use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    /// Names, separated by spaces.
    pub scopes: String,
    pub by: String,
    pub created: Timestamp,
    pub until: Timestamp,
    /// Time of the last use, to the minute.
    pub seen: Option<Timestamp>,
}

const TOKEN: &str = "id, name, scopes, by, created, until, seen";

fn token(row: &Row<'_>) -> Result<TokenView, rusqlite::Error> {
    Ok(TokenView {
        id: row.read(0)?,
        name: row.get(1)?,
        scopes: row.get(2)?,
        by: row.get(3)?,
        created: row.time(4)?,
        until: row.time(5)?,
        seen: row.maybe_time(6)?,
    })
}

impl Store {
    /// The newest tokens, including expired ones.
    pub async fn tokens(&self) -> Result<Vec<TokenView>, ReadFault> {
        self.read(|connection, _| {
            let sql = format!("SELECT {TOKEN} FROM token ORDER BY id DESC LIMIT {ROWS_MAX}");
            Ok(connection.rows(&sql, &[], token)?)
        })
        .await
    }

    /// Finds a token by its digest, expired or not.
    pub async fn token(&self, digest: Vec<u8>) -> Result<Option<TokenView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("SELECT {TOKEN} FROM token WHERE digest = :digest");
            Ok(connection.first(&sql, values! { ":digest": digest }, token)?)
        })
        .await
    }
}
