//! Every fault of the lab's faulty relay: its stage, its words and the fate of the message. Each test ends in bounded time,
//! and no fault loses mail. The table uses the test send, which takes the same path as every message. `delivery.rs` covers
//! the delivery that follows from the same verdicts.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{Lab, Node};

/// Scenario, encryption, deciding stage, verdicts for bob, bad and late, start of the fault's words.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    ("421-second-message", "none", "accepted", "accepted accepted accepted", ""),
    ("auth-334-loop", "starttls", "sign-in", "-", "unexpected reply"),
    ("auth-401-once", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-401", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-454", "starttls", "sign-in", "-", "454 4.7.0 Temporary authentica"),
    ("auth-502-plain", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-504-all", "starttls", "sign-in", "-", "504 5.7.4 Unrecognized"),
    ("auth-504-plain", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-534-plain", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-535", "starttls", "sign-in", "-", "535 5.7.139 Authentication uns"),
    ("auth-close", "starttls", "sign-in", "-", "the connection was lost"),
    ("auth-only-login", "starttls", "accepted", "accepted accepted accepted", ""),
    ("auth-only-xoauth2", "starttls", "sign-in", "-", "the relay offers no usable sign-in mechanism; "),
    ("auth-unknown-mechs", "starttls", "accepted", "accepted accepted accepted", ""),
    ("body-reset", "none", "accepted", "unknown unknown unknown", "the connection was lost"),
    ("body-stall", "none", "accepted", "unknown unknown unknown", "no answer in 60 s"),
    ("cert-chain", "starttls", "accepted", "accepted accepted accepted", ""),
    ("cert-early", "starttls", "tls", "-", "the certificate is not valid before"),
    ("cert-expired-tls", "tls", "tls", "-", "the certificate expired on"),
    ("cert-expired", "starttls", "tls", "-", "the certificate expired on"),
    ("cert-nochain", "starttls", "tls", "-", "the certificate was issued by an authority th"),
    ("cert-rsa", "starttls", "accepted", "accepted accepted accepted", ""),
    ("cert-selfsigned-tls", "tls", "tls", "-", "the certificate is self-signed"),
    ("cert-selfsigned", "starttls", "tls", "-", "the certificate is self-signed"),
    ("cert-stranger-tls", "tls", "tls", "-", "the certificate was issued by an authority th"),
    ("cert-stranger", "starttls", "tls", "-", "the certificate was issued by an authority th"),
    ("cert-wronghost-tls", "tls", "tls", "-", "the certificate is for mail.other.test, not f"),
    ("cert-wronghost", "starttls", "tls", "-", "the certificate is for mail.other.test, not f"),
    ("data-451", "none", "data", "defer defer defer", ""),
    ("data-554", "none", "data", "refuse refuse refuse", ""),
    ("dot-451", "none", "accepted", "defer defer defer", ""),
    ("dot-552", "none", "accepted", "unfit unfit unfit", ""),
    ("dot-554", "none", "accepted", "holdsender holdsender holdsender", ""),
    ("dot-hang", "none", "accepted", "unknown unknown unknown", "no answer in 60 s"),
    ("dot-multi", "none", "accepted", "accepted accepted accepted", ""),
    ("dot-reset", "none", "accepted", "unknown unknown unknown", "the connection was lost"),
    ("drip", "none", "accepted", "accepted accepted accepted", ""),
    ("ehlo-501", "none", "ehlo", "-", "501 Syntactically invalid EHLO"),
    ("ehlo-500", "none", "accepted", "accepted accepted accepted", ""),
    ("ehlo-endless", "none", "ehlo", "-", "a reply of more than 65536 bytes"),
    ("ehlo-huge", "none", "ehlo", "-", "a reply of more than 65536 bytes"),
    ("ehlo-latin1", "none", "accepted", "accepted accepted accepted", ""),
    ("ehlo-long-line", "none", "ehlo", "-", "a reply line of more than 4096 bytes"),
    ("ehlo-mixed-codes", "none", "ehlo", "-", "a reply whose lines have different codes"),
    ("ehlo-no-8bit", "none", "accepted", "accepted accepted accepted", ""),
    ("ehlo-no-utf8", "none", "accepted", "accepted accepted accepted", ""),
    ("ehlo-size-1000", "none", "sender", "unfit unfit unfit", ""),
    ("greet-421", "none", "greeting", "-", "421 4.3.2 Too busy, come back "),
    ("greet-554", "none", "greeting", "-", "554 5.7.1 No SMTP service here"),
    ("greet-binary", "none", "greeting", "-", "not an SMTP reply"),
    ("greet-close", "none", "greeting", "-", "the connection was lost"),
    ("greet-hang", "none", "greeting", "-", "no answer in 20 s"),
    ("greet-http", "none", "greeting", "-", "not an SMTP reply"),
    ("greet-multi", "none", "accepted", "accepted accepted accepted", ""),
    ("greet-reset", "none", "greeting", "-", "the connection was lost"),
    ("greet-slow", "none", "accepted", "accepted accepted accepted", ""),
    ("mail-451", "none", "sender", "defer defer defer", ""),
    ("mail-530", "none", "sender", "relayfault relayfault relayfault", ""),
    ("mail-550", "none", "sender", "holdsender holdsender holdsender", ""),
    ("ok-plain", "none", "accepted", "accepted accepted accepted", ""),
    ("ok-tls", "tls", "accepted", "accepted accepted accepted", ""),
    ("ok", "starttls", "accepted", "accepted accepted accepted", ""),
    ("quit-reset", "none", "accepted", "accepted accepted accepted", ""),
    ("rcpt-451-late", "none", "recipient", "accepted accepted defer", ""),
    ("rcpt-550-bad", "none", "recipient", "accepted refuse accepted", ""),
    ("rcpt-550-bare", "none", "recipient", "holdsender holdsender holdsender", ""),
    ("rcpt-550", "none", "recipient", "refuse refuse refuse", ""),
    ("rcpt-553-policy", "none", "recipient", "holdsender holdsender holdsender", ""),
    ("rcpt-reset", "none", "recipient", "relayfault relayfault relayfault", "the connection was lost"),
    ("slow", "none", "accepted", "accepted accepted accepted", ""),
    ("tls-454", "starttls", "starttls", "-", "454 4.7.0 TLS not available"),
    ("tls-close", "starttls", "tls", "-", "the connection was lost during the TLS handshake"),
    ("tls-hang", "starttls", "tls", "-", "no answer in 10 s"),
    ("tls-inject", "starttls", "starttls", "-", "unencrypted bytes after the reply to STARTTLS"),
    ("tls-junk", "starttls", "starttls", "-", "unencrypted bytes after the reply to STARTTLS"),
    ("tls-not-offered", "starttls", "starttls", "-", "the relay does not offer STARTTLS"),
    ("tls-port-is-plain", "starttls", "starttls", "-", "the relay does not offer STARTTLS"),
    ("tls-port-is-plain", "tls", "tls", "-", "the relay does not use TLS on this port"),
    ("ok-tls", "starttls", "greeting", "-", "no answer in 20 s"),
    ("ok-tls", "none", "greeting", "-", "no answer in 20 s"),
];

fn settings(port: u16, encryption: &str, ca: &str) -> Value {
    let mut email = json!({
        "from": "alice@lab.test",
        "relay": { "host": "127.0.0.1", "port": port, "encryption": encryption },
        "contacts": { "admin": ["ops@lab.test"] },
    });
    if encryption != "none" {
        email["relay"]["ca"] = json!(ca);
        email["auth"] = json!({ "type": "password", "username": "alice", "password": "alice-secret" });
    }
    json!({ "email": email })
}

/// Runs the test send over the API, as other programs do.
fn test(node: &Node, settings: &Value) -> Value {
    let body = json!({ "settings": settings, "to": ["bob@lab.test", "bad@lab.test", "late@lab.test"] }).to_string();
    let socket = node.dir.join("control.sock");
    let mut curl = Command::new("curl");
    curl.args(["-s", "-m", "110", "-H", "content-type: application/json", "-d", &body, "--unix-socket"]).arg(socket);
    let output = curl.arg("http://localhost/api/v1/email/test").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
}

fn check(answer: &Value, row: &(&str, &str, &str, &str, &str)) -> Result<(), String> {
    let (name, encryption, stage, verdicts, words) = *row;
    let report = &answer["report"];
    let recipients = report["recipients"].as_array().cloned().unwrap_or_default();
    let found: Vec<&str> = recipients.iter().filter_map(|r| r["verdict"].as_str()).collect();
    let found = if found.is_empty() { "-".to_owned() } else { found.join(" ") };
    let bad = recipients.iter().find(|r| r["verdict"] != "accepted").or(recipients.first());
    let last = report["stages"].as_array().and_then(|stages| stages.last());
    let at = bad.map_or_else(|| last.map_or("", |s| s["stage"].as_str().unwrap_or("")), |r| r["stage"].as_str().unwrap_or(""));
    let fault = report["fault"].as_str().unwrap_or("");
    let accepted = verdicts.split(' ').all(|v| v == "accepted");
    let same = found == verdicts && at == stage && fault.starts_with(words) && (words.is_empty() == fault.is_empty());
    let explained = fault.is_empty() || report["cause"].is_string() && report["remedy"].is_string();
    if same && explained && (answer["accepted"] == accepted) {
        Ok(())
    } else {
        Err(format!("{name}/{encryption}: {found} at {at}: {fault}\n   {answer}"))
    }
}

#[test]
#[ignore = "needs the lab"]
fn each_relay_fault_has_its_stage_words_and_fate() {
    let lab = Lab::get();
    let node = Node::start();
    let ca = lab.pem("ca.pem");
    let faults: Vec<String> = std::thread::scope(|scope| {
        let node = &node;
        let rows = TABLE.iter().map(|row| {
            let settings = settings(lab.faulty(row.0), row.1, &ca);
            scope.spawn(move || check(&test(node, &settings), row).err())
        });
        let threads: Vec<_> = rows.collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The tests leave no message in the queue and save no settings.
    let status = node.json(&["settings", "show"]);
    assert_eq!(status["email"]["from"], Value::Null);
    assert!(node.cli(&["queue", "list", "--state", "waiting"]).out.contains("No messages"));
    let log = node.log();
    assert!(!log.contains("alice-secret") && !log.contains("panicked"), "{log}");
}

#[test]
#[ignore = "needs the lab"]
fn table_holds_every_relay_scenario() {
    // These scenarios change with each connection, or are for the pages. `delivery.rs`, `retry.rs`, `scope.rs` and
    // `attacks.rs` use them.
    const ELSEWHERE: [&str; 4] = ["retry-", "many-", "one-", "idle-"];
    let own = [
        "mail-550-once",
        "rcpt-452-third",
        "dot-451-once",
        "auth-454-once",
        "greylist",
        "rcpt-452-after-2",
        "auth-535-bare",
        "dot-close",
        "dot-slow",
        "rcpt-550-script",
    ];
    let missing: Vec<_> = Lab::get()
        .scenarios()
        .into_iter()
        .filter(|name| !own.contains(&name.as_str()) && ELSEWHERE.iter().all(|start| !name.starts_with(start)))
        .filter(|name| TABLE.iter().all(|row| row.0 != name))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
