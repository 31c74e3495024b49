//! Builds the text of a message from its parts: submitted mail and our own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use model::Mailbox;

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
    #[error("texts and attachments are larger than {SIZE_MAX} bytes in total")]
    TooLarge,
}

/// Headers that the parts or the intake write.
const RESERVED: [&str; 17] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "sender",
    "received",
    "return-path",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
    "dkim-signature",
    "resent-from",
];

fn plain(field: &str, text: &str) -> Result<(), PartsFault> {
    if text.chars().any(char::is_control) { Err(PartsFault::Control { field: field.to_owned() }) } else { Ok(()) }
}

/// Header text that is safe raw: encoded if it is not plain ASCII.
fn addresses<'a>(list: &'a [Mailbox]) -> mail_builder::headers::address::Address<'a> {
    let header_address = |mailbox: &'a Mailbox| {
        let address = mail_builder::headers::address::EmailAddress {
            name: mailbox.name.as_deref().map(Into::into),
            email: mailbox.address.wire().into(),
        };
        mail_builder::headers::address::Address::Address(address)
    };
    mail_builder::headers::address::Address::List(list.iter().map(header_address).collect())
}

/// Builds the message as 7-bit text: encodes characters that are not ASCII.
pub fn compose(from: &Mailbox, parts: &MessageParts, now: i64) -> Result<Vec<u8>, PartsFault> {
    plain("subject", &parts.subject)?;
    if parts.least_size() > SIZE_MAX {
        return Err(PartsFault::TooLarge);
    }
    let mut builder = MessageBuilder::new()
        .from(addresses(std::slice::from_ref(from)))
        .to(addresses(&parts.to))
        .subject(parts.subject.as_str())
        .date(now / 1000)
        .message_id(parts.message_id.clone().unwrap_or_else(|| message_id(&from.address)));
    if !parts.cc.is_empty() {
        builder = builder.cc(addresses(&parts.cc));
    }
    for (name, value) in &parts.headers {
        let known = RESERVED.contains(&name.to_ascii_lowercase().as_str());
        let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match (known, good) {
            (true, _) => return Err(PartsFault::Reserved(name.clone())),
            (_, false) => return Err(PartsFault::NotAHeader(name.chars().filter(|c| !c.is_control()).collect())),
            _ => plain(&format!("headers.{name}"), value)?,
        }
        let value = if value.is_ascii() { value.clone() } else { format!("=?utf-8?B?{}?=", BASE64.encode(value)) };
        builder = builder.header(name.as_str(), Raw::new(value));
    }
    // The message always has a text part: a notice must be readable in a terminal.
    builder = builder.text_body(parts.text.as_deref().unwrap_or_default());
    if let Some(html) = &parts.html {
        builder = builder.html_body(html.as_str());
    }
    for attachment in &parts.attachments {
        plain("attachments", &attachment.name)?;
        plain("attachments", &attachment.content_type)?;
        builder = builder.attachment(attachment.content_type.as_str(), attachment.name.as_str(), attachment.data.as_slice());
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
mod tests;
