//! API tokens of programs.

use rusqlite::{Row, named_params};

use crate::Millis;
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::Statements;
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    pub id: i64,
    pub name: String,
    /// Names, separated by spaces.
    pub scopes: String,
    pub by: String,
    pub created: Millis,
    pub until: Millis,
    /// Time of the last use, to the minute.
    pub seen: Option<Millis>,
}

const TOKEN: &str = "id, name, scopes, by, created, until, seen";

fn token(row: &Row<'_>) -> Result<TokenView, rusqlite::Error> {
    Ok(TokenView {
        id: row.get(0)?,
        name: row.get(1)?,
        scopes: row.get(2)?,
        by: row.get(3)?,
        created: row.get(4)?,
        until: row.get(5)?,
        seen: row.get(6)?,
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
            Ok(connection.first(&sql, named_params! { ":digest": digest }, token)?)
        })
        .await
    }
}
