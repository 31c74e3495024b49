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

/// The words of a comment. It may have encoded words too: RFC 2047 §5, rule 2.
pub(super) fn words(comment: &str) -> Vec<Piece> {
    comment.split_whitespace().map(|word| Piece { after_blank: true, word: Word::Atom(word.to_owned()) }).collect()
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
    let mut name = String::new();
    // Bytes of the encoded words so far. Programs split characters between two words, against RFC 2047 §5.
    let mut encoded: Option<(Charset, Vec<u8>)> = None;
    for (run, is_quoted) in runs {
        let word = if is_quoted { None } else { decode(&run) };
        encoded = match (encoded.take(), word) {
            // White space between encoded words is not part of the text: RFC 2047 §6.2.
            (Some((charset, mut bytes)), Some((next, more))) if charset == next => {
                bytes.extend(more);
                Some((charset, bytes))
            }
            (before, word) => {
                let are_joined = before.is_some() && word.is_some();
                name.extend(before.map(|(charset, bytes)| charset.text(bytes)));
                if !are_joined && !name.is_empty() {
                    name.push(' ');
                }
                if word.is_none() {
                    name.push_str(&run);
                }
                word
            }
        };
    }
    name.extend(encoded.map(|(charset, bytes)| charset.text(bytes)));
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A character set that is known here. Others are left as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    fn text(self, bytes: Vec<u8>) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
            Self::Latin1 => bytes.into_iter().map(char::from).collect(),
        }
    }
}

/// The bytes of an encoded word, `=?charset?encoding?text?=`. `None` if it is none, or in another character set.
fn decode(word: &str) -> Option<(Charset, Vec<u8>)> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        _ if parts.next().is_some() => return None,
        "B" | "b" => BASE64.decode(text).ok()?,
        "Q" | "q" => unquote_printable(text)?,
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the character set.
    let charset = match charset.split('*').next()?.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => Charset::Utf8,
        "iso-8859-1" => Charset::Latin1,
        _ => return None,
    };
    Some((charset, bytes))
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
