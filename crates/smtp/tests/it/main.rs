//! Golden transcripts, and what must hold for any input.
#![expect(clippy::unwrap_used, reason = "tests")]

mod decoders;
mod transcripts;
