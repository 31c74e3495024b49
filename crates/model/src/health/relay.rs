//! The health of one relay: open or held, and the senders that it refuses.

use std::time::Duration;

use super::{Effect, Event, Generation, HealthChange, Parked, SenderState, Senders, SettingsChange};
use crate::hold::{Hold, HoldCause, RelayState};
use crate::id::RelayId;
use crate::time::Timestamp;

/// Time for the message that tries a held sender. After it another message tries.
const TRIAL: Duration = Duration::from_secs(5 * 60);

/// The health of one relay under one generation of its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayHealth {
    id: RelayId,
    generation: Generation,
    /// Start of this generation. `MIN`: it began before this run of the node.
    since: Timestamp,
    state: RelayState,
    /// The generation of the settings under which the hold was found.
    held_under: Generation,
    /// Time when the relay last worked: it accepted a message or a sign-in.
    proven: Option<Timestamp>,
    /// Time when the relay last accepted a message.
    accepted: Option<Timestamp>,
    senders: Senders,
}

impl RelayHealth {
    pub(super) fn new(id: RelayId, generation: Generation) -> Self {
        Self {
            id,
            generation,
            since: Timestamp::MIN,
            state: RelayState::Open,
            held_under: generation,
            proven: None,
            accepted: None,
            senders: Senders::new(),
        }
    }

    pub fn id(&self) -> RelayId {
        self.id
    }

    /// The generation of the settings in force.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub fn state(&self) -> &RelayState {
        &self.state
    }

    pub fn is_open(&self) -> bool {
        self.state == RelayState::Open
    }

    /// Start of the present settings. `MIN`: they were in force before this run of the node.
    pub fn settings_since(&self) -> Timestamp {
        self.since
    }

    /// True if the relay is held for a fault of former settings. Its words say nothing about the present ones: a probe is due
    /// that does.
    pub fn is_outdated(&self) -> bool {
        !self.is_open() && self.held_under != self.generation
    }

    pub fn takes_sender(&self, sender: &str) -> bool {
        !matches!(self.senders.get(sender), Some(SenderState::Held(_)))
    }

    pub fn senders(&self) -> &Senders {
        &self.senders
    }

    pub fn proven(&self) -> Option<Timestamp> {
        self.proven
    }

    pub fn accepted(&self) -> Option<Timestamp> {
        self.accepted
    }

    /// The earliest due time of a probe of the relay or a trial of a sender.
    pub fn next_probe(&self) -> Option<Timestamp> {
        let of_relay = if let RelayState::Held(hold) = &self.state { Some(hold.next_probe) } else { None };
        self.senders.values().map(|sender| sender.hold().next_probe).chain(of_relay).min()
    }

    /// Senders whose next trial is due.
    pub fn due_senders(&self, now: Timestamp) -> Vec<String> {
        let is_due = |state: &SenderState| RelayState::Held(state.hold().clone()).probe_due(now);
        self.senders.iter().filter(|(_, state)| is_due(state)).map(|(sender, _)| sender.clone()).collect()
    }

    /// The state of the relay, and that of its senders, as they were stored. A hold from before the last save of the settings may
    /// be one of former settings: its next probe is due now.
    pub(super) fn restore(&mut self, sender: String, state: RelayState, (saved, now): (Timestamp, Timestamp)) {
        match (sender.is_empty(), state) {
            (true, RelayState::Held(hold)) if hold.since < saved => {
                self.state = RelayState::Held(hold).look_now(now);
                (self.held_under, self.since) = (Generation::default(), now);
            }
            (true, state) => (self.state, self.held_under) = (state, self.generation),
            (false, RelayState::Held(hold)) if hold.since < saved => {
                drop(self.senders.insert(sender, SenderState::Trial(Hold { next_probe: now, ..hold })));
            }
            (false, RelayState::Held(hold)) => drop(self.senders.insert(sender, SenderState::Held(hold))),
            (false, RelayState::Open) => {}
        }
    }

    pub(super) fn restore_accepted(&mut self, at: Timestamp) {
        (self.proven, self.accepted) = (Some(at), Some(at));
    }

    /// Begins a generation. Proofs and refusals under other settings of the relay do not count any more.
    pub(super) fn begin(&mut self, generation: Generation, change: SettingsChange, since: Timestamp) -> Vec<Effect> {
        // Another From address says nothing about a fault of the relay.
        if change == SettingsChange::FromChanged && self.held_under == self.generation {
            self.held_under = generation;
        }
        (self.generation, self.since) = (generation, since);
        if change != SettingsChange::Changed {
            return Vec::new();
        }
        (self.proven, self.accepted) = (None, None);
        std::mem::take(&mut self.senders).into_keys().flat_map(sender_opened).collect()
    }

    /// Drops the hold of a sender, and lets its messages be tried.
    pub(super) fn release_sender(&mut self, sender: &str) -> Vec<Effect> {
        self.senders.remove(sender).map(|_| sender_opened(sender.to_owned()).into()).unwrap_or_default()
    }

    pub(super) fn forget_sender(&mut self, sender: &str) -> Vec<Effect> {
        let known = self.senders.remove(sender);
        known.map(|_| store(Some(sender), RelayState::Open)).into_iter().collect()
    }

    /// Ends the record of a relay that has left the route.
    pub(super) fn forget(self) -> Vec<Effect> {
        let relay = (self.state != RelayState::Open).then(|| store(None, RelayState::Open));
        let senders = self.senders.into_keys().map(|sender| store(Some(&sender), RelayState::Open));
        relay.into_iter().chain(senders).collect()
    }

    /// Applies an event of this generation.
    pub(super) fn step(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        match event {
            Event::SignedIn if self.is_held_behind_sign_in() => Vec::new(),
            Event::SignedIn | Event::Rehearsed => {
                self.proven = Some(now);
                self.open()
            }
            Event::Accepted { opened } => {
                (self.proven, self.accepted) = (Some(now), Some(now));
                // The session of this message may have opened before the fault: then it says nothing about new sessions.
                match &self.state {
                    RelayState::Held(hold) if opened >= hold.since => self.open(),
                    RelayState::Held(_) | RelayState::Open => Vec::new(),
                }
            }
            Event::Failed { cause, words } => self.failed(cause, words, now),
            Event::ProbeFailed { cause, words } => self.probe_failed(cause, words, now),
            Event::SenderRefused { sender, words } => self.sender_refused(sender, words, now),
            Event::SenderAccepted { sender } => match self.senders.remove(&sender) {
                Some(SenderState::Held(_) | SenderState::Trial(_)) => sender_opened(sender).into(),
                None => Vec::new(),
            },
            Event::TrialDue { sender } => self.trial(sender, now),
            Event::LookNow => self.look_now(now),
        }
    }

    /// True if the relay may refuse a message although it takes the sign-in: only a rehearsal or a message shows that it does not.
    pub fn is_held_behind_sign_in(&self) -> bool {
        matches!(&self.state, RelayState::Held(hold) if hold.cause == HoldCause::Configuration)
    }

    fn open(&mut self) -> Vec<Effect> {
        match &self.state {
            RelayState::Open => return Vec::new(),
            RelayState::Held(_) => self.state = RelayState::Open,
        }
        vec![
            Effect::Log(HealthChange::Usable),
            store(None, RelayState::Open),
            // Parked messages may have a relay now. They are tried again, and parked again if not.
            Effect::Unpark(Parked::All),
            Effect::RouteChanged,
            Effect::WakeDelivery,
        ]
    }

    fn failed(&mut self, cause: HoldCause, words: String, now: Timestamp) -> Vec<Effect> {
        match self.state {
            RelayState::Held(_) => Vec::new(),
            RelayState::Open => {
                (self.state, self.held_under) = (RelayState::Open.fail(cause, words.clone(), now), self.generation);
                vec![
                    Effect::Log(HealthChange::Held { cause, words }),
                    store(None, self.state.clone()),
                    Effect::Strand,
                    Effect::RouteChanged,
                    Effect::WakeProber,
                ]
            }
        }
    }

    fn probe_failed(&mut self, cause: HoldCause, words: String, now: Timestamp) -> Vec<Effect> {
        match std::mem::replace(&mut self.state, RelayState::Open) {
            // Another success has opened the relay meanwhile. This fault is newer.
            RelayState::Open => self.failed(cause, words, now),
            held @ RelayState::Held(_) => {
                // The first fault under new settings begins a hold of its own: its time and its probes are not those of the old.
                let is_new = self.held_under != self.generation;
                let before = if is_new { RelayState::Open } else { held };
                (self.state, self.held_under) = (before.fail(cause, words.clone(), now), self.generation);
                let mut effects = vec![Effect::Log(HealthChange::StillHeld { words }), store(None, self.state.clone())];
                if is_new {
                    effects.push(Effect::RouteChanged);
                }
                effects
            }
        }
    }

    fn sender_refused(&mut self, sender: String, words: String, now: Timestamp) -> Vec<Effect> {
        let before = match self.senders.remove(&sender) {
            // Several messages in flight meet the same refusal. It counts once.
            Some(held @ SenderState::Held(_)) => {
                self.senders.insert(sender, held);
                return Vec::new();
            }
            Some(SenderState::Trial(hold)) => RelayState::Held(hold),
            None => RelayState::Open,
        };
        let state = before.fail(HoldCause::Sender, words.clone(), now);
        if let RelayState::Held(hold) = &state {
            self.senders.insert(sender.clone(), SenderState::Held(hold.clone()));
        }
        vec![
            Effect::Log(HealthChange::SenderHeld { sender: sender.clone(), words }),
            store(Some(&sender), state),
            Effect::Strand,
            Effect::WakeProber,
        ]
    }

    /// Begins a trial, or lets another message try: the first may have been cancelled. The disk still says held, so that a
    /// restart does not lose the count of tries.
    fn trial(&mut self, sender: String, now: Timestamp) -> Vec<Effect> {
        let Some(state) = self.senders.get_mut(&sender) else { return Vec::new() };
        let hold = Hold { next_probe: now + TRIAL, ..state.hold().clone() };
        *state = SenderState::Trial(hold);
        vec![Effect::Log(HealthChange::Trial { sender: sender.clone() }), Effect::Unpark(Parked::OneOfSender(sender))]
    }

    /// Makes a probe due at once, and puts every held sender on trial. The holds are kept until that succeeds, so no recovery
    /// is announced before.
    fn look_now(&mut self, now: Timestamp) -> Vec<Effect> {
        let before = (self.state.clone(), self.senders.clone());
        self.state = std::mem::replace(&mut self.state, RelayState::Open).look_now(now);
        for state in self.senders.values_mut() {
            *state = SenderState::Trial(Hold { next_probe: now, ..state.hold().clone() });
        }
        if before == (self.state.clone(), self.senders.clone()) { Vec::new() } else { vec![Effect::WakeProber] }
    }
}

fn sender_opened(sender: String) -> [Effect; 2] {
    [store(Some(&sender), RelayState::Open), Effect::Unpark(Parked::OfSender(sender))]
}

fn store(sender: Option<&str>, state: RelayState) -> Effect {
    Effect::Store { sender: sender.map(str::to_owned), state }
}
