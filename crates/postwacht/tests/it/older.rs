//! Data of earlier versions: a database, a backup and a settings export of an earlier version.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use testkit::Node;

/// Folders in `tests/fixtures`, each named for its day.
const VERSIONS: [&str; 1] = ["2026-11-28"];

fn fixture(version: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version).join(name)
}

fn unpack(packed: &Path, to: &Path) {
    let done = Command::new("gzip").arg("-dc").arg(packed).stdout(File::create(to).unwrap()).status().unwrap();
    assert!(done.success(), "{}", packed.display());
}

/// A node whose data directory holds the key of the fixture.
fn node_with_key(place: &Path, version: &str) -> Node {
    let data = place.join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(fixture(version, "key"), data.join("key")).unwrap();
    std::fs::set_permissions(data.join("key"), Permissions::from_mode(0o600)).unwrap();
    Node::at(place).with_data_in(&data)
}

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap()
}

/// Checks the part of a fixture that stays for ever. The node gives up and removes other messages some time after they were
/// made.
fn holds_the_fixture(node: &Node) {
    let held = node.message("bw3j");
    assert_eq!((&held["state"], &held["subject"]), (&json!("held"), &json!("held")), "{held}");
    let incidents = node.json(&["event", "list", "--all"]).to_string();
    assert!(incidents.contains("app.backup") && incidents.contains("nas"), "{incidents}");
    let settings = node.cli(&["settings", "show"]).out;
    for words in ["Alarm <alarm@example.com>", "bounces@example.com", "second", "retry_after", "http://127.0.0.1:3/hook"] {
        assert!(settings.contains(words), "{words}: {settings}");
    }
    assert!(node.cli(&["account", "list"]).out.contains("ann"));
}

#[test]
fn database_of_earlier_version_opens() {
    for version in VERSIONS {
        let place = place();
        let mut node = node_with_key(place.path(), version);
        unpack(&fixture(version, "postwacht.db.gz"), &node.data_dir().join("postwacht.db"));
        node.run();
        holds_the_fixture(&node);
        assert!(node.cli(&["token", "list"]).out.contains("ci"), "{version}");
        assert_eq!(node.api("POST", "/messages", &json!({ "to": "bob@example.com", "subject": "new" })).0, 201, "{version}");
        node.stop();
        let export = place.path().join("export.toml");
        assert_eq!(node.cli(&["settings", "export", "--with-secrets", export.to_str().unwrap()]).code, 0);
        let secrets = std::fs::read_to_string(export).unwrap();
        assert!(secrets.contains("secret of the fixture"), "{version}: the key opens the secrets");
    }
}

#[test]
fn backup_of_earlier_version_is_restored() {
    for version in VERSIONS {
        let place = place();
        let mut node = node_with_key(place.path(), version);
        let backup = place.path().join("backup");
        unpack(&fixture(version, "backup.gz"), &backup);
        let restored = node.cli(&["restore", backup.to_str().unwrap()]);
        assert_eq!(restored.code, 0, "{version}: {}", restored.err);
        node.run();
        holds_the_fixture(&node);
        node.stop();
    }
}

#[test]
fn settings_export_of_earlier_version_is_imported() {
    for version in VERSIONS {
        let mut node = Node::start();
        let file = fixture(version, "settings.toml");
        let imported = node.cli(&["settings", "import", file.to_str().unwrap()]);
        assert_eq!(imported.code, 0, "{version}: {}", imported.err);
        node.stop();
        let export = node.dir.join("export.toml");
        assert_eq!(node.cli(&["settings", "export", "--with-secrets", export.to_str().unwrap()]).code, 0);
        let read = |path: &Path| std::fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
        assert_eq!(read(&export), read(&file), "{version}");
    }
}
