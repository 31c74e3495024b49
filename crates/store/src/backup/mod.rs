//! Backup of a running store, and restore into a directory without a database.
//!
//! The key is not in a backup: without it the secrets in the backup are lost, and a finder of the file does not have them.
//! A backup is signed with a key derived from the key ring. A restore believes a signed file; of any other file it takes
//! only what can do no harm, and only when the caller vouches for it (docs/decisions/0014-signed-backups.md).

mod fault;
mod restore;
mod signature;
mod sieve;
mod write;

pub use fault::RestoreFault;
pub(crate) use restore::hold_waiting;
pub use restore::{RestoreRequest, Restored, Trust, restore};
pub use sieve::Dropped;
