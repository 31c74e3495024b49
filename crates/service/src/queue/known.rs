//! What is known of relays: which can be used, and when each was last seen to work.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use model::hold::RelayState;
use model::id::RelayId;
use model::settings::RelaySettings;

use super::Queue;
use crate::intake::LEASE_MS;

/// Messages that are remembered as unreadable.
const UNREADABLE_MAX: usize = 100;
/// An unreadable message is tried with each lease: one not seen for so long is gone or was mended.
const UNREADABLE_MS: i64 = 3 * LEASE_MS;

impl Queue {
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

    /// This relay works. The time is asked here: one from before a write would replace a later one.
    pub(crate) fn prove(&self, relay: RelayId) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.insert(relay, self.clock.now());
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

    /// Notes that a claimed message cannot be read or sent as it is stored. Its lease ends, and it is tried again.
    pub(crate) fn note_unreadable(&self, message: i64, why: String) {
        tracing::error!(message, why, "message {message} cannot be read: {why}");
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreadable.len() < UNREADABLE_MAX || unreadable.contains_key(&message) {
            unreadable.insert(message, (self.clock.now(), why));
        }
    }

    /// Messages that could not be read lately, and why.
    pub(crate) fn unreadable(&self) -> Vec<(i64, String)> {
        let now = self.clock.now();
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.retain(|_, (at, _)| (now - *at).abs() < UNREADABLE_MS);
        unreadable.iter().map(|(message, (_, why))| (*message, why.clone())).collect()
    }

    pub fn last_accepted(&self) -> Option<i64> {
        Some(self.last_accepted.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    pub fn last_refused(&self) -> Option<i64> {
        Some(self.last_refused.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }
}
