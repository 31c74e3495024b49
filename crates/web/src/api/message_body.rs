//! A message from a program: JSON, or `message/rfc822`. A body beyond a bound is refused while it is read.

use std::fmt;
use std::sync::Arc;

use admin::words::say;
use api::messages::RawMessageQuery;
use axum::body::Bytes;
use axum::http::StatusCode;
use mail::compose::{Attachment, Parts, PartsFault, compose};
use mail::intake::{RECIPIENTS_MAX, Submission};
use model::message::Class;
use model::settings::{EmailSettings, Wrong};
use model::{Address, Language, Mailbox, Phrase};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
pub(super) struct Sender {
    pub(super) who: Principal,
    pub(super) language: Language,
    pub(super) settings: Arc<EmailSettings>,
}

impl Sender {
    fn problem(&self, kind: &str) -> Problem {
        Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, kind)
    }

    fn bad(&self, field: &str, why: &Phrase) -> Problem {
        self.problem("message").field(field, say(self.language, why))
    }

    fn mailbox(&self, field: &str, typed: &str) -> Result<Mailbox, Problem> {
        typed.parse().map_err(|fault| self.bad(field, &Wrong::address(typed, &fault).phrase()))
    }

    fn mailboxes(&self, field: &str, list: &Addresses) -> Result<Vec<Mailbox>, Problem> {
        list.0.iter().map(|text| self.mailbox(field, text)).collect()
    }

    /// Returns sender and bounce address. Only a caller that administers may name a sender other than the site's.
    fn from(&self, typed: Option<&str>) -> Result<(Mailbox, Address), Problem> {
        let site = &self.settings.from;
        let Some(typed) = typed else { return Ok((site.clone(), self.settings.bounce.clone())) };
        let from = self.mailbox("from", typed)?;
        if from.address.key() == site.address.key() {
            return Ok((from, self.settings.bounce.clone()));
        }
        if self.who.speaks_for_others() {
            let sender = from.address.clone();
            return Ok((from, sender));
        }
        Err(self.bad("from", &Phrase::new("problem-from-not-allowed").with("from", &site.address)))
    }

    fn class(&self, priority: Option<&str>) -> Result<Class, Problem> {
        match (priority, self.who.speaks_for_others()) {
            (None | Some("submitted" | "normal"), _) => Ok(Class::Submitted),
            (Some("critical"), true) => Ok(Class::Critical),
            (Some("notice"), true) => Ok(Class::Notice),
            (Some("notice" | "critical"), false) => Err(self.bad("priority", &Phrase::new("problem-priority"))),
            (Some(other), _) => Err(self.bad("priority", &Wrong::word(other, &["submitted", "notice", "critical"]).phrase())),
        }
    }

    /// Builds a message from its parts in JSON.
    pub(super) fn json(&self, body: Bytes, now: i64) -> Result<Submission, Problem> {
        let read = json::read(&body, &BOUNDS);
        // Free the body before the message is composed, so that only one of the two is in memory.
        drop(body);
        let message: MessageBody = read.map_err(|fault| match fault {
            NotRead::Excess(excess) => {
                let is_of = |list: &str| matches!(&excess, Excess::Entries { field, .. } if field == list);
                let kind = if ["to", "cc", "bcc"].into_iter().any(is_of) { "too-many-recipients" } else { "message" };
                Problem::excess(self.language, kind, &excess)
            }
            NotRead::Grammar(error) => self.problem("message").detail(error),
        })?;
        let (from, sender) = self.from(message.from.as_deref())?;
        let class = self.class(message.priority.as_deref())?;
        let parts = Parts {
            to: self.mailboxes("to", &message.to)?,
            cc: self.mailboxes("cc", &message.cc)?,
            bcc: self.mailboxes("bcc", &message.bcc)?,
            subject: message.subject,
            text: message.text,
            html: message.html,
            headers: message.headers.0,
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect::<Result<_, _>>()?,
            message_id: None,
        };
        let recipients: Vec<Address> =
            [&parts.to, &parts.cc, &parts.bcc].into_iter().flatten().map(|m| m.address.clone()).collect();
        if recipients.len() > RECIPIENTS_MAX {
            return Err(Problem::intake(self.language, &mail::intake::IntakeFault::TooManyRecipients));
        }
        let text = compose(&from, &parts, now).map_err(|fault| match fault {
            PartsFault::TooLarge => Problem::intake(self.language, &mail::intake::IntakeFault::TooLarge),
            fault => self.problem("header").detail(fault),
        })?;
        Ok(self.submission(class, sender, recipients, text))
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
        self.own_from(&text)?;
        let mut recipients = Vec::new();
        for typed in model::settings::split_addresses(raw.to.as_deref().unwrap_or("")) {
            recipients.push(self.mailbox("to", typed)?.address);
        }
        Ok(self.submission(class, self.settings.bounce.clone(), recipients, text))
    }

    /// Requires that the From: of a ready-made message is the site's, exactly once. Callers that administer are exempt.
    fn own_from(&self, text: &[u8]) -> Result<(), Problem> {
        if self.who.speaks_for_others() {
            return Ok(());
        }
        let froms = mail::intake::header_values(text, "from");
        let site = self.settings.from.address.key();
        let own = |value: &String| value.parse::<Mailbox>().is_ok_and(|mailbox| mailbox.address.key() == site);
        if froms.len() == 1 && froms.iter().all(own) {
            return Ok(());
        }
        Err(self.bad("from", &Phrase::new("problem-from-not-allowed").with("from", &self.settings.from.address)))
    }

    fn submission(&self, class: Class, sender: Address, recipients: Vec<Address>, text: Vec<u8>) -> Submission {
        let app = (class == Class::Submitted).then(|| self.who.name());
        Submission { class, app, sender: Some(sender), recipients, text, once: None, via: "HTTP", avoid: None, hands_off: false }
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
            to: Texts::One("b@example.com".into()),
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
