//! Faults of every part of a pair, seen by a third host: at no moment do two nodes have the shared IP, and after each fault one has it.

use std::path::Path;
use std::process::Command;

use testkit::{Lab, NetworkBench, Witness, eventually};

use crate::pair::{OperatedNode, PATIENCE, SHARED, paired, relay};

/// The two hosts of a pair, and the third one that watches.
struct WatchedPair {
    bench: NetworkBench,
    nodes: [OperatedNode; 2],
    witness: Option<Witness>,
    macs: [String; 2],
    name: &'static str,
}

const HOSTS: [&str; 2] = ["a", "b"];

impl WatchedPair {
    /// `None` where this process may not make namespaces.
    fn new(name: &'static str) -> Option<Self> {
        let lab = Lab::get();
        let bench = NetworkBench::new(&["a", "b", "gw"])?;
        let start = |n: u8| OperatedNode::start_with(&bench, &lab, (HOSTS[usize::from(n) - 1], n), None);
        let nodes = [start(1), start(2)];
        nodes[0].node().settings(&relay(&lab).toml());
        paired(&nodes[0], &nodes[1]);
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("witness-{name}.jsonl"));
        drop(std::fs::remove_file(&log));
        let witness = Some(Witness::begin(&bench, "gw", SHARED, log));
        let macs = HOSTS.map(|host| bench.mac(host));
        let watched = Self { bench, nodes, witness, macs, name };
        watched.settles(0);
        Some(watched)
    }

    /// Waits until this node serves with the address, the other one follows, and nothing would stop a takeover.
    fn settles(&self, primary: usize) {
        let (serving, following) = (&self.nodes[primary], &self.nodes[1 - primary]);
        serving.becomes("primary");
        following.becomes("backup");
        following.is_ready();
        serving.is_ready();
        self.answers(primary);
    }

    /// Waits until the third host reaches the address, at this node.
    fn answers(&self, primary: usize) {
        let mac = &self.macs[primary];
        let is_there = || self.bench.pings("gw", SHARED) && self.bench.neighbour("gw", SHARED).as_ref() == Some(mac);
        eventually(&format!("{SHARED} answers at {}", HOSTS[primary]), PATIENCE, || is_there().then_some(()));
    }

    fn signal(&self, node: usize, signal: &str) {
        let pid = self.nodes[node].node().pid().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn kill(&mut self, node: usize) {
        self.nodes[node].host.node.kill();
    }

    fn run(&mut self, node: usize) {
        self.nodes[node].host.node.run();
    }

    fn cable(&self, host: &str, state: &str) {
        self.bench.ip("switch", &format!("link set {} {state}", self.bench.port(host)));
    }

    /// Ends the watch, prints what it saw, and checks that the address was never at two hosts.
    fn was_never_doubled(mut self, served: &[usize]) {
        let macs = self.macs.clone();
        let log = self.witness.take().expect("a watch").end();
        let host = |mac: &String| macs.iter().position(|known| known == mac);
        let holders: Vec<(Option<usize>, f64)> = log.holders().iter().map(|(mac, t)| (host(mac), *t)).collect();
        println!("{}: {} answers; holders {holders:?}; pauses over 0.5 s {:.1?}", self.name, log.answers(), log.pauses(0.5));
        assert_eq!(log.doubles(), [], "two hosts had the address");
        assert!(log.answers() > 100, "the third host saw the address");
        assert_eq!(
            holders.iter().map(|(host, _)| *host).collect::<Vec<_>>(),
            served.iter().map(|n| Some(*n)).collect::<Vec<_>>()
        );
    }
}

/// Processes that die, stop or hang, on the primary and on both nodes.
#[test]
#[ignore = "needs the lab"]
fn dead_and_stopped_processes_leave_the_address_at_one_host() {
    let Some(mut pair) = WatchedPair::new("processes") else { return };
    pair.kill(0);
    pair.answers(1);
    pair.run(0);
    pair.settles(1);
    // A stopped process removes nothing: the kernel does, when the address is not renewed.
    pair.signal(1, "-STOP");
    pair.nodes[0].becomes("primary");
    pair.answers(0);
    pair.signal(1, "-CONT");
    pair.settles(0);
    // A helper that dies takes no address with it, and its successor begins without one.
    let WatchedPair { bench, nodes, .. } = &mut pair;
    nodes[0].host.kill_helper();
    nodes[0].host.restart_helper(bench);
    pair.settles(0);
    for first in [0, 1] {
        pair.kill(0);
        pair.kill(1);
        pair.run(first);
        pair.run(1 - first);
        pair.settles(0);
    }
    // A former primary that finds its peer silent and its test IP alive serves alone.
    pair.kill(0);
    pair.kill(1);
    pair.run(0);
    pair.nodes[0].becomes("primary");
    pair.answers(0);
    pair.run(1);
    pair.settles(0);
    pair.was_never_doubled(&[0, 1, 0]);
}

/// A cut cable, a switch that is off, packets lost in one direction, and an interface that is gone.
#[test]
#[ignore = "needs the lab"]
fn faults_of_the_network_leave_the_address_at_one_host() {
    let Some(mut pair) = WatchedPair::new("network") else { return };
    pair.cable("a", "down");
    pair.nodes[1].becomes("primary");
    pair.answers(1);
    pair.cable("a", "up");
    pair.settles(1);
    // Nothing goes from the primary to its backup any more. It goes on to serve, and the backup finds the address in use.
    let wrong = "neigh replace 10.77.0.1 lladdr 02:00:00:00:de:ad nud permanent dev eth0";
    pair.bench.ip("b", wrong);
    let incidents = || pair.nodes[0].node().api("GET", "/incidents", &serde_json::Value::Null).1.to_string();
    let is_told = |code: &str| incidents().contains(code);
    eventually("the backup tells that a takeover has failed", PATIENCE, || is_told("FX-02").then_some(()));
    eventually("and why", PATIENCE, || is_told("FX-05").then_some(()));
    pair.answers(1);
    pair.bench.ip("b", "neigh del 10.77.0.1 dev eth0");
    pair.settles(1);
    // The switch is off: nobody serves, and both nodes return.
    pair.bench.ip("switch", "link set br0 down");
    pair.nodes[1].becomes("waiting");
    pair.bench.ip("switch", "link set br0 up");
    pair.settles(1);
    let port = pair.bench.port("b");
    pair.bench.ip("switch", &format!("link del {port}"));
    pair.nodes[0].becomes("primary");
    pair.answers(0);
    let WatchedPair { nodes, .. } = &mut pair;
    nodes[1].host.node.kill();
    pair.was_never_doubled(&[0, 1, 0]);
}
