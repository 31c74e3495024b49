//! Feeds the service manager's watchdog (sd_notify(3)) after each successful proof of life.
//!
//! Without a service manager one duty remains: to end a node whose store keeps failing.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use node::Service;
use node::life::{Lifeless, proof_of_life};
use tokio::time::Instant;

/// Interval between two proofs of life. Each proof syncs one written page.
const PROOF_EVERY: Duration = Duration::from_secs(10);
/// Timeout of one proof. A busy disk syncs within a second.
const PROOF_WITHIN: Duration = Duration::from_secs(30);
/// Time after which a failing store is given up. A path to a disk that recovers does so sooner.
const GIVE_UP: Duration = Duration::from_secs(15);
/// Interval after a failed proof.
const RETRY_EVERY: Duration = Duration::from_secs(3);

/// Sends a state to the service manager. Does nothing if there is no service manager.
pub(crate) fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let sent = (|| {
        let name = path.to_string_lossy().into_owned();
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(PathBuf::from(&path))?,
        };
        UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)
    })();
    if let Err(error) = sent {
        tracing::warn!(%error, "the service manager could not be notified: {state}");
    }
}

/// Watchdog timeout of the service manager (sd_watchdog_enabled(3)). `None`: no watchdog for this process.
fn watchdog() -> Option<Duration> {
    let micros: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let ours = std::env::var("WATCHDOG_PID").ok().is_none_or(|pid| pid == std::process::id().to_string());
    (ours && micros > 0).then(|| Duration::from_micros(micros))
}

/// Repeats the proof of life until the store is given up. Returns the reason.
///
/// A proof starts every quarter of the watchdog timeout. It may take half of that timeout, so that a slow proof is not late.
pub(crate) async fn guard(service: Arc<Service>) -> String {
    let watchdog = watchdog();
    let every = watchdog.map_or(PROOF_EVERY, |time| PROOF_EVERY.min(time / 4));
    let within = watchdog.map_or(PROOF_WITHIN, |time| PROOF_WITHIN.min(time / 2));
    let mut failing: Option<Instant> = None;
    let mut last_failure = String::new();
    loop {
        let begun = Instant::now();
        let pause = match proof_of_life(&service, within).await {
            Ok(()) => {
                if watchdog.is_some() {
                    notify("WATCHDOG=1");
                }
                if !std::mem::take(&mut last_failure).is_empty() {
                    tracing::info!("the health checks pass again");
                    notify("STATUS=");
                }
                failing = None;
                every
            }
            Err(lifeless) => {
                let why = lifeless.to_string();
                if last_failure != why {
                    tracing::error!("a health check fails; the watchdog is not notified: {why}");
                    notify(&format!("STATUS={why}"));
                    last_failure.clone_from(&why);
                }
                match lifeless {
                    Lifeless::Storage(_) if begun.duration_since(*failing.get_or_insert(begun)) >= GIVE_UP => return why,
                    Lifeless::Storage(_) | Lifeless::Late(_) => every.min(RETRY_EVERY),
                }
            }
        };
        tokio::time::sleep_until(begun + pause).await;
    }
}
