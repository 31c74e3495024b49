//! Delivery when a relay fails: messages are held, deferred or of unknown outcome, and later continue.

use serde_json::Value;
use testkit::{Lab, Node, eventually, holds_for};

use crate::way::{PATIENCE, Relay, arrives, token};

fn on(lab: &Lab, scenario: &str) -> Node {
    let node = Node::start();
    node.settings(&Relay::new(lab.faulty(scenario), "none").toml());
    node
}

fn notice(node: &Node, subject: &str) -> String {
    let sent = node.json(&["send", "--to", "bob@lab.test", "--subject", subject, "--priority", "notice"]);
    sent["id"].as_str().unwrap().to_owned()
}

fn reports(message: &Value) -> usize {
    message["reports"].as_array().map_or(0, Vec::len)
}

#[test]
#[ignore = "needs the lab"]
fn deferred_message_waits_and_operator_retry_is_immediate() {
    let lab = Lab::get();
    let node = on(&lab, "dot-451-once");
    let subject = token("deferred");
    let id = node.send(&["bob@lab.test"], &subject);
    let message = eventually("the first report", PATIENCE, || Some(node.message(&id)).filter(|m| reports(m) == 1));
    assert_eq!((message["state"].as_str(), message["attempts"].as_u64()), (Some("waiting"), Some(1)));
    assert!(message["all_recipients"][0]["reply"].as_str().unwrap().contains("451 4.3.0"));
    let state = || node.cli(&["--json", "status"]).json()["relays"][0]["state"].clone();
    // The settings are new: the relay is being checked at first.
    eventually("a deferred message is no fault of the relay", PATIENCE, || (state() == "open").then_some(()));
    assert_eq!(node.cli(&["queue", "retry", &id]).code, 0);
    node.becomes(&id, "accepted");
    arrives(&lab, &subject);
}

#[test]
#[ignore = "needs the lab"]
fn unknown_outcome_is_retried_with_same_message_id_and_mark() {
    let lab = Lab::get();
    let node = on(&lab, "dot-close");
    let subject = token("unknown");
    let id = node.send(&["bob@lab.test"], &subject);
    let message = eventually("marked", PATIENCE, || Some(node.message(&id)).filter(|m| m["may_arrive_twice"] == true));
    assert_eq!(message["state"], "waiting");
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    // The probe succeeds because the greeting is valid. The message is tried again, and the relay has it twice.
    node.cli(&["queue", "retry", &id]);
    let twice = eventually("two copies", PATIENCE, || Some(lab.mail_with(&subject)).filter(|mails| mails.len() >= 2));
    let message_id = message["message_id"].as_str().unwrap();
    assert!(twice.iter().all(|mail| mail.contains(message_id)), "the same Message-ID each time");
}

#[test]
#[ignore = "needs the lab"]
fn relay_demanding_sign_in_is_held_and_mail_waits() {
    let lab = Lab::get();
    let node = on(&lab, "mail-530");
    let id = node.send(&["bob@lab.test"], &token("530"));
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    let status = node.cli(&["--json", "status"]).json();
    assert_eq!(status["relays"][0]["state"], "configuration", "{status}");
    assert_eq!(node.becomes(&id, "waiting")["all_recipients"][0]["fate"], "waiting");
}

#[test]
#[ignore = "needs the lab"]
fn refused_password_is_not_tried_again() {
    let lab = Lab::get();
    let node = Node::start();
    let user = Some(("alice", "alice-secret"));
    node.settings(&Relay { user, ca: Some(lab.pem("ca.pem")), ..Relay::new(lab.faulty("auth-535-bare"), "starttls") }.toml());
    let ids: Vec<_> = (0..5).map(|n| node.send(&["bob@lab.test"], &token(&format!("locked-{n}")))).collect();
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    let tries = || lab.journal("auth-535-bare").iter().filter(|line| line["verb"] == "AUTH").count();
    // Two connections and the one for critical notices may open at the same moment.
    holds_for("no connection signs in again", std::time::Duration::from_secs(3), || (1..=3).contains(&tries()));
    for id in ids {
        let message = node.message(&id);
        assert_eq!((message["state"].as_str(), message["attempts"].as_u64()), (Some("waiting"), Some(0)), "a hold is no attempt");
    }
    let relay = &node.cli(&["--json", "status"]).json()["relays"][0];
    assert_eq!((relay["state"].as_str(), relay["fault"].as_str()), (Some("sign-in"), Some("535 5.7.8 authentication failed")));
}

/// Wrong settings are found on the real clock without mail and without a test.
#[test]
#[ignore = "needs the lab"]
fn wrong_password_is_found_without_mail() {
    let lab = Lab::get();
    let node = Node::start();
    let user = Some(("alice", "not-the-password"));
    node.settings(&Relay { user, ca: Some(lab.pem("ca.pem")), ..Relay::new(lab.postfix(1), "starttls") }.toml());
    assert_eq!(node.cli(&["--json", "status"]).json()["relays"][0]["state"], "checking");
    let state = || node.cli(&["--json", "status"]).json()["relays"][0]["state"] == "sign-in";
    eventually("the sign-in is refused", PATIENCE, || state().then_some(()));
    assert_eq!(node.json(&["queue", "list"])["messages"].as_array().map(Vec::len), Some(0));
}

#[test]
#[ignore = "needs the lab"]
fn held_sender_continues_after_settings_change() {
    let lab = Lab::get();
    let node = on(&lab, "mail-550-once");
    let (first, second) = (token("sender-a"), token("sender-b"));
    let id = notice(&node, &first);
    node.becomes(&id, "sender-held");
    let other = notice(&node, &second);
    assert_eq!(node.becomes(&other, "sender-held")["attempts"], 0, "the same sender waits too, unattempted");
    assert_eq!(node.cli(&["settings", "set", "site.name=mended"]).code, 0);
    node.becomes(&id, "accepted");
    node.becomes(&other, "accepted");
    arrives(&lab, &first);
    arrives(&lab, &second);
}

#[test]
#[ignore = "needs the lab"]
fn message_refused_with_421_uses_next_connection_at_once() {
    let lab = Lab::get();
    let node = on(&lab, "421-second-message");
    // Sends the messages one after the other, so that each finds used connections, often several.
    for n in 0..16 {
        let id = node.send(&["bob@lab.test"], &token(&format!("421-{n}")));
        let message = node.becomes(&id, "accepted");
        assert_eq!(reports(&message), 0, "no attempt failed: {message}");
    }
    assert_eq!(node.cli(&["status"]).code, 0);
}

#[test]
#[ignore = "needs the lab"]
fn recipients_beyond_relay_limit_are_retried_at_once() {
    let lab = Lab::get();
    let node = on(&lab, "rcpt-452-after-2");
    // The scenario counts over all connections: the relay accepts the first two recipients and defers the rest.
    let id = node.send(&["a@lab.test", "b@lab.test", "c@lab.test"], &token("452"));
    let message = eventually("two accepted", PATIENCE, || {
        Some(node.message(&id))
            .filter(|m| m["all_recipients"].as_array().unwrap().iter().filter(|r| r["fate"] == "accepted").count() == 2)
    });
    assert_eq!(message["all_recipients"][2]["fate"], "waiting");
    let tries = eventually("tried again at once", PATIENCE, || {
        let tries = lab
            .journal("rcpt-452-after-2")
            .iter()
            .filter(|l| l["verb"] == "RCPT" && l["arg"].as_str().is_some_and(|a| a.contains("c@")))
            .count();
        (tries >= 2).then_some(tries)
    });
    assert_eq!(tries, 2);
}

#[test]
#[ignore = "needs the lab"]
fn test_beyond_recipient_limit_uses_two_transactions() {
    let lab = Lab::get();
    let node = on(&lab, "rcpt-452-third");
    let output = node.cli(&["--json", "test", "--to", "a@lab.test", "--to", "b@lab.test", "--to", "c@lab.test"]);
    assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    assert_eq!(lab.mail_with("rcpt-452-third").len(), 2, "two transactions");
}

#[test]
#[ignore = "needs the lab"]
fn greylisted_message_is_accepted_later() {
    let lab = Lab::get();
    let node = on(&lab, "greylist");
    let id = node.send(&["bob@lab.test"], &token("grey"));
    eventually("deferred", PATIENCE, || Some(node.message(&id)).filter(|m| reports(m) == 1));
    // The relay accepts the message two seconds later. An operator need not wait for the minute of the schedule.
    eventually("taken", PATIENCE, || {
        node.cli(&["queue", "retry", &id]);
        (node.message(&id)["state"] == "accepted").then_some(())
    });
}

#[test]
#[ignore = "needs the lab"]
fn message_over_relay_size_limit_is_refused_unsent() {
    let lab = Lab::get();
    let node = on(&lab, "ehlo-size-1000");
    let body = "x\n".repeat(2000);
    let sent = node.cli_with(&["send", "--to", "bob@lab.test", "--subject", "large", "--body-file", "-"], &body);
    let message = node.becomes(sent.out.trim(), "refused");
    assert!(message["all_recipients"][0]["reply"].as_str().unwrap().contains("5.3.4"), "{message}");
    assert_eq!(node.cli(&["status"]).code, 5, "nothing was ever accepted: unproven, and said so");
}

#[test]
#[ignore = "needs the lab"]
fn operator_holds_releases_and_cancels_messages() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml()); // no relay listens there: every message waits
    let (a, b) = (node.send(&["bob@lab.test"], "a"), node.send(&["bob@lab.test"], "b"));
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    node.cli(&["queue", "hold", &a]);
    assert_eq!(node.message(&a)["state"], "held");
    node.cli(&["queue", "cancel", &b]);
    assert_eq!(node.message(&b)["state"], "cancelled");
    assert_eq!(
        node.cli(&["queue", "cancel", &b]).out.trim(),
        "No message was changed: each is settled, in that state already, or on its way to a relay at this moment."
    );
    assert_eq!(node.cli(&["queue", "retry", "kx1042q"]).code, 1, "an ID that is none");
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let other = node.send(&["bob@lab.test"], &token("passes"));
    node.becomes(&other, "accepted");
    assert_eq!(node.message(&a)["state"], "held", "what a person holds, no settings release");
    node.cli(&["queue", "release", "--all"]);
    node.becomes(&a, "accepted");
    let audit: Vec<_> = node.log().lines().map(str::to_owned).collect();
    assert!(audit.iter().all(|line| !line.contains("ERROR")), "{audit:?}");
}

/// A repeated key makes one message. The same key with another body is refused.
#[test]
#[ignore = "needs the lab"]
fn idempotency_key_is_refused_for_another_body() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let subject = token("once");
    let body = |text: &str| serde_json::json!({ "to": "bob@lab.test", "subject": subject, "text": text }).to_string();
    let post = |path: &str, body: &str| {
        let mut curl = std::process::Command::new("curl");
        curl.args(["-s", "-w", " %{http_code}", "-H", "content-type: application/json", "-H", "idempotency-key: k1", "-d", body]);
        let socket = if path == "messages" { "submit.sock" } else { "control.sock" };
        let output =
            curl.arg("--unix-socket").arg(node.dir.join(socket)).arg(format!("http://localhost/api/v1/{path}")).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (first, second) = (post("messages", &body("one")), post("messages", &body("one")));
    assert!(first.ends_with(" 201") && second.ends_with(" 200"), "{first} {second}");
    assert_eq!(first.trim_end_matches(" 201"), second.trim_end_matches(" 200"));
    // A success answer would lose the second message silently.
    let other = post("messages", &body("two"));
    assert!(other.contains("idempotency-differs") && other.ends_with(" 422"), "{other}");
    let event = |severity: &str| post("events", &format!(r#"{{"code":"app.backup","severity":"{severity}"}}"#));
    let (raised, again, worse) = (event("warning"), event("warning"), event("critical"));
    assert!(raised.ends_with(" 201") && raised == again, "{raised} {again}");
    assert!(worse.contains("idempotency-differs") && worse.ends_with(" 422"), "{worse}");
    let over = post("events", r#"{"code":"app.backup","state":"resolved"}"#);
    assert!(over.contains("idempotency-differs") && over.ends_with(" 422"), "{over}");
    assert_eq!(node.cli(&["event", "list"]).out.matches("app.backup").count(), 1, "still open");
    arrives(&lab, &subject);
    assert_eq!(lab.mail_with(&subject).len(), 1);
}

#[test]
#[ignore = "needs the lab"]
fn settings_change_does_not_interrupt_delivery() {
    let lab = Lab::get();
    let node = on(&lab, "dot-slow");
    let subject = token("slow");
    let id = node.send(&["bob@lab.test"], &subject);
    eventually("the body is with the relay", PATIENCE, || {
        lab.journal("dot-slow").iter().any(|line| line["verb"] == "DATA").then_some(())
    });
    assert_eq!(node.cli(&["settings", "set", "site.name=changed"]).code, 0);
    let message = node.becomes(&id, "accepted");
    assert!(message["may_arrive_twice"] == false && reports(&message) == 0, "{message}");
    assert_eq!(lab.mail_with(&subject).len(), 1);
    assert_eq!(node.cli(&["status"]).code, 0, "and no relay is blamed for it");
}

#[test]
#[ignore = "needs the lab"]
fn message_for_held_relay_is_not_retried_endlessly() {
    let lab = Lab::get();
    let node = Node::start();
    // The first relay refuses a message of this size. The second relay is down.
    let mut toml = Relay::new(lab.faulty("ehlo-size-1000"), "none").toml();
    toml += "[[email.fallback]]\n[email.fallback.relay]\nhost = \"127.0.0.1\"\nport = 1\nencryption = \"none\"\n";
    node.settings(&toml);
    let sent =
        node.cli_with(&["send", "--to", "bob@lab.test", "--subject", &token("aside"), "--body-file", "-"], &"x\n".repeat(2000));
    let id = sent.out.trim().to_owned();
    eventually("the second relay is held", PATIENCE, || {
        (node.cli(&["--json", "status"]).json()["relays"][1]["state"] == "network").then_some(())
    });
    holds_for("it stands aside", std::time::Duration::from_secs(3), || reports(&node.message(&id)) <= 3);
    assert_eq!(node.message(&id)["state"], "waiting");
}
