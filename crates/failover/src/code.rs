//! The one-time code of a pairing: 80 bits, in 16 letters and digits that people read aloud.

use std::fmt;
use std::str::FromStr;

use admin::clock::random_bytes;

/// Base 32 (RFC 4648 §6): without 0, 1 and 8, which look like letters.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BYTES: usize = 10;
const CHARACTERS: usize = 16;

/// The one-time code. It is not printed with `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode([u8; BYTES]);

/// A text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    #[error("a code has 16 letters and digits, and this has {0}")]
    Length(usize),
    #[error("a code has only the letters A to Z and the digits 2 to 7, and this has {0:?}")]
    Character(char),
}

impl PairingCode {
    pub fn draw() -> Self {
        Self(random_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode(…)")
    }
}

impl fmt::Display for PairingCode {
    /// Such as `ABCD-EFGH-2345-6723`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        for at in 0..CHARACTERS {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            let place = 5 * (CHARACTERS - 1 - at);
            let letter = ALPHABET[usize::try_from((bits >> place) & 31).unwrap_or(0)];
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl FromStr for PairingCode {
    type Err = CodeFault;

    /// Reads a code as people type it: small letters, spaces and dashes do not matter, and 0 and 8 stand for O and B.
    fn from_str(typed: &str) -> Result<Self, CodeFault> {
        let typed = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–'));
        let letters: Vec<char> = typed.map(|c| c.to_ascii_uppercase()).collect();
        let mut bits = 0_u128;
        for letter in &letters {
            let letter = match letter {
                '0' => 'O',
                '8' => 'B',
                other => *other,
            };
            let value = ALPHABET.iter().position(|known| char::from(*known) == letter).ok_or(CodeFault::Character(letter))?;
            bits = (bits << 5) | value as u128;
        }
        if letters.len() != CHARACTERS {
            return Err(CodeFault::Length(letters.len()));
        }
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - BYTES..]);
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn code_reads_as_it_was_shown(bytes in any::<[u8; BYTES]>()) {
            let code = PairingCode(bytes);
            let shown = code.to_string();
            prop_assert_eq!(shown.len(), 19);
            prop_assert_eq!(shown.parse(), Ok(code.clone()));
            prop_assert_eq!(shown.to_lowercase().replace('-', " ").parse(), Ok(code));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,60}") {
            drop(text.parse::<PairingCode>());
        }
    }

    #[test]
    fn mistyped_code_has_a_clear_error() {
        let code = PairingCode([0xff; BYTES]);
        assert_eq!(code.to_string(), "7777-7777-7777-7777");
        for (typed, fault) in [
            ("", CodeFault::Length(0)),
            ("7777-7777-7777-777", CodeFault::Length(15)),
            ("7777-7777-7777-7777-7", CodeFault::Length(17)),
            ("7777-7777-7777-777!", CodeFault::Character('!')),
            ("7777-7777-7777-7771", CodeFault::Character('1')),
            ("7777-7777-7777-777é", CodeFault::Character('é')),
        ] {
            assert_eq!(typed.parse::<PairingCode>(), Err(fault), "{typed}");
        }
        let zero: PairingCode = "oO0o-BBBB-8888-AAAA".parse().unwrap();
        assert_eq!(zero.to_string(), "OOOO-BBBB-BBBB-AAAA");
        assert_eq!(format!("{zero:?}"), "PairingCode(…)");
    }
}
