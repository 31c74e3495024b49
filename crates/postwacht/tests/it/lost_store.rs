//! Losses of store files, under a running node or while it is stopped. The node acknowledges no more mail. The next start
//! asks before it opens an older or a new store.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use testkit::{Hook, Node, eventually, holds_for};

use crate::way::{PATIENCE, Relay};

/// A node whose data directory is apart from sockets and log. No relay listens at its address: every message waits.
fn node(place: &Path) -> Node {
    let mut node = Node::at(place).with_data_in(&place.join("data"));
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    node
}

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap()
}

/// Submits a message. Returns the status of the answer, 0 without an answer.
fn hand_over(node: &Node) -> u16 {
    node.api("POST", "/messages", &json!({ "to": "bob@lab.test", "subject": "x" })).0
}

/// Counts the messages of the node, waiting or held.
fn kept(node: &Node) -> u64 {
    let status = node.cli(&["--json", "status"]).json();
    ["waiting", "held", "sender_held"].iter().map(|state| status[state].as_u64().unwrap()).sum()
}

/// Waits until the watch has raised this event.
fn told(node: &Node, code: &str) {
    eventually(code, PATIENCE, || node.json(&["event", "list", "--all"]).to_string().contains(code).then_some(()));
}

fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).unwrap();
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// Name, change to the data directory, words in the log.
type LossCase = (&'static str, fn(&Path), &'static str);

/// Losses of files that carry mail. The node acknowledges no message after them.
const MAIL: &[LossCase] = &[
    ("directory removed", |data| std::fs::remove_dir_all(data).unwrap(), "postwacht.db was removed or renamed"),
    ("directory renamed", |data| rename(data, &data.with_extension("old")), "postwacht.db was removed or renamed"),
    (
        "directory replaced by a copy",
        |data| {
            copy(data, &data.with_extension("copy"));
            rename(data, &data.with_extension("old"));
            rename(&data.with_extension("copy"), data);
        },
        "postwacht.db was replaced",
    ),
    ("database removed", |data| std::fs::remove_file(data.join("postwacht.db")).unwrap(), "postwacht.db was removed or renamed"),
    ("database renamed", |data| rename(&data.join("postwacht.db"), &data.join("x")), "postwacht.db was removed or renamed"),
    (
        "database replaced",
        |data| {
            copy(&data.join("postwacht.db"), &data.join("x"));
            rename(&data.join("x"), &data.join("postwacht.db"));
        },
        "postwacht.db was replaced",
    ),
    ("database truncated", |data| std::fs::write(data.join("postwacht.db"), "").unwrap(), "postwacht.db was truncated"),
    ("database cut", |data| cut(&data.join("postwacht.db"), 4096), "postwacht.db was truncated"),
    ("log removed", |data| std::fs::remove_file(data.join("postwacht.db-wal")).unwrap(), "db-wal was removed or renamed"),
    ("log truncated", |data| std::fs::write(data.join("postwacht.db-wal"), "").unwrap(), "db-wal was truncated"),
    ("database overwritten by its own copy", |data| again(&data.join("postwacht.db"), |_| {}), "postwacht.db was overwritten"),
    ("page of the database overwritten", |data| write_at(&data.join("postwacht.db"), 8192), "postwacht.db was overwritten"),
    ("end of the database overwritten", |data| write_at(&data.join("postwacht.db"), u64::MAX), "postwacht.db was overwritten"),
    (
        "database overwritten by a longer file",
        |data| again(&data.join("postwacht.db"), |bytes| bytes.resize(bytes.len() + 65_536, 7)),
        "postwacht.db was overwritten",
    ),
    (
        "database overwritten by noise",
        |data| again(&data.join("postwacht.db"), |bytes| bytes.fill(0x5a)),
        "postwacht.db was overwritten",
    ),
    (
        "database overwritten by cp",
        |data| {
            copy(&data.join("postwacht.db"), &data.join("x"));
            assert!(Command::new("cp").arg(data.join("x")).arg(data.join("postwacht.db")).status().unwrap().success());
        },
        "postwacht.db was overwritten",
    ),
    (
        "directory overwritten by its copy",
        |data| {
            for name in ["postwacht.db", "postwacht.db-wal", "key", "lock"] {
                again(&data.join(name), |_| {});
            }
        },
        "postwacht.db was overwritten",
    ),
    (
        "log replaced",
        |data| {
            copy(&data.join("postwacht.db-wal"), &data.join("x"));
            rename(&data.join("x"), &data.join("postwacht.db-wal"));
        },
        "db-wal was replaced",
    ),
    ("log cut amid a frame", |data| shorten(&data.join("postwacht.db-wal"), 1), "db-wal was truncated"),
    ("header of the log overwritten", |data| write_at(&data.join("postwacht.db-wal"), 0), "db-wal was overwritten"),
    ("page of the log overwritten", |data| write_at(&data.join("postwacht.db-wal"), 32 + 24 + 100), "db-wal was overwritten"),
    (
        "log overwritten by noise",
        |data| again(&data.join("postwacht.db-wal"), |bytes| bytes.fill(0x5a)),
        "db-wal was overwritten",
    ),
];

/// Rewrites a file in place, as cp does: the inode stays.
fn again(file: &Path, change: fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file).unwrap();
    change(&mut bytes);
    std::fs::write(file, bytes).unwrap();
}

/// Writes 64 bytes into a file, as `dd conv=notrunc` does. `u64::MAX` overwrites its end without extending it.
fn write_at(file: &Path, at: u64) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::options().write(true).open(file).unwrap();
    let at = at.min(file.metadata().unwrap().len() - 64);
    file.write_all_at(&[0xa5; 64], at).unwrap();
}

fn shorten(file: &Path, bytes: u64) {
    cut(file, std::fs::metadata(file).unwrap().len() - bytes);
}

fn cut(file: &Path, length: u64) {
    std::fs::File::options().write(true).open(file).unwrap().set_len(length).unwrap();
}

/// Waits until no commit is in progress. A commit that writes behind a cut hides the cut for a second.
fn quiet(node: &Node) {
    let log = || std::fs::metadata(node.data_dir().join("postwacht.db-wal")).unwrap().modified().unwrap();
    eventually("the relay is held", PATIENCE, || node.log().contains("is held").then_some(()));
    eventually("no commit for a while", PATIENCE, || {
        let before = log();
        let same = std::cell::Cell::new(true);
        holds_for("looked at", std::time::Duration::from_millis(400), || {
            same.set(same.get() && log() == before);
            true
        });
        same.get().then_some(())
    });
}

#[test]
fn mail_is_not_acknowledged_after_loss_of_store_files() {
    for (name, lose, says) in MAIL {
        let place = place();
        let mut node = node(place.path());
        assert_eq!(hand_over(&node), 201, "{name}");
        quiet(&node);
        lose(node.data_dir());
        let taken = (0..25).filter(|_| hand_over(&node) == 201).count();
        assert_eq!((taken, node.wait()), (0, Some(1)), "{name}: {}", node.log());
        let log = node.log();
        assert!(log.contains(says) && log.contains("while the node was running") && log.contains('→'), "{name}: {log}");
        let told = std::iter::from_fn(|| node.told()).find(|told| told.starts_with("STATUS="));
        assert!(told.is_some_and(|told| told.contains(says)), "{name}: the service manager is told");
    }
}

/// Name, and an act of another program that must not end the node.
type Harmless = (&'static str, fn(&Node));

const HARMLESS: &[Harmless] = &[
    ("a read", |node| node.sql("SELECT count(*) FROM message")),
    ("a write", |node| node.sql("UPDATE message SET subject = 'y'")),
    ("a checkpoint", |node| node.sql("PRAGMA wal_checkpoint(PASSIVE)")),
    ("a checkpoint that truncates", |node| node.sql("PRAGMA wal_checkpoint(TRUNCATE)")),
    ("a write that is brought home", |node| node.sql("UPDATE message SET subject = 'z'; PRAGMA wal_checkpoint(RESTART)")),
    ("a write that is taken back", |node| node.sql("BEGIN; UPDATE message SET subject = 'x'; ROLLBACK")),
    ("VACUUM", |node| node.sql("VACUUM")),
    ("a write behind a truncation", |node| node.sql("PRAGMA wal_checkpoint(TRUNCATE); UPDATE message SET subject = 'w'")),
    ("a large write that is taken back", |node| node.sql(&format!("PRAGMA cache_size = 1; BEGIN; {LARGE}; ROLLBACK"))),
    ("a large write and its checkpoint", |node| node.sql(&format!("{LARGE}; DELETE FROM once WHERE at = 0"))),
    ("the log overwritten by its own copy", |node| again(&node.data_dir().join("postwacht.db-wal"), |_| {})),
    ("a copy", |node| copy(node.data_dir(), &node.data_dir().with_file_name("copy"))),
    ("a hard link", |node| std::fs::hard_link(node.data_dir().join("postwacht.db"), node.data_dir().join("link")).unwrap()),
    ("another mode", |node| {
        std::fs::set_permissions(node.data_dir().join("postwacht.db"), std::fs::Permissions::from_mode(0o640)).unwrap();
    }),
];

/// Writes some 3,000 pages to a table that no message depends on. This is more than a checkpoint waits for, and more than a
/// small cache holds.
const LARGE: &str = "INSERT INTO once (key, at, result) SELECT 'x' || x, 0, hex(zeroblob(4000)) FROM (
    WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) SELECT x FROM c)";

/// Foreign checkpoints while mail flows. They change the database for some time before the index of the log shows it.
#[test]
fn foreign_checkpoints_under_load_end_no_node() {
    let place = place();
    let mut node = node(place.path());
    let mut taken = 0;
    std::thread::scope(|scope| {
        let foreign = scope.spawn(|| {
            for _ in 0..8 {
                node.sql(&format!("{LARGE}; DELETE FROM once WHERE at = 0; PRAGMA wal_checkpoint(PASSIVE)"));
            }
        });
        while !foreign.is_finished() {
            // A foreign write may hold the lock so long that the node refuses a message, with a reason.
            taken += u64::from(hand_over(&node) == 201);
        }
    });
    assert!(taken > 0 && !node.log().contains("process ends"), "{taken}: {}", node.log());
    node.kill();
    node.run();
    assert_eq!(kept(&node), taken);
    node.stop();
}

#[test]
fn mail_in_removed_database_is_saved_to_a_new_file() {
    for lose in [
        |data: &Path| std::fs::remove_file(data.join("postwacht.db")).unwrap(),
        |data: &Path| std::fs::remove_dir_all(data).unwrap(),
    ] {
        let place = place();
        let mut node = node(place.path());
        let key = std::fs::read(node.data_dir().join("key")).unwrap();
        let ids: Vec<String> = (0..3).map(|_| node.send(&["bob@lab.test"], "kept")).collect();
        let earlier = node.data_dir().join("postwacht.db.saved");
        std::fs::write(&earlier, "of an earlier loss").unwrap();
        lose(node.data_dir());
        let was_kept = earlier.exists();
        assert_eq!(node.wait(), Some(1));
        if was_kept {
            assert_eq!(std::fs::read_to_string(&earlier).unwrap(), "of an earlier loss");
            rename(&node.data_dir().join("postwacht.db.saved.2"), &earlier);
        }
        let log = node.log();
        assert!(log.contains("postwacht.db.saved") && log.contains("rename postwacht.db.saved to"), "{log}");
        rename(&node.data_dir().join("postwacht.db.saved"), &node.data_dir().join("postwacht.db"));
        std::fs::remove_file(node.data_dir().join("postwacht.db-wal")).unwrap_or_default();
        std::fs::write(node.data_dir().join("key"), &key).unwrap();
        std::fs::set_permissions(node.data_dir().join("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        node.run();
        for id in &ids {
            assert_eq!(node.message(id)["state"], "waiting", "{}", node.log());
        }
        node.stop();
    }
}

#[test]
fn foreign_log_is_not_applied_to_the_database() {
    let place = place();
    let mut node = node(place.path());
    let log = node.data_dir().join("postwacht.db-wal");
    let id = node.send(&["bob@lab.test"], "first");
    copy(&log, &place.path().join("older"));
    let later = node.send(&["bob@lab.test"], "second");
    assert_eq!(node.cli(&["queue", "cancel", &id]).code, 0);
    rename(&place.path().join("older"), &log);
    assert_eq!(node.wait(), Some(1));
    assert!(node.data_dir().join("postwacht.db-wal.replaced").exists(), "{}", node.log());
    node.run();
    assert_eq!((&node.message(&id)["state"], &node.message(&later)["state"]), (&json!("cancelled"), &json!("waiting")));
    node.stop();
}

/// No message is missing, so the numbers of the mark agree. But an outcome is missing, and the mail would go out twice.
#[test]
fn log_lost_while_stopped_needs_confirmation() {
    for lose in [|log: &Path| std::fs::remove_file(log).unwrap(), |log: &Path| shorten(log, 4000)] {
        let place = place();
        let mut node = node(place.path());
        node.send(&["bob@lab.test"], "first");
        node.stop();
        node.run();
        node.sql("UPDATE message SET attempts = attempts + 1");
        // The node writes the mark once a second.
        let noted = || std::fs::read_to_string(node.data_dir().join("postwacht.mark")).unwrap();
        let before = noted();
        eventually("the mark is written again", PATIENCE, || (noted() != before).then_some(()));
        node.kill();
        lose(&node.data_dir().join("postwacht.db-wal"));
        let refused = node.cli(&["settings", "show"]);
        assert!(refused.code == 1 && refused.err.contains("is missing or cut"), "{}", refused.err);
        node.serve_with(&["--new-store"]);
        node.run();
        told(&node, "store.unexpected");
        node.stop();
    }
}

#[test]
fn other_sqlite_programs_and_copies_end_no_node() {
    let place = place();
    let mut node = node(place.path());
    let mut taken = 0;
    for (name, act) in HARMLESS {
        assert_eq!(hand_over(&node), 201, "before {name}");
        act(&node);
        holds_for("the node lives beyond its next look", std::time::Duration::from_millis(2500), || {
            !node.log().contains("was overwritten")
        });
        assert_eq!(hand_over(&node), 201, "{name}: {}", node.log());
        taken += 2;
    }
    node.kill();
    node.run();
    assert_eq!(kept(&node), taken);
    node.stop();
}

#[test]
fn database_overwritten_by_own_copy_keeps_its_mail() {
    let place = place();
    let mut node = node(place.path());
    let id = node.send(&["bob@lab.test"], "kept");
    again(&node.data_dir().join("postwacht.db"), |_| {});
    assert_eq!(node.wait(), Some(1));
    node.run();
    assert_eq!(node.message(&id)["state"], "waiting");
    told(&node, "store.failed");
    node.stop();
}

/// Contents of the files that carry mail.
fn files(data: &Path) -> Vec<Vec<u8>> {
    ["postwacht.db", "postwacht.db-wal"].iter().map(|name| std::fs::read(data.join(name)).unwrap_or_default()).collect()
}

/// A refused start leaves database and log unchanged.
#[test]
fn damage_is_reported_before_age_and_files_stay() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "first");
    node.stop();
    let right = std::fs::read(node.data_dir().join("postwacht.db")).unwrap();
    node.run();
    node.send(&["bob@lab.test"], "second");
    // Overwrites bytes behind the header of the second page and of all later pages.
    for page in 1..right.len() as u64 / 8192 {
        write_at(&node.data_dir().join("postwacht.db"), page * 8192);
    }
    assert_eq!(node.wait(), Some(1));
    let before = files(node.data_dir());
    for args in [&["serve"][..], &["settings", "show"]] {
        let refused = node.cli(args);
        let words = refused.err.contains("is damaged") && refused.err.contains("→") && !refused.err.contains("older than");
        assert!(refused.code == 1 && words, "{args:?}: {}", refused.err);
        assert!(files(node.data_dir()) == before, "{args:?}: a refused start leaves database and log as they are");
    }
    std::fs::write(node.data_dir().join("postwacht.db"), right).unwrap();
    node.run();
    assert_eq!(kept(&node), 2, "database and log belong together again");
    node.stop();
}

#[test]
fn older_database_over_running_node_needs_confirmation() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "first");
    node.stop();
    let older = std::fs::read(node.data_dir().join("postwacht.db")).unwrap();
    node.run();
    // Writes more than the pages that the next commits touch: the log alone cannot make up for them.
    for _ in 0..20 {
        let body = json!({ "to": "bob@lab.test", "subject": "later", "text": "line\n".repeat(20_000) });
        assert_eq!(node.api("POST", "/messages", &body).0, 201);
    }
    node.stop();
    node.run();
    node.send(&["bob@lab.test"], "last");
    std::fs::write(node.data_dir().join("postwacht.db"), older).unwrap();
    assert_eq!((hand_over(&node) == 201, node.wait()), (false, Some(1)));
    let refused = node.cli(&["settings", "show"]);
    assert!(refused.code == 1 && refused.err.contains("--new-store"), "{}", refused.err);
    node.serve_with(&["--new-store"]);
    node.run();
    assert_eq!(node.cli(&["--json", "status"]).json()["held"], 1, "{}", node.log());
    assert!(node.data_dir().join("postwacht.db-wal.replaced").exists(), "{}", node.log());
    node.stop();
}

#[test]
fn new_store_keeps_log_without_database() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "kept");
    node.kill();
    let data = node.data_dir().to_owned();
    let (database, log) =
        (std::fs::read(data.join("postwacht.db")).unwrap(), std::fs::read(data.join("postwacht.db-wal")).unwrap());
    std::fs::remove_file(data.join("postwacht.db")).unwrap();
    let refused = node.cli(&["serve"]);
    assert!(
        refused.code == 1 && refused.err.contains("write-ahead log") && refused.err.contains("may hold mail"),
        "{}",
        refused.err
    );
    assert!(std::fs::read(data.join("postwacht.db-wal")).unwrap() == log, "a refused start leaves it");
    node.serve_with(&["--new-store"]);
    node.run();
    node.stop();
    let aside = data.join("postwacht.db-wal.replaced");
    assert!(std::fs::read(&aside).unwrap() == log, "kept whole");
    // With database and log together again, the mail is back.
    std::fs::write(data.join("postwacht.db"), database).unwrap();
    rename(&aside, &data.join("postwacht.db-wal"));
    node.run();
    assert_eq!(kept(&node), 1);
    node.stop();
}

#[test]
fn start_without_key_file_makes_no_new_key() {
    let place = place();
    let mut node = node(place.path());
    node.stop();
    let key = node.data_dir().join("key");
    rename(&key, &place.path().join("key"));
    let refused = node.cli(&["serve"]);
    assert!(refused.code == 1 && refused.err.contains("there is no key file") && refused.err.contains('→'), "{}", refused.err);
    assert!(!key.exists());
    rename(&place.path().join("key"), &key);
    node.run();
    node.stop();
}

/// Reading the whole database takes long, so the node does it only for a reason.
#[test]
fn ordinary_restarts_do_not_read_the_whole_database() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "kept");
    for round in 0..4 {
        match round % 2 {
            0 => assert_eq!(node.stop(), Some(0)),
            _ => node.kill(),
        }
        node.run();
        assert!(!node.log().contains("read as a whole"), "round {round}: {}", node.log());
    }
    node.stop();
}

/// Without these files a second process would not notice the first. Mail is safe all the same.
#[test]
fn lost_lock_ends_node_and_keeps_every_message() {
    for name in ["lock", "postwacht.db-shm"] {
        let place = place();
        let mut node = node(place.path());
        std::fs::remove_file(node.data_dir().join(name)).unwrap();
        let mut taken = 0;
        eventually("the node ends by itself within the promised five seconds", std::time::Duration::from_secs(8), || {
            taken += u64::from(hand_over(&node) == 201);
            node.log().contains(&format!("{name} was removed")).then_some(())
        });
        assert_eq!(node.wait(), Some(1), "{name}");
        assert!(node.log().contains("all accepted mail is in the database"), "{name}: {}", node.log());
        node.run();
        assert_eq!(kept(&node), taken, "{name}");
        node.stop();
    }
}

/// Two nodes run on one directory until the first sees that its lock is gone.
#[test]
fn ending_node_leaves_sockets_of_the_next_node() {
    let place = place();
    let mut first = node(place.path());
    std::fs::remove_file(first.data_dir().join("lock")).unwrap();
    let mut second = Node::at(place.path()).with_data_in(&place.path().join("data"));
    second.run();
    assert_eq!(first.wait(), Some(1));
    assert_eq!(second.cli(&["send", "--to", "bob@lab.test", "--subject", "x"]).code, 0, "{}", second.log());
    second.stop();
}

/// An overwrite under load may coincide with a commit, and file times do not show it. So the node reads the frames before
/// each checkpoint.
#[test]
fn log_overwritten_under_load_never_reaches_the_database() {
    for at in [32 + 24 + 200, 32 + 8216 * 3 + 500] {
        let place = place();
        let mut node = node(place.path());
        let log = node.data_dir().join("postwacht.db-wal");
        let mut taken = 0;
        for round in 0.. {
            taken += u64::from(hand_over(&node) == 201);
            if round == 20 {
                write_at(&log, at);
            }
            if node.log().contains("process ends") || round > 400 {
                break;
            }
        }
        assert_eq!(node.wait(), Some(1), "{taken} were taken: {}", node.log());
        assert!(node.log().contains("was overwritten"), "{}", node.log());
        let soundness = node.cli(&["settings", "show"]);
        assert!(soundness.code == 0 || soundness.err.contains("→"), "{}", soundness.err);
    }
}

#[test]
fn empty_log_of_refused_start_does_not_block_restore() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "kept");
    let backup = place.path().join("backup");
    assert_eq!(node.cli(&["backup", backup.to_str().unwrap()]).code, 0);
    node.stop();
    write_at(&node.data_dir().join("postwacht.db"), 8192);
    assert_eq!(node.cli(&["settings", "show"]).code, 1);
    rename(&node.data_dir().join("postwacht.db"), &place.path().join("damaged"));
    let restored = node.cli(&["restore", backup.to_str().unwrap()]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    node.run();
    assert_eq!(kept(&node), 1);
    assert!(!node.json(&["event", "list", "--all"]).to_string().contains("node.started.after.crash"));
    node.stop();
}

#[test]
fn failed_restore_leaves_no_key_behind() {
    let place = place();
    let node = Node::at(place.path()).with_data_in(&place.path().join("data"));
    std::fs::write(place.path().join("no backup"), "x").unwrap();
    let file = place.path().join("no backup");
    let refused = node.cli(&["restore", "--trust", file.to_str().unwrap()]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(!node.data_dir().join("key").exists());
    let refused = node.cli(&["restore", file.to_str().unwrap()]);
    assert!(refused.err.contains("there is no key file"), "{}", refused.err);
}

#[test]
fn lost_write_ahead_log_is_saved_into_the_database() {
    let place = place();
    let mut node = node(place.path());
    let ids: Vec<String> = (0..5).map(|_| node.send(&["bob@lab.test"], "kept")).collect();
    std::fs::remove_file(node.data_dir().join("postwacht.db-wal")).unwrap();
    assert_ne!(hand_over(&node), 201);
    assert_eq!(node.wait(), Some(1));
    node.run();
    for id in &ids {
        assert_eq!(node.message(id)["state"], "waiting");
    }
    told(&node, "store.failed");
}

#[test]
fn directory_moved_back_starts_and_reports_the_failure() {
    let place = place();
    let mut node = node(place.path());
    let id = node.send(&["bob@lab.test"], "kept");
    let (data, old) = (node.data_dir().to_owned(), place.path().join("old"));
    rename(&data, &old);
    assert_eq!(node.wait(), Some(1));
    std::fs::remove_dir_all(&data).unwrap();
    rename(&old, &data);
    node.run();
    assert_eq!(node.message(&id)["state"], "waiting");
    told(&node, "store.failed");
}

#[test]
fn webhooks_are_called_without_the_store() {
    let hook = Hook::start();
    let place = place();
    let mut node = node(place.path());
    let set = node.cli(&["settings", "set", &format!("alarm.webhooks=[\"{}\"]", hook.url)]);
    assert_eq!(set.code, 0, "{}", set.err);
    std::fs::remove_file(node.data_dir().join("postwacht.db")).unwrap();
    assert_eq!(node.wait(), Some(1));
    let told = hook.told().into_iter().find(|told| told.json()["event"] == "store.failed").expect("the webhook is called");
    assert!(told.json()["severity"] == "critical" && told.json()["facts"]["error"].as_str().unwrap().contains("removed"));
}

/// Name, change to the data directory of the stopped node, reason that the next start gives.
const STOPPED: &[LossCase] = &[
    ("database removed", |data| std::fs::remove_file(data.join("postwacht.db")).unwrap(), "is missing or empty"),
    ("database emptied", |data| std::fs::write(data.join("postwacht.db"), "").unwrap(), "is missing or empty"),
    ("directory removed", |data| std::fs::remove_dir_all(data).unwrap(), "is missing or empty"),
    (
        "all but the key removed",
        |data| {
            for file in std::fs::read_dir(data).unwrap().flatten().filter(|file| file.file_name() != "key") {
                std::fs::remove_file(file.path()).unwrap();
            }
            std::fs::remove_file(data.with_file_name("postwacht.mark")).unwrap();
        },
        "but its key",
    ),
    (
        "older database",
        |data| copy(&data.with_file_name("older").join("postwacht.db"), &data.join("postwacht.db")),
        "is older than the one",
    ),
    (
        "older directory as a whole",
        |data| {
            std::fs::remove_dir_all(data).unwrap();
            copy(&data.with_file_name("older"), data);
        },
        "is older than the one",
    ),
];

#[test]
fn unexpected_store_starts_only_when_confirmed() {
    for (name, lose, says) in STOPPED {
        let place = place();
        let mut node = node(place.path());
        node.send(&["bob@lab.test"], "first");
        node.stop();
        copy(node.data_dir(), &place.path().join("older"));
        node.run();
        node.send(&["bob@lab.test"], "second");
        node.stop();
        lose(node.data_dir());
        // Commands that open the store themselves do so only if a database exists.
        let has_database = std::fs::metadata(node.data_dir().join("postwacht.db")).is_ok();
        let commands = [&["serve"][..], &["settings", "show"]];
        for args in &commands[..=usize::from(has_database)] {
            let refused = node.cli(args);
            let words = [says, "--new-store", "→"].iter().all(|word| refused.err.contains(word));
            assert!(refused.code == 1 && words, "{name}, {args:?}: {}", refused.err);
        }
        let had_key = node.data_dir().join("key").exists();
        assert_eq!(had_key, !name.starts_with("directory"), "{name}: a refused start makes no key");
        node.serve_with(&["--new-store"]);
        node.run();
        let held = node.cli(&["--json", "status"]).json()["held"].as_u64().unwrap();
        assert_eq!(held, u64::from(says.contains("older")), "{name}: what an older store has waiting is held");
        told(&node, "store.unexpected");
        node.stop();
        node.serve_with(&[]);
        node.run();
        node.stop();
    }
}

#[test]
fn restored_backup_starts_without_confirmation() {
    let place = place();
    let mut node = node(place.path());
    node.send(&["bob@lab.test"], "first");
    let backup = place.path().join("backup");
    assert_eq!(node.cli(&["backup", backup.to_str().unwrap()]).code, 0);
    node.send(&["bob@lab.test"], "second");
    node.stop();
    std::fs::remove_file(node.data_dir().join("postwacht.db")).unwrap();
    let restored = node.cli(&["restore", backup.to_str().unwrap()]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    node.run();
    // The message of the backup is held. A notice about the restore may also be waiting.
    assert_eq!(node.cli(&["--json", "status"]).json()["held"], 1);
}
