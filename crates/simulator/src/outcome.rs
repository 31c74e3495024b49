//! The class of a run, and its result.

use crate::machine::Real;

/// The kinds of faults of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultClass {
    /// A port of a node, the switch, the test IPs, a process: each may fail, in any combination. No two nodes may serve (G2).
    Devices,
    /// The same, and some packets are lost.
    Loss,
    /// The same, and an administrator hands the role over.
    Commands,
    /// The path between the nodes alone is cut, which no rule of two nodes survives (N1). The end must be one primary.
    Cuts,
    /// The primary crashes once, and nothing else happens. The backup must serve in time (G5).
    OneCrash,
    /// The backup loses its link once. Nothing may change.
    OneIsolation,
}

impl FaultClass {
    /// The classes of random faults.
    pub const RANDOM: [Self; 4] = [Self::Devices, Self::Loss, Self::Commands, Self::Cuts];

    /// The class of a seed, if none is asked for.
    pub fn of(seed: u64) -> Self {
        Self::RANDOM[usize::try_from(seed % 4).unwrap_or(0)]
    }
}

/// Counts and times of simulated runs.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub takeovers: u32,
    pub fences: u32,
    pub step_downs: u32,
    pub handovers: u32,
    /// Time with two serving nodes, in milliseconds. Only cuts may cause it.
    pub overlap: Real,
    /// Time without a serving node, in milliseconds.
    pub gap: Real,
    /// The longest such time that one crash of the primary may cause: from the start and from the crash.
    pub gap_max: Real,
    pub events: u64,
}

impl Summary {
    pub fn add(&mut self, other: &Self) {
        self.takeovers += other.takeovers;
        self.fences += other.fences;
        self.step_downs += other.step_downs;
        self.handovers += other.handovers;
        self.overlap += other.overlap;
        self.gap += other.gap;
        self.gap_max = self.gap_max.max(other.gap_max);
        self.events += other.events;
    }
}

/// A run that broke a rule, with everything that led there.
#[derive(Clone, Debug)]
pub struct BrokenRule {
    pub seed: u64,
    pub what: String,
    pub script: String,
}
