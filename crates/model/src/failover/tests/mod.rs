//! Tests of the core of failover.

mod invariants;
mod pairing;
mod rules;
mod story;
mod table;

use std::net::IpAddr;
use std::time::Duration;

use super::*;

/// Settings with short times that keep every rule.
fn settings() -> FailoverSettings {
    FailoverSettings {
        pair: PairSettings {
            shared_ips: vec![IpAddr::from([192, 0, 2, 100])],
            probe_interval: Duration::from_secs(1),
            probe_timeout: Duration::from_millis(400),
            address_lifetime: Duration::from_secs(4),
            address_refresh: Duration::from_secs(1),
            startup_wait: Duration::from_secs(5),
            flip_guard: Duration::from_secs(30),
            ..PairSettings::default()
        },
        backup: BackupSettings {
            takes_over: true,
            primary_timeout: Duration::from_secs(12),
            test_ips: vec![TestTarget::Ping(IpAddr::from([192, 0, 2, 3])), TestTarget::Tcp(IpAddr::from([192, 0, 2, 4]), 443)],
            ..BackupSettings::default()
        },
    }
}

/// The record of a paired node. The first member was primary under ballot 1.
fn durable(member: PairMember, role: StoredRole) -> Durable {
    let first = Ballot { term: 1, member: PairMember::First };
    let acts = Contract { number: 1, acts_after: Contract::time_of(&settings()) };
    Durable {
        role: Some(role),
        highest: first,
        active: if member == PairMember::First { first } else { Ballot::NONE },
        peer_contract: acts,
        contract: acts,
        confirmed: acts,
        caught_up: true,
        ..Durable::standalone(member)
    }
}
