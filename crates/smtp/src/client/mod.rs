//! Our side of the dialogue with a relay: a machine that speaks words, not bytes.
//!
//! The driver asks [`Dialogue::poll`] what to do, does it, and tells the machine what came of it: a reply, a secured
//! connection, a body sent, a loss. All decisions are here; the driver has none (docs/style: drivers are loops).

mod dialogue;
mod fault;
mod report;
mod stage;
mod transaction;

pub use dialogue::{Dialogue, Rules, Security, Step};
pub use fault::{Fault, FaultKind, Resource, TlsFault};
pub use report::{Report, StageRecord};
pub use stage::{Phase, Stage, Timeouts};
pub use transaction::{Ending, Envelope, Told, Transaction, Unfit};
