//! Inspects a database at the start, before the first change.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::connection;
use crate::fault::OpenFault;
use crate::files::{FileIdentity, FileStamp, filled_log};
use crate::mark::{Mark, Marks};
use crate::schema;
use crate::soundness::{self, Flaw};

/// A database that the start has inspected.
pub(crate) struct Inspected {
    pub(crate) connection: Connection,
    /// The mark that the database holds; `None` if it is new.
    pub(crate) found: Option<Mark>,
    /// The identity of the file, if it existed.
    pub(crate) identity: Option<FileIdentity>,
    /// Description of a waiting message that lacks a part.
    incomplete: Option<String>,
}

/// Opens the database and inspects it without a change. Closing the connection makes no checkpoint, so a refused database
/// stays as it is.
pub(crate) fn inspect(path: &Path, marks: &Marks) -> Result<Inspected, OpenFault> {
    let log = filled_log(path);
    match (inspect_together(path, marks), log) {
        (Err(OpenFault::Damaged(path, why)), Some(log)) if is_sound_alone(&path) => Err(OpenFault::Mixed(path, log, why)),
        (Ok(Inspected { incomplete: Some(why), .. }), Some(log)) if marks.last_run_failed() && is_sound_alone(path) => {
            Err(OpenFault::Mixed(path.to_owned(), log, why))
        }
        (Ok(inspected), _) => {
            if let Some(why) = &inspected.incomplete {
                // Delivery sets the message aside and reports it when it is due; all other mail is sent.
                tracing::error!("the database {} is not whole: {why}", path.display());
            }
            Ok(inspected)
        }
        (Err(fault), _) => Err(fault),
    }
}

/// True if the database without its log has no flaw. Changes nothing and takes no locks, because no other process uses the
/// database.
fn is_sound_alone(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let inspect = || {
        let connection = connection::open(Path::new(&format!("file:{escaped}?immutable=1")), flags)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>(soundness::find_flaw(&connection, version)?.is_none())
    };
    inspect().unwrap_or(false)
}

/// Inspects the database together with its log.
fn inspect_together(path: &Path, marks: &Marks) -> Result<Inspected, OpenFault> {
    let sql = |error| OpenFault::sql(path, error);
    let about = std::fs::symlink_metadata(path).ok();
    let (stamp, identity) = (about.as_ref().map(FileStamp::of), about.as_ref().map(FileIdentity::of));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connection::open(path, flags).map_err(sql)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(sql)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
    if version > schema::VERSION {
        return Err(OpenFault::Newer(path.to_owned(), version, schema::VERSION));
    }
    // Checked before the first migration step. In a database that was put here by hand, the schema could make our statements
    // do more.
    if let Some(difference) = schema::difference(&connection, version).map_err(sql)? {
        return Err(OpenFault::Foreign(path.to_owned(), difference));
    }
    let found = Mark::of(&connection).map_err(sql)?;
    if found.is_none() && soundness::holds_mail(&connection).map_err(sql)? {
        return Err(OpenFault::Foreign(path.to_owned(), "it holds messages and does not say which node wrote it".into()));
    }
    let mut incomplete = None;
    if found.is_some() && (marks.suspects(stamp) || marks.doubt(path, found.as_ref(), None).is_some()) {
        tracing::info!("the database {} may have been changed since it was last used; it is read as a whole", path.display());
        match soundness::find_flaw(&connection, version).map_err(sql)? {
            Some(Flaw::Damage(what)) => return Err(OpenFault::Damaged(path.to_owned(), what)),
            Some(Flaw::Foreign(what)) => return Err(OpenFault::Foreign(path.to_owned(), what)),
            Some(Flaw::Incomplete(what)) => incomplete = Some(what),
            None => {}
        }
    }
    Ok(Inspected { connection, found, identity, incomplete })
}
