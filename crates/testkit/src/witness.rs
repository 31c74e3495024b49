//! A third host of the bench that watches one address all the time: who answers for it, and when nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::lab::python;
use crate::namespaces::NetworkBench;
use crate::wait::eventually;

/// The running watch. `lab/witness.py` writes its log.
pub struct Witness {
    process: Child,
    log: PathBuf,
}

/// The log of a watch that has ended.
pub struct WitnessLog {
    lines: Vec<Value>,
}

impl Witness {
    /// Begins to watch an address from this host. The log stays in the directory of the test, as evidence.
    pub fn begin(bench: &NetworkBench, host: &str, ip: &str, log: PathBuf) -> Self {
        let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/witness.py");
        let mut command = bench.command(host, python("python"));
        command.arg(script).args([ip, "eth0"]).arg(&log);
        let process = command.stdin(Stdio::piped()).spawn().expect("the witness starts");
        eventually("the witness watches", Duration::from_secs(30), || log.exists().then_some(()));
        Self { process, log }
    }

    /// Ends the watch.
    pub fn end(mut self) -> WitnessLog {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("the witness ends").success());
        let text = std::fs::read_to_string(&self.log).expect("a log");
        WitnessLog { lines: text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect() }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl WitnessLog {
    fn of(&self, what: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["what"] == what)
    }

    /// Number of questions by ARP that were answered.
    pub fn answers(&self) -> usize {
        self.of("has").count()
    }

    /// The questions that more than one host answered: each had the address at that moment.
    pub fn doubles(&self) -> Vec<(u64, BTreeSet<String>)> {
        let mut by_slot: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for line in self.of("has") {
            let mac = line["mac"].as_str().expect("a sender").to_owned();
            by_slot.entry(line["slot"].as_u64().expect("a number")).or_default().insert(mac);
        }
        by_slot.into_iter().filter(|(_, macs)| macs.len() > 1).collect()
    }

    /// The hosts that answered pings, in order, with the time of the first answer of each run.
    pub fn holders(&self) -> Vec<(String, f64)> {
        let mut holders: Vec<(String, f64)> = Vec::new();
        for line in self.of("pong") {
            let (mac, t) = (line["mac"].as_str().expect("a sender"), line["t"].as_f64().expect("a time"));
            if holders.last().is_none_or(|(last, _)| last != mac) {
                holders.push((mac.to_owned(), t));
            }
        }
        holders
    }

    /// The pauses of more than this many seconds in which no ping was answered: begin and length.
    pub fn pauses(&self, longer_than: f64) -> Vec<(f64, f64)> {
        let times: Vec<f64> = self.of("pong").filter_map(|line| line["t"].as_f64()).collect();
        times.windows(2).map(|pair| (pair[0], pair[1] - pair[0])).filter(|(_, length)| *length > longer_than).collect()
    }
}
