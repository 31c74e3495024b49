//! Claimed messages in memory, by lane; and what is known of relays and senders. One lock, held for moments only.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::hold::{Hold, RelayState};
use model::id::RelayId;
use model::message::Class;
use model::route::{Candidate, Choice, choose};
use model::settings::{EmailSettings, RelaySettings};
use store::{Change, Commit, CommitFault, Guard, Operate, Store, Verb, Which, Work};
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::relay::Net;

/// Body bytes in memory.
const BYTES_MAX: usize = 32 << 20;
/// Messages in memory.
const COUNT_MAX: usize = 16_384;
/// How many of a lane are looked at for one that a relay can take.
const SCAN: usize = 16;

/// A claimed message on its way.
pub(crate) struct Flight {
    pub(crate) work: Work,
    pub(crate) lane: i64,
    pub(crate) claimed: i64,
    /// Relays that cannot take it.
    pub(crate) excluded: Vec<RelayId>,
    /// A part of its recipients is due again then.
    pub(crate) deferred: Option<i64>,
    /// A used connection turned out to be closed to it: it goes on by a new one, where a refusal counts.
    pub(crate) renewed: bool,
}

impl Flight {
    pub(crate) fn new(work: Work, claimed: i64) -> Self {
        let lane = lane_in_memory(&work);
        Self { work, lane, claimed, excluded: Vec::new(), deferred: None, renewed: false }
    }
}

/// Room kept for a message that is being written to disk.
pub struct Place {
    bytes: usize,
    /// How often an operator had acted when it was kept.
    operations: u64,
    queue: Arc<Queue>,
    used: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.used {
            self.queue.give_room(self.bytes);
        }
    }
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) lanes: BTreeMap<i64, VecDeque<Flight>>,
    /// The lane of submitted mail served last: the next one has its turn.
    turn: i64,
    bytes: usize,
    count: usize,
    /// The scheduler waits for room.
    starved: bool,
    /// How often an operator has acted on messages.
    operations: u64,
    /// The numbers of all that is in memory, in a lane or in the hands of a delivery.
    inside: HashSet<i64>,
    /// Claimed and in the hands of a delivery, with the time of the claim.
    pub(crate) taken: HashMap<i64, i64>,
    pub(crate) relays: HashMap<RelayId, RelayState>,
    pub(crate) senders: HashMap<(RelayId, String), RelayState>,
    /// Holds of senders that are being tried again: their schedule goes on if the relay still refuses.
    pub(crate) tried: HashMap<(RelayId, String), Hold>,
    pub(crate) settings: Option<Arc<EmailSettings>>,
    pub(crate) stopping: bool,
}

pub struct Queue {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) net: Net,
    state: Mutex<State>,
    /// A flight was added, or a relay opened: workers look.
    pub(crate) work: Notify,
    /// Room, or something due: the scheduler looks.
    pub(crate) due: Notify,
    /// A relay's or sender's state changed: the prober looks.
    pub(crate) held: Notify,
    /// What became of a message was written down.
    pub(crate) settled: Notify,
    /// When a relay was last seen to work: a message taken, or a sign-in that went well.
    proven: Mutex<HashMap<RelayId, i64>>,
    opened: Mutex<Option<i64>>,
    /// Counts what changes the route: a relay held or opened, other settings.
    pub(crate) turned: watch::Sender<u64>,
    /// The stop has begun.
    pub(crate) stopping: watch::Sender<bool>,
    /// Held by whoever claims from the disk or acts on messages for an operator: the two must not cross.
    pub(crate) claiming: tokio::sync::Mutex<()>,
    /// Deliveries under way; the stop waits for them.
    pub(crate) busy: watch::Sender<usize>,
    /// Unix milliseconds of the last message a relay accepted, 0 if none yet.
    pub(crate) last_accepted: std::sync::atomic::AtomicI64,
    /// The same of the last refusal for good, since the start.
    pub(crate) last_refused: std::sync::atomic::AtomicI64,
}

impl State {
    pub(crate) fn is_open(&self, relay: RelayId) -> bool {
        !matches!(self.relays.get(&relay), Some(RelayState::Held(_)))
    }

    fn sender_open(&self, relay: RelayId, sender: &str) -> bool {
        self.senders.is_empty() || !matches!(self.senders.get(&(relay, sender.to_owned())), Some(RelayState::Held(_)))
    }

    pub(crate) fn any_open(&self) -> bool {
        !self.stopping && self.route().iter().any(|relay| self.is_open(relay.id))
    }

    pub(crate) fn route(&self) -> &[RelaySettings] {
        self.settings.as_ref().map_or(&[], |settings| &settings.route)
    }

    /// Who takes a message of this sender now, other than those that cannot; rather not the one that it is about.
    pub(crate) fn choose(&self, sender: Option<&str>, excluded: &[RelayId], avoid: Option<RelayId>) -> Choice {
        let sender = sender.unwrap_or("");
        let left = self.route().iter().map(|relay| relay.id).filter(|id| !excluded.contains(id));
        choose(left.map(|relay| Candidate {
            relay,
            open: self.is_open(relay),
            takes_sender: self.sender_open(relay, sender),
            avoid: avoid == Some(relay),
        }))
    }

    fn choose_for(&self, flight: &Flight) -> Choice {
        self.choose(flight.work.sender.as_deref(), &flight.excluded, flight.work.avoid.map(RelayId))
    }

    /// The next flight for a relay: critical first, then notices, then the applications in turn.
    fn next(&mut self, relay: RelayId, critical_only: bool) -> Option<Flight> {
        if self.stopping || !self.is_open(relay) {
            return None;
        }
        let turn = self.turn;
        let later = self.lanes.keys().copied().filter(|&lane| lane > turn.max(1));
        let order: Vec<i64> =
            [0, 1].into_iter().chain(later).chain(self.lanes.keys().copied().filter(|&l| l > 1 && l <= turn)).collect();
        for lane in order.into_iter().take(if critical_only { 1 } else { usize::MAX }) {
            let Some(queue) = self.lanes.get(&lane) else { continue };
            let fits = |f: &Flight| self.choose_for(f) == Choice::Relay(relay);
            let Some(at) = queue.iter().take(SCAN).position(fits) else { continue };
            let queue = self.lanes.get_mut(&lane)?;
            let flight = queue.remove(at)?;
            if queue.is_empty() {
                self.lanes.remove(&lane);
            }
            if lane > 1 {
                self.turn = lane;
            }
            self.taken.insert(flight.work.number, flight.claimed);
            return Some(flight);
        }
        None
    }

    /// Takes out every flight that no relay can take now.
    pub(crate) fn strand(&mut self) -> Vec<(Flight, Choice)> {
        let mut stranded = Vec::new();
        for (lane, queue) in std::mem::take(&mut self.lanes) {
            let mut kept = VecDeque::new();
            for flight in queue {
                match self.choose_for(&flight) {
                    Choice::Relay(_) => kept.push_back(flight),
                    choice => stranded.push((flight, choice)),
                }
            }
            if !kept.is_empty() {
                self.lanes.insert(lane, kept);
            }
        }
        for (flight, _) in &stranded {
            self.forget(flight.work.number, flight.work.body.len());
        }
        stranded
    }

    /// Above this there is enough in memory, and what waits on disk waits on.
    fn is_filled(&self) -> bool {
        self.bytes >= BYTES_MAX / 10 * 6 || self.count >= COUNT_MAX / 10 * 6
    }

    /// Everything held is tried at once: a relay by a probe, a sender by its mail. Until that went well nobody is told
    /// that it is over.
    pub(crate) fn try_all(&mut self, now: i64) {
        for held in self.relays.values_mut() {
            *held = std::mem::replace(held, RelayState::Open).look_now(now);
        }
        for (key, state) in &mut self.senders {
            if let RelayState::Held(hold) = std::mem::replace(state, RelayState::Open) {
                self.tried.insert(key.clone(), Hold { next_probe: Some(now), ..hold });
            }
        }
    }

    /// What was taken out of the lanes, and what a delivery has in its hands.
    fn recall(&mut self, wanted: Option<&[i64]>) -> (Vec<i64>, Vec<i64>) {
        let is_wanted = |number: &i64| wanted.is_none_or(|wanted| wanted.contains(number));
        let mut recalled = Vec::new();
        for queue in self.lanes.values_mut() {
            queue.retain(|flight| {
                let kept = !is_wanted(&flight.work.number);
                if !kept {
                    recalled.push((flight.work.number, flight.work.body.len()));
                }
                kept
            });
        }
        self.lanes.retain(|_, queue| !queue.is_empty());
        recalled.iter().for_each(|&(number, bytes)| self.forget(number, bytes));
        let taken = self.taken.keys().copied().filter(is_wanted).collect();
        (recalled.into_iter().map(|(number, _)| number).collect(), taken)
    }

    fn forget(&mut self, number: i64, bytes: usize) {
        self.taken.remove(&number);
        self.inside.remove(&number);
        self.release(bytes);
    }

    fn release(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.count = self.count.saturating_sub(1);
    }
}

impl Queue {
    pub fn new(store: Store, clock: Clock, net: Net) -> Arc<Self> {
        Arc::new(Self {
            store,
            clock,
            net,
            state: Mutex::default(),
            work: Notify::new(),
            due: Notify::new(),
            held: Notify::new(),
            settled: Notify::new(),
            proven: Mutex::default(),
            opened: Mutex::default(),
            turned: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            claiming: tokio::sync::Mutex::new(()),
            busy: watch::Sender::new(0),
            last_accepted: std::sync::atomic::AtomicI64::new(0),
            last_refused: std::sync::atomic::AtomicI64::new(0),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps room for a message if it could go at once; else it is only written down.
    pub fn reserve(self: &Arc<Self>, class: Class, sender: Option<&str>, bytes: usize) -> Option<Place> {
        let mut state = self.lock();
        let open = matches!(state.choose(sender, &[], None), Choice::Relay(_)) && !state.stopping;
        // Fresh mail takes half of the room at most, so that what waits on disk has its turn too; critical notices all.
        let share = if class == Class::Critical { 10 } else { 5 };
        let room = (state.bytes + bytes) * 10 <= BYTES_MAX * share && (state.count + 1) * 10 <= COUNT_MAX * share;
        if !open || !room {
            return None;
        }
        state.bytes += bytes;
        state.count += 1;
        Some(Place { bytes, operations: state.operations, queue: Arc::clone(self), used: false })
    }

    fn give_room(&self, bytes: usize) {
        self.lock().release(bytes);
        self.due.notify_one(); // rare: an accept that failed
    }

    /// A message born claimed.
    pub async fn push(&self, mut place: Place, number: i64, mut work: Work, claimed: i64) {
        // An operator acted between the commit and here, and may have meant this message: its row tells, when its lease ends.
        if self.lock().operations != place.operations {
            return;
        }
        place.used = true;
        work.number = number;
        self.send_on(Flight::new(work, claimed), claimed).await;
    }

    /// Puts a flight into its lane: new ones at its end, one that a delivery had in its hands at its head. It comes back
    /// if no relay can take it. Asked and done under one lock: a relay held before is seen here, and one held after
    /// this finds the flight when it strands.
    pub(crate) fn line_up(&self, flight: Flight) -> Result<(), Box<(Flight, Choice)>> {
        {
            let mut state = self.lock();
            let choice = state.choose_for(&flight);
            if !matches!(choice, Choice::Relay(_)) {
                return Err(Box::new((flight, choice)));
            }
            let had = state.taken.remove(&flight.work.number).is_some();
            state.inside.insert(flight.work.number);
            let lane = state.lanes.entry(flight.lane).or_default();
            if had { lane.push_front(flight) } else { lane.push_back(flight) }
        }
        self.work.notify_waiters();
        Ok(())
    }

    /// A flight is done with: written down, its room free.
    pub(crate) fn finished(&self, number: i64, bytes: usize) {
        let mut state = self.lock();
        state.forget(number, bytes);
        // Only a scheduler that waits for room is woken, and only when there is room for more than a few.
        let wake = state.starved && !state.is_filled();
        state.starved &= !wake;
        drop(state);
        if wake {
            self.due.notify_one();
        }
    }

    pub(crate) fn take(&self, relay: RelayId, critical_only: bool) -> Option<Flight> {
        let (flight, behind) = {
            let mut state = self.lock();
            let flight = state.next(relay, critical_only);
            // Only where a lane is mixed: else a wake for each message would cost more than the message.
            let mixed = flight.as_ref().filter(|flight| !flight.excluded.is_empty() || !state.senders.is_empty());
            let behind = mixed.and_then(|flight| state.lanes.get(&flight.lane)).map_or(0, VecDeque::len);
            (flight, behind)
        };
        // What stood behind the window that workers look at has come into it: another relay's workers may want it.
        if behind >= SCAN {
            self.work.notify_waiters();
        }
        flight
    }

    /// Room for so many more from the disk; with none, the scheduler is woken when there is. Memory is filled in helpings:
    /// claimed one by one as each place falls free, a message would cost many times as much.
    pub(crate) fn room(&self) -> usize {
        let mut state = self.lock();
        state.starved = state.is_filled();
        if state.starved { 0 } else { (COUNT_MAX * 9 / 10).saturating_sub(state.count) }
    }

    pub(crate) fn take_room(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes += bytes;
        state.count += 1;
    }

    pub(crate) fn not_in_memory(&self, due: Vec<(i64, usize)>) -> Vec<(i64, usize)> {
        let state = self.lock();
        due.into_iter().filter(|(n, _)| !state.inside.contains(n)).collect()
    }

    /// Body bytes that still have room.
    pub(crate) fn room_bytes(&self) -> usize {
        (BYTES_MAX / 10 * 9).saturating_sub(self.lock().bytes)
    }

    /// Something was written down that is due.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Takes messages out of memory for an operator: those, and those that a delivery has in its hands, which stay. What
    /// is being born meanwhile may be meant too.
    pub(crate) fn recall(&self, wanted: Option<&[i64]>) -> (Vec<i64>, Vec<i64>) {
        let mut state = self.lock();
        state.operations += 1;
        state.recall(wanted)
    }

    /// Relays with their states, in the order of the route.
    pub fn relays(&self) -> Vec<(RelaySettings, RelayState)> {
        let state = self.lock();
        let one = |relay: &RelaySettings| (relay.clone(), state.relays.get(&relay.id).cloned().unwrap_or(RelayState::Open));
        state.route().iter().map(one).collect()
    }

    /// Some relay of the route can be used now, as far as is known.
    pub fn any_open(&self) -> bool {
        self.lock().any_open()
    }

    /// This relay works.
    pub(crate) fn prove(&self, relay: RelayId, now: i64) {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).insert(relay, now);
    }

    /// Of these relays nothing is known any more.
    pub(crate) fn unprove(&self, which: impl Fn(RelayId) -> bool) {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).retain(|relay, _| !which(*relay));
    }

    /// When a relay was last seen to work, since the start.
    pub fn proven(&self, relay: RelayId) -> Option<i64> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).get(&relay).copied()
    }

    /// When any relay of the route was.
    pub fn last_proven(&self) -> Option<i64> {
        let route: Vec<RelayId> = self.lock().route().iter().map(|relay| relay.id).collect();
        route.into_iter().filter_map(|relay| self.proven(relay)).max()
    }

    /// The route has changed.
    pub(crate) fn turn(&self) {
        let open = self.any_open();
        {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            *opened = if open { opened.or_else(|| Some(self.clock.now())) } else { None };
        }
        self.turned.send_modify(|count| *count += 1);
    }

    /// Since when some relay can be used, if that has changed since the start.
    pub(crate) fn opened(&self) -> Option<i64> {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message of our own back that no delivery has in its hands, and makes these changes in the same commit.
    /// `false`: nothing was done, for it could not be taken back, or was settled. Its accept must have ended: only then
    /// does the message stand where it is looked for.
    pub(crate) async fn withdraw(&self, number: i64, mut changes: Vec<Change>) -> bool {
        let now = self.clock.now();
        let _claiming = self.claiming.lock().await;
        let (_, in_flight) = self.lock().recall(Some(&[number]));
        if !in_flight.is_empty() {
            return false;
        }
        let operate = Operate { verb: Verb::Cancel, which: Which::Numbers(vec![number]), now, in_flight };
        changes.push(Change::Operate(operate));
        match self.store.commit(Commit { guards: vec![Guard::Waits(number)], changes }).await {
            Ok(_) => true,
            Err(CommitFault::NotFound) => false,
            Err(fault) => {
                tracing::error!(%fault, "a notice could not be taken back");
                // It was recalled: the row, whose lease ends, is looked at again.
                false
            }
        }
    }

    /// No relay of the route can be used now.
    pub fn all_held(&self) -> bool {
        let relays = self.relays();
        !relays.is_empty() && relays.iter().all(|(_, state)| *state != RelayState::Open)
    }

    /// Senders that are held or being tried, for the prober.
    pub(crate) fn senders_to_try(&self) -> Vec<(RelayId, String, RelayState)> {
        let state = self.lock();
        let one = |(relay, sender): &(RelayId, String), state: RelayState| (*relay, sender.clone(), state);
        let held = state.senders.iter().map(|(key, state)| one(key, state.clone()));
        held.chain(state.tried.iter().map(|(key, hold)| one(key, RelayState::Held(hold.clone())))).collect()
    }

    /// Senders that a relay does not let send.
    pub fn held_senders(&self) -> Vec<(RelayId, String, RelayState)> {
        self.lock().senders.iter().map(|((relay, sender), state)| (*relay, sender.clone(), state.clone())).collect()
    }

    pub fn last_accepted(&self) -> Option<i64> {
        Some(self.last_accepted.load(std::sync::atomic::Ordering::Relaxed)).filter(|at| *at > 0)
    }

    pub fn last_refused(&self) -> Option<i64> {
        Some(self.last_refused.load(std::sync::atomic::Ordering::Relaxed)).filter(|at| *at > 0)
    }
}

/// Lanes in memory need not be those on disk, only keep classes and applications apart.
fn lane_in_memory(work: &Work) -> i64 {
    match work.class {
        Class::Critical => 0,
        Class::Notice => 1,
        Class::Submitted => {
            let name = work.app.as_deref().unwrap_or("");
            let hash = name.bytes().fold(5381i64, |hash, byte| (hash.wrapping_mul(33) + i64::from(byte)) & 0xFFFF_FFFF);
            2 + hash
        }
    }
}
