//! Backup of a running store, and restore into a directory without a database.
//!
//! The key is not part of a backup. Without the key, the secrets in the backup are lost; a thief of the file cannot read
//! them.
//!
//! A backup is signed with a key derived from the key ring. A restore trusts a signed file. From any other file it takes only
//! harmless data, and only if the caller vouches for the file (docs/decisions/0014-signed-backups.md).

mod fault;
mod restore;
mod signature;
mod sieve;
mod write;

pub use fault::RestoreFault;
pub use restore::{RestoreRequest, Restored, SignaturePolicy, restore};
pub use sieve::Dropped;
