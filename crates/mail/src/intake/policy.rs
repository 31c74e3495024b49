//! The policy of every entry: the senders that a caller may use, and the classes. An entry (HTTP, command line, SMTP) only
//! translates requests and faults.

use model::message::Class;
use model::settings::EmailSettings;
use model::{Address, Mailbox};

use super::headers::header_values;
use super::{RECIPIENTS_MAX, Submission};

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
    ForeignSender { site: Address },
    /// The class belongs to notices of the node.
    #[error("this class needs the rights of an administrator")]
    ClassNotAllowed,
    #[error("{0} is no class")]
    UnknownClass(String),
    #[error("more than {RECIPIENTS_MAX} recipients")]
    TooManyRecipients,
}

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
            Rights::Application => Err(self.foreign()),
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

    /// Checks the From header of a message that the caller composed: exactly one, with the site's address.
    pub fn check_header(&self, text: &[u8]) -> Result<(), PolicyFault> {
        if self.rights == Rights::Administrator {
            return Ok(());
        }
        let site = self.settings.from.address.key();
        match header_values(text, "from").as_slice() {
            [from] if from.parse::<Mailbox>().is_ok_and(|mailbox| mailbox.address.key() == site) => Ok(()),
            _ => Err(self.foreign()),
        }
    }

    fn foreign(&self) -> PolicyFault {
        PolicyFault::ForeignSender { site: self.settings.from.address.clone() }
    }
}

/// A message that has passed the policy.
pub struct Permitted {
    pub class: Class,
    pub envelope: Address,
    pub recipients: Vec<Address>,
    /// Header and body, with LF or CRLF.
    pub text: Vec<u8>,
}

impl Permitted {
    /// The submission of this message by a caller. `via` names the entry in the Received line.
    pub fn submission(self, caller: &str, via: &'static str) -> Result<Submission, PolicyFault> {
        let Self { class, envelope, recipients, text } = self;
        if recipients.len() > RECIPIENTS_MAX {
            return Err(PolicyFault::TooManyRecipients);
        }
        // Notices belong to the node, not to an application.
        let app = (class == Class::Submitted).then(|| caller.to_owned());
        Ok(Submission { class, app, sender: Some(envelope), recipients, text, once: None, via, avoid: None, hands_off: false })
    }
}

#[cfg(test)]
mod tests {
    use model::settings::{Draft, ensure_ids, parse};

    use super::*;

    fn settings() -> EmailSettings {
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
                None => assert_eq!(found, Err(PolicyFault::ForeignSender { site: settings.from.address.clone() }), "{asked:?}"),
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
    fn composed_header_names_the_site_exactly_once() {
        let settings = settings();
        let checked = |rights, text: &str| Policy { settings: &settings, rights }.check_header(text.as_bytes()).is_ok();
        for (text, permitted) in [
            ("From: site@example.com\n\nx", true),
            ("from: \"Other, name\" <site@EXAMPLE.COM>\r\n\r\nx", true),
            ("From: SITE@example.com\n\nx", false),
            ("Subject: x\n\nFrom: site@example.com", false),
            ("From: a@example.com\n\nx", false),
            ("From: site@example.com\nFrom: a@example.com\n\nx", false),
            ("From: site@example.com\nFrom: site@example.com\n\nx", false),
            ("From: site@example.com, a@example.com\n\nx", false),
            ("From: a@example.com <site@example.com\n\nx", false),
            ("From:\n\nx", false),
        ] {
            assert_eq!(checked(Rights::Application, text), permitted, "{text:?}");
            assert!(checked(Rights::Administrator, text), "{text:?}");
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
        };
        let app = |class| permitted(class, 1).submission("token:x", "HTTP").map(|submission| submission.app);
        assert_eq!(app(Class::Submitted), Ok(Some("token:x".to_owned())));
        assert_eq!(app(Class::Critical), Ok(None));
        let many = permitted(Class::Submitted, RECIPIENTS_MAX + 1).submission("x", "HTTP");
        assert_eq!(many.map(drop), Err(PolicyFault::TooManyRecipients));
    }
}
