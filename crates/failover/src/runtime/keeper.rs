//! Keeps a core running while this node has work for one: through pairings, ends and restarts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::pairing::PairingService;

use super::{PairHandle, PairHost, PairOptions, PairRuntime};

/// Time between two questions to a node that may not know what this one knows. It doubles while nothing answers.
const SETTLE_EVERY: Duration = Duration::from_secs(15);
const SETTLE_MAX: Duration = Duration::from_mins(5);

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
    options: PairOptions,
    /// The core that runs.
    handle: watch::Sender<Option<PairHandle>>,
}

impl<H: PairHost> PairKeeper<H> {
    pub fn new(service: Arc<PairingService>, host: H, options: PairOptions) -> Self {
        Self { service, host: Arc::new(host), options, handle: watch::Sender::new(None) }
    }

    /// Follows the core that runs. `None`: there is no pair, or it is being made or ended.
    pub fn handle(&self) -> watch::Receiver<Option<PairHandle>> {
        self.handle.subscribe()
    }

    /// Runs until the stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let settling = settle(Arc::clone(&self.service));
        tokio::pin!(settling);
        loop {
            let mut changes = self.service.changes();
            let started = PairRuntime::of(&self.service, &self.host, self.options.clone()).await;
            let Some((runtime, handle)) = started else {
                tokio::select! {
                    _ = changes.changed() => continue,
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = &mut settling => return,
                }
            };
            let pair_id = runtime.pair_id.clone();
            self.handle.send_replace(Some(handle));
            let (halt, halted) = watch::channel(false);
            let running = runtime.run(halted);
            tokio::pin!(running);
            let end = loop {
                tokio::select! {
                    () = &mut running => break CoreEnd::ByItself,
                    _ = changes.changed() => {
                        // The end of a pair reaches the core as a command: a primary goes on with its shared IPs.
                        if self.service.core_work().is_none_or(|work| work.pair_id != pair_id) {
                            break CoreEnd::OtherWork;
                        }
                    }
                    _ = stop.wait_for(|stop| *stop) => break CoreEnd::Stop,
                    () = &mut settling => break CoreEnd::Stop,
                }
            };
            halt.send_replace(true);
            if end != CoreEnd::ByItself {
                running.await;
            }
            self.handle.send_replace(None);
            if end == CoreEnd::Stop {
                return;
            }
        }
    }
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
