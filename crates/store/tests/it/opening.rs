//! Tests of opening: a fault of a data directory is one clear error, and the start changes nothing in it.

use std::os::unix::fs::PermissionsExt;

use store::{CommitFault, DataDir, KeyRing, OpenFault, Store, StoreFailure};

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
async fn second_process_is_refused_with_owner_process_id() {
    let TempStore { store, dir } = fresh();
    let Err(OpenFault::InUse(_, who)) = DataDir::lock(dir.path()) else { panic!("two in one directory") };
    assert!(who.contains(&std::process::id().to_string()));
    store.close();
    drop(store);
    assert!(DataDir::lock(dir.path()).is_ok());
}

#[tokio::test]
async fn wrong_key_is_refused() {
    let TempStore { store, dir } = fresh();
    store.close();
    drop(store);
    std::fs::remove_file(dir.path().join("key")).unwrap();
    assert!(matches!(fault(dir.path()), OpenFault::WrongKey(_)));
}

#[tokio::test]
async fn missing_key_beside_database_is_reported_and_not_made() {
    let TempStore { store, dir } = fresh();
    store.close();
    drop(store);
    let key = dir.path().join("key");
    std::fs::remove_file(&key).unwrap();
    let directory = DataDir::lock(dir.path()).unwrap();
    assert!(matches!(directory.key_ring(), Err(OpenFault::NoKey(path)) if path == key));
    assert!(!key.exists());
    std::fs::remove_file(directory.database()).unwrap();
    assert!(directory.key_ring().is_ok() && key.exists(), "a new store gets a key");
}

#[tokio::test]
async fn directory_and_key_file_are_closed_to_others() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("a/b");
    let store = open(&path);
    let mode = |p: &std::path::Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("key"))), (0o700, 0o600));
    store.close();
}

/// Statements on a stopped store. The next start must refuse the changed store.
const CHANGED: &[&str] = &[
    "UPDATE message SET due = 9223372036854775807",
    "UPDATE message SET class = 77",
    "UPDATE message SET failures = -1",
    "UPDATE message SET attempts = 9007199254740992",
    "UPDATE message SET relay = 1099511627776",
    "UPDATE recipient SET fate = 9",
    "INSERT INTO incident VALUES (9223372036854775807, 'x', 'x', 'critical', 1, 0, '{}')",
    "INSERT INTO site_document VALUES ('settings', 9007199254740991, 1, '{}', 0, 'x')",
    "INSERT INTO tally VALUES (9007199254740991, 1, 0, 0, 0, 0, 0, 0, 0, 0)",
    "UPDATE node SET origin = hex(zeroblob(50000000))",
    "DELETE FROM node",
];

#[tokio::test]
async fn invalid_store_is_refused_unchanged() {
    for sql in CHANGED {
        let TempStore { store, dir } = fresh();
        accept(&store, message("x")).await;
        store.close();
        drop(store);
        let path = dir.path().join("postwacht.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = std::fs::read(&path).unwrap();
        let fault = fault(dir.path());
        assert!(matches!(fault, OpenFault::Foreign(..) | OpenFault::Damaged(..) | OpenFault::Mixed(..)), "{sql}: {fault}");
        assert!(std::fs::read(&path).unwrap() == before, "{sql}");
    }
}

/// A message without its body must not prevent the sending of all others. Delivery sets it aside when it is due.
#[tokio::test]
async fn store_with_an_incomplete_message_is_opened() {
    for sql in ["DELETE FROM body", "DELETE FROM recipient WHERE id % 4096 = 1"] {
        let TempStore { store, dir } = fresh();
        accept(&store, message("x")).await;
        store.close();
        drop(store);
        rusqlite::Connection::open(dir.path().join("postwacht.db")).unwrap().execute_batch(sql).unwrap();
        open(dir.path()).close();
    }
}

#[tokio::test]
async fn valid_store_changed_by_hand_is_opened() {
    let TempStore { store, dir } = fresh();
    accept(&store, message("x")).await;
    store.close();
    drop(store);
    let connection = rusqlite::Connection::open(dir.path().join("postwacht.db")).unwrap();
    connection.execute_batch("UPDATE message SET subject = 'changed by hand'").unwrap();
    drop(connection);
    open(dir.path()).close();
}

/// Bad sectors do not change the times of a file. The first read that meets them fails the store.
#[tokio::test]
async fn damage_met_by_a_read_fails_store_and_next_start() {
    let TempStore { store, dir } = fresh();
    accept(&store, message("x")).await;
    store.close();
    drop(store);
    let store = open(dir.path());
    let path = dir.path().join("postwacht.db");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let before = file.metadata().unwrap();
    let pages = before.len() / 8192;
    (1..pages).for_each(|page| std::os::unix::fs::FileExt::write_all_at(&file, &[0xa5; 4096], page * 8192).unwrap());
    file.set_modified(before.modified().unwrap()).unwrap();
    assert!(store.backup(dir.path().join("backup")).await.is_err());
    assert!(matches!(store.failed().await, StoreFailure::Damaged(_)));
    assert!(matches!(store.change(NOW, message("y")).await, Err(CommitFault::Damaged(_))));
    store.close();
    // A failed store keeps its lock until the process ends, so the test opens a copy.
    let next = tempfile::tempdir().unwrap();
    for name in ["postwacht.db", "postwacht.db-wal", "postwacht.mark", "key"] {
        std::fs::copy(dir.path().join(name), next.path().join(name)).unwrap();
    }
    assert!(matches!(fault(next.path()), OpenFault::Damaged(..) | OpenFault::Mixed(..)));
}
