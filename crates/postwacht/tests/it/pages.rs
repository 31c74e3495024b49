//! The pages, as a browser without scripts uses them.

use testkit::{Browser, Gate, Lab, Node, eventually};

use crate::email_form::{result, save};
use crate::way::{PATIENCE, Relay, token};

const PASSWORD: &str = "correct horse battery";

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
fn sign_in_is_required_and_returns_to_requested_page() {
    let node = Node::start();
    let browser = Browser::new(&node.url());
    for page in ["overview", "queue", "queue/x-1", "audit", "management/email", "management/email/revisions", "account", "test/1"]
    {
        let path = format!("/login/{page}");
        let answer = browser.get(&path);
        assert_eq!((answer.status, answer.to()), (303, format!("/login?next={}", path.replace('/', "%2F")).as_str()));
        assert!(answer.text.is_empty());
    }
    let lost = browser.post("/login/management/email", &[("do", "save")]);
    assert!(lost.status == 401 && lost.text.contains("Nothing was done"), "what was sent is not lost in silence");
    signed_in(&node);
    for bad in [
        "/login/%01\u{1}",
        "/login/..//evil.example",
        "https://evil.example/",
        "//evil.example",
        "/login/\\evil.example",
        "javascript:alert(1)",
    ] {
        let entered = browser.post("/login", &[("name", "ann"), ("password", PASSWORD), ("next", bad)]);
        assert_eq!(entered.to(), "/login/overview", "{bad}");
    }
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
fn queue_search_and_bulk_actions_are_audited() {
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml());
    let browser = signed_in(&node);
    let subjects: Vec<String> = (0..3).map(|n| token(&format!("bulk-{n}"))).collect();
    let ids: Vec<String> = subjects.iter().map(|subject| node.send(&["bob@lab.test"], subject)).collect();
    node.send(&["carol@lab.test"], &token("other"));
    let list = browser.get("/login/queue?to=bob&state=waiting");
    assert!(subjects.iter().all(|subject| list.text.contains(subject)) && !list.text.contains("carol@"), "{}", list.text);
    let held = browser.post("/login/queue", &[("do", "hold"), ("id", &ids[0]), ("id", &ids[1])]);
    assert_eq!(held.to(), format!("/login/queue?state=&to=&done=hold&count=2&ids={},{}", ids[0], ids[1]));
    let told = browser.get(held.to());
    assert!(told.text.contains("2 messages are held") && told.text.contains("Undo"), "{}", told.text);
    node.becomes(&ids[0], "held");
    let undone = browser.post("/login/queue", &[("id", &ids[0]), ("id", &ids[1]), ("do", "release")]);
    assert!(browser.get(undone.to()).text.contains("2 messages were released"));
    node.becomes(&ids[0], "waiting");
    let none = browser.post("/login/queue", &[("do", "retry")]);
    assert!(browser.get(none.to()).text.contains("no message was selected"));
    let path = format!("/login/queue/{}", ids[2]);
    let asked = browser.post(&path, &[("do", "cancel")]);
    assert!(asked.status == 200 && asked.text.contains("cannot be undone"), "{}", asked.text);
    assert_ne!(node.message(&ids[2])["state"], "cancelled", "asked first");
    assert_eq!(browser.post(&path, &[("do", "cancel"), ("sure", "1")]).status, 303);
    let message = browser.get(&path);
    assert!(message.text.contains("Cancelled") && message.text.contains("bob@lab.test"), "{}", message.text);
    let audit = browser.get("/login/audit");
    assert!(audit.text.contains("Messages held") && audit.text.contains("Messages cancelled"), "{}", audit.text);
    assert!(audit.text.contains("<td>ann</td>") && audit.text.contains(&format!("href=\"/login/queue/{}\"", ids[2])));
    assert_eq!(browser.get("/login/queue/zzz-999").status, 404);
}

#[test]
fn role_limits_pages_and_their_actions() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let id = node.send(&["bob@lab.test"], &token("role"));
    let (viewer, operator) = (come_in(&node, "vic", "viewer"), come_in(&node, "ola", "operator"));
    let path = format!("/login/queue/{id}");
    for (browser, acts, saves, tests) in [(&viewer, 403, 403, 403), (&operator, 303, 403, 303)] {
        assert_eq!(browser.post(&path, &[("do", "retry")]).status, acts);
        assert_eq!(browser.post("/login/queue", &[("do", "hold"), ("id", &id)]).status, acts);
        assert_eq!(save(browser, 1, &[], lab.postfix(0)).status, saves);
        assert_eq!(browser.post("/login/management/email/revisions", &[("revision", "1"), ("seen", "1")]).status, saves);
        assert_eq!(browser.post("/login/test", &[]).status, tests);
        assert_eq!(browser.get("/login/management/email").status, 200, "all may look");
    }
    assert!(!viewer.get("/login/queue").text.contains("value=\"cancel\""));
    assert!(!operator.get("/login/management/email").text.contains("class=\"btn main\" name=\"do\" value=\"save\""));
    assert_eq!(node.cli(&["account", "delete", "vic"]).code, 0);
    assert_eq!(viewer.get("/login/overview").status, 303, "a deleted account is out at once");
}

#[test]
fn overview_retries_mail_that_waits_for_held_relay() {
    let gate = Gate::to(Lab::get().postfix(0));
    gate.shut();
    let node = Node::start();
    node.settings(&Relay::new(gate.port, "none").toml());
    let (viewer, operator) = (come_in(&node, "vic", "viewer"), come_in(&node, "ola", "operator"));
    let words = ">Retry all waiting messages now</button>";
    assert!(!operator.get("/login/overview").text.contains(words), "nothing waits");
    let id = node.send(&["bob@lab.test"], &token("held"));
    eventually("it may be tried", PATIENCE, || operator.get("/login/overview").text.contains(words).then_some(()));
    assert!(!viewer.get("/login/overview").text.contains(words));
    assert_eq!(viewer.post("/login/overview", &[]).status, 403);
    gate.open();
    let tried = operator.post("/login/overview", &[]);
    assert!(tried.status == 303 && tried.to().starts_with("/login/overview?done=retry&count="), "{}", tried.to());
    node.becomes(&id, "accepted");
    let page = operator.get(tried.to()).text;
    assert!(page.contains("role=\"status\"") && !page.contains(words), "{page}");
}

#[test]
fn every_page_is_shown_in_dutch() {
    let lab = Lab::get();
    let node = Node::start();
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let id = node.send(&["bob@lab.test"], &token("dutch"));
    let browser = signed_in(&node);
    assert_eq!(browser.post("/login/account", &[("do", "language"), ("language", "nl")]).status, 303);
    let begun = browser.post("/login/test", &[]);
    result(&browser, &begun);
    for (path, says) in [
        ("/login/overview".to_owned(), "E-mail werkt"),
        ("/login/queue".to_owned(), "Wachtrij"),
        (format!("/login/queue/{id}"), "Ontvangers"),
        ("/login/audit".to_owned(), "Auditlog"),
        ("/login/management/email".to_owned(), "Afzenderadres"),
        ("/login/management/email/revisions".to_owned(), "huidig"),
        ("/login/account".to_owned(), "Huidig wachtwoord"),
        (begun.to().to_owned(), "Aangenomen door de relay"),
        ("/login/nothing".to_owned(), "Pagina niet gevonden"),
    ] {
        let page = browser.get(&path);
        assert!(page.text.contains("<html lang=\"nl\">") && page.text.contains(says), "{path}: {}", page.text);
        assert!(!page.text.contains("page-") || path.ends_with("/audit"), "{path} shows a key instead of a word");
        assert!(page.text.len() < 100_000, "{path}: {} bytes", page.text.len());
    }
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
