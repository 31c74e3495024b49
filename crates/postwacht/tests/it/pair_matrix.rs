//! The events of the pair, each provoked on real hosts: its mail, its recovery, and no other mail of the pair.

use std::path::PathBuf;

use serde_json::Value;
use testkit::{Lab, NetworkBench, eventually};

use crate::pair::{OperatedNode, PATIENCE, SHARED, paired, relay};
use crate::way::token;

/// A mail of the pair: its event, the node that sent it, and its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PairMail {
    code: String,
    node: &'static str,
    subject: String,
    message_id: String,
    in_reply_to: String,
    to: String,
}

/// Two nodes that are a pair, and the mails that they have sent.
struct Matrix {
    lab: Lab,
    bench: NetworkBench,
    a: OperatedNode,
    b: OperatedNode,
    site: String,
    hosts: PathBuf,
}

/// An event to provoke.
struct ProvokedEvent {
    code: &'static str,
    /// The node that tells it.
    by: &'static str,
    /// Other events that belong to the same fault, with the node that tells each.
    also: &'static [(&'static str, &'static str)],
}

fn header(mail: &str, name: &str) -> String {
    let head = mail.split("\r\n\r\n").next().unwrap_or("").split("\n\n").next().unwrap_or("");
    let unfolded = head.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let line = unfolded.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    line.unwrap_or_default()
}

impl Matrix {
    /// `None` where this process may not make namespaces.
    fn new(language: &str) -> Option<Self> {
        let (lab, site) = (Lab::get(), token("matrix"));
        let bench = NetworkBench::new(&["a", "b", "gw"])?;
        let hosts = std::env::temp_dir().join(format!("hosts-{site}"));
        std::fs::write(&hosts, "127.0.0.1 localhost\n10.77.0.100 pair.test\n").unwrap();
        let start = |host: &str, n| OperatedNode::start_with(&bench, &lab, (host, n), Some(&hosts));
        let (a, b) = (start("a", 1), start("b", 2));
        let settings = format!(
            "{}[site]\nname = \"{site}\"\nlanguage = \"{language}\"\nexternal_url = \"https://pair.test:8025\"\n",
            relay(&lab).toml()
        );
        a.node().settings(&settings);
        paired(&a, &b);
        a.done(&["settings", "set", "hostname_interval=10s"]);
        let matrix = Self { lab, bench, a, b, site, hosts };
        matrix.is_quiet();
        matrix.b.is_ready();
        Some(matrix)
    }

    /// Waits until both nodes answer in their roles and nothing is open on either.
    fn is_quiet(&self) {
        self.a.becomes("primary");
        self.b.becomes("backup");
        for host in [&self.a, &self.b] {
            eventually("they answer each other", PATIENCE, || (host.status()["peer"]["answers"] == true).then_some(()));
            eventually("no incident of the pair is open", PATIENCE, || {
                let open = host.node().api("GET", "/incidents?open=true", &Value::Null).1.to_string();
                (!open.contains("\"FO-") && !open.contains("\"FX-")).then_some(())
            });
        }
    }

    /// The mails of this pair so far.
    fn mails(&self) -> Vec<PairMail> {
        let of_site = self.lab.mail_with(&format!("[{}]", self.site));
        let read = |mail: &String| {
            let node = ["node-a", "node-b"].into_iter().find(|node| mail.contains(&format!("Received: by {node} (")))?;
            let (code, subject) = (header(mail, "X-Postwacht-Event"), header(mail, "Subject"));
            let is_pair = code.starts_with("FO-") || code.starts_with("FX-");
            let (message_id, in_reply_to, to) = (header(mail, "Message-ID"), header(mail, "In-Reply-To"), header(mail, "To"));
            is_pair.then_some(PairMail { code, node, subject, message_id, in_reply_to, to })
        };
        of_site.iter().filter_map(read).collect()
    }

    fn new_since(&self, before: &[PairMail]) -> Vec<PairMail> {
        self.mails().into_iter().filter(|mail| !before.contains(mail)).collect()
    }

    fn link(&mut self, host: &str, state: &str) {
        self.bench.ip("switch", &format!("link set {} {state}", self.bench.port(host)));
    }

    /// Changes the address of the site's host name, as both nodes resolve it.
    fn name_leads_to(&mut self, address: &str) {
        let line = if address.is_empty() { String::new() } else { format!("{address} pair.test\n") };
        std::fs::write(&self.hosts, format!("127.0.0.1 localhost\n{line}")).unwrap();
    }

    /// Provokes an event, waits for its mail, undoes it, and waits for the mail of its end. Nothing else may be told of the pair.
    fn walk(&mut self, row: &ProvokedEvent, provoke: impl FnOnce(&mut Self), undo: impl FnOnce(&mut Self)) {
        let before = self.mails();
        provoke(self);
        let of_row = |mail: &PairMail| mail.code == row.code && mail.node == row.by;
        let raised =
            eventually(&format!("the mail of {}", row.code), PATIENCE, || self.new_since(&before).into_iter().find(of_row));
        assert_eq!(raised.to, "<bob@lab.test>");
        undo(self);
        let ended = eventually(&format!("the end of {}", row.code), PATIENCE, || {
            self.new_since(&before).into_iter().find(|mail| of_row(mail) && mail.in_reply_to == raised.message_id)
        });
        assert_ne!(ended.subject, raised.subject);
        self.is_quiet();
        for mail in self.new_since(&before) {
            let belongs = of_row(&mail) || row.also.contains(&(mail.code.as_str(), mail.node));
            assert!(belongs, "{}: another mail of the pair: {mail:?}", row.code);
        }
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for host in [&self.a, &self.b] {
                let said = |words: &[&str]| host.node().cli(words).out;
                eprintln!("{}{}{}", host.node().log(), said(&["event", "list", "--all"]), said(&["queue", "list"]));
            }
        }
        drop(std::fs::remove_file(&self.hosts));
    }
}

fn row(code: &'static str, by: &'static str) -> ProvokedEvent {
    ProvokedEvent { code, by, also: &[] }
}

/// Settings and helper of one node: each event is told by that node, and no role changes.
#[test]
#[ignore = "needs the lab"]
fn faults_of_a_node_are_told_and_end() {
    let Some(mut matrix) = Matrix::new("en") else { return };
    let list =
        |host: &OperatedNode, more: &[&str]| drop(host.done(&[&["ips", "add", SHARED, "--interface", "eth0"], more].concat()));
    let set = |host: &OperatedNode, value: &str| drop(host.done(&["settings", "set", value]));
    matrix.walk(&row("FO-02", "node-a"), |pair| list(&pair.a, &["--disabled"]), |pair| list(&pair.a, &[]));
    matrix.walk(&row("FO-03", "node-b"), |pair| drop(pair.b.done(&["ips", "remove", SHARED])), |pair| list(&pair.b, &[]));
    matrix.walk(&row("FO-06", "node-b"), |pair| set(&pair.b, "enabled=false"), |pair| set(&pair.b, "enabled=true"));
    let restart = |pair: &mut Matrix| pair.b.host.restart_helper(&pair.bench);
    matrix.walk(&row("FO-07", "node-b"), |pair| pair.b.host.kill_helper(), restart);
}

/// Faults of the network and of the host name, in Dutch. A node that is cut off mails through the relay that it still reaches.
#[test]
#[ignore = "needs the lab"]
fn faults_of_the_network_are_told_and_end() {
    let Some(mut matrix) = Matrix::new("nl") else { return };
    let cut = ProvokedEvent { code: "FO-04", by: "node-b", also: &[("FX-07", "node-a")] };
    matrix.walk(&cut, |pair| pair.link("b", "down"), |pair| pair.link("b", "up"));
    matrix.walk(&row("FO-05", "node-b"), |pair| pair.link("gw", "down"), |pair| pair.link("gw", "up"));
    // The backup itself, and no address. A third time within the hour is told as unstable.
    for wrong in ["10.77.0.2", ""] {
        matrix.walk(&row("FO-08", "node-b"), |pair| pair.name_leads_to(wrong), |pair| pair.name_leads_to(SHARED));
    }
    let subjects: Vec<String> = matrix.mails().into_iter().map(|mail| mail.subject).collect();
    assert!(subjects.iter().any(|subject| subject.contains("Opgelost")), "in the language of the site: {subjects:?}");
}

/// A primary that dies and returns in time is told, and no role changes.
#[test]
#[ignore = "needs the lab"]
fn dead_primary_is_told_and_no_role_changes() {
    let Some(mut matrix) = Matrix::new("en") else { return };
    for (code, settings) in
        [("FO-09", ["automatic=false", "primary_timeout=12s"]), ("FO-10", ["automatic=true", "primary_timeout=10m"])]
    {
        matrix.b.done(&[&["settings", "set"][..], &settings].concat());
        if settings[0] == "automatic=true" {
            matrix.b.is_ready();
        }
        // It tells that it serves again.
        let row = ProvokedEvent { code, by: "node-b", also: &[("FX-01", "node-a")] };
        matrix.walk(&row, |pair| pair.a.host.node.kill(), |pair| pair.a.host.node.run());
    }
}
