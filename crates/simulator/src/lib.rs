//! A seeded simulation of a failover pair: two cores of `model::failover`, a virtual kernel with address lifetimes, a network with
//! faults, clocks that drift, processes that stop and crash. The same seed gives the same run.
//!
//! [`run`] injects the faults of one class, then heals everything. It checks after each event that at most one node serves, and at
//! the end that exactly one does.

mod actions;
#[cfg(test)]
mod exhaustive;
mod faults;
mod machine;
mod network;
mod outcome;
mod random;
mod world;

pub use outcome::{BrokenRule, FaultClass, Summary};
pub use world::run;
