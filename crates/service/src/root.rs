//! Assembles the service that the outer layers hold, and runs its tasks.

mod follow;
mod operate;
mod tasks;
mod upkeep;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use model::account::{Actor, Role};
use model::id::RelayId;
use model::settings::EmailSettings;
use store::{Change, ReadFault, Store};
use tokio::sync::mpsc;

use crate::account::Accounts;
use crate::alarm::{Called, CalledFault, Caller, Heart, beat, call};
use crate::clock::Clock;
use crate::daily::daily;
use crate::event::{Events, Teller, tell};
use crate::intake::{Budget, Door};
use crate::notice::Names;
use crate::oauth::{OAuth, renew_grants};
use crate::probe::{check_channel, probe};
use crate::queue::{Queue, renew, schedule};
use crate::relay::Net;
use crate::settings::Desk;
use crate::token::Tokens;
use crate::watch::{Told, Watch, watch as watch_over};

use follow::{follow_settings, follow_tokens};
pub use operate::OperateFault;
use tasks::Tasks;
use upkeep::{housekeeping, recover};

/// Longest wait of the stop for outcomes to be written.
const STOP_MAX: Duration = Duration::from_secs(40);

/// The parts that a service is built from.
pub struct Start {
    pub store: Store,
    pub clock: Clock,
    /// Addresses of our own listeners, added as they open.
    pub own: Arc<RwLock<Vec<SocketAddr>>>,
    /// Names of this node: its machine's name for Received lines, its addresses for mails.
    pub names: Names,
}

pub struct Service {
    store: Store,
    clock: Clock,
    desk: Arc<Desk>,
    oauth: Arc<OAuth>,
    /// Relays that have received a token; `follow_tokens` takes the receiver.
    came: Mutex<Option<mpsc::UnboundedReceiver<RelayId>>>,
    accounts: Arc<Accounts>,
    told: Arc<Told>,
    tokens: Tokens,
    queue: Arc<Queue>,
    door: Arc<Door>,
    budget: Arc<Budget>,
    events: Arc<Events>,
    names: Names,
    tasks: Tasks,
}

impl Service {
    /// Opens the service and starts all its tasks.
    pub async fn start(start: Start) -> Result<Arc<Self>, ReadFault> {
        let service = Self::offline(start).await?;
        service.spawn();
        Ok(service)
    }

    /// Opens the service without its tasks: it answers queries and moves no mail.
    pub async fn offline(start: Start) -> Result<Arc<Self>, ReadFault> {
        let Start { store, clock, own, names } = start;
        let desk = Arc::new(Desk::open(store.clone(), clock.clone(), Arc::clone(&own)).await?);
        let (oauth, came) = OAuth::open(store.clone(), clock.clone(), Arc::clone(&desk)).await?;
        let net = Net { clock: clock.clone(), own, oauth: Arc::clone(&oauth), shown: Arc::default() };
        let queue = Queue::new(store.clone(), clock.clone(), net);
        recover(&store, &queue, &clock).await?;
        let door = Arc::new(Door::new(store.clone(), clock.clone(), Arc::clone(&queue), names.host.clone()));
        let events = Events::open(store.clone(), clock.clone(), Arc::clone(&desk), names.clone()).await?;
        let accounts = Arc::new(Accounts::new(store.clone(), clock.clone()));
        let tokens = Tokens::new(store.clone(), clock.clone());
        // Set before intake opens, so that messages accepted now find their relay.
        queue.lock().settings = desk.current().settings();
        let came = Mutex::new(Some(came));
        Ok(Arc::new(Self {
            store,
            clock,
            desk,
            oauth,
            came,
            accounts,
            tokens,
            queue,
            door,
            budget: Arc::default(),
            events,
            names,
            told: Arc::default(),
            tasks: Tasks::new(),
        }))
    }

    /// Starts every task of the service.
    fn spawn(self: &Arc<Self>) {
        let tasks = &self.tasks;
        let stop = || tasks.stopping();
        let mut changes = self.desk.changes();
        // The follower sees every save from here on as a change.
        let first = changes.borrow_and_update().settings();
        tasks.spawn("settings follower", follow_settings(Arc::clone(&self.queue), changes, first, stop()));
        tasks.spawn("scheduler", schedule(Arc::clone(&self.queue), stop()));
        tasks.spawn("lease renewer", renew(Arc::clone(&self.queue), stop()));
        tasks.spawn("prober", probe(Arc::clone(&self.queue), stop()));
        let teller = Teller {
            events: Arc::clone(&self.events),
            desk: Arc::clone(&self.desk),
            queue: Arc::clone(&self.queue),
            door: Arc::clone(&self.door),
            names: self.names.clone(),
        };
        tasks.spawn("notices", tell(teller, stop()));
        let watching = Watch {
            store: self.store.clone(),
            clock: self.clock.clone(),
            desk: Arc::clone(&self.desk),
            queue: Arc::clone(&self.queue),
            oauth: Arc::clone(&self.oauth),
            accounts: Arc::clone(&self.accounts),
            events: Arc::clone(&self.events),
            told: Arc::clone(&self.told),
            names: self.names.clone(),
        };
        tasks.spawn("watch", watch_over(watching, stop()));
        tasks.spawn("daily notice", daily(Arc::downgrade(self), self.desk.changes(), stop()));
        tasks.spawn("channel check", check_channel(Arc::clone(&self.queue), stop()));
        tasks.spawn("webhooks", call(self.caller(), stop()));
        tasks.spawn("heartbeat", beat(Heart { caller: self.caller(), queue: Arc::clone(&self.queue) }, stop()));
        tasks.spawn("grant renewer", renew_grants(Arc::clone(&self.oauth), stop()));
        if let Some(came) = self.came.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tasks.spawn("token follower", follow_tokens(Arc::clone(&self.queue), came, stop()));
        }
        tasks.spawn("housekeeping", housekeeping(self.store.clone(), Arc::clone(&self.desk), self.clock.clone(), stop()));
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller {
            store: self.store.clone(),
            clock: self.clock.clone(),
            desk: Arc::clone(&self.desk),
            told: Arc::clone(&self.told),
            news: Arc::clone(&self.events.calls),
        }
    }

    /// Calls every webhook and the heartbeat once, as a test by an operator.
    pub async fn test_alarm(&self, who: &Actor) -> Result<Vec<Called>, CalledFault> {
        who.needs(Role::Operator)?;
        let settings = self.desk.current().settings();
        let alarm = settings.as_ref().map(|settings| &settings.alarm);
        if alarm.is_none_or(|alarm| alarm.webhooks.is_empty() && alarm.heartbeat_url.is_none()) {
            return Err(CalledFault::Nothing);
        }
        let site = settings.as_ref().map(|settings| self.site_name(settings)).unwrap_or_default();
        Ok(self.caller().try_all(&site).await)
    }

    /// Stops gracefully: begins no new work, ends or gives back deliveries under way, and writes outcomes. The store stays
    /// open; the caller closes it last.
    pub async fn stop(&self) {
        self.queue.lock().stopping = true;
        self.queue.stopping.send_replace(true);
        let ending = async {
            self.tasks.stop().await;
            let mut busy = self.queue.busy.subscribe();
            drop(busy.wait_for(|busy| *busy == 0).await);
            self.oauth.settled().await;
        };
        if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
            tracing::warn!(
                "the stop has waited {} s; what is not written now is tried again at the next start",
                STOP_MAX.as_secs()
            );
        }
        let now = self.clock.now();
        let left: Vec<i64> = {
            let mut state = self.queue.lock();
            std::mem::take(&mut state.lanes).into_values().flatten().map(|flight| flight.work.number).collect()
        };
        for numbers in left.chunks(1000) {
            if let Err(fault) = self.store.change(Change::Unclaim { numbers: numbers.to_vec(), due: now }).await {
                tracing::warn!(%fault, "claims could not be given back; the next start ends them");
            }
        }
    }

    /// Resolves with the name of a task or delivery that has ended by a fault of ours. Only a restart brings it back.
    pub async fn died(&self) -> &'static str {
        tokio::select! {
            name = self.tasks.died() => name,
            name = self.queue.delivery_died() => name,
            name = self.events.died() => name,
        }
    }

    /// Records that a listener lacked file descriptors for a connection. The watch reports it as a shortage.
    pub fn lacks_descriptors(&self) {
        self.queue.note_shortage(smtp::client::Resource::Descriptors);
    }

    /// Resolves when the scheduler has answered. The scheduler does not look at the disk for that: a lost wake-up must stay
    /// visible.
    pub async fn scheduler_lives(&self) {
        let mut beats = self.queue.beats.subscribe();
        self.queue.echo.notify_one();
        // The sender lives as long as the queue.
        drop(beats.changed().await);
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub fn oauth(&self) -> &Arc<OAuth> {
        &self.oauth
    }

    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The memory budget of incoming data, shared by all listeners.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// Signals from the outer layers that the watch cannot observe itself.
    pub fn told(&self) -> &Told {
        &self.told
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// This machine's name.
    pub(crate) fn host(&self) -> &str {
        &self.names.host
    }

    /// The site's name, which stands in every subject.
    pub fn site_name(&self, settings: &EmailSettings) -> String {
        self.names.site(settings)
    }
}
