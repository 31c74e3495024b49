//! Builds the service from the bootstrap settings: key, data directory, store, names.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use admin::Clock;
use admin::names::Names;
use node::pair::PairStart;
use node::{Service, Start};
use store::{DataDir, KeyFault, KeyRing, Store, UnexpectedStore};

use crate::bootstrap::Bootstrap;
use crate::error::CliError;

/// Path of the systemd credential that holds the key, if it exists: systemd.exec(5).
fn credential() -> Option<PathBuf> {
    let path = std::env::var_os("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join("postwacht-key"));
    path.filter(|path| path.exists())
}

const KEY_VARIABLE: &str = "POSTWACHT_KEY";

/// True if a key exists already, so that a start makes none.
pub(crate) fn has_key(data_dir: &Path) -> bool {
    credential().is_some() || std::env::var_os(KEY_VARIABLE).is_some() || data_dir.join("key").exists()
}

/// Reads the key from a systemd credential, the environment, or a file in the data directory. The first start makes that
/// file. An unreadable key is a fault: a new key would not open the database.
fn key_ring(directory: &DataDir) -> Result<KeyRing, store::OpenFault> {
    if let Some(path) = credential() {
        let text = std::fs::read_to_string(&path).map_err(|error| KeyFault::Unreadable(path, error))?;
        return Ok(KeyRing::parse(&text)?);
    }
    match std::env::var_os(KEY_VARIABLE) {
        Some(text) => Ok(KeyRing::parse(&text.to_string_lossy())?),
        None => directory.key_ring(),
    }
}

pub(crate) fn open_fault(fault: &store::OpenFault) -> CliError {
    CliError::failed("error-open").why(fault).todo(fault.hint())
}

/// Removes a key that `start` made before it failed. A key without a database is a sign that the database is missing.
pub(crate) fn without_new_key<T, E>(bootstrap: &Bootstrap, start: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let [key, database] = ["key", "postwacht.db"].map(|name| bootstrap.data_dir.join(name));
    let had_key = key.symlink_metadata().is_ok();
    let result = start();
    if result.is_err()
        && !had_key
        && !database.symlink_metadata().is_ok_and(|about| about.len() > 0)
        && let Err(error) = std::fs::remove_file(&key)
        && !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
    {
        tracing::warn!(%error, "the key file {} could not be removed; remove it before the next start, because it belongs to no database", key.display());
    }
    result
}

fn locked(bootstrap: &Bootstrap) -> Result<DataDir, store::OpenFault> {
    Ok(DataDir::lock(&bootstrap.data_dir)?.with_run_dir(&bootstrap.run_dir))
}

/// Locks the data directory and reads its keys.
pub(crate) fn directory(bootstrap: &Bootstrap) -> Result<(DataDir, KeyRing), CliError> {
    let directory = locked(bootstrap).map_err(|fault| open_fault(&fault))?;
    let ring = key_ring(&directory).map_err(|fault| open_fault(&fault))?;
    Ok((directory, ring))
}

pub(crate) fn start(bootstrap: &Bootstrap, unexpected: UnexpectedStore) -> Result<Start, CliError> {
    let clock = Clock::default();
    let open = || {
        let mut directory = locked(bootstrap)?;
        directory.check_new(unexpected)?;
        let ring = key_ring(&directory)?;
        Store::open_unexpected(directory, ring, clock.now(), unexpected)
    };
    let store = without_new_key(bootstrap, open).map_err(|fault| open_fault(&fault))?;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let names = Names::new(host, bootstrap.urls.iter().map(|url| url.base.clone()).collect());
    let pair = PairStart { helper: Some(bootstrap.netd.clone()), listen: bootstrap.pair };
    Ok(Start { store, clock, own: Arc::new(RwLock::new(Vec::new())), names, pair })
}

/// Starts the service with all its tasks.
pub(crate) async fn service(bootstrap: &Bootstrap, unexpected: UnexpectedStore) -> Result<Arc<Service>, CliError> {
    let start = start(bootstrap, unexpected)?;
    Service::start(start).await.map_err(|fault| CliError::failed("error-open").why(fault).todo("hint-database"))
}

/// Opens the service without its tasks, for commands that open the store while no node is running.
pub(crate) async fn offline(bootstrap: &Bootstrap) -> Result<Arc<Service>, CliError> {
    let start = start(bootstrap, UnexpectedStore::Refuse)?;
    Service::offline(start).await.map_err(|fault| CliError::failed("error-open").why(fault).todo("hint-database"))
}
