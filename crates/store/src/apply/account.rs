//! Accounts, their sessions, and links that sign in once. The store keeps only a digest of sessions and links, so a copy of
//! the file does not permit a sign-in.

use model::account::Role;
use model::id::AccountId;
use model::time::Timestamp;
use rusqlite::Connection;

use super::Trouble;
use crate::commit::{AccountChange, NewSession, Outcome};
use crate::fault::CommitFault;
use crate::statement::{Statements, values};

/// Maximum number of sessions of one account. A new session replaces the one unused for longest.
const SESSIONS_MAX: i64 = 50;

pub(super) fn apply(connection: &Connection, at: Timestamp, change: &AccountChange) -> Result<Outcome, Trouble> {
    match change {
        AccountChange::Create { name, role, password, language } => {
            let sql = "SELECT id FROM site_account WHERE name = :name";
            if connection.holds(sql, values! { ":name": name })? {
                return Err(Trouble::Caller(CommitFault::Done(name.clone())));
            }
            let sql = "INSERT INTO site_account (name, role, password, language, created)
                       VALUES (:name, :role, :password, :language, :at)";
            let (role, language) = (role.name(), language.as_deref());
            let values = values! { ":name": name, ":role": role, ":password": password, ":language": language, ":at": at };
            connection.run(sql, values)?;
            Ok(Outcome::AccountMade(AccountId(connection.last_insert_rowid())))
        }
        AccountChange::Password { id, password, keep } => set_password(connection, *id, password, keep.as_ref()),
        AccountChange::Language { id, language } => {
            let sql = "UPDATE site_account SET language = :language WHERE id = :id";
            found(connection.run(sql, values! { ":id": id, ":language": language })?)
        }
        AccountChange::Role { id, role } => {
            if *role != Role::Administrator {
                spare_the_last(connection, *id)?;
            }
            let sql = "UPDATE site_account SET role = :role WHERE id = :id";
            found(connection.run(sql, values! { ":id": id, ":role": role.name() })?)
        }
        AccountChange::Delete { id } => {
            spare_the_last(connection, *id)?;
            end_sessions(connection, *id, None)?;
            connection.run("DELETE FROM link WHERE account = :id", values! { ":id": id })?;
            found(connection.run("DELETE FROM site_account WHERE id = :id", values! { ":id": id })?)
        }
        AccountChange::Open(session) => open_session(connection, at, session),
        AccountChange::Seen { digest } => {
            let sql = "UPDATE session SET seen = :at WHERE digest = :digest";
            connection.run(sql, values! { ":digest": digest, ":at": at })?;
            Ok(Outcome::Done)
        }
        AccountChange::Close { digest } => {
            connection.run("DELETE FROM session WHERE digest = :digest", values! { ":digest": digest })?;
            Ok(Outcome::Done)
        }
        AccountChange::CloseAll { account, keep } => end_sessions(connection, *account, keep.as_ref()),
        AccountChange::Link { digest, account, until } => {
            connection.run("DELETE FROM link WHERE until <= :at", values! { ":at": at })?;
            let sql = "INSERT INTO link (digest, account, until) SELECT :digest, :account, :until
                       WHERE :account IS NULL OR EXISTS (SELECT 1 FROM site_account WHERE id = :account)";
            found(connection.run(sql, values! { ":digest": digest, ":account": account, ":until": until })?)
        }
        AccountChange::UseLink { digest } => {
            let sql = "DELETE FROM link WHERE digest = :digest AND until > :at";
            found(connection.run(sql, values! { ":digest": digest, ":at": at })?)
        }
    }
}

pub(super) fn found(rows: usize) -> Result<Outcome, Trouble> {
    if rows == 0 { Err(Trouble::Caller(CommitFault::NotFound)) } else { Ok(Outcome::Done) }
}

/// Opens a session, if the account still has the password that was checked.
fn open_session(connection: &Connection, at: Timestamp, session: &NewSession) -> Result<Outcome, Trouble> {
    let sql = "DELETE FROM session WHERE account = :account AND digest NOT IN
               (SELECT digest FROM session WHERE account = :account ORDER BY seen DESC LIMIT :kept)";
    connection.run(sql, values! { ":account": session.account, ":kept": SESSIONS_MAX - 1 })?;
    let sql = "INSERT INTO session (digest, account, created, seen, address, agent)
               SELECT :digest, id, :at, :at, :address, :agent FROM site_account
               WHERE id = :account AND (:password IS NULL OR password = :password)";
    let values = values! {
        ":digest": session.digest,
        ":account": session.account,
        ":at": at,
        ":address": session.address,
        ":agent": session.agent,
        ":password": session.password,
    };
    found(connection.run(sql, values)?)
}

fn set_password(connection: &Connection, id: AccountId, password: &str, keep: Option<&Vec<u8>>) -> Result<Outcome, Trouble> {
    if let Some(digest) = keep {
        let sql = "SELECT 1 FROM session WHERE digest = :digest AND account = :id";
        found(usize::from(connection.holds(sql, values! { ":digest": digest, ":id": id })?))?;
    }
    connection.run("DELETE FROM link WHERE account = :id", values! { ":id": id })?;
    let sql = "UPDATE site_account SET password = :password WHERE id = :id";
    found(connection.run(sql, values! { ":id": id, ":password": password })?)?;
    end_sessions(connection, id, keep)
}

fn end_sessions(connection: &Connection, account: AccountId, keep: Option<&Vec<u8>>) -> Result<Outcome, Trouble> {
    let sql = "DELETE FROM session WHERE account = :account AND digest IS NOT :keep";
    connection.run(sql, values! { ":account": account, ":keep": keep })?;
    Ok(Outcome::Done)
}

/// Refuses to remove the last administrator: at least one must be able to manage accounts.
fn spare_the_last(connection: &Connection, id: AccountId) -> Result<(), Trouble> {
    let sql = "SELECT count(*) FILTER (WHERE id <> :id), count(*) FILTER (WHERE id = :id)
               FROM site_account WHERE role = 'administrator'";
    let (others, this): (i64, i64) = connection.row(sql, values! { ":id": id }, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if others == 0 && this == 1 { Err(Trouble::Caller(CommitFault::LastAdministrator)) } else { Ok(()) }
}
