//! Rewrites a message for a relay with fewer extensions: without SMTPUTF8 the header must be ASCII (RFC 6532, downgraded as in
//! RFC 6857), without 8BITMIME all of it must be (RFC 6152 §3).
//!
//! [`recode`] gives `None` for a message that it cannot rewrite without loss; the message then needs another relay. A signature
//! covers the bytes of a message, so a signed one is never rewritten, also if it is attached to another.

mod header;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use encodify::qp;
use mail_parser::{MessageParser, MimeHeaders};

use header::Fields;

/// The form that a message gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// ASCII in every header, also in those of parts.
    AsciiHeader,
    /// ASCII as a whole: bodies beyond it are quoted-printable or base64.
    Ascii,
}

/// Deepest nesting of parts that is rewritten.
const DEPTH_MAX: usize = 20;
/// Octets in a line of base64 (RFC 2045 §6.8), before the encoding.
const BASE64_LINE: usize = 57;
/// Octets of such a line with its line end.
const BASE64_LINE_ENCODED: usize = 78;

/// True if a header of the message or of one of its parts has letters beyond ASCII in UTF-8: RFC 6532. Bytes in other character
/// sets are no such letters; SMTPUTF8 would not allow them.
pub(crate) fn has_utf8_header(text: &[u8]) -> bool {
    !text.is_ascii() && Entity::read(text, Place::Message).is_some_and(|entity| entity.has_utf8_header(0))
}

/// Writes the message, with CRLF line ends, in this form. `None` if that is not possible without loss.
pub(crate) fn recode(text: &[u8], form: TextForm) -> Option<Vec<u8>> {
    let entity = Entity::read(text, Place::Message)?;
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    entity.write(&mut out, Recoding { form, depth: 0 })?;
    let is_done = match form {
        TextForm::Ascii => out.is_ascii(),
        TextForm::AsciiHeader => !has_utf8_header(&out),
    };
    is_done.then_some(out)
}

/// The kind of a body, by its Content-Type.
enum Kind {
    Multipart {
        boundary: String,
        subtype: Multipart,
    },
    Message,
    /// Its form is fixed (RFC 2046 §5.2.2).
    Fixed,
    Text,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Multipart {
    /// A signature covers its first part (RFC 1847 §2.1).
    Signed,
    /// Its parts are messages unless they say otherwise (RFC 2046 §5.1.5).
    Digest,
    Other,
}

/// The place of an entity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is a message: the whole one or one within.
    Message,
    Part,
    DigestPart,
}

impl Multipart {
    fn place(self) -> Place {
        if self == Multipart::Digest { Place::DigestPart } else { Place::Part }
    }
}

#[derive(Clone, Copy)]
struct Recoding {
    form: TextForm,
    depth: usize,
}

/// A message or a part of one.
struct Entity<'a> {
    fields: Fields<'a>,
    body: &'a [u8],
    kind: Kind,
    place: Place,
    is_encoded: bool,
    has_type: bool,
}

impl<'a> Entity<'a> {
    /// `None` if its header is none.
    fn read(text: &'a [u8], place: Place) -> Option<Self> {
        let (fields, body) = Fields::read(text)?;
        let parsed = MessageParser::default().parse_headers(fields.bytes());
        let content_type = parsed.as_ref().and_then(|message| message.content_type());
        let main = content_type.map(|kind| kind.ctype().to_ascii_lowercase());
        let sub = content_type.and_then(|kind| kind.subtype()).map(str::to_ascii_lowercase);
        let boundary = content_type.and_then(|kind| kind.attribute("boundary")).map(str::to_owned);
        let kind = match (main.as_deref(), sub.as_deref().unwrap_or_default(), boundary) {
            (Some("multipart"), "signed", Some(boundary)) => Kind::Multipart { boundary, subtype: Multipart::Signed },
            (Some("multipart"), "digest", Some(boundary)) => Kind::Multipart { boundary, subtype: Multipart::Digest },
            (Some("multipart"), _, Some(boundary)) => Kind::Multipart { boundary, subtype: Multipart::Other },
            (None, ..) if place == Place::DigestPart => Kind::Message,
            (Some("message"), "rfc822" | "global" | "news", _) => Kind::Message,
            (Some("multipart"), ..) | (Some("message"), "partial" | "external-body", _) => Kind::Fixed,
            (None | Some("text" | "message"), ..) => Kind::Text,
            (Some(_), ..) => Kind::Other,
        };
        let encoding = parsed.as_ref().and_then(|message| message.content_transfer_encoding()).unwrap_or_default();
        let is_encoded = is_encoding(encoding);
        Some(Self { fields, body, kind, place, is_encoded, has_type: main.is_some() })
    }

    fn has_utf8_header(&self, depth: usize) -> bool {
        let within = |text: &[u8], place| {
            !text.is_ascii() && Entity::read(text, place).is_some_and(|entity| entity.has_utf8_header(depth + 1))
        };
        self.fields.have_utf8()
            || depth < DEPTH_MAX
                && match &self.kind {
                    Kind::Multipart { boundary, subtype } => {
                        let is_found =
                            |piece: &BodyPiece<'_>| matches!(piece, BodyPiece::Part(part) if within(part, subtype.place()));
                        pieces(self.body, boundary).iter().any(is_found)
                    }
                    Kind::Message => within(self.body, Place::Message),
                    Kind::Fixed | Kind::Text | Kind::Other => false,
                }
    }

    /// True if its bytes must stay: a signature covers them, or their form is fixed.
    fn is_fixed(&self) -> bool {
        self.fields.is_signed() || matches!(self.kind, Kind::Fixed | Kind::Multipart { subtype: Multipart::Signed, .. })
    }

    fn write(&self, out: &mut Vec<u8>, recoding: Recoding) -> Option<()> {
        if recoding.depth > DEPTH_MAX || self.fields.is_signed() && !self.fields.bytes().is_ascii() {
            return None;
        }
        if self.body.is_ascii() {
            self.write_header(out, recoding, None)?;
            out.extend_from_slice(self.body);
            return Some(());
        }
        match (&self.kind, recoding.form) {
            (_, TextForm::Ascii) if self.is_fixed() => None,
            // A letter in a header within is found by the caller.
            (_, TextForm::AsciiHeader) if self.is_fixed() => self.write_as_is(out, recoding),
            (Kind::Text | Kind::Other | Kind::Fixed, TextForm::AsciiHeader) => self.write_as_is(out, recoding),
            (Kind::Multipart { boundary, subtype }, form) => {
                self.write_header(out, recoding, (form == TextForm::Ascii).then_some("7bit"))?;
                self.write_parts(boundary, subtype.place(), out, recoding)
            }
            // A message within a message has no other encoding (RFC 2046 §5.2.1).
            (Kind::Message, _) if self.is_encoded => None,
            (Kind::Message, form) => {
                self.write_header(out, recoding, (form == TextForm::Ascii).then_some("7bit"))?;
                Entity::read(self.body, Place::Message)?.write(out, recoding.deeper())
            }
            (Kind::Text | Kind::Other | Kind::Fixed, TextForm::Ascii) => self.write_encoded(out, recoding),
        }
    }

    fn write_as_is(&self, out: &mut Vec<u8>, recoding: Recoding) -> Option<()> {
        self.write_header(out, recoding, None)?;
        out.extend_from_slice(self.body);
        Some(())
    }

    /// Writes the parts. `None` if there is none, so that the body is not what its type says, or if text behind the last part
    /// would be lost: the list may have ended too early.
    fn write_parts(&self, boundary: &str, place: Place, out: &mut Vec<u8>, recoding: Recoding) -> Option<()> {
        let pieces = pieces(self.body, boundary);
        if !boundary.is_ascii() || !pieces.iter().any(|piece| matches!(piece, BodyPiece::Part(_))) {
            return None;
        }
        for (i, piece) in pieces.iter().enumerate() {
            match *piece {
                BodyPiece::Between(bytes) if bytes.is_ascii() || recoding.form == TextForm::AsciiHeader => {
                    out.extend_from_slice(bytes);
                }
                // No program shows the text before the first part (RFC 2046 §5.1.1).
                BodyPiece::Between(bytes) if i == 0 => {
                    out.extend(bytes.iter().map(|&byte| if byte.is_ascii() { byte } else { b'?' }));
                }
                BodyPiece::Between(_) => return None,
                BodyPiece::Part(part) if part.is_ascii() => out.extend_from_slice(part),
                BodyPiece::Part(part) => Entity::read(part, place)?.write(out, recoding.deeper())?,
            }
        }
        Some(())
    }

    /// Writes a body that is no other message or list of parts.
    fn write_encoded(&self, out: &mut Vec<u8>, recoding: Recoding) -> Option<()> {
        // Bytes beyond ASCII within quoted-printable or base64 have no meaning there.
        if self.is_encoded {
            return None;
        }
        let quoted = matches!(self.kind, Kind::Text).then(|| qp::BODY.encode(self.body));
        // Text of another script is shorter in base64.
        match quoted.filter(|quoted| quoted.len() <= self.body.len().div_ceil(BASE64_LINE) * BASE64_LINE_ENCODED) {
            Some(quoted) => {
                self.write_header(out, recoding, Some("quoted-printable"))?;
                out.extend_from_slice(quoted.as_bytes());
            }
            None => {
                self.write_header(out, recoding, Some("base64"))?;
                for line in self.body.chunks(BASE64_LINE) {
                    out.extend_from_slice(BASE64.encode(line).as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        Some(())
    }

    /// Writes the header with this transfer encoding, and the empty line.
    fn write_header(&self, out: &mut Vec<u8>, recoding: Recoding, encoding: Option<&str>) -> Option<()> {
        // Text without a type is US-ASCII (RFC 2045 §5.2), which this body is not.
        let is_declared = self.has_type || !matches!(self.kind, Kind::Text);
        for field in self.fields.iter() {
            let replaced = encoding.is_some() && field.is("content-transfer-encoding");
            if !replaced {
                field.write(out, recoding.form)?;
            }
        }
        if let Some(encoding) = encoding {
            if self.place == Place::Message && !self.fields.iter().any(|field| field.is("mime-version")) {
                out.extend_from_slice(b"MIME-Version: 1.0\r\n");
            }
            if !is_declared {
                let charset = if std::str::from_utf8(self.body).is_ok() { "utf-8" } else { "unknown-8bit" };
                out.extend_from_slice(format!("Content-Type: text/plain; charset={charset}\r\n").as_bytes());
            }
            out.extend_from_slice(format!("Content-Transfer-Encoding: {encoding}\r\n").as_bytes());
        }
        out.extend_from_slice(self.fields.end());
        Some(())
    }
}

impl Recoding {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// True if a transfer encoding changes bytes. Comments and the spelling `8-bit` occur.
fn is_encoding(value: &str) -> bool {
    let token = value.split(['(', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
    !matches!(token.as_str(), "" | "7bit" | "7-bit" | "8bit" | "8-bit" | "binary")
}

/// A piece of a multipart body.
enum BodyPiece<'a> {
    /// A delimiter line with the line end before it, the text before the first part, or the text behind the last.
    Between(&'a [u8]),
    Part(&'a [u8]),
}

/// The body cut at its delimiter lines (RFC 2046 §5.1.1). The pieces in turn are the body.
fn pieces<'a>(body: &'a [u8], boundary: &str) -> Vec<BodyPiece<'a>> {
    let mut pieces = Vec::new();
    // Start of the part or text that has not ended, and true for a part.
    let (mut start, mut in_part, mut at) = (0, false, 0);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let (line_start, line_end) = (at, at + line.len());
        at = line_end;
        let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary.as_bytes())) else { continue };
        let rest = rest.trim_ascii_end();
        if !matches!(rest, b"" | b"--") {
            continue;
        }
        // The line end before the delimiter belongs to it.
        let before = if body[start..line_start].ends_with(b"\r\n") { line_start - 2 } else { line_start };
        if in_part {
            pieces.push(BodyPiece::Part(&body[start..before]));
            pieces.push(BodyPiece::Between(&body[before..line_end]));
        } else {
            pieces.push(BodyPiece::Between(&body[start..line_end]));
        }
        (start, in_part) = (line_end, rest.is_empty());
        if !in_part {
            break;
        }
    }
    let rest = &body[start..];
    pieces.push(if in_part { BodyPiece::Part(rest) } else { BodyPiece::Between(rest) });
    pieces
}

#[cfg(test)]
mod tests;
