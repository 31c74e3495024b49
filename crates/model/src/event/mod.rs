//! Events: code, severity and facts. The catalogue lists all codes. Texts are not here.

mod code;
mod codes;
mod countdown;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Phrase;
use crate::message::Class;
use crate::time::Timestamp;

pub use code::EventCode;
pub use codes::{APP, APP_ENTRY, CATALOGUE, OwnCode};
pub use countdown::{CERTIFICATE_COUNTDOWN, Countdown, PERMISSION_COUNTDOWN, SECRET_COUNTDOWN};

/// Severity of an event, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information.
    Info,
    /// Nothing is lost yet; an operator should look.
    Warning,
    /// Something does not work.
    Error,
    /// Mail, or the service behind it, is lost unless an operator acts now.
    Critical,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }

    /// Class of the messages that report the event.
    pub fn class(self) -> Class {
        if self == Self::Critical { Class::Critical } else { Class::Notice }
    }

    /// Time between two reminders of an open incident. `None` for [`Severity::Info`]: it is told once.
    pub fn reminder(self) -> Option<Duration> {
        match self {
            Self::Info => None,
            Self::Warning | Self::Error => Some(Duration::from_hours(24)),
            Self::Critical => Some(Duration::from_hours(4)),
        }
    }
}

/// Facts of an event: names and values, as the catalogue lists them. Times are Unix milliseconds ([`time_fact`]).
pub type Facts = BTreeMap<String, String>;

/// A time as the value of a fact.
pub fn time_fact(at: Timestamp) -> String {
    at.as_millis().to_string()
}

/// The time in the value of a fact. `None` if the value is not a time.
pub fn time_of_fact(value: &str) -> Option<Timestamp> {
    value.parse().ok().map(Timestamp::from_millis)
}

/// Format of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactForm {
    Text,
    /// A word from a fixed set, by which the sentence selects its variant.
    Choice,
    Number,
    /// Unix milliseconds.
    Time,
    /// Bytes.
    Size,
    /// Text, or `none` if the value is not known: the sentence has a variant for that.
    TextOrNone,
    TimeOrNone,
    /// Changes as lines of the audit: a row of their own, not for use in sentences.
    Changes,
}

/// A fact of a code, with an example for previews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub form: FactForm,
    pub sample: &'static str,
}

/// Distinguishes events without an end from incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// An event without an end.
    Once,
    /// An incident: raised, reminded of, resolved.
    Lasting,
}

/// Type of the event's object. It decides by which way a notice goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// A relay by its name, or a part of one: notices go by the other relays and by the webhooks.
    Relay,
    /// The mail path as a whole: webhooks are called, since mail may fail.
    Mail,
    Other,
}

/// A row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventEntry {
    /// The code. `None` for the row of all events of programs.
    pub own: Option<OwnCode>,
    /// The code as text, such as `relay.unreachable`; for the row of programs, the prefix of their codes.
    pub text: &'static str,
    pub kind: EventKind,
    /// Default severity. The caller that raises the event may give another.
    pub severity: Severity,
    pub object: Object,
    pub facts: &'static [Fact],
    /// Codes that inhibit this one. While such an incident is open (about the same object, if so marked), this one is not
    /// told.
    pub inhibited_by: &'static [(OwnCode, Same)],
}

/// Scope of an inhibiting code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// An incident about any object.
    Any,
    /// Only an incident about the same object.
    Object,
}

impl EventEntry {
    /// The names of facts that a sentence about this event would lack: absent, empty, or a time that is none.
    pub fn missing(&self, facts: &Facts) -> Vec<&'static str> {
        let is_there = |fact: &&Fact| match (fact.form, facts.get(fact.name).map(String::as_str)) {
            (FactForm::TextOrNone | FactForm::TimeOrNone, _) => true,
            (_, None | Some("")) => false,
            (FactForm::Time, Some(time)) => time_of_fact(time).is_some_and(|at| at > Timestamp::EPOCH),
            (FactForm::Text | FactForm::Choice | FactForm::Number | FactForm::Size | FactForm::Changes, Some(_)) => true,
        };
        self.facts.iter().filter(|fact| !is_there(fact)).map(|fact| fact.name).collect()
    }

    /// The Fluent key of its words, such as `event-relay-unreachable`.
    pub fn key(&self) -> String {
        let text = if self.own.is_some() { self.text } else { "app" };
        format!("event-{}", text.to_ascii_lowercase().replace('.', "-"))
    }
}

/// Longest code and object, in characters.
pub const CODE_MAX: usize = 64;
/// The fact with the key of a fault's cause and remedy, and its value if only the general ones are known.
pub const ADVICE: &str = "advice";
pub const NO_ADVICE: &str = "none";
pub const OBJECT_MAX: usize = 200;
/// Most facts of one event, and the longest value, in characters.
pub const FACTS_MAX: usize = 30;
pub const FACT_MAX: usize = 1000;
/// Largest sum of all names and values, in bytes: thousands of incidents stay in memory.
pub const FACTS_BYTES_MAX: usize = 8192;

/// Reason for the rejection of a program's event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongEvent {
    #[error("not a code for events of programs: {0:?}")]
    Code(String),
    #[error("the object is too long, or contains a control character")]
    Object,
    #[error("too many facts")]
    TooManyFacts,
    #[error("not a valid fact: {0:?}")]
    Fact(String),
}

impl WrongEvent {
    /// Path of the invalid field in the request.
    pub fn field(&self) -> String {
        match self {
            Self::Code(_) => "code".into(),
            Self::Object => "object".into(),
            Self::TooManyFacts => "facts".into(),
            Self::Fact(name) => format!("facts.{name}"),
        }
    }

    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Code(code) => Phrase::new("wrong-event-code").with("code", code),
            Self::Object => Phrase::new("wrong-event-object").with("max", OBJECT_MAX),
            Self::TooManyFacts => Phrase::new("wrong-event-facts").with("max", FACTS_MAX).with("bytes", FACTS_BYTES_MAX),
            Self::Fact(_) => Phrase::new("wrong-event-fact").with("max", FACT_MAX),
        }
    }
}

/// Checks an event that a program raises, and returns its code. Programs may not raise the product's own codes. An error is
/// the first fault.
pub fn check(code: &str, object: &str, facts: &Facts) -> Result<EventCode, WrongEvent> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let good = code.len() <= CODE_MAX && code.strip_prefix(APP).is_some_and(|rest| rest.split('.').all(word));
    if !good {
        return Err(WrongEvent::Code(code.chars().filter(|c| !c.is_control()).take(CODE_MAX).collect()));
    }
    if object.chars().count() > OBJECT_MAX || object.chars().any(char::is_control) {
        return Err(WrongEvent::Object);
    }
    if facts.len() > FACTS_MAX || facts.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > FACTS_BYTES_MAX {
        return Err(WrongEvent::TooManyFacts);
    }
    let wrong = |value: &str| value.chars().count() > FACT_MAX || value.chars().any(|c| c.is_control() && c != '\n');
    match facts.iter().find(|(name, value)| !word(name) || name.len() > CODE_MAX || wrong(value)) {
        Some((name, _)) => Err(WrongEvent::Fact(name.chars().filter(|c| !c.is_control()).take(CODE_MAX).collect())),
        None => Ok(EventCode::App(code.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_events_are_checked_and_own_codes_refused() {
        let none = Facts::new();
        for code in ["app.backup-failed", "app.a.b_c"] {
            assert_eq!(check(code, "host 1", &none), Ok(EventCode::App(code.into())));
        }
        for code in ["app.", "app", "oauth.grant.lost", "app..x", "app.x y", "app.\n", "APP.x", "FO-11"] {
            assert!(matches!(check(code, "", &none), Err(WrongEvent::Code(_))), "{code}");
        }
        assert_eq!(check("app.x", "a\nb", &none), Err(WrongEvent::Object));
        let fact = |name: &str, value: &str| Facts::from([(name.to_owned(), value.to_owned())]);
        assert!(check("app.x", "", &fact("log", "two\nlines")).is_ok());
        assert!(check("app.x", "", &fact("a b", "x")).is_err());
        assert!(check("app.x", "", &fact("a", &"x".repeat(1001))).is_err());
        let many = (0..31).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(check("app.x", "", &many), Err(WrongEvent::TooManyFacts));
    }
}
