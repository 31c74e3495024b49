//! A real relay: Postfix with Dovecot for sign-in.

use std::time::Duration;

use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay, arrives, token};

#[test]
#[ignore = "needs the lab"]
fn mail_arrives_by_each_encryption_and_sign_in() {
    let lab = Lab::get();
    let ca = lab.pem("ca.pem");
    let (alice, spaces) = (Some(("alice@lab.test", "alice-secret")), Some(("spaces@lab.test", " pass word é \"quoted\" ")));
    for (kind, encryption, user, from) in [
        (0, "none", None, "alice@lab.test"),
        (1, "starttls", alice, "alice@lab.test"),
        (2, "tls", alice, "alice@lab.test"),
        (3, "none", alice, "alice@lab.test"),
        (4, "starttls", alice, "alice@lab.test"),
        (5, "starttls", spaces, "spaces@lab.test"),
        (8, "starttls", alice, "alice@lab.test"),
    ] {
        let node = Node::start();
        let ca = (encryption != "none").then(|| ca.clone());
        node.settings(&Relay { user, ca, from, ..Relay::new(lab.postfix(kind), encryption) }.toml());
        let subject = token(&format!("way-{kind}"));
        let id = node.send(&["bob@lab.test"], &subject);
        let message = node.becomes(&id, "accepted");
        assert_eq!(message["attempts"], 1, "{message}");
        let mail = arrives(&lab, &subject);
        let secured = mail.contains("(using TLSv1.");
        assert_eq!(secured, encryption != "none", "{mail}");
        assert_eq!(mail.contains("Authenticated sender"), user.is_some(), "{mail}");
        if kind == 8 {
            assert!(mail.contains("using TLSv1.2"), "{mail}");
        }
        let test = node.cli(&["test"]);
        assert_eq!(test.code, 0, "{}{}", test.out, test.err);
        assert!(test.out.contains("accepted by the relay"));
        let (_, list) = node.api("GET", "/messages", &serde_json::Value::Null);
        let marked: Vec<bool> = list["messages"].as_array().unwrap().iter().map(|message| message["test"] == true).collect();
        assert_eq!(marked, [true, false], "the test is marked as one: {list}");
    }
}

/// The output of each refusal has the stage, the relay's reply, cause and remedy. The exit code is 3.
#[test]
#[ignore = "needs the lab"]
fn each_refusal_names_stage_reply_cause_and_remedy() {
    let lab = Lab::get();
    let ca = lab.pem("ca.pem");
    let wrong = Some(("alice@lab.test", "wrong-secret"));
    let alice = Some(("alice@lab.test", "alice-secret"));
    let with_ca = |kind, encryption, user| Relay { user, ca: Some(ca.clone()), ..Relay::new(lab.postfix(kind), encryption) };
    for (relay, stage, words) in [
        (with_ca(1, "starttls", wrong), "Sign-in", "535 5.7.8"),
        (Relay { user: alice, ..Relay::new(lab.postfix(1), "starttls") }, "TLS", "not trusted"),
        (with_ca(6, "starttls", alice), "TLS", "expired on"),
        (with_ca(7, "tls", alice), "TLS", "not trusted"),
        (Relay { from: "ops@lab.test", ..with_ca(1, "starttls", alice) }, "Recipient", "553 5.7.1"),
        (Relay::new(lab.postfix(9), "none"), "Greeting", "554 5.7.1"),
        (Relay::new(lab.postfix(2), "none"), "Greeting", "no answer"),
        (with_ca(0, "starttls", None), "STARTTLS", "does not offer STARTTLS"),
        (with_ca(0, "tls", None), "TLS", "does not use TLS"),
    ] {
        let node = Node::start();
        node.settings(&relay.toml());
        let test = node.cli(&["test"]);
        assert_eq!(test.code, 3, "{}{}", test.out, test.err);
        let failed = test.out.lines().find(|line| line.contains('✗')).unwrap_or_default();
        assert!(failed.contains(stage) && failed.contains(words), "wanted {stage} {words}:\n{}", test.out);
        assert!(test.out.contains("Cause:") && test.out.contains("What to do:"), "{}", test.out);
        assert!(!test.out.contains("wrong-secret") && !node.log().contains("wrong-secret"));
    }
}

/// The account may not send as the site's From. One of the contacts is the account itself, so the relay's words name it. Alarms
/// do not go, and the status says so.
#[test]
#[ignore = "needs the lab"]
fn refused_from_address_stops_alarms_loudly() {
    let lab = Lab::get();
    let alice = Some(("alice@lab.test", "alice-secret"));
    for contacts in [&["alice@lab.test", "bob@lab.test"][..], &["bob@lab.test", "alice@lab.test", "nobody@lab.test"]] {
        let node = Node::start();
        let relay =
            Relay { user: alice, from: "ops@lab.test", ca: Some(lab.pem("ca.pem")), ..Relay::new(lab.postfix(1), "starttls") };
        let admins = format!("admin = {contacts:?}");
        node.settings(&relay.toml().replace("admin = [\"bob@lab.test\"]", &admins));
        assert_eq!(node.cli(&["event", "raise", "app.alarm", "--severity", "critical"]).code, 0);
        let status = eventually("the sender is held", PATIENCE, || {
            let status = node.cli(&["--json", "status"]).json();
            status["relays"][0]["held_senders"].as_array().is_some_and(|held| !held.is_empty()).then_some(status)
        });
        assert_eq!(status["relays"][0]["held_senders"][0], "ops@lab.test", "{status}");
        assert_eq!(status["health"], "silent", "{status}");
        eventually("the incident is open", PATIENCE, || {
            node.cli(&["event", "list"]).out.contains("takes no mail from ops@lab.test").then_some(())
        });
        // Another From address mends it: the alarm goes under that one, and the refusal is over.
        assert_eq!(node.cli(&["settings", "set", "email.from=alice@lab.test"]).code, 0);
        eventually("the refusal is over", PATIENCE, || {
            let status = node.cli(&["--json", "status"]).json();
            let is_free = status["relays"][0]["held_senders"] == serde_json::json!([]) && status["sender_held"] == 0;
            let open = node.json(&["event", "list"]).to_string();
            (is_free && !open.contains("relay.sender.refused")).then_some(())
        });
        let messages = node.json(&["queue", "list"]).to_string();
        assert!(!messages.contains("sender-held"), "{messages}");
    }
}

#[test]
#[ignore = "needs the lab"]
fn added_ca_or_pin_releases_waiting_mail() {
    let lab = Lab::get();
    let alice = Some(("alice@lab.test", "alice-secret"));
    let stranger = || Relay { user: alice, ..Relay::new(lab.postfix(7), "tls") };
    for pinned in [false, true] {
        let node = Node::start();
        node.settings(&stranger().toml());
        let subject = token(if pinned { "pinned" } else { "ca-added" });
        let id = node.send(&["bob@lab.test"], &subject);
        eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
        assert_eq!(node.message(&id)["state"], "waiting");
        // The pin that Postwacht shows is the one that OpenSSL computes, and works in the settings unchanged.
        let report = node.cli(&["--json", "test"]).json();
        let shown = report["report"]["certificate"].clone();
        assert_eq!(shown["pin"].as_str(), Some(openssl_pin(&lab).as_str()), "{report}");
        assert!(shown["subject"].as_str().unwrap().contains("mx.lab.test"));
        let extra = format!("pins = [\"{}\"]\n", shown["pin"].as_str().unwrap());
        let relay = if pinned {
            Relay { extra: &extra, ..stranger() }
        } else {
            Relay { ca: Some(lab.pem("stranger-ca.pem")), ..stranger() }
        };
        node.settings(&relay.toml());
        node.becomes(&id, "accepted");
        arrives(&lab, &subject);
        // A pin replaces the checks of names and dates, but another key is refused.
        let other = Relay { extra: &extra, port: lab.postfix(2), ..stranger() };
        node.settings(&other.toml());
        let test = node.cli(&["test"]);
        if pinned {
            assert!(test.code == 3 && test.out.contains("another key than the pinned one"), "{}", test.out);
        }
    }
}

fn openssl_pin(lab: &Lab) -> String {
    let pem = lab.dir.join("pki/stranger.pem");
    let script =
        format!("openssl x509 -in {} -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -r", pem.display());
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().unwrap().to_owned()
}

#[test]
#[ignore = "needs the lab"]
fn one_bad_recipient_does_not_delay_the_other_four() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let subject = token("five");
    let id = node.send(&["alice@lab.test", "bob@lab.test", "gone@lab.test", "ops@lab.test", "anyone@example.test"], &subject);
    let message = node.becomes(&id, "partly-accepted");
    let fates: Vec<&str> = message["all_recipients"].as_array().unwrap().iter().map(|r| r["fate"].as_str().unwrap()).collect();
    assert_eq!(fates, ["accepted", "accepted", "refused", "accepted", "accepted"]);
    let fifth = &message["all_recipients"][2];
    assert!(
        fifth["reply"].as_str().unwrap().contains("550 5.1.6") && fifth["reply"].as_str().unwrap().contains("moved"),
        "{message}"
    );
    assert!(message["reports"][0]["cause"].is_string());
    eventually("four mails", PATIENCE, || (lab.mail_with(&subject).len() == 4).then_some(()));
    assert_eq!(node.cli(&["status"]).code, 0, "a wrong address never counts against the relay");
}

#[test]
#[ignore = "needs the lab"]
fn foreign_sender_is_held_while_others_pass() {
    let lab = Lab::get();
    let node = Node::start();
    let user = Some(("alice@lab.test", "alice-secret"));
    let relay = |from| Relay { user, from, ca: Some(lab.pem("ca.pem")), ..Relay::new(lab.postfix(1), "starttls") };
    node.settings(&relay("ops@lab.test").toml());
    let (held, passing) = (token("foreign"), token("own"));
    let id = node.json(&["send", "--to", "bob@lab.test", "--subject", &held, "--priority", "notice"])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let message = node.becomes(&id, "sender-held");
    assert!(
        message["all_recipients"][0]["fate"] == "waiting"
            && message["reports"][0]["transcript"].as_str().unwrap().contains("553 5.7.1"),
        "{message}"
    );
    let other =
        node.json(&["send", "--from", "alice@lab.test", "--to", "bob@lab.test", "--subject", &passing, "--priority", "notice"]);
    node.becomes(other["id"].as_str().unwrap(), "accepted");
    assert_eq!(node.cli(&["status"]).code, 3, "the sender of all alarms is refused");
    // An application's message with such a sender is refused, and the application sees it.
    let alone = Node::start();
    alone.settings(&relay("ops@lab.test").toml());
    // A message to an admin contact would be deferred instead.
    let refused = alone.send(&["alice@lab.test"], &token("app"));
    assert!(alone.becomes(&refused, "refused")["all_recipients"][0]["reply"].as_str().unwrap().contains("553"));
}

#[test]
#[ignore = "needs the lab"]
fn held_mail_uses_fallback_relay_at_once() {
    let lab = Lab::get();
    let node = Node::start();
    // The first relay refuses the sender. The second relay accepts it.
    let mut toml = Relay { from: "ops@lab.test", ..Relay::new(lab.faulty("mail-550"), "none") }.toml();
    toml += &format!(
        "[[email.fallback]]\n[email.fallback.relay]\nhost = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\n",
        lab.postfix(0)
    );
    node.settings(&toml);
    let subject = token("second");
    let output = node.json(&["send", "--to", "bob@lab.test", "--subject", &subject, "--priority", "notice"]);
    let message = node.becomes(output["id"].as_str().unwrap(), "accepted");
    assert_eq!(message["relay"], "fallback-1", "{message}");
    arrives(&lab, &subject);
    // The result is the same if the first relay is down.
    toml = toml.replace(&format!("port = {}\n", lab.faulty("mail-550")), "port = 1\n");
    node.settings(&toml);
    let id = node.send(&["bob@lab.test"], &token("down"));
    assert_eq!(node.becomes(&id, "accepted")["relay"], "fallback-1");
}

/// On the real clock, with no event that could wake the watch: the refusal of the former relay ends with the check of the new
/// settings (15 s) and the next look (15 s), though the new relay cannot be reached.
#[test]
#[ignore = "needs the lab"]
fn fault_of_former_settings_ends_by_itself() {
    const LIMIT: Duration = Duration::from_secs(45);
    let node = Node::start();
    node.settings(&Relay::new(Lab::get().postfix(9), "none").toml());
    node.send(&["bob@lab.test"], &token("refused"));
    let open = || node.json(&["event", "list"])["incidents"].to_string();
    eventually("the refusal is found", PATIENCE, || open().contains("relay.refused").then_some(()));
    node.settings(&Relay::new(1, "none").toml());
    eventually("the refusal is over", LIMIT, || (!open().contains("relay.refused")).then_some(()));
    let status = node.cli(&["status"]);
    assert!(!status.out.contains("Client host rejected"), "{}", status.out);
}
