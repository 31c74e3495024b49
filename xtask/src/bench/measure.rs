//! Shared parts of the benchmarks: a node in this process, messages, time and percentiles.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use admin::Clock;
use admin::names::Names;
use anyhow::Result;
use mail::intake::Submission;
use model::message::Class;
use model::settings::{Draft, Scalar};
use node::pair::PairStart;
use node::{Service, Start};
use store::{DataDir, KeyRing, Store};

/// Least size of a message's text, in bytes.
const BODY: usize = 2048;

pub(super) struct Bench {
    pub(super) service: Arc<Service>,
    pub(super) dir: tempfile::TempDir,
}

pub(super) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures time")]
    Instant::now()
}

/// CPU time of this process, over all threads.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// CPU time by part: the store's writer (SQLite and syncs), and the rest (text, dialogue, TLS, queue, reading).
#[derive(Clone, Copy, Default)]
pub(super) struct CpuTime {
    pub(super) writer: Duration,
    pub(super) rest: Duration,
}

impl CpuTime {
    pub(super) fn now() -> Self {
        let mut writer = Duration::ZERO;
        for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let text = |name| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            // schedstat holds nanoseconds on a CPU, nanoseconds waiting, and time slices (proc(5)).
            let ran = text("schedstat").split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
            if text("comm").trim() == "store-writer" {
                writer += Duration::from_nanos(ran);
            }
        }
        Self { writer, rest: cpu().saturating_sub(writer) }
    }

    /// CPU microseconds per message since `self`: of the writer, of the rest.
    pub(super) fn each(self, messages: f64) -> [f64; 2] {
        let now = Self::now();
        [(now.writer, self.writer), (now.rest, self.rest)]
            .map(|(now, then)| now.saturating_sub(then).as_secs_f64() * 1e6 / messages)
    }
}

/// Resident memory in MiB.
pub(super) fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) >> 10
}

pub(super) fn place() -> Result<tempfile::TempDir> {
    // The target directory is on a disk; a temporary directory may be in memory.
    let target = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    Ok(tempfile::Builder::new().prefix("bench").tempdir_in(target)?)
}

pub(super) async fn open(path: &std::path::Path) -> Result<Arc<Service>> {
    let clock = Clock::default();
    let directory = DataDir::lock(path)?;
    let ring = KeyRing::load_or_create(&directory.key_file())?;
    let store = Store::open(directory, ring, clock.now())?;
    let start = Start {
        store,
        clock,
        own: Arc::new(RwLock::new(Vec::new())),
        names: Names::new("bench.test", Vec::new()),
        pair: PairStart::default(),
    };
    Ok(Service::start(start).await?)
}

impl Bench {
    pub(super) async fn new(port: u16) -> Result<Self> {
        let dir = place()?;
        let service = open(dir.path()).await?;
        relay(&service, port).await?;
        Ok(Self { service, dir })
    }

    pub(super) async fn close(self) {
        self.service.stop().await;
        let store = self.service.store().clone();
        drop(tokio::task::spawn_blocking(move || store.close()).await);
    }
}

/// Sets the relay of the bench. Port 1 has no listener.
pub(super) async fn relay(service: &Service, port: u16) -> Result<()> {
    let mut draft = Draft::default();
    draft.email.from = Some("bench@bench.test".into());
    draft.email.relay.host = Some("127.0.0.1".into());
    draft.email.relay.port = Some(Scalar(port.to_string()));
    draft.email.relay.encryption = Some("none".into());
    draft.email.contacts.admin = vec!["to@bench.test".into()];
    let revision = service.settings().current().revision;
    service.settings().save(draft, revision, &model::account::Actor::whole("bench")).await?;
    Ok(())
}

pub(super) fn message() -> Submission {
    let mut text = b"From: bench@bench.test\r\nTo: to@bench.test\r\nSubject: bench\r\n\r\n".to_vec();
    while text.len() < BODY {
        text.extend_from_slice(b"Sixty-two bytes of text in a line, again and again and again.\r\n");
    }
    Submission {
        class: Class::Submitted,
        app: Some("bench".into()),
        sender: "bench@bench.test".parse().ok(),
        recipients: vec!["to@bench.test".parse().expect("an address")],
        text,
        composed: false,
        once: None,
        via: "bench",
        avoid: None,
        hands_off: false,
    }
}

pub(super) fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
}

/// Submits `count` messages from `producers` tasks at once. Returns each message's time to the acknowledgement, sorted.
pub(super) async fn accept(service: &Arc<Service>, producers: usize, count: usize) -> Result<Vec<Duration>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..producers {
        let service = Arc::clone(service);
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(count / producers);
            for _ in 0..count / producers {
                let start = now();
                service.intake().accept(message()).await?;
                times.push(start.elapsed());
            }
            Ok::<_, mail::intake::IntakeFault>(times)
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(times) = tasks.join_next().await {
        all.extend(times??);
    }
    all.sort();
    Ok(all)
}
