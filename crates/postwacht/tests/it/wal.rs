//! A write-ahead log that cannot be checkpointed is reported with its true cause, and intake stops at its bound.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{LoopDisk, Node, eventually};

use crate::way::{PATIENCE, Relay};

/// The watch looks every 15 seconds, so two looks fit.
const LOOK: Duration = Duration::from_secs(40);

/// Starts another program that keeps a read of the database open.
fn reader(node: &Node) -> Child {
    let script = "import sqlite3, sys\n\
                  c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN')\n\
                  c.execute('SELECT * FROM node').fetchall(); print(flush=True); input()";
    let mut reader = Command::new("python3");
    reader.args(["-c", script]).arg(node.data_dir().join("postwacht.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = reader.spawn().unwrap();
    let mut ready = [0];
    std::io::Read::read_exact(reader.stdout.as_mut().unwrap(), &mut ready).unwrap();
    reader
}

/// Submits a message of this size in MiB. Returns the status and the problem type.
fn hand_over(node: &Node, mebibytes: usize) -> (u16, String) {
    let body = node.dir.join("body");
    let text = "x".repeat(70) + "\n";
    let message = json!({ "to": "bob@lab.test", "subject": "large", "text": text.repeat((mebibytes << 20) / text.len()) });
    std::fs::write(&body, message.to_string()).unwrap();
    let mut curl = Command::new("curl");
    curl.args(["-s", "-m", "60", "-w", "\n%{http_code}", "-H", "content-type: application/json", "--data-binary"]);
    curl.arg(format!("@{}", body.display())).arg("--unix-socket").arg(node.dir.join("control.sock"));
    let output = curl.arg("http://localhost/api/v1/messages").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (answer, status) = text.rsplit_once('\n').unwrap();
    let kind = serde_json::from_str::<Value>(answer).ok().and_then(|value| value["type"].as_str().map(str::to_owned));
    (status.parse().unwrap(), kind.unwrap_or_default())
}

fn alarms(node: &Node) -> String {
    node.cli(&["--json", "status"]).json()["alarms"].to_string()
}

#[test]
fn reader_holding_log_is_named_and_stops_intake() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let disk = LoopDisk::new(900);
    let mut node = Node::at(place.path()).with_data_in(&disk.path().join("data"));
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    let mut reader = reader(&node);
    let cause = format!("(process {}) keeps a read of the database open", reader.id());
    // The bound on a disk of this size is 64 MiB.
    let taken = (0..40).find(|_| hand_over(&node, 4) == (507, "urn:postwacht:wal-full".into()));
    assert!(taken.is_some(), "{}", node.log());
    let log = std::fs::metadata(node.data_dir().join("postwacht.db-wal")).unwrap().len();
    assert!(log < 80 << 20, "{log}");
    assert!(alarms(&node).contains(&cause), "{}", alarms(&node));
    assert!(node.log().contains(&cause), "{}", node.log());
    let doctor = node.cli(&["doctor"]);
    assert!(doctor.code == 3 && doctor.out.contains(&cause), "{}", doctor.out);
    // An earlier look may have found the log before it was full.
    eventually("the critical incident", LOOK, || {
        let open = node.json(&["event", "list"]);
        let critical = |incident: &&Value| incident["code"] == "store.checkpoint.failed" && incident["severity"] == "critical";
        open["incidents"].as_array()?.iter().find(critical).map(drop)
    });
    reader.kill().unwrap();
    reader.wait().unwrap();
    eventually("intake goes on by itself", PATIENCE, || (hand_over(&node, 1).0 == 201).then_some(()));
    assert!(!alarms(&node).contains("write-ahead log"), "{}", alarms(&node));
    node.stop();
}

/// The database cannot grow beyond 20 MiB here, so its checkpoint fails while the log still accepts writes.
#[test]
fn failed_checkpoint_is_reported_with_its_cause() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path()).with_data_in(&place.path().join("data"));
    node.under(&["bash", "-c", "trap '' XFSZ; ulimit -f 20480; exec \"$0\" \"$@\""]);
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    let told = (0..60).find(|_| {
        hand_over(&node, 1);
        alarms(&node).contains("a checkpoint failed: disk I/O error")
    });
    assert!(told.is_some(), "{}\n{}", alarms(&node), node.log());
    assert!(node.log().contains("a checkpoint failed: disk I/O error") && !node.log().contains("long read"), "{}", node.log());
    let doctor = node.cli(&["doctor"]);
    assert!(doctor.code == 3 && doctor.out.contains("a checkpoint failed"), "{}", doctor.out);
    node.kill();
}
