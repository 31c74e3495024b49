//! The write-ahead log (WAL): its state, its checkpoints, and the process that blocks them.

mod checkpoint;
mod reader;
mod state;

pub(crate) use checkpoint::{Wal, final_checkpoint, now};
pub(crate) use state::WalView;
pub use state::{WalCause, WalState};
