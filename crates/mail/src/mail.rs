//! The mail service: the intake, the queue, and the grants of the relays.

use std::sync::Arc;

use admin::Admin;
use model::id::RelayId;
use store::{LocalChange, ReadFault};
use tokio::sync::{Mutex, mpsc};

use crate::intake::{Budget, Intake};
use crate::oauth::OAuth;
use crate::queue::{LEASE, Queue};
use crate::relay::Net;

/// The mail service of a node. A clone refers to the same parts.
#[derive(Clone)]
pub struct Mail {
    pub oauth: Arc<OAuth>,
    pub queue: Arc<Queue>,
    pub intake: Arc<Intake>,
    /// The memory budget of incoming data, shared by all listeners.
    pub budget: Arc<Budget>,
    /// Relays that have received a token. The token follower locks it while it runs.
    pub(crate) new_tokens: Arc<Mutex<mpsc::UnboundedReceiver<RelayId>>>,
}

impl Mail {
    /// Reads grants and holds, and ends the leases of the former process. Fails if the store cannot be read.
    pub async fn open(admin: &Admin) -> Result<Self, ReadFault> {
        let Admin { store, clock, .. } = admin.clone();
        let (oauth, came) = OAuth::open(store.clone(), clock.clone(), Arc::clone(&admin.settings)).await?;
        let net = Net { clock: clock.clone(), own: Arc::clone(&admin.own), oauth: Arc::clone(&oauth), shown: Arc::default() };
        let queue = Queue::new(store.clone(), clock.clone(), net);
        recover(&queue).await;
        queue.restore_health(&admin.settings.current()).await?;
        let intake = Arc::new(Intake::new(store, clock, Arc::clone(&queue), admin.names.host.clone()));
        Ok(Self { oauth, queue, intake, budget: Arc::default(), new_tokens: Arc::new(Mutex::new(came)) })
    }
}

/// Ends leases after a crash or a stop.
async fn recover(queue: &Queue) {
    let (now, lease) = (queue.clock.now(), LEASE);
    if let Err(fault) = queue.store.change(now, LocalChange::Recover { lease }).await {
        tracing::warn!(%fault, "leases of the former process could not be ended; they end by themselves");
    }
}
