//! The messages of a pairing, and of two nodes that know each other.

use model::failover::{Ballot, NodeFacts, PairSettings, PeerStatus};
use serde::{Deserialize, Serialize};

use crate::email::EmailDocument;
use crate::identity::KeyPin;
use crate::proof::SecretProof;
use crate::relationship::PeerAddress;

/// Version of the pairing. Nodes with different ones cannot be paired.
pub(super) const PROTOCOL: u32 = 1;

/// Caller to listener: the caller knows the secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingHello {
    pub(super) protocol: u32,
    pub(super) proof: SecretProof,
}

/// Listener to caller: the listener knows it too.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Welcome {
    Known(SecretProof),
    Refused(PeerRefusal),
}

/// The reason for which the other node refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum PeerRefusal {
    #[error("the other node has not allowed a pairing, or its code has expired")]
    NotInvited,
    /// `left`: tries until the code is void. `None`: a pre-shared key.
    #[error("the code or the key is another one on the other node")]
    WrongSecret { left: Option<u8> },
    #[error("too many wrong codes or keys were tried at the other node")]
    TooManyTries,
    #[error("the other node is making another pair at this moment")]
    Busy,
    #[error("the other node has a pair already")]
    Paired,
    #[error("the other node speaks version {0} of the pairing")]
    Protocol(u32),
    #[error("the other node cannot store the pair: {0}")]
    Storage(String),
    #[error("the message names another pair")]
    OtherPair,
    #[error("the failover of the other node does not run")]
    NotRunning,
    #[error("with the settings of the other node, these break rules of failover: {0}")]
    Settings(String),
    #[error("the other node cannot read its e-mail settings: {0}")]
    Unreadable(String),
}

/// Caller to listener: who the caller is, and where the listener reaches it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Introduction {
    pub(super) facts: NodeFacts,
    pub(super) reverse: PeerAddress,
}

/// Listener to caller: who the listener is, and whether it reaches the caller.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) facts: NodeFacts,
    pub(super) reverse_fault: Option<String>,
}

/// Caller to listener: the pair, or the end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Proposal {
    Pair {
        pair_id: String,
        settings: Box<PairSettings>,
        /// The ballot under which the caller serves.
        first: Ballot,
    },
    Stop,
}

/// Listener to caller: the proposal, and later the decision, is on its disk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Agreement {
    Agreed,
    Refused(PeerRefusal),
}

/// Caller to listener: the pair is on the caller's disk, or is not made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PairDecision {
    Made,
    NotMade,
}

/// The state of a node after the end of its pair. At most one of the two may go on: a node retires when it hears that the other goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AfterEnd {
    GoesOn,
    Retires,
}

/// A question from one node of a pair to the other. Each names the pair.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeerQuestion {
    pub(super) pair_id: String,
    pub(super) asks: PeerAsks,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeerAsks {
    /// Nothing: the connection shows that this node is reached.
    Hello,
    /// The backup does not know whether the primary has made the pair.
    IsMade,
    /// The primary has made the pair.
    Made,
    /// The pair has ended for the caller.
    Ended(AfterEnd),
    /// The caller will show this key.
    NewKey(KeyPin),
    /// A status check. It carries the status of the caller.
    Status(Box<PeerStatus>),
    /// The caller is about to activate this ballot.
    Claim(Ballot),
    /// The caller has stopped to serve and asks the listener to activate.
    HandOver(Ballot),
    /// The caller, a backup, asks for the role of primary.
    AskHandOver,
    /// The caller, a backup, asks for the e-mail settings.
    Email,
    /// The caller, a primary, has new settings of the pair.
    Settings(Box<PairSettings>),
    /// The caller, a backup, asks for a token, to see if the host name of the site leads to this node.
    SiteToken,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeerSays {
    /// The question is answered, or was carried out.
    Done,
    Made,
    /// The pair is not decided yet. Ask later.
    Undecided,
    NotMade,
    /// The listener has ended the pair.
    Ended(AfterEnd),
    /// The listener will show this key once the caller shows its new one.
    NewKey(KeyPin),
    /// The status of the listener, after it has acted on the question.
    Status(Box<PeerStatus>),
    /// The listener answers to this token on its pages from now on.
    SiteToken(String),
    /// The e-mail settings of the listener, with their secrets and grants.
    Email(Box<EmailDocument>),
    Refused(PeerRefusal),
}
