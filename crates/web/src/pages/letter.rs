//! The mail that the demo's relay accepted.

use std::sync::Arc;

use model::time::Timestamp;

/// Source of the accepted mail for the mailbox page.
pub trait LetterSource: Send + Sync {
    /// Returns the mails, newest first.
    fn letters(&self) -> Vec<Letter>;
}

/// One accepted mail with its envelope.
#[derive(Clone)]
pub struct Letter {
    pub number: u64,
    pub at: Timestamp,
    /// Sender of the envelope. Empty for a bounce.
    pub sender: String,
    pub recipients: Vec<String>,
    pub body: Arc<[u8]>,
}
