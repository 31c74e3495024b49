//! Assembly and life of a node: starts and stops its parts, and offers the actions that need several of them.

mod alerting;
pub mod backup;
pub mod doctor;
pub mod last_test;
pub mod life;
mod life_signs;
pub mod pair;
mod sending;
mod service;
mod tasks;
pub mod test_send;
mod upkeep;

pub use service::{Service, Start, StartFault};
