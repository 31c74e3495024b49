//! The simulated world: it carries out the actions of both cores, injects faults, and checks after each event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use model::failover::{
    BackupPhase, BackupSettings, Ballot, Contract, Durable, EmailRevision, FailoverSettings, PairCommand, PairMember,
    PairObservation, PairRole, PairSettings, PairState, StoredRole, TestTarget, step,
};

use crate::machine::{Real, SimulatedNode};
use crate::network::SimulatedNetwork;
use crate::outcome::{BrokenRule, FaultClass, Summary};
use crate::random::Random;

/// Ticks of a core, with jitter.
const TICK: Real = 240;
/// Time with faults, and the shortest time after all faults have ended.
const FAULTS_FOR: Real = 240_000;
const SHARED: [u8; 4] = [192, 0, 2, 100];

#[derive(Clone, Debug)]
pub(crate) enum PairMessage {
    Probe { round: u64, sent: model::failover::BootTime },
    Answer { round: u64, sent: model::failover::BootTime, status: Box<model::failover::PeerStatus> },
    Claim(Ballot),
    HandOver(Ballot),
    AskHandOver,
    PullEmail,
    Email(EmailRevision),
}

#[derive(Clone, Debug)]
pub(crate) enum SimulatedEvent {
    Tick,
    /// A result of an action of this machine.
    Result(PairObservation),
    Arrives(PairMessage),
    Restart,
    Fault,
    Snapshot,
    Command(PairCommand),
}

#[derive(Clone)]
pub(crate) struct ScheduledEvent {
    pub(crate) at: Real,
    pub(crate) number: u64,
    pub(crate) member: PairMember,
    /// The process that it is for.
    pub(crate) incarnation: u64,
    pub(crate) happening: SimulatedEvent,
}

impl PartialEq for ScheduledEvent {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for ScheduledEvent {}
impl PartialOrd for ScheduledEvent {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ScheduledEvent {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[derive(Clone)]
pub(crate) struct Simulation {
    pub(crate) seed: u64,
    pub(crate) settings: FailoverSettings,
    /// The time that each node believes its peer to wait, if the belief is wrong.
    pub(crate) wrong_belief: Option<Option<Duration>>,
    pub(crate) class: FaultClass,
    pub(crate) random: Random,
    pub(crate) real: Real,
    pub(crate) machines: [SimulatedNode; 2],
    pub(crate) network: SimulatedNetwork,
    pub(crate) queue: BinaryHeap<Reverse<ScheduledEvent>>,
    scheduled: u64,
    pub(crate) operation: u64,
    /// Until when faults are injected.
    pub(crate) faults_end: Real,
    pub(crate) end: Real,
    pub(crate) summary: Summary,
    pub(crate) script: String,
}

/// Runs one seed with the faults of this class.
pub fn run(seed: u64, class: FaultClass) -> Result<Summary, Box<BrokenRule>> {
    Simulation::seeded(seed, class).run()
}

pub(crate) fn settings(random: &mut Random) -> FailoverSettings {
    let interval = Duration::from_millis(*random.pick(&[500, 1000, 2000, 4000]));
    let timeout = (interval * 2 / 5).min(Duration::from_secs(1));
    let primary_timeout = Duration::from_secs(*random.pick(&[12, 16, 30])).max(interval * 3);
    let settings = FailoverSettings {
        pair: PairSettings {
            shared_ips: vec![IpAddr::from(SHARED)],
            probe_interval: interval,
            probe_timeout: timeout,
            address_lifetime: Duration::from_secs(4),
            address_refresh: Duration::from_secs(1),
            startup_wait: Duration::from_secs(*random.pick(&[5, 20])),
            drain_timeout: Duration::from_secs(5),
            handover_timeout: Duration::from_secs(5),
            flip_guard: Duration::from_secs(*random.pick(&[0, 30])),
            takeovers_max: 100,
            ..PairSettings::default()
        },
        backup: BackupSettings {
            takes_over: true,
            primary_timeout,
            test_ips: [3, 4].map(|n| TestTarget::Ping(IpAddr::from([192, 0, 2, n]))).to_vec(),
            ..BackupSettings::default()
        },
    };
    debug_assert!(settings.faults(&model::failover::PairAddresses::default()).iter().all(|fault| fault.field == "shared_ips"));
    settings
}

impl Simulation {
    fn seeded(seed: u64, class: FaultClass) -> Self {
        let mut random = Random::new(seed);
        let settings = settings(&mut random);
        let mut world = Self::new(settings, random, class);
        world.seed = seed;
        world.schedule(PairMember::First, 20_000, SimulatedEvent::Fault);
        world
    }

    /// A pair that starts, without planned faults.
    pub(crate) fn new(settings: FailoverSettings, mut random: Random, class: FaultClass) -> Self {
        let acts = Contract { number: 1, acts_after: Contract::time_of(&settings) };
        let machine = |random: &mut Random, member: PairMember, role: StoredRole| {
            let first = Ballot { term: 1, member: PairMember::First };
            let disk = Durable {
                role: Some(role),
                highest: first,
                active: if member == PairMember::First { first } else { Ballot::NONE },
                peer_contract: acts,
                contract: acts,
                confirmed: acts,
                caught_up: true,
                ..Durable::standalone(member)
            };
            SimulatedNode {
                core: None,
                disk,
                kernel: std::collections::BTreeMap::new(),
                token: None,
                serves: false,
                rate: random.within(990, 1010),
                offset: random.within(0, 1_000_000),
                paused_until: 0,
                incarnation: 0,
                disk_fails: false,
                is_sick: false,
            }
        };
        let machines = [
            machine(&mut random, PairMember::First, StoredRole::Primary),
            machine(&mut random, PairMember::Second, StoredRole::Backup),
        ];
        let mut world = Self {
            seed: 0,
            settings,
            wrong_belief: None,
            class,
            random,
            real: 0,
            machines,
            network: SimulatedNetwork::GOOD,
            queue: BinaryHeap::new(),
            scheduled: 0,
            operation: 0,
            faults_end: FAULTS_FOR,
            end: FAULTS_FOR + 90_000,
            summary: Summary::default(),
            script: String::new(),
        };
        for member in [PairMember::First, PairMember::Second] {
            world.start(member);
        }
        world.summary.gap_max = Self::gap_max(&world.settings);
        world
    }

    /// The longest time without a primary that one crash may cause: the primary timeout, one check, 10 s to confirm and claim, 5 s
    /// to activate, and 3 s of the start.
    fn gap_max(settings: &FailoverSettings) -> Real {
        let silence = settings.backup.primary_timeout + settings.pair.probe_interval;
        u64::try_from(silence.as_millis()).unwrap_or(u64::MAX) + 18_000
    }

    pub(crate) fn start(&mut self, member: PairMember) {
        let real = self.real;
        let machine = &mut self.machines[member as usize];
        // The helper removes all addresses of ours when it starts.
        machine.kernel.clear();
        (machine.token, machine.serves) = (None, false);
        let now = machine.clock(real);
        machine.core = Some(PairState::starting(machine.disk.clone(), self.settings.clone(), now));
        machine.incarnation += 1;
        self.schedule(member, real + 1, SimulatedEvent::Tick);
        self.schedule(member, real + 500, SimulatedEvent::Snapshot);
    }

    pub(crate) fn schedule(&mut self, member: PairMember, at: Real, happening: SimulatedEvent) {
        self.scheduled += 1;
        let incarnation = self.machines[member as usize].incarnation;
        self.queue.push(Reverse(ScheduledEvent { at, number: self.scheduled, member, incarnation, happening }));
    }

    pub(crate) fn note(&mut self, text: &str) {
        let real = self.real;
        let written = writeln!(self.script, "{:>9.3} {text}", real as f64 / 1000.0);
        debug_assert!(written.is_ok(), "a string takes all text");
    }

    fn run(mut self) -> Result<Summary, Box<BrokenRule>> {
        while let Some(Reverse(next)) = self.queue.pop() {
            let before = self.real;
            self.account(before, next.at);
            self.real = next.at;
            if self.real >= self.end {
                break;
            }
            self.summary.events += 1;
            self.happens(next);
            self.extend();
            if let Some(what) = self.broken() {
                return Err(self.failure(what));
            }
        }
        match self.unsettled() {
            None => Ok(self.summary),
            Some(what) => Err(self.failure(what)),
        }
    }

    fn failure(mut self, what: String) -> Box<BrokenRule> {
        self.note(&what);
        for machine in &self.machines {
            let role = machine.core.as_ref().map(|core| format!("{:?} {:?} {:?}", core.role, core.result, core.durable));
            let written = writeln!(self.script, "          {:?} {role:?} kernel {:?}", machine.disk.member, machine.kernel);
            debug_assert!(written.is_ok(), "a string takes all text");
        }
        Box::new(BrokenRule { seed: self.seed, what, script: self.script })
    }

    /// Moves the end of the run on: it is late enough for the slowest way back to one primary.
    fn extend(&mut self) {
        for machine in &self.machines {
            if let Some(core) = &machine.core {
                let silence = u64::try_from(core.settings.backup.primary_timeout.as_millis()).unwrap_or(u64::MAX);
                let held = core.not_before.0.saturating_sub(machine.clock(self.real).0);
                let settles = if held > 0 { self.real + held } else { self.faults_end };
                self.end = self.end.max(settles + silence * 4 + 90_000);
            }
        }
    }

    pub(crate) fn account(&mut self, from: Real, to: Real) {
        let serving = self.machines.iter().filter(|machine| machine.is_effective(from)).count();
        match serving {
            0 => self.summary.gap += to - from,
            1 => {}
            _ => self.summary.overlap += to - from,
        }
    }

    pub(crate) fn broken(&mut self) -> Option<String> {
        let real = self.real;
        self.machines.iter_mut().for_each(|machine| machine.expire(real));
        let both = self.machines.iter().all(|machine| machine.is_effective(real));
        (both && self.class != FaultClass::Cuts).then(|| "two nodes serve".to_owned())
    }

    fn unsettled(&self) -> Option<String> {
        let roles: Vec<_> = self.machines.iter().map(|machine| machine.core.as_ref().map(|core| core.role.clone())).collect();
        let primaries = roles.iter().filter(|role| matches!(role, Some(PairRole::Primary { .. }))).count();
        let followers = roles.iter().filter(|role| matches!(role, Some(PairRole::Backup(BackupPhase::Following)))).count();
        let serving = self.machines.iter().filter(|machine| machine.is_effective(self.real)).count();
        match (primaries, followers, serving) {
            (1, 1, 1) => None,
            found => Some(format!("no end with one primary and one backup: {found:?}")),
        }
    }

    pub(crate) fn happens(&mut self, next: ScheduledEvent) {
        let ScheduledEvent { member, incarnation, happening, .. } = next;
        let machine = &self.machines[member as usize];
        match happening {
            SimulatedEvent::Fault => return self.fault(),
            SimulatedEvent::Restart => {
                if machine.core.is_none() {
                    self.note(&format!("{member:?} starts"));
                    self.start(member);
                }
                return;
            }
            _ => {}
        }
        if machine.core.is_none() || machine.incarnation != incarnation && !matches!(happening, SimulatedEvent::Arrives(_)) {
            return;
        }
        // A stopped process gets its events when it continues.
        if self.real < machine.paused_until {
            let until = machine.paused_until;
            self.scheduled += 1;
            let number = self.scheduled;
            self.queue.push(Reverse(ScheduledEvent { at: until, number, member, incarnation, happening }));
            return;
        }
        match happening {
            SimulatedEvent::Tick => {
                let next = self.real + TICK + self.random.within(0, 9);
                self.schedule(member, next, SimulatedEvent::Tick);
                self.observe(member, PairObservation::Tick);
            }
            SimulatedEvent::Snapshot => {
                let seen = machine.seen(&[IpAddr::from(SHARED)]);
                self.schedule(member, self.real + 2000, SimulatedEvent::Snapshot);
                self.observe(member, PairObservation::Network(seen));
            }
            SimulatedEvent::Result(observation) => self.observe(member, observation),
            SimulatedEvent::Arrives(message) => self.arrives(member, message),
            SimulatedEvent::Command(command) => {
                self.operation += 1;
                let operation = self.operation;
                self.note(&format!("{member:?} is told {command:?}"));
                self.observe(member, PairObservation::Command { operation, command });
            }
            SimulatedEvent::Restart | SimulatedEvent::Fault => {}
        }
    }

    pub(crate) fn observe(&mut self, member: PairMember, observation: PairObservation) {
        let real = self.real;
        let machine = &mut self.machines[member as usize];
        let now = machine.clock(real);
        let Some(state) = machine.core.take() else { return };
        let (mut state, actions) = step(state, observation, now);
        if let Some(acts_after) = self.wrong_belief {
            state.durable.peer_contract.acts_after = acts_after;
        }
        machine.core = Some(state);
        self.carry_out(member, actions);
    }
}
