//! The roles of a node of a pair, and the stages between them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ballot::Ballot;
use super::boot_time::BootTime;
use super::peer::RoleName;
use super::seen::{Force, Operation, StartStage};

/// The reason for an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivationOrigin {
    /// The primary is silent for its timeout.
    Automatic { down_since: BootTime },
    /// A former primary does not reach its peer at the start.
    Lone { quiet_since: BootTime },
    /// The peer answers and is not primary, and this node was the last one.
    Resume,
    /// The peer has handed the role over, maybe because an administrator asked for it here.
    HandedOver { operation: Option<Operation> },
    /// An administrator asks for it.
    Command { operation: Operation, force: Force, silent_since: BootTime },
}

impl ActivationOrigin {
    /// True if a sign of life of the peer ends the activation.
    pub(super) fn needs_silence(self) -> bool {
        matches!(self, Self::Automatic { .. } | Self::Lone { .. })
    }

    pub(super) fn operation(self) -> Option<Operation> {
        match self {
            Self::Command { operation, .. } => Some(operation),
            Self::HandedOver { operation } => operation,
            Self::Automatic { .. } | Self::Lone { .. } | Self::Resume => None,
        }
    }
}

/// Stages on the way to the role of primary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivationStage {
    /// Three quick checks of the peer, and a look for another holder of the shared IPs.
    Confirming { checks: u32, unchecked: BTreeSet<IpAddr> },
    /// The peer may still answer the claim.
    Claiming { until: BootTime },
    /// The runtime sets the addresses, then starts the services.
    Activating { stage: StartStage, until: BootTime },
}

/// The phase of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackupPhase {
    /// The node takes the settings and the data of a new primary.
    CatchingUp,
    Following,
    /// The primary is silent since the start of the first failed check. The network of this node works.
    Suspect {
        since: BootTime,
    },
    /// Neither the primary nor a test IP answers.
    Isolated,
    /// The self-test fails.
    Malfunction,
    /// This node has handed the role over and waits for its peer.
    HandedOver {
        operation: Operation,
        until: BootTime,
    },
}

/// The reason why a former primary does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FenceCause {
    /// Neither the peer nor a test IP has answered for half of the peer's timeout.
    Isolated,
    /// The peer serves under a higher ballot, and an administrator decides conflicts.
    Conflict,
}

/// The role of this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairRole {
    /// Not part of a pair. `serves`: false after a relationship ended in which it was the backup.
    Standalone {
        serves: bool,
    },
    /// The process has started, and does not know its peer's role yet.
    Starting {
        since: BootTime,
        quiet_since: Option<BootTime>,
    },
    Primary {
        ballot: Ballot,
    },
    /// Still primary; takes no new work, and hands the role over then.
    Draining {
        ballot: Ballot,
        operation: Operation,
        until: BootTime,
    },
    Fenced {
        cause: FenceCause,
        quiet_since: Option<BootTime>,
    },
    Backup(BackupPhase),
    /// On the way to the role of primary. `ballot` is `None` until the claim.
    Taking {
        origin: ActivationOrigin,
        stage: ActivationStage,
        ballot: Option<Ballot>,
    },
}

/// The kind of a role, for the table of transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RoleKind {
    Standalone,
    Starting,
    Primary,
    Draining,
    Fenced,
    CatchingUp,
    Following,
    Suspect,
    Isolated,
    Malfunction,
    HandedOver,
    Confirming,
    Claiming,
    Activating,
}

impl RoleKind {
    /// The role as the peer sees it. A claim counts as an activation: the peer must not serve meanwhile.
    pub fn name(self) -> RoleName {
        match self {
            Self::Standalone => RoleName::Standalone,
            Self::Starting => RoleName::Starting,
            Self::Primary | Self::Draining => RoleName::Primary,
            Self::Fenced => RoleName::Fenced,
            Self::CatchingUp
            | Self::Following
            | Self::Suspect
            | Self::Isolated
            | Self::Malfunction
            | Self::HandedOver
            | Self::Confirming => RoleName::Backup,
            Self::Claiming | Self::Activating => RoleName::Activating,
        }
    }
}

impl PairRole {
    pub fn kind(&self) -> RoleKind {
        match self {
            Self::Standalone { .. } => RoleKind::Standalone,
            Self::Starting { .. } => RoleKind::Starting,
            Self::Primary { .. } => RoleKind::Primary,
            Self::Draining { .. } => RoleKind::Draining,
            Self::Fenced { .. } => RoleKind::Fenced,
            Self::Backup(BackupPhase::CatchingUp) => RoleKind::CatchingUp,
            Self::Backup(BackupPhase::Following) => RoleKind::Following,
            Self::Backup(BackupPhase::Suspect { .. }) => RoleKind::Suspect,
            Self::Backup(BackupPhase::Isolated) => RoleKind::Isolated,
            Self::Backup(BackupPhase::Malfunction) => RoleKind::Malfunction,
            Self::Backup(BackupPhase::HandedOver { .. }) => RoleKind::HandedOver,
            Self::Taking { stage: ActivationStage::Confirming { .. }, .. } => RoleKind::Confirming,
            Self::Taking { stage: ActivationStage::Claiming { .. }, .. } => RoleKind::Claiming,
            Self::Taking { stage: ActivationStage::Activating { .. }, .. } => RoleKind::Activating,
        }
    }

    /// The ballot under which this node serves, or is about to.
    pub fn serving(&self) -> Option<Ballot> {
        match self {
            Self::Primary { ballot } | Self::Draining { ballot, .. } => Some(*ballot),
            Self::Taking { ballot, stage: ActivationStage::Activating { .. }, .. } => *ballot,
            _ => None,
        }
    }

    /// The command that this role will answer.
    pub(super) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Draining { operation, .. } | Self::Backup(BackupPhase::HandedOver { operation, .. }) => Some(*operation),
            Self::Taking { origin, .. } => origin.operation(),
            _ => None,
        }
    }

    /// The role as the peer sees it.
    pub fn name(&self) -> RoleName {
        self.kind().name()
    }
}
