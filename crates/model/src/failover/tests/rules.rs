//! The rules of the settings.

use std::net::IpAddr;
use std::time::Duration;

use super::super::*;
use super::settings;

fn ip(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn addresses() -> PairAddresses {
    let node = |last| NodeAddresses { unique: vec![(ip(last), 24)] };
    PairAddresses { this: node(1), peer: Some(node(2)) }
}

#[test]
fn defaults_and_short_times_keep_every_rule() {
    assert_eq!(FailoverSettings::default().faults(&addresses()), []);
    assert_eq!(settings().faults(&addresses()), []);
}

/// Each rule finds its fault at the field, and the value next to it is good.
#[test]
fn each_rule_finds_its_fault_at_its_field() {
    type SettingsEdit = fn(&mut FailoverSettings);
    const SECOND: Duration = Duration::from_secs(1);
    let rows: [(Rule, &str, SettingsEdit, SettingsEdit); 12] = [
        (Rule::C1, "probe_timeout", |s| s.pair.probe_timeout = SECOND, |s| s.pair.probe_timeout = SECOND * 9 / 10),
        (
            Rule::C2,
            "primary_timeout",
            |s| s.pair.probe_interval = Duration::from_millis(4001),
            |s| s.pair.probe_interval = SECOND * 4,
        ),
        // 6 s fence, 1 % drift, a tick and 3 s to stop must fit into 12 s less drift and one answer.
        (
            Rule::C3,
            "primary_timeout",
            |s| (s.pair.probe_interval, s.pair.probe_timeout) = (SECOND * 4, Duration::from_millis(2571)),
            |s| (s.pair.probe_interval, s.pair.probe_timeout) = (SECOND * 4, Duration::from_millis(2570)),
        ),
        (Rule::C3, "primary_timeout", |s| s.backup.primary_timeout = SECOND * 7, |s| s.backup.primary_timeout = SECOND * 12),
        (
            Rule::C4,
            "address_lifetime",
            |s| s.pair.address_lifetime = Duration::from_millis(5751),
            |s| s.pair.address_lifetime = Duration::from_millis(5750),
        ),
        (
            Rule::C4,
            "address_lifetime",
            |s| s.pair.address_refresh = Duration::from_millis(1334),
            |s| s.pair.address_refresh = Duration::from_millis(1333),
        ),
        (Rule::C8, "test_ips", |s| s.backup.test_ips.clear(), |s| s.backup.test_ips.truncate(1)),
        (
            Rule::C9,
            "test_ips",
            |s| s.backup.test_ips[1] = TestTarget::Ping(ip(2)),
            |s| s.backup.test_ips[1] = TestTarget::Ping(ip(9)),
        ),
        (Rule::C9, "test_ips", |s| s.backup.test_ips[0] = TestTarget::Tcp(ip(100), 80), |_| {}),
        (Rule::C9, "test_ips", |s| s.backup.test_ips[0] = TestTarget::Ping(IpAddr::from([127, 0, 0, 1])), |_| {}),
        (Rule::C10, "shared_ips", |s| s.pair.shared_ips.push(ip(1)), |s| s.pair.shared_ips.push(ip(101))),
        (
            Rule::C10,
            "shared_ips",
            |s| s.pair.shared_ips.push(IpAddr::from([198, 51, 100, 1])),
            |s| s.pair.shared_ips.push(ip(254)),
        ),
    ];
    for (rule, field, bad, good) in rows {
        let mut changed = settings();
        bad(&mut changed);
        let found = changed.faults(&addresses());
        assert!(found.iter().any(|fault| (fault.rule, fault.field) == (rule, field)), "{rule:?}: {found:?}");
        let mut changed = settings();
        good(&mut changed);
        assert_eq!(changed.faults(&addresses()), [], "{rule:?}");
    }
}

#[test]
fn value_outside_its_range_is_found() {
    let mut all = settings();
    all.pair.fail_rounds = 0;
    all.pair.flip_guard = Duration::from_secs(90_000);
    all.backup.test_ips_min = 3;
    let ranges: Vec<&str> =
        all.faults(&addresses()).iter().filter(|fault| fault.rule == Rule::Range).map(|fault| fault.field).collect();
    assert_eq!(ranges, ["flip_guard", "fail_rounds", "test_ips_min"]);
}

#[test]
fn test_target_is_an_address_or_a_tcp_port() {
    for good in ["192.0.2.1", "tcp://192.0.2.1:443", "2001:db8::1", "tcp://[2001:db8::1]:22"] {
        assert_eq!(TestTarget::parse(good).map(|target| target.to_string()).as_deref(), Some(good));
    }
    for bad in ["", "gateway", "192.0.2.1:443", "tcp://192.0.2.1", "udp://192.0.2.1:53", "192.0.2.0/24"] {
        assert_eq!(TestTarget::parse(bad), None, "{bad}");
    }
}

#[test]
fn weak_settings_are_warned_of() {
    let mut weak = settings();
    assert_eq!(weak.warnings(&addresses()), [FailoverWarning::NoThirdVote]);
    weak.backup.test_ips = vec![TestTarget::Ping(IpAddr::from([198, 51, 100, 1]))];
    let all = [FailoverWarning::OneTestIp, FailoverWarning::TestIpElsewhere, FailoverWarning::NoThirdVote];
    assert_eq!(weak.warnings(&addresses()), all);
    weak.backup.takes_over = false;
    assert_eq!(weak.warnings(&addresses()), []);
}

/// A promise to act sooner waits for the peer; a promise to act later holds at once.
#[test]
fn contract_that_allows_more_waits_for_the_peer() {
    let never = Contract { number: 3, acts_after: None };
    let soon = Contract { number: 1, acts_after: Some(Duration::from_secs(12)) };
    let late = Contract { number: 2, acts_after: Some(Duration::from_secs(60)) };
    let rows = [(never, soon, true), (late, soon, true), (soon, late, false), (soon, never, false), (soon, soon, true)];
    for (new, old, within) in rows {
        assert_eq!(new.is_within(&old), within, "{new:?} within {old:?}");
    }
}
