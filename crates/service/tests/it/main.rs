//! What the service promises, short of real peers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod alarm;
mod causes;
mod certainty;
mod clock;
mod daily;
mod fallback;
mod notices;
mod oauth;
mod permission;
mod storm;
mod words;
mod world;
