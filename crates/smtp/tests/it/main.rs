//! Golden transcripts: every word that the client machine says, and what became of each recipient.
#![expect(clippy::unwrap_used, reason = "tests")]

mod transcripts;
