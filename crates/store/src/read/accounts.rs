//! Accounts, sessions, links.

use model::account::Role;
use model::id::AccountId;
use model::time::Timestamp;
use rusqlite::Row;

use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    pub id: AccountId,
    pub name: String,
    pub role: Role,
    pub language: Option<String>,
    pub created: Timestamp,
    /// Without a password, only a link signs in to the account.
    pub has_password: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    pub digest: Vec<u8>,
    pub created: Timestamp,
    pub seen: Timestamp,
    pub address: String,
    pub agent: String,
}

const ACCOUNT: &str = "id, name, role, language, created, password <> ''";

fn account(row: &Row<'_>) -> Result<AccountView, ReadFault> {
    let (id, role): (AccountId, String) = (row.read(0)?, row.get(2)?);
    let bad = ReadFault::BadRow { table: "site_account", column: "role", row: id.0 };
    let role = Role::of_name(&role).ok_or(bad)?;
    Ok(AccountView { id, name: row.get(1)?, role, language: row.get(3)?, created: row.time(4)?, has_password: row.get(5)? })
}

impl Store {
    pub async fn accounts(&self) -> Result<Vec<AccountView>, ReadFault> {
        self.read(|connection, _| {
            let sql = format!("SELECT {ACCOUNT} FROM site_account ORDER BY name LIMIT {ROWS_MAX}");
            connection.rows(&sql, &[], account)
        })
        .await
    }

    /// Finds an account by its name. Also returns the hash of its password.
    pub async fn account(&self, name: String) -> Result<Option<(AccountView, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("SELECT {ACCOUNT}, password FROM site_account WHERE name = :name");
            let mut found =
                connection.rows(&sql, values! { ":name": name }, |row| Ok::<_, ReadFault>((account(row)?, row.get(6)?)))?;
            Ok(found.pop())
        })
        .await
    }

    /// The account of a session, and the session with its times.
    pub async fn session(&self, digest: Vec<u8>) -> Result<Option<(AccountView, SessionView)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT a.id, a.name, a.role, a.language, a.created, a.password <> '', s.digest, s.created, s.seen, s.address, s.agent
                       FROM session s JOIN site_account a ON a.id = s.account WHERE s.digest = :digest";
            let mut found = connection.rows(sql, values! { ":digest": digest }, |row| {
                Ok::<_, ReadFault>((account(row)?, session(row, 6)?))
            })?;
            Ok(found.pop())
        })
        .await
    }

    /// The sessions of an account, the last used first.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<SessionView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT digest, created, seen, address, agent FROM session WHERE account = :account
                       ORDER BY seen DESC LIMIT :rows";
            let values = values! { ":account": account, ":rows": ROWS_MAX };
            Ok(connection.rows(sql, values, |row| session(row, 0))?)
        })
        .await
    }

    /// A link that has not expired. The inner value is the account that it signs in to; `None` if it makes the first account.
    pub async fn link(&self, digest: Vec<u8>, now: Timestamp) -> Result<Option<Option<AccountView>>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT account FROM link WHERE digest = :digest AND until > :now";
            let values = values! { ":digest": digest, ":now": now };
            let found: Option<Option<AccountId>> = connection.first(sql, values, |row| row.read(0))?;
            let Some(Some(id)) = found else { return Ok(found.map(|_| None)) };
            let sql = format!("SELECT {ACCOUNT} FROM site_account WHERE id = :id");
            Ok(connection.rows(&sql, values! { ":id": id }, account)?.pop().map(Some))
        })
        .await
    }
}

fn session(row: &Row<'_>, at: usize) -> Result<SessionView, rusqlite::Error> {
    Ok(SessionView {
        digest: row.get(at)?,
        created: row.time(at + 1)?,
        seen: row.time(at + 2)?,
        address: row.get(at + 3)?,
        agent: row.get(at + 4)?,
    })
}
