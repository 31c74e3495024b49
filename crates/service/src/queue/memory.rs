//! Claimed messages in memory, by lane; and which relays and senders are held.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use model::hold::{Hold, RelayState};
use model::id::RelayId;
use model::message::Class;
use model::route::{Candidate, Choice, choose};
use model::settings::{EmailSettings, RelaySettings};
use store::Work;
use tokio::sync::Notify;

use crate::intake::LEASE_MS;

/// Body bytes in memory.
const BYTES_MAX: usize = 32 << 20;
/// Messages in memory.
const COUNT_MAX: usize = 16_384;
/// How many of a lane are looked at for one that a relay can take.
const SCAN: usize = 16;

/// How delivery moves, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Motion {
    /// Flights that no delivery has taken yet.
    pub(crate) waiting: usize,
    /// Flights that deliveries have in their hands.
    pub(crate) taken: usize,
    /// Flights that have left memory since the start.
    pub(crate) finished: u64,
}

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

pub(crate) struct State {
    pub(crate) lanes: BTreeMap<i64, VecDeque<Flight>>,
    /// The lane of submitted mail served last: the next one has its turn.
    turn: i64,
    bytes: usize,
    count: usize,
    /// The scheduler waits for room,
    starved: bool,
    /// and is woken by this.
    capacity: Arc<Notify>,
    /// How often an operator has acted on messages.
    operations: u64,
    /// All that is in memory, in a lane or in the hands of a delivery, with the end of its lease on disk (Unix
    /// milliseconds).
    inside: HashMap<i64, i64>,
    /// Messages that deliveries have in hand.
    taken: HashSet<i64>,
    /// Flights that have left memory: shows whether delivery moves.
    finished: u64,
    pub(crate) relays: HashMap<RelayId, RelayState>,
    pub(crate) senders: HashMap<(RelayId, String), RelayState>,
    /// Holds of senders that are being tried again: their schedule goes on if the relay still refuses.
    pub(crate) tried: HashMap<(RelayId, String), Hold>,
    pub(crate) settings: Option<Arc<EmailSettings>>,
    pub(crate) stopping: bool,
}

impl State {
    pub(super) fn new(capacity: Arc<Notify>) -> Self {
        Self {
            lanes: BTreeMap::new(),
            turn: 0,
            bytes: 0,
            count: 0,
            starved: false,
            capacity,
            operations: 0,
            inside: HashMap::new(),
            taken: HashSet::new(),
            finished: 0,
            relays: HashMap::new(),
            senders: HashMap::new(),
            tried: HashMap::new(),
            settings: None,
            stopping: false,
        }
    }

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
            self.taken.insert(flight.work.number);
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

    /// Memory has room for a claim from disk.
    pub(crate) fn has_room(&self) -> bool {
        !self.is_filled()
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
    pub(super) fn recall(&mut self, wanted: Option<&[i64]>) -> (Vec<i64>, Vec<i64>) {
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
        let taken = self.taken.iter().copied().filter(is_wanted).collect();
        (recalled.into_iter().map(|(number, _)| number).collect(), taken)
    }

    /// As [`Self::recall`], for an operator. What is being born meanwhile may be meant too.
    pub(super) fn recall_for_operator(&mut self, wanted: Option<&[i64]>) -> (Vec<i64>, Vec<i64>) {
        self.operations += 1;
        self.recall(wanted)
    }

    /// How often an operator has acted.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// Keeps room for fresh mail that could go at once; how often an operator had acted by then.
    pub(super) fn reserve(&mut self, class: Class, sender: Option<&str>, bytes: usize) -> Option<u64> {
        let open = matches!(self.choose(sender, &[], None), Choice::Relay(_)) && !self.stopping;
        // Fresh mail takes half of the room at most, so that what waits on disk has its turn too; critical notices all.
        let share = if class == Class::Critical { 10 } else { 5 };
        let room = (self.bytes + bytes) * 10 <= BYTES_MAX * share && (self.count + 1) * 10 <= COUNT_MAX * share;
        (open && room).then(|| {
            self.take_room(bytes);
            self.operations
        })
    }

    /// New ones at the end of their lane, one that a delivery had in its hands at the head.
    pub(super) fn line_up(&mut self, flight: Flight) -> Result<(), Box<(Flight, Choice)>> {
        let choice = self.choose_for(&flight);
        if !matches!(choice, Choice::Relay(_)) {
            return Err(Box::new((flight, choice)));
        }
        let had = self.taken.remove(&flight.work.number);
        self.inside.entry(flight.work.number).or_insert(flight.claimed + LEASE_MS);
        let lane = self.lanes.entry(flight.lane).or_default();
        if had {
            lane.push_front(flight);
        } else {
            lane.push_back(flight);
        }
        Ok(())
    }

    /// One that this relay takes; and whether what stood behind the window that workers look at has come into it:
    /// another relay's workers may want that.
    pub(super) fn take(&mut self, relay: RelayId, critical_only: bool) -> (Option<Flight>, bool) {
        let flight = self.next(relay, critical_only);
        // Only where a lane is mixed: else a wake for each message would cost more than the message.
        let mixed = flight.as_ref().filter(|flight| !flight.excluded.is_empty() || !self.senders.is_empty());
        let behind = mixed.and_then(|flight| self.lanes.get(&flight.lane)).map_or(0, VecDeque::len);
        (flight, behind >= SCAN)
    }

    /// Leases that end before `end`, or so late that the clock must have been set back since. At most one lease ahead of
    /// `now` is right.
    pub(super) fn leases_before(&self, end: i64, now: i64) -> Vec<(i64, i64)> {
        let is_old = |lease: i64| lease < end || lease > now + LEASE_MS;
        self.inside.iter().filter(|(_, lease)| is_old(**lease)).map(|(number, lease)| (*number, *lease)).collect()
    }

    /// These leases were renewed on disk. One that was settled meanwhile has gone, or has another end.
    pub(super) fn renewed(&mut self, leases: &[(i64, i64)], until: i64) {
        for (number, before) in leases {
            if let Some(lease) = self.inside.get_mut(number).filter(|lease| *lease == before) {
                *lease = until;
            }
        }
    }

    /// The lease of a flight that goes on ends then, by what a settlement writes.
    pub(super) fn leased(&mut self, number: i64, until: i64) {
        if let Some(lease) = self.inside.get_mut(&number) {
            *lease = until;
        }
    }

    /// A flight is done with.
    pub(super) fn finish(&mut self, number: i64, bytes: usize) {
        self.forget(number, bytes);
    }

    /// A relay can take mail and memory has room for it.
    pub(super) fn can_claim(&mut self) -> bool {
        self.any_open() && self.room() > 0
    }

    /// Figures by which the watch sees whether delivery moves.
    pub(crate) fn motion(&self) -> Motion {
        Motion { waiting: self.lanes.values().map(VecDeque::len).sum(), taken: self.taken.len(), finished: self.finished }
    }

    /// Room for so many more from the disk; with none, the scheduler is woken when there is. Memory is filled in helpings:
    /// claimed one by one as each place falls free, a message would cost many times as much.
    pub(crate) fn room(&mut self) -> usize {
        self.starved = self.is_filled();
        if self.starved { 0 } else { (COUNT_MAX * 9 / 10).saturating_sub(self.count) }
    }

    /// Body bytes that still have room.
    pub(crate) fn room_bytes(&self) -> usize {
        (BYTES_MAX / 10 * 9).saturating_sub(self.bytes)
    }

    pub(crate) fn take_room(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.count += 1;
    }

    /// The numbers of all that is in memory.
    pub(crate) fn numbers(&self) -> HashSet<i64> {
        self.inside.keys().copied().collect()
    }

    pub(crate) fn not_in_memory(&self, due: Vec<(i64, usize)>) -> Vec<(i64, usize)> {
        due.into_iter().filter(|(n, _)| !self.inside.contains_key(n)).collect()
    }

    fn forget(&mut self, number: i64, bytes: usize) {
        self.taken.remove(&number);
        self.inside.remove(&number);
        self.finished += 1;
        self.release(bytes);
    }

    /// The only place that gives room back. Wakes a scheduler that waits for room, once there is room for more than a few.
    pub(super) fn release(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.count = self.count.saturating_sub(1);
        if self.starved && !self.is_filled() {
            self.starved = false;
            self.capacity.notify_one();
        }
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
