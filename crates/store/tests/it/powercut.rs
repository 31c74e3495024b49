//! Power-cut tests. A shim records the writes and syncs of a real process (lab/powercut/shim.c). The test rebuilds the
//! directory for a cut: every synced write, plus a random part of the later writes, torn at sectors. The opened store must
//! hold all acknowledged commits.
//!
//! The same test with syncs switched off must fail, or it proves nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::id::MessageNumber;
use store::{DataDir, Durability, KeyRing, MessageState, Store};

use crate::sample::{NOW, accept, message, ms, settle};

const MESSAGES: usize = 60;
const SECTOR: usize = 512;
/// Number of cuts to test. `POWERCUT_CUTS` sets another number, `POWERCUT_SEED` repeats a run.
const CUTS: usize = 120;

fn asked<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// The recorded process: this test binary again, with the shim loaded. Without the environment variables it does nothing.
#[tokio::test]
async fn powercut_child() {
    let Some(dir) = std::env::var_os("POWERCUT_DIR").map(PathBuf::from) else { return };
    let durability = if std::env::var_os("POWERCUT_NO_SYNC").is_some() { Durability::None } else { Durability::Full };
    let directory = DataDir::lock(&dir).unwrap();
    let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
    let store = Store::open_with(directory, ring, NOW, durability).unwrap();
    let mut acks = std::fs::File::create(dir.join("acks")).unwrap();
    for i in 0..MESSAGES {
        let mut one = message(&format!("m{i}"));
        one.body = vec![b'a' + u8::try_from(i % 26).unwrap(); 3000 + i * 37].into();
        let n = accept(&store, one).await;
        acks.write_all(format!("accepted {n}\n").as_bytes()).unwrap();
        if i % 3 == 0 {
            use model::message::Fate;
            let settled = settle(n, &[(0, Fate::Accepted), (1, Fate::Refused)], store::Next::Park);
            store.change(NOW + ms(5), settled).await.unwrap();
            acks.write_all(format!("settled {n}\n").as_bytes()).unwrap();
        }
    }
    store.close();
}

enum PowerCutEvent {
    Write { path: String, offset: usize, bytes: Vec<u8> },
    Truncate { path: String, length: usize },
    Sync { path: String },
    Unlink { path: String },
    Ack(String),
}

fn read_log(path: &Path) -> Vec<PowerCutEvent> {
    let log = std::fs::read(path).unwrap();
    let (mut events, mut at) = (Vec::new(), 0);
    while at < log.len() {
        let end = at + log[at..].iter().position(|b| *b == b'\n').unwrap();
        let head = String::from_utf8(log[at..end].to_vec()).unwrap();
        let words: Vec<&str> = head.split(' ').collect();
        let (path, offset, length) =
            (words[1].to_owned(), words[2].parse::<usize>().unwrap(), words[3].parse::<usize>().unwrap());
        let bytes = log[end + 1..end + 1 + length].to_vec();
        at = end + 1 + length;
        events.push(match words[0] {
            "W" => PowerCutEvent::Write { path, offset, bytes },
            "T" => PowerCutEvent::Truncate { path, length: offset },
            "S" => PowerCutEvent::Sync { path },
            "U" => PowerCutEvent::Unlink { path },
            _ => PowerCutEvent::Ack(String::from_utf8(bytes).unwrap()),
        });
    }
    events
}

/// A small random generator. A failure prints the seed, which repeats the run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

type Files = BTreeMap<String, Vec<u8>>;

fn put(files: &mut Files, path: &str, offset: usize, bytes: &[u8]) {
    let file = files.entry(path.to_owned()).or_default();
    if file.len() < offset + bytes.len() {
        file.resize(offset + bytes.len(), 0);
    }
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// The content of the disk if the power fails after `cut` events. Each file holds all writes before its last sync. Of the
/// later writes it holds a random part, torn at sectors.
fn after(events: &[PowerCutEvent], cut: usize, chance: &mut Chance) -> (Files, Vec<String>) {
    let events = &events[..cut];
    let last_sync =
        |wanted: &str| events.iter().rposition(|e| matches!(e, PowerCutEvent::Sync { path } if path == wanted)).unwrap_or(0);
    let (mut files, mut acks) = (Files::new(), Vec::new());
    for (i, event) in events.iter().enumerate() {
        match event {
            PowerCutEvent::Ack(line) => acks.push(line.trim().to_owned()),
            PowerCutEvent::Write { path, offset, bytes } if i < last_sync(path) => put(&mut files, path, *offset, bytes),
            PowerCutEvent::Write { path, offset, bytes } => {
                for (k, sector) in bytes.chunks(SECTOR).enumerate() {
                    if chance.below(2) == 0 {
                        put(&mut files, path, offset + k * SECTOR, sector);
                    }
                }
            }
            PowerCutEvent::Truncate { path, length } if i < last_sync(path) || chance.below(2) == 0 => {
                files.entry(path.clone()).or_default().resize(*length, 0);
            }
            // A removal is permanent once the directory was synced after it.
            PowerCutEvent::Unlink { path } if i < last_sync(".") || chance.below(2) == 0 => drop(files.remove(path)),
            PowerCutEvent::Truncate { .. } | PowerCutEvent::Unlink { .. } | PowerCutEvent::Sync { .. } => {}
        }
    }
    (files, acks)
}

/// Opens the remaining files and describes an acknowledged commit that is missing.
async fn missing(files: &Files, acks: &[String]) -> Result<(), String> {
    let place = tempfile::tempdir().unwrap();
    // Every start makes the shared memory of the WAL anew, and the lock file holds no data.
    for (path, bytes) in files.iter().filter(|(path, _)| !path.ends_with("-shm") && *path != "lock" && *path != "acks") {
        std::fs::write(place.path().join(path), bytes).unwrap();
    }
    use std::os::unix::fs::PermissionsExt;
    let key = place.path().join("key");
    if key.exists() {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let directory = DataDir::lock(place.path()).map_err(|fault| fault.to_string())?;
    let ring = KeyRing::load_or_create(&directory.key_file()).map_err(|fault| fault.to_string())?;
    let store = Store::open(directory, ring, NOW).map_err(|fault| fault.to_string())?;
    for ack in acks {
        let (what, n) = ack.split_once(' ').unwrap();
        let n = MessageNumber(n.parse().unwrap());
        let view = store.message(n).await.map_err(|fault| fault.to_string())?.ok_or(format!("{ack}: gone"))?;
        let settled = acks.contains(&format!("settled {n}"));
        match what {
            "accepted" if !settled => {
                let work = store.work(n).await.map_err(|fault| fault.to_string())?.filter(|work| work.body.len() >= 3000);
                // The message may have been settled just before the cut.
                if work.is_none() && view.row.state == MessageState::Waiting {
                    return Err(format!("{ack}: without its body"));
                }
            }
            "settled" if view.row.state != MessageState::PartlyAccepted => return Err(format!("{ack}: forgotten")),
            _ => {}
        }
    }
    store.close();
    Ok(())
}

fn shim() -> PathBuf {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/powercut/shim.c");
    let out = tempfile::Builder::new().prefix("shim").tempdir().unwrap().keep().join("shim.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&out)
        .arg(lab)
        .args(["-ldl", "-lpthread"])
        .status()
        .unwrap();
    assert!(status.success(), "a C compiler builds lab/powercut/shim.c");
    out
}

/// Records the events of a run. `variables`: further environment of the child.
fn recorded(variables: &[(&str, &str)]) -> Vec<PowerCutEvent> {
    let top = tempfile::tempdir().unwrap();
    let (dir, log) = (top.path().join("data"), top.path().join("log"));
    std::fs::create_dir(&dir).unwrap();
    let shim = shim();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "powercut::powercut_child"])
        .env("LD_PRELOAD", &shim)
        .env("POWERCUT_DIR", &dir)
        .env("POWERCUT_LOG", &log)
        .envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    drop(std::fs::remove_dir_all(shim.parent().unwrap()));
    read_log(&log)
}

/// Describes the cuts that lose an acknowledged commit.
async fn losses(events: &[PowerCutEvent], seed: u64) -> Vec<String> {
    let first = events.iter().position(|event| matches!(event, PowerCutEvent::Ack(_))).unwrap();
    let mut chance = Chance(seed);
    let mut losses = Vec::new();
    for i in 0..asked("POWERCUT_CUTS", CUTS) {
        // Every eighth cut is at the very end: the WAL is in the database by then and no longer hides losses there.
        let cut = if i % 8 == 0 { events.len() - chance.below(4) } else { first + 1 + chance.below(events.len() - first) };
        let (files, acks) = after(events, cut.min(events.len()), &mut chance);
        if let Err(why) = missing(&files, &acks).await {
            losses.push(format!("cut at {cut} (seed {seed}): {why}"));
        }
    }
    losses
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    #[tokio::test]
    async fn acknowledged_commits_survive_power_cut() {
        let events = recorded(&[]);
        let count = |kind: fn(&PowerCutEvent) -> bool| events.iter().filter(|e| kind(e)).count();
        assert_eq!(count(|e| matches!(e, PowerCutEvent::Ack(_))), MESSAGES + MESSAGES / 3);
        assert!(count(|e| matches!(e, PowerCutEvent::Sync { .. })) > MESSAGES, "every commit is synced");
        let seed = asked("POWERCUT_SEED", u64::from(std::process::id()));
        assert_eq!(losses(&events, seed).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn power_cut_without_syncs_loses_commits() {
        let events = recorded(&[("POWERCUT_NO_SYNC", "1")]);
        assert!(!losses(&events, 7).await.is_empty(), "a store that does not sync loses mail, and this test sees it");
    }
}
