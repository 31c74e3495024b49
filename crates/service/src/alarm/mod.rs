//! Alerts outside email: webhooks and a heartbeat.

mod call;
mod form;
mod heartbeat;

pub use call::{Called, CalledFault};
pub(crate) use call::{Caller, call};
pub(crate) use form::hooks;
pub(crate) use heartbeat::{Heart, beat};
