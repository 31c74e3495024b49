//! Reports events to the health machine and applies its effects. No other place changes the health of a relay or a sender.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use admin::settings::Current;
use model::health::{Effect, Effects, Event, Generation, HealthChange, Parked};
use model::hold::{NeededProof, RelayState};
use model::id::{GateId, MessageNumber, RelayId};
use model::route::Choice;
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;
use smtp::client::Report;
use store::{LocalChange, MailChange, ReadFault};

use super::flights::Queue;
use super::schedule::{park, unclaim};
use crate::delivery::session_fault;

/// Most messages in one commit of [`Queue::strand`].
const SLICE: usize = 1000;

/// A relay of the route, with the generation of its settings. Evidence about the relay carries it.
#[derive(Clone)]
pub struct RouteRelay {
    pub settings: RelaySettings,
    pub generation: Generation,
}

impl RouteRelay {
    pub(crate) fn id(&self) -> RelayId {
        self.settings.id
    }
}

impl Queue {
    /// The relays in the order of the route.
    pub(crate) fn route(&self) -> Vec<RouteRelay> {
        let state = self.lock();
        let generation = |id| state.health.of(id).map(model::health::RelayHealth::generation).unwrap_or_default();
        state.route().iter().map(|relay| RouteRelay { settings: relay.clone(), generation: generation(relay.id) }).collect()
    }

    /// The relay with these settings. `None` if other settings are in force.
    pub(crate) fn in_force(&self, relay: &RelaySettings) -> Option<RouteRelay> {
        self.route().into_iter().find(|known| known.settings == *relay)
    }

    /// Adopts the first settings at the start, and restores the stored health of their relays. Fails if the store cannot be read.
    pub(crate) async fn restore_health(&self, current: &Current) -> Result<(), ReadFault> {
        let (last, states) = (self.store.last_accepted().await?, self.store.held_states().await?);
        let saved = current.saved.as_ref().map_or(Timestamp::MIN, |(saved, _)| *saved);
        let mut state = self.lock();
        // New relays are not held: there are no effects to apply.
        let now = self.clock.now();
        drop(state.adopt(current.settings(), now));
        if let Some((at, relay)) = last {
            self.last_accepted.store(at.as_millis(), Ordering::Relaxed);
            // The relay may have accepted an earlier message under other settings.
            if at >= saved {
                state.health.restore_accepted(relay, at);
            }
        }
        for held in states {
            state.health.restore(held.relay, held.sender, held.state, (saved, now));
        }
        Ok(())
    }

    /// Adopts new settings, and lets everything that is held be tried at once: the settings may have repaired the fault.
    pub(crate) async fn adopt(&self, settings: Option<Arc<EmailSettings>>) {
        let effects = self.lock().adopt(settings, self.clock.now());
        self.apply(effects).await;
        self.unpark_where(|_| true).await;
        self.strand().await;
        self.route_changed();
        self.held.notify_one();
        self.renewed.notify_one();
        self.wake_delivery();
    }

    /// Lets everything that is held be tried at once, because an operator asks.
    pub(crate) async fn look_now(&self) {
        let effects = self.lock().health.step_all(&Event::LookNow, self.clock.now());
        self.apply(effects).await;
        self.unpark_where(|_| true).await;
        self.held.notify_one();
    }

    /// Drops the holds of a sender: it is no longer the site's, and no notice of ours has it any more.
    pub async fn forget_sender(&self, sender: &str) {
        let effects = self.lock().health.forget_sender(sender);
        self.apply(effects).await;
    }

    /// Lets one held relay be probed at once.
    pub(crate) async fn look_at(&self, relay: RelayId) {
        if let Some(relay) = self.route().into_iter().find(|known| known.id() == relay) {
            self.learn(&relay, Event::LookNow).await;
        }
    }

    /// Reports an event about a relay.
    pub(crate) async fn learn(&self, relay: &RouteRelay, event: Event) {
        let effects = {
            let mut state = self.lock();
            // The stop cuts sessions. That says nothing about the relay.
            if state.stopping && matches!(event, Event::Failed { .. }) {
                return;
            }
            let effects = state.health.step(relay.id(), relay.generation, event, self.clock.now());
            // A reader of the new state must also see that the watch has not looked at it yet: the count rises under the same lock.
            if effects.iter().any(|(_, effect)| *effect == Effect::RouteChanged) {
                self.turned.send_modify(|count| *count += 1);
            }
            effects
        };
        self.apply(effects).await;
    }

    /// Reports a session that could not be opened, or that broke without a message under way. A shortage of this machine is
    /// no fault of the relay.
    pub(crate) async fn session_failed(&self, relay: &RouteRelay, report: &Report) {
        let Some(fault) = &report.fault else { return };
        if let Some(resource) = fault.lack() {
            return self.note_shortage(resource);
        }
        if let Some(fault) = session_fault(report, &relay.settings) {
            self.learn(relay, Event::Failed { fault, needs: NeededProof::SignIn }).await;
        }
    }

    async fn apply(&self, effects: Effects) {
        for (relay, effect) in effects {
            match effect {
                Effect::Store { sender, state } => self.store_state(relay, sender, state).await,
                Effect::Log(change) => self.log(relay, &change),
                Effect::Strand => self.strand().await,
                Effect::Unpark(Parked::All) => self.unpark_where(|_| true).await,
                Effect::Unpark(Parked::OfSender(sender)) => self.unpark_where(|parked| parked == sender).await,
                Effect::Unpark(Parked::OneOfSender(sender)) => self.unpark_one(&sender).await,
                Effect::RouteChanged => self.route_changed(),
                Effect::WakeProber => self.held.notify_one(),
                Effect::WakeDelivery => self.wake_delivery(),
            }
        }
    }

    fn wake_delivery(&self) {
        self.work.notify_waiters();
        self.capacity.notify_one();
    }

    fn log(&self, relay: RelayId, change: &HealthChange) {
        let route = self.route();
        let relay = route.iter().find(|known| known.id() == relay).map_or("?", |known| known.settings.name.as_str());
        match change {
            HealthChange::Held { cause, words } => {
                tracing::warn!(relay, cause = cause.name(), %words, "relay {relay} is held: {words}");
            }
            HealthChange::StillHeld { words } => tracing::info!(relay, %words, "relay {relay} still does not work: {words}"),
            HealthChange::OnTrial => {
                tracing::info!(relay, "relay {relay} answers; the next message shows whether it works again");
            }
            HealthChange::Usable => tracing::info!(relay, "relay {relay} works again"),
            HealthChange::SenderHeld { sender, words } => {
                tracing::warn!(relay, sender, %words, "relay {relay} refuses the sender <{sender}>: {words}");
            }
            HealthChange::Trial { sender } => tracing::info!(relay, sender, "retrying the sender <{sender}> at relay {relay}"),
        }
    }

    async fn store_state(&self, relay: RelayId, sender: Option<String>, state: RelayState) {
        let change = LocalChange::Relay { relay, sender: sender.unwrap_or_default(), state };
        if let Err(fault) = self.store.change(self.clock.now(), change).await {
            // Memory has the state. After a restart the first attempt finds the fault again.
            tracing::warn!(%fault, "the state of a relay could not be stored");
        }
    }

    /// Takes out of memory the messages that no relay can take: parks them or gives them back.
    pub(crate) async fn strand(&self) {
        let stranded = self.lock().strand();
        let now = self.clock.now();
        let (parked, waiting): (Vec<_>, Vec<_>) = stranded.into_iter().partition(|(_, choice)| *choice == Choice::Park);
        let mut by_sender: BTreeMap<String, Vec<MessageNumber>> = BTreeMap::new();
        for (flight, _) in parked {
            by_sender.entry(flight.work.sender.unwrap_or_default()).or_default().push(flight.work.number);
        }
        for (sender, numbers) in by_sender {
            for slice in numbers.chunks(SLICE) {
                park(self, slice.to_vec(), sender.clone(), now).await;
            }
        }
        let mut by_due: BTreeMap<Timestamp, Vec<MessageNumber>> = BTreeMap::new();
        for (flight, _) in waiting {
            by_due.entry(flight.deferred.unwrap_or_else(|| self.again_at(now))).or_default().push(flight.work.number);
        }
        for (due, numbers) in by_due {
            for slice in numbers.chunks(SLICE) {
                unclaim(self, slice.to_vec(), due).await;
            }
        }
    }

    /// Returns the parked messages of the senders that `is_meant` selects.
    pub(crate) async fn unpark_where(&self, is_meant: impl Fn(&str) -> bool) {
        for gate in self.gates().await.into_iter().filter(|gate| is_meant(&gate.sender)) {
            self.unpark(gate.id, usize::MAX).await;
        }
    }

    async fn unpark_one(&self, sender: &str) {
        if let Some(gate) = self.gates().await.into_iter().find(|gate| gate.sender == sender) {
            self.unpark(gate.id, 1).await;
        }
    }

    /// Returns parked messages whose sender is neither held nor on trial: the hold ended while they were being parked.
    pub(crate) async fn unpark_forgotten(&self) {
        for gate in self.gates().await {
            if !self.lock().health.knows_sender(&gate.sender) {
                self.unpark(gate.id, usize::MAX).await;
            }
        }
    }

    async fn gates(&self) -> Vec<store::Gate> {
        self.store.shut_gates().await.unwrap_or_else(|error| {
            // The prober asks again in a minute.
            tracing::error!(%error, "held senders cannot be read");
            Vec::new()
        })
    }

    async fn unpark(&self, gate: GateId, limit: usize) {
        loop {
            match self.store.change(self.clock.now(), MailChange::Unpark { gate, limit }).await {
                Ok(store::Outcome::Unparked(store::Slice::Full)) if limit > 1 => {}
                Ok(_) => break,
                Err(fault) => {
                    tracing::error!(%fault, "messages of a held sender could not be released");
                    break;
                }
            }
        }
    }
}
