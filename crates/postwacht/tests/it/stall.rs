//! Faults of our own that keep mail in the queue: a message that the scheduler does not see, and a process without file
//! descriptors. Uses the real program and the real clock. The tests cause each fault from outside the process.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use testkit::{Hook, Lab, Node, eventually};

use crate::way::{PATIENCE, Relay, arrives, token};

fn deep_health(node: &Node) -> String {
    let url = format!("{}/healthz?deep", node.url());
    let output = Command::new("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &url]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn incidents(node: &Node, code: &str) -> Vec<serde_json::Value> {
    let all = node.json(&["event", "list", "--all", "--code", code]);
    all["incidents"].as_array().cloned().unwrap_or_default()
}

/// Lane 999 is in no table of lanes, so the scheduler never reads it.
#[test]
#[ignore = "needs the lab"]
fn unseen_message_is_reported_as_stuck_after_two_minutes() {
    let lab = Lab::get();
    let (node, hook) = (Node::start(), Hook::start());
    let alarm = format!("[alarm]\nwebhooks = [\"{}\"]\n", hook.url);
    node.settings(&(Relay::new(lab.postfix(0), "none").toml() + &alarm));
    let proof = node.send(&["bob@lab.test"], &token("proof"));
    node.becomes(&proof, "accepted");
    let subject = token("stuck");
    // The node accepts the message while no relay works. An operator holds it before a relay works again.
    node.settings(&(Relay::new(1, "none").toml() + &alarm));
    let id = node.send(&["bob@lab.test"], &subject);
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    eventually("held", PATIENCE, || (node.cli(&["queue", "hold", &id]).code == 0).then_some(()));
    node.settings(&(Relay::new(lab.postfix(0), "none").toml() + &alarm));
    let proof = node.send(&["bob@lab.test"], &token("proof"));
    node.becomes(&proof, "accepted");
    node.sql("UPDATE message SET lane = 999, due = 0 WHERE open > 0");
    let told = |state: &str| {
        let is_it = |told: &testkit::HookRequest| {
            let call = told.json();
            call["event"] == "queue.stuck" && call["state"] == state
        };
        hook.told().iter().any(is_it).then_some(())
    };
    eventually("the webhook is told", Duration::from_secs(170), || told("raised"));
    assert_eq!((node.cli(&["status"]).code, node.cli(&["doctor"]).code), (3, 3));
    assert_eq!(deep_health(&node), "503");
    assert_eq!(incidents(&node, "queue.stuck")[0]["facts"]["message"], id);
    arrives(&lab, "mail is due and Postwacht is not sending it");
    node.sql("UPDATE message SET lane = home, due = 0 WHERE open > 0");
    // No commit wakes the scheduler: it finds the message by its own look.
    eventually("it is sent", Duration::from_secs(60), || (!lab.mail_with(&subject).is_empty()).then_some(()));
    eventually("its end is told", Duration::from_secs(60), || told("resolved"));
    assert_eq!(deep_health(&node), "200");
}

/// Sets the soft limit of open files of the running node.
fn limit(node: &Node, soft: &str) {
    let pid = node.pid().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={soft}:")]).status().unwrap();
    assert!(set.success());
}

#[test]
#[ignore = "needs the lab"]
fn descriptor_shortage_holds_no_relay_and_ends_at_once() {
    let lab = Lab::get();
    let node = Node::start();
    let queue = "[queue]\nretry_after = [\"6s\"]\n";
    node.settings(&(Relay::new(lab.faulty("retry-short"), "none").toml() + queue));
    let id = node.send(&["bob@lab.test"], &token("short"));
    let replies = |text: &str| lab.journal("retry-short").iter().filter(|line| line["text"] == text).count();
    eventually("deferred", PATIENCE, || (replies("451 4.3.0 Try again later") >= 1).then_some(()));
    limit(&node, "4"); // below the open descriptors: the process can open no more
    eventually("it says what is missing", PATIENCE, || {
        node.log().contains("no file descriptors left for a connection").then_some(())
    });
    limit(&node, "1024");
    let stored = || lab.journal("retry-short").iter().any(|line| line["event"] == "stored");
    eventually("sent as soon as there are descriptors", Duration::from_secs(10), || stored().then_some(()));
    let message = node.becomes(&id, "accepted");
    assert_eq!(message["attempts"], 2, "an attempt that could not be made does not count: {message}");
    assert!(!node.log().contains("is held"), "{}", node.log());
    eventually("told and over", PATIENCE, || {
        let told = incidents(&node, "node.resource.short");
        (told.len() == 1 && told[0]["state"] != "open").then_some(())
    });
}

#[test]
#[ignore = "needs the lab"]
fn listener_without_descriptors_is_reported() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    limit(&node, "4");
    // The kernel accepts the connection, but the node cannot.
    let caller = UnixStream::connect(node.dir.join("submit.sock")).unwrap();
    eventually("it says what is missing", PATIENCE, || node.log().contains("no file descriptors left").then_some(()));
    limit(&node, "1024");
    drop(caller);
    eventually("told", PATIENCE, || (incidents(&node, "node.resource.short").len() == 1).then_some(()));
}

/// A request that submits a message, as bytes.
fn request(subject: &str) -> String {
    let body = serde_json::json!({ "to": "bob@lab.test", "subject": subject, "text": "Hi" }).to_string();
    let head = "POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A message on disk is sent even if its caller has gone before the answer. An unused lease would keep it for 90 s.
#[test]
#[ignore = "needs the lab"]
fn mail_of_disconnected_caller_is_sent_before_lease_ends() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let proof = node.send(&["bob@lab.test"], &token("proof"));
    node.becomes(&proof, "accepted");
    for n in 0..40 {
        let mut caller = UnixStream::connect(node.dir.join("submit.sock")).unwrap();
        caller.write_all(request(&token(&format!("gone-{n}"))).as_bytes()).unwrap();
        // Hangs up after different delays, so at different steps of the submission.
        (0..n * 2000).for_each(|_| std::hint::spin_loop());
    }
    eventually("nothing waits", Duration::from_secs(25), || {
        (node.cli(&["--json", "status"]).json()["waiting"] == 0).then_some(())
    });
    let mut caller = UnixStream::connect(node.dir.join("submit.sock")).unwrap();
    caller.write_all(request(&token("half")).as_bytes()).unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    caller.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "a caller that has closed his side is answered: {answer}");
}
