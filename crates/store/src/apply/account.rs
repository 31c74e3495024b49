//! Accounts, their sessions, and links that sign in once. The store keeps only a digest of sessions and links, so a copy of
//! the file does not permit a sign-in.

use model::account::Role;
use rusqlite::{Connection, OptionalExtension, params};

use super::Trouble;
use crate::Millis;
use crate::commit::{AccountChange, Outcome};
use crate::fault::CommitFault;

/// Maximum number of sessions of one account. A new session replaces the one unused for longest.
const SESSIONS_MAX: i64 = 50;

pub(super) fn apply(connection: &Connection, change: &AccountChange) -> Result<Outcome, Trouble> {
    match change {
        AccountChange::Create { name, role, password, language, at } => {
            create(connection, name, *role, password, language.as_deref(), *at)
        }
        AccountChange::Password { id, password, keep } => {
            if let Some(digest) = keep {
                let sql = "SELECT 1 FROM session WHERE digest = ?1 AND account = ?2";
                let alive = connection.prepare_cached(sql)?.query_row(params![digest, id], |_| Ok(())).optional()?;
                found(usize::from(alive.is_some()))?;
            }
            connection.prepare_cached("DELETE FROM link WHERE account = ?1")?.execute([id])?;
            let sql = "UPDATE site_account SET password = ?2 WHERE id = ?1";
            found(connection.prepare_cached(sql)?.execute(params![id, password])?)?;
            end_sessions(connection, *id, keep.as_ref())
        }
        AccountChange::Language { id, language } => {
            let sql = "UPDATE site_account SET language = ?2 WHERE id = ?1";
            found(connection.prepare_cached(sql)?.execute(params![id, language])?)
        }
        AccountChange::Role { id, role } => {
            if *role != Role::Administrator {
                spare_the_last(connection, *id)?;
            }
            let sql = "UPDATE site_account SET role = ?2 WHERE id = ?1";
            found(connection.prepare_cached(sql)?.execute(params![id, role.name()])?)
        }
        AccountChange::Delete { id } => {
            spare_the_last(connection, *id)?;
            end_sessions(connection, *id, None)?;
            connection.prepare_cached("DELETE FROM link WHERE account = ?1")?.execute([id])?;
            found(connection.prepare_cached("DELETE FROM site_account WHERE id = ?1")?.execute([id])?)
        }
        AccountChange::Open { digest, account, password, at, address, agent } => {
            let sql = "DELETE FROM session WHERE account = ?1 AND digest NOT IN
                       (SELECT digest FROM session WHERE account = ?1 ORDER BY seen DESC LIMIT ?2)";
            connection.prepare_cached(sql)?.execute(params![account, SESSIONS_MAX - 1])?;
            let sql = "INSERT INTO session (digest, account, created, seen, address, agent)
                       SELECT ?1, id, ?3, ?3, ?4, ?5 FROM site_account WHERE id = ?2 AND (?6 IS NULL OR password = ?6)";
            found(connection.prepare_cached(sql)?.execute(params![digest, account, at, address, agent, password])?)
        }
        AccountChange::Seen { digest, at } => {
            connection.prepare_cached("UPDATE session SET seen = ?2 WHERE digest = ?1")?.execute(params![digest, at])?;
            Ok(Outcome::Done)
        }
        AccountChange::Close { digest } => {
            connection.prepare_cached("DELETE FROM session WHERE digest = ?1")?.execute([digest])?;
            Ok(Outcome::Done)
        }
        AccountChange::CloseAll { account, keep } => end_sessions(connection, *account, keep.as_ref()),
        AccountChange::Link { digest, account, at, until } => {
            connection.prepare_cached("DELETE FROM link WHERE until <= ?1")?.execute([at])?;
            let sql = "INSERT INTO link (digest, account, until)
                       SELECT ?1, ?2, ?3 WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM site_account WHERE id = ?2)";
            found(connection.prepare_cached(sql)?.execute(params![digest, account, until])?)
        }
        AccountChange::UseLink { digest, at } => {
            let sql = "DELETE FROM link WHERE digest = ?1 AND until > ?2";
            found(connection.prepare_cached(sql)?.execute(params![digest, at])?)
        }
    }
}

pub(super) fn found(rows: usize) -> Result<Outcome, Trouble> {
    if rows == 0 { Err(Trouble::Caller(CommitFault::NotFound)) } else { Ok(Outcome::Done) }
}

fn create(
    connection: &Connection,
    name: &str,
    role: Role,
    password: &str,
    language: Option<&str>,
    at: Millis,
) -> Result<Outcome, Trouble> {
    let sql = "SELECT id FROM site_account WHERE name = ?1";
    if connection.prepare_cached(sql)?.query_row([name], |_| Ok(())).optional()?.is_some() {
        return Err(Trouble::Caller(CommitFault::Done(name.to_owned())));
    }
    let sql = "INSERT INTO site_account (name, role, password, language, created) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![name, role.name(), password, language, at])?;
    Ok(Outcome::Made { id: connection.last_insert_rowid() })
}

fn end_sessions(connection: &Connection, account: i64, keep: Option<&Vec<u8>>) -> Result<Outcome, Trouble> {
    let sql = "DELETE FROM session WHERE account = ?1 AND digest IS NOT ?2";
    connection.prepare_cached(sql)?.execute(params![account, keep])?;
    Ok(Outcome::Done)
}

/// Refuses to remove the last administrator: at least one must be able to manage accounts.
fn spare_the_last(connection: &Connection, id: i64) -> Result<(), Trouble> {
    let sql = "SELECT count(*) FILTER (WHERE id <> ?1), count(*) FILTER (WHERE id = ?1)
               FROM site_account WHERE role = 'administrator'";
    let (others, this): (i64, i64) = connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if others == 0 && this == 1 { Err(Trouble::Caller(CommitFault::LastAdministrator)) } else { Ok(()) }
}
