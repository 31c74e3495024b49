//! A secret text: a password, a token, a private key.
//!
//! [`Secret`] has neither `Debug` nor `Display` nor `Serialize`, so a struct that holds a secret cannot be printed by
//! accident. A caller that needs the text calls [`Secret::reveal`]; a search for that name finds every such place.

use zeroize::Zeroizing;

/// A secret text, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text in clear. Use it only for the wire, for the encryption at rest, and to check a key.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// Compares secrets of equal length without an early exit, so that the time does not tell where they differ. It may tell that
    /// the lengths differ.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
    }
}

impl Eq for Secret {}
