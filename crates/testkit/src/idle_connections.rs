//! Idle connections from another user of this machine or from other addresses. A Python process holds them. Like an
//! attacker, it reopens each connection that the node closes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::namespaces::NetworkBench;

const SCRIPT: &str = r#"
import selectors, socket, sys
kind, target, count, sources = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
def connect(n):
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        s.connect(target)
    elif kind == "host":
        s = socket.socket()
        s.setblocking(False)
        host, port = target.rsplit(":", 1)
        s.connect_ex((host, int(port)))
    else:
        s = socket.socket()
        s.setblocking(False)
        s.bind(("127.0.0.%d" % (2 + n % sources), 0))
        s.connect_ex(("127.0.0.1", int(target)))
    return s
select, missing = selectors.DefaultSelector(), list(range(count))
told = False
while True:
    later = []
    for n in missing:
        try:
            select.register(connect(n), selectors.EVENT_READ, n)
        except OSError:
            later.append(n)
    missing = later
    if not told:
        print("held", flush=True)
        told = True
    for key, _ in select.select(0.2):
        try:
            gone = key.fileobj.recv(4096) == b""
        except OSError:
            gone = True
        if gone:
            select.unregister(key.fileobj)
            key.fileobj.close()
            missing.append(key.data)
"#;

/// A process that holds idle connections to the node until the value is dropped.
pub struct IdleConnections {
    child: Child,
}

impl IdleConnections {
    /// Holds `count` connections to a Unix socket as user `uid`. Needs root, which ./test has.
    pub fn of_user(uid: u32, socket: &Path, count: usize) -> Self {
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={uid}"), "--clear-groups", "prlimit", "--nofile=4096:4096"]);
        Self::start(command, &["unix", &socket.display().to_string(), &count.to_string(), "1"])
    }

    /// Holds `count` connections to a port, from `sources` addresses of the loopback network.
    pub fn from_addresses(port: u16, sources: usize, count: usize) -> Self {
        let mut command = Command::new("prlimit");
        command.arg("--nofile=4096:4096");
        Self::start(command, &["tcp", &port.to_string(), &count.to_string(), &sources.to_string()])
    }

    /// Holds `count` connections from a host of the bench to `target` (`IP:PORT`).
    pub fn from_host(bench: &NetworkBench, host: &str, target: &str, count: usize) -> Self {
        let mut command = bench.command(host, "prlimit");
        command.arg("--nofile=4096:4096");
        Self::start(command, &["host", target, &count.to_string(), "1"])
    }

    fn start(mut command: Command, args: &[&str]) -> Self {
        command.args(["/usr/bin/python3", "-c", SCRIPT]).args(args).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n", "the connections are there");
        Self { child }
    }
}

impl Drop for IdleConnections {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
