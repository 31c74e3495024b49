//! The mail that the demo's relay accepted.

use std::sync::Arc;

/// Source of the accepted mail for the mailbox page.
pub trait LetterSource: Send + Sync {
    /// Returns the mails, newest first.
    fn letters(&self) -> Vec<Letter>;
}

/// One accepted mail with its envelope.
#[derive(Clone)]
pub struct Letter {
    pub number: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Sender of the envelope. Empty for a bounce.
    pub sender: String,
    pub recipients: Vec<String>,
    pub body: Arc<[u8]>,
}
