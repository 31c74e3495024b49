//! The node feeds the watchdog while it works, however busy, and stops when it does not. Uses the real clock.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use testkit::{LoopDisk, Node, SmallDisk, eventually, holds_for};

use crate::way::{PATIENCE, Relay};

/// Watchdog timeout of the service manager in these tests.
const WATCHDOG: Duration = Duration::from_secs(4);

fn start(node: &mut Node) {
    node.variable("WATCHDOG_USEC", &WATCHDOG.as_micros().to_string());
    node.run();
    node.settings(&Relay::new(1, "none").toml());
}

fn is_fed(node: &Node) {
    eventually("a sign of life", WATCHDOG, || node.told().filter(|told| told == "WATCHDOG=1"));
}

/// Discards the notifications that the node has sent so far.
fn drained(node: &Node) {
    while node.told().is_some() {}
}

#[test]
fn shut_down_file_system_ends_node_unfed() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let disk = LoopDisk::new(64);
    let mut node = Node::at(place.path()).with_data_in(&disk.path().join("data"));
    start(&mut node);
    is_fed(&node);
    disk.shut_down();
    drained(&node);
    let taken = node.api("POST", "/messages", &json!({ "to": "bob@lab.test", "subject": "x" })).0;
    assert_ne!(taken, 201);
    let ended = node.wait();
    let told: Vec<String> = std::iter::from_fn(|| node.told()).collect();
    assert!(!told.contains(&"WATCHDOG=1".to_owned()), "{told:?}");
    // The first failure is a write, or a read that returns no data.
    let says = ["The disk did not accept a write", "The database cannot be read correctly"];
    assert!(says.iter().any(|says| told.iter().any(|told| told.starts_with(&format!("STATUS={says}")))), "{told:?}");
    assert_eq!(ended, Some(1));
    let log = node.log();
    assert!(says.iter().any(|says| log.contains(says)) && log.contains("dmesg"), "{log}");
}

/// A foreign program holds the write lock: the node cannot write, but a restart would not help.
#[test]
fn held_write_lock_starves_watchdog_but_keeps_node() {
    let mut node = Node::at(tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap().keep().as_path());
    start(&mut node);
    is_fed(&node);
    let script = "import sqlite3, sys\n\
                  c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); print(flush=True); input()";
    let mut holder = Command::new("python3");
    holder.args(["-c", script]).arg(node.dir.join("postwacht.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    let mut ready = [0];
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut ready).unwrap();
    eventually("the log says why", PATIENCE, || node.log().contains("the watchdog is not notified").then_some(()));
    drained(&node);
    holds_for("no sign of life", WATCHDOG, || node.told().is_none_or(|told| told != "WATCHDOG=1"));
    holder.kill().unwrap();
    holder.wait().unwrap();
    is_fed(&node);
    assert_eq!(node.stop(), Some(0));
    std::fs::remove_dir_all(&node.dir).unwrap();
}

#[test]
fn busy_node_is_fed_all_the_time() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    start(&mut node);
    let signs = std::thread::scope(|scope| {
        let load: Vec<_> = (0..4).map(|_| scope.spawn(|| node.send_many(1500, "bob@lab.test", "load"))).collect();
        let mut signs = 0;
        while load.iter().any(|load| !load.is_finished()) {
            is_fed(&node);
            signs += 1;
        }
        signs
    });
    assert!(signs > 1);
    node.stop();
}

#[test]
fn full_disk_does_not_cause_a_restart() {
    let small = SmallDisk::new(24);
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path()).with_data_in(small.path());
    start(&mut node);
    for name in ["ballast", "more"] {
        drop(std::fs::write(small.path().join(name), vec![0u8; 24 << 20]));
    }
    eventually("the disk is full for the node too", PATIENCE, || {
        node.cli(&["--json", "status"]).out.contains("is full").then_some(())
    });
    drained(&node);
    is_fed(&node);
    is_fed(&node);
    node.kill();
}
