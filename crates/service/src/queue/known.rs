//! Known state of relays and senders: usable relays, held senders, and the time when each relay last worked.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use model::hold::RelayState;
use model::id::RelayId;
use model::settings::RelaySettings;

use super::Queue;
use crate::intake::LEASE_MS;

/// Maximum number of unreadable messages that are remembered.
const UNREADABLE_MAX: usize = 100;
/// Each lease brings a new try of an unreadable message. After this time (milliseconds) without one it is gone or mended.
const UNREADABLE_MS: i64 = 3 * LEASE_MS;

impl Queue {
    /// Relays with their states, in the order of the route.
    pub fn relays(&self) -> Vec<(RelaySettings, RelayState)> {
        let state = self.lock();
        let one = |relay: &RelaySettings| (relay.clone(), state.relays.get(&relay.id).cloned().unwrap_or(RelayState::Open));
        state.route().iter().map(one).collect()
    }

    /// True if a relay of the route can be used now, as far as is known.
    pub fn any_open(&self) -> bool {
        self.lock().any_open()
    }

    /// Records that this relay works. Reads the clock here: a time from before a write would replace a later time.
    pub(crate) fn prove(&self, relay: RelayId) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.insert(relay, self.clock.now());
    }

    /// Forgets the last proven time of these relays.
    pub(crate) fn unprove(&self, which: impl Fn(RelayId) -> bool) {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).retain(|relay, _| !which(*relay));
    }

    /// Time when a relay last worked, since the start. Unix milliseconds.
    pub fn proven(&self, relay: RelayId) -> Option<i64> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).get(&relay).copied()
    }

    /// Latest time when any relay of the route worked. Unix milliseconds.
    pub fn last_proven(&self) -> Option<i64> {
        let route: Vec<RelayId> = self.lock().route().iter().map(|relay| relay.id).collect();
        route.into_iter().filter_map(|relay| self.proven(relay)).max()
    }

    /// Records a change of the route and wakes the tasks that watch `turned`.
    pub(crate) fn turn(&self) {
        let open = self.any_open();
        {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            *opened = if open { opened.or_else(|| Some(self.clock.now())) } else { None };
        }
        self.turned.send_modify(|count| *count += 1);
    }

    /// Time since which a relay can be used, in Unix milliseconds. `None` if none can be used or nothing changed since the start.
    pub(crate) fn opened(&self) -> Option<i64> {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if the route has relays and all of them are held.
    pub fn all_held(&self) -> bool {
        let relays = self.relays();
        !relays.is_empty() && relays.iter().all(|(_, state)| *state != RelayState::Open)
    }

    /// Held senders and senders on trial after a hold, for the prober.
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

    /// Records that a claimed message cannot be read or sent as it is stored. It is tried again after its lease.
    pub(crate) fn note_unreadable(&self, message: i64, why: String) {
        tracing::error!(message, why, "message {message} cannot be read: {why}");
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreadable.len() < UNREADABLE_MAX || unreadable.contains_key(&message) {
            unreadable.insert(message, (self.clock.now(), why));
        }
    }

    /// Messages that could not be read lately, with the reason.
    pub(crate) fn unreadable(&self) -> Vec<(i64, String)> {
        let now = self.clock.now();
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.retain(|_, (at, _)| (now - *at).abs() < UNREADABLE_MS);
        unreadable.iter().map(|(message, (_, why))| (*message, why.clone())).collect()
    }

    /// Time of the last message that a relay accepted, in Unix milliseconds. `None` if there is none.
    pub fn last_accepted(&self) -> Option<i64> {
        Some(self.last_accepted.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// Time of the last permanent refusal since the start, in Unix milliseconds. `None` if there is none.
    pub fn last_refused(&self) -> Option<i64> {
        Some(self.last_refused.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }
}
