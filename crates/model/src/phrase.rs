//! A sentence for a person: a key and its arguments, no text. The words are Fluent files in `admin::words`.

use serde::{Deserialize, Serialize};

/// A language that every text for people is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    Nl,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::En, Self::Nl];

    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nl => "nl",
        }
    }

    /// The language of a locale or language tag such as `nl_BE.UTF-8` or `en-GB`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

/// Tells whether Postwacht tries the message of a report again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrying {
    Planned,
    /// The message is settled or cancelled, or it is a test.
    Over,
}

/// One sentence to be rendered. Keys are those of the `.ftl` files. A test checks that each key exists in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub key: String,
    pub args: Vec<(&'static str, String)>,
}

impl Phrase {
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), args: Vec::new() }
    }

    /// The phrase with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// The phrase without the promise of another attempt, if there will be none.
    #[must_use]
    pub fn retrying(self, retrying: Retrying) -> Self {
        match retrying {
            Retrying::Planned => self,
            Retrying::Over => self.with("over", "yes"),
        }
    }
}
