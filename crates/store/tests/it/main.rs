//! The contract of the store: what any engine under it must keep.
#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod backup;
mod contract;
mod grants;
mod opening;
mod powercut;
mod sample;
mod watch;
