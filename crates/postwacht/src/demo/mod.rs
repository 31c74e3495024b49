//! Helpers of the demo: a temporary directory, and a relay that keeps the messages that it receives.

mod place;
mod relay;

pub(crate) use place::DemoPlace;
pub(crate) use relay::DemoRelay;
