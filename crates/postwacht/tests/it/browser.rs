//! The pages in Chromium, as a new user goes through them. Pictures lie under `target/screens/`.

use testkit::{Chromium, Lab, Node, eventually};

use crate::way::{PATIENCE, arrives, token};

const PASSWORD: &str = "correct horse battery";

/// What must hold of every page that is open: nothing for axe-core to find, no complaint, no foreign host, no sideways
/// scrolling; on a phone and on a desk, light and dark.
fn well(chromium: &Chromium, node: &Node, name: &str) {
    for (width, theme) in [(1440, "light"), (375, "dark")] {
        chromium.look(width, theme);
        chromium.shot(&format!("{name}-{width}-{theme}"));
        assert_eq!(chromium.faults(), Vec::<String>::new(), "{name} at {width}, {theme}");
        let wide = chromium.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{name} at {width} scrolls sideways by {wide}");
    }
    chromium.look(1440, "light");
    assert_eq!(chromium.complaints(&node.url()), Vec::<String>::new(), "{name}");
}

fn first_start(chromium: &Chromium, node: &Node) {
    chromium.go(&node.first_link());
    chromium.fill("#name", "ann");
    chromium.fill("#password", PASSWORD);
    chromium.fill("#again", PASSWORD);
    chromium.click("button.main");
    // The page that follows is there: what is opened next must not be overtaken by it.
    eventually("signed in", PATIENCE, || {
        chromium.run("return document.querySelector('form#settings') !== null").as_bool().filter(|there| *there)
    });
}

fn ended(chromium: &Chromium) {
    eventually("the test has ended", PATIENCE, || {
        chromium
            .run("return document.querySelector('#live') && !document.querySelector('#live').dataset.running")
            .as_bool()
            .filter(|ended| *ended)
    });
}

#[test]
fn heavy_a_new_administrator_sets_mail_up_in_english() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("en"));
    chromium.go(&node.first_link());
    well(&chromium, &node, "start-en");
    first_start(&chromium, &node);
    well(&chromium, &node, "email-new-en");
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
    well(&chromium, &node, "test-accepted-en");
    chromium.go(&format!("{}/login/overview", node.url()));
    well(&chromium, &node, "overview-en");
    chromium.go(&format!("{}/login/queue", node.url()));
    chromium.click("tbody a");
    well(&chromium, &node, "message-en");
}

#[test]
fn heavy_every_page_stands_up_in_dutch() {
    let (lab, node, chromium) = (Lab::get(), Node::start(), Chromium::start("nl"));
    node.settings(&crate::way::Relay::new(lab.faulty("rcpt-553-policy"), "none").toml());
    let id = node.send(&["bob@lab.test"], &token("nl"));
    first_start(&chromium, &node);
    let go = |path: &str| chromium.go(&format!("{}/login/{path}", node.url()));
    for (path, name) in [
        ("management/email", "email-nl"),
        ("management/email/revisions", "revisions-nl"),
        ("overview", "overview-nl"),
        ("queue", "queue-nl"),
        (&format!("queue/{id}"), "message-nl"),
        ("audit", "audit-nl"),
        ("account", "account-nl"),
        ("about/components", "components-nl"),
    ] {
        go(path);
        assert_eq!(chromium.run("return document.documentElement.lang"), "nl");
        well(&chromium, &node, name);
    }
    go("overview");
    chromium.click("form[action='/login/test'] button");
    ended(&chromium);
    assert!(chromium.text().contains("De test stopte"), "{}", chromium.text());
    well(&chromium, &node, "test-refused-nl");
    go("management/email");
    chromium.click("#auth-oauth2");
    chromium.click("#provider-entra");
    well(&chromium, &node, "email-oauth2-nl");
}

#[test]
fn heavy_every_element_looks_as_it_is_recorded() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.go(&format!("{}/login/about/components", node.url()));
    well(&chromium, &node, "components-en");
    for (width, theme) in [(1440, "light"), (375, "dark")] {
        chromium.look(width, theme);
        let part = chromium.differs_by(&format!("components-{width}-{theme}"));
        assert!(part < 2.0, "{part:.2} % differ at {width}, {theme}: see target/screens/, record anew with POSTWACHT_WRITE=1");
    }
}

#[test]
fn heavy_faults_take_the_focus_and_the_keyboard_alone_is_enough() {
    let (node, chromium) = (Node::start(), Chromium::start("en"));
    first_start(&chromium, &node);
    chromium.fill("#email-from", "nobody");
    // Enter in a field saves: it must not press the first button that happens to stand in the form.
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
    // Every control can be reached, and is seen to be.
    chromium.go(&format!("{}/login/overview", node.url()));
    let mut reached = Vec::new();
    for _ in 0..12 {
        chromium.press("\u{E004}");
        let focus = chromium.run(
            "const e = document.activeElement, s = getComputedStyle(e); return [e.tagName + ' ' + (e.textContent || e.name).trim().slice(0, 30), s.outlineStyle]",
        );
        assert!(focus[0].as_str().unwrap().starts_with("BODY") || focus[1] != "none", "the focus is seen: {focus}");
        reached.push(focus[0].as_str().unwrap().to_owned());
    }
    for wanted in ["Skip to content", "Queue", "Email configuration", "Account", "Sign out", "Set up mail"] {
        assert!(reached.iter().any(|one| one.contains(wanted)), "{wanted} is not reached: {reached:?}");
    }
}
