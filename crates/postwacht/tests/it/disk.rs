//! A full, read-only or damaged disk gives one clear error, and no message is lost.

use std::process::Command;

use testkit::{Lab, Node, SmallDisk, eventually};

use crate::way::{PATIENCE, Relay, arrives, token};

fn fill(path: &std::path::Path, kibibytes: usize) {
    drop(std::fs::write(path, vec![0u8; kibibytes << 10]));
}

#[test]
#[ignore = "needs the lab"]
fn full_disk_refuses_mail_keeps_accepted_mail_and_recovers() {
    let lab = Lab::get();
    let small = SmallDisk::new(24);
    let mut node = Node::at(small.path());
    node.run();
    node.settings(&Relay::new(1, "none").toml()); // no relay listens: every message waits
    let subject = token("before");
    let kept = node.send(&["bob@lab.test"], &subject);
    let ballast = small.path().join("ballast");
    fill(&ballast, 15 << 10);
    let refused = node.cli(&["send", "--to", "bob@lab.test", "--subject", "too late"]);
    assert!(refused.code == 1 && refused.err.contains("The disk is full"), "{}{}", refused.out, refused.err);
    let doctor = node.cli(&["doctor"]);
    assert!(doctor.code == 3 && doctor.out.contains("Postwacht accepts no new mail"), "{}: {}", doctor.code, doctor.out);
    // Fills the disk to the last byte. The node still delivers accepted messages and records their outcomes.
    fill(&small.path().join("more"), 24 << 10);
    let relay = Relay::new(lab.postfix(0), "none").toml();
    eventually("the settings are saved or refused in words", PATIENCE, || {
        let output = node.cli_with(&["settings", "import", "-"], &relay);
        (output.code == 0 || output.err.contains("disk is full")).then_some(())
    });
    std::fs::remove_file(small.path().join("more")).unwrap();
    node.settings(&relay);
    node.becomes(&kept, "accepted");
    arrives(&lab, &subject);
    std::fs::remove_file(&ballast).unwrap();
    let id = node.send(&["bob@lab.test"], &token("after"));
    node.becomes(&id, "accepted");
    node.stop();
}

/// The reserve file gives the room for the outcome.
#[test]
#[ignore = "needs the lab"]
fn outcome_is_recorded_on_full_disk_from_reserve() {
    let lab = Lab::get();
    let small = SmallDisk::new(24);
    let mut node = Node::at(small.path());
    node.run();
    node.settings(&Relay::new(lab.faulty("dot-slow"), "none").toml());
    let id = node.send(&["bob@lab.test"], &token("last-byte"));
    let on_its_way = || lab.journal("dot-slow").iter().filter(|line| line["verb"] == "DATA").count();
    eventually("the relay has the message and thinks", PATIENCE, || (on_its_way() > 0).then_some(()));
    // Another program fills the disk, so SQLite's log cannot grow any more.
    fill(&small.path().join("ballast"), 24 << 10);
    assert!(node.dir.join("reserve").exists(), "the reserve is not touched before it is needed");
    node.becomes(&id, "accepted");
    assert!(!node.dir.join("reserve").exists(), "the outcome was written in the room of the reserve");
    assert!(node.log().contains("the reserve was given up"), "{}", node.log());
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn read_only_data_directory_is_one_clear_error() {
    let small = SmallDisk::new(8);
    let mut node = Node::at(small.path());
    node.run();
    node.stop();
    let status = Command::new("mount").args(["-o", "remount,ro"]).arg(small.path()).status().unwrap();
    assert!(status.success());
    let output = node.cli(&["serve"]);
    assert_eq!(output.code, 1);
    assert!(
        output.err.contains("cannot be opened") && output.err.contains("Read-only") && output.err.contains('→'),
        "{}",
        output.err
    );
}

#[test]
fn second_process_wrong_key_and_damage_are_clear_errors() {
    let mut node = Node::start();
    let second = node.cli(&["serve"]);
    assert!(second.code == 1 && second.err.contains(&format!("process ({})", node.pid())), "{}", second.err);
    node.stop();
    let key = std::fs::read(node.dir.join("key")).unwrap();
    std::fs::write(node.dir.join("key"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    let wrong = node.cli(&["serve"]);
    assert!(wrong.code == 1 && wrong.err.contains("another one") && wrong.err.contains("Put back the key file"), "{}", wrong.err);
    std::fs::write(node.dir.join("key"), key).unwrap();
    std::fs::write(node.dir.join("postwacht.db"), vec![7u8; 20_000]).unwrap();
    let damaged = node.cli(&["serve"]);
    assert!(damaged.code == 1 && damaged.err.contains("damaged") && damaged.err.contains("Restore a backup"), "{}", damaged.err);
    assert_eq!(node.cli(&["status"]).code, 4, "not running");
}
