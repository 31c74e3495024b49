//! Everything assembled: what the outer layers hold, and the life of its tasks.

mod upkeep;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use model::account::{Actor, Forbidden, Role};
use model::hold::RelayState;
use model::id::{MessageId, MessageNumber, RelayId};
use model::settings::EmailSettings;
use store::{Change, CommitFault, Operate, Outcome, ReadFault, Store, Verb, Which};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::account::Accounts;
use crate::alarm::{Called, CalledFault, Caller, Heart, beat, call};
use crate::clock::Clock;
use crate::daily::daily;
use crate::event::{Events, Teller, tell};
use crate::intake::Door;
use crate::notice::Names;
use crate::oauth::{OAuth, renew_grants};
use crate::probe::{check_channel, probe};
use crate::queue::{Queue, renew, schedule, spawn_workers};
use crate::relay::Net;
use crate::settings::Desk;
use crate::token::Tokens;
use upkeep::{housekeeping, recover};

use crate::watch::{Told, Watch, watch as watch_over};

/// Messages of one act that the audit names.
const NAMED_MAX: usize = 100;
/// The stop waits so long for outcomes to be written.
const STOP_MAX: Duration = Duration::from_secs(40);

/// What an operator asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Store(#[from] CommitFault),
}

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
    events: Arc<Events>,
    names: Names,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
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
        let stop = watch::Sender::new(false);
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
            events,
            names,
            told: Arc::default(),
            stop,
            tasks: Mutex::default(),
        }))
    }

    /// Every task of the service is started here.
    fn spawn(self: &Arc<Self>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = || self.stop.subscribe();
        let mut changes = self.desk.changes();
        // What is saved from here on is seen as a change, however soon it comes.
        let first = changes.borrow_and_update().settings();
        tasks.spawn(follow_settings(Arc::clone(&self.queue), changes, first, stop()));
        tasks.spawn(schedule(Arc::clone(&self.queue), stop()));
        tasks.spawn(renew(Arc::clone(&self.queue), stop()));
        tasks.spawn(probe(Arc::clone(&self.queue), stop()));
        let teller = Teller {
            events: Arc::clone(&self.events),
            desk: Arc::clone(&self.desk),
            queue: Arc::clone(&self.queue),
            door: Arc::clone(&self.door),
            names: self.names.clone(),
        };
        tasks.spawn(tell(teller, stop()));
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
        tasks.spawn(watch_over(watching, stop()));
        tasks.spawn(daily(Arc::downgrade(self), self.desk.changes(), stop()));
        tasks.spawn(check_channel(Arc::clone(&self.queue), stop()));
        tasks.spawn(call(self.caller(), stop()));
        tasks.spawn(beat(Heart { caller: self.caller(), queue: Arc::clone(&self.queue) }, stop()));
        tasks.spawn(renew_grants(Arc::clone(&self.oauth), stop()));
        if let Some(came) = self.came.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tasks.spawn(follow_tokens(Arc::clone(&self.queue), came, stop()));
        }
        tasks.spawn(housekeeping(self.store.clone(), Arc::clone(&self.desk), self.clock.clone(), stop()));
    }

    fn caller(&self) -> Caller {
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
        self.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let ending = async {
            while tasks.join_next().await.is_some() {}
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

    /// What an operator does to messages. Returns how many it touched.
    pub async fn operate(&self, verb: Verb, numbers: Option<Vec<i64>>, who: &Actor) -> Result<usize, OperateFault> {
        who.needs(Role::Operator)?;
        let now = self.clock.now();
        // Nothing is claimed meanwhile: what is claimed before is recalled, what comes after finds its row changed.
        let _claiming = self.queue.claiming.lock().await;
        let (recalled, in_flight) = self.queue.recall(numbers.as_deref());
        for slice in recalled.chunks(1000) {
            self.store.change(Change::Unclaim { numbers: slice.to_vec(), due: now }).await?;
        }
        let (mut count, mut named) = (0, Vec::new());
        let all = numbers.is_none();
        let mut which = numbers.map_or(Which::AllAfter(0), Which::Numbers);
        loop {
            let operate = Operate { verb, which, now, in_flight: in_flight.clone() };
            let Outcome::Operated { numbers, more } = self.store.change(Change::Operate(operate)).await? else { break };
            count += numbers.len();
            named.extend(numbers.into_iter().take(NAMED_MAX.saturating_sub(named.len())));
            let Some(after) = more else { break };
            which = Which::AllAfter(after);
        }
        let what = format!("queue.{}", verb.name());
        let detail = format!("{}{}: {count}", if all { "all " } else { "" }, self.named(&named, count));
        let audit = Change::Audit { at: now, who: who.name.clone(), what, detail };
        if count > 0 {
            self.store.change(audit).await?;
        }
        if matches!(verb, Verb::Retry | Verb::Release) {
            self.look_now().await;
        }
        self.queue.wake();
        Ok(count)
    }

    /// Messages by their IDs, as the audit names them.
    fn named(&self, numbers: &[i64], count: usize) -> String {
        let origin = self.store.origin();
        let id = |number: &i64| MessageId { origin, number: MessageNumber(*number) }.to_string();
        let mut ids: Vec<String> = numbers.iter().map(id).collect();
        ids.extend((count > numbers.len()).then(|| "…".to_owned()));
        ids.join(" ")
    }

    /// A person asks: held relays are probed at once, held senders are tried.
    async fn look_now(&self) {
        let now = self.clock.now();
        self.queue.lock().try_all(now);
        self.queue.open_gates(None).await;
        self.queue.held.notify_one();
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

/// Workers are those of the settings in force; a change ends the old ones and looks at every relay at once.
async fn follow_settings(
    queue: Arc<Queue>,
    mut changes: watch::Receiver<Arc<crate::settings::Current>>,
    first: Option<Arc<EmailSettings>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut settings = first;
    let mut retired: JoinSet<()> = JoinSet::new();
    loop {
        let over = watch::Sender::new(false);
        let mut workers = match &settings {
            Some(settings) => spawn_workers(&queue, settings, &over.subscribe()),
            None => JoinSet::new(),
        };
        let stopping = tokio::select! {
            changed = changes.changed() => changed.is_err(),
            _ = stop.wait_for(|stop| *stop) => true,
        };
        over.send_replace(true);
        retired.spawn(async move { while workers.join_next().await.is_some() {} });
        if stopping {
            break;
        }
        settings = changes.borrow_and_update().settings();
        renewed(&queue, settings.clone()).await;
        // Old workers that have ended are forgotten.
        while retired.try_join_next().is_some() {}
    }
    while retired.join_next().await.is_some() {}
}

/// New settings: every hold that they may have mended is looked at, at once.
async fn renewed(queue: &Arc<Queue>, settings: Option<Arc<EmailSettings>>) {
    let now = queue.clock.now();
    let left = {
        let mut state = queue.lock();
        let old = std::mem::replace(&mut state.settings, settings);
        let unchanged = |id| {
            let find = |settings: &Option<Arc<EmailSettings>>| {
                settings.as_ref().and_then(|s| s.route.iter().find(|relay| relay.id == id).cloned())
            };
            let (before, after) = (find(&old), find(&state.settings));
            before.is_some() && before == after
        };
        // What was proven was proven of the former settings.
        queue.unprove(|relay| !unchanged(relay));
        state.try_all(now);
        // A sender that nobody sends as any more is held no longer, nor anyone at a relay that is gone.
        let from = |settings: &Option<Arc<EmailSettings>>| settings.as_ref().map(|settings| settings.from.address.wire());
        let former = from(&old).filter(|former| Some(former) != from(&state.settings).as_ref());
        let gone = |relay: &RelayId| !state.route().iter().any(|known| known.id == *relay);
        let left: Vec<_> =
            state.tried.keys().filter(|(relay, sender)| gone(relay) || Some(sender) == former.as_ref()).cloned().collect();
        for key in &left {
            state.tried.remove(key);
            state.senders.remove(key);
        }
        left
    };
    for (relay, sender) in left {
        let change = Change::Relay { relay: relay.0, sender, state: RelayState::Open };
        if let Err(fault) = queue.store.change(change).await {
            tracing::warn!(%fault, "the state of a sender could not be written");
        }
    }
    queue.open_gates(None).await;
    queue.strand().await;
    queue.turn();
    queue.held.notify_one();
    queue.work.notify_waiters();
    queue.due.notify_one();
}

/// A token has come for a relay that waited for one: it is looked at now, and what waited goes out by itself.
async fn follow_tokens(queue: Arc<Queue>, mut came: mpsc::UnboundedReceiver<RelayId>, mut stop: watch::Receiver<bool>) {
    loop {
        let relay = tokio::select! {
            relay = came.recv() => relay,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(relay) = relay else { return };
        let now = queue.clock.now();
        if let Some(held) = queue.lock().relays.get_mut(&relay) {
            *held = std::mem::replace(held, RelayState::Open).look_now(now);
        }
        queue.held.notify_one();
    }
}
