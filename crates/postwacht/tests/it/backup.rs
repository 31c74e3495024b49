//! Command output for a backup that this node did not write. The store's tests cover each refusal of a restore.

use std::path::PathBuf;

use testkit::Node;

use crate::way::Relay;

/// Size of the signature behind the database, in bytes.
const SIGNATURE: usize = 64;

/// A node with a stored secret, its backup, and an empty directory with its key.
struct BackupScene {
    node: Node,
    file: PathBuf,
    _place: tempfile::TempDir,
    target: Node,
    id: String,
}

fn scene() -> BackupScene {
    let node = Node::start();
    let mut relay = Relay::new(1, "none");
    relay.user = Some(("ann", "hunter2"));
    node.settings(&relay.toml());
    assert_eq!(node.cli(&["account", "create", "ann", "--role", "administrator"]).code, 0);
    let id = node.send(&["bob@lab.test"], "waiting");
    let file = node.dir.join("copy");
    assert_eq!(node.cli(&["backup", file.to_str().unwrap()]).code, 0);
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    std::fs::copy(node.dir.join("key"), place.path().join("key")).unwrap();
    let target = Node::at(place.path());
    BackupScene { node, file, _place: place, target, id }
}

impl BackupScene {
    fn rewrite(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(&self.file).unwrap();
        change(&mut bytes);
        std::fs::write(&self.file, bytes).unwrap();
    }
}

/// A change to the backup file after it was written.
type Tampering = fn(&mut Vec<u8>);

#[test]
fn foreign_backup_is_refused_with_reason() {
    let cases: [(&str, Tampering, &str); 4] = [
        ("unsigned", |bytes| bytes.truncate(bytes.len() - SIGNATURE), "is not signed"),
        ("changed", |bytes| *bytes.iter_mut().rev().nth(SIGNATURE + 9).unwrap() ^= 1, "was changed after it was written"),
        ("signed with another key", |bytes| *bytes.iter_mut().rev().nth(SIGNATURE - 17).unwrap() ^= 1, "a key that is not in"),
        ("cut short", |bytes| bytes.truncate(bytes.len() / 2), "is cut short"),
    ];
    for (name, change, words) in cases {
        let scene = scene();
        scene.rewrite(change);
        let refused = scene.target.cli(&["restore", scene.file.to_str().unwrap()]);
        assert!(refused.code == 1 && refused.err.contains(words), "{name}: {}", refused.err);
        assert_eq!(refused.err.contains("--trust"), name != "cut short", "{name}: {}", refused.err);
        assert!(!scene.target.dir.join("postwacht.db").exists(), "{name}");
    }
}

#[test]
fn trusted_restore_lists_dropped_secrets() {
    let mut scene = scene();
    let token = scene.node.json(&["token", "create", "--scope", "administer", "--expires", "1d"]);
    let token = token["token"].as_str().unwrap().to_owned();
    let file = scene.node.dir.join("with-token").display().to_string();
    assert_eq!(scene.node.cli(&["backup", &file]).code, 0);
    scene.file = PathBuf::from(&file);
    scene.rewrite(|bytes| bytes.truncate(bytes.len() - SIGNATURE));
    let restored = scene.target.cli(&["restore", "--trust", &file]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    for words in ["Restored.", "tokens (1)", "secrets of the settings (1)", "account reset", "settings show"] {
        assert!(restored.out.contains(words), "{words}: {}", restored.out);
    }
    scene.target.run();
    assert_eq!(scene.target.message(&scene.id)["state"], "held");
    assert_eq!(scene.target.json(&["token", "list"]), serde_json::json!([]));
    let asked = crate::reach::api(&scene.target, "GET", "/status", &token, "");
    assert_eq!(asked.status, 401, "the token of the file opens nothing: {}", asked.text);
    let audit = scene.target.api("GET", "/audit", &serde_json::Value::Null).1.to_string();
    assert!(audit.contains("backup.restored") && audit.contains("--trust"), "{audit}");
    scene.target.stop();
}

#[test]
fn mail_survives_the_loss_of_the_key() {
    let mut scene = scene();
    std::fs::remove_file(scene.target.dir.join("key")).unwrap();
    let file = scene.file.to_str().unwrap();
    let refused = scene.target.cli(&["restore", file]);
    assert!(refused.code == 1 && refused.err.contains("--trust"), "{}", refused.err);
    assert!(!scene.target.dir.join("key").exists(), "no key is made that would not fit");
    let restored = scene.target.cli(&["restore", "--trust", file]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    scene.target.run();
    assert_eq!(scene.target.message(&scene.id)["state"], "held");
    scene.target.stop();
}

#[test]
fn signed_restore_keeps_tokens_and_secrets() {
    let mut scene = scene();
    let restored = scene.target.json(&["restore", scene.file.to_str().unwrap()]);
    // Notices of the node itself may wait too.
    assert!(restored["held"].as_u64().is_some_and(|held| held >= 1), "{restored}");
    assert_eq!((&restored["signed"], &restored["dropped"]), (&true.into(), &serde_json::Value::Null));
    scene.target.run();
    let shown = scene.target.cli(&["settings", "show"]).out;
    assert!(shown.contains("set = true"), "{shown}");
    scene.target.stop();
}
