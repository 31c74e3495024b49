//! A message from a program: JSON, or `message/rfc822`. A body beyond a bound is refused while it is read.

use std::fmt;
use std::sync::Arc;

use admin::parser::parser_words;
use admin::words::say;
use api::messages::RawMessageQuery;
use axum::body::Bytes;
use axum::http::StatusCode;
use mail::compose::{Attachment, MessageParts, PartsFault, compose};
use mail::intake::policy::{CLASSES, Originator, Permitted, Policy, PolicyFault};
use mail::intake::{IntakeFault, RECIPIENTS_MAX, Submission};
use model::message::Class;
use model::settings::{EmailSettings, Wrong};
use model::time::Timestamp;
use model::{Address, Language, Mailbox, Phrase};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use smtp::AddressList;
use smtp::address::AddressFault;
use smtp::address_list::ListFault;

use crate::json::{self, Excess, JsonBounds, NotRead};
use crate::principal::Principal;
use crate::problem::Problem;

/// Most attachments of a message.
const ATTACHMENTS_MAX: usize = 200;
/// Most header fields that a program may add.
const HEADERS_MAX: usize = 100;
/// Longest text other than the message's own, in bytes: an address, a subject, a value of a header field.
const TEXT_MAX: usize = 16 << 10;

/// Longest text of the message, and longest HTML, in bytes as escaped in JSON. The parser holds a text twice for a
/// moment. Longer text belongs in an attachment.
const LONG_TEXT_MAX: usize = 25 << 20;

static BOUNDS: JsonBounds = JsonBounds {
    depth: 3,
    entries: 32,
    entries_of: &[
        ("to", RECIPIENTS_MAX),
        ("cc", RECIPIENTS_MAX),
        ("bcc", RECIPIENTS_MAX),
        ("headers", HEADERS_MAX),
        ("attachments", ATTACHMENTS_MAX),
    ],
    values: 8192,
    text: TEXT_MAX,
    text_of: &[("text", LONG_TEXT_MAX), ("html", LONG_TEXT_MAX), ("data", usize::MAX)],
};

/// The addresses of a field.
#[derive(Default)]
struct Addresses(Vec<String>);

struct AddressesVisitor;

impl<'de> Visitor<'de> for AddressesVisitor {
    type Value = Addresses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address or a list of addresses")
    }

    fn visit_str<E: Error>(self, one: &str) -> Result<Addresses, E> {
        Ok(Addresses(vec![one.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Addresses, A::Error> {
        let mut addresses = Vec::new();
        while let Some(address) = list.next_element()? {
            addresses.push(address);
        }
        Ok(Addresses(addresses))
    }
}

impl Addresses {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressesVisitor)
    }
}

/// Header fields in their order; each name once.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with names and values of header fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
                return Err(A::Error::custom(format_args!("duplicate field `headers.{name}`")));
            }
            headers.push((name, value));
        }
        Ok(Headers(headers))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

/// Base64 data, decoded while it is read. `None` if the text is not base64.
struct Data(Option<Vec<u8>>);

struct DataVisitor;

impl Visitor<'_> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Data, E> {
        Ok(Data(mail::compose::decode_base64(text)))
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DataVisitor)
    }
}

/// `api::messages::OutgoingAttachment`, decoded while it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentBody {
    name: String,
    #[serde(default = "octets")]
    content_type: String,
    /// Base64.
    data: Data,
}

fn octets() -> String {
    "application/octet-stream".to_owned()
}

/// `api::messages::OutgoingMessage`, in the form in which it needs the least memory.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageBody {
    from: Option<String>,
    #[serde(default)]
    to: Addresses,
    #[serde(default)]
    cc: Addresses,
    #[serde(default)]
    bcc: Addresses,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    attachments: Vec<AttachmentBody>,
    priority: Option<String>,
}

/// Caller of a submission, with language and settings.
pub(super) struct Submitter {
    pub(super) who: Principal,
    pub(super) language: Language,
    pub(super) settings: Arc<EmailSettings>,
}

impl Submitter {
    fn problem(&self, kind: &str) -> Problem {
        Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, kind)
    }

    fn bad(&self, field: &str, why: &Phrase) -> Problem {
        self.problem("message").field(field, say(self.language, why))
    }

    fn mailbox(&self, field: &str, typed: &str) -> Result<Mailbox, Problem> {
        typed.parse().map_err(|fault| self.bad(field, &Wrong::address(typed, &fault).phrase()))
    }

    /// The mailboxes of texts that each hold a list.
    fn mailboxes<'t>(&self, field: &str, texts: impl IntoIterator<Item = &'t str>) -> Result<Vec<Mailbox>, Problem> {
        let mut mailboxes = Vec::new();
        for text in texts {
            let list = AddressList::typed(text).map_err(|fault| self.unreadable(field, &fault))?;
            if list.entries.is_empty() {
                return Err(self.bad(field, &Wrong::address(text, &AddressFault::Empty).phrase()));
            }
            mailboxes.extend(list.mailboxes().cloned());
        }
        Ok(mailboxes)
    }

    fn unreadable(&self, field: &str, ListFault { part, fault }: &ListFault) -> Problem {
        self.bad(field, &Wrong::address(part, fault).phrase())
    }

    fn policy(&self) -> Policy<'_> {
        Policy { settings: &self.settings, rights: self.who.rights() }
    }

    fn refused(&self, fault: &PolicyFault) -> Problem {
        match fault {
            PolicyFault::ForeignSender { field, site } => {
                self.bad(field, &Phrase::new("problem-from-not-allowed").with("from", site))
            }
            PolicyFault::Unreadable { field, fault } => self.unreadable(field, fault),
            PolicyFault::NotOneSender { field, site } => self.bad(field, &Phrase::new("problem-one-sender").with("from", site)),
            PolicyFault::Header(fault) => Problem::intake(self.language, &IntakeFault::Header(fault.clone())),
            PolicyFault::Body(fault) => Problem::intake(self.language, &IntakeFault::Body(*fault)),
            PolicyFault::ClassNotAllowed => self.bad("priority", &Phrase::new("problem-priority")),
            PolicyFault::UnknownClass(name) => self.bad("priority", &Wrong::word(name, &CLASSES).phrase()),
            PolicyFault::TooManyRecipients => Problem::intake(self.language, &IntakeFault::TooManyRecipients),
        }
    }

    /// Builds a message from its parts in JSON.
    pub(super) fn json(&self, body: Bytes, now: Timestamp) -> Result<Submission, Problem> {
        let read = json::read(&body, &BOUNDS);
        // Free the body before the message is composed, so that only one of the two is in memory.
        drop(body);
        let message: MessageBody = read.map_err(|fault| match fault {
            NotRead::Excess(excess) => {
                let is_of = |list: &str| matches!(&excess, Excess::Entries { field, .. } if field == list);
                let kind = if ["to", "cc", "bcc"].into_iter().any(is_of) { "too-many-recipients" } else { "message" };
                Problem::excess(self.language, kind, &excess)
            }
            NotRead::Grammar(error) => self.problem("message").detail(parser_words(&error.to_string())),
        })?;
        let from = message.from.as_deref().map(|typed| self.mailbox("from", typed)).transpose()?;
        let Originator { from, envelope } = self.policy().originator(from).map_err(|fault| self.refused(&fault))?;
        let class = self.class(message.priority.as_deref())?;
        let parts = MessageParts {
            to: self.mailboxes("to", message.to.texts())?,
            cc: self.mailboxes("cc", message.cc.texts())?,
            bcc: self.mailboxes("bcc", message.bcc.texts())?,
            subject: message.subject,
            text: message.text,
            html: message.html,
            headers: message.headers.0,
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect::<Result<_, _>>()?,
            message_id: None,
        };
        let recipients: Vec<Address> =
            [&parts.to, &parts.cc, &parts.bcc].into_iter().flatten().map(|m| m.address.clone()).collect();
        // Before the message is composed: that takes time and memory.
        if recipients.len() > RECIPIENTS_MAX {
            return Err(self.refused(&PolicyFault::TooManyRecipients));
        }
        let text = compose(&from, &parts, now).map_err(|fault| match fault {
            PartsFault::TooLarge => Problem::intake(self.language, &IntakeFault::TooLarge),
            fault => Problem::parts(self.language, &fault),
        })?;
        // A field of the caller may name a sender too.
        self.policy().check_header(&text).map_err(|fault| self.refused(&fault))?;
        self.submission(Permitted { class, envelope, recipients, text, composed: true })
    }

    fn class(&self, asked: Option<&str>) -> Result<Class, Problem> {
        self.policy().class(asked).map_err(|fault| self.refused(&fault))
    }

    fn submission(&self, permitted: Permitted) -> Result<Submission, Problem> {
        permitted.submission(&self.who.name(), "HTTP").map_err(|fault| self.refused(&fault))
    }

    fn attachment(&self, body: AttachmentBody) -> Result<Attachment, Problem> {
        let data = body.data.0.ok_or_else(|| self.bad("attachments", &Phrase::new("problem-base64")))?;
        Ok(Attachment { name: body.name, content_type: body.content_type, data })
    }

    /// Builds a submission from a message that has its own header.
    pub(super) fn raw(&self, raw: &RawMessageQuery, body: Bytes) -> Result<Submission, Problem> {
        let class = self.class(raw.priority.as_deref())?;
        // Without a copy: the body has no other owner.
        let text = Vec::from(body);
        self.policy().check_header(&text).map_err(|fault| self.refused(&fault))?;
        let recipients = self.mailboxes("to", raw.to.as_deref())?.into_iter().map(|mailbox| mailbox.address).collect();
        let envelope = self.settings.bounce.clone();
        self.submission(Permitted { class, envelope, recipients, text, composed: false })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use api::messages::{OutgoingAttachment, OutgoingMessage};
    use api::texts::Texts;

    use super::*;

    #[test]
    fn every_field_of_the_schema_is_read() {
        let text = |text: &str| Some(text.to_owned());
        let message = OutgoingMessage {
            from: text("a@example.com"),
            to: Some(Texts::One("b@example.com".into())),
            cc: Some(Texts::Many(vec!["c@example.com".into(), "d@example.com".into()])),
            bcc: Some(Texts::Many(Vec::new())),
            subject: "Hi".into(),
            text: text("Hello"),
            html: text("<p>Hello"),
            headers: BTreeMap::from([("X-A".into(), "1".into())]),
            attachments: vec![OutgoingAttachment { name: "a.txt".into(), content_type: text("text/plain"), data: "YQ==".into() }],
            priority: text("notice"),
        };
        let sent = serde_json::to_vec(&message).expect("JSON");
        let read: MessageBody = json::read(&sent, &BOUNDS).expect("every field is known");
        assert_eq!((read.to.0.len(), read.cc.0.len(), read.bcc.0.len()), (1, 2, 0));
        assert_eq!(read.headers.0, [("X-A".to_owned(), "1".to_owned())]);
        assert_eq!(read.attachments[0].data.0.as_deref(), Some(&b"a"[..]));
        assert_eq!((read.from, read.html, read.priority), (message.from, message.html, message.priority));
    }
}
