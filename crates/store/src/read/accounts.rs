//! Accounts, sessions, links.

use model::account::Role;
use rusqlite::{OptionalExtension, Row, params};

use super::ROWS_MAX;
use crate::Millis;
use crate::fault::ReadFault;
use crate::writer::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub language: Option<String>,
    pub created: Millis,
    /// Without a password, only a link signs in to the account.
    pub has_password: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    pub digest: Vec<u8>,
    pub created: Millis,
    pub seen: Millis,
    pub address: String,
    pub agent: String,
}

const ACCOUNT: &str = "id, name, role, language, created, password <> ''";

fn account(row: &Row<'_>) -> Result<AccountView, ReadFault> {
    let (id, role): (i64, String) = (row.get(0)?, row.get(2)?);
    let bad = ReadFault::BadRow { table: "site_account", column: "role", row: id };
    let role = Role::of_name(&role).ok_or(bad)?;
    Ok(AccountView { id, name: row.get(1)?, role, language: row.get(3)?, created: row.get(4)?, has_password: row.get(5)? })
}

impl Store {
    pub async fn accounts(&self) -> Result<Vec<AccountView>, ReadFault> {
        self.read(|connection, _| {
            let sql = format!("SELECT {ACCOUNT} FROM site_account ORDER BY name LIMIT {ROWS_MAX}");
            let mut select = connection.prepare_cached(&sql)?;
            let mut rows = select.query([])?;
            let mut accounts = Vec::new();
            while let Some(row) = rows.next()? {
                accounts.push(account(row)?);
            }
            Ok(accounts)
        })
        .await
    }

    /// Finds an account by its name. Also returns the hash of its password.
    pub async fn account(&self, name: String) -> Result<Option<(AccountView, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("SELECT {ACCOUNT}, password FROM site_account WHERE name = ?1");
            let mut select = connection.prepare_cached(&sql)?;
            let mut rows = select.query([name])?;
            rows.next()?.map(|row| Ok((account(row)?, row.get(6)?))).transpose()
        })
        .await
    }

    /// The account of a session, and the session with its times.
    pub async fn session(&self, digest: Vec<u8>) -> Result<Option<(AccountView, SessionView)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT a.id, a.name, a.role, a.language, a.created, a.password <> '', s.digest, s.created, s.seen, s.address, s.agent
                       FROM session s JOIN site_account a ON a.id = s.account WHERE s.digest = ?1";
            let mut select = connection.prepare_cached(sql)?;
            let mut rows = select.query([digest])?;
            rows.next()?.map(|row| Ok((account(row)?, session(row, 6)?))).transpose()
        })
        .await
    }

    /// The sessions of an account, the last used first.
    pub async fn sessions(&self, account: i64) -> Result<Vec<SessionView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT digest, created, seen, address, agent FROM session WHERE account = ?1 ORDER BY seen DESC LIMIT ?2";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map(params![account, ROWS_MAX], |row| session(row, 0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A link that has not expired. The inner value is the account that it signs in to; `None` if it makes the first account.
    pub async fn link(&self, digest: Vec<u8>, now: Millis) -> Result<Option<Option<AccountView>>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT account FROM link WHERE digest = ?1 AND until > ?2";
            let found: Option<Option<i64>> =
                connection.prepare_cached(sql)?.query_row(params![digest, now], |row| row.get(0)).optional()?;
            let Some(Some(id)) = found else { return Ok(found.map(|_| None)) };
            let sql = format!("SELECT {ACCOUNT} FROM site_account WHERE id = ?1");
            let mut select = connection.prepare_cached(&sql)?;
            let mut rows = select.query([id])?;
            Ok(rows.next()?.map(account).transpose()?.map(Some))
        })
        .await
    }
}

fn session(row: &Row<'_>, at: usize) -> Result<SessionView, rusqlite::Error> {
    Ok(SessionView {
        digest: row.get(at)?,
        created: row.get(at + 1)?,
        seen: row.get(at + 2)?,
        address: row.get(at + 3)?,
        agent: row.get(at + 4)?,
    })
}
