//! The health of the route: a state machine for each relay, without I/O.
//!
//! Deliveries, probes, tests, the doctor and operators report events. [`RouteHealth::step`] changes the state and returns the
//! effects, which one place in the queue applies. Table: docs/health.md.
//!
//! Evidence belongs to the settings under which it was gathered. Each change of a relay's settings, or of the From address,
//! starts a new [`Generation`]; evidence of an older one changes nothing.

mod relay;

use std::collections::BTreeMap;

use crate::hold::{Hold, HoldCause, NeededProof, RelayState};
use crate::id::RelayId;
use crate::time::Timestamp;

pub use relay::RelayHealth;

/// A period of unchanged settings of one relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

/// An event that concerns one relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A session opened, up to the end of the sign-in. That says nothing against a refusal behind the sign-in.
    SignedIn,
    /// A session opened, and the relay would have taken a message: it refused neither MAIL nor RCPT on account of this node.
    Rehearsed,
    /// The relay accepted a message for at least one recipient.
    Accepted {
        /// Time when the session opened. A session that was open before a fault does not disprove it.
        opened: Timestamp,
    },
    /// The relay answered a whole message, and accepted it for nobody.
    Answered {
        /// Time when the session opened.
        opened: Timestamp,
    },
    /// A session could not be opened, or broke. Only the first fault counts: a held relay waits for its probe.
    Failed {
        fault: FoundFault,
        /// How far the session came: no less disproves the fault.
        needs: NeededProof,
    },
    /// A probe of a held relay failed. It continues the schedule of probes.
    ProbeFailed(FoundFault),
    /// The relay did not let a sender send.
    SenderRefused { sender: String, fault: FoundFault },
    /// The relay accepted a sender.
    SenderAccepted { sender: String },
    /// A held sender is due for a trial by one of its messages.
    TrialDue { sender: String },
    /// An operator, a token or other settings ask for a probe now.
    LookNow,
}

/// A fault of a relay, or of a sender at a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFault {
    pub cause: HoldCause,
    /// The fault in the words of the log.
    pub words: String,
    /// The Fluent key of its cause and remedy, without their names. `None` if only [`Self::cause`] is known.
    pub advice: Option<String>,
}

/// An action that a step asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write the state of the relay, or of a sender at the relay, to disk.
    Store { sender: Option<String>, state: RelayState },
    /// Log the change for the operator.
    Log(HealthChange),
    /// Take all messages out of memory that no relay can take now.
    Strand,
    /// Return parked messages to their lanes.
    Unpark(Parked),
    /// Tell the watch and the notices that the usable relays have changed.
    RouteChanged,
    /// Wake the prober: the next probe may be earlier.
    WakeProber,
    /// Wake the workers and the scheduler: messages may go.
    WakeDelivery,
}

/// Parked messages that may be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parked {
    All,
    OfSender(String),
    /// One message of a sender. It goes ahead; the others follow if the relay accepts it.
    OneOfSender(String),
}

/// A change for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthChange {
    Held {
        cause: HoldCause,
        words: String,
    },
    StillHeld {
        words: String,
    },
    Usable,
    /// A held relay took MAIL and RCPT. The next message shows whether it takes messages again.
    OnTrial,
    SenderHeld {
        sender: String,
        words: String,
    },
    Trial {
        sender: String,
    },
}

/// A sender that a relay has refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderState {
    /// Its messages do not go to this relay.
    Held(Hold),
    /// Its messages go until the relay refuses again. The backoff of the hold then goes on.
    Trial(Hold),
}

impl SenderState {
    pub fn hold(&self) -> &Hold {
        match self {
            Self::Held(hold) | Self::Trial(hold) => hold,
        }
    }
}

/// Difference between the former and the new settings of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsChange {
    Same,
    /// The From address changed, and the relay's own settings did not.
    FromChanged,
    Changed,
}

/// The health of all relays, in the order of the route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteHealth {
    relays: Vec<RelayHealth>,
    generations: u64,
    /// True once the settings of the start are adopted.
    is_started: bool,
}

/// Effects with the relays that they concern.
pub type Effects = Vec<(RelayId, Effect)>;

impl RouteHealth {
    /// Applies an event to a relay. Does nothing for a relay that has left the route, and for evidence of other settings.
    pub fn step(&mut self, relay: RelayId, generation: Generation, event: Event, now: Timestamp) -> Effects {
        let health = self.relays.iter_mut().find(|health| health.id() == relay && health.generation() == generation);
        let effects = health.map(|health| health.step(event, now)).unwrap_or_default();
        effects.into_iter().map(|effect| (relay, effect)).collect()
    }

    /// Applies an event to every relay.
    pub fn step_all(&mut self, event: &Event, now: Timestamp) -> Effects {
        let effects_of = |health: &mut RelayHealth| {
            let id = health.id();
            health.step(event.clone(), now).into_iter().map(move |effect| (id, effect))
        };
        self.relays.iter_mut().flat_map(effects_of).collect()
    }

    /// Adopts new settings. Drops the records of removed relays. Every held relay is due for a probe at once, and every held sender
    /// for a trial, because the settings may have repaired the fault.
    pub fn renew(&mut self, route: &[(RelayId, SettingsChange)], now: Timestamp) -> Effects {
        let mut effects = Effects::new();
        // The settings of the start are those of the former run.
        let since = if self.is_started { now } else { Timestamp::MIN };
        self.is_started = true;
        let mut old = std::mem::take(&mut self.relays);
        for (id, change) in route {
            let found = old.iter().position(|health| health.id() == *id).map(|at| old.swap_remove(at));
            let mut health = found.unwrap_or_else(|| RelayHealth::new(*id, Generation::default()));
            if *change != SettingsChange::Same || health.generation() == Generation::default() {
                self.generations += 1;
                effects
                    .extend(health.begin(Generation(self.generations), *change, since).into_iter().map(|effect| (*id, effect)));
            }
            effects.extend(health.step(Event::LookNow, now).into_iter().map(|effect| (*id, effect)));
            self.relays.push(health);
        }
        effects.extend(old.into_iter().flat_map(|health| {
            let id = health.id();
            health.forget().into_iter().map(move |effect| (id, effect))
        }));
        effects
    }

    /// Drops what is known of a sender at every relay, and lets its messages be tried.
    pub fn forget_sender(&mut self, sender: &str) -> Effects {
        let effects_of = |health: &mut RelayHealth| {
            let id = health.id();
            health.release_sender(sender).into_iter().map(move |effect| (id, effect))
        };
        self.relays.iter_mut().flat_map(effects_of).collect()
    }

    /// Restores a stored state at the start. `sender` is empty for the relay itself. Does nothing for an unknown relay. `times`: that
    /// of the last save of the settings, which may have happened while the node was stopped, and the present.
    pub fn restore(&mut self, relay: RelayId, sender: String, state: RelayState, times: (Timestamp, Timestamp)) {
        if let Some(health) = self.relays.iter_mut().find(|health| health.id() == relay) {
            health.restore(sender, state, times);
        }
    }

    /// Restores at the start the time of the last acceptance.
    pub fn restore_accepted(&mut self, relay: RelayId, at: Timestamp) {
        if let Some(health) = self.relays.iter_mut().find(|health| health.id() == relay) {
            health.restore_accepted(at);
        }
    }

    pub fn relays(&self) -> &[RelayHealth] {
        &self.relays
    }

    pub fn of(&self, relay: RelayId) -> Option<&RelayHealth> {
        self.relays.iter().find(|health| health.id() == relay)
    }

    /// True unless the relay is held.
    pub fn is_open(&self, relay: RelayId) -> bool {
        self.of(relay).is_none_or(RelayHealth::is_open)
    }

    /// True if messages may go to the relay: it is open, or on trial.
    pub fn takes_mail(&self, relay: RelayId) -> bool {
        self.of(relay).is_none_or(RelayHealth::takes_mail)
    }

    /// True if messages may go to a relay of the route.
    pub fn any_takes_mail(&self) -> bool {
        self.relays.iter().any(RelayHealth::takes_mail)
    }

    /// True unless the relay is known to refuse this sender.
    pub fn takes_sender(&self, relay: RelayId, sender: &str) -> bool {
        self.of(relay).is_none_or(|health| health.takes_sender(sender))
    }

    /// True if a relay of the route is not held.
    pub fn any_open(&self) -> bool {
        self.relays.iter().any(RelayHealth::is_open)
    }

    /// True if a relay refuses a sender or tries one again.
    pub fn has_senders(&self) -> bool {
        self.relays.iter().any(|health| !health.senders().is_empty())
    }

    /// True if a sender is held or on trial at any relay of the route.
    pub fn knows_sender(&self, sender: &str) -> bool {
        self.relays.iter().any(|health| health.senders().contains_key(sender))
    }

    /// The relay in use for mail of this sender: the first one that takes it, once it has accepted a message.
    pub fn in_use(&self, sender: &str) -> Option<RelayId> {
        self.relays
            .iter()
            .find(|health| health.is_open() && health.takes_sender(sender))
            .filter(|health| health.accepted().is_some())
            .map(RelayHealth::id)
    }

    /// Time when a relay of the route last worked.
    pub fn last_proven(&self) -> Option<Timestamp> {
        self.relays.iter().filter_map(RelayHealth::proven).max()
    }

    /// The earliest due time of a probe or a trial.
    pub fn next_probe(&self) -> Option<Timestamp> {
        self.relays.iter().filter_map(RelayHealth::next_probe).min()
    }
}

/// Senders of one relay with their states.
pub type Senders = BTreeMap<String, SenderState>;

#[cfg(test)]
mod tests;
