//! What the service promises, short of real peers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod clock;
mod notices;
mod oauth;
mod words;
mod world;
