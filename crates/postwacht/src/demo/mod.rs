//! What the demo needs of its own: a place to throw away, and a relay that keeps what it gets.

mod place;
mod relay;

pub(crate) use place::Place;
pub(crate) use relay::DemoRelay;
