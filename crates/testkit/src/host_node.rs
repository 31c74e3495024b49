//! A node on a host of the bench, with the network helper of its pair.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::namespaces::NetworkBench;
use crate::node::{Node, program};
use crate::wait::eventually;

/// Longest wait for the helper.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node named `node-<host>`, with its port for the other node open on the host.
pub struct HostNode {
    pub node: Node,
    host: String,
    helper: Child,
    pub ip: String,
}

impl HostNode {
    /// Starts a node on the host with this place. With a file of host names, its pages are at port 8025 of all addresses, under the URL
    /// `https://pair.test:8025`.
    pub fn start(bench: &NetworkBench, (host, n): (&str, u8), hosts: Option<&Path>) -> Self {
        let mut node = Node::at(&tempfile::Builder::new().prefix("pwpair").tempdir_in("/tmp").unwrap().keep());
        let socket = node.dir.join("netd.sock");
        let helper = start_helper(bench, host, &socket);
        eventually("the helper listens", PATIENCE, || socket.exists().then_some(()));
        let names = hosts.map(|file| format!("mount --bind {} /etc/hosts && ", file.display())).unwrap_or_default();
        let begin = format!("{names}hostname node-{host} && exec \"$@\"");
        let enter = format!("--net={}", bench.file(host).display());
        node.under(&["nsenter", &enter, "unshare", "--uts", "--mount", "sh", "-c", &begin, "sh"]);
        if hosts.is_some() {
            node.variable("POSTWACHT_HTTP", "0.0.0.0:8025");
            node.variable("POSTWACHT_EXTERNAL_URLS", "https://pair.test:8025");
        }
        node.variable("POSTWACHT_LOG", "info");
        node.variable("POSTWACHT_PAIR", "0.0.0.0:8874");
        node.variable("POSTWACHT_NETD", &socket.display().to_string());
        node.run();
        Self { node, host: host.to_owned(), helper, ip: format!("10.77.0.{n}") }
    }

    pub fn kill_helper(&mut self) {
        self.helper.kill().unwrap();
        self.helper.wait().unwrap();
    }

    pub fn restart_helper(&mut self, bench: &NetworkBench) {
        self.helper = start_helper(bench, &self.host, &self.node.dir.join("netd.sock"));
    }
}

fn start_helper(bench: &NetworkBench, host: &str, socket: &Path) -> Child {
    let mut command = bench.command(host, program());
    command.args(["netd", "--socket"]).arg(socket).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl Drop for HostNode {
    fn drop(&mut self) {
        // It may have been killed already.
        drop(self.helper.kill());
        drop(self.helper.wait());
        self.node.kill();
        drop(std::fs::remove_dir_all(&self.node.dir));
    }
}
