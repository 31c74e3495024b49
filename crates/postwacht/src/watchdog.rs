//! The watchdog: proves again and again that the node does its work, and tells the service manager (sd_notify(3)).
//!
//! Without a service manager it has one duty left: a node whose store fails again and again ends by itself.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use service::Service;
use service::life::{Lifeless, proof_of_life};
use tokio::time::Instant;

/// Between two proofs: each is a synced write of one page.
const PROOF_EVERY: Duration = Duration::from_secs(10);
/// Bound of one proof. A busy disk syncs within a second.
const PROOF_WITHIN: Duration = Duration::from_secs(30);
/// A store that has failed for so long is given up. A path to a disk that comes back is back sooner.
const GIVE_UP: Duration = Duration::from_secs(15);
/// After a failed proof the next one follows sooner.
const RETRY_EVERY: Duration = Duration::from_secs(3);

/// Tells the service manager; silent where there is none.
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
        tracing::warn!(%error, "the service manager could not be told: {state}");
    }
}

/// The time within which the service manager wants a sign of life (sd_watchdog_enabled(3)).
fn watchdog() -> Option<Duration> {
    let micros: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let ours = std::env::var("WATCHDOG_PID").ok().is_none_or(|pid| pid == std::process::id().to_string());
    (ours && micros > 0).then(|| Duration::from_micros(micros))
}

/// Proves the node's life until its store is given up; gives the reason.
///
/// A proof begins each quarter of the service manager's time and may take half of it, so that a slow one is not late.
pub(crate) async fn guard(service: Arc<Service>) -> String {
    let watchdog = watchdog();
    let every = watchdog.map_or(PROOF_EVERY, |time| PROOF_EVERY.min(time / 4));
    let within = watchdog.map_or(PROOF_WITHIN, |time| PROOF_WITHIN.min(time / 2));
    let mut failing: Option<Instant> = None;
    let mut told = String::new();
    loop {
        let begun = Instant::now();
        let pause = match proof_of_life(&service, within).await {
            Ok(()) => {
                if watchdog.is_some() {
                    notify("WATCHDOG=1");
                }
                if !std::mem::take(&mut told).is_empty() {
                    tracing::info!("the node does its work again");
                    notify("STATUS=");
                }
                failing = None;
                every
            }
            Err(lifeless) => {
                let why = lifeless.to_string();
                if told != why {
                    tracing::error!("the node does not do its work, and the watchdog is not fed: {why}");
                    notify(&format!("STATUS={why}"));
                    told.clone_from(&why);
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
