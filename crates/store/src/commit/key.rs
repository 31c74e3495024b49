//! Idempotency keys: the store makes only one commit under a key, and keeps its result.

/// An idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    pub key: String,
    /// SHA-256 of the request, if a caller could use one key for two requests.
    pub content: Option<[u8; 32]>,
}

impl Once {
    /// A key for which only one request is possible.
    pub fn of(key: impl Into<String>) -> Self {
        Self { key: key.into(), content: None }
    }
}

/// The result that the store saves under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyResult {
    /// The number of the message that the commit accepts.
    Message,
    Text(String),
}

/// The result that is stored under a used key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneOnce {
    pub result: String,
    content: Option<[u8; 32]>,
}

impl DoneOnce {
    pub fn new(result: String, content: Option<[u8; 32]>) -> Self {
        Self { result, content }
    }

    /// True unless the key was used for another request.
    pub fn is_of(&self, once: &Once) -> bool {
        !matches!((self.content, once.content), (Some(before), Some(now)) if before != now)
    }
}
