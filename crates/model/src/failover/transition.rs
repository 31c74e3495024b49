//! The table of role transitions. docs/failover.md shows it; a change of role that is not in it is an error.

use serde::{Deserialize, Serialize};

use super::role::RoleKind;
use super::role::RoleKind::{
    Activating, CatchingUp, Claiming, Confirming, Draining, Fenced, Following, HandedOver, Isolated, Malfunction, Primary,
    Standalone, Starting, Suspect,
};

const BACKUP: &[RoleKind] = &[CatchingUp, Following, Suspect, Isolated, Malfunction];
const SERVING: &[RoleKind] = &[Primary, Draining, Activating];
const PAIRED: &[RoleKind] = &[
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
];

/// A row of the table: from these roles to these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionRow {
    pub transition: Transition,
    pub from: &'static [RoleKind],
    /// The observation that leads there.
    pub on: &'static str,
    /// The condition that must hold.
    pub guard: &'static str,
    pub to: &'static [RoleKind],
}

macro_rules! transitions {
    ($($name:ident $from:expr, $on:literal, $guard:literal, $to:expr;)*) => {
        /// A transition by its name in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Transition {
            $(#[doc = $on] $name,)*
        }

        pub const TRANSITIONS: &[TransitionRow] = &[$(TransitionRow {
            transition: Transition::$name,
            from: $from,
            on: $on,
            guard: $guard,
            to: $to,
        }),*];
    };
}

transitions! {
    T1 &[Standalone], "the relationship is made", "the checks of pairing", &[Primary, CatchingUp, Starting];
    T2 &[Starting, Fenced, HandedOver], "the peer serves, or this node was the backup", "", &[CatchingUp, Following, Suspect, Isolated, Malfunction];
    T3 &[Starting], "neither the peer nor another holder of the shared IPs answers", "was primary, test IPs and self-test good", &[Confirming];
    T4 BACKUP, "a check without an answer of the peer", "test IPs and self-test good", &[Suspect];
    T5 BACKUP, "a check without an answer of the peer or a test IP", "self-test good", &[Isolated];
    T6 BACKUP, "a failed self-test", "", &[Malfunction];
    T7 BACKUP, "a good check", "", &[Following];
    T8 &[Suspect], "the peer is silent for the primary timeout", "the guards of a takeover", &[Confirming];
    T9 &[Confirming, Claiming], "a sign of life, or a guard is lost", "", &[Following, Suspect, Isolated, Malfunction, Starting, Fenced];
    T10 &[Confirming], "three quick checks without an answer, and the shared IPs are free", "the guards of a takeover", &[Claiming];
    T11 &[Claiming], "no answer to the claim", "the guards of a takeover", &[Activating];
    T12 &[Starting, Fenced, HandedOver], "the peer answers and is not primary", "this node was primary last", &[Activating, Confirming];
    T13 &[Activating], "the services run", "", &[Primary];
    T14 &[Activating], "a stage fails, or the time is over", "", &[Following, Suspect, Isolated, Malfunction, Starting, Fenced];
    T15 &[Primary], "an administrator hands the role over", "the peer answers, or force", &[Draining];
    T16 &[Draining], "no work is under way", "", &[HandedOver];
    T17 &[Draining], "the work does not end in time", "", &[Primary];
    T18 BACKUP, "the peer hands the role over", "self-test good", &[Activating];
    T19 SERVING, "no sign of life within the deadline", "the peer may act alone", &[Fenced];
    T20 &[Primary, Draining, Activating, Claiming, Confirming, Fenced], "the peer serves under a higher ballot", "", &[CatchingUp, Fenced];
    T21 &[HandedOver], "the peer is silent until the end of the handover", "", &[Suspect, Isolated, Malfunction];
    T22 &[Fenced], "only test IPs answer for the primary timeout", "as for T3", &[Confirming];
    T23 &[Primary, Draining, Activating, Confirming, Claiming], "the process was stopped for the lifetime of the addresses", "", &[Starting];
    T24 &[CatchingUp], "this node has the settings and the data of the primary", "", &[Following];
    T25 PAIRED, "the relationship ends", "", &[Standalone];
    T26 &[CatchingUp, Following, Suspect, Isolated, Malfunction, Starting, Fenced],
        "an administrator makes this node primary, or both nodes are backups for the primary timeout", "the peer does not serve", &[Confirming];
}

impl Transition {
    pub fn row(self) -> &'static TransitionRow {
        &TRANSITIONS[self as usize]
    }

    /// True if the table allows this change.
    pub fn allows(self, from: RoleKind, to: RoleKind) -> bool {
        let row = self.row();
        row.from.contains(&from) && row.to.contains(&to)
    }
}
