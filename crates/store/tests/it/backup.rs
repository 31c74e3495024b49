//! Tests of backups: a restore returns the backed-up data, and a foreign file does no harm.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::id::MessageNumber;
use store::*;

use crate::sample::*;

/// A backup of a node, a place to restore it, and the number of its message.
struct RestoreScene {
    place: tempfile::TempDir,
    backup: PathBuf,
    number: MessageNumber,
}

async fn scene() -> RestoreScene {
    let TempStore { store, dir } = fresh();
    let number = accept(&store, message("kept")).await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    assert!(store.backup(backup.clone()).await.unwrap() > 0);
    std::fs::create_dir(place.path().join("new")).unwrap();
    std::fs::copy(dir.path().join("key"), place.path().join("new/key")).unwrap();
    RestoreScene { place, backup, number }
}

impl RestoreScene {
    fn target(&self) -> PathBuf {
        self.place.path().join("new")
    }

    fn restore_file(&self, backup: &Path, trust: SignaturePolicy) -> Result<Restored, RestoreFault> {
        let directory = DataDir::lock(&self.target()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        restore(&RestoreRequest { backup, directory: &directory, ring: &ring, trust, now: NOW, by: "ann" })
    }

    fn restore(&self, trust: SignaturePolicy) -> Result<Restored, RestoreFault> {
        self.restore_file(&self.backup, trust)
    }

    /// Changes the backup as a thief of the file could. SQLite leaves the signature after the last page unchanged.
    fn forge(&self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.backup).unwrap();
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.backup).unwrap()
    }

    fn strip_signature(&self) {
        let bytes = self.bytes();
        let length = bytes.len() - bytes.len() % 8192;
        std::fs::write(&self.backup, &bytes[..length]).unwrap();
    }

    /// True if the target holds no file of a restore.
    fn target_is_clean(&self) -> bool {
        let names = std::fs::read_dir(self.target()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !matches!(name.as_str(), "key" | "lock")).count() == 0
    }
}

/// Bytes of the signature after the database.
const SIGNATURE: usize = 64;

#[tokio::test]
async fn signed_backup_is_restored_with_everything() {
    let scene = scene().await;
    assert_eq!(std::fs::metadata(&scene.backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(scene.restore(SignaturePolicy::Signed).unwrap(), Restored { held: 1, dropped: None });
    assert!(matches!(scene.restore(SignaturePolicy::Signed), Err(RestoreFault::InTheWay(_))));
    let store = open(&scene.target());
    assert_eq!(store.message(scene.number).await.unwrap().unwrap().row.state, MessageState::Held);
    assert!(due(&store, NOW + Duration::from_secs(1 << 40)).await.is_empty());
    let audit = store.audit(None, 10).await.unwrap();
    assert_eq!((audit[0].who.as_str(), audit[0].what.as_str()), ("ann", "backup.restored"));
}

#[tokio::test]
async fn signed_backup_is_still_a_database() {
    let scene = scene().await;
    let connection = rusqlite::Connection::open(&scene.backup).unwrap();
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

/// Before restores checked signatures, each of these ran, hung or crashed a restore, or was restored silently.
const HOSTILE: [(&str, &str); 16] = [
    (
        "a trigger that lets held mail go",
        "CREATE TRIGGER t AFTER UPDATE ON message BEGIN UPDATE message SET lane = home, parked = NULL WHERE n = new.n; END",
    ),
    (
        "a trigger on rows that a restore deletes",
        "CREATE TRIGGER t AFTER DELETE ON token BEGIN INSERT INTO token VALUES (9, x'00', 'x', 'administer', 'x', 0, 1, 0); END",
    ),
    (
        "a view that never ends",
        "ALTER TABLE node RENAME TO n; CREATE VIEW node AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT 1 one, '' origin, 0 created, x sealed_check FROM c WHERE x = 2",
    ),
    (
        "a view that asks for memory",
        "ALTER TABLE node RENAME TO n; CREATE VIEW node AS SELECT 1 one, '' origin, 0 created, zeroblob(1000000000) sealed_check",
    ),
    ("a missing column", "ALTER TABLE message DROP COLUMN avoid"),
    ("one column more", "ALTER TABLE message ADD COLUMN more TEXT"),
    ("a generated column", "ALTER TABLE audit ADD COLUMN more TEXT AS (hex(who))"),
    ("a missing table", "DROP TABLE life"),
    ("one table more", "CREATE TABLE more (x)"),
    ("an index on an expression", "CREATE INDEX i ON message (hex(subject))"),
    ("a unique index that refuses new mail", "CREATE UNIQUE INDEX i ON message (class)"),
    ("a missing index", "DROP INDEX message_due"),
    ("a table of another kind", "DROP TABLE once; CREATE TABLE once (key PRIMARY KEY, at, result, content)"),
    ("a virtual table", "CREATE VIRTUAL TABLE f USING fts5(x)"),
    ("a version before the first", "PRAGMA user_version = -1"),
    ("an earlier version than its tables", "PRAGMA user_version = 3"),
];

#[tokio::test]
async fn foreign_schema_is_refused_with_and_without_trust() {
    for (name, sql) in HOSTILE {
        let scene = scene().await;
        scene.forge(sql);
        let fault = scene.restore(SignaturePolicy::Signed).unwrap_err();
        assert!(
            matches!(fault, RestoreFault::Changed(..) | RestoreFault::Unsigned(_) | RestoreFault::NotABackup(..)),
            "{name}: {fault}"
        );
        let fault = scene.restore(SignaturePolicy::Vouched).unwrap_err();
        assert!(matches!(fault, RestoreFault::Foreign(..) | RestoreFault::NotABackup(..)), "{name}: {fault}");
        assert!(scene.target_is_clean(), "{name}");
        // If SQLite has overwritten the signature itself, the restore refuses the schema too.
        scene.strip_signature();
        assert!(scene.restore(SignaturePolicy::Vouched).is_err(), "{name}");
    }
}

#[tokio::test]
async fn foreign_database_is_not_opened() {
    for (name, sql) in HOSTILE {
        let scene = scene().await;
        scene.forge(sql);
        std::fs::rename(&scene.backup, scene.target().join("postwacht.db")).unwrap();
        let directory = DataDir::lock(&scene.target()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        let fault = Store::open(directory, ring, NOW).err().unwrap_or_else(|| panic!("{name} was opened"));
        assert!(matches!(fault, OpenFault::Foreign(..)), "{name}: {fault}");
    }
}

#[tokio::test]
async fn changed_row_is_refused_without_trust() {
    for sql in [
        "INSERT INTO token (digest, name, scopes, by, created, until) VALUES (x'00', 'x', 'administer', 'x', 0, 9999999999999)",
        "UPDATE message SET open = 0",
        "UPDATE recipient SET address = 'eve@evil.example'",
        "DELETE FROM message",
        "INSERT INTO once (key, at, result) VALUES ('nightly', 1800000000000, '1')",
    ] {
        let scene = scene().await;
        scene.forge(sql);
        let fault = scene.restore(SignaturePolicy::Signed).unwrap_err();
        assert!(matches!(fault, RestoreFault::Changed(..)), "{sql}: {fault}");
        assert!(scene.target_is_clean(), "{sql}");
    }
}

#[tokio::test]
async fn damaged_backup_is_refused() {
    let scene = scene().await;
    let whole = scene.bytes();
    let end = whole.len();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let cases: [(&str, Vec<u8>); 13] = [
        ("empty", Vec::new()),
        ("one byte", vec![b'S']),
        ("the first page alone", whole[..8192].to_vec()),
        ("half", whole[..end / 2].to_vec()),
        ("without its last byte", whole[..end - 1].to_vec()),
        ("cut in the signature", whole[..end - 20].to_vec()),
        ("without its signature", whole[..end - SIGNATURE].to_vec()),
        ("without its last page", [&whole[..end - SIGNATURE - 8192], &whole[end - SIGNATURE..]].concat()),
        ("with a byte more", [&whole[..], b"x"].concat()),
        ("signed twice", [&whole[..], &whole[end - SIGNATURE..]].concat()),
        ("a bit of the content", flipped(end / 2)),
        ("a bit of the code", flipped(end - 1)),
        ("a bit of the key identifier", flipped(end - 40)),
    ];
    for (name, bytes) in cases {
        std::fs::write(&scene.backup, bytes).unwrap();
        assert!(scene.restore(SignaturePolicy::Signed).is_err(), "{name}");
        assert!(scene.target_is_clean(), "{name}");
    }
    std::fs::write(&scene.backup, &whole).unwrap();
    assert!(scene.restore(SignaturePolicy::Signed).is_ok(), "and the whole one is taken");
}

#[tokio::test]
async fn file_that_is_not_regular_is_refused_at_once() {
    let scene = scene().await;
    let pipe = scene.place.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in [pipe.as_path(), Path::new("/dev/zero"), scene.place.path(), &scene.place.path().join("absent")] {
        let fault = scene.restore_file(file, SignaturePolicy::Vouched).unwrap_err();
        assert!(matches!(fault, RestoreFault::NotABackup(..)), "{}: {fault}", file.display());
    }
    assert!(scene.target_is_clean());
}

#[tokio::test]
async fn file_larger_than_the_disk_is_refused_at_once() {
    let scene = scene().await;
    // A first page whose counters do not match: the restore uses the length of the file.
    let mut bytes = scene.bytes();
    bytes[24] ^= 1;
    std::fs::write(&scene.backup, bytes).unwrap();
    std::fs::File::options().write(true).open(&scene.backup).unwrap().set_len(1 << 42).unwrap();
    let fault = scene.restore(SignaturePolicy::Vouched).unwrap_err();
    assert!(matches!(fault, RestoreFault::TooLarge { needed: 0x400_0000_0000, .. }), "{fault}");
    assert!(scene.target_is_clean());
}

#[tokio::test]
async fn backup_of_another_key_needs_trust() {
    let scene = scene().await;
    std::fs::remove_file(scene.target().join("key")).unwrap();
    assert!(matches!(scene.restore(SignaturePolicy::Signed), Err(RestoreFault::ForeignSignature(..))));
    assert!(scene.target_is_clean());
    assert!(scene.restore(SignaturePolicy::Vouched).unwrap().dropped.is_some());
    let store = open(&scene.target());
    assert!(store.message(scene.number).await.unwrap().is_some(), "mail needs no key");
}

#[tokio::test]
async fn signed_backup_whose_first_key_is_gone_is_refused() {
    let TempStore { store, dir } = fresh();
    store.close();
    drop(store);
    // The key was changed: a new first line signs, and the old key opens the sealed check of the store.
    let old = std::fs::read_to_string(dir.path().join("key")).unwrap();
    std::fs::remove_file(dir.path().join("key")).unwrap();
    drop(KeyRing::load_or_create(&dir.path().join("key")));
    let new = std::fs::read_to_string(dir.path().join("key")).unwrap();
    std::fs::write(dir.path().join("key"), format!("{new}{old}")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (backup, target) = (place.path().join("backup"), place.path().join("new"));
    open(dir.path()).backup(backup.clone()).await.unwrap();
    std::fs::create_dir(&target).unwrap();
    std::fs::write(target.join("key"), &new).unwrap();
    std::fs::set_permissions(target.join("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let scene = RestoreScene { place, backup, number: MessageNumber::BEFORE_FIRST };
    assert!(matches!(scene.restore(SignaturePolicy::Signed), Err(RestoreFault::WrongKey(..))));
    assert!(scene.target_is_clean());
}

#[tokio::test]
async fn key_change_keeps_old_backups_restorable() {
    let scene = scene().await;
    let old = std::fs::read_to_string(scene.target().join("key")).unwrap();
    std::fs::remove_file(scene.target().join("key")).unwrap();
    drop(KeyRing::load_or_create(&scene.target().join("key")));
    let new = std::fs::read_to_string(scene.target().join("key")).unwrap();
    std::fs::write(scene.target().join("key"), format!("{new}{old}")).unwrap();
    assert_eq!(scene.restore(SignaturePolicy::Signed).unwrap().dropped, None);
}

/// Fills the tables of a backup that a vouched restore drops.
const DOORS: &str = "
INSERT INTO site_account (id, name, role, password, created) VALUES (1, 'eve', 'administrator', '$argon2id$v=19$m=4294967295,t=9,p=1$AAAA$AAAA', 0), (2, 'ann', 'viewer', '', 0);
INSERT INTO session VALUES (x'01', 1, 0, 0, '', '');
INSERT INTO link VALUES (x'02', 1, 9999999999999);
INSERT INTO token (digest, name, scopes, by, created, until) VALUES (x'03', 'x', 'administer', 'x', 0, 9999999999999);
INSERT INTO hook (url, made, due, tries, body, taken, said) VALUES ('https://evil.example', 0, 0, 0, '{}', 0, '');
INSERT INTO secret VALUES ('relay/1/password', x'01');
INSERT INTO oauth_grant VALUES (1, '{}', x'01');
INSERT INTO once (key, at, result) VALUES ('nightly', 1800000000000, '1');
INSERT INTO daily VALUES ('2099-01-01', 0, NULL);
INSERT INTO relay_state VALUES (1, '', '{}');
INSERT INTO life VALUES (1, 0, 0, NULL, 4000000);
";

#[tokio::test]
async fn vouched_restore_drops_access_and_secrets() {
    let scene = scene().await;
    scene.forge(DOORS);
    let restored = scene.restore(SignaturePolicy::Vouched).unwrap();
    assert_eq!(restored, Restored { held: 1, dropped: Some(Dropped { tokens: 1, passwords: 1, secrets: 2 }) });
    let connection = rusqlite::Connection::open(scene.target().join("postwacht.db")).unwrap();
    for table in ["session", "link", "token", "hook", "secret", "oauth_grant", "once", "daily", "relay_state"] {
        let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let behind: i64 =
        connection.query_row("SELECT count(*) FROM audit WHERE n > (SELECT audit FROM life)", [], |row| row.get(0)).unwrap();
    assert_eq!(behind, 1, "the restore itself is told of");
    drop(connection);
    let store = open(&scene.target());
    assert!(store.accounts().await.unwrap().iter().all(|account| !account.has_password));
    assert_eq!(store.accounts().await.unwrap().len(), 2, "the names stay");
    assert_eq!(store.message(scene.number).await.unwrap().unwrap().row.state, MessageState::Held);
}

#[tokio::test]
async fn unsigned_backup_of_an_older_version_is_restored_with_trust() {
    let scene = scene().await;
    scene.strip_signature();
    assert!(matches!(scene.restore(SignaturePolicy::Signed), Err(RestoreFault::Unsigned(_))));
    assert!(scene.restore(SignaturePolicy::Vouched).unwrap().dropped.is_some());
    assert!(open(&scene.target()).message(scene.number).await.unwrap().is_some());
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    for sql in [
        "UPDATE message SET due = 9223372036854775807",
        "UPDATE message SET accepted = -9223372036854775808",
        "UPDATE message SET n = 1099511627777",
        "INSERT INTO audit VALUES (9223372036854775807, 0, 'x', 'x', 'x')",
        "UPDATE sqlite_sequence SET seq = 9223372036854775807; INSERT INTO sqlite_sequence VALUES ('outcome', 9223372036854775807)",
        "INSERT INTO sqlite_sequence VALUES ('hook', 'many')",
        "INSERT INTO tally VALUES (9007199254740993, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
    ] {
        let scene = scene().await;
        scene.forge(sql);
        let fault = scene.restore(SignaturePolicy::Vouched).unwrap_err();
        assert!(matches!(fault, RestoreFault::Foreign(..)), "{sql}: {fault}");
    }
}

#[tokio::test]
async fn foreign_value_is_refused_before_it_is_read() {
    for sql in [
        "UPDATE node SET sealed_check = zeroblob(100000000)",
        "UPDATE node SET origin = hex(zeroblob(50000000))",
        "UPDATE node SET origin = ''",
        "UPDATE node SET origin = 'AB'",
        "INSERT INTO body VALUES (1 << 30, zeroblob(262145))",
        "UPDATE body SET data = zeroblob(100000000)",
        "UPDATE message SET subject = hex(zeroblob(50000000))",
        "INSERT INTO secret VALUES (hex(zeroblob(50000000)), x'00')",
    ] {
        let scene = scene().await;
        scene.forge(sql);
        let fault = scene.restore(SignaturePolicy::Vouched).unwrap_err();
        assert!(matches!(fault, RestoreFault::Damaged(..) | RestoreFault::Foreign(..)), "{sql}: {fault}");
        assert!(scene.target_is_clean(), "{sql}");
    }
}

/// The time behind a gate does not count towards giving up; a restore must not begin it anew.
#[tokio::test]
async fn restored_message_keeps_the_time_since_it_was_parked() {
    let scene = scene().await;
    scene.forge("UPDATE message SET lane = -1, parked = 1799999999000");
    assert_eq!(scene.restore(SignaturePolicy::Vouched).unwrap().held, 1);
    let connection = rusqlite::Connection::open(scene.target().join("postwacht.db")).unwrap();
    let parked: i64 = connection.query_row("SELECT parked FROM message", [], |row| row.get(0)).unwrap();
    assert_eq!(parked, 1_799_999_999_000);
}

#[tokio::test]
async fn vouched_restore_drops_parts_without_a_message() {
    let scene = scene().await;
    scene.forge(
        "INSERT INTO body VALUES (1 << 30, zeroblob(262144)); INSERT INTO attempt VALUES (1 << 30, 0, NULL, '{}');
         INSERT INTO recipient VALUES (1 << 30, 'eve@evil.example', 0, NULL)",
    );
    assert_eq!(scene.restore(SignaturePolicy::Vouched).unwrap().held, 1);
    let connection = rusqlite::Connection::open(scene.target().join("postwacht.db")).unwrap();
    for (table, kept) in [("body", 1), ("attempt", 0), ("recipient", 2)] {
        let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, kept, "{table}");
    }
}

#[tokio::test]
async fn leftovers_of_a_killed_restore_change_nothing() {
    let scene = scene().await;
    for name in ["restore.part", "restore.part-journal", "restore.part-wal", "restore.part-shm"] {
        std::fs::write(scene.target().join(name), "rubbish").unwrap();
    }
    scene.restore(SignaturePolicy::Signed).unwrap();
    let journal = scene.target().join("postwacht.db-journal");
    std::fs::remove_file(scene.target().join("postwacht.db")).unwrap();
    std::fs::write(&journal, "rubbish").unwrap();
    assert!(matches!(scene.restore(SignaturePolicy::Signed), Err(RestoreFault::InTheWay(file)) if file == journal));
}
