//! Replies of a relay: the codec (RFC 5321 §4.2) and enhanced status codes (RFC 3463, RFC 2034).
//!
//! The decoder is lenient where that is harmless: a bare LF ends a line, and it replaces bytes that are no UTF-8. It is
//! strict where one reply could be taken for another: the codes of a reply must agree, and every length has a bound.

use std::fmt;

/// Longest reply line accepted, in bytes. RFC 5321 §4.5.3.1.5 says 512; providers exceed it.
pub const LINE_MAX: usize = 4096;
/// Longest reply accepted, in bytes over all its lines.
pub const REPLY_MAX: usize = 65_536;

/// One whole reply, of one or more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// The enhanced code of the first line, if its class fits the code.
    pub enhanced: Option<Enhanced>,
    /// The text of each line, without code, line end, and the enhanced code of the first line.
    pub lines: Vec<String>,
}

/// An enhanced status code: class, subject, detail (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Enhanced(pub u8, pub u16, pub u16);

/// The meaning of a reply's first digit (RFC 5321 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyClass {
    Good,
    GoOn,
    Temporary,
    Permanent,
}

/// The reason why bytes are no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    #[error("not an SMTP reply: {0:?}")]
    NotSmtp(String),
    #[error("a reply whose lines have different codes ({0} and {1})")]
    MixedCodes(u16, u16),
    #[error("a reply line of more than {LINE_MAX} bytes")]
    LineTooLong,
    #[error("a reply of more than {REPLY_MAX} bytes")]
    TooLong,
}

impl Reply {
    /// A reply of one line. `text` may begin with an enhanced code.
    pub fn new(code: u16, text: &str) -> Self {
        let (enhanced, text) = split_enhanced(code, text);
        Self { code, enhanced, lines: vec![text.to_owned()] }
    }

    pub fn class(&self) -> ReplyClass {
        match self.code / 100 {
            2 => ReplyClass::Good,
            3 => ReplyClass::GoOn,
            4 => ReplyClass::Temporary,
            _ => ReplyClass::Permanent,
        }
    }

    /// The lines joined by one space: for people, and for the catalogue of known replies.
    pub fn text(&self) -> String {
        self.lines.join(" ").trim().to_owned()
    }

    /// True if the enhanced code has this subject and detail, in any class.
    pub fn is_about(&self, subject: u16, detail: u16) -> bool {
        self.enhanced.is_some_and(|e| e.1 == subject && e.2 == detail)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        match self.text() {
            text if text.is_empty() => Ok(()),
            text => write!(f, " {text}"),
        }
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl std::str::FromStr for Enhanced {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut number = |digits: usize| {
            let part = parts.next().ok_or(())?;
            let plain = (1..=digits).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if plain { part.parse::<u16>().map_err(|_| ()) } else { Err(()) }
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        match (class, parts.next()) {
            (2, None) | (4, None) | (5, None) => Ok(Self(u8::try_from(class).map_err(|_| ())?, subject, detail)),
            _ => Err(()),
        }
    }
}

/// Splits `5.7.1 text` if the class fits the code (RFC 2034 §4).
fn split_enhanced(code: u16, text: &str) -> (Option<Enhanced>, &str) {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    match head.parse::<Enhanced>() {
        Ok(enhanced) if u16::from(enhanced.0) == code / 100 => (Some(enhanced), rest.trim_start()),
        _ => (None, text),
    }
}

/// Decodes a stream of bytes into whole replies.
#[derive(Default)]
pub struct ReplyDecoder {
    buffer: Vec<u8>,
    taken: usize,
    lines: Vec<String>,
    code: Option<u16>,
    size: usize,
}

impl ReplyDecoder {
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// True if the decoder holds no byte behind the last reply taken. The driver must check this at STARTTLS: an attacker
    /// may have sent the bytes that came in clear behind the `220` (CVE-2011-0411 and related).
    pub fn is_empty(&self) -> bool {
        self.buffer.len() == self.taken && self.lines.is_empty()
    }

    /// The next whole reply, or `None` if more bytes are needed. After a fault the stream is unusable.
    pub fn take(&mut self) -> Result<Option<Reply>, ReplyFault> {
        while let Some(end) = self.buffer[self.taken..].iter().position(|&b| b == b'\n') {
            let line = self.buffer[self.taken..self.taken + end].to_vec();
            self.taken += end + 1;
            if let Some(reply) = self.line(&line)? {
                return Ok(Some(reply));
            }
        }
        if self.buffer.len() - self.taken > LINE_MAX {
            return Err(ReplyFault::LineTooLong);
        }
        Ok(None)
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyFault> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LINE_MAX {
            return Err(ReplyFault::LineTooLong);
        }
        self.size += line.len();
        if self.size > REPLY_MAX {
            return Err(ReplyFault::TooLong);
        }
        let (code, last, text) = split_line(line)?;
        match self.code {
            Some(first) if first != code => return Err(ReplyFault::MixedCodes(first, code)),
            _ => self.code = Some(code),
        }
        self.lines.push(text);
        Ok(last.then(|| self.whole(code)))
    }

    fn whole(&mut self, code: u16) -> Reply {
        let mut lines = std::mem::take(&mut self.lines);
        (self.code, self.size) = (None, 0);
        let (enhanced, rest) = split_enhanced(code, &lines[0]);
        lines[0] = rest.to_owned();
        if let Some(enhanced) = enhanced {
            // Many relays repeat the enhanced code on every line. People need it once.
            let repeated = enhanced.to_string();
            for line in &mut lines[1..] {
                if let Some(rest) = line.strip_prefix(&repeated) {
                    *line = rest.trim_start().to_owned();
                }
            }
        }
        Reply { code, enhanced, lines }
    }
}

/// Returns the code, true for the last line, and the text made safe to show: U+FFFD replaces control characters
/// (except tabs) and misleading ones.
fn split_line(line: &[u8]) -> Result<(u16, bool, String), ReplyFault> {
    let shown = || ReplyFault::NotSmtp(String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned());
    let (code, rest) = line.split_at_checked(3).ok_or_else(shown)?;
    let digits = matches!(code, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    let last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return Err(shown()),
    };
    if !digits {
        return Err(shown());
    }
    let code = code.iter().fold(0, |n, b| n * 10 + u16::from(b - b'0'));
    let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
    let text = text.chars().map(|c| if (c.is_control() && c != '\t') || misleads(c) { '\u{FFFD}' } else { c }).collect();
    Ok((code, last, text))
}

/// True for invisible characters that reorder, break or hide the text around them: the directional ones of Unicode
/// Standard Annex #9 section 2, separators and zero-width characters. Foreign texts must not keep them.
pub fn misleads(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8]) -> Result<Vec<Reply>, ReplyFault> {
        let mut decoder = ReplyDecoder::default();
        decoder.feed(bytes);
        let mut all = Vec::new();
        while let Some(reply) = decoder.take()? {
            all.push(reply);
        }
        Ok(all)
    }

    #[test]
    fn reply_lines_are_joined_with_enhanced_code_once() {
        let replies = decode(b"550-5.1.1 No such user.\r\n550 5.1.1 See help\r\n250 ok\r\n").unwrap();
        assert_eq!(replies[0].to_string(), "550 5.1.1 No such user. See help");
        assert_eq!(replies[0].enhanced, Some(Enhanced(5, 1, 1)));
        assert_eq!(replies[1], Reply::new(250, "ok"));
    }

    #[test]
    fn enhanced_code_of_another_class_is_text() {
        assert_eq!(Reply::new(250, "5.1.1 hm").enhanced, None);
        assert_eq!(Reply::new(250, "2.1.5").enhanced, Some(Enhanced(2, 1, 5)));
    }

    /// The decoder takes neither the first nor the last code.
    #[test]
    fn mixed_codes_are_a_fault() {
        assert_eq!(decode(b"250-one\r\n550 two\r\n"), Err(ReplyFault::MixedCodes(250, 550)));
    }

    #[test]
    fn bytes_without_reply_form_are_not_smtp() {
        for bytes in ["HTTP/1.1 400 Bad Request\r\n", "\0\u{1} 220\r\n", "\r\n", "99 x\r\n", "650 x\r\n", "2500 x\r\n"] {
            assert!(matches!(decode(bytes.as_bytes()), Err(ReplyFault::NotSmtp(_))), "{bytes:?}");
        }
    }

    #[test]
    fn endless_line_and_endless_reply_are_refused() {
        assert_eq!(decode(&[b'2'; LINE_MAX + 1]), Err(ReplyFault::LineTooLong));
        assert_eq!(decode(&b"250-more of it\r\n".repeat(6000)), Err(ReplyFault::TooLong));
    }

    /// So they never reach a terminal.
    #[test]
    fn control_characters_in_reply_are_replaced() {
        assert_eq!(decode(b"250 a\x1b[31mb\r\n").unwrap()[0].lines[0], "a\u{FFFD}[31mb");
    }

    proptest! {
        #[test]
        fn replies_are_the_same_in_any_portions(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
            let whole = decode(&bytes);
            let cut = cut.min(bytes.len());
            let mut decoder = ReplyDecoder::default();
            let mut all = Ok(Vec::new());
            for part in [&bytes[..cut], &bytes[cut..]] {
                decoder.feed(part);
                while let Ok(list) = &mut all {
                    match decoder.take() {
                        Ok(Some(reply)) => list.push(reply),
                        Ok(None) => break,
                        Err(fault) => all = Err(fault),
                    }
                }
            }
            prop_assert_eq!(whole, all);
        }

        #[test]
        fn encoded_reply_is_decoded(code in 200u16..560, lines in prop::collection::vec("[a-zA-Z ]{0,40}", 1..5)) {
            let mut wire = String::new();
            for (i, line) in lines.iter().enumerate() {
                wire += &format!("{code}{}{line}\r\n", if i + 1 == lines.len() { ' ' } else { '-' });
            }
            let reply = decode(wire.as_bytes()).unwrap().remove(0);
            prop_assert_eq!(reply.code, code);
            prop_assert_eq!(reply.lines, lines);
        }
    }
}
