//! Everything that the core of failover learns.

use std::net::IpAddr;

use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::peer::{EmailRevision, PeerStatus};
use super::seen::{
    AddressUse, HostnameFault, Operation, PairCommand, ProbeFault, Round, SelfFault, SharedIpSeen, StageFault, StartStage,
};
use super::settings::FailoverSettings;

/// A fact that the runtime reports. Each may come in every state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairObservation {
    /// Comes at least every [`super::TICK`].
    Tick,
    /// The peer's answer to a status check on one path. `sent`: when the check left.
    PeerAnswer {
        round: Round,
        sent: BootTime,
        answer: Result<Box<PeerStatus>, ProbeFault>,
    },
    /// A status that the peer sent with a request of its own.
    PeerSays(Box<PeerStatus>),
    /// The peer is about to activate this ballot.
    Claimed(Ballot),
    /// The peer has stopped to serve and asks this node to activate.
    HandedOver(Ballot),
    TestAnswer {
        round: Round,
        sent: BootTime,
        target: usize,
        answers: Result<(), ProbeFault>,
    },
    SelfTest {
        round: Round,
        result: Result<(), SelfFault>,
    },
    Hostname(Result<(), HostnameFault>),
    /// All shared IPs of the site on this node.
    Network(Vec<SharedIpSeen>),
    /// The check before the use of a shared IP has ended.
    AddressChecked {
        ip: IpAddr,
        found: AddressUse,
    },
    /// Another device uses a shared IP that this node serves.
    AddressConflict {
        ip: IpAddr,
        mac: String,
    },
    /// A removal of all shared IPs is confirmed.
    AddressesRemoved,
    /// A stage of the activation under this ballot has ended.
    StageDone {
        ballot: Ballot,
        stage: StartStage,
        result: Result<(), StageFault>,
    },
    /// [`super::PairAction::Persist`] failed.
    NotPersisted,
    /// The services have no request under way.
    Drained(Operation),
    Command {
        operation: Operation,
        command: PairCommand,
    },
    Settings(Box<FailoverSettings>),
    /// The e-mail settings on this node have this version of the primary now.
    Email(EmailRevision),
    /// The e-mail settings were changed on this node.
    EmailSaved,
}
