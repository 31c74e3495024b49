//! Hosts in network namespaces on one switch. Nothing of it touches the network of this machine.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of benches of this process, for their names.
static BENCHES: AtomicUsize = AtomicUsize::new(0);

/// A switch and the hosts that are plugged into it. Each host has one interface, `eth0`, with 10.77.0.N/24 and fd77::N/64, where N
/// is its place in the list. Everything goes when the bench is dropped.
pub struct NetworkBench {
    name: String,
    hosts: Vec<String>,
}

impl NetworkBench {
    /// Builds the switch and the hosts. `None`, and a line that says so, where this process may not make namespaces.
    pub fn new(hosts: &[&str]) -> Option<Self> {
        let number = BENCHES.fetch_add(1, Ordering::Relaxed);
        let name = format!("pw{}-{number}", std::process::id());
        let bench = Self { name, hosts: hosts.iter().map(|host| (*host).to_owned()).collect() };
        let switch = bench.namespace("switch");
        let made = Command::new("ip").args(["netns", "add", &switch]).output();
        if !made.as_ref().is_ok_and(|made| made.status.success()) {
            eprintln!("SKIPPED: network namespaces need CAP_SYS_ADMIN and iproute2: {made:?}");
            return None;
        }
        bench.ip("switch", "link add br0 type bridge");
        bench.ip("switch", "link set br0 up");
        for (at, host) in bench.hosts.iter().enumerate() {
            let (namespace, port, n) = (bench.namespace(host), format!("p-{host}"), at + 1);
            run(Command::new("ip").args(["netns", "add", &namespace]));
            bench.ip("switch", &format!("link add {port} type veth peer name eth0 netns {namespace}"));
            bench.ip("switch", &format!("link set {port} master br0 up"));
            bench.ip(host, "link set lo up");
            bench.ip(host, "link set eth0 up");
            bench.ip(host, &format!("addr add 10.77.0.{n}/24 dev eth0"));
            bench.ip(host, &format!("addr add fd77::{n}/64 dev eth0 nodad"));
        }
        Some(bench)
    }

    fn namespace(&self, host: &str) -> String {
        format!("{}-{host}", self.name)
    }

    /// The file of a host's network namespace, for setns(2).
    pub fn file(&self, host: &str) -> std::path::PathBuf {
        std::path::Path::new("/run/netns").join(self.namespace(host))
    }

    /// Runs `ip` with these words in the namespace of a host, or of the `switch`. Panics if it fails. Returns what it printed.
    pub fn ip(&self, host: &str, words: &str) -> String {
        run(Command::new("ip").args(["-n", &self.namespace(host)]).args(words.split_whitespace()))
    }

    /// The port of the switch that a host is plugged into.
    pub fn port(&self, host: &str) -> String {
        format!("p-{host}")
    }

    /// A command that will run on a host.
    pub fn command(&self, host: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(host)]).arg(program);
        command
    }

    /// True if a ping from one host reaches this address within a second.
    pub fn pings(&self, from: &str, ip: &str) -> bool {
        let mut ping = self.command(from, "ping");
        ping.args(["-n", "-c", "1", "-W", "1", ip]).stdout(Stdio::null()).stderr(Stdio::null());
        ping.status().is_ok_and(|status| status.success())
    }

    /// The hardware address of a host.
    pub fn mac(&self, host: &str) -> String {
        let line = self.ip(host, "-o link show eth0");
        line.split("link/ether ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    }

    /// The hardware address at which a host believes this address to be.
    pub fn neighbour(&self, host: &str, ip: &str) -> Option<String> {
        let line = self.ip(host, &format!("neigh show {ip}"));
        line.split("lladdr ").nth(1)?.split(' ').next().map(str::to_owned)
    }
}

impl Drop for NetworkBench {
    fn drop(&mut self) {
        for host in self.hosts.iter().map(String::as_str).chain(["switch"]) {
            drop(Command::new("ip").args(["netns", "del", &self.namespace(host)]).output());
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
