//! Integration tests of the service with the lab's relays and provider, without third-party services.
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
mod repairs;
mod sending;
mod storm;
mod words;
mod world;
