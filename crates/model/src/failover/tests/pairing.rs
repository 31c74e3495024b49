//! The checks before a pair is made, each with its rows.

use std::net::IpAddr;
use std::time::Duration;

use crate::failover::*;
use crate::time::Timestamp;

type PlanEdit = fn(&mut PairPlan);

fn facts(node_id: &str, address: [u8; 4]) -> NodeFacts {
    NodeFacts {
        node_id: node_id.into(),
        name: format!("node-{node_id}"),
        version: "1.2.0".into(),
        build: "abc".into(),
        schema: 8,
        clock: Timestamp::from_secs(1_800_000_000),
        highest: Ballot::NONE,
        addresses: vec![(IpAddr::from(address), 24)],
        is_paired: false,
        has_data: false,
    }
}

fn plan(edit: impl FnOnce(&mut PairPlan)) -> PairPlan {
    let mut plan = PairPlan {
        primary: facts("1", [192, 0, 2, 1]),
        backup: facts("2", [192, 0, 2, 2]),
        reverse_fault: None,
        reverse: "192.0.2.1:8874".into(),
        settings: PairSettings { shared_ips: vec![IpAddr::from([192, 0, 2, 100])], ..PairSettings::default() },
        discards_data: false,
    };
    edit(&mut plan);
    plan
}

/// One change makes one check other than good, and the pair can be made unless that check is bad.
#[test]
fn each_fault_is_named_by_its_own_check() {
    use PairCheckResult::{Bad, Warning};
    let rows: &[(PlanEdit, PairCheck, PairCheckResult)] = &[
        (|p| p.backup.node_id = "1".into(), PairCheck::Distinct, Bad),
        (|p| p.primary.is_paired = true, PairCheck::Unpaired, Bad),
        (|p| p.backup.is_paired = true, PairCheck::Unpaired, Bad),
        (|p| p.backup.version = "1.3.0".into(), PairCheck::Version, Warning),
        (|p| p.backup.build = "def".into(), PairCheck::Version, Warning),
        (|p| p.backup.schema = 7, PairCheck::Schema, Bad),
        (|p| p.backup.clock = p.primary.clock + CLOCKS_APART_MAX + Duration::from_millis(1), PairCheck::Clock, Bad),
        (|p| p.backup.clock = p.primary.clock - CLOCKS_APART_MAX - Duration::from_millis(1), PairCheck::Clock, Bad),
        (|p| p.reverse_fault = Some("no connection".into()), PairCheck::Reverse, Bad),
        (|p| p.backup.addresses = vec![(IpAddr::from([198, 51, 100, 2]), 24)], PairCheck::SharedIps, Bad),
        (|p| p.primary.addresses.clear(), PairCheck::SharedIps, Bad),
        (|p| p.settings.shared_ips.push(IpAddr::from([192, 0, 2, 2])), PairCheck::SharedIps, Bad),
        (|p| p.settings.shared_ips.push("2001:db8::100".parse().unwrap()), PairCheck::SharedIps, Bad),
        (|p| p.backup.has_data = true, PairCheck::BackupData, Bad),
        (|p| (p.backup.has_data, p.discards_data) = (true, true), PairCheck::BackupData, Warning),
    ];
    for (at, (edit, check, result)) in rows.iter().enumerate() {
        let checks = plan(edit).checks();
        let others: Vec<_> = checks.iter().filter(|checked| checked.result != PairCheckResult::Good).collect();
        assert!(others.len() == 1 && (others[0].check, others[0].result) == (*check, *result), "row {at}: {others:?}");
        assert_eq!(may_pair(&checks), *result == Warning, "row {at}");
        assert!(checks.iter().all(|checked| checked.check.results().contains(&checked.result)), "row {at}: {checks:?}");
    }
}

#[test]
fn good_plan_passes_every_check() {
    let rows: [PlanEdit; 5] = [
        |_| {},
        |p| p.settings.shared_ips.clear(),
        |p| p.backup.schema = 9,
        |p| p.backup.clock = p.primary.clock + CLOCKS_APART_MAX,
        |p| p.primary.has_data = true,
    ];
    for (at, edit) in rows.into_iter().enumerate() {
        let checks = plan(edit).checks();
        let order: Vec<PairCheck> = checks.iter().map(|checked| checked.check).collect();
        assert_eq!(order, PairCheck::ALL, "row {at}");
        assert!(checks.iter().all(|checked| checked.result == PairCheckResult::Good), "row {at}: {checks:?}");
    }
}

/// All faults are told at once, and each names what it found.
#[test]
fn all_faults_are_told_at_once() {
    let checks = plan(|p| {
        p.backup = NodeFacts { is_paired: true, has_data: true, schema: 1, version: "0.9".into(), ..p.primary.clone() };
        p.backup.clock = p.primary.clock + Duration::from_secs(75);
        p.backup.name = "other".into();
        p.reverse_fault = Some("refused".into());
        p.settings.shared_ips = vec![IpAddr::from([203, 0, 113, 1]), IpAddr::from([192, 0, 2, 1])];
    })
    .checks();
    let told: Vec<(PairCheck, PairCheckResult, Vec<String>)> = checks
        .into_iter()
        .map(|checked| (checked.check, checked.result, checked.phrase.args.into_iter().map(|(_, value)| value).collect()))
        .collect();
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    use PairCheckResult::{Bad, Warning};
    assert_eq!(
        told,
        [
            (PairCheck::Distinct, Bad, texts(&[])),
            (PairCheck::Unpaired, Bad, texts(&["other"])),
            (PairCheck::Version, Warning, texts(&["1.2.0", "0.9"])),
            (PairCheck::Schema, Bad, texts(&["1.2.0", "0.9"])),
            (PairCheck::Clock, Bad, texts(&["75"])),
            (PairCheck::Reverse, Bad, texts(&["192.0.2.1:8874", "refused"])),
            (PairCheck::SharedIps, Bad, texts(&["203.0.113.1, 192.0.2.1"])),
            (PairCheck::BackupData, Bad, texts(&["other"])),
        ]
    );
}

#[test]
fn facts_beyond_their_bounds_are_refused() {
    let bounded = |edit: fn(&mut NodeFacts)| {
        let mut facts = facts("1", [192, 0, 2, 1]);
        edit(&mut facts);
        facts.is_bounded()
    };
    assert!(bounded(|_| {}) && bounded(|f| f.name = "n".repeat(255)));
    assert!(!bounded(|f| f.name = "n".repeat(256)));
    assert!(!bounded(|f| f.version = "1\n2".into()));
    assert!(!bounded(|f| f.node_id = "\u{1b}[31m".into()));
    assert!(!bounded(|f| f.addresses = vec![(IpAddr::from([192, 0, 2, 1]), 24); 257]));
}
