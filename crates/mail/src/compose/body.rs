//! Texts and attachments as MIME parts. The content decides the transfer encoding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use encodify::qp;
use mail_builder::headers::content_type::ContentType;
use mail_builder::mime::{BodyPart, MimePart};
use smtp::body::canonical;

use super::{Attachment, PartsFault};

/// A text part. Text with a bare CR or a NUL is quoted-printable (RFC 2045 §6.7): programs that show a progress write such
/// text. mail-builder encodes all other text that needs it.
pub(super) fn text<'a>(kind: &'static str, text: &'a str) -> MimePart<'a> {
    if !needs_encoding(text.as_bytes()) {
        return MimePart::new(kind, text);
    }
    let charset = ContentType::new(kind).attribute("charset", "utf-8");
    MimePart::new(charset, BodyPart::Text(qp::BODY.encode(text.as_bytes()).into())).transfer_encoding("quoted-printable")
}

/// True for a bare CR or a NUL, which mail-builder does not encode.
fn needs_encoding(bytes: &[u8]) -> bool {
    let is_bare = |(at, &byte): (usize, &u8)| byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    bytes.contains(&0) || bytes.iter().enumerate().any(is_bare)
}

/// An attachment. A message within a message is never base64 (RFC 2046 §5.2.1): clients would show nothing. One that cannot
/// travel as it is becomes a file of bytes.
pub(super) fn attachment(attachment: &Attachment) -> Result<MimePart<'_>, PartsFault> {
    let Attachment { name, content_type, data } = attachment;
    let content_type = content_type.trim();
    super::without_control("attachments", name)?;
    super::without_control("attachments", content_type)?;
    if !is_content_type(content_type) {
        return Err(PartsFault::NotAContentType(content_type.to_owned()));
    }
    let is_composite = ["message/", "multipart/"].iter().any(|kind| starts_with_ignoring_case(content_type, kind));
    if starts_with_ignoring_case(content_type, "text/") && needs_encoding(data) {
        let lines: Vec<String> = data.chunks(57).map(|bytes| BASE64.encode(bytes)).collect();
        return Ok(MimePart::new(content_type, lines.join("\r\n")).attachment(name.as_str()).transfer_encoding("base64"));
    }
    if !is_composite {
        return Ok(MimePart::new(content_type, data.as_slice()).attachment(name.as_str()));
    }
    match canonical(data.clone()) {
        Ok((text, facts)) => {
            let encoding = if facts.eight_bit { "8bit" } else { "7bit" };
            Ok(MimePart::new(content_type, text).attachment(name.as_str()).transfer_encoding(encoding))
        }
        Err(_) => Ok(MimePart::new("application/octet-stream", data.as_slice()).attachment(name.as_str())),
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// Longest content type with its parameters, in bytes.
const CONTENT_TYPE_MAX: usize = 200;

/// True for `type/subtype`, with parameters or without (RFC 2045 §5.1).
fn is_content_type(text: &str) -> bool {
    let token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b));
    let essence = text.split(';').next().unwrap_or_default().trim();
    text.is_ascii()
        && text.len() <= CONTENT_TYPE_MAX
        && essence.split_once('/').is_some_and(|(main, sub)| token(main) && token(sub))
}
