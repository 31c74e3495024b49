//! The fields of a header, and each in ASCII: encoded words in texts and names (RFC 2047), extended parameters (RFC 2231), and
//! an empty group for an address beyond ASCII (RFC 6857 §3.1.8).

use mail_builder::headers::address::Address as HeaderAddress;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::text::Text;
use mail_builder::headers::{Header, HeaderType};
use mail_parser::{HeaderValue, MessageParser};
use model::Mailbox;
use smtp::AddressList;
use smtp::address_list::ListEntry;

use super::TextForm;
use crate::field_kind::{FieldKind, field_kind};

/// Fields that sign the message: RFC 6376, RFC 8617, and Yahoo's older DomainKeys (RFC 4870).
const SIGNATURES: [&str; 4] = ["dkim-signature", "arc-message-signature", "arc-seal", "domainkey-signature"];

/// Fields that name the author or the sender. Without them a message is none.
const AUTHORS: [&str; 4] = ["from", "sender", "resent-from", "resent-sender"];

/// The header of a message or part.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    fields: Vec<RawField<'a>>,
    end: &'a [u8],
}

/// A field with its folds and line end.
pub(super) struct RawField<'a> {
    name: &'a str,
    raw: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads the header, and gives the body behind its empty line. `None` if a line is no field.
    pub(super) fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut fields: Vec<RawField<'a>> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let next = at + line.len();
            if matches!(line, b"\r\n" | b"\n") {
                return Some((Self { bytes: &text[..at], fields, end: line }, &text[next..]));
            }
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                let last = fields.last_mut()?;
                last.raw = &text[at - last.raw.len()..next];
            } else {
                let colon = line.iter().position(|&byte| byte == b':')?;
                fields.push(RawField { name: std::str::from_utf8(line[..colon].trim_ascii_end()).ok()?, raw: line });
            }
            at = next;
        }
        Some((Self { bytes: text, fields, end: b"" }, b""))
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RawField<'a>> {
        self.fields.iter()
    }

    /// The empty line behind the header, if there is one.
    pub(super) fn end(&self) -> &'a [u8] {
        self.end
    }

    pub(super) fn have_utf8(&self) -> bool {
        self.fields.iter().any(|field| !field.raw.is_ascii() && std::str::from_utf8(field.raw).is_ok())
    }

    pub(super) fn is_signed(&self) -> bool {
        self.fields.iter().any(|field| SIGNATURES.iter().any(|name| field.is(name)))
    }
}

impl RawField<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Writes the field in this form. Bytes that are no UTF-8 stay as they are unless the whole message must be ASCII; then they
    /// are taken for ISO 8859-1. `None` if the name is not ASCII.
    pub(super) fn write(&self, out: &mut Vec<u8>, form: TextForm) -> Option<()> {
        let text = match std::str::from_utf8(self.raw) {
            _ if self.raw.is_ascii() => None,
            Ok(text) => Some(text.to_owned()),
            Err(_) if form == TextForm::AsciiHeader => None,
            Err(_) => Some(self.raw.iter().map(|&byte| char::from(byte)).collect()),
        };
        match text {
            None => out.extend_from_slice(self.raw),
            Some(text) => self.write_in_ascii(out, &unfolded(&text))?,
        }
        Some(())
    }

    fn write_in_ascii(&self, out: &mut Vec<u8>, value: &str) -> Option<()> {
        if !self.name.is_ascii() {
            return None;
        }
        // Only a comment in these can have other letters.
        if let Some(value) = [("mime-version", "1.0"), ("content-transfer-encoding", uncommented(value))]
            .iter()
            .find_map(|(name, value)| self.is(name).then_some(value))
        {
            out.extend_from_slice(format!("{}: {value}\r\n", self.name).as_bytes());
            return Some(());
        }
        let list = || AddressList::of_header(value).ok();
        let known: Option<HeaderType<'_>> = match field_kind(self.name) {
            FieldKind::Addresses => list().map(|list| HeaderType::Address(addresses(&list))),
            FieldKind::Parameters => self.parameters(value).map(HeaderType::ContentType),
            FieldKind::Unstructured => Some(HeaderType::Text(Text::new(decoded(value)))),
            FieldKind::Date | FieldKind::Tokens => None,
        };
        let (name, value) = match known {
            Some(known) => (self.name.to_owned(), known),
            // A message needs its author.
            None if AUTHORS.iter().any(|name| self.is(name)) => return None,
            // RFC 6857 §3.2: the value goes to a field that no program reads.
            None => (format!("Downgraded-{}", self.name), HeaderType::Text(Text::new(value))),
        };
        out.extend_from_slice(format!("{name}: ").as_bytes());
        value.write_header(out, name.len() + 2);
        Some(())
    }

    /// The value of Content-Type or Content-Disposition. `None` if it cannot be read.
    fn parameters(&self, value: &str) -> Option<ContentType<'static>> {
        let whole = format!("{}: {value}\r\n\r\n", self.name);
        let parsed = MessageParser::default().parse_headers(whole.as_bytes())?;
        let HeaderValue::ContentType(found) = parsed.headers().first()?.value() else { return None };
        let essence = found.subtype().map_or_else(|| found.ctype().to_owned(), |sub| format!("{}/{sub}", found.ctype()));
        let attributes = found.attributes().unwrap_or_default();
        let with = |value: ContentType<'static>, attribute: &mail_parser::Attribute<'_>| {
            value.attribute(attribute.name.to_string(), attribute.value.to_string())
        };
        Some(attributes.iter().fold(ContentType::new(essence), with))
    }
}

/// The value of a field on one line.
fn unfolded(field: &str) -> String {
    let value = field.split_once(':').map_or("", |(_, value)| value);
    let lines = value.split('\n').map(|line| line.trim_matches(['\r', ' ', '\t'])).filter(|line| !line.is_empty());
    lines.map(|line| line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()).collect::<Vec<String>>().join(" ")
}

/// The value without its comment.
fn uncommented(value: &str) -> &str {
    value.split('(').next().unwrap_or_default().trim()
}

/// The value with its encoded words read, so that they are not encoded twice.
fn decoded(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    let whole = format!("Subject: {value}\r\n\r\n");
    let parsed = MessageParser::default().parse_headers(whole.as_bytes());
    parsed.and_then(|message| message.subject().map(str::to_owned)).unwrap_or_else(|| value.to_owned())
}

fn addresses(list: &AddressList) -> HeaderAddress<'static> {
    let entries = list.entries.iter().map(|entry| match entry {
        ListEntry::Mailbox(mailbox) => address(mailbox),
        ListEntry::Group { name, members } => {
            let is_ascii = members.iter().all(|mailbox| !mailbox.address.needs_utf8());
            // A group has no groups in it, so one with an address beyond ASCII becomes the list of its members.
            if is_ascii {
                HeaderAddress::new_group(Some(name.clone()), members.iter().map(address).collect())
            } else {
                HeaderAddress::List(members.iter().map(address).collect())
            }
        }
    });
    HeaderAddress::List(entries.collect())
}

fn address(mailbox: &Mailbox) -> HeaderAddress<'static> {
    let wire = mailbox.address.wire();
    if !mailbox.address.needs_utf8() {
        return HeaderAddress::new_address(mailbox.name.clone(), wire);
    }
    let shown = mailbox.name.as_ref().map_or_else(|| wire.clone(), |name| format!("{name} {wire}"));
    HeaderAddress::new_group(Some(shown), Vec::new())
}
