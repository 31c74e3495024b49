//! The failover pair: a pure core that decides which of two nodes serves.
//!
//! [`step()`] is the only way to change a [`PairState`]. It takes an observation, and returns the new state and the actions to carry
//! out. It has no clock, no network and no disk. docs/failover.md has the table of its transitions and the rules of its settings.
//!
//! Four rules keep two nodes from serving at the same time:
//!
//! 1. A primary serves only until a deadline. Each answer of its peer or of a test IP moves the deadline on. The deadline counts
//!    from the time of the question, and ends after half of the time that its peer waits for it.
//! 2. The kernel drops the shared addresses at the deadline by itself, so that a stopped process does not keep them.
//! 3. A backup takes over only after its peer was silent, and a test IP reachable, for the whole primary timeout. It may do so
//!    only after the primary has confirmed that it knows this time.
//! 4. Each activation has a ballot of its own, on disk before it is used. Of two primaries that hear of each other, the one with
//!    the lower ballot stops at once.

mod action;
mod ballot;
mod boot_time;
mod command;
mod condition;
mod core;
mod debounce;
mod durable;
mod guard;
mod listen;
mod observation;
mod pairing;
mod peer;
mod role;
mod rounds;
mod rule;
mod seen;
mod settings;
mod state;
mod step;
mod takeover;
mod transition;

pub use action::PairAction;
pub use ballot::{Ballot, PairMember};
pub use boot_time::BootTime;
pub use condition::{CONDITIONS, PairCondition, UnwatchedConditions};
pub use debounce::Debounced;
pub use durable::{Durable, StoredRole};
pub use guard::TakeoverGuard;
pub use observation::PairObservation;
pub use pairing::{CLOCKS_APART_MAX, CheckedPair, NodeFacts, PairCheck, PairCheckResult, PairPlan, may_pair};
pub use peer::{Contract, EmailRevision, PeerStatus, RoleName};
pub use role::{ActivationOrigin, ActivationStage, BackupPhase, FenceCause, PairRole, RoleKind};
pub use rule::{FailoverFault, Rule};
pub use seen::{
    AddressUse, CommandRefusal, Force, HostnameFault, LinkFault, Operation, PairCommand, ProbeFault, Round, SelfFault,
    SharedIpSeen, StageFault, StartStage,
};
pub use settings::{
    BackupSettings, ConflictResolution, FailoverSettings, FailoverWarning, LoneStart, NodeAddresses, PairAddresses, PairSettings,
    SharedIp, TICK, TestTarget, fence_after,
};
pub use state::{PairState, RoundResult, RoundState};
pub use step::step;
pub use transition::{TRANSITIONS, Transition, TransitionRow};

#[cfg(test)]
mod tests;
