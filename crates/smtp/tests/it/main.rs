//! Golden transcripts: every command of the client machine, and the outcome for each recipient.
#![expect(clippy::unwrap_used, reason = "tests")]

mod transcripts;
