//! The entry of the core: each observation leads to a new state and to actions.

use std::time::Duration;

use super::action::{PairAction, stops_first};
use super::boot_time::BootTime;
use super::core::Core;
use super::observation::PairObservation;
use super::role::{ActivationStage, FenceCause, PairRole, RoleKind};
use super::seen::{CommandRefusal, StartStage};
use super::state::{GAP, PairState};
use super::transition::Transition;

/// After such a gap the core only observes for this time.
const TILT: Duration = Duration::from_secs(30);
/// Interval of the announcements of the shared IPs.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(60);
/// How long a conflict about a shared IP is shown after its last sign.
const CONFLICT_SHOWN: Duration = Duration::from_secs(60);

/// The next state, and the actions to carry out in their order. Total: any observation may come in any state.
pub fn step(state: PairState, observation: PairObservation, now: BootTime) -> (PairState, Vec<PairAction>) {
    let now = now.max(state.last_step);
    let before = state.clone();
    let mut core = Core { state, now, actions: Vec::new() };
    core.note_saved(&observation);
    // A process that was stopped must stop to serve before it does anything else.
    core.check_time();
    core.observe(observation);
    core.state.last_step = now;
    core.end_left(&before);
    (core.state, stops_first(core.actions))
}

impl Core {
    fn observe(&mut self, observation: PairObservation) {
        match observation {
            PairObservation::Tick => self.tick(),
            PairObservation::PeerAnswer { round, sent, answer } => self.peer_answer(round, sent, answer),
            PairObservation::PeerSays(status) => self.peer_status(*status),
            PairObservation::Claimed(ballot) => self.claimed(ballot),
            PairObservation::HandedOver(ballot) => self.handed_over(ballot),
            PairObservation::TestAnswer { round, sent, target, answers } => {
                self.test_answer(round, sent, (target, answers.is_ok()));
            }
            PairObservation::SelfTest { round, result } => {
                if round == self.state.round.number {
                    self.state.round.self_test = Some(result);
                    self.finish_if_complete();
                }
            }
            PairObservation::Hostname(result) => self.hostname_checked(result),
            PairObservation::Network(seen) => self.network(seen),
            PairObservation::AddressChecked { ip, found } => self.address_checked(ip, found),
            PairObservation::AddressConflict { ip, mac } => self.address_conflict(ip, mac),
            PairObservation::AddressesRemoved => self.state.removal_due = None,
            PairObservation::StageDone { ballot, stage, result } => self.stage_done(ballot, stage, result),
            PairObservation::NotPersisted => self.not_persisted(),
            PairObservation::Drained(operation) => self.drained(operation),
            PairObservation::Command { operation, command } => self.command(operation, command),
            PairObservation::Settings(settings) => self.settings(*settings),
            PairObservation::Email(revision) => self.email(revision),
            PairObservation::EmailSaved => self.email_saved(),
        }
    }

    /// Ends an authority that time has ended: the process was stopped, or no sign of life came within the deadline.
    fn check_time(&mut self) {
        let gap = self.now.since(self.state.last_step);
        if gap > GAP {
            self.state.tilt_until = self.now + TILT;
            self.state.no_primary_since = None;
            self.forget_silence();
        }
        if gap >= self.state.pair().address_lifetime && self.state.role.serving().is_some() {
            self.stop_serving();
            return self.move_to(PairRole::Starting { since: self.now, quiet_since: None }, Transition::T23);
        }
        if gap > GAP && matches!(self.state.role, PairRole::Taking { .. }) {
            self.stop_serving();
            return self.move_to(PairRole::Starting { since: self.now, quiet_since: None }, Transition::T23);
        }
        let is_late = self.state.deadline().is_some_and(|deadline| self.now >= deadline);
        if is_late && self.state.role.serving().is_some() {
            self.fence(FenceCause::Isolated);
        }
    }

    fn tick(&mut self) {
        if self.state.is_unsaved {
            self.persist();
        }
        if self.state.removal_due.is_some_and(|due| self.now >= due) {
            return self.actions.push(PairAction::Die);
        }
        if self.state.conflict.as_ref().is_some_and(|(_, _, at)| self.now.since(*at) >= CONFLICT_SHOWN) {
            self.state.conflict = None;
        }
        if self.state.both_served.is_some_and(|at| self.now.since(at) >= CONFLICT_SHOWN) {
            self.state.both_served = None;
        }
        self.keep_serving();
        self.end_waits();
        self.tick_round();
    }

    /// Renews the token and the addresses of a primary.
    fn keep_serving(&mut self) {
        let (ballot, deadline) = match &self.state.role {
            PairRole::Standalone { serves: true } if !self.state.pair().shared_ips.is_empty() => {
                (self.state.durable.active, None)
            }
            PairRole::Primary { ballot } | PairRole::Draining { ballot, .. } => (*ballot, self.state.deadline()),
            PairRole::Taking {
                ballot: Some(ballot),
                stage: ActivationStage::Activating { stage: StartStage::Services, .. },
                ..
            } => (*ballot, self.state.deadline()),
            _ => return,
        };
        if !matches!(self.state.role, PairRole::Standalone { .. }) {
            self.token(ballot);
        }
        if self.now.since(self.state.refreshed) >= self.state.pair().address_refresh {
            self.set_addresses(ballot, deadline);
        }
        if self.now.since(self.state.announced) >= ANNOUNCE_EVERY {
            self.announce();
        }
    }

    /// Notes the ballot of this node that is on disk: a write that failed is the first observation behind its step.
    fn note_saved(&mut self, observation: &PairObservation) {
        if !self.state.is_unsaved && *observation != PairObservation::NotPersisted {
            self.state.saved = self.state.durable.active;
        }
    }

    /// Answers the commands that this step has left without an answer, and takes work again if the draining has no successor.
    fn end_left(&mut self, before: &PairState) {
        let open = |state: &PairState| [state.role.operation(), state.asked.map(|(operation, _)| operation)];
        let (was_open, is_open) = (open(before), open(&self.state));
        for operation in was_open.into_iter().flatten().filter(|operation| !is_open.contains(&Some(*operation))) {
            let is_answered = |action: &PairAction| matches!(action, PairAction::Reply(answered, _) if *answered == operation);
            if !self.actions.iter().any(is_answered) {
                self.actions.push(PairAction::Reply(operation, Err(CommandRefusal::Failed)));
            }
        }
        let is_left = !matches!(self.state.role.kind(), RoleKind::Draining | RoleKind::HandedOver);
        if before.role.kind() == RoleKind::Draining && is_left {
            self.actions.push(PairAction::Undrain);
        }
    }

    fn not_persisted(&mut self) {
        self.state.is_unsaved = true;
        if let PairRole::Primary { ballot } = &mut self.state.role
            && *ballot != self.state.saved
        {
            // The renewed ballot is not used. The role was on disk under the former one.
            (*ballot, self.state.durable.active) = (self.state.saved, self.state.saved);
        }
        if matches!(self.state.role, PairRole::Taking { .. }) {
            self.give_up("the disk cannot be written", CommandRefusal::Disk);
            self.state.is_unsaved = true;
        }
    }
}
