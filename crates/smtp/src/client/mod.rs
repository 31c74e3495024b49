//! Our side of the dialogue with a relay: a state machine of commands and replies, without bytes.
//!
//! The driver takes the next action from [`Dialogue::poll`], performs it, and reports the result to the machine: a
//! reply, a secured connection, a body sent, a loss. The machine makes every decision (docs/style: drivers are loops).

mod dialogue;
mod fault;
mod report;
mod stage;
mod transaction;

pub use dialogue::{Dialogue, Rules, Security, Step};
pub use fault::{Fault, FaultKind, Resource, TlsFault};
pub use report::{Report, StageRecord};
pub use stage::{Phase, Stage, Timeouts};
pub use transaction::{Ending, Envelope, RecipientReply, Transaction, Unfit};
