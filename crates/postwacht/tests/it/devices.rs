//! A caller that guesses passwords locks out no owner. All browsers of these tests share the address 127.0.0.1.

use testkit::{Browser, Node, Page};

use crate::pages::signed_in;

const PASSWORD: &str = "correct horse battery";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn enter(browser: &Browser, name: &str, password: &str) -> u16 {
    browser.post("/login", &[("name", name), ("password", password)]).status
}

/// A browser in which ann has signed in and out again.
fn known(node: &Node) -> Browser {
    let browser = signed_in(node);
    assert_eq!(browser.post("/login/out", &[]).status, 303);
    browser
}

fn strangers_guess(node: &Node, names: impl Iterator<Item = String>) {
    let stranger = Browser::new(&node.url());
    let answers: Vec<u16> = names.map(|name| enter(&stranger, &name, "wrong wrong wrong")).collect();
    assert!(answers.contains(&429) && answers.iter().all(|status| matches!(status, 403 | 429)), "{answers:?}");
}

fn device_cookie(page: &Page) -> String {
    let cookies = page.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let mut devices = cookies.map(|(_, cookie)| cookie.clone()).filter(|cookie| cookie.contains("-device="));
    devices.next().expect("the browser is made known")
}

/// Signs in with only this value of the device cookie.
fn enter_with(node: &Node, devices: &str, name: &str, password: &str) -> u16 {
    let port = node.url().rsplit(':').next().unwrap().to_owned();
    let cookie = format!("postwacht-{port}-device={devices}");
    let fields = format!("name={name}&password={}", password.replace(' ', "+"));
    Browser::new(&node.url()).send("POST", "/login", &[FORM, ("Cookie", &cookie)], &fields).status
}

#[test]
fn invented_names_lock_out_no_owner_at_the_same_address() {
    let node = Node::start();
    let owner = known(&node);
    strangers_guess(&node, (0..9).map(|n| format!("nobody{n}")));
    assert_eq!(enter(&owner, "ann", PASSWORD), 303, "on the browser where she signed in before");
    strangers_guess(&node, (0..9).map(|n| format!("nobody{n}")));
    assert_eq!(enter(&Browser::new(&node.url()), "ann", PASSWORD), 303, "and on a new one");
    assert_eq!(enter(&Browser::new(&node.url()), "nobody", PASSWORD), 429, "the address is over its limit");
}

#[test]
fn guessed_name_is_open_to_its_known_device() {
    let node = Node::start();
    let owner = known(&node);
    strangers_guess(&node, (0..9).map(|_| "ann".to_owned()));
    assert_eq!(enter(&Browser::new(&node.url()), "ann", PASSWORD), 429, "a new browser waits");
    assert_eq!(enter(&owner, "ann", PASSWORD), 303);
    assert_eq!(enter(&Browser::new(&node.url()), "ann", PASSWORD), 429, "and her sign-in does not free the name");
}

#[test]
fn known_device_is_rate_limited_too() {
    let node = Node::start();
    let owner = known(&node);
    let guesses: Vec<u16> = (0..9).map(|_| enter(&owner, "ann", "wrong wrong wrong")).collect();
    assert_eq!(guesses[..3], [403; 3]);
    assert!(guesses[3..].contains(&429), "{guesses:?}");
    assert_eq!(enter(&Browser::new(&node.url()), "ann", PASSWORD), 303, "its failures are its own");
}

#[test]
fn device_cookie_holds_for_one_account_until_its_password_ends() {
    let mut node = Node::start();
    let made =
        Browser::new(&node.url()).post(&node.first_link(), &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    let cookie = device_cookie(&made);
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=15552000"), "{cookie}");
    let held = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    // The device cookie alone does not sign in. It survives a restart, which resets the counted failures.
    node.stop();
    node.run();
    let port = node.url().rsplit(':').next().unwrap().to_owned();
    let alone = format!("postwacht-{port}={held}; postwacht-{port}-device={held}");
    assert_eq!(Browser::new(&node.url()).send("GET", "/login/overview", &[("Cookie", &alone)], "").status, 303);
    let bob = node.json(&["account", "create", "bob", "--role", "administrator"]);
    let browser = Browser::new(&node.url());
    assert_eq!(browser.post(bob["path"].as_str().unwrap(), &[]).status, 303);
    let chosen = [("do", "password"), ("old", ""), ("new", PASSWORD), ("again", PASSWORD)];
    let chosen = browser.post("/login/account", &chosen);
    assert!(chosen.status == 303 && device_cookie(&chosen).contains("-device="), "known as soon as there is a password");
    // The limit lasts for seconds, so each look follows its guesses.
    strangers_guess(&node, (0..9).map(|_| "bob".to_owned()));
    assert_eq!(enter_with(&node, &held, "bob", PASSWORD), 429, "ann's device is a stranger to bob");
    strangers_guess(&node, (0..9).map(|_| "ann".to_owned()));
    assert_eq!(enter_with(&node, &format!("{held}x"), "ann", PASSWORD), 429, "forged");
    assert_eq!(enter_with(&node, &held, "ann", PASSWORD), 303);
    // A reset of the account revokes the cookie.
    assert_eq!(node.cli(&["account", "reset", "ann"]).code, 0);
    strangers_guess(&node, (0..9).map(|_| "ann".to_owned()));
    assert_eq!(enter_with(&node, &held, "ann", PASSWORD), 429);
}
