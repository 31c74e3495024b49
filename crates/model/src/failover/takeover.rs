//! The way to the role of primary: guards, confirmation, claim, activation, and the way back.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::action::PairAction;
use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::core::Core;
use super::durable::StoredRole;
use super::guard::TakeoverGuard;
use super::role::{ActivationOrigin, ActivationStage, BackupPhase, PairRole};
use super::seen::{AddressUse, CommandRefusal, Force, StageFault, StartStage};
use super::settings::stopped_after;
use super::state::PairState;
use super::transition::Transition;
use crate::event::OwnCode;

/// Quick checks of the peer before a claim.
const CHECKS: u32 = 3;
/// Quick checks until a look at the shared IPs must have ended.
const CHECKS_MAX: u32 = 12;
/// Time for the stages of an activation.
const ACTIVATION_MAX: Duration = Duration::from_secs(10);
/// Waits after failed activations. After the last one, only an administrator begins another.
const BACK_OFF: [Duration; 5] =
    [Duration::from_mins(1), Duration::from_mins(2), Duration::from_mins(4), Duration::from_mins(8), Duration::from_mins(15)];
/// Wait after another device answered on a shared IP.
const TAKEN_WAIT: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_hours(24);

impl PairState {
    /// The guards that would stop an automatic takeover now. Empty: it would happen after the primary timeout.
    pub fn guards(&self, now: BootTime) -> Vec<TakeoverGuard> {
        let backup = &self.settings.backup;
        let switched_off = (!(backup.takes_over && backup.is_enabled)).then_some(TakeoverGuard::SwitchedOff);
        let unconfirmed = (backup.takes_over && self.acts_after().is_none()).then_some(TakeoverGuard::Unconfirmed);
        let never_synced = (!self.durable.caught_up).then_some(TakeoverGuard::NeverSynced);
        let flips = self.flip_guard(now);
        let is_backup = matches!(self.role, PairRole::Backup(_) | PairRole::Taking { .. });
        let no_backup = (!is_backup).then_some(TakeoverGuard::NotBackup);
        [no_backup, switched_off, unconfirmed, never_synced, flips].into_iter().flatten().chain(self.lone_guards(now)).collect()
    }

    /// The guards of every activation without an answer of the peer, also that of a former primary.
    fn lone_guards(&self, now: BootTime) -> Vec<TakeoverGuard> {
        let schema = self.peer.as_ref().is_some_and(|peer| peer.schema > self.schema);
        let all = [
            (now < self.maintenance_until, TakeoverGuard::Maintenance),
            (now < self.tilt_until, TakeoverGuard::Tilt),
            (self.result.self_fault.is_some(), TakeoverGuard::SelfTest),
            (self.settings.backup.test_ips.is_empty(), TakeoverGuard::NoTestIp),
            (!self.result.tests_ok, TakeoverGuard::TestIps),
            (schema, TakeoverGuard::Schema),
            (self.failed as usize >= BACK_OFF.len(), TakeoverGuard::GivenUp),
            (now < self.not_before, TakeoverGuard::BackOff),
            (self.is_unsaved, TakeoverGuard::Disk),
        ];
        all.into_iter().filter(|(stops, _)| *stops).map(|(_, guard)| guard).collect()
    }

    /// True if nothing answers, and the interface of every shared IP is off. As a primary this node would be of no use, and would have
    /// the addresses beside its peer as soon as the cable is back.
    pub(super) fn is_cut_off(&self) -> bool {
        let is_silent = !self.result.is_alive && !self.result.tests_ok;
        is_silent && !self.network.is_empty() && self.network.iter().all(|seen| seen.fault.is_some())
    }

    fn flip_guard(&self, now: BootTime) -> Option<TakeoverGuard> {
        let pair = self.pair();
        let today = self.takeovers.iter().filter(|at| now.since(**at) < DAY).count();
        let is_recent = self.takeovers.back().is_some_and(|at| now.since(*at) < pair.flip_guard);
        (is_recent || today >= pair.takeovers_max as usize).then_some(TakeoverGuard::FlipGuard)
    }

    /// True if nothing stops an activation of this origin.
    pub(super) fn may_activate(&self, origin: ActivationOrigin, now: BootTime) -> bool {
        match origin {
            ActivationOrigin::Automatic { .. } => self.guards(now).is_empty(),
            ActivationOrigin::Lone { .. } => self.lone_guards(now).is_empty(),
            ActivationOrigin::Resume | ActivationOrigin::HandedOver { .. } => {
                let is_held = now < self.tilt_until || now < self.not_before;
                !is_held && self.result.self_fault.is_none() && !self.is_unsaved
            }
            ActivationOrigin::Command { force, .. } => {
                let sees_network = self.result.is_alive || self.result.tests_ok || force == Force::Yes;
                sees_network && self.result.self_fault.is_none() && !self.is_unsaved
            }
        }
    }
}

impl Core {
    /// Begins to confirm that nothing else serves.
    pub(super) fn confirm(&mut self, origin: ActivationOrigin, transition: Transition) {
        self.note_versions("takeover");
        let ips: Vec<IpAddr> = self.state.pair().shared_ips.clone();
        if !ips.is_empty() {
            self.actions.push(PairAction::CheckAddresses(ips.clone()));
        }
        let unchecked: BTreeSet<IpAddr> = ips.into_iter().collect();
        let stage = ActivationStage::Confirming { checks: 0, unchecked };
        self.move_to(PairRole::Taking { origin, stage, ballot: None }, transition);
    }

    pub(super) fn address_checked(&mut self, ip: IpAddr, found: AddressUse) {
        let PairRole::Taking { origin, stage: ActivationStage::Confirming { unchecked, .. }, .. } = &mut self.state.role else {
            return;
        };
        let origin = *origin;
        let ignores_taken = matches!(origin, ActivationOrigin::Command { force: Force::Yes, .. });
        match found {
            AddressUse::Taken(mac) if !ignores_taken => {
                // It is tried again and again. It is told once, and the conflict as long as it lasts.
                if origin.operation().is_none() && self.state.conflict.is_none() {
                    self.tell(OwnCode::TakeoverFailed, [("reason", format!("another device has {ip}: {mac}"))]);
                }
                self.state.conflict = Some((ip, mac, self.now));
                self.state.not_before = self.state.not_before.max(self.now + TAKEN_WAIT);
                self.call_off(CommandRefusal::AddressTaken);
            }
            AddressUse::Unknown(why) if !ignores_taken => {
                self.state.not_before = self.state.not_before.max(self.now + TAKEN_WAIT);
                self.tell(OwnCode::TakeoverFailed, [("reason", format!("the check of {ip} failed: {why}"))]);
                self.call_off(CommandRefusal::AddressUnknown);
            }
            AddressUse::Free | AddressUse::Taken(_) | AddressUse::Unknown(_) => drop(unchecked.remove(&ip)),
        }
    }

    /// One quick check more has ended. `is_quiet`: the peer did not answer.
    pub(super) fn quick_check_over(&mut self) {
        let result = self.state.result.clone();
        let (now, role) = (self.now, self.state.role.clone());
        let PairRole::Taking { origin, stage, .. } = role else { return };
        if matches!(stage, ActivationStage::Activating { .. }) {
            return;
        }
        let is_lost = origin.needs_silence() && result.is_alive || !self.state.may_activate(origin, now);
        if is_lost {
            return self.call_off(if result.self_fault.is_some() { CommandRefusal::SelfTest } else { CommandRefusal::Failed });
        }
        let ActivationStage::Confirming { checks, unchecked } = stage else { return };
        let checks = checks + 1;
        match unchecked.is_empty() {
            true if checks >= CHECKS && self.peer_has_stopped(origin) => self.claim(origin),
            false if checks >= CHECKS_MAX => self.call_off(CommandRefusal::Failed),
            _ => {
                if let PairRole::Taking { stage: ActivationStage::Confirming { checks: counted, .. }, .. } = &mut self.state.role
                {
                    *counted = checks;
                }
            }
        }
    }

    /// True if a peer that is cut off has stopped to serve by now. For an automatic takeover the primary timeout says so.
    fn peer_has_stopped(&self, origin: ActivationOrigin) -> bool {
        match origin {
            ActivationOrigin::Command { force: Force::No, silent_since, .. } => {
                let wait = self.state.durable.confirmed.acts_after.map_or(Duration::ZERO, stopped_after);
                self.now.since(silent_since) >= wait
            }
            _ => true,
        }
    }

    /// Makes a ballot and claims it. The notice is recorded before anything that cannot be undone.
    fn claim(&mut self, origin: ActivationOrigin) {
        if let ActivationOrigin::Automatic { down_since } = origin {
            let duration = self.now.since(down_since).as_secs().to_string();
            let timeout = self.state.settings.backup.primary_timeout.as_secs().to_string();
            self.tell(OwnCode::TakeoverBegun, [("duration", duration), ("timeout", timeout)]);
        }
        let ballot = self.new_ballot();
        self.persist();
        self.actions.push(PairAction::Claim(ballot));
        let until = self.now + self.state.pair().yield_grace;
        let stage = ActivationStage::Claiming { until };
        self.move_to(PairRole::Taking { origin, stage, ballot: Some(ballot) }, Transition::T10);
    }

    fn new_ballot(&mut self) -> Ballot {
        let ballot = Ballot::after(self.state.durable.highest, self.state.durable.member);
        self.state.durable.highest = ballot;
        ballot
    }

    /// The peer has not answered the claim.
    pub(super) fn claim_over(&mut self) {
        let PairRole::Taking { origin, ballot: Some(ballot), .. } = self.state.role else { return };
        let is_contested = self.state.durable.highest > ballot || origin.needs_silence() && self.state.result.is_alive;
        if is_contested || !self.state.may_activate(origin, self.now) {
            return self.call_off(CommandRefusal::Failed);
        }
        if matches!(origin, ActivationOrigin::Automatic { .. } | ActivationOrigin::Lone { .. }) {
            self.state.takeovers.retain(|at| self.now.since(*at) < DAY);
            self.state.takeovers.push_back(self.now);
        }
        self.activate(origin, ballot, Transition::T11);
    }

    /// Activates under a new ballot, without a claim: the peer has said that it does not serve.
    pub(super) fn activate_now(&mut self, origin: ActivationOrigin, transition: Transition) {
        self.note_versions("start");
        if self.state.may_activate(origin, self.now) {
            let ballot = self.new_ballot();
            self.activate(origin, ballot, transition);
        }
    }

    fn activate(&mut self, origin: ActivationOrigin, ballot: Ballot, transition: Transition) {
        self.state.durable.role = Some(StoredRole::Primary);
        self.state.durable.active = ballot;
        self.persist();
        // An administrator answers for a network in which nothing answers.
        let is_forced = matches!(origin, ActivationOrigin::Command { force: Force::Yes, .. });
        self.state.is_unfenced = is_forced && !self.state.result.is_alive && !self.state.result.tests_ok;
        let until = self.now + ACTIVATION_MAX;
        let stage = ActivationStage::Activating { stage: StartStage::Addresses, until };
        self.move_to(PairRole::Taking { origin, stage, ballot: Some(ballot) }, transition);
        self.set_addresses(ballot, self.state.deadline());
        self.actions.push(PairAction::Begin(ballot, StartStage::Addresses));
    }

    pub(super) fn stage_done(&mut self, ballot: Ballot, done: StartStage, result: Result<(), StageFault>) {
        let PairRole::Taking { origin, stage: ActivationStage::Activating { stage, until }, ballot: Some(own) } = self.state.role
        else {
            return;
        };
        if own != ballot || stage != done {
            return;
        }
        if let Err(why) = result {
            return self.give_up(&why.0, CommandRefusal::Failed);
        }
        match done {
            StartStage::Addresses => {
                self.announce();
                self.token(ballot);
                self.actions.push(PairAction::Begin(ballot, StartStage::Services));
                let stage = ActivationStage::Activating { stage: StartStage::Services, until };
                self.state.role = PairRole::Taking { origin, stage, ballot: Some(ballot) };
            }
            StartStage::Services => {
                self.state.failed = 0;
                // A save whose version did not reach the disk before a crash is told now.
                self.renew_email(ballot);
                self.move_to(PairRole::Primary { ballot }, Transition::T13);
                self.tell(OwnCode::RoleChanged, []);
                if let Some(operation) = origin.operation() {
                    self.actions.push(PairAction::Reply(operation, Ok(())));
                }
            }
        }
    }

    /// Ends an activation before this node has served: there is nothing to undo.
    pub(super) fn call_off(&mut self, why: CommandRefusal) {
        let PairRole::Taking { origin, .. } = self.state.role else { return };
        if let Some(operation) = origin.operation() {
            self.actions.push(PairAction::Reply(operation, Err(why)));
        }
        self.move_to(self.role_without(origin), Transition::T9);
    }

    /// Undoes an activation that failed after the role was on disk.
    pub(super) fn give_up(&mut self, why: &str, refused: CommandRefusal) {
        let PairRole::Taking { origin, stage, .. } = &self.state.role else { return };
        let (origin, is_serving) = (*origin, matches!(stage, ActivationStage::Activating { .. }));
        let wait = BACK_OFF[(self.state.failed as usize).min(BACK_OFF.len() - 1)];
        self.state.failed = self.state.failed.saturating_add(1);
        self.state.not_before = self.now + wait;
        if is_serving {
            self.stop_serving();
            let stays_primary = matches!(origin, ActivationOrigin::Lone { .. } | ActivationOrigin::Resume);
            self.state.durable.role = Some(if stays_primary { StoredRole::Primary } else { StoredRole::Backup });
            self.persist();
        }
        self.tell(OwnCode::TakeoverFailed, [("reason", why.to_owned())]);
        if let Some(operation) = origin.operation() {
            self.actions.push(PairAction::Reply(operation, Err(refused)));
        }
        self.move_to(self.role_without(origin), if is_serving { Transition::T14 } else { Transition::T9 });
    }

    /// The role of this node if an activation of this origin ends.
    fn role_without(&self, origin: ActivationOrigin) -> PairRole {
        match origin {
            ActivationOrigin::Lone { .. } | ActivationOrigin::Resume => PairRole::Starting { since: self.now, quiet_since: None },
            ActivationOrigin::Automatic { down_since } => self.backup_role(down_since),
            ActivationOrigin::HandedOver { .. } | ActivationOrigin::Command { .. } => self.backup_role(self.now),
        }
    }

    /// The phase of a backup by the last check. `silent_since`: since when the peer is silent, if it is.
    pub(super) fn backup_role(&self, silent_since: BootTime) -> PairRole {
        let result = &self.state.result;
        PairRole::Backup(match (result.self_fault.is_some(), result.is_alive, result.tests_ok) {
            (true, ..) => BackupPhase::Malfunction,
            (false, true, _) => BackupPhase::Following,
            (false, false, false) => BackupPhase::Isolated,
            (false, false, true) => BackupPhase::Suspect { since: silent_since },
        })
    }
}
