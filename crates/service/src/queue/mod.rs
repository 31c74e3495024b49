//! The queue at work: claimed messages in memory, the next message for each worker, and the held relays and senders.
//!
//! On disk every message is a row with a due time. Memory has the claimed messages only, bounded in bytes and number.
//! The cost per message does not grow with the depth of the queue.

mod flights;
mod known;
mod memory;
mod schedule;
mod settle;
mod shortage;
mod work;

pub use flights::{Place, Queue};
pub(crate) use memory::Motion;
pub use work::work_of;

pub(crate) use schedule::{renew, schedule};
pub(crate) use shortage::Shortage;
pub(crate) use work::spawn_workers;
