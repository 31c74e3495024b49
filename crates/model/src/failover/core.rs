//! One step under way: the state, the time, and the actions so far.

use std::net::IpAddr;
use std::time::Duration;

use super::action::PairAction;
use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::durable::StoredRole;
use super::role::{BackupPhase, FenceCause, PairRole};
use super::settings::{ConflictResolution, TICK};
use super::state::PairState;
use super::transition::Transition;
use crate::event::{Facts, OwnCode};

/// Time until the removal of the shared IPs must be confirmed.
const REMOVAL_MAX: Duration = Duration::from_secs(1);

pub(super) struct Core {
    pub(super) state: PairState,
    pub(super) now: BootTime,
    pub(super) actions: Vec<PairAction>,
}

impl Core {
    /// Publishes the token until its next renewal is overdue, and never beyond the deadline.
    pub(super) fn token(&mut self, ballot: Ballot) {
        let renewed = self.now + self.state.pair().address_lifetime;
        let until = self.state.deadline().map_or(renewed, |deadline| deadline.min(renewed));
        self.actions.push(PairAction::Token(Some((ballot, until))));
    }

    /// Sets or renews the shared IPs. Their lifetime never reaches beyond the deadline.
    pub(super) fn set_addresses(&mut self, ballot: Ballot, deadline: Option<BootTime>) {
        self.state.refreshed = self.now;
        let ips = self.usable_ips();
        let lifetime = self.state.pair().address_lifetime;
        let lifetime = deadline.map_or(lifetime, |deadline| deadline.since(self.now).min(lifetime));
        // The kernel counts lifetimes in seconds; zero would mean for ever.
        if !ips.is_empty() && lifetime >= Duration::from_secs(1) {
            self.actions.push(PairAction::SetAddresses { ballot, ips, lifetime });
        }
    }

    /// The shared IPs that this node can serve: its IP configuration lists them, and their interface works.
    fn usable_ips(&self) -> Vec<IpAddr> {
        let is_usable = |ip: &&IpAddr| {
            let seen = self.state.network.iter().find(|seen| seen.ip == **ip);
            seen.is_none_or(|seen| seen.interface.is_some() && seen.fault.is_none())
        };
        self.state.pair().shared_ips.iter().filter(is_usable).copied().collect()
    }

    pub(super) fn announce(&mut self) {
        self.state.announced = self.now;
        let ips = self.usable_ips();
        if !ips.is_empty() {
            self.actions.push(PairAction::Announce(ips));
        }
    }

    /// Stops to serve, in the order that leaves no moment with two primaries.
    pub(super) fn stop_serving(&mut self) {
        self.actions.extend([PairAction::Token(None), PairAction::RemoveAddresses, PairAction::StopServices]);
        self.state.removal_due = Some(self.now + REMOVAL_MAX);
        self.state.is_unfenced = false;
    }

    pub(super) fn fence(&mut self, cause: FenceCause) {
        self.stop_serving();
        // The role on disk stays that of a primary: this node was the last one, and may resume.
        self.persist();
        self.tell(OwnCode::SteppedDown, [("reason", reason_of(cause))]);
        self.move_to(PairRole::Fenced { cause, quiet_since: None }, Transition::T19);
    }

    /// Follows a peer that serves under a higher ballot.
    pub(super) fn step_down(&mut self) {
        let (was_serving, is_manual) =
            (self.state.role.serving().is_some(), self.state.pair().conflict == ConflictResolution::Manual);
        if was_serving {
            self.stop_serving();
        }
        self.state.durable.role = Some(StoredRole::Backup);
        self.persist();
        self.tell(OwnCode::BecameBackup, []);
        if was_serving && is_manual {
            return self.move_to(PairRole::Fenced { cause: FenceCause::Conflict, quiet_since: None }, Transition::T20);
        }
        self.actions.push(PairAction::PullEmailSettings);
        self.move_to(PairRole::Backup(BackupPhase::CatchingUp), Transition::T20);
    }

    /// Compares the versions of both nodes at this operation, named as in the words of FO-01.
    pub(super) fn note_versions(&mut self, operation: &str) {
        let theirs = self.state.peer.as_ref().map(|peer| &peer.version);
        if theirs.is_some_and(|theirs| *theirs != self.state.version) {
            self.state.version_differs = Some(operation.to_owned());
        }
    }

    /// Writes what must survive. The state in memory is ahead of the disk until then; the actions behind wait for it.
    pub(super) fn persist(&mut self) {
        self.state.is_unsaved = false;
        self.actions.push(PairAction::Persist(Box::new(self.state.durable.clone())));
    }

    pub(super) fn tell<const N: usize>(&mut self, code: OwnCode, facts: [(&str, String); N]) {
        let facts: Facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.actions.push(PairAction::Tell(code, facts));
    }

    /// Changes the role. The transition names the row of the table that allows it.
    pub(super) fn move_to(&mut self, role: PairRole, transition: Transition) {
        let (before, after) = (self.state.role.kind(), role.kind());
        self.state.role = role;
        if before != after {
            self.actions.push(PairAction::Moved(transition));
        }
    }

    /// Restarts the time that counts towards a takeover: the peer was heard, or this process was stopped for a moment.
    pub(super) fn forget_silence(&mut self) {
        let now = self.now;
        match &mut self.state.role {
            PairRole::Starting { quiet_since, .. } | PairRole::Fenced { quiet_since, .. } => *quiet_since = None,
            PairRole::Backup(BackupPhase::Suspect { since }) => *since = now,
            _ => {}
        }
    }

    /// The time after which a silent peer may be replaced, on this clock.
    pub(super) fn silence_wait(&self) -> Option<Duration> {
        self.state.acts_after().map(|wait| wait + TICK)
    }
}

fn reason_of(cause: FenceCause) -> String {
    match cause {
        FenceCause::Isolated => "isolated".into(),
        FenceCause::Conflict => "conflict".into(),
    }
}
