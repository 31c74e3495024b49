//! The pages in Chromium, in the order of a new user. Screenshots are in `target/screens/`.

use testkit::{Chromium, Lab, Node, eventually};

use crate::way::{PATIENCE, arrives, token};

const PASSWORD: &str = "correct horse battery";

/// Checks an open page: no fault for axe-core, no complaint, no foreign host, no sideways scrolling. Checks it at phone and
/// desktop width, dark and light.
pub(crate) fn well(chromium: &Chromium, origin: &str, name: &str) {
    for (width, theme) in [(1440, "light"), (375, "dark")] {
        chromium.look(width, theme);
        chromium.shot(&format!("{name}-{width}-{theme}"));
        assert_eq!(chromium.faults(), Vec::<String>::new(), "{name} at {width}, {theme}");
        let wide = chromium.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{name} at {width} scrolls sideways by {wide}");
    }
    chromium.look(1440, "light");
    assert_eq!(chromium.complaints(origin), Vec::<String>::new(), "{name}");
}

pub(crate) fn first_start(chromium: &Chromium, node: &Node) {
    set_up_account(chromium, &node.first_link());
}

/// Creates the account of the first administrator at this link.
pub(crate) fn set_up_account(chromium: &Chromium, link: &str) {
    chromium.go(link);
    chromium.fill("#name", "ann");
    chromium.fill("#password", PASSWORD);
    chromium.fill("#again", PASSWORD);
    chromium.click("button.main");
    // Waits for the next page, so that it does not replace a page that the test opens later.
    eventually("signed in", PATIENCE, || {
        chromium.run("return document.querySelector('form#settings') !== null").as_bool().filter(|there| *there)
    });
}

pub(crate) fn ended(chromium: &Chromium) {
    eventually("the test has ended", PATIENCE, || {
        chromium
            .run("return document.querySelector('#live') && !document.querySelector('#live').dataset.running")
            .as_bool()
            .filter(|ended| *ended)
    });
}

#[test]
#[ignore = "needs the lab"]
fn new_administrator_sets_up_mail_in_english() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    let site = token("browser");
    chromium.fill("#email-from", &format!("{site} <post@lab.test>"));
    chromium.fill("#email-relay-host", "127.0.0.1");
    chromium.click("input[name='email.relay.encryption'][value='none']");
    assert_eq!(chromium.run("return document.getElementById('port').placeholder"), "25", "the port follows the encryption");
    chromium.fill("#port", &lab.postfix(0).to_string());
    chromium.fill("#email-contacts-admin", "bob@lab.test");
    chromium.click("button.main[value='save']");
    ended(&chromium);
    assert!(chromium.text().contains("Accepted by the relay"), "{}", chromium.text());
    arrives(&lab, &site);
    well(&chromium, &node.url(), "test-accepted-en");
    chromium.go(&format!("{}/login/overview", node.url()));
    well(&chromium, &node.url(), "overview-en");
    // Signs out and signs in again with the form.
    chromium.run("document.querySelector('details.menu').open = true");
    chromium.click("form[action='/login/out'] button");
    eventually("signed out", PATIENCE, || chromium.text().contains("Sign in").then_some(()));
    chromium.go(&format!("{}/login/queue", node.url()));
    chromium.fill("#name", "ann");
    chromium.fill("#password", "wrong wrong wrong");
    chromium.click("button.main");
    eventually("it is refused", PATIENCE, || chromium.text().contains("The name or the password is wrong").then_some(()));
    chromium.fill("#password", PASSWORD);
    chromium.click("button.main");
    eventually("where one wanted to go", PATIENCE, || {
        chromium.run("return location.pathname === '/login/queue'").as_bool().filter(|there| *there)
    });
    chromium.forget_complaints();
    chromium.click("tbody a");
    well(&chromium, &node.url(), "message-en");
}

/// Pages with content: a message in the queue, an open incident.
fn paths(message: &str, incident: &str) -> Vec<(String, &'static str)> {
    let fixed = [
        ("/login/incidents", "incidents"),
        ("/login/notices?code=relay.unreachable&kind=raised", "notices"),
        ("/login/management/email", "email"),
        ("/login/management/email/revisions", "revisions"),
        ("/login/overview", "overview"),
        ("/login/queue", "queue"),
        ("/login/queue?done=hold&count=1&ids=x", "queue-done"),
        ("/login/audit", "audit"),
        ("/login/account", "account"),
        ("/login/about/components", "components"),
    ];
    let made = [(format!("/login/queue/{message}"), "message"), (format!("/login/incidents/{incident}"), "incident")];
    fixed.map(|(path, name)| (path.to_owned(), name)).into_iter().chain(made).collect()
}

/// Checks every page, with a waiting message, an open incident and a refused test.
fn every_page(language: &str) {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start(language));
    let go = |path: &str| {
        chromium.go(&format!("{}{path}", node.url()));
        assert_eq!(chromium.run("return document.documentElement.lang"), language, "{path}");
    };
    let look = |name: &str| well(&chromium, &node.url(), &format!("{name}-{language}"));
    go("/login");
    look("sign-in");
    chromium.go(&node.first_link());
    look("start");
    first_start(&chromium, &node);
    look("email-new");
    node.settings(&crate::way::Relay::new(lab.faulty("rcpt-553-policy"), "none").toml());
    let id = node.send(&["bob@lab.test"], &token(language));
    node.becomes(&id, "waiting");
    let raised =
        node.cli(&["event", "raise", "app.door-open", "--severity", "error", "--object", "rack 3", "--fact", "since=noon"]);
    assert_eq!(raised.code, 0, "{}{}", raised.out, raised.err);
    for (path, name) in paths(&id, raised.out.trim()) {
        go(&path);
        look(name);
    }
    go(&format!("/login/queue/{id}"));
    chromium.click("button[value='cancel']");
    eventually("it is asked", PATIENCE, || {
        chromium.run("return document.querySelector('input[name=sure]')").as_object().map(drop)
    });
    look("confirm");
    go("/login/overview");
    chromium.click("form[action='/login/test'] button");
    ended(&chromium);
    look("test-refused");
    go("/login/management/email");
    chromium.click("#auth-oauth2");
    chromium.click("#provider-entra");
    look("email-oauth2");
    // Two returned forms: one with faults, one whose settings another operator has changed meanwhile.
    chromium.fill("#email-contacts-admin", "nobody");
    chromium.click("button.main[value='save']");
    eventually("the faults are shown", PATIENCE, || summary(&chromium, "sum"));
    chromium.run("performance.clearResourceTimings()");
    chromium.forget_complaints();
    look("email-faults");
    go("/login/management/email");
    node.settings(&crate::way::Relay { from: "carol@lab.test", ..crate::way::Relay::new(lab.postfix(0), "none") }.toml());
    chromium.fill("#email-bounce_address", "bounce@lab.test");
    chromium.click("button.main[value='save']");
    eventually("the difference is shown", PATIENCE, || summary(&chromium, "stale"));
    chromium.forget_complaints();
    look("email-stale");
    assert_eq!(
        chromium.run("return document.getElementById('email-from').value"),
        "carol@lab.test",
        "theirs, where nothing was typed"
    );
    assert_eq!(
        chromium.run("return document.getElementById('email-bounce_address').value"),
        "bounce@lab.test",
        "and what was typed"
    );
    go("/login/nothing");
    chromium.forget_complaints();
    look("not-found");
}

fn summary(chromium: &Chromium, id: &str) -> Option<()> {
    chromium.run(&format!("return document.getElementById('{id}') !== null")).as_bool().filter(|there| *there).map(drop)
}

#[test]
#[ignore = "needs the lab"]
fn every_page_is_accessible_in_english() {
    every_page("en");
}

#[test]
#[ignore = "needs the lab"]
fn every_page_is_accessible_in_dutch() {
    every_page("nl");
}

#[test]
#[ignore = "needs the lab"]
fn pages_work_without_scripts() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
    chromium.without_scripts();
    chromium.go(&node.first_link());
    for (field, text) in [("#name", "ann"), ("#password", PASSWORD), ("#again", PASSWORD)] {
        chromium.fill(field, text);
    }
    chromium.click("button.main");
    eventually("signed in", PATIENCE, || chromium.source().contains("id=\"settings\"").then_some(()));
    let site = token("noscript");
    chromium.fill("#email-from", &format!("{site} <post@lab.test>"));
    chromium.fill("#email-relay-host", "127.0.0.1");
    chromium.click("input[name='email.relay.encryption'][value='none']");
    chromium.fill("#port", &lab.postfix(0).to_string());
    chromium.fill("#email-contacts-admin", "bob@lab.test");
    chromium.click("button.main[value='save']");
    // The page reloads itself until the test has ended.
    eventually("the test has ended", PATIENCE, || chromium.source().contains("Accepted by the relay").then_some(()));
    arrives(&lab, &site);
    let id = node.send(&["bob@lab.test"], &token("noscript-queue"));
    node.becomes(&id, "accepted");
    chromium.go(&format!("{}/login/queue", node.url()));
    chromium.click("input[name='id']");
    chromium.click("button[value='retry']");
    eventually("it is said what was done", PATIENCE, || chromium.source().contains("No message was left to retry").then_some(()));
}

#[test]
#[ignore = "needs the lab"]
fn components_match_recorded_screenshots() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.go(&format!("{}/login/about/components", node.url()));
    well(&chromium, &node.url(), "components-en");
    for (width, theme) in [(1440, "light"), (375, "dark")] {
        chromium.look(width, theme);
        let part = chromium.differs_by(&format!("components-{width}-{theme}"));
        assert!(part < 2.0, "{part:.2} % differ at {width}, {theme}: see target/screens/, record anew with POSTWACHT_WRITE=1");
    }
}

/// Fills the form, presses a button of the bar, and waits for an element of the next page.
fn sent(chromium: &Chromium, fields: &[(&str, &str)], button: &str, has: &str) {
    for (css, text) in fields {
        if text.is_empty() { chromium.click(css) } else { chromium.fill(css, text) }
    }
    chromium.click(&format!("button.btn[value='{button}']"));
    eventually(has, PATIENCE, || {
        chromium.run(&format!("return document.querySelector(\"{has}\") !== null")).as_bool().filter(|is| *is)
    });
}

#[test]
#[ignore = "needs the lab"]
fn each_field_shows_its_own_fault() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.look(1440, "light");
    let oauth2 = [("#auth-oauth2", ""), ("#provider-entra", "")];
    for (choices, wrong) in [
        (
            &[][..],
            &[
                "email-from",
                "email-bounce_address",
                "email-relay-host",
                "email-contacts-admin",
                "email-daily-at",
                "site-time_zone",
            ][..],
        ),
        (&[("#trust-ca", "")], &["email-relay-ca"]),
        (&[("#trust-pin", "")], &["email-relay-pins"]),
        (&oauth2, &["email-oauth2-email", "email-oauth2-tenant", "email-oauth2-token_endpoint"]),
    ] {
        chromium.go(&format!("{}/login/management/email", node.url()));
        choices.iter().for_each(|(css, _)| chromium.click(css));
        let ids: Vec<String> = wrong.iter().map(|id| format!("#{id}")).collect();
        let fields: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "no @ such: thing")).collect();
        sent(&chromium, &fields, "save", "#sum");
        for id in wrong {
            let seen = chromium.run(&format!(
                "const e = document.getElementById('{id}-e'), f = document.getElementById('{id}');
                 return e !== null && e.checkVisibility() && f.getAttribute('aria-invalid') === 'true' && f.value === 'no @ such: thing'"
            ));
            assert_eq!(seen, true, "{id} says what is wrong, and keeps what was typed: {}", chromium.text());
        }
    }
    assert_eq!(node.json(&["settings", "revisions"]).as_array().unwrap().len(), 0, "nothing was saved");
}

#[test]
#[ignore = "needs the lab"]
fn test_names_failing_stage_and_queue_actions_work() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.look(1440, "light");
    let none = ("input[name='email.relay.encryption'][value='none']", "");
    for (host, port, encryption, stage) in [
        ("nowhere.invalid", 25, none, "Resolve"),
        ("127.0.0.1", 1, none, "Connect"),
        ("127.0.0.1", lab.postfix(9), none, "Greeting"),
        ("127.0.0.1", lab.postfix(0), ("input[value='starttls']", ""), "STARTTLS"),
        ("127.0.0.1", lab.postfix(1), ("input[value='starttls']", ""), "TLS"),
        ("127.0.0.1", lab.faulty("mail-530"), none, "Sender"),
        ("127.0.0.1", lab.faulty("rcpt-553-policy"), none, "Recipient"),
    ] {
        chromium.go(&format!("{}/login/management/email", node.url()));
        let port = port.to_string();
        let (to, from) = (("#email-contacts-admin", "bob@lab.test"), ("#email-from", "alice@lab.test"));
        sent(&chromium, &[from, ("#email-relay-host", host), encryption, ("#port", &port), to], "test", "#live");
        ended(&chromium);
        let said = chromium.text();
        assert!(said.contains(&format!("Test failed: {stage}")) && said.contains("What to do"), "{stage}: {said}");
    }
    node.settings(&crate::way::Relay::new(1, "none").toml());
    let id = node.send(&["bob@lab.test"], &token("acts"));
    for (button, says, state) in
        [("hold", "is held", "held"), ("release", "was released", "waiting"), ("hold", "is held", "held")]
    {
        chromium.go(&format!("{}/login/queue/{id}", node.url()));
        chromium.click(&format!("form.row button[value='{button}']"));
        eventually(says, PATIENCE, || chromium.text().contains(says).then_some(()));
        node.becomes(&id, state);
    }
    chromium.click(".note button[value='release']");
    eventually("it is undone", PATIENCE, || chromium.text().contains("was released").then_some(()));
    chromium.go(&format!("{}/login/queue/{id}", node.url()));
    chromium.click("form.row button[value='cancel']");
    eventually("it is asked", PATIENCE, || chromium.text().contains("cannot be undone").then_some(()));
    chromium.click("main button.stop");
    node.becomes(&id, "cancelled");
}

#[test]
#[ignore = "needs the lab"]
fn overview_updates_without_reload() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.go(&format!("{}/login/overview", node.url()));
    chromium.run("window.here = true");
    assert!(chromium.text().contains("Mail is not set up"), "{}", chromium.text());
    node.settings(&crate::way::Relay::new(lab.postfix(0), "none").toml());
    assert_eq!(node.cli(&["test"]).code, 0);
    eventually("the page says so", PATIENCE, || chromium.text().contains("Mail is working").then_some(()));
    assert_eq!(chromium.run("return window.here"), true, "the same page");
}

#[test]
#[ignore = "needs the lab"]
fn faults_take_focus_and_keyboard_suffices() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.fill("#email-from", "nobody");
    // Enter in a field saves. It must not press the first button in the form.
    chromium.press("\u{E007}");
    eventually("the faults are shown", PATIENCE, || chromium.text().contains("Not saved").then_some(()));
    assert_eq!(chromium.run("return document.activeElement.className"), "summary");
    chromium.run("performance.clearResourceTimings()");
    chromium.look(1440, "light");
    assert_eq!(chromium.faults(), Vec::<String>::new());
    chromium.shot("email-faults-en");
    chromium.press("\u{E004}");
    chromium.press("\u{E007}");
    assert_eq!(
        chromium.run("return document.activeElement.id || location.hash.slice(1)"),
        "email-from",
        "the summary leads to the field"
    );
    // The keyboard reaches every control, and its focus is visible.
    chromium.go(&format!("{}/login/overview", node.url()));
    let mut reached = Vec::new();
    for _ in 0..15 {
        chromium.press("\u{E004}");
        let focus = chromium.run(
            "const e = document.activeElement, s = getComputedStyle(e); return [e.tagName + ' ' + (e.textContent || e.name).trim().slice(0, 30), s.outlineStyle]",
        );
        assert!(focus[0].as_str().unwrap().starts_with("BODY") || focus[1] != "none", "the focus is seen: {focus}");
        reached.push(focus[0].as_str().unwrap().to_owned());
    }
    for wanted in ["Skip to content", "Queue", "Email configuration", "Account", "Sign out", "Set up mail"] {
        assert!(reached.iter().any(|label| label.contains(wanted)), "{wanted} is not reached: {reached:?}");
    }
}

/// Shows the notice as a mail program does: narrow and wide, light and dark.
#[test]
#[ignore = "needs the lab"]
fn notice_html_fits_each_width_and_theme() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    node.settings(&crate::way::Relay::new(1, "none").toml());
    for (code, kind) in [("relay.unreachable", "raised"), ("oauth.grant.lost", "raised"), ("relay.unreachable", "resolved")] {
        let output = node.cli(&["event", "preview", code, "--kind", kind, "--html"]);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
        let file = node.dir.join("notice.html");
        std::fs::write(&file, output.out).unwrap();
        chromium.go(&format!("file://{}", file.display()));
        for (width, theme) in [(320, "light"), (320, "dark"), (1200, "light"), (1200, "dark")] {
            chromium.look(width, theme);
            chromium.shot(&format!("notice-{code}-{kind}-{width}-{theme}"));
            let wide = chromium.run("return document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{code} at {width} scrolls sideways by {wide}");
            assert_eq!(chromium.faults(), Vec::<String>::new(), "{code} {kind} at {width}, {theme}");
        }
    }
}
