//! The input of the runtime: answers, faults, addresses, commands.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Number of a status check. CheckAnswers to an earlier check are dropped.
pub type Round = u64;

/// Number of an administrator's command, for its reply.
pub type Operation = u64;

/// The reason why a status check of the peer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeFault {
    Dns,
    Timeout,
    Refused,
    Unreachable,
    Tls,
    /// Another key than that of the peer, or another pair.
    WrongPeer,
    Answer,
}

/// The reason why the host name of the site does not lead to the primary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostnameFault {
    /// Name for the words of FO-08, such as `unresolved`.
    pub reason: String,
    /// The address of the name that does not lead to the primary. Empty if the name has none.
    pub target: String,
}

/// A self-test that failed: its name and the error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfFault {
    /// `storage`, `node` or `network-helper`: a variant of the words of FO-07.
    pub check: String,
    pub error: String,
}

/// The reason why a shared IP is not served although this node is primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFault {
    /// The interface is switched off.
    Off,
    /// The interface has no carrier.
    NoLink,
    /// The address is switched off in the IP configuration of this node.
    Disabled,
    /// The network helper does not run: nothing can set the address.
    NoHelper,
}

impl LinkFault {
    /// Name in the API, and a variant of the words of FO-02.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NoLink => "no-link",
            Self::Disabled => "disabled",
            Self::NoHelper => "no-helper",
        }
    }
}

/// The use of a shared IP by other devices, as the check before an activation found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressUse {
    Free,
    /// The device with this hardware address answers.
    Taken(String),
    /// The check could not be made, for this reason.
    Unknown(String),
}

/// A shared IP on this node: its interface, and what the kernel has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedIpSeen {
    pub ip: IpAddr,
    /// `None`: the IP configuration of this node does not list it.
    pub interface: Option<String>,
    pub fault: Option<LinkFault>,
    /// True if the kernel has it, with our tag.
    pub is_present: bool,
}

/// A command of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairCommand {
    /// Hands the role of primary over. `force`: without a peer that answers.
    BecomeBackup { force: Force },
    /// Takes the role over. `force`: although another device answers on a shared IP.
    BecomePrimary { force: Force },
    /// Holds automatic takeovers for this time; zero ends the hold.
    Maintain(Duration),
    /// Ends the relationship.
    Break,
}

/// Tells whether a command goes on against a known obstacle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Force {
    No,
    Yes,
}

/// A stage of an activation that the runtime carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartStage {
    /// Every shared IP is on its interface, with a lifetime.
    Addresses,
    /// The services run under the new ballot.
    Services,
}

/// The error of a stage, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct StageFault(pub String);

/// The reason why a command is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum CommandRefusal {
    #[error("the node is not part of a pair")]
    NotPaired,
    #[error("the node has this role already")]
    SameRole,
    #[error("another role change is under way")]
    Busy,
    #[error("the peer does not answer")]
    PeerUnreachable,
    #[error("the peer has not taken the newest e-mail settings yet")]
    PeerBehind,
    #[error("this node is no backup")]
    NotBackup,
    #[error("the peer did not become primary; this node is primary again")]
    NotTaken,
    #[error("the self-test of this node fails")]
    SelfTest,
    #[error("this node has never had the data of the primary")]
    NeverSynced,
    #[error("this node reaches neither its peer nor a test IP")]
    Isolated,
    #[error("nothing answers, and no shared IP can be served: the network of this node is cut off")]
    CutOff,
    #[error("another device answers on a shared IP")]
    AddressTaken,
    #[error("the node could not find out whether another device has a shared IP")]
    AddressUnknown,
    #[error("the node could not write to its disk")]
    Disk,
    #[error("the work under way did not end in time")]
    NotDrained,
    #[error("the activation failed")]
    Failed,
}
