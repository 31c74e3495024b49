//! The conditions of the pair that administrators are told of: FO-01 to FO-10, FX-03, FX-05 and FX-07.
//!
//! A condition is a level: it is computed from the state. The alerts turn levels into incidents, notices and their ends. Events
//! without an end (FO-11, FX-01, FX-02, FX-04, FX-08) are actions of a step.

use super::boot_time::BootTime;
use super::core::Core;
use super::role::{BackupPhase, PairRole};
use super::seen::{LinkFault, SharedIpSeen};
use super::state::{PairState, condition_of};
use crate::event::{Facts, OwnCode};

/// The objects of incidents about the roles of both nodes.
const BOTH_PRIMARY: &str = "both-primary";
const NO_PRIMARY: &str = "no-primary";
/// A former primary does not hear its peer, and does not serve.
const WAITS: &str = "waits";
const WRONG_PEER: &str = "wrong-peer";
const SETTINGS_DIFFER: &str = "settings";
/// Losses of a shared IP until an administrator is told.
const LOSSES: usize = 3;

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairCondition {
    pub code: OwnCode,
    /// The shared IP, the host name, or the kind of a conflict. Empty for the node.
    pub object: String,
    /// The facts that the core knows. The runtime adds names, times and addresses.
    pub facts: Facts,
}

/// Codes that the core computes. The runtime reports all of them as checked after each round.
pub const CONDITIONS: [OwnCode; 13] = [
    OwnCode::VersionsDiffer,
    OwnCode::SharedIpInterfaceOff,
    OwnCode::SharedIpMissing,
    OwnCode::BackupDisconnected,
    OwnCode::TestIpsUnreachable,
    OwnCode::BackupDisabled,
    OwnCode::BackupSelfTestFailed,
    OwnCode::HostnameWrong,
    OwnCode::PrimaryDown,
    OwnCode::PrimaryDownTakeoverDue,
    OwnCode::RolesConflict,
    OwnCode::AddressInUse,
    OwnCode::BackupUnreachable,
];

/// Conditions that only a backup looks for.
const OF_BACKUP: [OwnCode; 7] = [
    OwnCode::BackupDisconnected,
    OwnCode::TestIpsUnreachable,
    OwnCode::BackupDisabled,
    OwnCode::BackupSelfTestFailed,
    OwnCode::HostnameWrong,
    OwnCode::PrimaryDown,
    OwnCode::PrimaryDownTakeoverDue,
];
/// Conditions that only a node that serves looks for.
const OF_PRIMARY: [OwnCode; 2] = [OwnCode::SharedIpInterfaceOff, OwnCode::BackupUnreachable];

/// Conditions of which this node finds nothing now, which does not mean that they have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnwatchedConditions {
    /// Those of another role: they no longer concern this node, and nothing shows that they were mended.
    pub of_other_role: Vec<OwnCode>,
    /// Those of a role that is not decided.
    pub undecided: Vec<OwnCode>,
    /// Conditions that were found, and not often enough yet.
    pub counting: Vec<(OwnCode, String)>,
}

/// The part of the pair whose conditions a node watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watcher {
    Backup,
    Primary,
    /// On the way between roles.
    Neither,
    /// A node whose pair has ended goes on with its shared IPs.
    Alone,
}

fn watcher(role: &PairRole) -> Watcher {
    match role {
        PairRole::Backup(BackupPhase::HandedOver { .. }) => Watcher::Neither,
        PairRole::Backup(_) | PairRole::Taking { .. } => Watcher::Backup,
        PairRole::Primary { .. } | PairRole::Draining { .. } => Watcher::Primary,
        PairRole::Standalone { serves: true } => Watcher::Alone,
        PairRole::Standalone { .. } | PairRole::Starting { .. } | PairRole::Fenced { .. } => Watcher::Neither,
    }
}

impl Core {
    /// Counts every condition once in a check.
    pub(super) fn count_conditions(&mut self) {
        let levels = self.state.levels();
        let known: Vec<(OwnCode, String)> = self
            .state
            .counts
            .keys()
            .filter_map(|key| condition_of(key))
            .map(|(code, object)| (code, object.to_owned()))
            .filter(|known| !levels.contains(known))
            .collect();
        for (code, object) in &known {
            self.state.count_passed(*code, object);
        }
        for (code, object) in &levels {
            self.state.count_failed(*code, object);
        }
        // Drops conditions that are neither open nor counted.
        self.state.counts.retain(|_, counted| !counted.is_idle());
    }
}

impl PairState {
    /// The conditions of this check, before they are counted.
    fn levels(&self) -> Vec<(OwnCode, String)> {
        let (result, backup) = (&self.result, &self.settings.backup);
        let (alive, tests, well) = (result.is_alive, result.tests_ok, result.self_fault.is_none());
        let has_tests = !backup.test_ips.is_empty();
        let acts = backup.takes_over && backup.is_enabled;
        // A node whose own test fails may be unable to ask a test IP. That the primary is silent is told all the same.
        let is_down = !alive && (tests || !well && acts);
        let is_both = self.both_served.is_some();
        // The other device with the shared IP is the peer.
        let conflict = self.conflict.as_ref().filter(|_| !is_both);
        let differ = self.peer.as_ref().is_some_and(|peer| alive && peer.settings != self.status().settings);
        let node = |holds: bool, code| holds.then(|| (code, String::new()));
        let kind = |holds: bool, object: &str| holds.then(|| (OwnCode::RolesConflict, object.to_owned()));
        let of_backup = [
            node(!alive && !tests && well && has_tests, OwnCode::BackupDisconnected),
            // A node that cannot ask finds nothing of the test IPs: its own fault is told.
            node(alive && !tests && well && has_tests, OwnCode::TestIpsUnreachable),
            node(!backup.is_enabled, OwnCode::BackupDisabled),
            node(!well, OwnCode::BackupSelfTestFailed),
            node(alive && self.hostname.is_some(), OwnCode::HostnameWrong),
            node(is_down && !acts, OwnCode::PrimaryDown),
            node(is_down && acts, OwnCode::PrimaryDownTakeoverDue),
            kind(self.no_primary_since.is_some(), NO_PRIMARY),
        ];
        let of_both = [
            node(self.version_differs.is_some(), OwnCode::VersionsDiffer),
            kind(is_both, BOTH_PRIMARY),
            kind(result.is_wrong_peer, WRONG_PEER),
            kind(differ, SETTINGS_DIFFER),
            conflict.map(|(ip, ..)| (OwnCode::AddressInUse, ip.to_string())),
        ];
        let missing = self.network.iter().filter(|seen| seen.interface.is_none());
        let missing = missing.map(|seen| (OwnCode::SharedIpMissing, seen.ip.to_string()));
        let mut levels: Vec<_> = of_both.into_iter().flatten().chain(missing).collect();
        let watcher = watcher(&self.role);
        match watcher {
            Watcher::Backup => levels.extend(of_backup.into_iter().flatten()),
            Watcher::Primary | Watcher::Alone => {
                let off = |seen: &&SharedIpSeen| seen.interface.is_some() && seen.fault.is_some();
                let lost = |seen: &&SharedIpSeen| !seen.is_present && self.losses.len() >= LOSSES;
                let off = self.network.iter().filter(off).map(|seen| (OwnCode::SharedIpInterfaceOff, seen.ip.to_string()));
                let lost = self.network.iter().filter(lost).map(|seen| (OwnCode::SharedIpMissing, seen.ip.to_string()));
                levels.extend(node(!alive && watcher == Watcher::Primary, OwnCode::BackupUnreachable));
                levels.extend(off.chain(lost));
            }
            Watcher::Neither => levels.extend(kind(self.waits_too_long(), WAITS)),
        }
        levels
    }

    /// True for a former primary that waits for its peer longer than it would wait to serve alone: something keeps it from that.
    fn waits_too_long(&self) -> bool {
        let PairRole::Starting { since, .. } = self.role else { return false };
        let longest = self.pair().startup_wait.max(self.settings.backup.primary_timeout);
        self.last_step.since(since) >= longest * 2
    }

    /// The conditions of which this node finds nothing now.
    pub fn unwatched(&self) -> UnwatchedConditions {
        let counting = self.counts.iter().filter(|(_, counted)| !counted.is_open()).filter_map(|(key, _)| condition_of(key));
        let counting = counting.map(|(code, object)| (code, object.to_owned())).collect();
        let (of_other_role, undecided) = match watcher(&self.role) {
            Watcher::Backup => (OF_PRIMARY.to_vec(), Vec::new()),
            Watcher::Primary => (OF_BACKUP.to_vec(), Vec::new()),
            Watcher::Alone => ([OF_BACKUP.as_slice(), &[OwnCode::BackupUnreachable]].concat(), Vec::new()),
            Watcher::Neither => (Vec::new(), [OF_BACKUP.as_slice(), &OF_PRIMARY].concat()),
        };
        UnwatchedConditions { of_other_role, undecided, counting }
    }

    /// The open conditions, with the facts that the core knows.
    pub fn conditions(&self, now: BootTime) -> Vec<PairCondition> {
        let open = self.counts.iter().filter(|(_, counted)| counted.is_open());
        let open = open.filter_map(|(key, _)| condition_of(key));
        let condition = |(code, object): (OwnCode, &str)| PairCondition {
            code,
            object: object.to_owned(),
            facts: self.facts(code, object, now),
        };
        open.map(condition).collect()
    }

    fn facts(&self, code: OwnCode, object: &str, now: BootTime) -> Facts {
        let mut facts = Facts::new();
        let mut add = |name: &str, value: String| drop(facts.insert(name.to_owned(), value));
        match code {
            OwnCode::SharedIpInterfaceOff | OwnCode::SharedIpMissing => {
                let seen = self.network.iter().find(|seen| seen.ip.to_string() == object);
                add("ip", object.to_owned());
                add("interface", seen.and_then(|seen| seen.interface.clone()).unwrap_or_else(|| "–".into()));
                let fault = seen.and_then(|seen| seen.fault);
                let unlisted = seen.is_none_or(|seen| seen.interface.is_none());
                add("why", fault.map_or(if unlisted { "unlisted" } else { "removed" }, LinkFault::name).to_owned());
                add("count", self.losses.len().to_string());
            }
            OwnCode::BackupSelfTestFailed => {
                if let Some(fault) = &self.result.self_fault {
                    add("check", fault.check.clone());
                    add("error", fault.error.clone());
                }
            }
            OwnCode::HostnameWrong => {
                if let Some(fault) = &self.hostname {
                    add("reason", fault.reason.clone());
                    add("target", fault.target.clone());
                }
            }
            OwnCode::PrimaryDownTakeoverDue => {
                if let Some(guard) = self.guards(now).first() {
                    add("guard", guard.name().to_owned());
                }
            }
            OwnCode::RolesConflict => add("reason", object.to_owned()),
            OwnCode::AddressInUse => {
                if let Some((ip, mac, _)) = &self.conflict {
                    add("ip", ip.to_string());
                    add("mac", mac.clone());
                }
            }
            OwnCode::VersionsDiffer => add("operation", self.version_differs.clone().unwrap_or_default()),
            _ => {}
        }
        facts
    }

    /// The time of an automatic takeover, if the primary stays silent. `None` if none would happen.
    pub fn takeover_due(&self, now: BootTime) -> Option<BootTime> {
        let PairRole::Backup(BackupPhase::Suspect { since }) = self.role else { return None };
        let wait = self.acts_after().filter(|_| self.guards(now).is_empty())?;
        Some(since + wait)
    }
}
