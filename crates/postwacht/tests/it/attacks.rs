//! Attacks on the pages, one test for each.

use testkit::{Browser, Chromium, Lab, Node};

use crate::way::{Relay, token};

const PASSWORD: &str = "correct horse battery";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// Sets a variable in the browser if it is ever run.
const SCRIPT: &str = "\"'><script>window.pwned=1</script><img src=x onerror=window.pwned=1>";

fn signed_in(node: &Node) -> Browser {
    let browser = Browser::new(&node.url());
    browser.post(&node.first_link(), &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    browser
}

fn come_in(node: &Node, name: &str, role: &str) -> Browser {
    let made = node.json(&["account", "create", name, "--role", role]);
    let browser = Browser::new(&node.url());
    assert_eq!(browser.post(made["url"].as_str().unwrap(), &[]).status, 303);
    browser
}

#[test]
fn forged_request_is_refused_in_each_known_form() {
    let node = Node::start();
    let browser = signed_in(&node);
    for headers in [
        &[FORM, ("Sec-Fetch-Site", "cross-site")][..],
        &[FORM, ("Sec-Fetch-Site", "same-site")],
        &[FORM, ("Sec-Fetch-Site", "CROSS-SITE")],
        &[FORM, ("Origin", "https://evil.example")],
        &[FORM, ("Origin", "null")],
        &[FORM, ("Origin", &format!("{}0", node.url()))],
        &[("Content-Type", "text/plain"), ("Sec-Fetch-Site", "cross-site")],
        &[("Content-Type", "multipart/form-data; boundary=x"), ("Origin", "https://evil.example")],
        &[("Content-Type", "application/json"), ("Origin", "https://evil.example")],
    ] {
        for path in ["/login/out", "/login/account", "/login/management/email", "/login/queue", "/login/test"] {
            assert_eq!(browser.send("POST", path, headers, "do=end-others").status, 403, "{path} {headers:?}");
        }
    }
    // A method override and a GET request change nothing either.
    let hidden = [FORM, ("X-HTTP-Method-Override", "POST"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(browser.send("GET", "/login/out", &hidden, "").status, 404);
    assert_eq!(browser.get("/login/overview").status, 200, "still signed in");
}

/// Session fixation: a cookie value set by an attacker never becomes a session.
#[test]
fn session_cookie_chosen_by_attacker_is_not_adopted() {
    let node = Node::start();
    let made = Browser::new(&node.url());
    let made = made.post(&node.first_link(), &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    let name = made.header("set-cookie").unwrap().split('=').next().unwrap().to_owned();
    assert!(
        name == format!("postwacht-{}", node.url().rsplit(':').next().unwrap()),
        "nodes on one host do not share a cookie: {name}"
    );
    let fields = format!("name=ann&password={}", PASSWORD.replace(' ', "+"));
    let fixed = format!("{name}=chosen-by-somebody-else");
    let chosen = [FORM, ("Cookie", fixed.as_str())];
    let entered = Browser::new(&node.url()).send("POST", "/login", &chosen, &fields);
    let cookie = entered.header("set-cookie").unwrap().to_owned();
    assert!(entered.status == 303 && !cookie.contains("chosen") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let again = Browser::new(&node.url()).send("POST", "/login", &chosen, &fields);
    assert_ne!(again.header("set-cookie").unwrap(), cookie, "each sign-in is a session of its own");
    let opened = Browser::new(&node.url()).send("GET", "/login/overview", &[("Cookie", &fixed)], "");
    assert_eq!(opened.status, 303);
}

#[test]
fn redirects_stay_on_this_site() {
    let node = Node::start();
    let browser = signed_in(&node);
    for path in [
        "//evil.example",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/login?next=//evil.example",
        "/login?next=https://evil.example",
    ] {
        let answer = browser.get(path);
        let to = answer.to();
        assert!(to.is_empty() || to.starts_with("/login/"), "{path} leads to {to}");
    }
}

#[test]
#[ignore = "needs the lab"]
fn path_traversal_and_foreign_ids_are_refused() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let (ann, eve) = (signed_in(&node), come_in(&node, "eve", "administrator"));
    for path in [
        "/assets/../../etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/Cargo.toml",
        "/login/queue/..%2f..%2fx",
        "/login/queue/%00",
        "/login/queue/9999999999999999999-1",
        "/login/test/18446744073709551616",
        "/login/test/-1",
        "/login/audit?before=x",
        "/login/queue?before=99999999999999999999",
        "/demo/mailbox",
        "/login/start/x",
    ] {
        let answer = ann.get(path);
        assert!((400..500).contains(&answer.status) && !answer.text.contains("root:"), "{path}: {}", answer.status);
        assert!(answer.text.contains("<!doctype html>") || path.starts_with("/assets/"), "{path} is a page: {}", answer.text);
    }
    // Eve cannot read the unsaved settings of Ann's test, and cannot end Ann's session.
    let port = lab.postfix(0).to_string();
    let begun = ann.post(
        "/login/management/email",
        &[
            ("do", "test"),
            ("revision", "1"),
            ("email.from", "Typed <typed@lab.test>"),
            ("email.relay.host", "127.0.0.1"),
            ("email.relay.port", &port),
            ("email.relay.encryption", "none"),
            ("email.contacts.admin", "bob@lab.test"),
        ],
    );
    assert_eq!(begun.status, 303, "{}", begun.text);
    let number = begun.to().rsplit('/').next().unwrap();
    assert!(ann.get(&format!("/login/management/email?typed={number}")).text.contains("typed@lab.test"));
    assert!(!eve.get(&format!("/login/management/email?typed={number}")).text.contains("typed@lab.test"));
    assert_eq!(eve.post(begun.to(), &[]).status, 404);
    let account = ann.get("/login/account").text;
    let session = account.split("name=\"session\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    eve.post("/login/account", &[("do", "end"), ("session", session)]);
    assert_eq!(ann.get("/login/overview").status, 200, "nobody ends another's session");
}

/// Checks that a page shows an attacker's text and does not run it.
fn harmless(chromium: &Chromium, url: &str) {
    chromium.go(url);
    assert_eq!(chromium.run("return window.pwned ?? null"), serde_json::Value::Null, "{url}");
    assert_eq!(chromium.run("return document.querySelectorAll('main script, main img').length"), 0, "{url}");
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    #[test]
    #[ignore = "needs the lab"]
    fn attacker_text_is_shown_and_never_run() {
        let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
        node.settings(&Relay::new(lab.faulty("rcpt-550-script"), "none").toml());
        let subject = format!("{SCRIPT} {}", token("script"));
        let id = node.send(&["bob@lab.test"], &subject);
        node.becomes(&id, "refused");
        node.json(&["token", "create", "--scope", "read", "--expires", "1d", "--name", "<script>window.pwned=1</script>"]);
        chromium.go(&node.first_link());
        chromium.fill("#name", "ann");
        chromium.fill("#password", PASSWORD);
        chromium.fill("#again", PASSWORD);
        chromium.click("button.main");
        testkit::eventually("signed in", crate::way::PATIENCE, || {
            chromium.run("return document.querySelector('form#settings') !== null").as_bool().filter(|there| *there)
        });
        let at = |path: &str| format!("{}{path}", node.url());
        for path in ["/login/overview", "/login/queue", &format!("/login/queue/{id}"), "/login/audit"] {
            harmless(&chromium, &at(path));
        }
        chromium.go(&at(&format!("/login/queue/{id}")));
        assert!(chromium.text().contains("<script>window.pwned=1</script>"), "shown as text: {}", chromium.text());
        let reflected: String = SCRIPT.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            "/login?next=",
            "/login/queue?to=",
            "/login/queue?state=",
            "/login/queue?done=hold&count=1&ids=",
            "/login/management/email?pin=",
        ] {
            harmless(&chromium, &at(&format!("{path}{reflected}")));
        }
        // Every field of the form is returned with its fault.
        chromium.go(&at("/login/management/email"));
        let fill = format!(
            "document.querySelectorAll('#settings input[type=text], #settings textarea').forEach(field => field.value = {})",
            serde_json::json!(SCRIPT)
        );
        chromium.run(&fill);
        chromium.click("button.main[value='save']");
        testkit::eventually("the faults are shown", crate::way::PATIENCE, || chromium.text().contains("Not saved").then_some(()));
        assert_eq!(chromium.run("return window.pwned ?? null"), serde_json::Value::Null);
        assert_eq!(chromium.run("return document.querySelectorAll('main script, main img').length"), 0);
    }
}
