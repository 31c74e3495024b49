//! What every notice is made with: the settings, the names of site and node, and how times and sizes are said.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::event::{Facts, Form, entry, key_of};
use model::incident::Incident;
use model::settings::EmailSettings;
use model::{Language, Phrase};
use smtp::reply::misleads;

use crate::settings::labels::changes_in_words;
use crate::words::{say, word};

/// What this node and its site are called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// This machine's name.
    pub host: String,
    /// What the site is called from outside: scheme, host and port; the first one stands in mails.
    pub urls: Vec<String>,
    /// Where the pages turned out to be.
    base: Arc<OnceLock<String>>,
}

impl Names {
    pub fn new(host: impl Into<String>, urls: Vec<String>) -> Self {
        Self { host: host.into(), urls, base: Arc::default() }
    }

    /// The pages have been opened at this address.
    pub fn settle(&self, base: &str) {
        // Said once, at the start.
        drop(self.base.set(base.to_owned()));
    }

    /// The name in every subject.
    pub fn site(&self, settings: &EmailSettings) -> String {
        settings.site.name.clone().or_else(|| host_of(self.urls.first()?)).unwrap_or_else(|| self.host.clone())
    }

    /// A page of this site, if it has an address.
    pub fn page(&self, path: &str) -> Option<String> {
        self.urls.first().or_else(|| self.base.get()).map(|url| format!("{}{path}", url.trim_end_matches('/')))
    }
}

fn host_of(url: &str) -> Option<String> {
    let authority = url.split("://").nth(1)?.split('/').next()?;
    let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(authority, |(host, _)| host);
    Some(host.to_owned())
}

pub(crate) struct Scene {
    pub(crate) settings: Arc<EmailSettings>,
    pub(crate) names: Names,
    pub(crate) now: i64,
}

impl Scene {
    pub(crate) fn language(&self) -> Language {
        self.settings.site.language
    }

    pub(crate) fn site(&self) -> String {
        self.names.site(&self.settings)
    }

    pub(crate) fn say(&self, phrase: &Phrase) -> String {
        say(self.language(), phrase)
    }

    pub(crate) fn word(&self, key: &str) -> String {
        self.say(&Phrase::new(key))
    }

    /// In the site's zone, with its offset.
    pub(crate) fn time(&self, at: i64) -> String {
        shown(&self.settings.site.time_zone, at)
    }

    /// How long from one moment to another.
    pub(crate) fn span(&self, milliseconds: i64) -> String {
        self.say(&duration(milliseconds))
    }

    pub(crate) fn page(&self, path: &str) -> Option<String> {
        self.names.page(path)
    }

    /// A sentence about an event: `part` is one of its attributes.
    pub(crate) fn of_event(&self, part: &str, code: &str, object: &str, facts: &Facts, by: &str) -> String {
        self.say(&event_phrase(&self.settings.site.time_zone, part, code, object, facts, by))
    }

    /// What was changed, in lines, where the event is a change.
    pub(crate) fn changes(&self, code: &str, facts: &Facts) -> Option<String> {
        let fact = entry(code)?.facts.iter().find(|fact| fact.form == Form::Changes)?;
        facts.get(fact.name).map(|lines| harmless(&changes_in_words(lines, self.language())))
    }

    pub(crate) fn rows(&self, code: &str, facts: &Facts) -> Vec<(String, String)> {
        fact_rows(self.language(), &self.settings.site.time_zone, code, facts)
    }
}

/// Facts as rows, in the order of the catalogue; others as they were given.
pub fn fact_rows(language: Language, zone: &str, code: &str, facts: &Facts) -> Vec<(String, String)> {
    let known = entry(code).map_or(&[][..], |entry| entry.facts);
    let row = |fact: &model::event::Fact| {
        let value = facts.get(fact.name).filter(|value| !value.is_empty() && fact.form != Form::Choice)?;
        let label = word(language, &format!("fact-{}", fact.name.replace('_', "-")));
        let said =
            if fact.form == Form::Changes { harmless(&changes_in_words(value, language)) } else { form(zone, fact.form, value) };
        Some((label, said))
    };
    let others = facts.iter().filter(|(name, _)| !known.iter().any(|fact| fact.name == **name));
    known.iter().filter_map(row).chain(others.map(|(name, value)| (harmless(name), harmless(value)))).collect()
}

/// The phrase of one part of an incident's words.
pub fn incident_phrase(zone: &str, part: &str, one: &Incident) -> Phrase {
    event_phrase(zone, part, &one.code, &one.object, &one.facts, &one.by)
}

/// The phrase of one part of an event's words.
pub fn event_phrase(zone: &str, part: &str, code: &str, object: &str, facts: &Facts, by: &str) -> Phrase {
    let mut phrase = Phrase::new(format!("{}.{part}", key_of(code)));
    let known = entry(code).map_or(&[][..], |entry| entry.facts);
    for fact in known {
        let value = match (facts.get(fact.name).filter(|value| !value.is_empty()), fact.form) {
            // A sentence is one line: what others broke is joined.
            (Some(value), shape) => form(zone, shape, value).replace('\n', " "),
            (None, Form::TextOrNone | Form::TimeOrNone) => "none".to_owned(),
            (None, _) => "–".to_owned(),
        };
        phrase = phrase.with(fact.name, value);
    }
    if known.is_empty() {
        let object = if object.is_empty() { "none".to_owned() } else { harmless(object) };
        phrase = phrase.with("code", code).with("object", object).with("by", harmless(by));
    }
    phrase
}

fn form(zone: &str, form: Form, value: &str) -> String {
    match (form, value.parse::<i64>()) {
        (Form::Time | Form::TimeOrNone, Ok(at)) => shown(zone, at),
        (Form::Size, Ok(bytes)) => size(bytes),
        _ => harmless(value),
    }
}

/// Words of programs and browsers, which neither control a terminal nor turn the order of what stands around them.
fn harmless(text: &str) -> String {
    let one = |c: char| match c {
        '\n' => c,
        _ if misleads(c) => '\u{fffd}',
        _ if c.is_control() => ' ',
        _ => c,
    };
    text.chars().map(one).collect()
}

/// A moment in a zone: `2026-01-31 09:00:00 +01:00`.
pub fn shown(zone: &str, at: i64) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// Bytes in decimal units, as disks are sold.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes.max(0);
    let mut unit = 0;
    while value >= 10_000 && unit + 1 < UNITS.len() {
        value = (value + 500) / 1000;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

/// A length of time, as coarse as people say it.
pub fn duration(milliseconds: i64) -> Phrase {
    let seconds = milliseconds.max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if days > 0 => Phrase::new("duration-days").with("days", days).with("hours", hours % 24),
        () if hours > 0 => Phrase::new("duration-hours").with("hours", hours).with("minutes", minutes % 60),
        () if minutes > 0 => Phrase::new("duration-minutes").with("count", minutes),
        () => Phrase::new("duration-seconds").with("count", seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_neither_control_a_terminal_nor_turn_the_order() {
        let facts: Facts = [("file\u{202e}".to_owned(), "fdp.\u{202e}exe\u{1b}[2J\nnext".to_owned())].into();
        let rows = fact_rows(Language::En, "UTC", "app.backup", &facts);
        assert_eq!(rows, [("file\u{fffd}".to_owned(), "fdp.\u{fffd}exe [2J\nnext".to_owned())]);
        let said = say(Language::En, &event_phrase("UTC", "subject", "app.backup", "a\u{2067}b", &facts, "cron\u{7}"));
        assert!(said.contains("a\u{fffd}b") && !said.contains(['\u{2067}', '\u{7}']), "{said}");
    }

    #[test]
    fn times_sizes_and_lengths_are_said_as_people_do() {
        assert_eq!(shown("Europe/Amsterdam", 1_767_261_600_000), "2026-01-01 11:00:00 +01:00");
        assert_eq!([0, 9999, 10_000, 350_000_000, 20_000_000_000].map(size), ["0 B", "9999 B", "10 kB", "350 MB", "20 GB"]);
        let said = |ms| say(Language::En, &duration(ms));
        assert_eq!(
            [5000, 90_000, 5_400_000, 90_000_000, 180_000_000].map(said),
            ["5 s", "1 min", "1 h 30 min", "one day 1 h", "2 days 2 h"]
        );
    }
}
