//! Alerts outside email: webhooks and a heartbeat.

mod call;
mod form;
mod heartbeat;

pub use call::{Called, CalledFault, WebhookCaller, call};
pub use form::hooks;
pub use heartbeat::{Heart, beat};
