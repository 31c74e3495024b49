//! Everything that the core of failover asks for.

use std::net::IpAddr;
use std::time::Duration;

use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::durable::{Durable, StoredRole};
use super::seen::{CommandRefusal, Operation, Round, StartStage};
use super::transition::Transition;
use crate::event::{Facts, OwnCode};

/// Something for the runtime to do. It does the actions of one step in their order. Behind a [`Self::Persist`] that failed it does only
/// those that [`Self::is_allowed_unsaved`] names.
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
    Drain(Operation),
    /// Takes work again.
    Undrain,
    /// Asks the peer to activate.
    HandOver(Ballot),
    /// Asks the primary to hand its role over.
    AskHandOver,
    /// Gets the e-mail settings of the peer.
    PullEmailSettings,
    /// An event without an end.
    Tell(OwnCode, Facts),
    Moved(Transition),
    Reply(Operation, Result<(), CommandRefusal>),
    /// Ends the process without cleaning up: the kernel drops the addresses when their lifetime ends.
    Die,
}

impl PairAction {
    /// True if the action may be done although the disk has refused the record before it. `on_disk`: the record that the disk has.
    ///
    /// Actions that take authority away never wait for the disk. A primary keeps the authority that it has. A new ballot, a message to the
    /// peer and a promise to an administrator need the disk.
    pub fn is_allowed_unsaved(&self, on_disk: &Durable) -> bool {
        let keeps = |ballot: &Ballot| on_disk.active == *ballot && on_disk.role != Some(StoredRole::Backup);
        match self {
            Self::Token(Some((ballot, _))) | Self::SetAddresses { ballot, .. } => keeps(ballot),
            Self::Persist(_)
            | Self::Claim(_)
            | Self::Begin(..)
            | Self::Drain(_)
            | Self::HandOver(_)
            | Self::AskHandOver
            | Self::Reply(_, Ok(())) => false,
            Self::Token(None)
            | Self::Probe { .. }
            | Self::ProbeHostname
            | Self::CheckAddresses(_)
            | Self::RemoveAddresses
            | Self::Announce(_)
            | Self::StopServices
            | Self::Undrain
            | Self::PullEmailSettings
            | Self::Tell(..)
            | Self::Moved(_)
            | Self::Reply(_, Err(_))
            | Self::Die => true,
        }
    }

    /// True if the action takes authority away.
    fn stops(&self) -> bool {
        matches!(self, Self::Token(None) | Self::RemoveAddresses | Self::StopServices | Self::Die)
    }

    /// True if the action gives authority, so that a stop behind it makes it void.
    fn starts(&self) -> bool {
        matches!(self, Self::Token(Some(_)) | Self::SetAddresses { .. } | Self::Announce(_) | Self::Begin(..))
    }
}

/// Puts what takes authority away before everything else: it must not wait for a slow disk. What it ends is not begun.
pub(super) fn stops_first(mut actions: Vec<PairAction>) -> Vec<PairAction> {
    let Some(last) = actions.iter().rposition(PairAction::stops) else { return actions };
    let mut at = 0;
    actions.retain(|action| {
        at += 1;
        at > last || !action.starts()
    });
    let (mut first, rest): (Vec<_>, Vec<_>) = actions.into_iter().partition(PairAction::stops);
    first.extend(rest);
    first
}
