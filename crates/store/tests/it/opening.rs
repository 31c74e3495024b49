//! What is wrong with a data directory is one clear fault, and nothing in it is changed.

use std::os::unix::fs::PermissionsExt;

use store::{DataDir, KeyRing, OpenFault, Store};

use crate::sample::*;

fn ring(directory: &DataDir) -> KeyRing {
    KeyRing::load_or_create(&directory.key_file()).ok().unwrap()
}

fn fault(path: &std::path::Path) -> OpenFault {
    let directory = DataDir::lock(path).unwrap();
    let ring = ring(&directory);
    Store::open(directory, ring, NOW).err().unwrap()
}

#[tokio::test]
async fn a_second_process_is_kept_out_and_told_who_is_in() {
    let Held { store, dir } = fresh();
    let Err(OpenFault::InUse(_, who)) = DataDir::lock(dir.path()) else { panic!("two in one directory") };
    assert!(who.contains(&std::process::id().to_string()));
    store.close();
    drop(store);
    assert!(DataDir::lock(dir.path()).is_ok());
}

#[tokio::test]
async fn a_wrong_key_is_one_clear_fault() {
    let Held { store, dir } = fresh();
    store.close();
    drop(store);
    std::fs::remove_file(dir.path().join("key")).unwrap();
    assert!(matches!(fault(dir.path()), OpenFault::WrongKey(_)));
}

#[tokio::test]
async fn a_damaged_database_is_named_and_left_as_it_is() {
    let Held { store, dir } = fresh();
    store.close();
    drop(store);
    let path = dir.path().join("postwacht.db");
    std::fs::write(
        &path,
        b"this is no database, whatever its name says, and it is long enough to be read as one....................",
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(fault(dir.path()), OpenFault::Damaged(..)));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_not_touched() {
    let Held { store, dir } = fresh();
    store.close();
    drop(store);
    let connection = rusqlite::Connection::open(dir.path().join("postwacht.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(matches!(fault(dir.path()), OpenFault::Newer(_, 99, _)));
}

#[tokio::test]
async fn the_directory_and_its_files_are_closed_to_others() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("a/b");
    let store = open(&path);
    let mode = |p: &std::path::Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("key"))), (0o700, 0o600));
    store.close();
}
