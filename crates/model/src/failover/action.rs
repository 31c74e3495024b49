//! Everything that the core of failover asks for.

use std::net::IpAddr;
use std::time::Duration;

use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::durable::Durable;
use super::seen::{CommandRefusal, Operation, Round, StartStage};
use super::transition::Transition;
use crate::event::{Facts, OwnCode};

/// Something for the runtime to do. It does the actions of one step in their order, and none behind a [`Self::Persist`] that
/// failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairAction {
    /// Writes this to disk, synced, before the next action.
    Persist(Box<Durable>),
    /// Until when this node may serve, and under which ballot. `None`: not at all.
    Token(Option<(Ballot, BootTime)>),
    /// Begins a status check: all paths to the peer, all test IPs, and the self-test.
    Probe {
        round: Round,
        timeout: Duration,
    },
    /// Resolves the host name of the site and compares the node that answers there.
    ProbeHostname,
    /// Looks whether another device has these addresses.
    CheckAddresses(Vec<IpAddr>),
    /// Tells the peer on every path that this node will activate the ballot.
    Claim(Ballot),
    /// Sets the shared IPs with this lifetime, or renews it.
    SetAddresses {
        ballot: Ballot,
        ips: Vec<IpAddr>,
        lifetime: Duration,
    },
    /// Removes every shared IP of ours. Answered by [`super::PairObservation::AddressesRemoved`].
    RemoveAddresses,
    /// Tells the neighbours where the addresses are.
    Announce(Vec<IpAddr>),
    /// Carries out a stage of an activation. Answered by [`super::PairObservation::StageDone`].
    Begin(Ballot, StartStage),
    StopServices,
    /// Takes no new work, and reports [`super::PairObservation::Drained`].
    Drain,
    /// Takes work again.
    Undrain,
    /// Asks the peer to activate.
    HandOver(Ballot),
    /// Asks the primary to hand its role over.
    AskHandOver,
    /// Keeps a copy of the settings that the peer's will replace.
    ArchiveSettings,
    /// Gets the e-mail settings of the peer.
    PullEmailSettings,
    /// An event without an end.
    Tell(OwnCode, Facts),
    Moved(Transition),
    Reply(Operation, Result<(), CommandRefusal>),
    /// Ends the process without cleaning up: the kernel drops the addresses when their lifetime ends.
    Die,
}
