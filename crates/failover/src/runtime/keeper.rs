//! Keeps a core running while this node has work for one: through pairings, ends and restarts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::failover::RoleKind;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::pairing::PairingService;

use super::{PairHandle, PairHost, PairRuntime};

/// Time between two questions to a node that may not know what this one knows. It doubles while nothing answers.
const SETTLE_EVERY: Duration = Duration::from_secs(15);
const SETTLE_MAX: Duration = Duration::from_mins(5);

/// Time for a core to take the end of its pair.
const END_WAIT: Duration = Duration::from_secs(2);

/// Why a core ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CoreEnd {
    ByItself,
    /// The node has another pair, or none.
    OtherWork,
    Stop,
}

/// Runs the core of the present pair.
pub struct PairKeeper<H> {
    service: Arc<PairingService>,
    host: Arc<H>,
    /// Socket of the network helper.
    helper: Option<PathBuf>,
    /// The core that runs.
    handle: watch::Sender<Option<PairHandle>>,
}

impl<H: PairHost> PairKeeper<H> {
    /// `helper`: socket of the network helper. `None`: there is none, and no shared IP can be served.
    pub fn new(service: Arc<PairingService>, host: H, helper: Option<PathBuf>) -> Self {
        Self { service, host: Arc::new(host), helper, handle: watch::Sender::new(None) }
    }

    /// Follows the core that runs. `None`: there is no pair, or it is being made or ended.
    pub fn handle(&self) -> watch::Receiver<Option<PairHandle>> {
        self.handle.subscribe()
    }

    /// Runs until the stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        // A task of its own: it may hold a place in the queue for the disk while this one waits for the disk.
        let mut settling = JoinSet::new();
        settling.spawn(settle(Arc::clone(&self.service)));
        loop {
            let mut changes = self.service.changes();
            let started = PairRuntime::of(&self.service, &self.host, self.helper.clone()).await;
            let Some((runtime, handle)) = started else {
                tokio::select! {
                    _ = changes.changed() => continue,
                    () = stopped(&mut stop) => return,
                    _ = settling.join_next() => return,
                }
            };
            let pair_id = runtime.pair_id.clone();
            self.handle.send_replace(Some(handle.clone()));
            let (halt, halted) = watch::channel(false);
            let mut running = JoinSet::new();
            running.spawn(runtime.run(halted));
            let end = loop {
                tokio::select! {
                    ended = running.join_next() => {
                        if let Some(Err(error)) = ended {
                            tracing::error!(%error, "the core of failover failed because of a bug in Postwacht");
                        }
                        break CoreEnd::ByItself;
                    }
                    _ = changes.changed() => {
                        if !self.service.has_pair(&pair_id) {
                            // A node that serves goes on with the shared IPs of the pair, under the same number.
                            handle.end_pair().await;
                        }
                        match self.service.core_work() {
                            Some(work) if work.pair_id == pair_id => handle.change_work(work).await,
                            _ => break CoreEnd::OtherWork,
                        }
                    }
                    () = stopped(&mut stop) => break CoreEnd::Stop,
                    _ = settling.join_next() => break CoreEnd::Stop,
                }
            };
            if end == CoreEnd::OtherWork {
                let mut view = handle.view.clone();
                let is_alone = view.wait_for(|state| state.role.kind() == RoleKind::Standalone);
                // The core removes its addresses. If it does not in time, the kernel does.
                drop(tokio::time::timeout(END_WAIT, is_alone).await);
            }
            halt.send_replace(true);
            while let Some(ended) = running.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "the core of failover failed because of a bug in Postwacht");
                }
            }
            self.handle.send_replace(None);
            if end == CoreEnd::Stop {
                return;
            }
        }
    }
}

/// Resolves at the stop, or when the sender of the stop is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Asks the other node now and then until both agree.
async fn settle(service: Arc<PairingService>) {
    let mut changes = service.changes();
    let mut wait = SETTLE_EVERY;
    loop {
        changes.mark_unchanged();
        if !service.is_unsettled() {
            if changes.changed().await.is_err() {
                // The service is gone.
                return;
            }
            wait = SETTLE_EVERY;
            continue;
        }
        match service.settle().await {
            Ok(settled) => {
                tracing::info!(?settled, "the other node was asked about the pair");
                wait = SETTLE_EVERY;
            }
            Err(fault) => {
                tracing::debug!(%fault, "the other node was not reached about the pair");
                wait = (wait * 2).min(SETTLE_MAX);
            }
        }
        // A change may be one that the other node must know.
        if let Ok(Err(_)) = tokio::time::timeout(wait, changes.changed()).await {
            return;
        }
    }
}
