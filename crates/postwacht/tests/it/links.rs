//! A link or another user's file in the place of our file is refused with a reason. Its target stays unchanged.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use testkit::Node;

const SECRET: &str = "somebody else's file";

/// A stopped node with its files, its data apart from its sockets, and a file that must stay unchanged.
fn stopped() -> (tempfile::TempDir, Node, PathBuf) {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let victim = place.path().join("victim");
    std::fs::write(&victim, SECRET).unwrap();
    let mut node = Node::at(place.path()).with_data_in(&place.path().join("data"));
    node.variable("POSTWACHT_TLS", "on");
    node.run();
    node.stop();
    (place, node, victim)
}

fn instead(path: &Path, make: impl FnOnce(&Path)) {
    match std::fs::symlink_metadata(path).map(|about| about.is_dir()) {
        Ok(true) => std::fs::remove_dir_all(path).unwrap(),
        Ok(false) => std::fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
    make(path);
}

#[test]
fn foreign_file_in_place_of_ours_is_refused() {
    let names = [
        "data/lock",
        "data/reserve",
        "data/key",
        "data/postwacht.db",
        "data/postwacht.db-wal",
        "data/postwacht.db-shm",
        "data/postwacht.mark",
        "data/restore.part",
        "data/tls",
        "data/tls/self-signed.key",
        "data/tls/self-signed.crt",
        "control.sock",
        "submit.sock",
        "control.part",
    ];
    for name in names {
        for kind in ["link", "dangling link", "folder", "other user"] {
            let (place, node, victim) = stopped();
            let path = place.path().join(name);
            let wanted = match kind {
                "link" => {
                    instead(&path, |path| symlink(&victim, path).unwrap());
                    "is a symbolic link"
                }
                "dangling link" => {
                    instead(&path, |path| symlink(place.path().join("made"), path).unwrap());
                    "is a symbolic link"
                }
                "folder" if name != "data/tls" => {
                    instead(&path, |path| std::fs::create_dir(path).unwrap());
                    "is not a "
                }
                "other user" if path.is_file() => {
                    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
                    "belongs to user 65534"
                }
                _ => continue,
            };
            let refused = node.cli(&["serve"]);
            let words = [wanted, path.to_str().unwrap(), "→"].iter().all(|word| refused.err.contains(word));
            assert!(refused.code == 1 && words, "{name} as {kind}: {}", refused.err);
            assert_eq!(std::fs::read_to_string(&victim).unwrap(), SECRET, "{name} as {kind}");
            assert!(!place.path().join("made").exists(), "{name} as {kind}: nothing is made behind a link");
        }
    }
}

/// The node writes into the lock file: a hard link would let it write into another file.
#[test]
fn hard_link_as_lock_is_not_written_to() {
    let (_place, mut node, victim) = stopped();
    instead(&node.data_dir().join("lock"), |path| std::fs::hard_link(&victim, path).unwrap());
    node.run();
    node.stop();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), SECRET);
}

/// A data directory that is a link is a usual way to keep it on another disk.
#[test]
fn data_directory_may_be_a_link() {
    let (place, mut node, _victim) = stopped();
    std::fs::rename(node.data_dir(), place.path().join("elsewhere")).unwrap();
    symlink(place.path().join("elsewhere"), node.data_dir()).unwrap();
    node.run();
    node.stop();
}

#[test]
fn backup_is_not_written_through_a_link() {
    let (place, mut node, victim) = stopped();
    node.run();
    for target in [&victim, &place.path().join("made")] {
        let link = place.path().join("backup");
        instead(&link, |link| symlink(target, link).unwrap());
        assert_ne!(node.cli(&["backup", link.to_str().unwrap()]).code, 0);
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), SECRET);
    assert!(!place.path().join("made").exists());
    node.stop();
}
