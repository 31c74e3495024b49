//! The scope of a reply: one recipient, the message, or the connection. What concerns one decides over no other.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay, token};

fn on(lab: &Lab, scenario: &str) -> Node {
    let node = Node::start();
    node.settings(&Relay::new(lab.faulty(scenario), "none").toml());
    node
}

/// The recipients of all transactions that the relay took with this subject, in any order.
fn taken(lab: &Lab, scenario: &str) -> Vec<String> {
    let stored = lab.journal(scenario).into_iter().filter(|line| line["event"] == "stored");
    let mut all: Vec<String> = stored
        .flat_map(|line| line["rcpt_to"].as_array().cloned().unwrap_or_default())
        .filter_map(|recipient| recipient.as_str().map(str::to_owned))
        .collect();
    all.sort();
    all
}

/// RFC 3463 X.5.3: a message with too many recipients is sent in parts, whatever the class and the stage of the reply.
#[test]
#[ignore = "needs the lab"]
fn message_reaches_more_recipients_than_relay_takes_at_once() {
    let lab = Lab::get();
    for scenario in ["many-550-rcpt", "many-554-rcpt", "many-450-rcpt", "many-554-data", "many-550-dot"] {
        let node = on(&lab, scenario);
        let to: Vec<String> = (0..8).map(|k| format!("{scenario}-{}-{k}@lab.test", std::process::id())).collect();
        let id = node.send(&to.iter().map(String::as_str).collect::<Vec<_>>(), &token(scenario));
        let message = node.becomes(&id, "accepted");
        assert_eq!(message["attempts"], 1, "{scenario}: parts are one attempt: {message}");
        let mut mine = taken(&lab, scenario);
        mine.retain(|recipient| to.contains(recipient));
        assert_eq!(mine, to, "{scenario}: each recipient once");
    }
}

/// A reply to the whole message that is about one address: only a transaction of its own refuses that one.
#[test]
#[ignore = "needs the lab"]
fn reply_about_one_address_refuses_no_other() {
    let lab = Lab::get();
    let node = on(&lab, "one-550-dot");
    let to: Vec<String> = (0..5).map(|k| format!("one-{}-{k}@lab.test", std::process::id())).collect();
    let id = node.send(&to.iter().map(String::as_str).collect::<Vec<_>>(), &token("one"));
    node.becomes(&id, "accepted");
    let mut mine = taken(&lab, "one-550-dot");
    mine.retain(|recipient| to.contains(recipient));
    assert_eq!(mine, to);
}

/// A line that answers no command is about the connection. The next message goes by a new one, and no attempt is lost.
#[test]
#[ignore = "needs the lab"]
fn unasked_line_is_no_reply_to_the_next_message() {
    let lab = Lab::get();
    for scenario in ["idle-421", "idle-554", "idle-451", "idle-250", "idle-words"] {
        let node = on(&lab, scenario);
        let first = node.send(&["bob@lab.test"], &token(scenario));
        node.becomes(&first, "accepted");
        // The journal may hold lines of an earlier run.
        let said = |event: &str| lab.journal(scenario).into_iter().filter(|line| line["event"] == event).count();
        let stored = said("stored");
        eventually("the relay speaks unasked", PATIENCE, || (said("unasked") == stored).then_some(()));
        let second = node.send(&["bob@lab.test"], &token(scenario));
        let message = node.becomes(&second, "accepted");
        assert_eq!((&message["attempts"], said("stored")), (&json!(1), stored + 1), "{scenario}: {message}");
        assert_eq!(node.json(&["status"])["relays"][0]["state"], "open", "{scenario}");
    }
}

fn stored_for(lab: &Lab, subject: &str, recipient: &str) -> String {
    let mails = || lab.mail_with(subject).into_iter().find(|mail| mail.contains(&format!("X-Envelope-To: <{recipient}>")));
    eventually(&format!("mail to {recipient}"), PATIENCE, mails)
}

/// Hands over a ready-made message by the API, and gives its id.
fn hand_over(node: &Node, to: &str, text: &str) -> String {
    let file = node.dir.join("message.eml");
    std::fs::write(&file, text).unwrap();
    let mut curl = Command::new("curl");
    curl.args(["-s", "-m", "30", "-H", "content-type: message/rfc822", "--data-binary", &format!("@{}", file.display())]);
    curl.arg("--unix-socket").arg(node.dir.join("control.sock")).arg(format!("http://localhost/api/v1/messages?to={to}"));
    let output = curl.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn options(mail: &str) -> &str {
    mail.lines().find_map(|line| line.strip_prefix("X-Envelope-Options:")).unwrap_or_default().trim()
}

/// RFC 6531 §3.4: an address beyond ASCII needs SMTPUTF8, and the other recipients of the message do not.
#[test]
#[ignore = "needs the lab"]
fn recipient_beyond_ascii_changes_nothing_for_others() {
    let lab = Lab::get();
    let subject = token("utf8");
    let node = on(&lab, "ok-plain");
    let id = node.send(&["scope-a@lab.test", "grüße@lab.test", "scope-b@lab.test"], &subject);
    node.becomes(&id, "accepted");
    let own = stored_for(&lab, &subject, "grüße@lab.test");
    assert!(options(&own).contains("SMTPUTF8") && own.contains("grüße@lab.test>"), "{own}");
    let others = stored_for(&lab, &subject, "scope-a@lab.test>, <scope-b@lab.test");
    let text = others.split_once("Received:").expect("a message").1;
    assert!(!options(&others).contains("SMTPUTF8") && text.is_ascii(), "{others}");

    let node = on(&lab, "ehlo-no-utf8");
    let subject = token("no-utf8");
    let id = node.send(&["scope-c@lab.test", "grüße@lab.test"], &subject);
    let fates = eventually("both are decided", PATIENCE, || Some(node.message(&id)).filter(|m| m["state"] != "waiting"));
    let fate = |k: usize| (fates["all_recipients"][k]["fate"].clone(), fates["all_recipients"][k]["reply"].to_string());
    assert_eq!(fate(0).0, "accepted", "{fates}");
    assert!(fate(1).0 == "refused" && fate(1).1.contains("5.6.7"), "{fates}");
    stored_for(&lab, &subject, "scope-c@lab.test");
}

/// RFC 6152 §3: without 8BITMIME the text is encoded. A signature would break, so a signed message waits for no such relay.
#[test]
#[ignore = "needs the lab"]
fn text_beyond_ascii_is_encoded_for_relay_without_8bitmime() {
    let lab = Lab::get();
    let node = on(&lab, "ehlo-no-8bit");
    let subject = token("seven");
    let raw = |head: &str| format!("From: alice@lab.test\nSubject: Überlauf {subject}\n{head}\nGrüße\n");
    node.becomes(&hand_over(&node, "seven@lab.test", &raw("")), "accepted");
    let mail = stored_for(&lab, "=?utf-8?", "seven@lab.test");
    assert!(mail.contains("Gr=C3=BC=C3=9Fe") && mail.contains("Content-Transfer-Encoding: quoted-printable"), "{mail}");
    let refused: Value = node.becomes(&hand_over(&node, "seven@lab.test", &raw("DKIM-Signature: v=1; a=x\n")), "refused");
    assert!(refused["all_recipients"][0]["reply"].to_string().contains("5.6.3"), "{refused}");
}

/// The extensions that a ready-made message needs follow from its bytes, not from the entry that it came by.
#[test]
#[ignore = "needs the lab"]
fn header_beyond_ascii_asks_for_smtputf8() {
    let lab = Lab::get();
    let node = on(&lab, "ok-plain");
    let subject = token("raw-utf8");
    let text = format!("From: alice@lab.test\nSubject: Überlauf {subject}\n\nplain\n");
    node.becomes(&hand_over(&node, "raw-utf8@lab.test", &text), "accepted");
    let mail = stored_for(&lab, &subject, "raw-utf8@lab.test");
    assert!(options(&mail).contains("SMTPUTF8") && mail.contains("Subject: Überlauf"), "{mail}");
}

/// A message to four people on the command line, in both languages, and in the incident that follows.
#[test]
#[ignore = "needs the lab"]
fn message_to_four_recipients_is_told_by_recipient() {
    let lab = Lab::get();
    let node = on(&lab, "one-of-four");
    let subject = token("four");
    let id = node.send(&["four-a@lab.test", "four-b@lab.test", "refused@lab.test", "late@lab.test"], &subject);
    let fates = json!({ "accepted": 2, "refused": 1, "waiting": 1, "cancelled": 0 });
    let message = eventually("each recipient was tried", PATIENCE, || Some(node.message(&id)).filter(|m| m["fates"] == fates));
    assert_eq!((&message["state"], &message["reason"]), (&json!("waiting"), &json!("451 4.2.1 Mailbox busy")));
    for (language, summary, reason) in [
        ("en", "2 of 4 accepted, 1 refused, 1 waiting", "Waiting: "),
        ("nl", "2 van 4 aangenomen, 1 geweigerd, 1 wachtend", "Wacht: "),
    ] {
        let in_language = |args: &[&str]| {
            let output = node.command().env("POSTWACHT_LANG", language).args(args).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let (list, shown) = (in_language(&["queue", "list"]), in_language(&["queue", "show", &id]));
        assert!(list.contains(summary) && list.contains("451 4.2.1 Mailbox busy") && list.contains(" UTC"), "{list}");
        assert!(shown.contains(summary) && shown.contains(reason) && shown.contains("451 4.2.1 Mailbox busy"), "{shown}");
        assert!(in_language(&["queue", "list", "--state", "refused"]).contains(&id), "found by its refused recipient");
        assert!(!in_language(&["queue", "list", "--state", "accepted"]).contains(&id));
    }
    let incident = eventually("the refusal is told", PATIENCE, || {
        let all = node.json(&["event", "list"]);
        all["incidents"].as_array()?.iter().find(|incident| incident["code"] == "queue.refused").cloned()
    });
    assert_eq!(incident["facts"]["count"], "1", "recipients, not messages: {incident}");
    let said = incident["says"].as_str().unwrap_or_default();
    assert!(said.contains("mail of a program was refused permanently"), "{incident}");
}

/// `send --wait` ends, and says what is missing.
#[test]
#[ignore = "needs the lab"]
fn waiting_ends_with_the_reason() {
    let lab = Lab::get();
    let node = on(&lab, "one-of-four");
    let args = ["send", "--to", "four-c@lab.test", "late@lab.test", "--subject", "wait", "--wait", "--timeout", "2s"];
    let sent = node.cli(&args);
    assert_eq!(sent.code, 3, "{}{}", sent.out, sent.err);
    assert!(sent.out.contains("1 of 2 accepted, 1 waiting") && sent.out.contains("451 4.2.1 Mailbox busy"), "{}", sent.out);
    assert!(sent.err.contains("Not decided within 2 s"), "{}", sent.err);
    for wrong in ["soon", "-1s", ""] {
        let refused = node.cli(&["send", "--to", "a@lab.test", "--wait", &format!("--timeout={wrong}")]);
        assert!(refused.code == 2 && refused.err.contains("--timeout"), "{wrong}: {}", refused.err);
    }
}
