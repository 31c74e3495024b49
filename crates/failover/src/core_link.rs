//! The way of observations to the core.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use admin::Clock;
use model::failover::{Ballot, BootTime, Force, PairCommand, PairObservation, PeerStatus};
use tokio::sync::{mpsc, oneshot, watch};

/// The token of a primary: it may serve under this ballot until this time.
pub type ServingToken = Option<(Ballot, BootTime)>;

/// An observation, and who waits for the status behind it.
pub(crate) struct Observed {
    pub(crate) observation: PairObservation,
    pub(crate) told: Option<oneshot::Sender<PeerStatus>>,
}

/// Sends observations to the core.
#[derive(Clone)]
pub(crate) struct CoreLink {
    pub(crate) observations: mpsc::Sender<Observed>,
    /// The number of the next operation.
    pub(crate) operations: Arc<AtomicU64>,
    /// The token of the core.
    pub(crate) token: watch::Receiver<ServingToken>,
}

impl CoreLink {
    /// True if this node serves at this time. A token that has run out is none, though the core may not have withdrawn it yet.
    pub(crate) fn serves(&self, now: BootTime) -> bool {
        self.token.borrow().is_some_and(|(_, until)| now < until)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.operations, &other.operations)
    }

    /// Reports an observation. `None` if the runtime has ended.
    pub(crate) async fn report(&self, observation: PairObservation) -> Option<()> {
        self.observations.send(Observed { observation, told: None }).await.ok()
    }

    /// The command that follows from the peer's wish for the role. The peer learns its result from the handover.
    pub(crate) fn asked_to_hand_over(&self) -> PairObservation {
        let operation = self.operations.fetch_add(1, Ordering::Relaxed);
        PairObservation::Command { operation, command: PairCommand::BecomeBackup { force: Force::No } }
    }

    /// Reports an observation. Returns the status once every action that followed from it was begun, and what it promises is on disk.
    /// `None` if the runtime has ended, or the disk does not take it.
    pub(crate) async fn ask(&self, observation: PairObservation) -> Option<PeerStatus> {
        let (told, status) = oneshot::channel();
        self.observations.send(Observed { observation, told: Some(told) }).await.ok()?;
        status.await.ok()
    }
}

/// The time of the core.
pub(crate) fn now_of(clock: &Clock) -> BootTime {
    BootTime(u64::try_from(clock.mono().as_millis()).unwrap_or(u64::MAX))
}
