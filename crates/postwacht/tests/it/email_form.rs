//! The email settings page, as a browser without scripts uses it.

use testkit::{Browser, Lab, Node, Page, eventually};

use crate::pages::{PASSWORD, signed_in};
use crate::way::{PATIENCE, arrives, token};

fn form(port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("do", "save".into()),
        ("email.from", "Post <post@lab.test>".into()),
        ("email.relay.host", "127.0.0.1".into()),
        ("email.relay.port", port.to_string()),
        ("email.relay.encryption", "none".into()),
        ("email.auth.type", "none".into()),
        ("email.contacts.admin", "bob@lab.test".into()),
    ]
}

fn save(browser: &Browser, revision: u32, changes: &[(&'static str, &str)], port: u16) -> Page {
    let mut fields = form(port);
    fields.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
    fields.extend(changes.iter().map(|(key, value)| (*key, (*value).to_owned())));
    fields.push(("revision", revision.to_string()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    browser.post("/login/management/email", &fields)
}

#[test]
#[ignore = "needs the lab"]
fn stopped_test_names_stage_cause_and_remedy() {
    let lab = Lab::get();
    let node = Node::start();
    let browser = signed_in(&node);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = nobody.local_addr().unwrap().port();
    drop(nobody);
    let (own, wrong_password) = (lab.pem("ca.pem"), token("wrong"));
    let sign_in = [
        ("email.auth.type", "password"),
        ("email.auth.username", "alice"),
        ("email.auth.password", wrong_password.as_str()),
        ("email.auth.allow_unencrypted", "true"),
    ];
    for (port, fields, stage) in [
        (closed, &[][..], "Connect"),
        (25, &[("email.relay.host", "nowhere.invalid")], "Resolve"),
        (lab.postfix(9), &[], "Greeting"),
        (lab.postfix(0), &[("email.relay.encryption", "starttls")], "STARTTLS"),
        (lab.postfix(1), &[("email.relay.encryption", "starttls")], "TLS"),
        (lab.postfix(0), &[("email.relay.encryption", "tls")], "TLS"),
        (
            lab.faulty("auth-535-bare"),
            &[&sign_in[..], &[("email.relay.encryption", "starttls"), ("trust", "ca"), ("email.relay.ca", &own)]].concat(),
            "Sign-in",
        ),
        (lab.faulty("mail-530"), &[], "Sender"),
        (lab.faulty("rcpt-553-policy"), &[], "Recipient"),
    ] {
        let changes = [fields, &[("do", "test")]].concat();
        let begun = save(&browser, 0, &changes, port);
        assert_eq!(begun.status, 303, "{stage}: {}", begun.text);
        let ended = result(&browser, &begun);
        assert!(ended.text.contains(&format!("Test failed: {stage}")), "{stage}: {}", ended.text);
        assert!(ended.text.contains("Cause</h2>") && ended.text.contains("What to do</h2>"), "{stage}: {}", ended.text);
        assert!(!ended.text.contains(&wrong_password));
        let offered = matches!(stage, "Sender" | "Recipient");
        assert_eq!(ended.text.contains("Not reached"), !offered, "{stage}: {}", ended.text);
    }
}

/// The last test of the settings is known after a restart, with its revision.
#[test]
#[ignore = "needs the lab"]
fn last_test_survives_a_restart() {
    let lab = Lab::get();
    let mut node = Node::start();
    let browser = signed_in(&node);
    assert_eq!(save(&browser, 0, &[], lab.postfix(9)).status, 303);
    assert_eq!(node.cli(&["test"]).code, 3);
    assert_eq!(node.stop(), Some(0));
    node.run();
    let browser = Browser::new(&node.url());
    assert_eq!(browser.post("/login", &[("name", "ann"), ("password", PASSWORD)]).status, 303);
    let page = browser.get("/login/management/email").text;
    assert!(page.contains("The last test of saved settings failed") && page.contains("revision 1"), "{page}");
}

#[test]
#[ignore = "needs the lab"]
fn stale_save_is_refused_and_shows_differences() {
    let lab = Lab::get();
    let node = Node::start();
    let browser = signed_in(&node);
    let port = lab.postfix(0);
    assert_eq!(save(&browser, 0, &[], port).to(), "/login/management/email?done=1");
    assert_eq!(save(&browser, 1, &[("email.bounce_address", "bounce@lab.test")], port).status, 303);
    let mine = [("email.contacts.admin", "carol@lab.test"), ("email.bounce_address", "")];
    let late = save(&browser, 1, &mine, port);
    assert_eq!(late.status, 409);
    for part in [
        "the settings were saved in the meantime",
        "<dt>Bounce address</dt>",
        "<ins>bounce@lab.test</ins>",
        "value=\"bounce@lab.test\"",
        "carol@lab.test</textarea>",
        "name=\"revision\" value=\"2\"",
    ] {
        assert!(late.text.contains(part), "{part}\n{}", late.text);
    }
    assert!(!late.text.contains("You changed this too") && !late.text.contains("<dt>SMTP port</dt>"), "only what they changed");
    let both = save(&browser, 1, &[("email.bounce_address", "mine@lab.test")], port);
    assert!(both.status == 409 && both.text.contains("You changed this too") && both.text.contains("value=\"mine@lab.test\""));
    assert_eq!(save(&browser, 2, &mine, port).status, 303);
    let revisions = browser.get("/login/management/email/revisions");
    assert!(revisions.text.contains("Revision 3") && revisions.text.contains("<del>bounce@lab.test</del>"), "{}", revisions.text);
    assert_eq!(browser.post("/login/management/email/revisions", &[("revision", "2"), ("seen", "2")]).status, 409);
    assert_eq!(browser.post("/login/management/email/revisions", &[("revision", "2"), ("seen", "3")]).status, 303);
    assert!(browser.get("/login/management/email").text.contains("value=\"bounce@lab.test\""));
}

/// An empty field keeps the secret. For another relay host it must be typed again.
#[test]
#[ignore = "needs the lab"]
fn secret_is_never_shown_and_needed_again_for_new_host() {
    let lab = Lab::get();
    let node = Node::start();
    let browser = signed_in(&node);
    let (port, secret) = (lab.postfix(0), token("hunter"));
    let password = [("email.auth.type", "password"), ("email.auth.username", "alice"), ("email.auth.allow_unencrypted", "true")];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        password.iter().chain(more).map(|(key, value)| (*key, (*value).to_owned())).collect()
    };
    let send = |revision: u32, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&'static str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        save(&browser, revision, &fields, port)
    };
    assert_eq!(send(0, with(&[("email.auth.password", &secret)])).status, 303);
    let page = browser.get("/login/management/email");
    assert!(page.text.contains("Set. The value is never shown") && !page.text.contains(&secret));
    assert_eq!(send(1, with(&[("email.auth.password", "")])).status, 303, "an empty field keeps it");
    assert_eq!(node.json(&["settings", "revisions"]).as_array().unwrap().len(), 1, "what is saved already makes no revision");
    let elsewhere = send(1, with(&[("email.auth.password", ""), ("email.relay.host", "127.0.0.2")]));
    assert!(elsewhere.status == 422 && elsewhere.text.contains("email-auth-password-e"), "{}", elsewhere.text);
    let cleared = send(1, with(&[("email.auth.password", ""), ("clear", "email.auth.password"), ("email.auth.type", "none")]));
    assert_eq!(cleared.status, 303, "{}", cleared.text);
    let lost = send(2, with(&[("email.auth.password", &secret), ("email.relay.port", "x")]));
    assert!(
        lost.status == 422 && lost.text.contains("was not saved. Enter or clear it again") && lost.text.contains("Not set."),
        "{}",
        lost.text
    );
    assert!(!browser.get("/login/audit").text.contains(&secret));
}

/// Waits for the end of a test and returns its page.
fn result(browser: &Browser, begun: &Page) -> Page {
    assert!(begun.status == 303 && begun.to().starts_with("/login/test/"), "{}", begun.text);
    eventually("the test has ended", PATIENCE, || {
        Some(browser.get(begun.to())).filter(|page| !page.text.contains("data-running"))
    })
}

#[test]
#[ignore = "needs the lab"]
fn save_with_test_shows_stages_and_mail_arrives() {
    let lab = Lab::get();
    let node = Node::start();
    let browser = signed_in(&node);
    let site = token("pages");
    let page = result(
        &browser,
        &save(&browser, 0, &[("test", "1"), ("email.from", &format!("{site} <post@lab.test>"))], lab.postfix(0)),
    );
    assert!(page.text.contains("Accepted by the relay") && page.text.contains("bob@lab.test"), "{}", page.text);
    for stage in ["Connect", "Greeting", "EHLO", "Sender", "Recipient", "Data", "Final reply"] {
        assert!(page.text.contains(&format!("</span>{stage}</b>")), "{stage}");
    }
    arrives(&lab, &site);
    assert!(browser.get("/login/management/email").text.contains("The last test of saved settings was accepted"));
    assert!(browser.get("/login/overview").text.contains("Mail is working"));
}

#[test]
#[ignore = "needs the lab"]
fn failed_test_is_explained_and_settings_are_saved() {
    let lab = Lab::get();
    let node = Node::start();
    let browser = signed_in(&node);
    let refused = result(&browser, &save(&browser, 0, &[("test", "1")], lab.faulty("rcpt-553-policy")));
    for part in ["Test failed: Recipient", "554 5.7.1 Relay access denied", "Cause", "What to do", "Transcript"] {
        assert!(refused.text.contains(part), "{part}\n{}", refused.text);
    }
    assert_eq!(node.json(&["settings", "revisions"]).as_array().unwrap().len(), 1, "saved whatever the test says");
    let typed = [("do", "test"), ("email.relay.encryption", "starttls"), ("email.from", "Typed <typed@lab.test>")];
    let begun = save(&browser, 1, &typed, lab.postfix(1));
    let unsaved = result(&browser, &begun);
    assert!(unsaved.text.contains("Tested with the values that you entered"));
    let distrusted = unsaved.text.contains("/login/management/email?pin=");
    assert!(distrusted, "{}", unsaved.text);
    assert!(distrusted && !refused.text.contains("email?pin="), "the certificate is shown where it is what stopped the test");
    let number = begun.to().rsplit('/').next().unwrap();
    let form = browser.get(&format!("/login/management/email?typed={number}"));
    assert!(
        form.text.contains("value=\"Typed &#60;typed@lab.test&#62;\"") && form.text.contains("They are not saved yet"),
        "{}",
        form.text
    );
    let pinned = browser.get(&format!("/login/management/email?pin={number}&typed={number}"));
    let pins = pinned.text.split("name=\"email.relay.pins\"").nth(1).and_then(|rest| rest.split("</textarea>").next()).unwrap();
    assert!(pins.len() > 64 && pinned.text.contains("value=\"Typed "), "{}", pinned.text);
    let elsewhere = browser.get(&format!("/login/management/email?pin={}", "ab".repeat(32)));
    assert!(!elsewhere.text.contains("abababab"), "a link from elsewhere fills nothing in");
    assert_eq!(node.json(&["settings", "revisions"]).as_array().unwrap().len(), 1, "a test without saving saves nothing");
    assert_eq!(browser.post(begun.to(), &[]).to(), "/login/management/email?done=1");
    let form = browser.get("/login/management/email");
    let shown = form.text.split("The last test").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
    assert!(shown.contains("failed") && shown.contains("revision 2"), "the newest test counts: {}", form.text);
    let message = shown.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link to the message");
    assert!(browser.get(message).text.contains("typed@lab.test"), "it was sent with the typed values");
    let saved = node.json(&["settings", "show"]).to_string();
    assert!(saved.contains("typed@lab.test"), "what was tested is what is saved: {saved}");
}
