//! Measures a takeover: the primary and its helper are killed, and a third host asks for the shared IP until another node answers. Beside
//! it Debian's keepalived with the same detection time, on the same hosts.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::{HostNode, NetworkBench, eventually, holds_for};

use super::measure::now;

const SHARED: &str = "10.77.0.100";
/// Takeovers of each kind.
const TAKEOVERS: usize = 10;
/// The time for which the primary must be silent. The advertisements of keepalived are a third of it apart.
const DETECTION: Duration = Duration::from_secs(12);
/// Longest wait for a state.
const PATIENCE: Duration = Duration::from_secs(90);

/// The phases that a takeover leaves, in their order: the transition with which each ends in the log.
const PHASES: [(&str, &str); 3] = [("silence", "T8"), ("quick checks", "T10"), ("claim and start", "T13")];

/// Waits for a state. Returns the time at which it was seen.
fn until(what: &str, mut holds: impl FnMut() -> bool) -> Instant {
    eventually(what, PATIENCE, || holds().then(now))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn print(name: &str, times: &mut [Duration]) {
    let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
    let shown = |time: Option<Duration>| time.map_or(0.0, |time| time.as_secs_f64());
    println!("{name:>28} {:>8.2} {:>8.2} {:>8.2}", shown(first), median(times).as_secs_f64(), shown(last));
}

pub(super) fn run() -> Result<()> {
    let bench = NetworkBench::new(&["a", "b", "gw"]).context("namespaces are needed")?;
    println!("{:>28} {:>8} {:>8} {:>8}", "seconds", "least", "median", "most");
    postwacht(&bench)?;
    keepalived(&bench)
}

fn done(host: &HostNode, words: &[&str]) -> Result<String> {
    let output = host.node.cli(words);
    ensure!(output.code == 0, "{words:?}: {}{}", output.out, output.err);
    Ok(output.out)
}

fn status(host: &HostNode) -> Value {
    host.node.api("GET", "/failover", &Value::Null).1
}

fn is_ready(host: &HostNode, duty: &str) -> bool {
    let status = status(host);
    status["duty"] == duty && status["blocked_by"] == Value::Array(Vec::new()) && status["peer"]["answers"] == true
}

fn postwacht(bench: &NetworkBench) -> Result<()> {
    let mut nodes = [HostNode::start(bench, ("a", 1), None), HostNode::start(bench, ("b", 2), None)];
    let code = done(&nodes[1], &["failover", "pair-code"])?;
    let code = code.lines().find(|line| line.len() == 19).context("a code")?.to_owned();
    let words =
        ["failover", "establish", "--peer", "10.77.0.2", "--reverse", "10.77.0.1", "--code", &code, "--shared-ip", SHARED];
    done(&nodes[0], &words)?;
    until("the first node serves", || status(&nodes[0])["duty"] == "primary");
    let times = ["probe_interval=1s", "probe_timeout=400ms", "address_lifetime=4s", "address_refresh=1s", "startup_wait=5s"];
    done(&nodes[0], &[&["failover", "settings", "set", "flip_guard=1s", "takeovers_max=20"][..], &times].concat())?;
    for node in &nodes {
        done(node, &["failover", "settings", "set", "automatic=true", "primary_timeout=12s", "test_ips=10.77.0.3"])?;
    }
    let (mut outages, mut beyond) = (Vec::new(), Vec::new());
    let mut phases: [Vec<Duration>; 3] = Default::default();
    for turn in 0..TAKEOVERS {
        let (primary, backup) = (turn % 2, (turn + 1) % 2);
        until("the pair is ready", || is_ready(&nodes[backup], "backup") && is_ready(&nodes[primary], "primary"));
        until("the shared IP answers", || bench.pings("gw", SHARED));
        let killed = now();
        nodes[primary].node.kill();
        nodes[primary].kill_helper();
        until("the former primary has lost the shared IP", || !bench.pings("gw", SHARED));
        let answered = until("the backup has the shared IP", || bench.pings("gw", SHARED));
        outages.push(answered - killed);
        beyond.push((answered - killed).saturating_sub(DETECTION));
        until("the backup serves", || status(&nodes[backup])["duty"] == "primary");
        for (phase, took) in phases.iter_mut().zip(phases_of(&nodes[backup].node.log())) {
            phase.push(took);
        }
        nodes[primary].restart_helper(bench);
        nodes[primary].node.run();
    }
    print("Postwacht: kill to answer", &mut outages);
    print("beyond the primary timeout", &mut beyond);
    for ((name, _), times) in PHASES.iter().zip(&mut phases).filter(|(_, times)| !times.is_empty()) {
        print(name, times);
    }
    Ok(())
}

/// The time of each phase of the last takeover in a log: from the first failed check to the silence's end, and so on.
fn phases_of(log: &str) -> Vec<Duration> {
    let at = |transition: &str| {
        let line = log.lines().rev().find(|line| line.contains(&format!("transition={transition} ")))?;
        line.split_whitespace().next()?.parse::<jiff::Timestamp>().ok()
    };
    let marks = ["T4", PHASES[0].1, PHASES[1].1, PHASES[2].1].map(at);
    let took = |pair: &[Option<jiff::Timestamp>]| {
        let (from, to) = (pair[0]?, pair[1]?);
        Duration::try_from(to.duration_since(from)).ok()
    };
    marks.windows(2).map_while(took).collect()
}

/// A daemon of keepalived on a host of the bench.
struct Keepalived {
    child: Child,
    place: tempfile::TempDir,
}

impl Keepalived {
    fn start(bench: &NetworkBench, host: &str, priority: u8) -> Result<Self> {
        let place = super::measure::place()?;
        let seconds = DETECTION.as_secs() / 3;
        let text = format!(
            "vrrp_instance pair {{\n state BACKUP\n interface eth0\n virtual_router_id 51\n priority {priority}\n advert_int {seconds}\n \
             nopreempt\n virtual_ipaddress {{ {SHARED}/24 }}\n}}\n"
        );
        let config = place.path().join("keepalived.conf");
        std::fs::write(&config, text)?;
        let file = |name: &str| place.path().join(name).display().to_string();
        let mut command: Command = bench.command(host, "keepalived");
        command.args(["--dont-fork", "--vrrp", "--use-file", &config.display().to_string()]);
        command.args(["--pid", &file("pid"), "--vrrp_pid", &file("vrrp.pid")]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("keepalived: apt install keepalived")?;
        Ok(Self { child, place })
    }
}

impl Drop for Keepalived {
    /// Ends the daemon and its child at once. The address stays, as after a crash of the program.
    fn drop(&mut self) {
        if let Ok(text) = std::fs::read_to_string(self.place.path().join("vrrp.pid"))
            && let Some(pid) = text.trim().parse().ok().and_then(rustix::process::Pid::from_raw)
        {
            // It may be gone.
            let _gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn keepalived(bench: &NetworkBench) -> Result<()> {
    let mut outages = Vec::new();
    for _ in 0..TAKEOVERS {
        // The node that served before may have left the address for its lifetime.
        until("no host has the shared IP", || !bench.pings("gw", SHARED));
        let first = Keepalived::start(bench, "a", 150)?;
        until("keepalived serves the shared IP", || bench.pings("gw", SHARED));
        let _second = Keepalived::start(bench, "b", 100)?;
        // It must have heard the first one.
        holds_for("the first one serves", DETECTION / 2, || bench.pings("gw", SHARED));
        let killed = now();
        drop(first);
        // Nothing takes the address away from a host whose keepalived has crashed: this host is dead as a whole.
        bench.ip("a", &format!("addr del {SHARED}/24 dev eth0"));
        until("the address is gone", || !bench.pings("gw", SHARED));
        outages.push(until("the second one serves", || bench.pings("gw", SHARED)) - killed);
        drop(_second);
        bench.ip("b", &format!("addr del {SHARED}/24 dev eth0"));
        bench.ip("gw", &format!("neigh flush to {SHARED}"));
    }
    print("keepalived: kill to answer", &mut outages);
    Ok(())
}
