//! All runs of a pair with few faults, checked one by one: a stateright model around the real cores.
//!
//! Time passes in steps. Before each step one fault may begin or end, until the budget of changes is used up. Latencies are the
//! shortest and nothing is lost, so that the same changes give the same run. Two moments are the same if all that decides what
//! follows is the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use model::failover::{BootTime, FailoverSettings, PairMember, PairRole};
use stateright::{Checker, Model, Property};

use crate::machine::Real;
use crate::network::{Port, SimulatedNetwork};
use crate::outcome::FaultClass;
use crate::random::Random;
use crate::world::{ScheduledEvent, Simulation, settings};

/// Length of a step.
const STEP: Real = 2500;
/// Time before the first change: both nodes have found their roles.
const BEGIN: Real = 15_000;
/// Time of all steps: a takeover, and some more.
const HORIZON: Real = 30_000;
/// Times older than this decide nothing.
const AGE_MAX: i128 = 120_000;

/// The faults that may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Faults {
    /// The port of a node, the test IPs, a process: each alone or with others (G2).
    Devices,
    /// The path between the nodes alone (N1).
    Cuts,
}

/// The rule that a primary stops to serve before its peer may take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fence {
    InTime,
    /// After twice the primary timeout.
    Late,
    Missing,
}

impl Simulation {
    /// A pair with the shortest times.
    fn steady(fence: Fence) -> Self {
        let mut random = Random::Lowest;
        let mut settings = settings(&mut random);
        settings.pair.probe_interval = Duration::from_secs(1);
        settings.backup.primary_timeout = Duration::from_secs(10);
        let acts_after = settings.backup.primary_timeout;
        let mut world = Self::new(settings, random, FaultClass::Cuts);
        world.wrong_belief = match fence {
            Fence::InTime => None,
            // A primary stops after half of the time that it believes its peer to wait.
            Fence::Late => Some(Some(acts_after * 4)),
            Fence::Missing => Some(None),
        };
        world
    }

    /// Lets time pass. Adds up the time in which two nodes serve.
    fn advance(&mut self, time: Real) {
        let until = self.real + time;
        while self.queue.peek().is_some_and(|Reverse(next)| next.at <= until) {
            let Some(Reverse(next)) = self.queue.pop() else { break };
            self.account(self.real, next.at);
            self.real = next.at;
            self.machines.iter_mut().for_each(|machine| machine.expire(next.at));
            self.happens(next);
        }
        self.account(self.real, until);
        self.real = until;
    }

    /// All that decides what follows, as text. Times count from now.
    fn decisive(&self) -> String {
        let mut text = format!("{:?}", self.network);
        for machine in &self.machines {
            let core = machine.core.clone().map(|mut core| {
                core.settings = FailoverSettings::default();
                // Conditions are told, and decide nothing.
                core.counts = BTreeMap::new();
                core
            });
            let kernel: Vec<Real> = machine.kernel.values().map(|end| end.saturating_sub(self.real)).collect();
            let paused = machine.paused_until.saturating_sub(self.real);
            let (disk, token, serves) = (&machine.disk, machine.token, machine.serves);
            let all = format!("{core:?} {disk:?} {kernel:?} {token:?} {serves} {paused}");
            text += &from_now(&all, machine.clock(self.real));
        }
        let mut queue: Vec<&ScheduledEvent> = self.queue.iter().map(|Reverse(event)| event).collect();
        queue.sort_by_key(|event| (event.at, event.number));
        for event in queue {
            let machine = &self.machines[event.member as usize];
            let is_lost = event.incarnation != machine.incarnation;
            let all = format!("{} {:?} {is_lost} {:?}", event.at - self.real, event.member, event.happening);
            text += &from_now(&all, machine.clock(self.real));
        }
        text
    }
}

/// The text with each `BootTime(…)` as its distance from now. Times that are long past are all the same.
fn from_now(text: &str, now: BootTime) -> String {
    let mut parts = text.split("BootTime(");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (digits, rest) = part.split_once(')').unwrap_or((part, ""));
        let time: i128 = digits.parse().unwrap_or(0);
        out += &format!("{}", (time - i128::from(now.0)).max(-AGE_MAX));
        out += rest;
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum FaultChange {
    Nothing,
    /// The ports of the first node, the second node and the test IPs.
    Ports([bool; 3]),
    /// Cuts between the nodes, by the sender.
    Cuts([bool; 2]),
    Crash(PairMember),
    /// The process stops for this many milliseconds.
    Pause(PairMember, Real),
}

#[derive(Clone)]
struct Moment {
    world: Simulation,
    changes: usize,
    /// A digest of what decides all that follows.
    key: u128,
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.world.script)
    }
}

impl Hash for Moment {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.key.hash(hasher);
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

struct Pair {
    faults: Faults,
    fence: Fence,
    /// Most changes in a run.
    changes: usize,
}

impl Moment {
    fn of(world: Simulation, changes: usize) -> Self {
        let mut text = world.decisive();
        let written = write!(text, "{} {changes} {}", world.real, world.summary.overlap);
        debug_assert!(written.is_ok(), "a string takes all text");
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, &text).hash(&mut hasher);
            hasher.finish()
        };
        let key = u128::from(half(0)) << 64 | u128::from(half(1));
        Self { world, changes, key }
    }

    /// True if two nodes have served at the same time.
    fn is_broken(&self) -> bool {
        self.world.summary.overlap > 0
    }

    fn is_primary(&self, member: PairMember) -> bool {
        self.role(member).is_some_and(|role| matches!(role, PairRole::Primary { .. }))
    }

    fn role(&self, member: PairMember) -> Option<&PairRole> {
        self.world.machines[member as usize].core.as_ref().map(|core| &core.role)
    }
}

impl Model for Pair {
    type State = Moment;
    type Action = FaultChange;

    fn init_states(&self) -> Vec<Moment> {
        let mut world = Simulation::steady(self.fence);
        world.advance(BEGIN);
        vec![Moment::of(world, 0)]
    }

    fn actions(&self, moment: &Moment, changes: &mut Vec<FaultChange>) {
        if moment.is_broken() {
            return;
        }
        changes.push(FaultChange::Nothing);
        if moment.changes == self.changes {
            return;
        }
        let network = &moment.world.network;
        match self.faults {
            Faults::Devices => {
                let now = [network.nodes[0], network.nodes[1], network.gateway].map(|port| port.sends);
                let ports = (0..8_u8).map(|bits| [0, 1, 2].map(|bit| bits & (1 << bit) == 0)).filter(|ports| *ports != now);
                changes.extend(ports.map(FaultChange::Ports));
                for member in [PairMember::First, PairMember::Second] {
                    if moment.role(member).is_some() {
                        changes.extend([FaultChange::Crash(member), FaultChange::Pause(member, 4 * STEP)]);
                    }
                }
            }
            Faults::Cuts => {
                let cuts = [[false, false], [false, true], [true, false], [true, true]];
                changes.extend(cuts.into_iter().filter(|cuts| *cuts != network.cuts).map(FaultChange::Cuts));
            }
        }
    }

    fn next_state(&self, moment: &Moment, change: FaultChange) -> Option<Moment> {
        let mut world = moment.world.clone();
        match change {
            FaultChange::Nothing => {}
            FaultChange::Ports(ports) => {
                let [first, second, gateway] = ports.map(|up| if up { Port::GOOD } else { Port::DOWN });
                world.network = SimulatedNetwork { nodes: [first, second], gateway, ..world.network };
            }
            FaultChange::Cuts(cuts) => world.network.cuts = cuts,
            FaultChange::Crash(member) => world.crash(member, 3 * STEP),
            FaultChange::Pause(member, time) => world.machines[member as usize].paused_until = world.real + time,
        }
        if change != FaultChange::Nothing {
            world.note(&format!("{change:?}"));
        }
        let changes = moment.changes + usize::from(change != FaultChange::Nothing);
        world.advance(STEP);
        Some(Moment::of(world, changes))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one node serves", |_: &Self, moment: &Moment| !moment.is_broken()),
            Property::sometimes("the backup takes over", |_: &Self, moment: &Moment| moment.is_primary(PairMember::Second)),
            Property::sometimes("a primary stops to serve", |_: &Self, moment: &Moment| {
                moment.role(PairMember::First).is_some_and(|role| matches!(role, PairRole::Fenced { .. }))
            }),
        ]
    }

    fn within_boundary(&self, moment: &Moment) -> bool {
        moment.world.real <= BEGIN + HORIZON
    }
}

/// Checks all runs. Returns the number of different moments, and the script of a run in which two nodes serve.
fn check(faults: Faults, fence: Fence, changes: usize) -> (usize, Option<String>) {
    let checker = Pair { faults, fence, changes }.checker().threads(2).spawn_dfs().join();
    let broken = checker.discovery("at most one node serves").map(|path| format!("{:?}", path.last_state()));
    if broken.is_none() {
        let found = |name: &'static str| assert!(checker.discovery(name).is_some(), "never seen: {name}");
        found("the backup takes over");
        found("a primary stops to serve");
    }
    (checker.unique_state_count(), broken)
}

/// Faults of devices are safe with the fence in time (G2). They are not with a late fence or none, and cuts between the nodes alone are
/// never safe (N1). docs/failover.md tells both.
#[test]
fn two_nodes_serve_only_without_fence_or_with_cuts() {
    let rows = [
        (Faults::Devices, Fence::InTime, 3, true),
        (Faults::Devices, Fence::Late, 2, false),
        (Faults::Devices, Fence::Missing, 2, false),
        (Faults::Cuts, Fence::InTime, 2, false),
    ];
    for (faults, fence, changes, is_safe) in rows {
        let (moments, broken) = check(faults, fence, changes);
        println!("{faults:?}, fence {fence:?}, {changes} changes: {moments} moments, safe: {}", broken.is_none());
        assert_eq!(broken.is_none(), is_safe, "{faults:?} {fence:?}\n{}", broken.unwrap_or_default());
    }
}
