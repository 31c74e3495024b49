//! What the service promises, short of real peers.

mod clock;
mod oauth;
mod words;
