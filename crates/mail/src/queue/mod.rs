//! The queue at work: claimed messages in memory, the next message for each worker, and the held relays and senders.
//!
//! On disk every message is a row with a due time. Memory has the claimed messages only, bounded in bytes and number.
//! The cost per message does not grow with the depth of the queue.

use std::time::Duration;

mod flights;
mod health;
mod known;
mod life;
mod memory;
mod schedule;
mod settle;
mod shortage;
mod work;

/// Length of a lease. After its end any claim may take the message.
pub const LEASE: Duration = Duration::from_secs(90);
/// Mail is silent if messages wait and no relay has accepted one for this time.
pub const SILENT: Duration = Duration::from_secs(30 * 60);

pub use flights::{Queue, Reservation};
pub use health::RouteRelay;
pub use known::{KnownRelay, Progress};
pub use memory::Motion;
pub(crate) use settle::EndedTransaction;
pub use work::work_of;

pub use schedule::{renew, schedule};
pub use shortage::Shortage;
pub(crate) use work::spawn_workers;
