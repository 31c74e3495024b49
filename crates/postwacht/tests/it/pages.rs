//! The pages, as a browser without scripts uses them.

use testkit::{Browser, Node};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A node with its first administrator signed in.
pub(crate) fn signed_in(node: &Node) -> Browser {
    let browser = Browser::new(&node.url());
    let made = browser.post(&node.first_link(), &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    assert_eq!((made.status, made.to()), (303, "/login/management/email"), "{}", made.text);
    browser
}

/// Creates an account with this role and signs in with the link that the command line prints.
pub(crate) fn come_in(node: &Node, name: &str, role: &str) -> Browser {
    let made = node.json(&["account", "create", name, "--role", role]);
    let browser = Browser::new(&node.url());
    let entered = browser.post(made["path"].as_str().unwrap(), &[]);
    assert_eq!((entered.status, entered.to()), (303, "/login/account?new=1"), "to choose a password");
    browser
}

#[test]
fn first_start_link_makes_exactly_one_account() {
    let mut node = Node::start();
    let browser = Browser::new(&node.url());
    let link = node.first_link();
    assert!(browser.get(&link).text.contains("Your account"), "looking does not use it up");
    for (fields, says) in [
        ([("name", "ann"), ("password", "short"), ("again", "short")], "at least 12 characters"),
        ([("name", "ann"), ("password", PASSWORD), ("again", "else")], "not the same"),
        ([("name", "a b"), ("password", PASSWORD), ("again", PASSWORD)], "not an account name"),
    ] {
        let page = browser.post(&link, &fields);
        assert!(page.status == 422 && page.text.contains(says), "{says}: {}", page.text);
        assert!(page.text.contains("aria-invalid") && !page.text.contains(PASSWORD), "at its field, and no password comes back");
    }
    let browser = signed_in(&node);
    assert_eq!(browser.get("/login/overview").status, 200);
    let again = Browser::new(&node.url());
    assert_eq!((again.get(&link).status, again.post(&link, &[("name", "eve")]).status), (410, 410));
    node.stop();
    std::fs::remove_file(node.dir.join("log")).unwrap();
    node.run();
    assert!(!node.log().contains("/login/start/"), "a node that has an account offers no other");
    let browser = Browser::new(&node.url());
    let entered = browser.post("/login", &[("name", "Ann"), ("password", PASSWORD), ("next", "/login/queue")]);
    assert_eq!((entered.status, entered.to()), (303, "/login/queue"));
    assert_eq!(browser.get("/login/queue").status, 200);
}

#[test]
fn password_guessing_is_limited_and_reveals_no_account() {
    let node = Node::start();
    signed_in(&node);
    let browser = Browser::new(&node.url());
    let guess = |name: &str| browser.post("/login", &[("name", name), ("password", "wrong wrong wrong")]);
    let (known, unknown) = (guess("ann"), guess("nobody"));
    assert_eq!((known.status, unknown.status), (403, 403));
    assert_eq!(known.text.replace("ann", ""), unknown.text.replace("nobody", ""), "the answer does not tell who exists");
    assert_eq!(guess("ann").status, 403);
    let parallel: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| Browser::new(&node.url()).post("/login", &[("name", "ann"), ("password", "wrong again")]).status)
            })
            .collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert!(parallel.iter().filter(|status| **status == 403).count() <= 1, "many at once are many: {parallel:?}");
    let slowed = browser.post("/login", &[("name", "ann"), ("password", PASSWORD)]);
    assert!(slowed.status == 429 && slowed.text.contains("Try again in"), "even the right one waits");
    assert_eq!(browser.cookies(), 0);
    assert_eq!(node.json(&["account", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn session_ends_with_sign_out_and_with_new_password() {
    let node = Node::start();
    let first = signed_in(&node);
    let second = Browser::new(&node.url());
    second.post("/login", &[("name", "ann"), ("password", PASSWORD)]);
    let wrong = first
        .post("/login/account", &[("do", "password"), ("old", "no"), ("new", "a new long word"), ("again", "a new long word")]);
    assert!(wrong.status == 422 && wrong.text.contains("current password is wrong"));
    let fields = [("do", "password"), ("old", PASSWORD), ("new", "a new long word"), ("again", "a new long word")];
    assert_eq!(first.post("/login/account", &fields).to(), "/login/account?done=1");
    assert_eq!((first.get("/login/overview").status, second.get("/login/overview").status), (200, 303));
    assert_eq!(first.post("/login/out", &[]).to(), "/login");
    assert_eq!(first.get("/login/overview").status, 303);
    assert_eq!(first.cookies(), 1, "the browser stays known to the account");
}

#[test]
fn cross_site_change_and_foreign_host_are_refused() {
    let node = Node::start();
    let browser = signed_in(&node);
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let forged = browser.send("POST", "/login/management/email", &[kind, ("Sec-Fetch-Site", "cross-site")], "do=save&revision=0");
    let elsewhere = browser.send("POST", "/login/out", &[kind, ("Origin", "https://evil.example")], "");
    let renamed = browser.send("GET", "/login/overview", &[("Host", "evil.example")], "");
    assert_eq!((forged.status, elsewhere.status, renamed.status), (403, 403, 421));
    let page = browser.get("/login/overview");
    assert_eq!(page.status, 200, "still signed in");
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe") && page.header("x-frame-options") == Some("DENY")
    );
}

#[test]
fn used_port_and_plain_http_address_are_clear_errors() {
    let node = Node::start();
    let address = node.url().trim_start_matches("http://").to_owned();
    let other = Node::at(tempfile::tempdir().unwrap().path());
    let taken = other.cli(&["serve", "--http", &address]);
    assert!(taken.code == 1 && taken.err.contains("The pages cannot be served") && taken.err.contains(&address), "{}", taken.err);
    let mut other = other;
    other.variable("POSTWACHT_TLS", "off");
    let clear = other.cli(&["serve", "--http", "0.0.0.0:8025"]);
    assert!(clear.code == 2 && clear.err.contains("this machine only"), "{}", clear.err);
}

/// The answer also says if mail is delivered.
#[test]
fn health_is_served_only_to_this_machine() {
    let node = Node::start();
    let browser = Browser::new(&node.url());
    assert_eq!((browser.get("/healthz").status, browser.get("/healthz?deep").status), (200, 503), "alive, and not set up");
    assert!(browser.get("/healthz").text.contains("\"health\":\"unset\""));
    let behind = browser.send("GET", "/healthz", &[("X-Forwarded-For", "192.0.2.1")], "");
    assert_eq!(behind.status, 403, "a proxy on this machine speaks for others");
}
