//! A value that must not be seen: a password, a token, a private key.
//!
//! It has neither `Debug` nor `Display` nor `Serialize`, so a struct that holds one cannot be printed by accident;
//! whoever needs the text says [`Secret::reveal`], and every such place can be found by that word.

use zeroize::Zeroizing;

/// A secret text, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself: for the wire and for sealing, for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// Compares without an early exit, so that the time taken says nothing about where two secrets differ.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
    }
}

impl Eq for Secret {}
