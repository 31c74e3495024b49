//! The failover pair as an operator has it: two processes on two hosts, their helpers, the command line, and mail through a real relay.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use testkit::{Chromium, HostNode, Lab, NetworkBench, Node, TcpProxy, eventually};

use crate::heavy::browser::{set_up_account, well};
use crate::way::{Relay, arrives, token};

pub(crate) const SHARED: &str = "10.77.0.100";
/// The primary timeout of these tests is 12 s. A loaded machine adds the rest.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A node on a host of the bench, with its helper and the way to the relay of the lab.
pub(crate) struct OperatedNode {
    pub(crate) host: HostNode,
    _relay: TcpProxy,
}

impl OperatedNode {
    fn start(bench: &NetworkBench, lab: &Lab, host: &str, n: u8) -> Self {
        Self::start_with(bench, lab, (host, n), None)
    }

    /// Starts a node on the host with this place, with a file of host names.
    pub(crate) fn start_with(bench: &NetworkBench, lab: &Lab, (host, n): (&str, u8), hosts: Option<&Path>) -> Self {
        let relay = TcpProxy::on_host(bench, host, lab.postfix(1));
        Self { host: HostNode::start(bench, (host, n), hosts), _relay: relay }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.host.node
    }

    fn failover(&self, args: &[&str]) -> (i32, String) {
        let words: Vec<&str> = ["failover"].iter().chain(args).copied().collect();
        let output = self.host.node.cli(&words);
        (output.code, format!("{}{}", output.out, output.err))
    }

    pub(crate) fn done(&self, args: &[&str]) -> String {
        let (code, said) = self.failover(args);
        assert_eq!(code, 0, "{args:?}: {said}");
        said
    }

    pub(crate) fn status(&self) -> Value {
        self.host.node.api("GET", "/failover", &Value::Null).1
    }

    /// Waits until the node has this duty.
    pub(crate) fn becomes(&self, duty: &str) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        eventually(&format!("{} is {duty}", self.host.ip), PATIENCE, || {
            let status = self.status();
            let is_so = status["duty"] == duty;
            *last.borrow_mut() = status.clone();
            is_so.then_some(status)
        })
    }

    /// Waits until the node has the e-mail settings of its primary.
    pub(crate) fn has_settings(&self) {
        let from = || self.host.node.json(&["settings", "show", "--json"])["email"]["from"].clone();
        eventually("the settings follow", PATIENCE, || from().is_string().then_some(()));
    }

    /// Waits until nothing would stop a takeover.
    pub(crate) fn is_ready(&self) {
        eventually(&format!("{} could take over", self.host.ip), PATIENCE, || {
            let status = self.status();
            (status["blocked_by"] == Value::Array(Vec::new()) && status["peer"]["answers"] == true).then_some(())
        });
    }
}

pub(crate) fn relay(lab: &Lab) -> Relay<'static> {
    let mut relay = Relay::new(lab.postfix(1), "starttls");
    relay.ca = Some(lab.pem("ca.pem"));
    relay.user = Some(("alice@lab.test", "alice-secret"));
    relay
}

/// Makes the pair as the manual says, with times that keep every rule.
pub(crate) fn paired(a: &OperatedNode, b: &OperatedNode) {
    drop(paired_with(a, b));
}

/// Makes the pair. Returns the code that it was made with.
pub(crate) fn paired_with(a: &OperatedNode, b: &OperatedNode) -> String {
    let code = b.done(&["pair-code"]).lines().find(|line| line.len() == 19).expect("a code").to_owned();
    let peer = format!("{}:8874", b.host.ip);
    let made = a.done(&["establish", "--peer", &peer, "--reverse", &a.host.ip, "--code", &code, "--shared-ip", SHARED]);
    assert!(made.contains("The pair is made"), "{made}");
    let times = ["probe_interval=1s", "probe_timeout=400ms", "address_lifetime=4s", "address_refresh=1s", "startup_wait=5s"];
    let more = ["yield_grace=1s", "flip_guard=1s", "takeovers_max=20"];
    a.becomes("primary");
    a.done(&[&["settings", "set"][..], &times, &more].concat());
    for host in [a, b] {
        let listed = host.done(&["ips", "list"]);
        assert!(listed.contains(SHARED) && listed.contains("eth0"), "the interface is found by its network: {listed}");
        host.done(&["settings", "set", "automatic=true", "primary_timeout=12s", "test_ips=10.77.0.3"]);
    }
    code
}

/// The mail of an event of this run, sent by this node: the name of the site is in each subject.
pub(crate) fn mail(lab: &Lab, code: &str, (site, node): (&str, &str)) -> Option<String> {
    let (header, trace) = (format!("X-Postwacht-Event: {code}"), format!("Received: by {node} ("));
    lab.mail_with(&header).into_iter().find(|mail| mail.contains(site) && mail.contains(&trace))
}

#[test]
#[ignore = "needs the lab"]
fn backup_takes_over_and_mails_through_the_relay_of_the_primary() {
    let lab = Lab::get();
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let (mut a, b) = (OperatedNode::start(&bench, &lab, "a", 1), OperatedNode::start(&bench, &lab, "b", 2));
    let site = token("pair");
    a.node().settings(&format!("{}[site]\nname = \"{site}\"\n", relay(&lab).toml()));
    paired(&a, &b);
    b.becomes("backup");
    b.is_ready();
    a.is_ready();
    let has = |host: &str| bench.ip(host, "-o -4 addr show dev eth0").contains(SHARED);
    eventually("the primary has the shared IP", PATIENCE, || (has("a") && !has("b")).then_some(()));

    // The e-mail settings follow with their password, and are changed on the primary only.
    let from = |host: &OperatedNode| host.node().json(&["settings", "show", "--json"])["email"]["from"].clone();
    eventually("the settings follow", PATIENCE, || (from(&b) == "alice@lab.test").then_some(()));
    let refused = b.node().cli(&["settings", "set", "email.from=bob@lab.test"]);
    assert!(refused.code != 0 && refused.err.contains("changed on the primary node"), "{}{}", refused.out, refused.err);
    let refused = b.node().cli(&["send", "--to", "bob@lab.test", "--subject", "x"]);
    assert!(refused.code != 0 && refused.err.contains("node-a"), "{}{}", refused.out, refused.err);

    a.host.node.kill();
    b.becomes("primary");
    eventually("the backup has the shared IP", PATIENCE, || (has("b") && !has("a")).then_some(()));
    for code in ["FO-10", "FO-11", "FX-01"] {
        let mail = eventually(&format!("mail {code}"), PATIENCE, || mail(&lab, code, (&site, "node-b")));
        assert!(mail.contains("To: <bob@lab.test>"), "{mail}");
    }
    let subject = token("after-takeover");
    let id = b.node().send(&["bob@lab.test"], &subject);
    b.node().becomes(&id, "accepted");
    // The relay has accepted it, and puts it into the mailbox a moment later.
    assert!(arrives(&lab, &subject).contains("Received: by node-b ("));

    a.host.node.run();
    a.becomes("backup");
    a.is_ready();
    assert!(has("b") && !has("a"));
    eventually("the primary knows its backup", PATIENCE, || (b.status()["peer"]["answers"] == true).then_some(()));
    // The other node must have the newest settings: the command is refused until it has.
    eventually("the role is handed over", PATIENCE, || (b.failover(&["become", "backup"]).0 == 0).then_some(()));
    a.becomes("primary");
    eventually("the shared IP comes back", PATIENCE, || (has("a") && !has("b")).then_some(()));
    b.becomes("backup");
    assert_eq!(b.done(&["break"]).trim(), "The pair has ended. Look at the status of both nodes.");
    assert_eq!((a.becomes("alone")["peer"].clone(), b.becomes("retired")["peer"].clone()), (Value::Null, Value::Null));
    assert!(has("a"), "the node that serves keeps the address");
}

/// A browser on a node of the bench, signed in as its administrator.
struct PairBrowser {
    chromium: Chromium,
    url: String,
    _way: TcpProxy,
}

impl PairBrowser {
    fn open(bench: &NetworkBench, host: &str, node: &Node, language: &str) -> Self {
        let port = node.url().rsplit_once(':').unwrap().1.parse().unwrap();
        let way = TcpProxy::into_host(bench, host, port);
        let there = |url: &str| url.replace(&format!(":{port}"), &format!(":{}", way.port));
        let (chromium, url) = (Chromium::start(language), there(&node.url()));
        set_up_account(&chromium, &there(&node.first_link()));
        Self { chromium, url, _way: way }
    }

    fn go(&self, path: &str) {
        self.chromium.go(&format!("{}{path}", self.url));
    }

    /// Waits until the page has this text, by itself.
    fn shows(&self, text: &str) {
        let mut looks = 0;
        eventually(&format!("“{text}”"), PATIENCE, || {
            let seen = self.chromium.text();
            looks += 1;
            if looks % 500 == 0 {
                eprintln!("waiting for “{text}” in: {seen}");
            }
            seen.contains(text).then_some(())
        });
    }
}

const FAILOVER: &str = "/login/management/failover";

/// An administrator makes a pair in the browser, sees each check, and watches the takeover without loading a page again.
#[test]
#[ignore = "needs the lab"]
fn pair_is_made_and_watched_on_the_pages() {
    let lab = Lab::get();
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let (mut a, b) = (OperatedNode::start(&bench, &lab, "a", 1), OperatedNode::start(&bench, &lab, "b", 2));
    a.node().settings(&relay(&lab).toml());
    let (on_a, on_b) = (PairBrowser::open(&bench, "a", a.node(), "en"), PairBrowser::open(&bench, "b", b.node(), "nl"));

    on_b.go(FAILOVER);
    on_b.chromium.click("button[value='invite']");
    let code = eventually("a code", PATIENCE, || {
        on_b.chromium.run("return document.getElementById('shown-code')?.textContent ?? null").as_str().map(str::to_owned)
    });
    well(&on_b.chromium, &on_b.url, "failover-code-nl");
    on_a.go(FAILOVER);
    well(&on_a.chromium, &on_a.url, "failover-alone-en");
    let fill = |shared: &str| {
        on_a.chromium.fill("#peer", &b.host.ip);
        on_a.chromium.fill("#reverse", &a.host.ip);
        on_a.chromium.fill("#code", &code);
        on_a.chromium.fill("#shared_ips", shared);
        on_a.chromium.click("button[value='establish']");
    };
    // An address in no network of the nodes: every check is shown, and what was typed stays.
    fill("203.0.113.9");
    on_a.shows("Not usable as a shared IP: 203.0.113.9");
    // The browser's console notes the status 422.
    on_a.chromium.forget_complaints();
    well(&on_a.chromium, &on_a.url, "failover-bad-check-en");
    assert_eq!(on_a.chromium.run("return document.getElementById('peer').value"), b.host.ip.as_str());
    fill(SHARED);
    on_a.shows("The pair is made");
    on_a.shows("Connection back");
    on_a.shows("node-a is the primary node, and node-b is its backup");

    let times = ["probe_interval=1s", "probe_timeout=400ms", "address_lifetime=4s", "address_refresh=1s", "startup_wait=5s"];
    a.done(&[&["settings", "set"][..], &times].concat());
    for (browser, host) in [(&on_b, &b), (&on_a, &a)] {
        browser.go(FAILOVER);
        browser.chromium.click("input[name='automatic']");
        browser.chromium.fill("#primary_timeout", "12s");
        browser.chromium.fill("#test_ips", "10.77.0.3");
        browser.chromium.click("button[value='node']");
        eventually("the settings are saved", PATIENCE, || {
            (host.node().api("GET", "/failover/settings", &Value::Null).1["primary_timeout"] == "12s").then_some(())
        });
    }
    b.becomes("backup");
    b.is_ready();
    a.is_ready();
    on_a.go(FAILOVER);
    on_a.shows("If the primary node fails, the backup takes over by itself.");
    well(&on_a.chromium, &on_a.url, "failover-primary-en");
    on_b.go("/login/management/email");
    on_b.shows("Wijzig ze op node-a");
    assert_eq!(on_b.chromium.run("return document.querySelector('.savebar button')"), Value::Null);
    on_b.go("/login/appliance/networking");
    on_b.shows(SHARED);
    well(&on_b.chromium, &on_b.url, "networking-nl");
    on_b.go(FAILOVER);
    on_b.shows("Valt de primaire node uit, dan neemt de back-up vanzelf over.");
    well(&on_b.chromium, &on_b.url, "failover-backup-nl");

    a.host.node.kill();
    on_b.shows("node-a antwoordt niet");
    on_b.shows("node-b is de primaire node en node-a is de back-up");
    well(&on_b.chromium, &on_b.url, "failover-after-takeover-nl");
}
