//! The failover pair: status, settings, commands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// The duty of a node: its part in the work of the site.
    DutyName {
        /// It has no pair and serves.
        Alone = "alone",
        /// It serves.
        Primary = "primary",
        /// It follows the primary, takes no mail of programs and lets no e-mail settings be changed.
        Backup = "backup",
        /// Its role is not decided at this moment.
        Waiting = "waiting",
        /// It hands its role over.
        Draining = "draining",
        /// Its pair has ended while the other node served. It serves nothing.
        Retired = "retired",
    }
);

/// The pair, as this node sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FailoverStatus {
    pub duty: DutyName,
    /// One or two sentences: who is primary, and whether a takeover would work now.
    pub says: String,
    /// Name of this node.
    pub node: String,
    /// The exact phase of this node, such as `following` or `suspect`. `null` without a running pair.
    #[schema(required = true)]
    pub phase: Option<String>,
    /// The term under which this node serves, such as `17.1`. `null`: it does not.
    #[schema(required = true)]
    pub ballot: Option<String>,
    /// `null`: there is no pair.
    #[schema(required = true)]
    pub peer: Option<PeerView>,
    /// The reasons for which the backup would not take over by itself now. Empty: it would.
    pub blocked_by: Vec<String>,
    /// Time of the takeover if the primary stays silent (RFC 3339, UTC).
    #[schema(required = true)]
    pub takeover: Option<String>,
    /// End of the maintenance that holds automatic takeovers (RFC 3339, UTC).
    #[schema(required = true)]
    pub maintenance: Option<String>,
    pub test_ips: Vec<String>,
    /// `null`: no check has ended yet.
    #[schema(required = true)]
    pub test_ips_answer: Option<bool>,
    pub shared_ips: Vec<SharedIpView>,
    /// True if another node may pair with this one now.
    pub invited: bool,
}

/// The other node of the pair.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerView {
    pub name: String,
    pub address: String,
    /// False until both nodes know that both have the pair.
    pub confirmed: bool,
    /// The last role that it told.
    #[schema(required = true)]
    pub role: Option<String>,
    #[schema(required = true)]
    pub version: Option<String>,
    /// True if it answered the last status check.
    pub answers: bool,
    /// Why it did not.
    #[schema(required = true)]
    pub fault: Option<String>,
}

/// A shared IP on this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SharedIpView {
    pub ip: String,
    /// `null`: the IP configuration of this node does not list it.
    #[schema(required = true)]
    pub interface: Option<String>,
    pub enabled: bool,
    /// True if this node has the address now.
    pub present: bool,
    /// `off`, `no-link`, `disabled`, or `no-helper`: `postwacht netd` does not run.
    #[schema(required = true)]
    pub fault: Option<String>,
}

/// A code for the primary-to-be. It is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PairingCodeMade {
    pub code: String,
    /// Seconds until it expires.
    pub seconds: u64,
}

/// A pair to make. This node becomes the primary.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPair {
    /// Host and port of the backup, such as `node-2.example.net:8874`.
    pub peer: String,
    /// Where the backup reaches this node.
    pub reverse: String,
    /// The code that the backup shows. Give either this or `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The pre-shared key that the backup was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// True if the settings and messages of the backup may be lost.
    #[serde(default)]
    pub discard_backup_data: bool,
    #[serde(default)]
    pub shared_ips: Vec<String>,
}

/// A pair that was made, with the checks that were run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PairMade {
    pub peer: String,
    /// False: the backup has not confirmed yet. It does so by itself.
    pub confirmed: bool,
    pub checks: Vec<PairCheckView>,
}

/// A check of two nodes before they become a pair.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PairCheckView {
    pub check: String,
    /// `good`, `warning` or `bad`.
    pub result: String,
    pub says: String,
}

/// A key that other nodes pair with, until the invitation is withdrawn.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreSharedKey {
    /// At least 20 characters, the same on both nodes.
    pub key: String,
}

/// A role for this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleWanted {
    /// `primary` or `backup`.
    pub role: String,
    /// `backup`: also if the other node does not answer. `primary`: also if another device answers on a shared IP, or nothing answers.
    #[serde(default)]
    pub force: bool,
}

/// A hold of automatic takeovers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// At most 24 hours: `2h`, `30m`.
    pub time: String,
}

/// Settings of this node for the pair. No other node changes them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeFailoverSettings {
    /// Backup operations. Status checks go on without.
    pub enabled: bool,
    /// Automatic failover: this node takes over by itself while it is the backup.
    pub automatic: bool,
    /// Time for which the primary must be silent before that.
    pub primary_timeout: String,
    /// Addresses that answer ping, or `tcp://192.0.2.1:443`.
    pub test_ips: Vec<String>,
    /// Number of test IPs that must answer.
    pub test_ips_min: usize,
    /// The shared IPs that this node can serve.
    pub ips: Vec<NodeIpSetting>,
}

/// A shared IP in the IP configuration of this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeIpSetting {
    pub ip: String,
    pub interface: String,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// Settings that both nodes share. They are changed on the primary.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PairFailoverSettings {
    pub shared_ips: Vec<String>,
    /// Time between two status checks, and the time for each answer.
    pub probe_interval: String,
    pub probe_timeout: String,
    /// Checks in a row until a condition begins or ends.
    pub fail_rounds: u32,
    pub ok_rounds: u32,
    /// Time between two checks of the host name.
    pub hostname_interval: String,
    /// Lifetime of a shared IP in the kernel, and the time between two renewals.
    pub address_lifetime: String,
    pub address_refresh: String,
    /// Wait of a former primary for its peer at the start.
    pub startup_wait: String,
    pub drain_timeout: String,
    pub handover_timeout: String,
    /// Time for a primary to answer the claim of its peer.
    pub yield_grace: String,
    /// Shortest time between two automatic role changes, and most of them in 24 hours.
    pub flip_guard: String,
    pub takeovers_max: u32,
    /// `highest-ballot`: of two primaries, the one with the lower term steps back.
    pub conflict: String,
    /// `resume` or `wait`.
    pub lone_start: String,
}
