//! Tests of the contract of the store, which every engine under it must keep.
#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod backup;
mod contract;
mod grants;
mod opening;
mod powercut;
mod sample;
mod watch;
