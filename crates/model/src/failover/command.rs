//! Reacts to an administrator's command, to new settings, and to the end of a wait.

use std::time::Duration;

use super::action::PairAction;
use super::ballot::Ballot;
use super::core::Core;
use super::durable::StoredRole;
use super::peer::{Contract, EmailRevision};
use super::role::{ActivationOrigin, ActivationStage, BackupPhase, PairRole};
use super::seen::{CommandRefusal, Force, Operation, PairCommand, SharedIpSeen};
use super::settings::FailoverSettings;
use super::transition::Transition;

/// Longest hold of automatic takeovers.
const MAINTENANCE_MAX: Duration = Duration::from_hours(24);
/// Losses of a shared IP within this time that count as a conflict with another program.
const LOSS_WINDOW: Duration = Duration::from_mins(10);

impl Core {
    pub(super) fn command(&mut self, operation: Operation, command: PairCommand) {
        let done = match command {
            PairCommand::BecomeBackup { force } => self.hand_over(operation, force),
            PairCommand::BecomePrimary { force } => self.become_primary(operation, force),
            PairCommand::Maintain(time) => Some(self.maintain(time)),
            PairCommand::Break => Some(self.break_up()),
        };
        self.actions.extend(done.map(|result| PairAction::Reply(operation, result)));
    }

    /// Holds automatic takeovers by this node. On the node that serves it would hold nothing.
    fn maintain(&mut self, time: Duration) -> Result<(), CommandRefusal> {
        match self.state.role {
            PairRole::Standalone { .. } => Err(CommandRefusal::NotPaired),
            PairRole::Primary { .. } | PairRole::Draining { .. } => Err(CommandRefusal::NotBackup),
            _ => {
                self.state.maintenance_until = self.now + time.min(MAINTENANCE_MAX);
                Ok(())
            }
        }
    }

    /// `None`: the reply follows when the peer has taken the role.
    fn hand_over(&mut self, operation: Operation, force: Force) -> Option<Result<(), CommandRefusal>> {
        let ballot = match &self.state.role {
            PairRole::Primary { ballot } => *ballot,
            PairRole::Standalone { .. } => return Some(Err(CommandRefusal::NotPaired)),
            PairRole::Backup(_) => return Some(Err(CommandRefusal::SameRole)),
            _ => return Some(Err(CommandRefusal::Busy)),
        };
        if !self.state.peer_answers() && force == Force::No {
            return Some(Err(CommandRefusal::PeerUnreachable));
        }
        if self.state.is_unsaved {
            return Some(Err(CommandRefusal::Disk));
        }
        // A save that the peer has not taken would be replaced by its older settings.
        let is_behind = self.state.peer.as_ref().is_some_and(|peer| peer.email < self.state.durable.email);
        if is_behind && force == Force::No {
            return Some(Err(CommandRefusal::PeerBehind));
        }
        let until = self.now + self.state.pair().drain_timeout;
        self.note_versions("handover");
        self.actions.push(PairAction::Drain(operation));
        self.move_to(PairRole::Draining { ballot, operation, until }, Transition::T15);
        None
    }

    /// All work has ended: stops to serve, and asks the peer to activate.
    pub(super) fn drained(&mut self, ended: Operation) {
        let PairRole::Draining { ballot, operation, .. } = self.state.role else { return };
        if ended != operation {
            // The end of an earlier command, which was late.
            return;
        }
        self.stop_serving();
        self.state.durable.role = Some(StoredRole::Backup);
        self.persist();
        if self.state.peer_answers() {
            self.actions.push(PairAction::HandOver(ballot));
        } else {
            // An administrator asked for it although the peer is silent. Only he begins another takeover here.
            self.state.failed = u32::MAX;
        }
        let until = self.now + self.state.pair().handover_timeout;
        self.move_to(PairRole::Backup(BackupPhase::HandedOver { operation, until }), Transition::T16);
    }

    fn become_primary(&mut self, operation: Operation, force: Force) -> Option<Result<(), CommandRefusal>> {
        match self.state.role {
            PairRole::Standalone { .. } => return Some(Err(CommandRefusal::NotPaired)),
            PairRole::Primary { .. } => return Some(Err(CommandRefusal::SameRole)),
            PairRole::Backup(BackupPhase::HandedOver { .. }) | PairRole::Draining { .. } | PairRole::Taking { .. } => {
                return Some(Err(CommandRefusal::Busy));
            }
            PairRole::Backup(_) | PairRole::Starting { .. } | PairRole::Fenced { .. } => {}
        }
        if self.state.asked.is_some() {
            return Some(Err(CommandRefusal::Busy));
        }
        let silent_since = if let PairRole::Backup(BackupPhase::Suspect { since }) = self.state.role { since } else { self.now };
        let origin = ActivationOrigin::Command { operation, force, silent_since };
        if self.state.result.self_fault.is_some() {
            return Some(Err(CommandRefusal::SelfTest));
        }
        if !self.state.durable.caught_up && self.state.durable.active == Ballot::NONE {
            return Some(Err(CommandRefusal::NeverSynced));
        }
        if self.state.result.is_answered && self.state.peer_serves() {
            let pair = self.state.pair();
            self.state.asked = Some((operation, self.now + pair.drain_timeout + pair.handover_timeout));
            self.actions.push(PairAction::AskHandOver);
            return None;
        }
        if !self.state.may_activate(origin, self.now) {
            return Some(Err(CommandRefusal::Isolated));
        }
        if self.state.is_cut_off() {
            return Some(Err(CommandRefusal::CutOff));
        }
        self.state.failed = 0;
        self.confirm(origin, Transition::T26);
        None
    }

    fn break_up(&mut self) -> Result<(), CommandRefusal> {
        if self.state.durable.role.is_none() {
            return Err(CommandRefusal::NotPaired);
        }
        let serves = self.state.role.serving().is_some();
        if !serves && self.state.removal_due.is_none() {
            self.stop_serving();
        }
        self.state.durable.role = None;
        self.state.durable.break_epoch += 1;
        self.state.durable.peer_contract = Contract::NEVER;
        self.state.durable.contract = Contract::NEVER;
        self.state.durable.confirmed = Contract::NEVER;
        self.state.durable.caught_up = false;
        self.state.peer = None;
        self.state.counts.clear();
        self.persist();
        self.move_to(PairRole::Standalone { serves }, Transition::T25);
        Ok(())
    }

    /// Adopts new settings. A contract that allows more waits for the peer's confirmation; one that allows less holds at once.
    pub(super) fn settings(&mut self, settings: FailoverSettings) {
        let acts_after = Contract::time_of(&settings);
        self.state.settings = settings;
        if acts_after == self.state.durable.contract.acts_after || self.state.durable.role.is_none() {
            return;
        }
        let contract = Contract { number: self.state.durable.contract.number + 1, acts_after };
        self.state.durable.contract = contract;
        if contract.is_within(&self.state.durable.confirmed) {
            self.state.durable.confirmed = contract;
        }
        self.persist();
    }

    pub(super) fn email(&mut self, revision: EmailRevision) {
        if revision <= self.state.durable.email {
            return;
        }
        self.state.durable.email = revision;
        self.persist();
        let is_current = self.state.peer.as_ref().is_none_or(|peer| peer.email <= revision);
        if is_current && matches!(self.state.role, PairRole::Backup(BackupPhase::CatchingUp)) {
            self.caught_up();
        }
    }

    /// A change on the primary makes a new version. A backup changes nothing of its own.
    pub(super) fn email_saved(&mut self) {
        if let PairRole::Primary { ballot } | PairRole::Draining { ballot, .. } = self.state.role {
            self.renew_email(ballot);
        }
    }

    /// Gives the e-mail settings of this primary a new version, above every version that either node has had.
    pub(super) fn renew_email(&mut self, ballot: Ballot) {
        self.state.durable.email = EmailRevision { ballot, count: self.state.durable.email.count + 1 };
        self.persist();
    }

    /// The kernel's addresses and links. A shared IP on a node that does not serve is removed at once.
    pub(super) fn network(&mut self, seen: Vec<SharedIpSeen>) {
        let has_any = seen.iter().any(|seen| seen.is_present);
        let lost = seen.iter().any(|seen| !seen.is_present && seen.fault.is_none() && seen.interface.is_some());
        self.state.network = seen;
        match self.state.role {
            PairRole::Standalone { serves: true } | PairRole::Taking { stage: ActivationStage::Activating { .. }, .. } => {}
            PairRole::Primary { ballot } | PairRole::Draining { ballot, .. } if lost => {
                self.state.losses.retain(|at| self.now.since(*at) < LOSS_WINDOW);
                self.state.losses.push_back(self.now);
                self.set_addresses(ballot, self.state.deadline());
                self.announce();
            }
            PairRole::Primary { .. } | PairRole::Draining { .. } => {}
            _ if has_any && self.state.removal_due.is_none() => self.stop_serving(),
            _ => {}
        }
    }

    /// Ends the waits whose time is over.
    pub(super) fn end_waits(&mut self) {
        let now = self.now;
        if let Some((operation, _)) = self.state.asked.take_if(|(_, until)| now >= *until) {
            self.actions.push(PairAction::Reply(operation, Err(CommandRefusal::NotTaken)));
        }
        match self.state.role.clone() {
            PairRole::Draining { ballot, operation, until } if now >= until => {
                self.actions.push(PairAction::Reply(operation, Err(CommandRefusal::NotDrained)));
                self.move_to(PairRole::Primary { ballot }, Transition::T17);
            }
            PairRole::Backup(BackupPhase::HandedOver { operation, until }) if now >= until => self.not_taken(operation),
            PairRole::Taking { stage: ActivationStage::Claiming { until }, .. } if now >= until => self.claim_over(),
            PairRole::Taking { stage: ActivationStage::Activating { until, .. }, .. } if now >= until => {
                self.give_up("the stages did not end in time", CommandRefusal::Failed);
            }
            _ => {}
        }
    }

    /// The peer has not taken the role. If it answers, this node resumes; otherwise the usual rules apply.
    fn not_taken(&mut self, operation: Operation) {
        let is_alive = self.state.result.is_answered;
        let refused = if is_alive { CommandRefusal::NotTaken } else { CommandRefusal::PeerUnreachable };
        self.actions.push(PairAction::Reply(operation, Err(refused)));
        if is_alive && !self.state.peer_serves() && self.state.may_activate(ActivationOrigin::Resume, self.now) {
            return self.confirm(ActivationOrigin::Resume, Transition::T12);
        }
        let role = self.backup_role(self.now);
        let transition = if is_alive { Transition::T2 } else { Transition::T21 };
        self.move_to(role, transition);
    }
}
