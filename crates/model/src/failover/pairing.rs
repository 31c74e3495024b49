//! The checks before two nodes become a pair. Each has a result of its own, so that an administrator sees all that is wrong at once.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Phrase;
use crate::time::Timestamp;

use super::ballot::Ballot;
use super::rule::Rule;
use super::settings::{FailoverSettings, NodeAddresses, PairAddresses, PairSettings};

/// Largest difference of the two wall clocks. Certificates, tokens and the history of both nodes need clocks that agree.
pub const CLOCKS_APART_MAX: Duration = Duration::from_secs(30);
/// Most addresses of a node that its facts may name.
const ADDRESSES_MAX: usize = 256;
/// Longest text in the facts of a node.
const TEXT_MAX: usize = 255;

/// What a node tells of itself before the pair exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeFacts {
    /// Identity of its store.
    pub node_id: String,
    pub name: String,
    /// Version and build of the product, and the version of its tables.
    pub version: String,
    pub build: String,
    pub schema: u32,
    pub clock: Timestamp,
    /// The highest ballot that it has seen, of any pair.
    pub highest: Ballot,
    /// Its own addresses with the length of their networks.
    pub addresses: Vec<(IpAddr, u8)>,
    pub is_paired: bool,
    /// True if it has settings, messages or accounts of its own.
    pub has_data: bool,
}

impl NodeFacts {
    /// True if no field is longer than a node of ours writes it.
    pub fn is_bounded(&self) -> bool {
        let texts = [&self.node_id, &self.name, &self.version, &self.build];
        self.addresses.len() <= ADDRESSES_MAX
            && texts.iter().all(|text| text.len() <= TEXT_MAX && !text.contains(char::is_control))
    }
}

/// A check before the pair is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairCheck {
    /// They are two nodes: one that was copied has the identity of the other.
    Distinct,
    /// Neither is part of a pair.
    Unpaired,
    /// Both run the same version of the product.
    Version,
    /// The backup knows the tables of the primary.
    Schema,
    Clock,
    /// The backup reaches the primary at the address that the administrator gave.
    Reverse,
    /// The shared IPs lie in networks of both.
    SharedIps,
    /// The backup has nothing that would be lost.
    BackupData,
}

impl PairCheck {
    pub const ALL: [Self; 8] = [
        Self::Distinct,
        Self::Unpaired,
        Self::Version,
        Self::Schema,
        Self::Clock,
        Self::Reverse,
        Self::SharedIps,
        Self::BackupData,
    ];

    /// Name in the API and part of Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distinct => "distinct",
            Self::Unpaired => "unpaired",
            Self::Version => "version",
            Self::Schema => "schema",
            Self::Clock => "clock",
            Self::Reverse => "reverse",
            Self::SharedIps => "shared-ips",
            Self::BackupData => "backup-data",
        }
    }
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairCheckResult {
    Good,
    /// The pair can be made. Something should be mended soon.
    Warning,
    /// The pair cannot be made.
    Bad,
}

impl PairCheckResult {
    /// Part of Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

impl PairCheck {
    /// The results that the check can have. Each has a sentence.
    pub fn results(self) -> &'static [PairCheckResult] {
        use PairCheckResult::{Bad, Good, Warning};
        match self {
            Self::Version => &[Good, Warning],
            Self::BackupData => &[Good, Warning, Bad],
            Self::Distinct | Self::Unpaired | Self::Schema | Self::Clock | Self::Reverse | Self::SharedIps => &[Good, Bad],
        }
    }
}

/// A check with its result and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPair {
    pub check: PairCheck,
    pub result: PairCheckResult,
    /// The sentence: what was found, and what to do.
    pub phrase: Phrase,
}

impl CheckedPair {
    fn new(check: PairCheck, result: PairCheckResult) -> Self {
        Self { check, result, phrase: Phrase::new(format!("pair-check-{}-{}", check.name(), result.name())) }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.phrase = self.phrase.with(name, value.to_string());
        self
    }
}

/// The facts on both sides of a pair that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairPlan {
    /// The node that stays the primary.
    pub primary: NodeFacts,
    pub backup: NodeFacts,
    /// Why the backup does not reach the primary; `None` if it does.
    pub reverse_fault: Option<String>,
    /// The address at which it tried.
    pub reverse: String,
    pub settings: PairSettings,
    /// True if the administrator has agreed that the data of the backup are lost.
    pub discards_data: bool,
}

impl PairPlan {
    /// Runs all checks, in the order in which they are shown.
    pub fn checks(&self) -> Vec<CheckedPair> {
        vec![
            self.distinct(),
            self.unpaired(),
            self.version(),
            self.schema(),
            self.clock(),
            self.reverse(),
            self.shared_ips(),
            self.backup_data(),
        ]
    }

    fn distinct(&self) -> CheckedPair {
        let is_same = self.primary.node_id == self.backup.node_id;
        CheckedPair::new(PairCheck::Distinct, if is_same { PairCheckResult::Bad } else { PairCheckResult::Good })
    }

    fn unpaired(&self) -> CheckedPair {
        let paired = [&self.primary, &self.backup].into_iter().find(|node| node.is_paired);
        match paired {
            Some(node) => CheckedPair::new(PairCheck::Unpaired, PairCheckResult::Bad).with("node", &node.name),
            None => CheckedPair::new(PairCheck::Unpaired, PairCheckResult::Good),
        }
    }

    fn version(&self) -> CheckedPair {
        let (ours, theirs) = (&self.primary, &self.backup);
        let result = match (ours.version == theirs.version, ours.build == theirs.build) {
            (true, true) => PairCheckResult::Good,
            _ => PairCheckResult::Warning,
        };
        let told = |node: &NodeFacts| {
            if ours.version == theirs.version && ours.build != theirs.build {
                format!("{} ({})", node.version, node.build)
            } else {
                node.version.clone()
            }
        };
        CheckedPair::new(PairCheck::Version, result).with("primary", told(ours)).with("backup", told(theirs))
    }

    /// A backup cannot read the data of a newer version. A newer backup can read those of an older one.
    fn schema(&self) -> CheckedPair {
        let is_older = self.backup.schema < self.primary.schema;
        let result = if is_older { PairCheckResult::Bad } else { PairCheckResult::Good };
        CheckedPair::new(PairCheck::Schema, result).with("primary", &self.primary.version).with("backup", &self.backup.version)
    }

    fn clock(&self) -> CheckedPair {
        let apart = self.primary.clock.distance(self.backup.clock);
        let result = if apart > CLOCKS_APART_MAX { PairCheckResult::Bad } else { PairCheckResult::Good };
        CheckedPair::new(PairCheck::Clock, result).with("seconds", apart.as_secs())
    }

    fn reverse(&self) -> CheckedPair {
        let address = |checked: CheckedPair| checked.with("address", &self.reverse);
        match &self.reverse_fault {
            None => address(CheckedPair::new(PairCheck::Reverse, PairCheckResult::Good)),
            Some(fault) => address(CheckedPair::new(PairCheck::Reverse, PairCheckResult::Bad)).with("error", fault),
        }
    }

    fn shared_ips(&self) -> CheckedPair {
        let of = |node: &NodeFacts| NodeAddresses { unique: node.addresses.clone() };
        let addresses = PairAddresses { this: of(&self.primary), peer: Some(of(&self.backup)) };
        let settings = FailoverSettings { pair: self.settings.clone(), ..FailoverSettings::default() };
        let faults = settings.faults(&addresses);
        let bad: Vec<String> = faults
            .iter()
            .filter(|fault| fault.rule == Rule::C10)
            .filter_map(|fault| Some(self.settings.shared_ips.get(fault.index?)?.to_string()))
            .collect();
        if bad.is_empty() {
            return CheckedPair::new(PairCheck::SharedIps, PairCheckResult::Good).with("count", self.settings.shared_ips.len());
        }
        CheckedPair::new(PairCheck::SharedIps, PairCheckResult::Bad).with("addresses", bad.join(", "))
    }

    fn backup_data(&self) -> CheckedPair {
        let result = match (self.backup.has_data, self.discards_data) {
            (false, _) => PairCheckResult::Good,
            (true, true) => PairCheckResult::Warning,
            (true, false) => PairCheckResult::Bad,
        };
        CheckedPair::new(PairCheck::BackupData, result).with("node", &self.backup.name)
    }
}

/// True if the pair can be made.
pub fn may_pair(checks: &[CheckedPair]) -> bool {
    checks.iter().all(|checked| checked.result != PairCheckResult::Bad)
}
