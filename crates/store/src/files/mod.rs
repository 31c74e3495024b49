//! Files of the store: their names, their kind, their identity, and what was lost.

mod foreign;
mod lost;
mod names;
mod stamp;

pub(crate) use foreign::create_anew;
pub use foreign::{FileKind, ForeignFile, examine, no_follow};
pub use lost::{Loss, LostFile};
pub(crate) use names::{filled_log, free_name, is_filled, set_log_aside, with_suffix};
pub(crate) use stamp::{FileIdentity, FileStamp};
