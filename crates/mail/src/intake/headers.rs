//! The header of an incoming message. Adds missing fields, removes blind recipients and refuses loops. Changes nothing else.

use admin::clock::random_bytes;
use model::Address;
use model::id::Origin;
use model::time::Timestamp;

use crate::message_id::message_id;

/// Maximum number of Received lines; more is a loop. RFC 5321 §6.3 asks for at least 100 in general; mail of a site's own
/// programs passes far fewer hosts.
const RECEIVED_MAX: usize = 30;
/// Longest header, in bytes.
const HEADER_MAX: usize = 256 << 10;
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    #[error("a mail loop: more than {RECEIVED_MAX} Received lines, or this node's own twice")]
    Loop,
    #[error("the header is larger than {HEADER_MAX} bytes")]
    TooLarge,
    #[error("line {0} of the header is not a header line")]
    NotAHeader(usize),
    #[error("the header has no From")]
    NoFrom,
    #[error("the text is UTF-16; a message is UTF-8 or ASCII")]
    Utf16,
}

pub(super) struct Trace<'a> {
    pub(super) host: &'a str,
    pub(super) origin: Origin,
    pub(super) via: &'a str,
    pub(super) now: Timestamp,
}

pub(super) struct Ready {
    pub(super) text: Vec<u8>,
    pub(super) subject: String,
    pub(super) message_id: String,
}

/// A header field with its folded lines, CRLF included.
struct Field<'a> {
    name: String,
    raw: &'a [u8],
}

impl Field<'_> {
    /// The value without its folds.
    fn value(&self) -> String {
        let text = String::from_utf8_lossy(self.raw);
        let value = text.split_once(':').map_or("", |(_, value)| value);
        let blank = |c| matches!(c, ' ' | '\t');
        value.split("\r\n").map(|line| line.trim_matches(blank)).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

fn fields(text: &[u8]) -> Result<(Vec<Field<'_>>, &[u8]), HeaderFault> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut at = 0;
    for (i, line) in text.split_inclusive(|&b| b == b'\n').enumerate() {
        if line == b"\r\n" {
            return Ok((fields, &text[at..]));
        }
        if at + line.len() > HEADER_MAX {
            return Err(HeaderFault::TooLarge);
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let last = fields.last_mut().ok_or(HeaderFault::NotAHeader(i + 1))?;
            let start = at - last.raw.len();
            last.raw = &text[start..at + line.len()];
        } else {
            let colon = line.iter().position(|&b| b == b':').ok_or(HeaderFault::NotAHeader(i + 1))?;
            let name = line[..colon].trim_ascii_end();
            // RFC 5322 §2.2: printable ASCII without colon.
            if name.is_empty() || !name.iter().all(|b| (33..=126).contains(b)) {
                return Err(HeaderFault::NotAHeader(i + 1));
            }
            fields.push(Field { name: String::from_utf8_lossy(name).to_ascii_lowercase(), raw: line });
        }
        at += line.len();
    }
    Ok((fields, &text[at..]))
}

/// The text without a byte order mark before its header. Editors write one, and it is part of no field name.
pub(super) fn without_mark(mut text: Vec<u8>) -> Result<Vec<u8>, HeaderFault> {
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(HeaderFault::Utf16);
    }
    if text.starts_with(MARK) {
        text.drain(..MARK.len());
    }
    Ok(text)
}

/// The text up to its first empty line, with any line ends, cut just above the longest header.
pub(super) fn head(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let text = &text[..text.len().min(HEADER_MAX + 1)];
    let is_empty = |line: &&[u8]| matches!(*line, b"\n" | b"\r\n");
    let bytes = text.split_inclusive(|&b| b == b'\n').take_while(|line| !is_empty(line)).map(<[u8]>::len).sum();
    &text[..bytes]
}

/// A header field with its value on one line.
pub(super) struct FieldValue {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_folded: bool,
}

/// The header fields of a message with CRLF.
pub(super) fn header_fields(text: &[u8]) -> Result<Vec<FieldValue>, HeaderFault> {
    let (fields, _) = fields(text)?;
    let value = |field: Field<'_>| FieldValue {
        value: field.value(),
        is_folded: field.raw.trim_ascii_end().contains(&b'\n'),
        name: field.name,
    };
    Ok(fields.into_iter().map(value).collect())
}

/// The subject as readable text, with encoded words (RFC 2047) decoded and without control characters.
fn subject(field: &Field<'_>) -> String {
    let value = field.value();
    let decoded = if value.contains("=?") {
        let whole = format!("Subject: {value}\r\n\r\n");
        let parsed = mail_parser::MessageParser::default().parse(whole.as_bytes());
        parsed.and_then(|message| message.subject().map(str::to_owned)).unwrap_or(value)
    } else {
        value
    };
    decoded.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn ready(text: Vec<u8>, trace: &Trace<'_>, sender: Option<&Address>) -> Result<Ready, HeaderFault> {
    let (fields, rest) = fields(&text)?;
    let find = |name: &str| fields.iter().find(|field| field.name == name);
    let mark = format!("(Postwacht {})", trace.origin);
    let received: Vec<_> = fields.iter().filter(|field| field.name == "received").collect();
    let ours = received.iter().filter(|field| field.value().contains(&mark)).count();
    if received.len() > RECEIVED_MAX || ours >= 2 {
        return Err(HeaderFault::Loop);
    }
    if find("from").is_none() {
        return Err(HeaderFault::NoFrom);
    }
    let date = jiff::Timestamp::try_from(trace.now).unwrap_or_default();
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let token = model::hex(&random_bytes::<6>());
    let mut head = format!("Received: by {} {mark}\r\n\twith {} id {token}; {date}\r\n", trace.host, trace.via);
    if find("date").is_none() {
        head += &format!("Date: {date}\r\n");
    }
    let given = find("message-id").map(Field::value).filter(|id| !id.is_empty());
    let id = given.clone().unwrap_or_else(|| {
        let domain = sender.cloned().or_else(|| format!("x@{}", trace.host).parse().ok());
        format!("<{}>", domain.map_or_else(|| format!("{token}@postwacht"), |domain| message_id(&domain)))
    });
    if given.is_none() {
        head += &format!("Message-ID: {id}\r\n");
    }
    let mut out = Vec::with_capacity(text.len() + head.len());
    out.extend_from_slice(head.as_bytes());
    for field in &fields {
        let empty_id = field.name == "message-id" && given.is_none();
        let is_blind = matches!(field.name.as_str(), "bcc" | "resent-bcc");
        if !is_blind && !empty_id {
            out.extend_from_slice(field.raw);
        }
    }
    if rest.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(rest);
    Ok(Ready { text: out, subject: find("subject").map(subject).unwrap_or_default(), message_id: id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> Result<(String, String, String), HeaderFault> {
        let trace = Trace { host: "mx.test", origin: Origin::draw([0, 1]), via: "test", now: Timestamp::EPOCH };
        let ready = ready(text.into(), &trace, None)?;
        Ok((String::from_utf8(ready.text).unwrap(), ready.subject, ready.message_id))
    }

    #[test]
    fn missing_fields_are_added_and_folded_bcc_removed() {
        let (text, subject, id) =
            through("From: a@x\r\nBcc: one@x,\r\n two@x\r\nResent-Bcc: two@x\r\nResent-Bcc: two@x\r\nSubject: long\r\n\tline\r\n\r\nBcc: stays\r\n").unwrap();
        assert!(text.starts_with("Received: by mx.test (Postwacht bc)\r\n\twith test id "));
        assert!(
            text.contains("\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n") && text.contains(&format!("\r\nMessage-ID: {id}\r\n"))
        );
        assert!(!text.contains("one@x") && !text.contains("two@x") && text.ends_with("\r\n\r\nBcc: stays\r\n"));
        assert_eq!(subject, "long line");
        assert_eq!(through("From: a@x\r\nSubject: =?utf-8?B?w5xuw68=?=\r\n\r\n").unwrap().1, "Ünï");
    }

    #[test]
    fn existing_fields_are_kept_byte_for_byte() {
        let given = "From: a@x\r\nMessage-ID: <1@x>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0100\r\n\r\nHi\r\n";
        let (text, _, id) = through(given).unwrap();
        assert!(text.ends_with(given));
        assert_eq!(id, "<1@x>");
    }

    #[test]
    fn loops_and_malformed_headers_are_refused() {
        let many = "Received: x\r\n".repeat(31) + "From: a@x\r\n\r\n";
        assert_eq!(through(&many), Err(HeaderFault::Loop));
        let ours = "Received: by mx (Postwacht bc) x\r\n".repeat(2) + "From: a@x\r\n\r\n";
        assert_eq!(through(&ours), Err(HeaderFault::Loop));
        assert_eq!(through("From: a@x\r\nno header\r\n\r\n"), Err(HeaderFault::NotAHeader(2)));
        assert_eq!(through(" folded\r\n\r\n"), Err(HeaderFault::NotAHeader(1)));
        assert_eq!(through("Subject: x\r\n\r\n"), Err(HeaderFault::NoFrom));
        assert_eq!(through("From: a@x\r\n").unwrap().0.matches("\r\n\r\n").count(), 1);
    }
}
