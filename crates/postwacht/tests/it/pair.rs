//! The failover pair as an operator has it: two processes on two hosts, their helpers, the command line, and mail through a real relay.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::{Lab, NetworkBench, Node, TcpProxy, eventually, program};

use crate::way::{Relay, arrives, token};

const SHARED: &str = "10.77.0.100";
/// The primary timeout of these tests is 12 s. A loaded machine adds the rest.
const PATIENCE: Duration = Duration::from_secs(90);

/// A node on a host of the bench, with its helper and the way to the relay of the lab.
struct OperatedNode {
    node: Node,
    helper: Child,
    _relay: TcpProxy,
    ip: String,
}

impl OperatedNode {
    fn start(bench: &NetworkBench, lab: &Lab, host: &str, n: u8) -> Self {
        let mut node = Node::at(&tempfile::Builder::new().prefix("pwpair").tempdir_in("/tmp").unwrap().keep());
        let socket = node.dir.join("netd.sock");
        let helper = Self::helper(bench, host, &socket);
        eventually("the helper listens", PATIENCE, || socket.exists().then_some(()));
        let namespace = bench.file(host);
        let name = format!("hostname node-{host} && exec \"$@\"");
        node.under(&["nsenter", &format!("--net={}", namespace.display()), "unshare", "--uts", "sh", "-c", &name, "sh"]);
        node.variable("POSTWACHT_PAIR", "0.0.0.0:8874");
        node.variable("POSTWACHT_NETD", &socket.display().to_string());
        node.run();
        let relay = TcpProxy::on_host(bench, host, lab.postfix(1));
        Self { node, helper, _relay: relay, ip: format!("10.77.0.{n}") }
    }

    fn helper(bench: &NetworkBench, host: &str, socket: &std::path::Path) -> Child {
        let mut command = bench.command(host, program());
        command.args(["netd", "--socket"]).arg(socket).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn failover(&self, args: &[&str]) -> (i32, String) {
        let words: Vec<&str> = ["failover"].iter().chain(args).copied().collect();
        let output = self.node.cli(&words);
        (output.code, format!("{}{}", output.out, output.err))
    }

    fn done(&self, args: &[&str]) -> String {
        let (code, said) = self.failover(args);
        assert_eq!(code, 0, "{args:?}: {said}");
        said
    }

    fn status(&self) -> Value {
        self.node.api("GET", "/failover", &Value::Null).1
    }

    /// Waits until the node has this duty.
    fn becomes(&self, duty: &str) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        eventually(&format!("{} is {duty}", self.ip), PATIENCE, || {
            let status = self.status();
            let is_so = status["duty"] == duty;
            *last.borrow_mut() = status.clone();
            is_so.then_some(status)
        })
    }

    /// Waits until nothing would stop a takeover.
    fn is_ready(&self) {
        eventually(&format!("{} could take over", self.ip), PATIENCE, || {
            let status = self.status();
            (status["blocked_by"] == Value::Array(Vec::new()) && status["peer"]["answers"] == true).then_some(())
        });
    }
}

impl Drop for OperatedNode {
    fn drop(&mut self) {
        // It may have been killed already.
        drop(self.helper.kill());
        drop(self.helper.wait());
        self.node.kill();
        drop(std::fs::remove_dir_all(&self.node.dir));
    }
}

fn relay(lab: &Lab) -> Relay<'static> {
    let mut relay = Relay::new(lab.postfix(1), "starttls");
    relay.ca = Some(lab.pem("ca.pem"));
    relay.user = Some(("alice@lab.test", "alice-secret"));
    relay
}

/// Makes the pair as the manual says, with times that keep every rule.
fn paired(a: &OperatedNode, b: &OperatedNode) {
    let code = b.done(&["pair-code"]).lines().find(|line| line.len() == 19).expect("a code").to_owned();
    let peer = format!("{}:8874", b.ip);
    let made = a.done(&["establish", "--peer", &peer, "--reverse", &a.ip, "--code", &code, "--shared-ip", SHARED]);
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
}

/// The mail of an event of this run, sent by this node: the name of the site is in each subject.
fn mail(lab: &Lab, code: &str, (site, node): (&str, &str)) -> Option<String> {
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
    a.node.settings(&format!("{}[site]\nname = \"{site}\"\n", relay(&lab).toml()));
    paired(&a, &b);
    b.becomes("backup");
    b.is_ready();
    a.is_ready();
    let has = |host: &str| bench.ip(host, "-o -4 addr show dev eth0").contains(SHARED);
    eventually("the primary has the shared IP", PATIENCE, || (has("a") && !has("b")).then_some(()));

    // The e-mail settings follow with their password, and are changed on the primary only.
    let from = |host: &OperatedNode| host.node.json(&["settings", "show", "--json"])["email"]["from"].clone();
    eventually("the settings follow", PATIENCE, || (from(&b) == "alice@lab.test").then_some(()));
    let refused = b.node.cli(&["settings", "set", "email.from=bob@lab.test"]);
    assert!(refused.code != 0 && refused.err.contains("changed on the primary node"), "{}{}", refused.out, refused.err);
    let refused = b.node.cli(&["send", "--to", "bob@lab.test", "--subject", "x"]);
    assert!(refused.code != 0 && refused.err.contains("node-a"), "{}{}", refused.out, refused.err);

    a.node.kill();
    b.becomes("primary");
    eventually("the backup has the shared IP", PATIENCE, || (has("b") && !has("a")).then_some(()));
    for code in ["FO-10", "FO-11", "FX-01"] {
        let mail = eventually(&format!("mail {code}"), PATIENCE, || mail(&lab, code, (&site, "node-b")));
        assert!(mail.contains("To: <bob@lab.test>"), "{mail}");
    }
    let subject = token("after-takeover");
    let id = b.node.send(&["bob@lab.test"], &subject);
    b.node.becomes(&id, "accepted");
    // The relay has accepted it, and puts it into the mailbox a moment later.
    assert!(arrives(&lab, &subject).contains("Received: by node-b ("));

    a.node.run();
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
