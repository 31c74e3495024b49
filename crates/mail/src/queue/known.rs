//! Known state of relays and senders: usable relays, held senders, and the time when each relay last worked.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use admin::settings::Current;
use model::health::{RelayHealth, SenderState};
use model::hold::{Hold, NeededProof, RelayState};
use model::id::{MessageNumber, RelayId};
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;

use smtp::client::Resource;
use tokio::sync::watch;

use super::shortage::{LOOK_EVERY, RETRY_AFTER_LOOKS};
use super::{LEASE, Motion, Queue, Shortage};
use crate::relay::has_descriptors;

/// Maximum number of unreadable messages that are remembered.
const UNREADABLE_MAX: usize = 100;
/// Each lease brings a new try of an unreadable message. After this time without one it is gone or mended.
const UNREADABLE: Duration = Duration::from_secs(3 * LEASE.as_secs());

/// Messages in memory and the progress of delivery at one moment.
pub struct Progress {
    /// Numbers of the messages in memory.
    pub numbers: HashSet<MessageNumber>,
    pub motion: Motion,
    /// True if a relay can be used.
    pub open: bool,
    /// True if memory has room for a claim.
    pub room: bool,
}

/// A relay of the route, and what is known of it.
#[derive(Clone)]
pub struct KnownRelay {
    pub settings: RelaySettings,
    pub state: RelayState,
    /// Start of its present settings. `MIN`: they were in force before this run of the node.
    pub settings_since: Timestamp,
    /// True if the state was found under former settings of this relay.
    pub is_outdated: bool,
    /// True if it is held and gets messages all the same: one of them must show that it works again.
    pub is_on_trial: bool,
    /// Time when it last worked under its present settings.
    pub proven: Option<Timestamp>,
    /// Time when it last accepted a message. It may have been of another From address.
    pub accepted: Option<Timestamp>,
}

impl KnownRelay {
    /// True if it has accepted a message under its present settings and the present From address. `saved`: time of the last
    /// save. Before this run of the node, a save may have changed the relay.
    pub fn is_accepted(&self, saved: Timestamp) -> bool {
        let since = if self.settings_since == Timestamp::MIN { saved } else { self.settings_since };
        self.accepted.is_some_and(|at| at >= since)
    }
}

impl Queue {
    pub fn progress(&self) -> Progress {
        let state = self.lock();
        Progress { numbers: state.numbers(), motion: state.motion(), open: state.any_open(), room: state.has_room() }
    }

    /// True if a message is in memory: in a lane or in a delivery.
    pub fn is_in_memory(&self, number: MessageNumber) -> bool {
        self.lock().has(number)
    }

    /// Wakes the scheduler and the workers. It repairs a lost wake-up.
    pub fn wake(&self) {
        self.nudge.notify_one();
        self.work.notify_waiters();
    }

    /// Follows the number of changes of the route: a relay held or opened, other settings.
    pub fn route_changes(&self) -> watch::Receiver<u64> {
        self.turned.subscribe()
    }

    /// True if the queue works with these settings.
    pub fn has_adopted(&self, current: &Current) -> bool {
        self.lock().settings.as_ref().map(Arc::as_ptr) == current.settings().as_ref().map(Arc::as_ptr)
    }

    /// Number of changes of the route so far.
    pub fn route_change(&self) -> u64 {
        *self.turned.borrow()
    }

    /// Resolves when an outcome was written that the watch must see at once, or a shortage began or ended.
    pub async fn outcome_noted(&self) {
        self.settled.notified().await;
    }

    /// End of the certificate that each relay last showed.
    pub fn certificates(&self) -> HashMap<RelayId, Timestamp> {
        let route: Vec<RelaySettings> = self.lock().route().to_vec();
        self.net.certificates(&route)
    }

    /// Relays with what is known of them, in the order of the route.
    pub fn known_relays(&self) -> Vec<KnownRelay> {
        let state = self.lock();
        let known = |relay: &RelaySettings| {
            let health = state.health.of(relay.id);
            KnownRelay {
                settings: relay.clone(),
                state: health.map_or(RelayState::Open, |health| health.state().clone()),
                settings_since: health.map_or(Timestamp::MIN, RelayHealth::settings_since),
                is_outdated: health.is_some_and(RelayHealth::is_outdated),
                is_on_trial: health.is_some_and(RelayHealth::is_on_trial),
                proven: health.and_then(RelayHealth::proven),
                accepted: health.and_then(RelayHealth::accepted),
            }
        };
        state.route().iter().map(known).collect()
    }

    /// Relays with their states, in the order of the route.
    pub fn relays(&self) -> Vec<(RelaySettings, RelayState)> {
        let state = self.lock();
        let of = |relay: &RelaySettings| state.health.of(relay.id).map_or(RelayState::Open, |health| health.state().clone());
        state.route().iter().map(|relay| (relay.clone(), of(relay))).collect()
    }

    /// True if messages may go to a relay of the route now.
    pub fn any_open(&self) -> bool {
        self.lock().any_open()
    }

    /// The relay in use for mail of this sender: the first one that takes it, once it has accepted a message.
    pub fn in_use(&self, sender: &str) -> Option<RelayId> {
        self.lock().health.in_use(sender)
    }

    /// Time when a relay last worked, since the start.
    pub fn proven(&self, relay: RelayId) -> Option<Timestamp> {
        self.proof(relay).0
    }

    /// Time when a relay last worked under its present settings, and the start of these settings.
    pub(crate) fn proof(&self, relay: RelayId) -> (Option<Timestamp>, Timestamp) {
        let state = self.lock();
        state.health.of(relay).map_or((None, Timestamp::MIN), |health| (health.proven(), health.settings_since()))
    }

    /// Latest time when any relay of the route worked.
    pub fn last_proven(&self) -> Option<Timestamp> {
        self.lock().health.last_proven()
    }

    /// Records a change of the route and wakes the tasks that watch `turned`.
    pub(crate) fn route_changed(&self) {
        let open = self.lock().any_works();
        {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Some(self.clock.now());
            (*opened, *closed) = if open { (opened.or(now), None) } else { (None, closed.or(now)) };
        }
        self.turned.send_modify(|count| *count += 1);
    }

    /// Time since which a relay can be used. `None` if none can be used or nothing changed since the start.
    pub fn opened(&self) -> Option<Timestamp> {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since which no relay can be used. `None` if one can, or if nothing changed since the start.
    pub fn closed(&self) -> Option<Timestamp> {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if the route has relays and all of them are held.
    pub fn all_held(&self) -> bool {
        let relays = self.relays();
        !relays.is_empty() && relays.iter().all(|(_, state)| *state != RelayState::Open)
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> Option<Arc<EmailSettings>> {
        self.lock().settings.clone()
    }

    /// True if the relay may refuse a message although it takes the sign-in: a rehearsal shows more.
    pub(crate) fn needs_rehearsal(&self, relay: RelayId) -> bool {
        self.lock().health.of(relay).is_some_and(|health| health.needed_proof() > NeededProof::SignIn)
    }

    pub(crate) fn is_open(&self, relay: RelayId) -> bool {
        self.lock().health.is_open(relay)
    }

    /// The earliest due time of a probe or a trial.
    pub(crate) fn next_probe(&self) -> Option<Timestamp> {
        self.lock().health.next_probe()
    }

    /// True if a probe of this held relay is due, and the senders that are due for a trial at it.
    pub(crate) fn due(&self, relay: RelayId, now: Timestamp) -> (bool, Vec<String>) {
        let state = self.lock();
        let health = state.health.of(relay);
        health.map(|health| (health.state().probe_due(now), health.due_senders(now))).unwrap_or_default()
    }

    /// Senders that are held or on trial at a relay, with their holds.
    pub fn refused_senders(&self) -> Vec<(RelayId, String, Hold)> {
        let state = self.lock();
        let of = |health: &RelayHealth| {
            let id = health.id();
            let sender_state = move |(sender, state): (&String, &SenderState)| (id, sender.clone(), state.hold().clone());
            health.senders().iter().map(sender_state).collect::<Vec<_>>()
        };
        state.health.relays().iter().flat_map(of).collect()
    }

    /// Senders that a relay refused when it was last tried: those that are held, and those that one of their messages tries again.
    pub fn senders_last_refused(&self, relay: RelayId) -> Vec<String> {
        let state = self.lock();
        let senders = state.health.of(relay).map(RelayHealth::senders);
        senders.into_iter().flat_map(|senders| senders.keys().cloned()).collect()
    }

    /// Senders whose messages do not go to a relay now.
    pub fn held_senders(&self, relay: RelayId) -> Vec<String> {
        let state = self.lock();
        let senders = state.health.of(relay).map(RelayHealth::senders);
        let held = senders.into_iter().flatten().filter(|(_, state)| matches!(state, SenderState::Held(_)));
        held.map(|(sender, _)| sender.clone()).collect()
    }

    /// Records that a claimed message cannot be read or sent as it is stored. It is tried again after its lease.
    pub(crate) fn note_unreadable(&self, message: MessageNumber, why: String) {
        tracing::error!(message = message.0, why, "message {message} cannot be read: {why}");
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreadable.len() < UNREADABLE_MAX || unreadable.contains_key(&message) {
            unreadable.insert(message, (self.clock.now(), why));
        }
    }

    /// Messages that could not be read lately, with the reason.
    pub fn unreadable(&self) -> Vec<(MessageNumber, String)> {
        let now = self.clock.now();
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.retain(|_, (at, _)| now.distance(*at) < UNREADABLE);
        unreadable.iter().map(|(message, (_, why))| (*message, why.clone())).collect()
    }

    /// Time of the last message that a relay accepted. `None` if there is none.
    pub fn last_accepted(&self) -> Option<Timestamp> {
        Some(self.last_accepted.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Timestamp::from_millis)
    }

    /// Time of the last permanent refusal of a message since the start. Tests do not count. `None` if there is none.
    pub fn last_refused(&self) -> Option<Timestamp> {
        Some(self.last_refused.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Timestamp::from_millis)
    }

    /// Records that a connection failed for lack of a resource. Wakes the watch if the shortage is new.
    pub fn note_shortage(&self, resource: Resource) {
        if self.shortage.note(resource, self.clock.now()) {
            tracing::error!(resource = resource.name(), "this node has no {} left for a connection to a relay", resource.name());
            self.settled.notify_one();
        }
    }

    /// Records that a connection was made.
    pub(crate) fn end_shortage(&self) {
        self.shortage_ended(self.shortage.connected(self.clock.now()));
    }

    /// The current shortage, if any.
    pub fn shortage(&self) -> Option<Shortage> {
        self.shortage_ended(self.shortage.ended(self.clock.now()));
        self.shortage.current()
    }

    fn shortage_ended(&self, ended: Option<Shortage>) {
        if let Some(over) = ended {
            tracing::info!(resource = over.resource.name(), "this node has {} for connections again", over.resource.name());
            self.settled.notify_one();
        }
    }

    /// Resolves when another connection is worth a try.
    pub(crate) async fn shortage_over(&self, resource: Resource) {
        let mut looks = 0;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            looks += 1;
            match resource {
                Resource::Descriptors if has_descriptors() => return,
                Resource::Descriptors => self.note_shortage(resource),
                Resource::Memory | Resource::Ports if looks >= RETRY_AFTER_LOOKS => return,
                Resource::Memory | Resource::Ports => {}
            }
        }
    }
}
