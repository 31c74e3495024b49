//! A real relay that is strict: Exim checks the syntax of every header field and the length of every line, as Debian configures
//! it (`acl_check_data`, `verify = header_syntax`).

use serde_json::{Value, json};
use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay, token};

/// Every composed message passes Exim's checks. The second value stands in the message that arrives.
#[test]
#[ignore = "needs the lab"]
fn composed_message_passes_strict_relay() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.exim(), "none").toml());
    let long = "A long display name with many words ".repeat(5);
    let many: Vec<String> = (0..120).map(|n| format!("\"Ops, number {n}\" <ops{n}@lab.test>")).collect();
    let url = format!("https://example.test/{}", "a".repeat(1100));
    let rows: Vec<(&str, Value, &str)> = vec![
        ("plain", json!({ "to": "bob@lab.test", "text": "hello" }), "hello"),
        ("quoted-name", json!({ "to": "\"Doe, \\\"J\\\" (home)\" <bob@lab.test>", "text": "x" }), "<bob@lab.test>"),
        ("name-utf8", json!({ "to": "Zoë, Müller <bob@lab.test>".replace(", ", " "), "text": "x" }), "=?"),
        ("name-long", json!({ "to": format!("{long}<bob@lab.test>"), "text": "x" }), "A_long_display"),
        ("name-dot", json!({ "to": "\"Dr. J. Doe\" <bob@lab.test>", "text": "x" }), "Dr. J. Doe"),
        ("local-quoted", json!({ "to": "\"bob smith\"@lab.test", "text": "x" }), "\"bob smith\"@lab.test"),
        ("comment", json!({ "to": "bob@lab.test (Bob)", "text": "x" }), "bob@lab.test"),
        ("many", json!({ "to": many, "text": "x" }), "ops119@lab.test"),
        ("bcc-only", json!({ "bcc": "bob@lab.test", "text": "x" }), "x"),
        ("cc-only", json!({ "cc": "bob@lab.test", "text": "x" }), "Cc: "),
        ("line-long", json!({ "to": "bob@lab.test", "text": "y".repeat(3000) }), "quoted-printable"),
        ("line-long-html", json!({ "to": "bob@lab.test", "html": format!("<a href=\"{url}\">x</a>") }), "text/html"),
        ("utf8", json!({ "to": "bob@lab.test", "text": "Grüße €", "html": "<p>Grüße €</p>" }), "multipart/alternative"),
        (
            "reply-to",
            json!({ "to": "bob@lab.test", "text": "x", "headers": { "Reply-To": "Zoë <zoe@lab.test>, b@lab.test" } }),
            "zoe@lab.test",
        ),
        (
            "references",
            json!({ "to": "bob@lab.test", "text": "x", "headers": { "In-Reply-To": "<a@b.test>", "References": "<a@b.test> <c@d.test>" } }),
            "References: ",
        ),
        (
            "references-long",
            json!({ "to": "bob@lab.test", "text": "x", "headers": { "References": (0..60).map(|n| format!("<{n}.{}@lab.test>", "m".repeat(40))).collect::<Vec<_>>().join(" ") } }),
            "<59.",
        ),
        ("value-long", json!({ "to": "bob@lab.test", "text": "x", "headers": { "X-Note": "word ".repeat(180) } }), "X-Note: "),
        ("value-utf8", json!({ "to": "bob@lab.test", "text": "x", "headers": { "X-Note": "é".repeat(300) } }), "X-Note: =?"),
        ("comments", json!({ "to": "bob@lab.test", "text": "x", "headers": { "Comments": "one, two: three;" } }), "Comments: "),
        (
            "file",
            json!({ "to": "bob@lab.test", "text": "x", "attachments": [{ "name": "täg \"1\".txt", "data": "aGk=" }] }),
            "multipart/mixed",
        ),
        (
            "mail-inside",
            json!({ "to": "bob@lab.test", "text": "x", "attachments": [{ "name": "m.eml", "content_type": "message/rfc822", "data": "RnJvbTogYUBiLnRlc3QNClN1YmplY3Q6IHgNCg0KeA0K" }] }),
            "message/rfc822",
        ),
        ("dots", json!({ "to": "bob@lab.test", "text": ".\n..\n.x\n" }), "\n..\n"),
        ("empty", json!({ "to": "bob@lab.test", "text": "" }), "bob@lab.test"),
    ];
    for (name, mut message, wanted) in rows {
        let subject = token(&format!("exim-{name}"));
        message["subject"] = json!(subject);
        let (status, answer) = node.api("POST", "/messages", &message);
        assert_eq!(status, 201, "{name}: {answer}");
        node.becomes(answer["id"].as_str().unwrap(), "accepted");
        let mail = eventually(name, PATIENCE, || lab.exim_mail_with(&subject).pop());
        assert!(mail.contains(wanted), "{name}: no {wanted:?} in\n{mail}");
    }
    let test = node.cli(&["test"]);
    assert_eq!(test.code, 0, "{}{}", test.out, test.err);
}

/// A name that Exim refuses in EHLO is explained, and the remedy names the setting.
#[test]
#[ignore = "needs the lab"]
fn ehlo_name_that_exim_refuses_is_named() {
    let lab = Lab::get();
    let node = Node::start();
    // The settings refuse such a name. A machine with this name gives the address literal, which Exim takes.
    let relay = Relay { extra: "ehlo_name = \"my_host.example\"\n", ..Relay::new(lab.exim(), "none") };
    let refused = node.cli_with(&["settings", "import", "-"], &relay.toml());
    assert!(refused.code != 0 && refused.err.contains("ehlo_name"), "{}{}", refused.out, refused.err);
    for name in ["[127.0.0.1]", "host.example", "xn--mller-kva.example"] {
        let relay = Relay { extra: &format!("ehlo_name = \"{name}\"\n"), ..Relay::new(lab.exim(), "none") };
        node.settings(&relay.toml());
        let test = node.cli(&["test"]);
        assert_eq!(test.code, 0, "{name}: {}{}", test.out, test.err);
    }
}
