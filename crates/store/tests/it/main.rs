//! Tests of the store: its contract, which every engine must keep, and the means of the SQLite engine.
#![expect(clippy::unwrap_used, reason = "tests")]

mod backup;
mod contract;
mod opening;
mod powercut;
mod sample;
