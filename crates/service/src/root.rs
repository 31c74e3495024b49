//! Everything assembled: what the outer layers hold, and the life of its tasks.

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

/// The stop waits so long for outcomes to be written.
const STOP_MAX: Duration = Duration::from_secs(40);

/// What the service is given.
pub struct Start {
    pub store: Store,
    pub clock: Clock,
    /// Our own listeners, filled in as they are opened.
    pub own: Arc<RwLock<Vec<SocketAddr>>>,
    /// What this node is called: its machine's name in Received lines, its addresses in mails.
    pub names: Names,
}

pub struct Service {
    store: Store,
    clock: Clock,
    desk: Arc<Desk>,
    oauth: Arc<OAuth>,
    /// Relays for which a token has come; taken by the task that follows them.
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
    /// With all its tasks.
    pub async fn start(start: Start) -> Result<Arc<Self>, ReadFault> {
        let service = Self::offline(start).await?;
        service.spawn();
        Ok(service)
    }

    /// Without its tasks: what is asked is answered, and no mail moves.
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
        // Known before anything else: what is accepted now finds its relay.
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

    /// Every task of the service is started here.
    fn spawn(self: &Arc<Self>) {
        let tasks = &self.tasks;
        let stop = || tasks.stopping();
        let mut changes = self.desk.changes();
        // What is saved from here on is seen as a change, however soon it comes.
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

    /// Calls every webhook and the heartbeat once, for somebody who wants to see that they work.
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

    /// Graceful: nothing new is begun, what is under way is ended or given back, outcomes are written. The store stays
    /// open; close it last.
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

    /// Resolves when a task of the node, or a delivery, has ended by a fault of ours; gives its name. Only a restart brings
    /// it back.
    pub async fn died(&self) -> &'static str {
        tokio::select! {
            name = self.tasks.died() => name,
            name = self.queue.delivery_died() => name,
            name = self.events.died() => name,
        }
    }

    /// A listener could not take a connection for want of file descriptors: this is told like any lack of them.
    pub fn lacks_descriptors(&self) {
        self.queue.note_shortage(smtp::client::Resource::Descriptors);
    }

    /// Resolves when the scheduler has shown that it lives. It is not made to look at the disk for that: a lost wake-up
    /// must stay visible.
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

    /// The memory for what comes in, shared by all listeners.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// Where the outer layers say what the watch cannot see.
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

    /// The name in every subject.
    pub fn site_name(&self, settings: &EmailSettings) -> String {
        self.names.site(settings)
    }
}
