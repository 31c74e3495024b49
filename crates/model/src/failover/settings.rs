//! Settings of failover: typed values, their defaults and ranges, and the rules that keep the pair safe.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rule::{FailoverFault, Rule};

/// Longest step of the core: it looks at its clocks at least this often.
pub const TICK: Duration = Duration::from_millis(250);
/// Largest difference of the rates of two monotonic clocks, in percent.
const DRIFT_PERCENT: u32 = 1;
/// Time for a stop: 2 s to step down, 1 s until the kernel drops an address whose lifetime has ended.
const STOP: Duration = Duration::from_secs(3);
/// Most shared IPs, and most test IPs.
const LIST_MAX: usize = 8;

/// A shared IP of the site: the address that the primary serves. The kernel gets it as /32 or /128.
pub type SharedIp = IpAddr;

/// A test IP: it answers, holds no state and has no vote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TestTarget {
    /// ICMP echo.
    Ping(IpAddr),
    /// A TCP handshake: SYN-ACK or RST counts as an answer.
    Tcp(IpAddr, u16),
}

impl TestTarget {
    /// Reads `192.0.2.1` or `tcp://192.0.2.1:443`.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        match typed.strip_prefix("tcp://") {
            Some(target) => target.parse().ok().map(|target: std::net::SocketAddr| Self::Tcp(target.ip(), target.port())),
            None => typed.parse().ok().map(Self::Ping),
        }
    }

    pub fn ip(&self) -> IpAddr {
        match self {
            Self::Ping(ip) | Self::Tcp(ip, _) => *ip,
        }
    }
}

impl std::fmt::Display for TestTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ping(ip) => write!(f, "{ip}"),
            Self::Tcp(ip, port) => write!(f, "tcp://{}", std::net::SocketAddr::new(*ip, *port)),
        }
    }
}

/// The end of a conflict of two primaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictResolution {
    /// The node with the lower ballot becomes backup.
    #[default]
    HighestBallot,
    /// The node with the lower ballot stops to serve, and an administrator decides.
    Manual,
}

/// The start of a former primary that does not reach its peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoneStart {
    /// It serves again if its test IPs answer and nothing else has the shared IPs.
    #[default]
    Resume,
    /// It waits for its peer or an administrator.
    Wait,
}

/// Settings of the pair: changed on the primary, the same on both nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairSettings {
    pub shared_ips: Vec<SharedIp>,
    /// Interval of status checks, and the time for each answer.
    pub probe_interval: Duration,
    pub probe_timeout: Duration,
    /// Rounds in a row until a condition begins or ends.
    pub fail_rounds: u32,
    pub ok_rounds: u32,
    pub hostname_interval: Duration,
    /// Kernel lifetime of a shared address, and the interval of its renewal.
    pub address_lifetime: Duration,
    pub address_refresh: Duration,
    /// Wait of a former primary for its peer at the start.
    pub startup_wait: Duration,
    pub drain_timeout: Duration,
    pub handover_timeout: Duration,
    /// Time for a primary to answer the claim of its peer.
    pub yield_grace: Duration,
    /// Shortest time between two automatic role changes, and most of them in 24 hours.
    pub flip_guard: Duration,
    pub takeovers_max: u32,
    pub conflict: ConflictResolution,
    pub lone_start: LoneStart,
}

impl Default for PairSettings {
    fn default() -> Self {
        Self {
            shared_ips: Vec::new(),
            probe_interval: Duration::from_secs(10),
            probe_timeout: Duration::from_secs(3),
            fail_rounds: 2,
            ok_rounds: 2,
            hostname_interval: Duration::from_secs(60),
            address_lifetime: Duration::from_secs(20),
            address_refresh: Duration::from_secs(5),
            startup_wait: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(30),
            handover_timeout: Duration::from_secs(30),
            yield_grace: Duration::from_secs(3),
            flip_guard: Duration::from_mins(10),
            takeovers_max: 2,
            conflict: ConflictResolution::default(),
            lone_start: LoneStart::default(),
        }
    }
}

/// Settings of one node. They apply while it is the backup, and no other node overwrites them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupSettings {
    /// Backup operations: data sync and takeover. Status checks go on without.
    pub is_enabled: bool,
    pub takes_over: bool,
    /// Time for which the primary must be silent before an automatic takeover.
    pub primary_timeout: Duration,
    pub test_ips: Vec<TestTarget>,
    /// Number of test IPs that must answer.
    pub test_ips_min: usize,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self {
            is_enabled: true,
            takes_over: false,
            primary_timeout: Duration::from_secs(120),
            test_ips: Vec::new(),
            test_ips_min: 1,
        }
    }
}

/// The settings in force on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailoverSettings {
    pub pair: PairSettings,
    pub backup: BackupSettings,
}

/// Addresses of one node, for the rules about addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeAddresses {
    /// The node's own addresses with the length of their networks.
    pub unique: Vec<(IpAddr, u8)>,
}

impl NodeAddresses {
    /// True if an address lies in a network of the node.
    pub fn has_network_of(&self, ip: IpAddr) -> bool {
        self.unique.iter().any(|(own, length)| same_network(*own, ip, *length))
    }
}

fn same_network(a: IpAddr, b: IpAddr, length: u8) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        _ => false,
    }
}

/// The addresses of both nodes. Without a pair, there is no peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairAddresses {
    pub this: NodeAddresses,
    pub peer: Option<NodeAddresses>,
}

fn slower(time: Duration) -> Duration {
    time.saturating_mul(100 + DRIFT_PERCENT) / 100
}

fn faster(time: Duration) -> Duration {
    time.saturating_mul(100 - DRIFT_PERCENT) / 100
}

/// Time after which a primary stops to serve without a sign of life of its peer or of a test IP, if its peer may take over
/// after `primary_timeout`.
pub fn fence_after(primary_timeout: Duration) -> Duration {
    primary_timeout / 2
}

/// Time after which a primary without any answer has stopped to serve for certain, on the clock of its peer. `primary_timeout` is
/// what its peer has promised.
pub(super) fn stopped_after(primary_timeout: Duration) -> Duration {
    slower(slower(fence_after(primary_timeout))) + TICK + STOP
}

impl FailoverSettings {
    /// Checks all rules (docs/failover.md). Returns every fault, each with its rule and its field.
    pub fn faults(&self, addresses: &PairAddresses) -> Vec<FailoverFault> {
        let mut faults = self.range_faults();
        let (pair, backup) = (&self.pair, &self.backup);
        let mut rule = |holds: bool, rule: Rule, field: &'static str| {
            if !holds {
                faults.push(FailoverFault::of(rule, field));
            }
        };
        let fence = fence_after(backup.primary_timeout);
        rule(pair.probe_timeout < pair.probe_interval, Rule::C1, "probe_timeout");
        rule(backup.primary_timeout >= pair.probe_interval * 3, Rule::C2, "primary_timeout");
        let fenced = slower(fence) + TICK + STOP;
        let taken = faster(backup.primary_timeout).saturating_sub(pair.probe_timeout);
        rule(fenced <= taken, Rule::C3, "primary_timeout");
        let is_short = pair.address_lifetime + TICK <= fence && pair.address_refresh * 3 <= pair.address_lifetime;
        rule(is_short, Rule::C4, "address_lifetime");
        rule(!backup.takes_over || !backup.test_ips.is_empty(), Rule::C8, "test_ips");
        for (at, target) in backup.test_ips.iter().enumerate() {
            if !self.may_test(target.ip(), addresses) {
                faults.push(FailoverFault::at(Rule::C9, "test_ips", at));
            }
        }
        for (at, ip) in pair.shared_ips.iter().enumerate() {
            let nodes = || [Some(&addresses.this), addresses.peer.as_ref()].into_iter().flatten();
            let is_unique = nodes().any(|node| node.unique.iter().any(|(own, _)| own == ip));
            if is_unique || !nodes().all(|node| node.has_network_of(*ip)) {
                faults.push(FailoverFault::at(Rule::C10, "shared_ips", at));
            }
        }
        faults
    }

    fn may_test(&self, ip: IpAddr, addresses: &PairAddresses) -> bool {
        let is_of_pair = [Some(&addresses.this), addresses.peer.as_ref()]
            .into_iter()
            .flatten()
            .any(|node| node.unique.iter().any(|(own, _)| *own == ip));
        let is_host = !(ip.is_loopback() || ip.is_multicast() || ip.is_unspecified() || ip == IpAddr::from([255; 4]));
        is_host && !is_of_pair && !self.pair.shared_ips.contains(&ip)
    }

    fn range_faults(&self) -> Vec<FailoverFault> {
        const MILLI: Duration = Duration::from_millis(1);
        const SECOND: Duration = Duration::from_secs(1);
        const DAY: Duration = Duration::from_hours(24);
        let (pair, backup) = (&self.pair, &self.backup);
        let times = [
            ("probe_interval", pair.probe_interval, SECOND / 2, SECOND * 300),
            ("probe_timeout", pair.probe_timeout, MILLI * 100, SECOND * 30),
            ("hostname_interval", pair.hostname_interval, SECOND * 10, SECOND * 3600),
            ("address_lifetime", pair.address_lifetime, SECOND * 4, SECOND * 300),
            ("address_refresh", pair.address_refresh, SECOND, SECOND * 100),
            ("startup_wait", pair.startup_wait, SECOND, SECOND * 3600),
            ("drain_timeout", pair.drain_timeout, SECOND, SECOND * 3600),
            ("handover_timeout", pair.handover_timeout, SECOND, SECOND * 3600),
            ("yield_grace", pair.yield_grace, SECOND, SECOND * 60),
            ("flip_guard", pair.flip_guard, Duration::ZERO, DAY),
            ("primary_timeout", backup.primary_timeout, SECOND * 10, DAY),
        ];
        let counts = [
            ("fail_rounds", pair.fail_rounds as usize, 1, 10),
            ("ok_rounds", pair.ok_rounds as usize, 1, 10),
            ("takeovers_max", pair.takeovers_max as usize, 1, 100),
            ("test_ips_min", backup.test_ips_min, 1, backup.test_ips.len().max(1)),
            ("shared_ips", pair.shared_ips.len(), 0, LIST_MAX),
            ("test_ips", backup.test_ips.len(), 0, LIST_MAX),
        ];
        let times = times.into_iter().filter(|(_, time, low, high)| !(low..=high).contains(&time)).map(|(field, ..)| field);
        let counts = counts.into_iter().filter(|(_, count, low, high)| !(low..=high).contains(&count)).map(|(field, ..)| field);
        times.chain(counts).map(|field| FailoverFault::of(Rule::Range, field)).collect()
    }

    /// Settings that are allowed and leave the pair weak.
    pub fn warnings(&self, addresses: &PairAddresses) -> Vec<FailoverWarning> {
        let backup = &self.backup;
        if !backup.takes_over {
            return Vec::new();
        }
        let is_off_network = |shared: &IpAddr| {
            let networks = addresses.this.unique.iter().filter(|(own, length)| same_network(*own, *shared, *length));
            let networks: Vec<_> = networks.collect();
            !backup.test_ips.iter().any(|test| networks.iter().any(|(own, length)| same_network(*own, test.ip(), *length)))
        };
        let all = [
            (backup.test_ips.len() == 1, FailoverWarning::OneTestIp),
            (self.pair.shared_ips.iter().any(is_off_network), FailoverWarning::TestIpElsewhere),
            (true, FailoverWarning::NoThirdVote),
        ];
        all.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect()
    }
}

/// A weakness of valid settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailoverWarning {
    /// W1: the loss of one device passes for the loss of the network.
    OneTestIp,
    /// W2: no test IP is in the network of a shared IP.
    TestIpElsewhere,
    /// W3: without a third vote, a cut between the nodes alone may leave two primaries.
    NoThirdVote,
}
