//! The health of one relay: open or held, and the senders that it refuses.

use std::time::Duration;

use super::{Effect, Event, FoundFault, Generation, HealthChange, Parked, SenderState, Senders, SettingsChange};
use crate::hold::{Hold, HoldCause, NeededProof, RelayState, probe_wait};
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
    /// True while a held relay gets messages: only an accepted one shows that it works again.
    on_trial: bool,
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
            on_trial: false,
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

    /// True if it is held and gets messages all the same: one of them must show that it works again.
    pub fn is_on_trial(&self) -> bool {
        !self.is_open() && self.on_trial
    }

    /// True if messages may go to it: it is open, or on trial.
    pub fn takes_mail(&self) -> bool {
        self.is_open() || self.on_trial
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
    /// be one of former settings. Its next probe is due now, as is that of every other fault: somebody may have mended it, and
    /// started the node for that. A refused password keeps its schedule: accounts lock.
    pub(super) fn restore(&mut self, sender: String, state: RelayState, (saved, now): (Timestamp, Timestamp)) {
        match (sender.is_empty(), state) {
            (true, RelayState::Held(hold)) if hold.since < saved => {
                self.state = RelayState::Held(hold).look_now(now);
                (self.held_under, self.since) = (Generation::default(), now);
            }
            (true, RelayState::Held(hold)) if hold.cause == HoldCause::SignIn => {
                (self.state, self.held_under) = (RelayState::Held(hold), self.generation);
            }
            (true, state) => (self.state, self.held_under) = (state.look_now(now), self.generation),
            (false, RelayState::Held(hold)) => {
                drop(self.senders.insert(sender, SenderState::Trial(Hold { next_probe: now, ..hold })));
            }
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
        // It has accepted nothing of the new From address yet.
        self.accepted = self.accepted.filter(|_| change == SettingsChange::Same);
        if change != SettingsChange::Changed {
            return Vec::new();
        }
        (self.proven, self.accepted, self.on_trial) = (None, None, false);
        std::mem::take(&mut self.senders).into_keys().flat_map(sender_opened).collect()
    }

    /// Drops the hold of a sender, and lets its messages be tried.
    pub(super) fn release_sender(&mut self, sender: &str) -> Vec<Effect> {
        self.senders.remove(sender).map(|_| sender_opened(sender.to_owned()).into()).unwrap_or_default()
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
            Event::SignedIn if self.needed_proof() > NeededProof::SignIn => Vec::new(),
            Event::Rehearsed if self.needed_proof() > NeededProof::Rehearsal => self.begin_trial(now),
            Event::SignedIn | Event::Rehearsed => {
                self.proven = Some(now);
                self.open()
            }
            Event::Accepted { opened } => {
                (self.proven, self.accepted) = (Some(now), Some(now));
                self.open_after(opened)
            }
            Event::Answered { opened } => {
                self.proven = Some(now);
                self.open_after(opened)
            }
            Event::Failed { fault, needs } => self.failed(fault, needs, now),
            Event::ProbeFailed(fault) => self.probe_failed(fault, now),
            Event::SenderRefused { sender, fault } => self.sender_refused(sender, fault, now),
            Event::SenderAccepted { sender } => match self.senders.remove(&sender) {
                Some(SenderState::Held(_) | SenderState::Trial(_)) => sender_opened(sender).into(),
                None => Vec::new(),
            },
            Event::TrialDue { sender } => self.trial(sender, now),
            Event::LookNow => self.look_now(now),
        }
    }

    /// The proof that the relay works. Under new settings, it need not get a message for a fault of the former ones.
    pub fn needed_proof(&self) -> NeededProof {
        match &self.state {
            RelayState::Held(hold) if self.is_outdated() => hold.needed_proof().min(NeededProof::Rehearsal),
            RelayState::Held(hold) => hold.needed_proof(),
            RelayState::Open => NeededProof::SignIn,
        }
    }

    /// Lets messages go to a held relay. The hold stays until one is accepted, so no recovery is announced before.
    fn begin_trial(&mut self, now: Timestamp) -> Vec<Effect> {
        if let RelayState::Held(hold) = &mut self.state {
            hold.next_probe = now + probe_wait(hold.cause, hold.probes);
        }
        if std::mem::replace(&mut self.on_trial, true) {
            return Vec::new();
        }
        vec![Effect::Log(HealthChange::OnTrial), Effect::Unpark(Parked::All), Effect::WakeDelivery]
    }

    /// Ends a hold by a message of a session. A session that opened before the fault says nothing about new ones.
    fn open_after(&mut self, opened: Timestamp) -> Vec<Effect> {
        match &self.state {
            RelayState::Held(hold) if opened >= hold.since => self.open(),
            RelayState::Held(_) | RelayState::Open => Vec::new(),
        }
    }

    fn open(&mut self) -> Vec<Effect> {
        self.on_trial = false;
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

    fn failed(&mut self, fault: FoundFault, needs: NeededProof, now: Timestamp) -> Vec<Effect> {
        let FoundFault { cause, words, advice } = fault;
        match std::mem::replace(&mut self.state, RelayState::Open) {
            held @ RelayState::Held(_) if self.on_trial => {
                (self.state, self.on_trial) = (held.fail(cause, words.clone(), now).needing(needs).advised(advice), false);
                vec![
                    Effect::Log(HealthChange::StillHeld { words }),
                    store(None, self.state.clone()),
                    Effect::Strand,
                    Effect::WakeProber,
                ]
            }
            // Several faults tell of one break: the session's, and that of its message. The furthest says what must be proven.
            held @ RelayState::Held(_) => {
                let before = held.clone();
                self.state = held.needing(needs);
                if self.state == before { Vec::new() } else { vec![store(None, self.state.clone())] }
            }
            RelayState::Open => {
                let held = RelayState::Open.fail(cause, words.clone(), now).needing(needs).advised(advice);
                (self.state, self.held_under) = (held, self.generation);
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

    fn probe_failed(&mut self, fault: FoundFault, now: Timestamp) -> Vec<Effect> {
        match std::mem::replace(&mut self.state, RelayState::Open) {
            // Another success has opened the relay meanwhile. This fault is newer.
            RelayState::Open => self.failed(fault, NeededProof::SignIn, now),
            held @ RelayState::Held(_) if self.on_trial => {
                self.state = held;
                self.failed(fault, NeededProof::SignIn, now)
            }
            held @ RelayState::Held(_) => {
                // The first fault under new settings begins a hold of its own: its time and its probes are not those of the old.
                let is_new = self.held_under != self.generation;
                let before = if is_new { RelayState::Open } else { held };
                let FoundFault { cause, words, advice } = fault;
                (self.state, self.held_under) = (before.fail(cause, words.clone(), now).advised(advice), self.generation);
                let mut effects = vec![Effect::Log(HealthChange::StillHeld { words }), store(None, self.state.clone())];
                if is_new {
                    effects.push(Effect::RouteChanged);
                }
                effects
            }
        }
    }

    fn sender_refused(&mut self, sender: String, fault: FoundFault, now: Timestamp) -> Vec<Effect> {
        let before = match self.senders.remove(&sender) {
            // Several messages in flight meet the same refusal. It counts once.
            Some(held @ SenderState::Held(_)) => {
                self.senders.insert(sender, held);
                return Vec::new();
            }
            Some(SenderState::Trial(hold)) => RelayState::Held(hold),
            None => RelayState::Open,
        };
        let FoundFault { cause, words, advice } = fault;
        let state = before.fail(cause, words.clone(), now).advised(advice);
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
