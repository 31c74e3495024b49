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

    /// The text in clear. Use it only for the wire and for sealing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// Compares without an early exit. So the time of a comparison does not tell where two secrets differ.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
    }
}

impl Eq for Secret {}
