//! Idle connections leave room for other callers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use testkit::{IdleConnections, Lab, Node, eventually, holds_for};

use crate::way::{PATIENCE, Relay, arrives, token};

/// Two users of this machine other than the node's own user.
const IDLER_UID: u32 = 64_001;
const OTHER_UID: u32 = 64_002;
/// Runs a process with the usual limit of file descriptors.
const DESCRIPTORS: &[&str] = &["prlimit", "--nofile=1024:1024"];

fn node(lab: &Lab) -> (tempfile::TempDir, Node) {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    // Other users must reach the submit socket.
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let mut node = Node::at(place.path());
    node.under(DESCRIPTORS);
    node.run();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    (place, node)
}

/// Submits a message as this user.
fn submit(node: &Node, uid: u32, subject: &str) -> String {
    let body = serde_json::json!({ "to": "bob@lab.test", "subject": subject, "text": "Hi" }).to_string();
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={uid}"), "--clear-groups", "curl", "-s", "--max-time", "20"]);
    command.args(["-H", "content-type: application/json", "-d", &body, "--unix-socket"]).arg(node.dir.join("submit.sock"));
    let output = command.arg("http://localhost/api/v1/messages").output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Requests a page and returns its status line. Fails after five seconds: a connection held up by idle ones takes longer.
fn page(node: &Node) -> String {
    let mut stream = TcpStream::connect(node.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).expect("the page comes in time");
    String::from_utf8_lossy(&first).into_owned()
}

/// Checks the pages, the control socket, and another user's mail with its delivery.
fn all_works(node: &Node, lab: &Lab) {
    assert_eq!(page(node), "HTTP/1.1 200 OK");
    let status = node.cli(&["--json", "status"]);
    assert!(status.json()["health"].is_string(), "{}{}", status.out, status.err);
    let subject = token("places");
    let answer = submit(node, OTHER_UID, &subject);
    assert!(answer.contains("\"id\""), "{answer}");
    arrives(lab, &subject);
}

#[test]
fn idle_socket_connections_are_closed_in_time() {
    let node = Node::start();
    for (socket, sent) in [("submit", ""), ("control", ""), ("submit", "GET /"), ("control", "GET / HTTP/1.1\r\nX: ")] {
        let mut stream = UnixStream::connect(node.dir.join(format!("{socket}.sock"))).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{socket} {sent:?} is still open: {error}"));
        assert!(!answer.contains("200 OK"), "{socket} {sent:?}: {answer}");
    }
}

#[test]
fn burst_of_one_user_is_accepted_in_full() {
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml());
    let senders: Vec<_> = (0..60).map(|_| node.begin(&["send", "--to", "a@x.test", "--subject", "s"])).collect();
    for sender in senders {
        let output = sender.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    eventually("all are there", PATIENCE, || (node.json_of(&["status"], 3)["waiting"] == 60).then_some(()));
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    #[test]
    #[ignore = "needs the lab"]
    fn idle_connections_of_a_user_leave_room_for_all_others() {
        let lab = Lab::get();
        let (_place, node) = node(&lab);
        let _idle = IdleConnections::of_user(IDLER_UID, &node.dir.join("submit.sock"), 1300);
        all_works(&node, &lab);
        // Checks this longer than an idle connection may live.
        holds_for("everything works while the connections are held", Duration::from_secs(25), || {
            all_works(&node, &lab);
            node.usage().descriptors < 600
        });
    }

    #[test]
    #[ignore = "needs the lab"]
    fn twelve_idle_addresses_leave_room_for_another() {
        let lab = Lab::get();
        let (_place, node) = node(&lab);
        let port = node.url().rsplit(':').next().unwrap().parse().unwrap();
        let _idle = IdleConnections::from_addresses(port, 12, 1536);
        holds_for("everything works while the connections are held", Duration::from_secs(25), || {
            all_works(&node, &lab);
            node.usage().descriptors < 900
        });
    }
}
