//! The alarm of last resort: webhooks and a heartbeat, by ways that mail has no part in.

mod call;
mod form;
mod heartbeat;

pub use call::{Called, CalledFault};
pub(crate) use call::{Caller, call};
pub(crate) use form::hooks;
pub(crate) use heartbeat::{Heart, beat};
