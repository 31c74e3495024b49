//! Claimed messages in memory, by lane, and the states of relays and senders.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use model::health::{Effects, RouteHealth, SettingsChange};
use model::id::{LaneId, MessageNumber, RelayId};
use model::message::Class;
use model::route::{Candidate, Choice, choose};
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;
use store::Work;
use tokio::sync::Notify;

use super::LEASE;

/// Maximum body bytes in memory.
const BYTES_MAX: usize = 32 << 20;
/// Maximum number of messages in memory.
const COUNT_MAX: usize = 16_384;
/// Messages at the head of a lane in which a worker searches for a message for its relay.
const SCAN: usize = 16;

/// Progress of delivery at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Motion {
    /// Flights in a lane.
    pub waiting: usize,
    /// Flights in a delivery.
    pub taken: usize,
    /// Flights that have left memory since the start.
    pub finished: u64,
}

/// A claimed message in memory.
pub(crate) struct Flight {
    pub(crate) work: Work,
    pub(crate) lane: LaneId,
    pub(crate) claimed: Timestamp,
    /// Relays that cannot take it.
    pub(crate) excluded: Vec<RelayId>,
    /// Time when an earlier part of its recipients is due again.
    pub(crate) deferred: Option<Timestamp>,
    /// True after a relay closed a used connection to it. It goes on by a new connection, where a failure counts.
    pub(crate) renewed: bool,
    /// Most recipients of one transaction.
    pub(crate) recipients_max: usize,
}

impl Flight {
    pub(crate) fn new(work: Work, claimed: Timestamp) -> Self {
        let lane = lane_in_memory(&work);
        Self { work, lane, claimed, excluded: Vec::new(), deferred: None, renewed: false, recipients_max: usize::MAX }
    }
}

/// The lanes that a worker serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServedLanes {
    All,
    /// The lane of critical notices alone.
    CriticalOnly,
}

pub(crate) struct QueueState {
    pub(crate) lanes: BTreeMap<LaneId, VecDeque<Flight>>,
    /// The lane of submitted mail that was served last. The next lane has its turn.
    turn: LaneId,
    bytes: usize,
    count: usize,
    /// True while the scheduler waits for room.
    starved: bool,
    /// Wakes the scheduler when there is room.
    capacity: Arc<Notify>,
    /// Number of operator actions on messages.
    operations: u64,
    /// All messages in memory, in a lane or a delivery, with the end of the lease on disk.
    inside: HashMap<MessageNumber, Timestamp>,
    /// Messages in a delivery.
    taken: HashSet<MessageNumber>,
    /// Number of flights that have left memory. It shows that delivery makes progress.
    finished: u64,
    pub(super) health: RouteHealth,
    pub(crate) settings: Option<Arc<EmailSettings>>,
    pub(crate) stopping: bool,
}

impl QueueState {
    pub(super) fn new(capacity: Arc<Notify>) -> Self {
        Self {
            lanes: BTreeMap::new(),
            turn: LaneId::NOTICES,
            bytes: 0,
            count: 0,
            starved: false,
            capacity,
            operations: 0,
            inside: HashMap::new(),
            taken: HashSet::new(),
            finished: 0,
            health: RouteHealth::default(),
            settings: None,
            stopping: false,
        }
    }

    pub(crate) fn any_open(&self) -> bool {
        !self.stopping && self.health.any_takes_mail()
    }

    /// True if a relay of the route is not held.
    pub(crate) fn any_works(&self) -> bool {
        !self.stopping && self.health.any_open()
    }

    pub(crate) fn route(&self) -> &[RelaySettings] {
        self.settings.as_ref().map_or(&[], |settings| &settings.route)
    }

    /// Chooses a relay for a message of this sender, other than the excluded ones. `avoid` comes last: a notice about a relay
    /// should not depend on it.
    pub(crate) fn choose(&self, sender: Option<&str>, excluded: &[RelayId], avoid: Option<RelayId>) -> Choice {
        let sender = sender.unwrap_or("");
        let left = self.route().iter().map(|relay| relay.id).filter(|id| !excluded.contains(id));
        choose(left.map(|relay| Candidate {
            relay,
            open: self.health.takes_mail(relay),
            takes_sender: self.health.takes_sender(relay, sender),
            avoid: avoid == Some(relay),
        }))
    }

    fn choose_for(&self, flight: &Flight) -> Choice {
        self.choose(flight.work.sender.as_deref(), &flight.excluded, flight.work.avoid)
    }

    /// The next flight for a relay: critical first, then notices, then the applications in turn.
    fn next(&mut self, relay: RelayId, lanes: ServedLanes) -> Option<Flight> {
        if self.stopping || !self.health.takes_mail(relay) {
            return None;
        }
        let turn = self.turn;
        let applications = || self.lanes.keys().copied().filter(|lane| lane.is_of_application());
        let (later, earlier) = (applications().filter(|lane| *lane > turn), applications().filter(|lane| *lane <= turn));
        let order: Vec<LaneId> = [LaneId::CRITICAL, LaneId::NOTICES].into_iter().chain(later).chain(earlier).collect();
        let served = match lanes {
            ServedLanes::All => usize::MAX,
            ServedLanes::CriticalOnly => 1,
        };
        for lane in order.into_iter().take(served) {
            let Some(queue) = self.lanes.get(&lane) else { continue };
            let fits = |f: &Flight| self.choose_for(f) == Choice::Relay(relay);
            let Some(at) = queue.iter().take(SCAN).position(fits) else { continue };
            let queue = self.lanes.get_mut(&lane)?;
            let flight = queue.remove(at)?;
            if queue.is_empty() {
                self.lanes.remove(&lane);
            }
            if lane.is_of_application() {
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

    /// True if memory has room for a claim from disk.
    pub(crate) fn has_room(&self) -> bool {
        !self.is_filled()
    }

    /// True above 60 % of a limit. The scheduler claims no more then.
    fn is_filled(&self) -> bool {
        self.bytes >= BYTES_MAX / 10 * 6 || self.count >= COUNT_MAX / 10 * 6
    }

    /// Adopts new settings. Returns the effects on the health of the route.
    pub(super) fn adopt(&mut self, settings: Option<Arc<EmailSettings>>, now: Timestamp) -> Effects {
        let old = std::mem::replace(&mut self.settings, settings);
        let from = |settings: &Option<Arc<EmailSettings>>| settings.as_ref().map(|settings| settings.from.address.wire());
        let (before, after) = (from(&old), from(&self.settings));
        let change = |relay: &RelaySettings| {
            let known = old.as_ref().and_then(|old| old.route.iter().find(|known| known.id == relay.id));
            match known {
                Some(known) if known == relay && before == after => SettingsChange::Same,
                Some(known) if known == relay => SettingsChange::FromChanged,
                Some(_) | None => SettingsChange::Changed,
            }
        };
        let route: Vec<_> = self.route().iter().map(|relay| (relay.id, change(relay))).collect();
        self.health.renew(&route, now)
    }

    /// Takes all flights out of the lanes, and returns their numbers.
    pub(super) fn clear(&mut self) -> Vec<MessageNumber> {
        self.recall(None).0
    }

    /// Returns the numbers taken out of the lanes, and those still in a delivery.
    pub(super) fn recall(&mut self, wanted: Option<&[MessageNumber]>) -> (Vec<MessageNumber>, Vec<MessageNumber>) {
        let is_wanted = |number: &MessageNumber| wanted.is_none_or(|wanted| wanted.contains(number));
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

    /// As [`Self::recall`], for an operator. It counts the action: the operator may mean a message that is being accepted.
    pub(super) fn recall_for_operator(&mut self, wanted: Option<&[MessageNumber]>) -> (Vec<MessageNumber>, Vec<MessageNumber>) {
        self.operations += 1;
        self.recall(wanted)
    }

    /// Number of operator actions on messages.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// Reserves memory for a new message that a relay could take now. Returns the number of operator actions so far.
    pub(super) fn reserve(&mut self, class: Class, sender: Option<&str>, bytes: usize) -> Option<u64> {
        let open = matches!(self.choose(sender, &[], None), Choice::Relay(_)) && !self.stopping;
        // New mail takes at most half of the memory, to leave a share for mail on disk. Critical notices may take all.
        let share = if class == Class::Critical { 10 } else { 5 };
        let room = (self.bytes + bytes) * 10 <= BYTES_MAX * share && (self.count + 1) * 10 <= COUNT_MAX * share;
        (open && room).then(|| {
            self.take_room(bytes);
            self.operations
        })
    }

    /// Puts a new flight at the end of its lane. A flight that comes back from a delivery goes to the head. Returns the
    /// flight if no relay can take it.
    pub(super) fn line_up(&mut self, flight: Flight) -> Result<(), Box<(Flight, Choice)>> {
        let choice = if self.stopping { Choice::Wait } else { self.choose_for(&flight) };
        if !matches!(choice, Choice::Relay(_)) {
            return Err(Box::new((flight, choice)));
        }
        let had = self.taken.remove(&flight.work.number);
        self.inside.entry(flight.work.number).or_insert(flight.claimed + LEASE);
        let lane = self.lanes.entry(flight.lane).or_default();
        if had {
            lane.push_front(flight);
        } else {
            lane.push_back(flight);
        }
        Ok(())
    }

    /// Takes a flight for this relay. Also returns true if flights may have moved into the window of [`SCAN`] messages:
    /// the workers of another relay may want them.
    pub(super) fn take(&mut self, relay: RelayId, lanes: ServedLanes) -> (Option<Flight>, bool) {
        let flight = self.next(relay, lanes);
        // Only for a mixed lane. A wake for each message would cost more than the message itself.
        let mixed = flight.as_ref().filter(|flight| !flight.excluded.is_empty() || self.health.has_senders());
        let behind = mixed.and_then(|flight| self.lanes.get(&flight.lane)).map_or(0, VecDeque::len);
        (flight, behind >= SCAN)
    }

    /// Leases that end before `end`, and leases that end more than one lease after `now`. The latter mean that the clock
    /// was set back.
    pub(super) fn leases_before(&self, end: Timestamp, now: Timestamp) -> Vec<(MessageNumber, Timestamp)> {
        let is_old = |lease: Timestamp| lease < end || lease > now + LEASE;
        self.inside.iter().filter(|(_, lease)| is_old(**lease)).map(|(number, lease)| (*number, *lease)).collect()
    }

    /// Records leases renewed on disk. Skips a message that was settled meanwhile: it has gone or has another end.
    pub(super) fn renewed(&mut self, leases: &[(MessageNumber, Timestamp)], until: Timestamp) {
        for (number, before) in leases {
            if let Some(lease) = self.inside.get_mut(number).filter(|lease| *lease == before) {
                *lease = until;
            }
        }
    }

    /// Records the new lease end of a flight that goes on, as its settlement wrote it.
    pub(super) fn leased(&mut self, number: MessageNumber, until: Timestamp) {
        if let Some(lease) = self.inside.get_mut(&number) {
            *lease = until;
        }
    }

    /// Removes a finished flight.
    pub(super) fn finish(&mut self, number: MessageNumber, bytes: usize) {
        self.forget(number, bytes);
    }

    /// True if a relay can take mail and memory has room for it.
    pub(super) fn can_claim(&mut self) -> bool {
        self.any_open() && self.room() > 0
    }

    /// Figures that show the watch the progress of delivery.
    pub(crate) fn motion(&self) -> Motion {
        Motion { waiting: self.lanes.values().map(VecDeque::len).sum(), taken: self.taken.len(), finished: self.finished }
    }

    /// Number of messages that memory can still take from disk. With none, a release wakes the scheduler later. It claims
    /// in batches: a claim for each freed place would cost many times as much per message.
    pub(crate) fn room(&mut self) -> usize {
        self.starved = self.is_filled();
        if self.starved { 0 } else { (COUNT_MAX * 9 / 10).saturating_sub(self.count) }
    }

    /// Body bytes that memory can still take from disk.
    pub(crate) fn room_bytes(&self) -> usize {
        (BYTES_MAX / 10 * 9).saturating_sub(self.bytes)
    }

    pub(crate) fn take_room(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.count += 1;
    }

    /// Numbers of all messages in memory.
    pub(crate) fn numbers(&self) -> HashSet<MessageNumber> {
        self.inside.keys().copied().collect()
    }

    pub(crate) fn has(&self, number: MessageNumber) -> bool {
        self.inside.contains_key(&number)
    }

    pub(crate) fn not_in_memory(&self, due: Vec<(MessageNumber, usize)>) -> Vec<(MessageNumber, usize)> {
        due.into_iter().filter(|(n, _)| !self.inside.contains_key(n)).collect()
    }

    fn forget(&mut self, number: MessageNumber, bytes: usize) {
        self.taken.remove(&number);
        self.inside.remove(&number);
        self.finished += 1;
        self.release(bytes);
    }

    /// Frees memory; the only place that does. Wakes a waiting scheduler once memory is below 60 % of both limits.
    pub(super) fn release(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.count = self.count.saturating_sub(1);
        if self.starved && !self.is_filled() {
            self.starved = false;
            self.capacity.notify_one();
        }
    }
}

/// Lane of a message in memory. It may differ from the lane on disk. It only keeps classes and applications apart.
fn lane_in_memory(work: &Work) -> LaneId {
    match work.class {
        Class::Critical => LaneId::CRITICAL,
        Class::Notice => LaneId::NOTICES,
        Class::Submitted => {
            let name = work.app.as_deref().unwrap_or("");
            let hash = name.bytes().fold(5381i64, |hash, byte| (hash.wrapping_mul(33) + i64::from(byte)) & 0xFFFF_FFFF);
            LaneId(LaneId::NOTICES.0 + 1 + hash)
        }
    }
}
