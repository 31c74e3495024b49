//! Assembles a node from its services, and starts and stops its parts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use admin::Admin;
use admin::account::Accounts;
use admin::clock::Clock;
use admin::names::Names;
use admin::settings::SettingsService;
use admin::token::Tokens;
use alerts::Alerts;
use alerts::event::Events;
use alerts::signals::ExternalSignals;
use failover::PairFault;
use mail::Mail;
use mail::intake::{Budget, Intake};
use mail::oauth::OAuth;
use mail::queue::Queue;
use model::settings::EmailSettings;
use store::{ReadFault, Store};

use crate::alerting::Alerting;
use crate::last_test::LastTest;
use crate::life_signs::LifeSigns;
use crate::pair::{NodePair, PairStart};
use crate::sending::Sending;
use crate::tasks::{Died, Tasks};
use crate::upkeep::housekeeping;

/// Longest time that a stop waits for its parts.
const STOP_MAX: Duration = Duration::from_secs(40);

/// The store, clock and names that a node starts with.
pub struct Start {
    pub store: Store,
    pub clock: Clock,
    /// Addresses of our own listeners, added as they open.
    pub own: Arc<RwLock<Vec<SocketAddr>>>,
    /// Names of this node: its machine's name for Received lines, its addresses for mails.
    pub names: Names,
    pub pair: PairStart,
}

/// A node could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Pair(#[from] PairFault),
}

/// A node: its services, and its parts that run. Only this type knows all of them.
pub struct Service {
    pub(crate) admin: Admin,
    pub(crate) mail: Mail,
    pub(crate) alerts: Alerts,
    pair: NodePair,
    died: Died,
    upkeep: Tasks,
    alerting: Mutex<Option<Alerting>>,
    pub(crate) last_test: Mutex<Option<LastTest>>,
    /// Locked for the whole of a start or stop, so that two callers cannot mix them.
    sending: tokio::sync::Mutex<Option<Sending>>,
}

impl Service {
    /// Opens the service and starts all its parts.
    pub async fn start(start: Start) -> Result<Arc<Self>, StartFault> {
        let service = Self::offline(start).await?;
        service.start_sending().await;
        *service.alerting.lock().unwrap_or_else(PoisonError::into_inner) = Some(Alerting::start(&service.alerts, &service.died));
        service.pair.begin((&service.admin, &service.mail, &service.alerts), service.life_signs(), &service.upkeep);
        service.upkeep.spawn("housekeeping", housekeeping(service.admin.clone(), service.upkeep.stopping()));
        Ok(service)
    }

    /// Opens the service without its parts: it answers queries and moves no mail.
    pub async fn offline(start: Start) -> Result<Arc<Self>, StartFault> {
        let Start { store, clock, own, names, pair } = start;
        let admin = Admin::open(store, clock, own, names).await?;
        let mail = Mail::open(&admin).await?;
        let alerts = Alerts::open(&admin, &mail).await?;
        let last_test = LastTest::read(&admin.store).await?;
        let pair = NodePair::open(&admin, &mail, pair).await?;
        let died = Died::new();
        let upkeep = Tasks::new(died.clone());
        Ok(Arc::new(Self {
            admin,
            mail,
            alerts,
            pair,
            died,
            upkeep,
            alerting: Mutex::default(),
            last_test: Mutex::new(last_test),
            sending: tokio::sync::Mutex::default(),
        }))
    }

    /// Starts sending, if this node does not send already.
    pub async fn start_sending(&self) {
        let mut sending = self.sending.lock().await;
        if sending.is_none() {
            *sending = Some(Sending::start(&self.admin, &self.mail, &self.died));
        }
    }

    /// Stops sending: ends or requeues deliveries under way and writes their outcomes. The other parts go on.
    pub async fn stop_sending(&self) {
        let mut sending = self.sending.lock().await;
        if let Some(sending) = sending.take() {
            sending.stop().await;
        }
    }

    /// Stops all parts gracefully. The store stays open; the caller closes it last.
    pub async fn stop(&self) {
        let alerting = self.alerting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let alerting = async {
            if let Some(alerting) = alerting {
                alerting.stop().await;
            }
        };
        let ending = async { tokio::join!(self.stop_sending(), alerting, self.upkeep.stop()) };
        if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
            tracing::warn!(
                "the stop waited {} s; messages without a stored outcome are attempted again after the next start",
                STOP_MAX.as_secs()
            );
            self.mail.queue.give_back_all().await;
        }
    }

    /// Resolves with the name of a task or delivery that has ended by a fault of ours. Only a restart brings it back.
    pub async fn died(&self) -> &'static str {
        tokio::select! {
            name = self.died.named() => name,
            name = self.mail.queue.delivery_died() => name,
            name = self.alerts.events.died() => name,
        }
    }

    /// Records that a listener lacked file descriptors for a connection. The watch reports it as a shortage.
    pub fn note_descriptor_shortage(&self) {
        self.mail.queue.note_shortage(smtp::client::Resource::Descriptors);
    }

    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    pub fn mail(&self) -> &Mail {
        &self.mail
    }

    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    pub(crate) fn life_signs(&self) -> LifeSigns {
        LifeSigns { admin: self.admin.clone(), queue: Arc::clone(&self.mail.queue), signals: Arc::clone(&self.alerts.signals) }
    }

    pub fn pair(&self) -> &NodePair {
        &self.pair
    }

    pub fn store(&self) -> &Store {
        &self.admin.store
    }

    pub fn clock(&self) -> &Clock {
        &self.admin.clock
    }

    pub fn settings(&self) -> &SettingsService {
        &self.admin.settings
    }

    pub fn oauth(&self) -> &Arc<OAuth> {
        &self.mail.oauth
    }

    pub fn accounts(&self) -> &Accounts {
        &self.admin.accounts
    }

    pub fn tokens(&self) -> &Tokens {
        &self.admin.tokens
    }

    pub fn queue(&self) -> &Arc<Queue> {
        &self.mail.queue
    }

    pub fn intake(&self) -> &Intake {
        &self.mail.intake
    }

    /// The memory budget of incoming data, shared by all listeners.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.mail.budget
    }

    pub fn events(&self) -> &Arc<Events> {
        &self.alerts.events
    }

    /// Signals from the outer layers that the watch cannot observe itself.
    pub fn signals(&self) -> &ExternalSignals {
        &self.alerts.signals
    }

    pub fn names(&self) -> &Names {
        &self.admin.names
    }

    /// The site's name, which stands in every subject.
    pub fn site_name(&self, settings: &EmailSettings) -> String {
        self.names().site(settings)
    }
}
