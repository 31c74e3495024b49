//! The state of failover on one node.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::debounce::Debounced;
use super::durable::Durable;
use super::peer::{Contract, PeerStatus};
use super::role::PairRole;
use super::seen::{HostnameFault, Operation, ProbeFault, Round, SelfFault, SharedIpSeen};
use super::settings::{FailoverSettings, PairSettings, TICK, fence_after};
use crate::event::OwnCode;

/// A longer gap between two steps means that this process, or its machine, was stopped.
pub(super) const GAP: Duration = Duration::from_secs(2);

/// The status check under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundState {
    pub number: Round,
    pub started: BootTime,
    pub is_over: bool,
    /// True if the peer has answered, or has sent something.
    pub is_alive: bool,
    /// True if the peer has answered: it knows that this node is alive.
    pub is_answered: bool,
    /// True if a node has answered that is not the peer of this one.
    pub is_wrong_peer: bool,
    pub answers: usize,
    pub faults: Vec<ProbeFault>,
    /// CheckAnswers of the test IPs, by their position.
    pub tests: BTreeMap<usize, bool>,
    pub self_test: Option<Result<(), SelfFault>>,
}

impl RoundState {
    /// A check that begins: nothing has answered yet.
    pub(super) fn begin(number: Round, now: BootTime) -> Self {
        Self {
            number,
            started: now,
            is_over: false,
            is_alive: false,
            is_answered: false,
            is_wrong_peer: false,
            answers: 0,
            faults: Vec::new(),
            tests: BTreeMap::new(),
            self_test: None,
        }
    }
}

/// The result of a status check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundResult {
    pub is_alive: bool,
    pub is_answered: bool,
    pub is_wrong_peer: bool,
    pub tests_ok: bool,
    pub self_fault: Option<SelfFault>,
    pub faults: Vec<ProbeFault>,
}

/// Everything that the core of failover knows on one node. [`super::step()`] is its only writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairState {
    pub settings: FailoverSettings,
    /// Number of paths to the peer.
    pub paths: usize,
    /// Version of the data of this product.
    pub schema: u32,
    pub version: String,
    pub durable: Durable,
    pub role: PairRole,
    pub peer: Option<PeerStatus>,
    /// Send time of the last check that the peer or a test IP has answered.
    pub evidence: BootTime,
    /// True if an administrator made this node primary although nothing answered. It serves until its peer is heard.
    pub is_unfenced: bool,
    pub round: RoundState,
    pub result: RoundResult,
    /// The fault of the host name that two checks in a row have found.
    pub hostname: Option<HostnameFault>,
    /// Checks of the host name in a row that have found a fault.
    pub hostname_failures: u32,
    pub hostname_next: BootTime,
    pub network: Vec<SharedIpSeen>,
    pub conflict: Option<(IpAddr, String, BootTime)>,
    /// When this node and its peer were last found to serve at the same time.
    pub both_served: Option<BootTime>,
    /// Losses of shared IPs that another program removed.
    pub losses: VecDeque<BootTime>,
    pub refreshed: BootTime,
    pub announced: BootTime,
    /// Until when the removal of the shared IPs must be confirmed.
    pub removal_due: Option<BootTime>,
    pub takeovers: VecDeque<BootTime>,
    /// Failed activations in a row, and the time before which no automatic one begins.
    pub failed: u32,
    pub not_before: BootTime,
    /// Until when the core only observes, after a gap in its own time.
    pub tilt_until: BootTime,
    pub last_step: BootTime,
    /// True if the disk lacks a change of [`Self::durable`].
    pub is_unsaved: bool,
    /// The last ballot of this node that is on disk.
    pub saved: Ballot,
    pub maintenance_until: BootTime,
    pub no_primary_since: Option<BootTime>,
    /// A command that waits for the peer to hand its role over.
    pub asked: Option<(Operation, BootTime)>,
    /// The operation at which the versions were found to differ.
    pub version_differs: Option<String>,
    /// Conditions by the text of their code, a space, and their object.
    pub counts: BTreeMap<String, Debounced>,
}

impl PairState {
    /// The state of a process that has just started. No node starts active.
    pub fn starting(durable: Durable, settings: FailoverSettings, now: BootTime) -> Self {
        let role = match durable.role {
            None => PairRole::Standalone { serves: true },
            Some(_) => PairRole::Starting { since: now, quiet_since: None },
        };
        Self {
            settings,
            paths: 1,
            schema: 0,
            version: String::new(),
            saved: durable.active,
            durable,
            role,
            peer: None,
            evidence: now,
            is_unfenced: false,
            round: RoundState { is_over: true, ..RoundState::begin(0, now) },
            result: RoundResult::default(),
            hostname: None,
            hostname_failures: 0,
            hostname_next: now,
            network: Vec::new(),
            conflict: None,
            both_served: None,
            losses: VecDeque::new(),
            refreshed: now,
            announced: now,
            removal_due: None,
            takeovers: VecDeque::new(),
            failed: 0,
            not_before: now,
            tilt_until: now,
            last_step: now,
            is_unsaved: false,
            maintenance_until: now,
            no_primary_since: None,
            asked: None,
            version_differs: None,
            counts: BTreeMap::new(),
        }
    }

    pub fn pair(&self) -> &PairSettings {
        &self.settings.pair
    }

    /// The time after which this node may act alone: what its settings say, and the peer has confirmed.
    pub fn acts_after(&self) -> Option<Duration> {
        let wanted = Contract::time_of(&self.settings);
        match (wanted, self.durable.confirmed.acts_after) {
            (Some(wanted), Some(confirmed)) => Some(wanted.max(confirmed)),
            _ => None,
        }
    }

    /// Until when this node may serve without a new sign of life. `None`: without limit, because its peer never acts alone.
    pub fn deadline(&self) -> Option<BootTime> {
        let acts_after = self.durable.peer_contract.acts_after.filter(|_| !self.is_unfenced)?;
        // The peer may be faster than this clock, and a step takes a tick.
        let fence = fence_after(acts_after).saturating_sub(TICK);
        Some(self.evidence + fence)
    }

    /// The process runs, and waits for its disk. Called every [`TICK`] while it waits, so that a slow disk does not pass for a stopped
    /// process; a process that was stopped meanwhile is found out by the gap between two calls.
    pub fn note_running(&mut self, now: BootTime) {
        if now.since(self.last_step) <= GAP {
            self.last_step = self.last_step.max(now);
        }
    }

    /// True if the peer has answered the last status check, or the one under way.
    pub(super) fn peer_answers(&self) -> bool {
        self.result.is_answered || self.round.is_answered
    }

    /// True if the peer serves, or is about to.
    pub fn peer_serves(&self) -> bool {
        self.peer.as_ref().is_some_and(PeerStatus::serves)
    }

    /// The status that this node tells its peer.
    pub fn status(&self) -> PeerStatus {
        PeerStatus {
            member: self.durable.member,
            role: self.role.name(),
            ballot: match &self.role {
                PairRole::Taking { ballot: Some(ballot), .. } => *ballot,
                role => role.serving().unwrap_or(Ballot::NONE),
            },
            highest: self.durable.highest,
            active: self.durable.active,
            contract: self.durable.contract,
            confirmed: self.durable.peer_contract.number,
            version: self.version.clone(),
            schema: self.schema,
            settings: digest(&self.settings.pair),
            email: self.durable.email,
            self_ok: self.result.self_fault.is_none(),
            tests_ok: self.result.tests_ok,
            break_epoch: self.durable.break_epoch,
            guards: self.guards(self.last_step),
        }
    }

    /// Counts a condition that holds in this check.
    pub(super) fn count_failed(&mut self, code: OwnCode, object: &str) {
        let rounds = self.settings.pair.fail_rounds;
        self.counts.entry(condition_key(code, object)).or_default().fail(rounds);
    }

    /// Counts a condition that does not hold in this check.
    pub(super) fn count_passed(&mut self, code: OwnCode, object: &str) {
        let rounds = self.settings.pair.ok_rounds;
        self.counts.entry(condition_key(code, object)).or_default().pass(rounds);
    }

    pub fn is_open(&self, code: OwnCode, object: &str) -> bool {
        self.counts.get(&condition_key(code, object)).is_some_and(Debounced::is_open)
    }
}

/// The key of a condition among those that are counted.
fn condition_key(code: OwnCode, object: &str) -> String {
    format!("{code} {object}")
}

/// The code and the object of a key.
pub(super) fn condition_of(key: &str) -> Option<(OwnCode, &str)> {
    let (code, object) = key.split_once(' ')?;
    Some((OwnCode::of_text(code)?, object))
}

/// A digest of the settings of the pair: both nodes must have the same.
fn digest(settings: &PairSettings) -> u64 {
    // FNV-1a: it finds differences and protects nothing.
    let text = serde_json::to_string(settings).unwrap_or_default();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
