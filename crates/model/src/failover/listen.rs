//! Reacts to a status, a claim or a handover of the peer.

use std::net::IpAddr;

use super::action::PairAction;
use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::core::Core;
use super::durable::StoredRole;
use super::peer::{PeerStatus, RoleName};
use super::role::{ActivationOrigin, ActivationStage, BackupPhase, FenceCause, PairRole};
use super::seen::{CommandRefusal, ProbeFault, Round};
use super::transition::Transition;

impl Core {
    pub(super) fn peer_answer(&mut self, round: Round, sent: BootTime, answer: Result<Box<PeerStatus>, ProbeFault>) {
        match answer {
            Ok(status) if self.is_peer(&status) => {
                self.note_evidence(sent);
                self.state.is_unfenced = false;
                if round == self.state.round.number {
                    (self.state.round.is_alive, self.state.round.is_answered) = (true, true);
                }
                let (serves, their_last) = (status.serves(), status.active);
                self.status(*status);
                if !serves {
                    self.peer_waits(their_last);
                }
                self.path_answer(round, None);
            }
            Ok(_) => self.path_answer(round, Some(ProbeFault::WrongPeer)),
            Err(fault) => self.path_answer(round, Some(fault)),
        }
    }

    /// A status that came with a request of the peer: a sign of life for this check.
    pub(super) fn peer_status(&mut self, status: PeerStatus) {
        if self.is_peer(&status) {
            self.state.round.is_alive |= !self.state.round.is_over;
            self.status(status);
        }
    }

    /// True for the other member of this relationship.
    fn is_peer(&mut self, status: &PeerStatus) -> bool {
        let is_paired = !matches!(self.state.role, PairRole::Standalone { .. }) && self.state.durable.role.is_some();
        let is_ours = status.member == self.state.durable.member.peer()
            && status.role != RoleName::Standalone
            && status.break_epoch == self.state.durable.break_epoch;
        self.state.round.is_wrong_peer |= is_paired && !is_ours;
        is_paired && is_ours
    }

    fn status(&mut self, status: PeerStatus) {
        self.see_ballot(status.highest.max(status.ballot));
        self.see_contract(&status);
        let (serves, role, ballot) = (status.serves(), status.role, status.ballot);
        if serves && self.state.role.serving().is_some() {
            self.state.both_served = Some(self.now);
        }
        if status.version == self.state.version {
            self.state.version_differs = None;
        }
        self.state.peer = Some(status);
        match (serves, self.state.role.clone()) {
            (true, PairRole::Primary { ballot: own } | PairRole::Draining { ballot: own, .. }) if ballot > own => {
                self.step_down();
            }
            (true, PairRole::Taking { ballot: Some(own), stage: ActivationStage::Activating { .. }, .. }) if ballot > own => {
                self.step_down();
            }
            // Of two claims, the lower one ends. A primary that answers ends both.
            (true, PairRole::Taking { ballot: own, stage, .. })
                if !matches!(stage, ActivationStage::Activating { .. })
                    && (role == RoleName::Primary || own.is_none_or(|own| ballot > own)) =>
            {
                self.call_off(CommandRefusal::Failed);
            }
            (true, PairRole::Starting { .. } | PairRole::Fenced { cause: FenceCause::Isolated, .. }) => self.become_backup(),
            (true, PairRole::Backup(BackupPhase::HandedOver { operation, .. })) => {
                self.become_backup();
                self.actions.push(PairAction::Reply(operation, Ok(())));
            }
            (false, PairRole::Primary { ballot: own }) if self.state.durable.highest > own => self.renew_ballot(),
            (false, PairRole::Taking { origin, stage, .. })
                if origin.needs_silence() && !matches!(stage, ActivationStage::Activating { .. }) =>
            {
                self.call_off(CommandRefusal::Failed);
            }
            _ => {}
        }
        // A backup that is behind need not wait for the end of the check.
        let is_behind = self.state.peer.as_ref().is_some_and(|peer| peer.serves() && peer.email > self.state.durable.email);
        if is_behind && matches!(self.state.role, PairRole::Backup(_)) {
            self.actions.push(PairAction::PullEmailSettings);
        }
        self.forget_silence();
    }

    /// The peer has answered a question and does not serve, so it knows that this node is alive. The node that was primary last
    /// resumes.
    fn peer_waits(&mut self, their_last: Ballot) {
        if !matches!(self.state.role, PairRole::Starting { .. } | PairRole::Fenced { cause: FenceCause::Isolated, .. }) {
            return;
        }
        let own_last = self.state.durable.active;
        match self.state.durable.role {
            // A node that cannot serve leaves the role to its peer.
            Some(StoredRole::Primary) if own_last > their_last && self.state.result.self_fault.is_none() => {
                self.activate_now(ActivationOrigin::Resume, Transition::T12);
            }
            _ => self.become_backup(),
        }
    }

    /// A primary whose peer has seen a higher ballot, and does not serve, goes on under a new one.
    fn renew_ballot(&mut self) {
        if self.state.is_unsaved {
            // It would have to be on disk first.
            return;
        }
        let ballot = Ballot::after(self.state.durable.highest, self.state.durable.member);
        self.state.durable.highest = ballot;
        self.state.durable.active = ballot;
        self.persist();
        self.state.role = PairRole::Primary { ballot };
        self.set_addresses(ballot, self.state.deadline());
        self.token(ballot);
    }

    fn see_ballot(&mut self, ballot: Ballot) {
        if ballot > self.state.durable.highest {
            self.state.durable.highest = ballot;
            self.persist();
        }
    }

    /// Confirms a new contract of the peer, and takes note of its confirmation of ours.
    fn see_contract(&mut self, status: &PeerStatus) {
        let known = self.state.durable.peer_contract;
        // Without a test IP, this node could not tell its own isolation from a dead peer, and would stop with it.
        let may_confirm = status.contract.is_within(&known) || !self.state.settings.backup.test_ips.is_empty();
        let mut is_new = false;
        if status.contract.number > known.number && may_confirm {
            self.state.durable.peer_contract = status.contract;
            is_new = true;
        }
        if status.confirmed == self.state.durable.contract.number && self.state.durable.confirmed != self.state.durable.contract {
            self.state.durable.confirmed = self.state.durable.contract;
            is_new = true;
        }
        if is_new {
            self.persist();
        }
    }

    /// Another device has a shared IP that this node serves. A node that was made primary although nothing answered meets its peer that
    /// way, before it has heard it.
    pub(super) fn address_conflict(&mut self, ip: IpAddr, mac: String) {
        if self.state.is_unfenced && self.state.role.serving().is_some() {
            self.state.both_served = Some(self.now);
        }
        self.state.conflict = Some((ip, mac, self.now));
    }

    /// The peer is about to activate this ballot.
    pub(super) fn claimed(&mut self, ballot: Ballot) {
        if self.state.durable.role.is_none() || ballot.member != self.state.durable.member.peer() {
            return;
        }
        let own = match &self.state.role {
            PairRole::Taking { ballot, .. } => *ballot,
            role => role.serving(),
        };
        self.see_ballot(ballot);
        match self.state.role {
            _ if own.is_none_or(|own| ballot < own) => {}
            PairRole::Primary { .. } | PairRole::Draining { .. } => self.step_down(),
            PairRole::Taking { stage: ActivationStage::Activating { .. }, .. } => self.step_down(),
            PairRole::Taking { .. } => self.call_off(CommandRefusal::Failed),
            _ => {}
        }
    }

    /// The peer has stopped to serve for this node.
    pub(super) fn handed_over(&mut self, ballot: Ballot) {
        let is_current = ballot >= self.state.durable.highest;
        self.see_ballot(ballot);
        let is_ready = matches!(
            self.state.role,
            PairRole::Backup(
                BackupPhase::CatchingUp | BackupPhase::Following | BackupPhase::Suspect { .. } | BackupPhase::Isolated
            )
        );
        if is_ready && is_current && ballot.member == self.state.durable.member.peer() {
            let operation = self.state.asked.take().map(|(operation, _)| operation);
            self.activate_now(ActivationOrigin::HandedOver { operation }, Transition::T18);
        }
    }
}
