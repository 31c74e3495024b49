//! Random observations in any order: the rules that no trace may break.

use proptest::prelude::*;

use super::super::*;
use super::{durable, settings};
use crate::failover::PairRole::Standalone;

/// Roles and ballots of a peer, as answers may have them.
fn status() -> impl Strategy<Value = PeerStatus> {
    let role = proptest::sample::select(vec![
        RoleName::Starting,
        RoleName::Primary,
        RoleName::Fenced,
        RoleName::Backup,
        RoleName::Activating,
        RoleName::Standalone,
    ]);
    let member = prop_oneof![9 => Just(PairMember::Second), 1 => Just(PairMember::First)];
    (role, member, 0u64..9, 0u64..9, 0u64..3).prop_map(|(role, member, ballot, highest, email)| {
        let ballot = Ballot { term: ballot, member };
        let state = PairState::starting(durable(PairMember::Second, StoredRole::Backup), settings(), BootTime::START);
        PeerStatus {
            member,
            role,
            ballot: if matches!(role, RoleName::Primary | RoleName::Activating) { ballot } else { Ballot::NONE },
            highest: Ballot { term: highest, member },
            active: Ballot { term: ballot.term.min(highest), member },
            email: EmailRevision { ballot: Ballot::NONE, count: email },
            ..state.status()
        }
    })
}

/// An observation whose round, ballot and send time are filled in when it is made: those of the present state, or others.
#[derive(Clone, Debug)]
enum Rough {
    Tick,
    Answer { is_late: bool, status: Option<PeerStatus> },
    Test { target: usize, answers: bool },
    SelfTest(bool),
    Says(PeerStatus),
    Claimed(u64),
    HandedOver(u64),
    Checked(bool),
    Removed,
    Done { stage: StartStage, is_good: bool },
    NotPersisted,
    Drained,
    Command(PairCommand),
    Email(u64),
    TakesOver(bool),
    Seen(bool),
}

fn rough() -> impl Strategy<Value = Rough> {
    let command = proptest::sample::select(vec![
        PairCommand::BecomeBackup { force: Force::No },
        PairCommand::BecomeBackup { force: Force::Yes },
        PairCommand::BecomePrimary { force: Force::No },
        PairCommand::BecomePrimary { force: Force::Yes },
        PairCommand::Maintain(std::time::Duration::from_secs(5)),
    ]);
    let stage = proptest::sample::select(vec![StartStage::Addresses, StartStage::Services]);
    prop_oneof![
        30 => Just(Rough::Tick),
        6 => (any::<bool>(), proptest::option::of(status())).prop_map(|(is_late, status)| Rough::Answer { is_late, status }),
        6 => (0usize..3, any::<bool>()).prop_map(|(target, answers)| Rough::Test { target, answers }),
        6 => prop_oneof![5 => Just(true), 1 => Just(false)].prop_map(Rough::SelfTest),
        2 => status().prop_map(Rough::Says),
        1 => (0u64..12).prop_map(Rough::Claimed),
        1 => (0u64..12).prop_map(Rough::HandedOver),
        3 => prop_oneof![4 => Just(false), 1 => Just(true)].prop_map(Rough::Checked),
        2 => Just(Rough::Removed),
        4 => (stage, prop_oneof![5 => Just(true), 1 => Just(false)]).prop_map(|(stage, is_good)| Rough::Done { stage, is_good }),
        1 => Just(Rough::NotPersisted),
        1 => Just(Rough::Drained),
        2 => command.prop_map(Rough::Command),
        1 => (0u64..4).prop_map(Rough::Email),
        1 => any::<bool>().prop_map(Rough::TakesOver),
        1 => any::<bool>().prop_map(Rough::Seen),
    ]
}

fn made(rough: Rough, state: &PairState, now: BootTime) -> PairObservation {
    let (round, shared) = (state.round.number, settings().pair.shared_ips[0]);
    let sent = state.round.started.min(now);
    match rough {
        Rough::Tick => PairObservation::Tick,
        Rough::Answer { is_late, status } => PairObservation::PeerAnswer {
            round: round - u64::from(is_late).min(round),
            sent,
            answer: status.map(Box::new).ok_or(ProbeFault::Timeout),
        },
        Rough::Test { target, answers } => {
            let answers = if answers { Ok(()) } else { Err(ProbeFault::Timeout) };
            PairObservation::TestAnswer { round, sent, target, answers }
        }
        Rough::SelfTest(is_good) => {
            let fault = SelfFault { check: "disk".into(), error: "full".into() };
            PairObservation::SelfTest { round, result: if is_good { Ok(()) } else { Err(fault) } }
        }
        Rough::Says(status) => PairObservation::PeerSays(Box::new(status)),
        Rough::Claimed(term) => PairObservation::Claimed(Ballot { term, member: PairMember::Second }),
        Rough::HandedOver(term) => PairObservation::HandedOver(Ballot { term, member: PairMember::Second }),
        Rough::Checked(is_taken) => {
            let found = if is_taken { AddressUse::Taken("02:00".to_owned()) } else { AddressUse::Free };
            PairObservation::AddressChecked { ip: shared, found }
        }
        Rough::Removed => PairObservation::AddressesRemoved,
        Rough::Done { stage, is_good } => {
            let ballot = state.role.serving().unwrap_or(Ballot::NONE);
            PairObservation::StageDone { ballot, stage, result: if is_good { Ok(()) } else { Err(StageFault("no".into())) } }
        }
        Rough::NotPersisted => PairObservation::NotPersisted,
        Rough::Drained => PairObservation::Drained(1),
        Rough::Command(command) => PairObservation::Command { operation: 1, command },
        Rough::Email(0) => PairObservation::EmailSaved,
        Rough::Email(count) => PairObservation::Email(EmailRevision { ballot: Ballot::NONE, count }),
        Rough::TakesOver(takes_over) => {
            let mut new = settings();
            new.backup.takes_over = takes_over;
            PairObservation::Settings(Box::new(new))
        }
        Rough::Seen(is_present) => {
            PairObservation::Network(vec![SharedIpSeen { ip: shared, interface: Some("eth0".into()), fault: None, is_present }])
        }
    }
}

/// The ballots that an action shows to anything outside.
fn shown(action: &PairAction) -> Option<Ballot> {
    match action {
        PairAction::Token(Some((ballot, _)))
        | PairAction::Claim(ballot)
        | PairAction::SetAddresses { ballot, .. }
        | PairAction::Begin(ballot, _) => Some(*ballot),
        _ => None,
    }
}

fn check(before: &PairState, after: &PairState, actions: &[PairAction], now: BootTime) -> Result<(), TestCaseError> {
    // I4: no ballot leaves the node before it is on disk. I3: a node shows only ballots of its own.
    let mut disk = before.durable.highest;
    for action in actions {
        if let PairAction::Persist(durable) = action {
            prop_assert!(durable.highest >= disk, "the highest ballot decreases");
            prop_assert!(durable.active >= before.durable.active, "an activation of the past");
            disk = durable.highest;
        }
        if let Some(ballot) = shown(action) {
            prop_assert!(ballot <= disk, "{action:?} before its ballot is on disk ({disk})");
            prop_assert_eq!(ballot.member, before.durable.member);
        }
    }
    // A1, I6: no authority lasts beyond its deadline, and the end of the authority comes first.
    if before.role.serving().is_some() && before.deadline().is_some_and(|deadline| now >= deadline) {
        prop_assert_eq!(actions.first(), Some(&PairAction::Token(None)));
    }
    for action in actions {
        match action {
            // I7: an address or a token lasts at most until the deadline.
            PairAction::SetAddresses { lifetime, .. } => {
                let keeps = |state: &PairState| state.deadline().is_none_or(|deadline| now + *lifetime <= deadline);
                prop_assert!(keeps(before) || keeps(after), "{action:?} beyond {:?}", after.deadline());
            }
            PairAction::Token(Some((_, until))) => {
                // A step may renew the token and end it behind that, in this order.
                let keeps = |state: &PairState| state.deadline().is_none_or(|deadline| *until <= deadline);
                prop_assert!(keeps(before) || keeps(after), "{action:?} beyond {:?}", after.deadline());
            }
            _ => {}
        }
    }
    // I12: the token ends first, then the addresses, then the services; the role on disk follows.
    let at = |wanted: fn(&PairAction) -> bool| actions.iter().position(wanted);
    if let Some(stopped) = at(|action| *action == PairAction::StopServices) {
        let (token, removed) =
            (at(|action| *action == PairAction::Token(None)), at(|action| *action == PairAction::RemoveAddresses));
        prop_assert!(token < removed && removed < Some(stopped) && token.is_some(), "{actions:?}");
    }
    // Nothing that takes authority away waits for the disk.
    let stops = |action: &PairAction| {
        matches!(action, PairAction::Token(None) | PairAction::RemoveAddresses | PairAction::StopServices | PairAction::Die)
    };
    let last_stop = actions.iter().rposition(stops);
    prop_assert!(last_stop.is_none_or(|last| actions[..=last].iter().all(stops)), "{actions:?}");
    // Every command gets one answer, also if the role that owes it is left. A draining that is left ends.
    let open = |state: &PairState| [state.role.operation(), state.asked.map(|(operation, _)| operation)];
    for operation in open(before).into_iter().flatten() {
        let replies = actions.iter().filter(|action| matches!(action, PairAction::Reply(answered, _) if *answered == operation));
        let is_open = open(after).contains(&Some(operation));
        prop_assert!(is_open || replies.count() > 0, "command {operation} has no answer: {actions:?}");
    }
    let drains = |state: &PairState| matches!(state.role.kind(), RoleKind::Draining | RoleKind::HandedOver);
    let takes_work = actions.contains(&PairAction::Undrain);
    prop_assert_eq!(before.role.kind() == RoleKind::Draining && !drains(after), takes_work, "{:?}", actions);
    // Every change of role is in the table.
    let (from, to) = (before.role.kind(), after.role.kind());
    let moves: Vec<Transition> =
        actions.iter().filter_map(|action| if let PairAction::Moved(name) = action { Some(*name) } else { None }).collect();
    match moves.as_slice() {
        [] => prop_assert_eq!(from, to, "a change without a transition"),
        [only] => prop_assert!(only.allows(from, to), "{only:?} from {from:?} to {to:?}"),
        [first, .., last] => {
            prop_assert!(first.row().from.contains(&from) && last.row().to.contains(&to), "{moves:?} from {from:?} to {to:?}");
        }
    }
    // I10: only an activation under a new ballot, or a renewed one, sets an address.
    let sets = actions.iter().any(|action| matches!(action, PairAction::SetAddresses { .. }));
    let may_set = after.role.serving().is_some() || matches!(after.role, Standalone { serves: true });
    prop_assert!(!sets || may_set || actions.contains(&PairAction::RemoveAddresses), "{to:?} sets an address");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_trace_breaks_a_rule(
        is_primary in any::<bool>(),
        trace in proptest::collection::vec((rough(), prop_oneof![20 => 10u64..300, 2 => 300u64..2000, 1 => 2001u64..9000]), 1..400),
    ) {
        let role = if is_primary { StoredRole::Primary } else { StoredRole::Backup };
        let mut now = BootTime(50_000);
        let mut state = PairState::starting(durable(PairMember::First, role), settings(), now);
        for (rough, wait) in trace {
            now = BootTime(now.0 + wait);
            let observation = made(rough, &state, now);
            let before = state.clone();
            let (after, actions) = step(state, observation.clone(), now);
            prop_assert_eq!(step(before.clone(), observation.clone(), now), (after.clone(), actions.clone()), "not deterministic");
            check(&before, &after, &actions, now).map_err(|error| TestCaseError::fail(format!("{observation:?}: {error}")))?;
            state = after;
        }
        let json = serde_json::to_string(&state).expect("a state is JSON");
        prop_assert_eq!(serde_json::from_str::<PairState>(&json).expect("and back"), state);
    }
}
