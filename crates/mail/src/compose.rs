//! Builds the text of a message from its parts: submitted mail and our own.

mod body;
mod field;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_builder::MessageBuilder;
use model::settings::Wrong;
use model::time::Timestamp;
use model::{Mailbox, Phrase};
use smtp::address_list::ListFault;

use crate::intake::SIZE_MAX;
use crate::message_id::message_id;

/// A message in parts, from `POST /messages` or `postwacht send`.
#[derive(Clone, Debug, Default)]
pub struct MessageParts {
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub headers: Vec<(String, String)>,
    pub attachments: Vec<Attachment>,
    /// Without brackets. `None`: a random one.
    pub message_id: Option<String>,
}

impl MessageParts {
    /// A lower bound of the message's size in bytes. Base64 needs four bytes for three, and a line end for each line.
    fn least_size(&self) -> usize {
        let texts = [&self.text, &self.html].into_iter().flatten().map(String::len);
        let attachments = self.attachments.iter().map(|attachment| attachment.data.len().div_ceil(3) * 4 / 76 * 78);
        texts.chain(attachments).fold(0, usize::saturating_add)
    }
}

#[derive(Clone, Debug)]
pub struct Attachment {
    pub name: String,
    pub content_type: String,
    pub data: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartsFault {
    #[error("{field}: a control character is not allowed")]
    Control { field: String },
    #[error("headers.{0}: this header is set by Postwacht or by the other fields")]
    Reserved(String),
    #[error("headers.{0}: not a header name")]
    NotAHeader(String),
    #[error("headers.{0}: this header is given twice")]
    Twice(String),
    #[error("{field}: {fault}")]
    NotAddresses { field: String, fault: ListFault },
    #[error("{field}: an address is missing")]
    Empty { field: String },
    #[error("{field}: not a date; example: Thu, 12 Mar 2026 10:30:00 +0100")]
    NotADate { field: String },
    #[error("{field}: only ASCII characters are allowed in this header")]
    NotAscii { field: String },
    #[error("{field}: a word without spaces is longer than 900 bytes")]
    WordTooLong { field: String },
    #[error("attachments: {0:?} is not a content type; example: text/plain")]
    NotAContentType(String),
    #[error("texts and attachments are larger than {SIZE_MAX} bytes in total")]
    TooLarge,
}

impl PartsFault {
    /// The field of the request that is at fault.
    pub fn field(&self) -> String {
        match self {
            Self::Reserved(name) | Self::NotAHeader(name) | Self::Twice(name) => format!("headers.{name}"),
            Self::Control { field }
            | Self::NotAddresses { field, .. }
            | Self::Empty { field }
            | Self::NotADate { field }
            | Self::NotAscii { field }
            | Self::WordTooLong { field } => field.clone(),
            Self::NotAContentType(_) => "attachments".to_owned(),
            Self::TooLarge => "message".to_owned(),
        }
    }

    /// The fault in words, for its field.
    pub fn phrase(&self) -> Phrase {
        let why = match self {
            Self::NotAddresses { fault, .. } => return Wrong::address(&fault.part, &fault.fault).phrase(),
            Self::Control { .. } => "control",
            Self::Reserved(_) => "reserved",
            Self::NotAHeader(_) => "name",
            Self::Twice(_) => "twice",
            Self::Empty { .. } => "empty",
            Self::NotADate { .. } => "date",
            Self::NotAscii { .. } => "ascii",
            Self::WordTooLong { .. } => "long-word",
            Self::NotAContentType(_) => "content-type",
            Self::TooLarge => "size",
        };
        Phrase::new("header-fault").with("why", why)
    }
}

fn without_control(field: &str, text: &str) -> Result<(), PartsFault> {
    if text.chars().any(char::is_control) { Err(PartsFault::Control { field: field.to_owned() }) } else { Ok(()) }
}

/// Builds the message. Its header is ASCII, unless an address needs more (RFC 6532).
pub fn compose(from: &Mailbox, parts: &MessageParts, now: Timestamp) -> Result<Vec<u8>, PartsFault> {
    without_control("subject", &parts.subject)?;
    if parts.least_size() > SIZE_MAX {
        return Err(PartsFault::TooLarge);
    }
    let mut builder = MessageBuilder::new()
        .from(field::addresses(std::slice::from_ref(from)))
        .subject(parts.subject.as_str())
        .date(now.as_secs())
        .message_id(parts.message_id.clone().unwrap_or_else(|| message_id(&from.address)));
    // An empty list is no field (RFC 5322 §3.6.3). A message may have neither To nor Cc.
    for (name, list) in [("To", &parts.to), ("Cc", &parts.cc)] {
        if !list.is_empty() {
            builder = builder.header(name, field::addresses(list));
        }
    }
    for (index, (name, value)) in parts.headers.iter().enumerate() {
        if parts.headers[..index].iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(PartsFault::Twice(name.clone()));
        }
        builder = builder.header(name.as_str(), field::custom(name, value)?);
    }
    let (text, html) = (parts.text.as_deref().unwrap_or_default(), parts.html.as_deref());
    builder.html_body = html.map(|html| body::text("text/html", html));
    // An empty text beside HTML would be shown instead of it (RFC 2046 §5.1.4: both say the same).
    builder.text_body = (!text.is_empty() || html.is_none()).then(|| body::text("text/plain", text));
    if !parts.attachments.is_empty() {
        builder.attachments = Some(parts.attachments.iter().map(body::attachment).collect::<Result<_, _>>()?);
    }
    builder.write_to_vec().map_err(|_| PartsFault::Control { field: "message".into() })
}

/// Decodes base64 text and ignores white space. Decodes step by step, without a second copy of the text. `None` if the text
/// is not base64.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    /// Characters decoded at once: whole groups of four.
    const STEP: usize = 16 << 10;
    let mut data = Vec::with_capacity(text.len() / 4 * 3);
    let mut step = Vec::with_capacity(STEP);
    for part in text.as_bytes().split(u8::is_ascii_whitespace) {
        let mut part = part;
        while !part.is_empty() {
            if step.len() == STEP {
                decode_step(&mut step, &mut data)?;
            }
            let (now, later) = part.split_at(part.len().min(STEP - step.len()));
            step.extend_from_slice(now);
            part = later;
        }
    }
    BASE64.decode_vec(&step, &mut data).ok()?;
    Some(data)
}

/// Decodes a step that is not the last: padding may stand only at the end of the text.
fn decode_step(step: &mut Vec<u8>, data: &mut Vec<u8>) -> Option<()> {
    if step.last() == Some(&b'=') {
        return None;
    }
    BASE64.decode_vec(&*step, data).ok()?;
    step.clear();
    Some(())
}

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod tests;
