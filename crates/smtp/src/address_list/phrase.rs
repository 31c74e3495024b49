//! Display names: phrases of words (RFC 5322 §3.2.5), some of them encoded (RFC 2047 §5, rule 3).

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Base64 with or without padding: many encoders leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Atom(String),
    /// Content of a quoted string.
    Quoted(String),
    Dot,
}

/// A word of a phrase or of a local part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// True if white space or a comment stands before the word.
    pub(super) after_blank: bool,
    pub(super) word: Word,
}

/// The phrase as a person reads it: without quotes, on one line, with encoded words decoded.
pub(super) fn phrase(pieces: &[Piece]) -> String {
    let mut runs: Vec<(String, bool)> = Vec::new();
    for piece in pieces {
        let (text, is_quoted) = match &piece.word {
            Word::Atom(text) => (text.as_str(), false),
            Word::Quoted(text) => (text.as_str(), true),
            Word::Dot => (".", false),
        };
        match runs.last_mut() {
            Some((run, quoted)) if !piece.after_blank => {
                run.push_str(text);
                *quoted |= is_quoted;
            }
            _ => runs.push((text.to_owned(), is_quoted)),
        }
    }
    let (mut name, mut was_encoded) = (String::new(), false);
    for (run, is_quoted) in runs {
        let decoded = if is_quoted { None } else { decode(&run) };
        // White space between encoded words is not part of the text: RFC 2047 §6.2.
        let is_joined = name.is_empty() || was_encoded && decoded.is_some();
        if !is_joined {
            name.push(' ');
        }
        was_encoded = decoded.is_some();
        name.push_str(decoded.as_deref().unwrap_or(&run));
    }
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// The text of an encoded word, `=?charset?encoding?text?=`. `None` if it is none, or in a character set that is not known here.
fn decode(word: &str) -> Option<String> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        _ if parts.next().is_some() => return None,
        "B" | "b" => BASE64.decode(text).ok()?,
        "Q" | "q" => unquote_printable(text)?,
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the character set.
    match charset.split('*').next()?.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => Some(String::from_utf8_lossy(&bytes).into_owned()),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// Decodes the encoding *Q* (RFC 2047 §4.2).
fn unquote_printable(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}
