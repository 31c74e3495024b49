//! The code of an event, as incidents carry it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{APP, APP_ENTRY, EventEntry, OwnCode};

/// The code of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum EventCode {
    /// A code of the catalogue: the product raises it.
    Own(OwnCode),
    /// A code of a program, such as `app.backup-failed`.
    App(String),
    /// A code that another version stored, and this one does not have.
    Unknown(String),
}

impl EventCode {
    /// The code with this text.
    pub fn of_text(text: &str) -> Self {
        match OwnCode::of_text(text) {
            Some(code) => Self::Own(code),
            None if text.starts_with(APP) => Self::App(text.to_owned()),
            None => Self::Unknown(text.to_owned()),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Own(code) => code.text(),
            Self::App(text) | Self::Unknown(text) => text,
        }
    }

    /// The row of the catalogue. All codes of programs share one. `None` if the code is unknown.
    pub fn entry(&self) -> Option<&'static EventEntry> {
        match self {
            Self::Own(code) => Some(code.entry()),
            Self::App(_) => Some(&APP_ENTRY),
            Self::Unknown(_) => None,
        }
    }

    /// The product's own code, if it is one.
    pub fn own(&self) -> Option<OwnCode> {
        match self {
            Self::Own(code) => Some(*code),
            Self::App(_) | Self::Unknown(_) => None,
        }
    }

    /// The Fluent key of its words. Codes of programs and unknown codes share one.
    pub fn key(&self) -> String {
        self.own().map_or(&APP_ENTRY, OwnCode::entry).key()
    }
}

impl From<OwnCode> for EventCode {
    fn from(code: OwnCode) -> Self {
        Self::Own(code)
    }
}

impl From<&str> for EventCode {
    fn from(text: &str) -> Self {
        Self::of_text(text)
    }
}

impl From<String> for EventCode {
    fn from(text: String) -> Self {
        Self::of_text(&text)
    }
}

impl From<EventCode> for String {
    fn from(code: EventCode) -> Self {
        code.text().to_owned()
    }
}

impl PartialEq<OwnCode> for EventCode {
    fn eq(&self, code: &OwnCode) -> bool {
        self.own() == Some(*code)
    }
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for OwnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_becomes_its_kind_of_code_and_back() {
        let rows = [
            ("relay.none", EventCode::Own(OwnCode::RelayNone), "event-relay-none"),
            ("FO-11", EventCode::Own(OwnCode::TakeoverBegun), "event-fo-11"),
            ("app.backup", EventCode::App("app.backup".into()), "event-app"),
            ("app.relay.none", EventCode::App("app.relay.none".into()), "event-app"),
            ("relay.none ", EventCode::Unknown("relay.none ".into()), "event-app"),
            ("fo-11", EventCode::Unknown("fo-11".into()), "event-app"),
            ("", EventCode::Unknown(String::new()), "event-app"),
        ];
        for (text, code, key) in rows {
            assert_eq!(EventCode::of_text(text), code);
            assert_eq!((code.text(), code.key().as_str()), (text, key));
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::from_str::<EventCode>(&json).unwrap(), code);
        }
    }
}
