//! Status checks: rounds of questions to the peer, the test IPs and the node itself, and what follows from the answers.

use std::time::Duration;

use super::action::PairAction;
use super::boot_time::BootTime;
use super::core::Core;
use super::durable::StoredRole;
use super::role::{ActivationOrigin, ActivationStage, BackupPhase, FenceCause, PairRole};
use super::seen::{HostnameFault, ProbeFault, Round, SelfFault};
use super::settings::{LoneStart, TICK};
use super::state::{RoundResult, RoundState};
use super::transition::Transition;

/// Interval and answer time of the quick checks before a takeover.
const QUICK_INTERVAL: Duration = Duration::from_secs(1);
const QUICK_TIMEOUT: Duration = Duration::from_millis(900);
/// Failed checks of the host name in a row until its fault is told.
const HOSTNAME_FAILURES: u32 = 2;

impl Core {
    /// Begins the next status check when it is due, and ends one whose time is over.
    pub(super) fn tick_round(&mut self) {
        if matches!(self.state.role, PairRole::Standalone { .. }) {
            return self.watch_alone();
        }
        let (interval, timeout) = self.round_times();
        let started = self.state.round.started;
        if !self.state.round.is_over && self.now.since(started) >= timeout + TICK {
            self.finish_round();
        }
        let is_first = self.state.round.number == 0;
        if self.state.round.is_over && (is_first || self.now.since(started) >= interval) {
            self.start_round();
        }
        // The interval may have become shorter.
        self.state.hostname_next = self.state.hostname_next.min(self.now + self.state.pair().hostname_interval);
        if self.now >= self.state.hostname_next && matches!(self.state.role, PairRole::Backup(_)) && self.state.result.is_alive {
            self.state.hostname_next = self.now + self.state.pair().hostname_interval;
            self.actions.push(PairAction::ProbeHostname);
        }
    }

    /// One check that fails may be a name server that is slow for a moment.
    pub(super) fn hostname_checked(&mut self, result: Result<(), HostnameFault>) {
        self.state.hostname_failures = if result.is_ok() { 0 } else { self.state.hostname_failures.saturating_add(1) };
        self.state.hostname = result.err().filter(|_| self.state.hostname_failures >= HOSTNAME_FAILURES);
    }

    /// Without a pair there is nobody to ask. The shared IPs that it has left are still watched.
    fn watch_alone(&mut self) {
        let is_due = self.now.since(self.state.round.started) >= self.state.pair().probe_interval;
        if is_due && !self.state.pair().shared_ips.is_empty() && matches!(self.state.role, PairRole::Standalone { serves: true })
        {
            let number = self.state.round.number + 1;
            self.state.round = RoundState { is_over: true, ..RoundState::begin(number, self.now) };
            self.count_conditions();
        }
    }

    fn round_times(&self) -> (Duration, Duration) {
        let pair = self.state.pair();
        let is_quick = matches!(
            self.state.role,
            PairRole::Taking { stage: ActivationStage::Confirming { .. } | ActivationStage::Claiming { .. }, .. }
        );
        match is_quick {
            true => (QUICK_INTERVAL.min(pair.probe_interval), QUICK_TIMEOUT.min(pair.probe_timeout)),
            false => (pair.probe_interval, pair.probe_timeout),
        }
    }

    fn start_round(&mut self) {
        let (_, timeout) = self.round_times();
        let number = self.state.round.number + 1;
        self.state.round = RoundState::begin(number, self.now);
        self.actions.push(PairAction::Probe { round: number, timeout });
    }

    pub(super) fn test_answer(&mut self, round: Round, sent: BootTime, (target, answers): (usize, bool)) {
        if answers && target < self.state.settings.backup.test_ips.len() {
            self.note_evidence(sent);
        }
        if round == self.state.round.number {
            self.state.round.tests.insert(target, answers);
            self.finish_if_complete();
        }
    }

    pub(super) fn path_answer(&mut self, round: Round, fault: Option<ProbeFault>) {
        if round == self.state.round.number {
            self.state.round.answers += 1;
            self.state.round.faults.extend(fault);
            self.finish_if_complete();
        }
    }

    /// Notes a sign of life that this node has asked for. Its age counts from the question, not from the answer.
    pub(super) fn note_evidence(&mut self, sent: BootTime) {
        self.state.evidence = self.state.evidence.max(sent.min(self.now));
    }

    pub(super) fn finish_if_complete(&mut self) {
        let round = &self.state.round;
        let tests = self.state.settings.backup.test_ips.len();
        let is_complete = round.answers >= self.state.paths && round.tests.len() >= tests && round.self_test.is_some();
        if is_complete && !round.is_over {
            self.finish_round();
        }
    }

    fn finish_round(&mut self) {
        let backup = &self.state.settings.backup;
        let round = &mut self.state.round;
        round.is_over = true;
        let answering = round.tests.values().filter(|answers| **answers).count();
        let no_answer = || SelfFault { check: "node".into(), error: "no answer".into() };
        self.state.result = RoundResult {
            is_alive: round.is_alive,
            is_answered: round.is_answered,
            is_wrong_peer: round.is_wrong_peer,
            tests_ok: backup.test_ips.is_empty() || answering >= backup.test_ips_min,
            self_fault: round.self_test.take().unwrap_or_else(|| Err(no_answer())).err(),
            faults: std::mem::take(&mut round.faults),
        };
        match self.state.role.clone() {
            PairRole::Starting { since, quiet_since } => self.starting_round(since, quiet_since),
            PairRole::Fenced { cause: FenceCause::Isolated, quiet_since } => self.fenced_round(quiet_since),
            PairRole::Backup(phase) => self.backup_round(phase),
            PairRole::Taking { .. } => self.quick_check_over(),
            PairRole::Standalone { .. } | PairRole::Primary { .. } | PairRole::Draining { .. } | PairRole::Fenced { .. } => {}
        }
        self.count_conditions();
    }

    /// Since when the peer is silent while everything else works. `None` if it is not so now.
    fn quiet_since(&self, before: Option<BootTime>) -> Option<BootTime> {
        let result = &self.state.result;
        let is_quiet = !result.is_alive && result.tests_ok && result.self_fault.is_none();
        is_quiet.then(|| before.unwrap_or(self.state.round.started))
    }

    fn starting_round(&mut self, since: BootTime, before: Option<BootTime>) {
        let quiet_since = self.quiet_since(before);
        self.state.role = PairRole::Starting { since, quiet_since };
        if self.state.durable.role != Some(StoredRole::Primary) {
            self.become_backup();
        } else if let Some(quiet_since) = quiet_since {
            self.start_alone(quiet_since, Transition::T3);
        }
    }

    fn fenced_round(&mut self, before: Option<BootTime>) {
        let quiet_since = self.quiet_since(before);
        self.state.role = PairRole::Fenced { cause: FenceCause::Isolated, quiet_since };
        if let Some(quiet_since) = quiet_since {
            self.start_alone(quiet_since, Transition::T22);
        }
    }

    /// A former primary whose peer is silent serves again after the longest time that the peer may have served alone.
    fn start_alone(&mut self, quiet_since: BootTime, transition: Transition) {
        let pair = self.state.pair();
        let is_allowed = pair.lone_start == LoneStart::Resume;
        let wait = self.silence_wait().map(|wait| wait.max(pair.startup_wait));
        let is_time = wait.is_some_and(|wait| self.now.since(quiet_since) >= wait);
        let origin = ActivationOrigin::Lone { quiet_since };
        if is_allowed && is_time && self.state.may_activate(origin, self.now) {
            self.confirm(origin, transition);
        }
    }

    /// Follows the peer, or begins to watch it.
    pub(super) fn become_backup(&mut self) {
        self.note_versions("start");
        if self.state.durable.role != Some(StoredRole::Backup) {
            self.state.durable.role = Some(StoredRole::Backup);
            self.persist();
        }
        let phase = self.following();
        self.move_to(PairRole::Backup(phase), Transition::T2);
    }

    /// The phase of a backup whose peer answers.
    pub(super) fn following(&self) -> BackupPhase {
        let is_behind = self.state.peer.as_ref().is_some_and(|peer| peer.email > self.state.durable.email);
        if is_behind && self.state.peer_serves() { BackupPhase::CatchingUp } else { BackupPhase::Following }
    }

    fn backup_round(&mut self, phase: BackupPhase) {
        if matches!(phase, BackupPhase::HandedOver { .. }) {
            return;
        }
        let before = if let BackupPhase::Suspect { since } = phase { since } else { self.state.round.started };
        let (next, transition) = match self.backup_role(before) {
            PairRole::Backup(BackupPhase::Malfunction) => (BackupPhase::Malfunction, Transition::T6),
            PairRole::Backup(BackupPhase::Isolated) => (BackupPhase::Isolated, Transition::T5),
            PairRole::Backup(suspect @ BackupPhase::Suspect { .. }) => (suspect, Transition::T4),
            _ => (self.following(), Transition::T7),
        };
        match next {
            // A backup that has caught up follows; one that has fallen behind still follows while it catches up.
            BackupPhase::CatchingUp if phase == BackupPhase::Following => self.actions.push(PairAction::PullEmailSettings),
            BackupPhase::CatchingUp => {
                self.actions.push(PairAction::PullEmailSettings);
                let transition = if phase == BackupPhase::CatchingUp { Transition::T24 } else { Transition::T7 };
                let role = if phase == BackupPhase::CatchingUp { BackupPhase::CatchingUp } else { BackupPhase::Following };
                self.move_to(PairRole::Backup(role), transition);
            }
            BackupPhase::Following if phase == BackupPhase::CatchingUp => self.caught_up(),
            _ => self.move_to(PairRole::Backup(next), transition),
        }
        if matches!(self.state.role, PairRole::Backup(BackupPhase::Following)) && self.state.peer_serves() {
            self.note_caught_up();
        }
        self.watch_primary();
        self.watch_election();
    }

    pub(super) fn caught_up(&mut self) {
        self.move_to(PairRole::Backup(BackupPhase::Following), Transition::T24);
        self.note_caught_up();
    }

    fn note_caught_up(&mut self) {
        let is_current = self.state.peer.as_ref().is_some_and(|peer| peer.email <= self.state.durable.email);
        if is_current && !self.state.durable.caught_up {
            self.state.durable.caught_up = true;
            self.persist();
        }
    }

    /// Begins a takeover if the primary is silent for its timeout.
    fn watch_primary(&mut self) {
        let PairRole::Backup(BackupPhase::Suspect { since }) = self.state.role else { return };
        let is_time = self.silence_wait().is_some_and(|wait| self.now.since(since) >= wait);
        let origin = ActivationOrigin::Automatic { down_since: since };
        if is_time && self.state.may_activate(origin, self.now) {
            self.confirm(origin, Transition::T8);
        }
    }

    /// Ends a state in which both nodes are backups. The one that was primary last becomes primary; without one, the first.
    fn watch_election(&mut self) {
        let is_without_primary =
            matches!(self.state.role, PairRole::Backup(_)) && self.state.result.is_answered && !self.state.peer_serves();
        if !is_without_primary {
            self.state.no_primary_since = None;
            return;
        }
        let since = *self.state.no_primary_since.get_or_insert(self.state.round.started);
        let is_time = self.silence_wait().is_some_and(|wait| self.now.since(since) >= wait);
        let own = (self.state.durable.active, self.state.durable.member.peer());
        // A peer whose self-test fails cannot serve.
        let is_first = self.state.peer.as_ref().is_some_and(|peer| !peer.self_ok || own > (peer.active, peer.member.peer()));
        let takes_over = self.state.settings.backup.takes_over && self.state.settings.backup.is_enabled;
        if is_time && is_first && takes_over && self.state.may_activate(ActivationOrigin::Resume, self.now) {
            self.confirm(ActivationOrigin::Resume, Transition::T26);
        }
    }
}
