//! Requests of the node, and the answers and reports of the helper: one JSON object on each line.

use std::net::IpAddr;
use std::time::Duration;

use model::failover::{Ballot, BootTime};
use serde::{Deserialize, Serialize};

use crate::address::{Mac, PlacedIp};

/// Longest line.
pub const LINE_MAX: usize = 64 * 1024;
/// Longest lifetime of an address.
pub const LIFETIME_MAX: Duration = Duration::from_secs(300);
/// Most addresses in a request.
pub(crate) const ADDRESSES_MAX: usize = 8;
/// Longest wait for the answer to a ping.
pub(crate) const PING_MAX: Duration = Duration::from_secs(30);

/// A request with its number. The reply has the same number; replies come in any order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetdCall {
    pub id: u64,
    pub request: NetdRequest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NetdRequest {
    /// Sets these addresses until this time, or renews them, and removes every other one of ours. The kernel counts whole seconds:
    /// less than one is too late.
    Set {
        ballot: Ballot,
        addresses: Vec<PlacedIp>,
        until: BootTime,
    },
    /// Removes every address of ours. The reply comes when the kernel has none.
    RemoveAll,
    /// Tells the neighbours that these addresses are here: a burst of 5 announcements, 200 ms apart.
    Announce {
        addresses: Vec<PlacedIp>,
    },
    /// Looks whether another device has this address.
    Check {
        address: PlacedIp,
    },
    /// Sends one ICMP echo request.
    Ping {
        ip: IpAddr,
        timeout_ms: u64,
    },
    Snapshot,
}

/// A line from the helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetdMessage {
    Reply {
        id: u64,
        result: Result<NetdReply, NetdFault>,
    },
    /// Links or addresses have changed.
    Changed(NetworkSnapshot),
    /// Another device uses an address that this node serves.
    Conflict {
        ip: IpAddr,
        mac: Mac,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetdReply {
    Done,
    /// The device that has the address.
    Checked {
        taken: Option<Mac>,
    },
    /// The time until the answer.
    Pong {
        micros: u64,
    },
    Snapshot(NetworkSnapshot),
}

/// The reason why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NetdFault {
    /// The request has an earlier ballot than one that was seen.
    #[error("the ballot is too old: {highest} was seen")]
    StaleBallot { highest: Ballot },
    /// The request is not valid, and was not begun.
    #[error("{what}")]
    Invalid { what: String },
    #[error("there is no interface {interface}")]
    NoInterface { interface: String },
    /// The interface is off, or has no link.
    #[error("interface {interface} has no link")]
    NoLink { interface: String },
    /// This machine has the address already, without our tag.
    #[error("this machine has {ip} already, as an address of its own")]
    OwnAddress { ip: IpAddr },
    /// The deadline of the addresses is less than a second away.
    #[error("the deadline is too near")]
    Late,
    /// The node has a newer connection.
    #[error("this connection was replaced by a newer one")]
    Replaced,
    /// The kernel does not keep our tag (before Linux 5.18), so that the address could not be found again.
    #[error("the kernel does not keep the tag of {ip}")]
    NoTag { ip: IpAddr },
    #[error("no answer in time")]
    Timeout,
    #[error("{what}: {error}")]
    System { what: String, error: String },
    #[error("too many requests are under way")]
    Busy,
}

impl NetdFault {
    pub(crate) fn invalid(what: impl ToString) -> Self {
        Self::Invalid { what: what.to_string() }
    }

    pub(crate) fn system(what: impl Into<String>, error: &impl ToString) -> Self {
        Self::System { what: what.into(), error: error.to_string() }
    }
}

/// Everything that the kernel has: links and addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSnapshot {
    pub links: Vec<KernelLink>,
    pub addresses: Vec<KernelAddress>,
}

/// The operational state of a link (RFC 2863; `IFLA_OPERSTATE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperState {
    Up,
    /// The driver does not tell.
    Unknown,
    /// No carrier, a lower layer that is down, or another state in which no packet passes.
    Down,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelLink {
    pub index: u32,
    pub name: String,
    pub mac: Option<Mac>,
    /// True if an administrator has not switched it off.
    pub is_on: bool,
    pub state: OperState,
}

impl KernelLink {
    /// True if packets pass.
    pub fn works(&self) -> bool {
        self.is_on && self.state != OperState::Down
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelAddress {
    pub ip: IpAddr,
    pub prefix_len: u8,
    /// The index of its link.
    pub link: u32,
    /// True if it has our tag: this helper or an earlier one has set it.
    pub is_ours: bool,
    /// Seconds until the kernel removes it. `None`: without end.
    pub valid_s: Option<u32>,
}

impl NetworkSnapshot {
    pub fn link(&self, name: &str) -> Option<&KernelLink> {
        self.links.iter().find(|link| link.name == name)
    }

    /// The addresses of ours, with the names of their interfaces.
    pub fn ours(&self) -> impl Iterator<Item = &KernelAddress> {
        self.addresses.iter().filter(|address| address.is_ours)
    }
}

#[cfg(test)]
mod tests {
    use model::failover::PairMember;

    use super::*;

    /// The lines as they stand in docs/failover.md: another version of the node reads them too.
    #[test]
    fn messages_have_these_lines() {
        let address = PlacedIp { ip: [192, 0, 2, 100].into(), interface: "eth0".into() };
        let ballot = Ballot { term: 7, member: PairMember::Second };
        let set = NetdRequest::Set { ballot, addresses: vec![address], until: BootTime(4000) };
        let line = serde_json::to_string(&NetdCall { id: 1, request: set }).expect("JSON");
        assert_eq!(
            line,
            r#"{"id":1,"request":{"set":{"ballot":{"term":7,"member":"Second"},"addresses":[{"ip":"192.0.2.100","interface":"eth0"}],"until":4000}}}"#
        );
        let reply = NetdMessage::Reply { id: 1, result: Err(NetdFault::StaleBallot { highest: ballot }) };
        let line = serde_json::to_string(&reply).expect("JSON");
        assert_eq!(line, r#"{"reply":{"id":1,"result":{"Err":{"stale-ballot":{"highest":{"term":7,"member":"Second"}}}}}}"#);
        let unknown = r#"{"id":1,"request":{"set-route":{}}}"#;
        assert!(serde_json::from_str::<NetdCall>(unknown).is_err());
    }
}
