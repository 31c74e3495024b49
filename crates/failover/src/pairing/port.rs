//! The port of the pair: open only while this node is invited, makes a pair, has one, or has ended one that the other node does not know of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::disk::{EndedPair, PeerKnowledge};
use super::listen::serve_pairing;
use super::{PairFault, PairingService};

/// Longest time until an invitation that has expired closes the port, and until a port that was taken is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Time for the port to open.
const OPEN_WAIT: Duration = Duration::from_secs(5);

/// The state of the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PortState {
    Closed,
    Open(SocketAddr),
    /// It cannot be opened, for this reason.
    Failed(String),
}

/// Keeps the port open while it is needed. Runs until the stop.
pub async fn keep_port(service: Arc<PairingService>, address: SocketAddr, mut stop: watch::Receiver<bool>) {
    let mut changes = service.changes();
    service.port.send_replace(Some(PortState::Closed));
    loop {
        changes.mark_unchanged();
        if service.wants_port() {
            service.port.send_replace(Some(PortState::Closed));
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    let bound = listener.local_addr().unwrap_or(address);
                    service.port.send_replace(Some(PortState::Open(bound)));
                    let (close, closed) = watch::channel(false);
                    let closing = async {
                        tokio::select! {
                            () = unwanted(&service) => {}
                            _ = stop.wait_for(|stop| *stop) => {}
                        }
                        close.send_replace(true);
                    };
                    tokio::join!(serve_pairing(Arc::clone(&service), listener, closed), closing);
                    service.port.send_replace(Some(PortState::Closed));
                }
                Err(error) => {
                    tracing::error!(%error, %address, "the port of the pair cannot be opened; it is tried again");
                    service.port.send_replace(Some(PortState::Failed(format!("{address}: {error}"))));
                }
            }
        }
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Resolves when the port is not needed any more.
async fn unwanted(service: &PairingService) {
    let mut changes = service.changes();
    while service.wants_port() {
        // An invitation expires without a change.
        drop(tokio::time::timeout(LOOK_EVERY, changes.changed()).await);
    }
}

impl PairingService {
    fn wants_port(&self) -> bool {
        let is_invited = self.is_invited();
        let state = self.lock();
        // A former peer may not know yet that the pair has ended.
        let is_unaware = |ended: &EndedPair| ended.peer == PeerKnowledge::Unaware;
        is_invited
            || state.is_answering
            || state.is_attempting()
            || state.book.pair.is_some()
            || state.book.ended.iter().any(is_unaware)
    }

    /// Waits until the port is open. Without a task that keeps it, nothing is waited for.
    pub async fn port_is_open(&self) -> Result<(), PairFault> {
        let mut port = self.port.subscribe();
        if port.borrow().is_none() {
            return Ok(());
        }
        let decided = port.wait_for(|port| !matches!(port, Some(PortState::Closed)));
        match tokio::time::timeout(OPEN_WAIT, decided).await {
            Ok(Ok(port)) => match &*port {
                Some(PortState::Failed(why)) => Err(PairFault::Port(why.clone())),
                _ => Ok(()),
            },
            _ => Err(PairFault::Port("it did not open in time".into())),
        }
    }

    /// Tells the keeper of the port that something has begun or ended.
    pub(super) fn touch(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}
