//! Alerts: checks what mail depends on, keeps incidents, and reports them by mail, webhooks and heartbeat.

pub mod alarm;
mod alerts;
pub mod daily;
pub mod event;
pub mod health;
pub mod notice;
mod pair;
pub mod received;
mod relay_check;
pub mod signals;
pub mod status;
pub mod watch;

pub use alerts::{Alerts, PreviewFault};
pub use pair::FoundCondition;
