//! The policy of every entry: the senders that a caller may use, and the classes. An entry (HTTP, command line, SMTP) only
//! translates requests and faults.

use model::message::Class;
use model::settings::EmailSettings;
use model::{Address, Mailbox};
use smtp::AddressList;
use smtp::address_list::ListFault;
use smtp::body::{BodyFault, canonical};

use super::headers::{FieldValue, head, header_fields};
use super::{HeaderFault, RECIPIENTS_MAX, Submission};

/// The rights of a caller that submits messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Sends from the site's address, in the class of applications.
    Application,
    /// Sends from any address, in any class.
    Administrator,
}

/// A submission that the policy refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    #[error("only {site} may be the sender")]
    ForeignSender { field: String, site: Address },
    /// A field that names the sender cannot be read.
    #[error("{field}: {fault}")]
    Unreadable { field: String, fault: ListFault },
    /// A field that names the sender stands there twice, or does not name exactly one address.
    #[error("{field} must have one address: {site}")]
    NotOneSender { field: String, site: Address },
    #[error("{0}")]
    Header(#[from] HeaderFault),
    #[error("{0}")]
    Body(#[from] BodyFault),
    /// The class belongs to notices of the node.
    #[error("this class needs the rights of an administrator")]
    ClassNotAllowed,
    #[error("{0} is no class")]
    UnknownClass(String),
    #[error("more than {RECIPIENTS_MAX} recipients")]
    TooManyRecipients,
}

/// The fields that name a sender, in lower case (RFC 5322 §3.6.2, §3.6.6).
const SENDER_FIELDS: [&str; 4] = ["from", "sender", "resent-from", "resent-sender"];

/// The names of the classes in requests.
pub const CLASSES: [&str; 3] = ["submitted", "notice", "critical"];

/// The sender of a message: its From header, and the envelope sender, to which bounces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originator {
    pub from: Mailbox,
    pub envelope: Address,
}

/// The policy for one caller under the settings in force.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    pub settings: &'a EmailSettings,
    pub rights: Rights,
}

impl Policy<'_> {
    /// The originator of a message. `asked`: the From that the caller wants, if any.
    pub fn originator(&self, asked: Option<Mailbox>) -> Result<Originator, PolicyFault> {
        let (site, bounce) = (&self.settings.from, &self.settings.bounce);
        let Some(from) = asked else { return Ok(Originator { from: site.clone(), envelope: bounce.clone() }) };
        match self.rights {
            _ if from.address.key() == site.address.key() => Ok(Originator { from, envelope: bounce.clone() }),
            Rights::Administrator => Ok(Originator { envelope: from.address.clone(), from }),
            Rights::Application => Err(self.foreign("from")),
        }
    }

    /// The class that the caller wants, by name. Without a name: the class of applications.
    pub fn class(&self, asked: Option<&str>) -> Result<Class, PolicyFault> {
        let class = match asked {
            None | Some("submitted" | "normal") => return Ok(Class::Submitted),
            Some("notice") => Class::Notice,
            Some("critical") => Class::Critical,
            Some(other) => return Err(PolicyFault::UnknownClass(other.to_owned())),
        };
        match self.rights {
            Rights::Administrator => Ok(class),
            Rights::Application => Err(PolicyFault::ClassNotAllowed),
        }
    }

    /// Checks a message with its header: it has one From, and each field that names a sender has the site's address alone.
    pub fn check_header(&self, text: &[u8]) -> Result<(), PolicyFault> {
        if self.rights == Rights::Administrator {
            return Ok(());
        }
        let (head, _) = canonical(head(text).to_vec())?;
        let fields = header_fields(&head)?;
        for name in SENDER_FIELDS {
            let mut values = fields.iter().filter(|field| field.name == name);
            match values.next() {
                Some(value) => self.check_sender(value)?,
                None if name == "from" => return Err(PolicyFault::Header(HeaderFault::NoFrom)),
                None => {}
            }
            // Several blocks of Resent fields are allowed (RFC 5322 §3.6.6), several of the others are not (§3.6).
            match values.next() {
                Some(_) if !name.starts_with("resent-") => return Err(self.not_one(name)),
                Some(value) => self.check_sender(value)?,
                None => {}
            }
            values.try_for_each(|value| self.check_sender(value))?;
        }
        Ok(())
    }

    fn check_sender(&self, field: &FieldValue) -> Result<(), PolicyFault> {
        let FieldValue { name, value, .. } = field;
        let list = AddressList::of_header(value).map_err(|fault| PolicyFault::Unreadable { field: name.clone(), fault })?;
        match list.sole() {
            _ if is_ambiguous(field) => Err(self.not_one(name)),
            Some(mailbox) if mailbox.address.key() == self.settings.from.address.key() => Ok(()),
            Some(_) => Err(self.foreign(name)),
            None => Err(self.not_one(name)),
        }
    }

    fn foreign(&self, field: &str) -> PolicyFault {
        PolicyFault::ForeignSender { field: field.to_owned(), site: self.settings.from.address.clone() }
    }

    fn not_one(&self, field: &str) -> PolicyFault {
        PolicyFault::NotOneSender { field: field.to_owned(), site: self.settings.from.address.clone() }
    }
}

/// True if common readers take another author from a value that this node reads as one address: Python ends a quoted string at
/// a fold, mail-parser drops a blank behind a backslash there, and both decode encoded words before they look for quotes.
fn is_ambiguous(FieldValue { value, is_folded, .. }: &FieldValue) -> bool {
    let has_words = value.contains("=?");
    let has_second_address = value.matches('@').count() > 1;
    has_second_address && (*is_folded || has_words)
        || has_words && encoded_texts(value).any(|text| text.contains(['"', '\\', '<', '>', '(', ')']))
}

/// The texts of the encoded words in a value, as readers see them that look for these words first.
fn encoded_texts(value: &str) -> impl Iterator<Item = &str> {
    value.split("=?").skip(1).filter_map(|word| {
        let text = word.splitn(3, '?').nth(2)?;
        Some(text.split_once("?=").map_or(text, |(text, _)| text))
    })
}

/// A message that has passed the policy.
pub struct Permitted {
    pub class: Class,
    pub envelope: Address,
    pub recipients: Vec<Address>,
    /// Header and body, with LF or CRLF.
    pub text: Vec<u8>,
    /// True if Postwacht made the header.
    pub composed: bool,
}

impl Permitted {
    /// The submission of this message by a caller. `via` names the entry in the Received line.
    pub fn submission(self, caller: &str, via: &'static str) -> Result<Submission, PolicyFault> {
        let Self { class, envelope, recipients, text, composed } = self;
        if recipients.len() > RECIPIENTS_MAX {
            return Err(PolicyFault::TooManyRecipients);
        }
        // Notices belong to the node, not to an application.
        let app = (class == Class::Submitted).then(|| caller.to_owned());
        let sender = Some(envelope);
        Ok(Submission { class, app, sender, recipients, text, composed, once: None, via, avoid: None, hands_off: false })
    }
}

#[cfg(test)]
mod header_tests;
#[cfg(test)]
mod tests {
    use model::settings::{Draft, ensure_ids, parse};

    use super::*;

    pub(super) fn settings() -> EmailSettings {
        let mut draft: Draft = serde_json::from_value(serde_json::json!({ "email": {
            "from": "Site <site@example.com>", "bounce_address": "bounce@example.com",
            "relay": { "host": "mail.example.com", "encryption": "none" },
            "contacts": { "admin": ["admin@example.com"] },
        } }))
        .expect("a draft");
        ensure_ids(&mut draft, None);
        parse(&draft, &|_| None).unwrap_or_else(|_| panic!("valid settings"))
    }

    fn mailbox(text: &str) -> Mailbox {
        text.parse().expect("a mailbox")
    }

    #[test]
    fn application_sends_only_from_the_site_address() {
        let settings = settings();
        for (rights, asked, expected) in [
            (Rights::Application, None, Some(("Site <site@example.com>", "bounce@example.com"))),
            (Rights::Application, Some("Cron <site@Example.COM>"), Some(("Cron <site@Example.COM>", "bounce@example.com"))),
            // The local part may depend on its case (RFC 5321 §2.4).
            (Rights::Application, Some("SITE@example.com"), None),
            (Rights::Application, Some("site@example.com.evil.example"), None),
            (Rights::Application, Some("other@example.com"), None),
            (Rights::Administrator, Some("other@example.com"), Some(("other@example.com", "other@example.com"))),
            (Rights::Administrator, Some("site@example.com"), Some(("site@example.com", "bounce@example.com"))),
        ] {
            let found = Policy { settings: &settings, rights }.originator(asked.map(mailbox));
            match expected {
                Some((from, envelope)) => {
                    let envelope = envelope.parse().expect("an address");
                    assert_eq!(found, Ok(Originator { from: mailbox(from), envelope }), "{asked:?}");
                }
                None => assert_eq!(found, Err(Policy { settings: &settings, rights }.foreign("from")), "{asked:?}"),
            }
        }
    }

    #[test]
    fn class_of_notices_needs_an_administrator() {
        let settings = settings();
        let class = |rights, asked| Policy { settings: &settings, rights }.class(asked);
        for asked in [None, Some("submitted"), Some("normal")] {
            assert_eq!(class(Rights::Application, asked), Ok(Class::Submitted));
        }
        for (asked, given) in [("notice", Class::Notice), ("critical", Class::Critical)] {
            assert_eq!(class(Rights::Administrator, Some(asked)), Ok(given));
            assert_eq!(class(Rights::Application, Some(asked)), Err(PolicyFault::ClassNotAllowed));
        }
        for unknown in ["", "urgent", "Critical", "notice "] {
            for rights in [Rights::Application, Rights::Administrator] {
                assert_eq!(class(rights, Some(unknown)), Err(PolicyFault::UnknownClass(unknown.to_owned())));
            }
        }
    }

    #[test]
    fn notice_of_administrator_belongs_to_no_application() {
        let envelope: Address = "site@example.com".parse().expect("an address");
        let permitted = |class, count| Permitted {
            class,
            envelope: envelope.clone(),
            recipients: vec![envelope.clone(); count],
            text: Vec::new(),
            composed: false,
        };
        let app = |class| permitted(class, 1).submission("token:x", "HTTP").map(|submission| submission.app);
        assert_eq!(app(Class::Submitted), Ok(Some("token:x".to_owned())));
        assert_eq!(app(Class::Critical), Ok(None));
        let many = permitted(Class::Submitted, RECIPIENTS_MAX + 1).submission("x", "HTTP");
        assert_eq!(many.map(drop), Err(PolicyFault::TooManyRecipients));
    }
}
