//! One core in the hands of a script: what it does round by round.

use std::time::Duration;

use super::super::*;
use super::{durable, settings};
use crate::event::OwnCode;

/// The answers of one status check.
#[derive(Clone, Copy, Debug)]
struct CheckAnswers {
    peer: Option<RoleName>,
    tests: bool,
    self_test: bool,
}

const SILENT: CheckAnswers = CheckAnswers { peer: None, tests: true, self_test: true };
const GOOD: CheckAnswers = CheckAnswers { peer: Some(RoleName::Primary), tests: true, self_test: true };

/// A core, its clock, and all actions so far.
struct Script {
    state: PairState,
    now: BootTime,
    actions: Vec<PairAction>,
    /// The status of the peer when it answers.
    peer: PeerStatus,
}

impl Script {
    fn of(member: PairMember, role: StoredRole) -> Self {
        let now = BootTime(1_000_000);
        let peer_role = if role == StoredRole::Primary { StoredRole::Backup } else { StoredRole::Primary };
        let peer = PairState::starting(durable(member.peer(), peer_role), settings(), now).status();
        Self { state: PairState::starting(durable(member, role), settings(), now), now, actions: Vec::new(), peer }
    }

    /// A backup that follows its primary.
    fn backup() -> Self {
        let mut script = Self::of(PairMember::Second, StoredRole::Backup);
        script.rounds(2, GOOD);
        assert_eq!(script.kind(), RoleKind::Following);
        script
    }

    /// A primary whose backup answers.
    fn primary() -> Self {
        let mut script = Self::of(PairMember::First, StoredRole::Primary);
        script.rounds(4, CheckAnswers { peer: Some(RoleName::Backup), ..GOOD });
        assert_eq!(script.kind(), RoleKind::Primary);
        // The backup takes the e-mail settings.
        script.peer.email = script.state.durable.email;
        script.round(CheckAnswers { peer: Some(RoleName::Backup), ..GOOD });
        script
    }

    fn kind(&self) -> RoleKind {
        self.state.role.kind()
    }

    fn observe(&mut self, observation: PairObservation) {
        let state = self.state.clone();
        let (state, actions) = step(state, observation, self.now);
        self.state = state;
        // Stages and removals end at once.
        let follow_ups: Vec<PairObservation> = actions
            .iter()
            .filter_map(|action| match action {
                PairAction::Begin(ballot, stage) => {
                    Some(PairObservation::StageDone { ballot: *ballot, stage: *stage, result: Ok(()) })
                }
                PairAction::RemoveAddresses => Some(PairObservation::AddressesRemoved),
                _ => None,
            })
            .collect();
        self.actions.extend(actions);
        follow_ups.into_iter().for_each(|observation| self.observe(observation));
    }

    /// Lets the clock run for one status check with these answers.
    fn round(&mut self, answers: CheckAnswers) {
        let before = self.state.round.number;
        while self.state.round.number == before {
            self.tick();
        }
        let (round, sent) = (self.state.round.number, self.now);
        let checks: Vec<_> = self.take(|action| matches!(action, PairAction::CheckAddresses(_)));
        self.now = BootTime(self.now.0 + 20);
        let status = answers.peer.map(|role| {
            let ballot = if role == RoleName::Primary { self.peer.highest } else { Ballot::NONE };
            Box::new(PeerStatus { role, ballot, ..self.peer.clone() })
        });
        self.observe(PairObservation::PeerAnswer { round, sent, answer: status.ok_or(ProbeFault::Timeout) });
        for target in 0..self.state.settings.backup.test_ips.len() {
            let result = if answers.tests { Ok(()) } else { Err(ProbeFault::Timeout) };
            self.observe(PairObservation::TestAnswer { round, sent, target, answers: result });
        }
        let fault = || SelfFault { check: "queue".into(), error: "locked".into() };
        self.observe(PairObservation::SelfTest { round, result: if answers.self_test { Ok(()) } else { Err(fault()) } });
        for _ in checks {
            self.observe(PairObservation::AddressChecked { ip: settings().pair.shared_ips[0], found: AddressUse::Free });
        }
    }

    fn rounds(&mut self, count: usize, answers: CheckAnswers) {
        (0..count).for_each(|_| self.round(answers));
    }

    fn tick(&mut self) {
        self.now = BootTime(self.now.0 + 240);
        self.observe(PairObservation::Tick);
    }

    /// Lets rounds with these answers go by for this time.
    fn run(&mut self, time: Duration, answers: CheckAnswers) {
        let end = self.now + time;
        while self.now < end {
            self.round(answers);
        }
    }

    fn take(&mut self, wanted: fn(&PairAction) -> bool) -> Vec<PairAction> {
        let (taken, left) = std::mem::take(&mut self.actions).into_iter().partition(wanted);
        self.actions = left;
        taken
    }

    fn told(&self) -> Vec<OwnCode> {
        self.actions.iter().filter_map(|action| if let PairAction::Tell(code, _) = action { Some(*code) } else { None }).collect()
    }

    fn open(&self) -> Vec<OwnCode> {
        self.state.conditions(self.now).into_iter().map(|condition| condition.code).collect()
    }
}

/// Rows of §5.3 and §11.2: what answers, what is switched on, and the condition that two checks open and two good ones end.
#[test]
fn each_failure_of_a_check_opens_its_condition() {
    use OwnCode::{
        BackupDisabled, BackupDisconnected, BackupSelfTestFailed, PrimaryDown, PrimaryDownTakeoverDue, TestIpsUnreachable,
    };
    const NO_TESTS: CheckAnswers = CheckAnswers { tests: false, ..GOOD };
    const NOTHING: CheckAnswers = CheckAnswers { peer: None, tests: false, self_test: true };
    const SICK: CheckAnswers = CheckAnswers { self_test: false, ..GOOD };
    /// The answers, whether takeover and backup operations are on, the phase, and the open conditions.
    type CheckRow = (CheckAnswers, (bool, bool), RoleKind, &'static [OwnCode]);
    let rows: [CheckRow; 8] = [
        (GOOD, (true, true), RoleKind::Following, &[]),
        (NO_TESTS, (true, true), RoleKind::Following, &[TestIpsUnreachable]),
        (NOTHING, (true, true), RoleKind::Isolated, &[BackupDisconnected]),
        (SICK, (true, true), RoleKind::Malfunction, &[BackupSelfTestFailed]),
        (SILENT, (true, true), RoleKind::Suspect, &[PrimaryDownTakeoverDue]),
        (SILENT, (false, true), RoleKind::Suspect, &[PrimaryDown]),
        (SILENT, (true, false), RoleKind::Suspect, &[BackupDisabled, PrimaryDown]),
        (GOOD, (true, false), RoleKind::Following, &[BackupDisabled]),
    ];
    for (answers, (takes_over, is_enabled), kind, codes) in rows {
        let mut script = Script::backup();
        let mut new = settings();
        (new.backup.takes_over, new.backup.is_enabled) = (takes_over, is_enabled);
        script.observe(PairObservation::Settings(Box::new(new)));
        script.round(answers);
        assert_eq!(script.open(), [], "{answers:?}: one check is no condition");
        script.round(answers);
        assert_eq!((script.kind(), script.open().as_slice()), (kind, codes), "{answers:?} {takes_over} {is_enabled}");
        script.observe(PairObservation::Settings(Box::new(settings())));
        script.rounds(2, GOOD);
        assert_eq!((script.kind(), script.open()), (RoleKind::Following, vec![]), "{answers:?}");
    }
}

#[test]
fn backup_takes_over_after_the_primary_timeout() {
    let mut script = Script::backup();
    let silent_since = script.now;
    script.run(Duration::from_secs(11), SILENT);
    assert_eq!((script.kind(), script.told()), (RoleKind::Suspect, vec![]));
    script.run(Duration::from_secs(9), SILENT);
    assert_eq!(script.kind(), RoleKind::Primary);
    assert_eq!(script.told(), [OwnCode::TakeoverBegun, OwnCode::RoleChanged]);
    assert!(script.now.since(silent_since) < Duration::from_secs(22), "primary timeout, three checks, and the claim");
    let ballot = Ballot { term: 2, member: PairMember::Second };
    assert_eq!(script.state.role, PairRole::Primary { ballot });
    assert_eq!((script.state.durable.role, script.state.durable.active), (Some(StoredRole::Primary), ballot));
}

/// Each guard holds a takeover back on its own.
#[test]
fn each_guard_stops_a_takeover() {
    type ScriptEdit = fn(&mut Script);
    let rows: [(TakeoverGuard, ScriptEdit); 11] = [
        (TakeoverGuard::SwitchedOff, |script| script.state.settings.backup.takes_over = false),
        (TakeoverGuard::SwitchedOff, |script| script.state.settings.backup.is_enabled = false),
        (TakeoverGuard::Unconfirmed, |script| script.state.durable.confirmed = Contract::NEVER),
        (TakeoverGuard::Maintenance, |script| {
            let command = PairCommand::Maintain(Duration::from_secs(3600));
            script.observe(PairObservation::Command { operation: 1, command });
        }),
        (TakeoverGuard::Tilt, |script| script.state.tilt_until = BootTime(u64::MAX)),
        (TakeoverGuard::NoTestIp, |script| script.state.settings.backup.test_ips.clear()),
        (TakeoverGuard::NeverSynced, |script| script.state.durable.caught_up = false),
        (TakeoverGuard::Schema, |script| {
            script.peer.schema = 9;
            script.round(GOOD);
        }),
        (TakeoverGuard::FlipGuard, |script| script.state.takeovers.push_back(script.now)),
        (TakeoverGuard::BackOff, |script| script.state.not_before = BootTime(u64::MAX)),
        (TakeoverGuard::GivenUp, |script| script.state.failed = 5),
    ];
    for (guard, change) in rows {
        let mut script = Script::backup();
        change(&mut script);
        script.run(Duration::from_secs(25), SILENT);
        assert!(script.state.guards(script.now).contains(&guard), "{guard:?}");
        assert_eq!((script.kind(), script.told()), (RoleKind::Suspect, vec![]), "{guard:?}");
    }
}

/// Silence does not count while the node itself is cut off or ill, and begins anew after it.
#[test]
fn silence_counts_only_while_everything_else_works() {
    for interruption in [
        CheckAnswers { tests: false, ..SILENT },
        CheckAnswers { self_test: false, ..SILENT },
        CheckAnswers { peer: Some(RoleName::Primary), ..SILENT },
    ] {
        let mut script = Script::backup();
        script.run(Duration::from_secs(11), SILENT);
        script.round(interruption);
        script.run(Duration::from_secs(11), SILENT);
        assert_eq!((script.kind(), script.told()), (RoleKind::Suspect, vec![]), "{interruption:?}");
    }
}

/// A node that cannot ask the test IPs tells its own fault, and not theirs.
#[test]
fn self_test_that_fails_hides_the_test_ips() {
    for (answers, told) in [
        (CheckAnswers { tests: false, ..GOOD }, vec![OwnCode::TestIpsUnreachable]),
        (CheckAnswers { tests: false, self_test: false, ..GOOD }, vec![OwnCode::BackupSelfTestFailed]),
        (CheckAnswers { self_test: false, ..GOOD }, vec![OwnCode::BackupSelfTestFailed]),
    ] {
        let mut script = Script::backup();
        script.rounds(5, answers);
        assert_eq!(script.open(), told, "{answers:?}");
    }
}

/// A host name is told after two checks in a row that fail, and a shorter interval counts at once.
#[test]
fn host_name_is_told_after_two_failed_checks() {
    let fault = || Err(HostnameFault { reason: "silent".into(), target: "192.0.2.1".into() });
    for (checks, is_told) in [
        (vec![fault()], false),
        (vec![fault(), fault()], true),
        (vec![fault(), Ok(()), fault()], false),
        (vec![fault(), fault(), fault()], true),
        (vec![fault(), fault(), Ok(())], false),
    ] {
        let mut script = Script::backup();
        let said = format!("{checks:?}");
        for check in checks {
            script.observe(PairObservation::Hostname(check));
            script.rounds(4, GOOD);
        }
        assert_eq!(script.open().contains(&OwnCode::HostnameWrong), is_told, "{said}");
    }
}

/// A sign of life at any moment before the activation ends the takeover.
#[test]
fn sign_of_life_calls_a_takeover_off() {
    for seconds in 12..19 {
        let mut script = Script::backup();
        script.run(Duration::from_secs(seconds), SILENT);
        if script.kind() == RoleKind::Primary {
            continue;
        }
        script.round(GOOD);
        script.run(Duration::from_secs(5), GOOD);
        assert_eq!(script.kind(), RoleKind::Following, "after {seconds} s");
        assert!(!script.told().contains(&OwnCode::RoleChanged), "after {seconds} s");
    }
}

/// Another holder of a shared IP stops a takeover.
#[test]
fn taken_address_calls_a_takeover_off() {
    let mut script = Script::backup();
    while script.kind() != RoleKind::Confirming {
        script.round(SILENT);
    }
    script
        .observe(PairObservation::AddressChecked { ip: settings().pair.shared_ips[0], found: AddressUse::Taken("02:01".into()) });
    assert_eq!(script.kind(), RoleKind::Suspect);
    script.rounds(2, SILENT);
    assert!(script.open().contains(&OwnCode::AddressInUse), "{:?}", script.open());
    let failures = script.told().iter().filter(|code| **code == OwnCode::TakeoverFailed).count();
    assert_eq!(failures, 1, "that no takeover happens is told");
}

/// The peer serves although this node does: the conflict is one of roles, whoever has the address.
#[test]
fn two_serving_nodes_are_a_conflict_of_roles() {
    const WELL: CheckAnswers = CheckAnswers { peer: Some(RoleName::Backup), ..GOOD };
    let ip = settings().pair.shared_ips[0];
    let mut script = Script::primary();
    script.rounds(2, CheckAnswers { peer: Some(RoleName::Primary), ..GOOD });
    script.observe(PairObservation::AddressConflict { ip, mac: "02:01".into() });
    script.rounds(2, WELL);
    assert_eq!(script.open(), [OwnCode::RolesConflict]);
    script.run(Duration::from_secs(180), WELL);
    assert_eq!(script.open(), [], "it is over");
    // A third device has the address.
    script.observe(PairObservation::AddressConflict { ip, mac: "02:02".into() });
    script.rounds(2, WELL);
    assert_eq!(script.open(), [OwnCode::AddressInUse]);
}

/// With its cable cut, a node would have the address beside its peer as soon as the cable is back. Force does not make it primary.
#[test]
fn node_with_cut_cable_is_not_forced_to_be_primary() {
    const CUT: CheckAnswers = CheckAnswers { tests: false, ..SILENT };
    let seen =
        |fault| SharedIpSeen { ip: settings().pair.shared_ips[0], interface: Some("eth0".into()), fault, is_present: false };
    for (fault, answers, refused) in [
        (Some(LinkFault::NoLink), CUT, Some(Err(CommandRefusal::CutOff))),
        (Some(LinkFault::Off), CUT, Some(Err(CommandRefusal::CutOff))),
        (Some(LinkFault::NoLink), SILENT, None),
        (None, CUT, None),
    ] {
        let mut script = Script::backup();
        script.rounds(2, answers);
        script.observe(PairObservation::Network(vec![seen(fault)]));
        script.actions.clear();
        let command = PairCommand::BecomePrimary { force: Force::Yes };
        script.observe(PairObservation::Command { operation: 1, command });
        let reply =
            script.actions.iter().find_map(|action| if let PairAction::Reply(1, result) = action { Some(*result) } else { None });
        assert_eq!(reply, refused, "{fault:?}");
        assert_eq!(script.kind() == RoleKind::Confirming, refused.is_none(), "{fault:?}");
    }
}

/// A primary that reaches neither its peer nor a test IP stops within half of its peer's timeout. With one of both it goes on.
#[test]
fn isolated_primary_stops_before_its_peer_takes_over() {
    const NOTHING: CheckAnswers = CheckAnswers { peer: None, tests: false, self_test: true };
    let mut script = Script::primary();
    let cut = script.now;
    script.run(Duration::from_secs(30), SILENT);
    assert_eq!(script.kind(), RoleKind::Primary, "test IPs answer");
    script.run(Duration::from_secs(30), CheckAnswers { peer: Some(RoleName::Backup), tests: false, self_test: true });
    assert_eq!(script.kind(), RoleKind::Primary, "the peer answers");
    let _ = cut;
    let cut = script.now;
    while script.kind() == RoleKind::Primary {
        script.round(NOTHING);
    }
    assert_eq!((script.kind(), script.told().last()), (RoleKind::Fenced, Some(&OwnCode::SteppedDown)));
    assert!(script.now.since(cut) <= Duration::from_secs(7), "half of 12 s, and a check");
    // The peer answers again and has not taken over: this node resumes under a new ballot.
    script.rounds(3, CheckAnswers { peer: Some(RoleName::Backup), ..GOOD });
    assert_eq!(script.kind(), RoleKind::Primary);
    assert_eq!(script.state.durable.active.term, 3);
}

/// A primary whose peer never acts alone needs no sign of life.
#[test]
fn primary_without_a_contract_never_fences_itself() {
    let mut script = Script::primary();
    script.state.durable.peer_contract = Contract::NEVER;
    script.run(Duration::from_secs(120), CheckAnswers { peer: None, tests: false, self_test: true });
    assert_eq!(script.kind(), RoleKind::Primary);
    assert!(script.open().contains(&OwnCode::BackupUnreachable), "{:?}", script.open());
}

/// A node that is not the peer of this one is no sign of life, and its answers are told.
#[test]
fn answer_of_a_foreign_node_is_told_and_proves_nothing() {
    type StatusEdit = fn(&mut PeerStatus);
    let rows: [(&str, StatusEdit); 3] = [
        ("the same member", |status| status.member = PairMember::Second),
        ("a node without a pair", |status| status.role = RoleName::Standalone),
        ("a broken relationship", |status| status.break_epoch = 1),
    ];
    for (name, change) in rows {
        let mut script = Script::backup();
        change(&mut script.peer);
        let role = script.peer.role;
        script.rounds(3, CheckAnswers { peer: Some(role), ..GOOD });
        assert_eq!(script.kind(), RoleKind::Suspect, "{name}");
        assert!(script.open().contains(&OwnCode::RolesConflict), "{name}: {:?}", script.open());
    }
}

/// The peer serves under a higher ballot: this primary becomes backup in the same step.
#[test]
fn higher_ballot_ends_a_primary_at_once() {
    for way in ["answer", "request", "claim"] {
        let mut script = Script::primary();
        let ballot = Ballot { term: 9, member: PairMember::Second };
        let status = PeerStatus { role: RoleName::Primary, ballot, highest: ballot, ..script.peer.clone() };
        script.observe(match way {
            "answer" => {
                PairObservation::PeerAnswer { round: script.state.round.number, sent: script.now, answer: Ok(Box::new(status)) }
            }
            "request" => PairObservation::PeerSays(Box::new(status)),
            _ => PairObservation::Claimed(ballot),
        });
        assert_eq!(script.kind(), RoleKind::CatchingUp, "{way}");
        assert_eq!((script.state.durable.role, script.state.durable.highest), (Some(StoredRole::Backup), ballot), "{way}");
    }
}

/// No node starts as the primary. A former one waits for its peer, or for the longest time that the peer may serve alone.
#[test]
fn lone_former_primary_resumes_late_and_only_if_allowed() {
    let mut script = Script::of(PairMember::First, StoredRole::Primary);
    script.run(Duration::from_secs(11), SILENT);
    assert_eq!(script.kind(), RoleKind::Starting);
    script.run(Duration::from_secs(10), SILENT);
    assert_eq!(script.kind(), RoleKind::Primary);
    let mut script = Script::of(PairMember::First, StoredRole::Primary);
    script.state.settings.pair.lone_start = LoneStart::Wait;
    script.run(Duration::from_secs(60), SILENT);
    assert_eq!(script.kind(), RoleKind::Starting);
    let mut script = Script::of(PairMember::First, StoredRole::Primary);
    script.run(settings().backup.primary_timeout, CheckAnswers { tests: false, ..SILENT });
    assert!(script.open().is_empty());
    script.run(Duration::from_secs(60), CheckAnswers { tests: false, ..SILENT });
    assert_eq!(script.kind(), RoleKind::Starting, "its own network may be down");
    assert_eq!(script.open(), [OwnCode::RolesConflict], "nobody serves, and that is told");
}

#[test]
fn stopped_process_stops_to_serve_before_anything_else() {
    let mut script = Script::primary();
    script.actions.clear();
    script.now = script.now + Duration::from_secs(5);
    script.observe(PairObservation::Tick);
    assert_eq!(script.kind(), RoleKind::Starting);
    assert_eq!(script.actions[0], PairAction::Token(None));
    assert!(!script.actions.iter().any(|action| matches!(action, PairAction::SetAddresses { .. })));
}

/// The role is handed over in order: drained, stopped, on disk, and only then the peer is asked.
#[test]
fn planned_change_stops_this_node_before_it_asks_the_peer() {
    let mut script = Script::primary();
    script.actions.clear();
    script.observe(PairObservation::Command { operation: 7, command: PairCommand::BecomeBackup { force: Force::No } });
    assert_eq!(script.kind(), RoleKind::Draining);
    script.observe(PairObservation::Drained(7));
    assert_eq!(script.kind(), RoleKind::HandedOver);
    let at = |wanted: fn(&PairAction) -> bool| script.actions.iter().position(wanted).expect("an action");
    let order = [
        at(|action| *action == PairAction::Drain(7)),
        at(|action| *action == PairAction::Token(None)),
        at(|action| *action == PairAction::RemoveAddresses),
        at(|action| matches!(action, PairAction::Persist(_))),
        at(|action| matches!(action, PairAction::HandOver(_))),
    ];
    assert!(order.is_sorted(), "{:?}", script.actions);
    let ballot = Ballot { term: 9, member: PairMember::Second };
    script.peer.highest = ballot;
    script.round(GOOD);
    assert_eq!(script.kind(), RoleKind::Following);
    assert!(script.actions.contains(&PairAction::Reply(7, Ok(()))));
}

/// Commands that cannot be carried out are refused with their reason.
#[test]
fn impossible_command_is_refused() {
    let refused = |script: &mut Script, command| {
        script.actions.clear();
        script.observe(PairObservation::Command { operation: 1, command });
        script.actions.iter().find_map(|action| if let PairAction::Reply(1, result) = action { Some(*result) } else { None })
    };
    let (become_backup, become_primary) =
        (PairCommand::BecomeBackup { force: Force::No }, PairCommand::BecomePrimary { force: Force::No });
    let mut alone = Script::of(PairMember::First, StoredRole::Primary);
    alone.state = PairState::starting(Durable::standalone(PairMember::First), settings(), alone.now);
    for command in [become_backup, become_primary, PairCommand::Break] {
        assert_eq!(refused(&mut alone, command), Some(Err(CommandRefusal::NotPaired)));
    }
    assert_eq!(refused(&mut Script::backup(), become_backup), Some(Err(CommandRefusal::SameRole)));
    assert_eq!(refused(&mut Script::primary(), become_primary), Some(Err(CommandRefusal::SameRole)));
    let mut deserted = Script::primary();
    deserted.round(SILENT);
    assert_eq!(refused(&mut deserted, become_backup), Some(Err(CommandRefusal::PeerUnreachable)));
    let mut sick = Script::backup();
    sick.rounds(2, CheckAnswers { self_test: false, ..SILENT });
    assert_eq!(refused(&mut sick, become_primary), Some(Err(CommandRefusal::SelfTest)));
    let mut isolated = Script::backup();
    isolated.rounds(2, CheckAnswers { tests: false, ..SILENT });
    assert_eq!(refused(&mut isolated, become_primary), Some(Err(CommandRefusal::Isolated)));
    let mut empty = Script::backup();
    empty.state.durable.caught_up = false;
    empty.round(SILENT);
    assert_eq!(refused(&mut empty, become_primary), Some(Err(CommandRefusal::NeverSynced)));
}

/// A primary whose disk refuses its new ballot goes on under the one that is on disk, and takes the new one when the disk works again.
#[test]
fn ballot_that_the_disk_refuses_is_not_used() {
    let mut script = Script::primary();
    let former = script.state.role.serving().expect("a primary");
    let on_disk = script.state.durable.clone();
    script.actions.clear();
    script.peer.highest = Ballot { term: former.term + 3, member: PairMember::Second };
    script.peer.role = RoleName::Backup;
    let heard = PairObservation::PeerSays(Box::new(script.peer.clone()));
    script.observe(heard.clone());
    let renewed = script.state.role.serving().expect("still a primary");
    assert!(renewed > former);
    let allowed: Vec<_> = script.actions.iter().filter(|action| action.is_allowed_unsaved(&on_disk)).collect();
    assert!(!allowed.iter().any(|action| matches!(action, PairAction::Token(Some((ballot, _))) if *ballot == renewed)));
    script.observe(PairObservation::NotPersisted);
    assert_eq!(script.state.role.serving(), Some(former));
    script.observe(heard.clone());
    assert_eq!(script.state.role.serving(), Some(former), "the disk does not work yet");
    script.tick();
    script.observe(heard);
    assert!(script.state.role.serving() > Some(renewed), "the disk works again");
}

#[test]
fn refused_record_leaves_only_what_needs_no_disk() {
    let own = Ballot { term: 3, member: PairMember::First };
    let new = Ballot { term: 4, member: PairMember::First };
    let primary = Durable { role: Some(StoredRole::Primary), active: own, ..Durable::standalone(PairMember::First) };
    let backup = Durable { role: Some(StoredRole::Backup), ..primary.clone() };
    let alone = Durable { role: None, ..primary.clone() };
    let set = |ballot| PairAction::SetAddresses { ballot, ips: Vec::new(), lifetime: Duration::from_secs(20) };
    let token = |ballot| PairAction::Token(Some((ballot, BootTime(1))));
    for (action, on_primary, on_backup, on_alone) in [
        (PairAction::Token(None), true, true, true),
        (PairAction::RemoveAddresses, true, true, true),
        (PairAction::StopServices, true, true, true),
        (PairAction::Die, true, true, true),
        (PairAction::Undrain, true, true, true),
        (PairAction::Reply(1, Err(CommandRefusal::Disk)), true, true, true),
        (token(own), true, false, true),
        (set(own), true, false, true),
        (token(new), false, false, false),
        (set(new), false, false, false),
        (PairAction::Claim(own), false, false, false),
        (PairAction::HandOver(own), false, false, false),
        (PairAction::Begin(own, StartStage::Services), false, false, false),
        (PairAction::Drain(1), false, false, false),
        (PairAction::Reply(1, Ok(())), false, false, false),
        (PairAction::Persist(Box::new(primary.clone())), false, false, false),
    ] {
        let allowed = [&primary, &backup, &alone].map(|on_disk| action.is_allowed_unsaved(on_disk));
        assert_eq!(allowed, [on_primary, on_backup, on_alone], "{action:?}");
    }
}

/// A slow write is no stop of the process; a stop while it waits is found out.
#[test]
fn slow_disk_does_not_pass_for_a_stopped_process() {
    let mut script = Script::backup();
    for _ in 0..40 {
        script.now = script.now + TICK;
        script.state.note_running(script.now);
    }
    script.observe(PairObservation::Tick);
    assert!(!script.state.guards(script.now).contains(&TakeoverGuard::Tilt));
    script.now = script.now + Duration::from_secs(3);
    script.state.note_running(script.now);
    script.observe(PairObservation::Tick);
    assert!(script.state.guards(script.now).contains(&TakeoverGuard::Tilt));
}

/// The pair ends, or the peer takes over, while this node hands its role over: the command is answered, and work is taken again.
#[test]
fn interrupted_handover_is_answered() {
    let higher = Ballot { term: 99, member: PairMember::Second };
    let ends = [PairObservation::Command { operation: 8, command: PairCommand::Break }, PairObservation::Claimed(higher)];
    for end in ends {
        let mut script = Script::primary();
        script.observe(PairObservation::Command { operation: 7, command: PairCommand::BecomeBackup { force: Force::No } });
        script.actions.clear();
        script.observe(end.clone());
        assert!(script.actions.contains(&PairAction::Reply(7, Err(CommandRefusal::Failed))), "{end:?}: {:?}", script.actions);
        assert!(script.actions.contains(&PairAction::Undrain), "{end:?}");
        script.actions.clear();
        script.observe(PairObservation::Drained(7));
        assert!(script.actions.is_empty(), "{end:?}: {:?}", script.actions);
    }
}

/// A save that the backup has not taken would be lost with a handover. Force gives it up.
#[test]
fn role_is_not_handed_to_a_backup_that_is_behind() {
    let hand_over = |force| PairObservation::Command { operation: 5, command: PairCommand::BecomeBackup { force } };
    let mut script = Script::primary();
    script.observe(PairObservation::EmailSaved);
    script.actions.clear();
    script.observe(hand_over(Force::No));
    assert!(script.actions.contains(&PairAction::Reply(5, Err(CommandRefusal::PeerBehind))));
    assert_eq!(script.kind(), RoleKind::Primary);
    script.observe(hand_over(Force::Yes));
    assert_eq!(script.kind(), RoleKind::Draining);
}

#[test]
fn takeovers_are_held_on_the_backup_only() {
    let hold = || PairObservation::Command { operation: 5, command: PairCommand::Maintain(Duration::from_secs(60)) };
    for (mut script, result) in [(Script::primary(), Err(CommandRefusal::NotBackup)), (Script::backup(), Ok(()))] {
        script.actions.clear();
        script.observe(hold());
        assert_eq!(script.actions, [PairAction::Reply(5, result)]);
        assert_eq!(script.state.guards(script.now).contains(&TakeoverGuard::Maintenance), result.is_ok());
    }
}

/// Neither node may wait for the other: a former primary whose self-test fails leaves the role, and its peer takes it.
#[test]
fn sick_former_primary_leaves_the_role_to_its_peer() {
    let sick = CheckAnswers { peer: Some(RoleName::Backup), self_test: false, ..GOOD };
    let mut script = Script::of(PairMember::First, StoredRole::Primary);
    script.round(CheckAnswers { self_test: false, ..SILENT });
    script.rounds(2, sick);
    assert_eq!(script.kind(), RoleKind::Malfunction);
    let mut other = Script::backup();
    (other.peer.self_ok, other.peer.active) = (false, Ballot { term: 50, member: PairMember::First });
    other.run(Duration::from_secs(30), CheckAnswers { peer: Some(RoleName::Backup), ..GOOD });
    assert_eq!(other.kind(), RoleKind::Primary);
}

/// The shared IPs of an ended pair stay with the node that serves, and are still watched.
#[test]
fn shared_ips_without_a_pair_are_still_watched() {
    let mut script = Script::primary();
    script.observe(PairObservation::Command { operation: 8, command: PairCommand::Break });
    assert_eq!(script.kind(), RoleKind::Standalone);
    let ip = settings().pair.shared_ips[0];
    let seen = |fault, is_present| {
        PairObservation::Network(vec![SharedIpSeen { ip, interface: Some("eth0".into()), fault, is_present }])
    };
    script.observe(seen(Some(LinkFault::NoHelper), false));
    let wait = |script: &mut Script| (0..60).for_each(|_| script.tick());
    wait(&mut script);
    assert_eq!(script.open(), [OwnCode::SharedIpInterfaceOff]);
    script.observe(seen(None, true));
    wait(&mut script);
    assert!(script.open().is_empty());
}

/// A backup that takes over no longer looks for its dead primary. The incident is retired and not resolved.
#[test]
fn condition_of_another_role_is_not_resolved() {
    let mut script = Script::backup();
    script.rounds(1, SILENT);
    let counting = script.state.unwatched().counting;
    assert!(counting.iter().any(|(code, _)| *code == OwnCode::PrimaryDownTakeoverDue), "found once: {counting:?}");
    script.run(Duration::from_secs(60), SILENT);
    assert_eq!(script.kind(), RoleKind::Primary);
    let unwatched = script.state.unwatched();
    assert!(unwatched.of_other_role.contains(&OwnCode::PrimaryDownTakeoverDue) && unwatched.undecided.is_empty());
    let starting = Script::of(PairMember::First, StoredRole::Primary).state.unwatched();
    assert!(starting.of_other_role.is_empty() && starting.undecided.contains(&OwnCode::BackupDisabled), "{starting:?}");
    assert!(!starting.undecided.contains(&OwnCode::RolesConflict), "it is looked for in every role");
}
