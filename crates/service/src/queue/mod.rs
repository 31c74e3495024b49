//! The queue in motion: what is in memory, who takes what next, and who is held.
//!
//! On disk every message is a row with a due time; here are those that are claimed, bounded in bytes and number. Cost
//! per message does not grow with the depth of the queue.

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
