//! Golden transcripts: every word that the client machine says, and what became of each recipient.

mod transcripts;
