//! A soak test of the real program. It runs steady load against a relay that greylists every recipient. It cuts the
//! connection to the relay at intervals, and sends `kill -9` during submissions. It prints a line each minute. It fails
//! if an acknowledged message is not settled at the end, if mail was stuck, or if memory has grown.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use model::time::Timestamp;
use serde_json::{Value, json};
use store::{DataDir, KeyRing, MessageState, Store};
use testkit::{Node, TcpProxy, python};

/// The time for which the relay greylists each recipient, in seconds.
const GREY: u32 = 20;
/// Messages submitted each second.
const RATE: u32 = 10;
/// Interval and duration of the cuts between node and relay, in seconds.
const CUT_EVERY: u64 = 90;
const CUT_FOR: u64 = 15;
/// Interval between kills of the program, in seconds.
const KILL_EVERY: u64 = 150;
/// Most growth of resident memory from the first minute to the end, in MiB.
const GROWTH_MAX: u64 = 30;
/// Longest time from the end of the load until no message waits.
const DRAIN: Duration = Duration::from_secs(300);

/// Runs the soak test with `minutes` of load.
pub(crate) fn run(minutes: u64) -> Result<()> {
    let place = tempfile::Builder::new().prefix("soak").tempdir()?;
    let relay = SoakRelay::start(place.path())?;
    let proxy = TcpProxy::to(relay.port);
    let home = place.path().join("node");
    std::fs::create_dir(&home)?;
    let mut node = Node::at(&home);
    node.run();
    settings(&node, proxy.port)?;
    println!("{:>6} {:>8} {:>8} {:>8} {:>6} {:>5}", "second", "sent", "waiting", "RSS MiB", "health", "kills");
    let (begun, mut acknowledged, mut kills, mut memory) = (now(), Vec::new(), 0u32, Vec::new());
    for second in 0..minutes * 60 {
        match second % CUT_EVERY {
            0 if second > 0 => proxy.cut(),
            CUT_FOR => proxy.restore(),
            _ => {}
        }
        let killer = (second % KILL_EVERY == KILL_EVERY - 1).then(|| kill_soon(node.pid()));
        let fate = if killer.is_some() { NodeFate::Killed } else { NodeFate::Lives };
        acknowledged.extend(send(&node, second, fate)?);
        if let Some(killer) = killer {
            killer.join().map_err(|_| anyhow::anyhow!("the killer panicked"))?;
            node.kill(); // collects the exit status
            node.run();
            kills += 1;
        }
        if second % 60 == 59 {
            let status = node.cli(&["--json", "status"]).json();
            memory.push(resident(node.pid()));
            let rss = memory.last().copied().unwrap_or(0);
            println!(
                "{second:>6} {:>8} {:>8} {rss:>8} {:>6} {kills:>5}",
                acknowledged.len(),
                status["waiting"],
                status["health"].as_str().unwrap_or("")
            );
        }
        pause(begun + Duration::from_secs(second + 1));
    }
    proxy.restore();
    let drained = drain(&node)?;
    let stuck = node.json(&["event", "list", "--all", "--code", "queue.stuck"]);
    ensure!(stuck["incidents"].as_array().is_some_and(Vec::is_empty), "mail was stuck: {stuck}");
    let rss = resident(node.pid());
    ensure!(node.stop() == Some(0), "the node did not stop cleanly: {}", node.log());
    check_settled(&node, &acknowledged)?;
    println!("acknowledged and settled {} · kills {kills} · drained in {} s", acknowledged.len(), drained.as_secs());
    println!("RSS MiB: {memory:?}, {rss} at the end");
    let first = memory.first().copied().unwrap_or(rss);
    ensure!(rss <= first + GROWTH_MAX, "memory has grown from {first} to {rss} MiB");
    Ok(())
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a soak runs in real time")]
    Instant::now()
}

fn pause(until: Instant) {
    #[expect(clippy::disallowed_methods, reason = "a soak runs in real time")]
    std::thread::sleep(until.saturating_duration_since(now()));
}

/// A relay of the lab that defers the first attempt for each recipient.
struct SoakRelay {
    child: Child,
    port: u16,
}

impl SoakRelay {
    fn start(dir: &std::path::Path) -> Result<Self> {
        let conf = dir.join("soak.json");
        std::fs::write(&conf, json!({ "soak": { "rules": [{ "at": "RCPT", "do": "greylist", "seconds": GREY }] } }).to_string())?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../lab/relay/faulty.py");
        let mut command = Command::new(python("python"));
        command.arg(script).arg(dir).arg("--extra").arg(&conf).args(["--only", "soak"]);
        let child = command.stdout(Stdio::null()).spawn().context("the lab's Python: run lab/setup.sh")?;
        let ports = dir.join("faulty/ports.json");
        let port = testkit::eventually("the relay listens", Duration::from_secs(30), || {
            let ports: Value = serde_json::from_str(&std::fs::read_to_string(&ports).ok()?).ok()?;
            u16::try_from(ports["soak"].as_u64()?).ok()
        });
        Ok(Self { child, port })
    }
}

impl Drop for SoakRelay {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn settings(node: &Node, port: u16) -> Result<()> {
    let settings = format!(
        "[email]\nfrom = \"soak@lab.test\"\n[email.relay]\nhost = \"127.0.0.1\"\nport = {port}\nencryption = \"none\"\n\
         [email.contacts]\nadmin = [\"ops@lab.test\"]\n[queue]\nretry_after = [\"25s\", \"30s\"]\nkeep_reports = \"1h\"\n"
    );
    let saved = node.cli_with(&["settings", "import", "-"], &settings);
    ensure!(saved.code == 0, "{}{}", saved.out, saved.err);
    Ok(())
}

/// Starts a thread that kills the program after 60 ms, during the submissions.
fn kill_soon(pid: u32) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        pause(now() + Duration::from_millis(60));
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("the pid of a child");
        // The program may have ended by itself. Then the submission fails with an error.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    })
}

/// The fate of the node during the submissions of one second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeFate {
    Lives,
    /// It is killed meanwhile and may give no answer.
    Killed,
}

/// Submits the messages of one second, each to a different recipient. Returns the acknowledged ids. A message without an
/// answer is not acknowledged.
fn send(node: &Node, second: u64, fate: NodeFate) -> Result<Vec<String>> {
    let body = |n: u32| json!({ "to": format!("s{second}-{n}@lab.test"), "subject": "soak", "text": "x".repeat(2000) });
    let mut ids = Vec::new();
    for n in 0..RATE {
        let (status, answer) = node.api("POST", "/messages", &body(n));
        match (status, answer["id"].as_str()) {
            (201, Some(id)) => ids.push(id.to_owned()),
            (0, _) if fate == NodeFate::Killed => {}
            _ => bail!("a message was not accepted: {status} {answer}"),
        }
    }
    Ok(ids)
}

/// Waits until no message waits any more. Returns the time taken.
fn drain(node: &Node) -> Result<Duration> {
    let begun = now();
    loop {
        let status = node.cli(&["--json", "status"]).json();
        if status["waiting"] == 0 {
            return Ok(begun.elapsed());
        }
        ensure!(
            begun.elapsed() < DRAIN,
            "{} messages are still waiting after {} s: {status}",
            status["waiting"],
            DRAIN.as_secs()
        );
        pause(now() + Duration::from_secs(1));
    }
}

/// Resident memory of a process, in MiB.
fn resident(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) >> 10
}

/// Checks in the stopped node's store that the relay accepted every acknowledged message.
fn check_settled(node: &Node, acknowledged: &[String]) -> Result<()> {
    let directory = DataDir::lock(&node.dir)?;
    let ring = KeyRing::load_or_create(&directory.key_file())?;
    let store = Store::open(directory, ring, Timestamp::EPOCH)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for id in acknowledged {
        let number = id.parse::<model::id::MessageId>().context("an id")?.number;
        let message = runtime.block_on(store.message(number))?.with_context(|| format!("message {id} is lost"))?;
        ensure!(message.row.state == MessageState::Accepted, "message {id} is {:?}", message.row.state);
    }
    Ok(())
}
