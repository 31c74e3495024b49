//! Files of the store that go away, under a running node or while it is stopped: nothing more is acknowledged, and the next
//! start asks before it opens an older or a new store.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use testkit::{Hook, Node, eventually, holds_for};

use crate::way::{PATIENCE, Relay};

/// A node whose data lies apart from sockets and log. Nothing listens at its relay: every message waits.
fn node(place: &Path) -> Node {
    let mut node = Node::at(place).with_data_in(&place.join("data"));
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    node
}

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap()
}

/// Hands a message over; the status of the answer, 0 if there is none.
fn hand_over(node: &Node) -> u16 {
    node.api("POST", "/messages", &json!({ "to": "bob@lab.test", "subject": "x" })).0
}

/// How many messages the node holds, waiting or held.
fn kept(node: &Node) -> u64 {
    let status = node.cli(&["--json", "status"]).json();
    ["waiting", "held", "sender_held"].iter().map(|state| status[state].as_u64().unwrap()).sum()
}

/// Waits until the watch has told of this.
fn told(node: &Node, code: &str) {
    eventually(code, PATIENCE, || node.json(&["event", "list", "--all"]).to_string().contains(code).then_some(()));
}

fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).unwrap();
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// Name, what happens to the data directory, and what the log says of it.
type Loss = (&'static str, fn(&Path), &'static str);

/// Losses of files that carry mail: the node acknowledges no message afterwards.
const MAIL: &[Loss] = &[
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
];

fn cut(file: &Path, length: u64) {
    std::fs::File::options().write(true).open(file).unwrap().set_len(length).unwrap();
}

/// Waits until no commit is on its way: one that writes behind a cut hides it for a second.
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
fn nothing_is_acknowledged_once_the_mail_files_are_gone() {
    for (name, lose, says) in MAIL {
        let place = place();
        let mut node = node(place.path());
        assert_eq!(hand_over(&node), 201, "{name}");
        quiet(&node);
        lose(node.data_dir());
        let taken = (0..25).filter(|_| hand_over(&node) == 201).count();
        assert_eq!((taken, node.wait()), (0, Some(1)), "{name}: {}", node.log());
        let log = node.log();
        assert!(
            log.contains(says) && log.contains("was taken away under the running node") && log.contains('→'),
            "{name}: {log}"
        );
        let told = std::iter::from_fn(|| node.told()).find(|told| told.starts_with("STATUS="));
        assert!(told.is_some_and(|told| told.contains(says)), "{name}: the service manager is told");
    }
}

/// Without these a second process would not know of the first; mail is safe all the same.
#[test]
fn a_lost_lock_ends_the_node_and_keeps_every_message() {
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
        node.run();
        assert_eq!(kept(&node), taken, "{name}");
        node.stop();
    }
}

#[test]
fn a_lost_write_ahead_log_is_saved_into_the_database() {
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

/// Name, what happens while the node is stopped, the reason that the next start gives.
const STOPPED: &[Loss] = &[
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
fn an_unexpected_store_starts_only_when_confirmed() {
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
        // Commands that open the store themselves do so only where there is a database.
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
fn a_restored_backup_is_expected_at_the_next_start() {
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
    // The message of the backup is held. A notice of the restore may wait beside it.
    assert_eq!(node.cli(&["--json", "status"]).json()["held"], 1);
}
