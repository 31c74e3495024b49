//! The common input of every notice: settings, names of site and node, and the format of times and sizes.

use std::sync::Arc;
use std::time::Duration;

use admin::names::Names;
use admin::settings::labels::{changes_in_words, with_labels};
use admin::words::reason;
use admin::words::{knows, say, word};
use jiff::tz::TimeZone;
use model::event::{ADVICE, EventCode, FactForm, Facts, time_of_fact};
use model::incident::Incident;
use model::settings::EmailSettings;
use model::time::Timestamp;
use model::{Language, Phrase, Retrying};
use smtp::reply::misleads;

pub struct NoticeContext {
    pub settings: Arc<EmailSettings>,
    pub names: Names,
    pub now: Timestamp,
}

impl NoticeContext {
    pub fn language(&self) -> Language {
        self.settings.site.language
    }

    pub fn site(&self) -> String {
        self.names.site(&self.settings)
    }

    pub fn say(&self, phrase: &Phrase) -> String {
        say(self.language(), phrase)
    }

    pub fn word(&self, key: &str) -> String {
        self.say(&Phrase::new(key))
    }

    /// A time in the site's zone, with its offset.
    pub fn time(&self, at: Timestamp) -> String {
        format_time(&self.settings.site.time_zone, at)
    }

    /// A length of time in words.
    pub fn duration(&self, length: Duration) -> String {
        self.say(&duration_phrase(length))
    }

    pub fn page(&self, path: &str) -> Option<String> {
        self.names.page(path, &self.settings.site)
    }

    /// A sentence about an event: `part` is one of its attributes.
    pub fn of_event(&self, part: &str, event: &DescribedEvent<'_>) -> String {
        self.say(&event_phrase(&self.settings.site.time_zone, part, event))
    }

    /// The changed settings in words, a line each. `None` if the event is not a change.
    pub fn changes(&self, code: &EventCode, facts: &Facts) -> Option<String> {
        let fact = code.entry()?.facts.iter().find(|fact| fact.form == FactForm::Changes)?;
        facts.get(fact.name).map(|lines| without_controls(&changes_in_words(lines, self.language())))
    }

    pub fn rows(&self, code: &EventCode, facts: &Facts) -> Vec<(String, String)> {
        fact_rows(self.language(), &self.settings.site.time_zone, code, facts)
    }
}

/// Facts as rows: those of the catalogue in its order, then the others as they were given.
pub fn fact_rows(language: Language, zone: &str, code: &EventCode, facts: &Facts) -> Vec<(String, String)> {
    let known = code.entry().map_or(&[][..], |entry| entry.facts);
    let row = |fact: &model::event::Fact| {
        let value = facts.get(fact.name).filter(|value| !value.is_empty() && fact.form != FactForm::Choice)?;
        let label = word(language, &format!("fact-{}", fact.name.replace('_', "-")));
        let said = if fact.form == FactForm::Changes {
            without_controls(&changes_in_words(value, language))
        } else {
            format_fact(zone, fact.form, &reason(language, value))
        };
        Some((label, said))
    };
    let others = facts.iter().filter(|(name, _)| !known.iter().any(|fact| fact.name == **name));
    known.iter().filter_map(row).chain(others.map(|(name, value)| (without_controls(name), without_controls(value)))).collect()
}

/// An event or incident, as its words need it.
#[derive(Clone, Copy, Debug)]
pub struct DescribedEvent<'a> {
    pub code: &'a EventCode,
    pub object: &'a str,
    pub facts: &'a Facts,
    /// The program or actor that raised it.
    pub by: &'a str,
}

impl<'a> DescribedEvent<'a> {
    pub fn of(incident: &'a Incident) -> Self {
        Self { code: &incident.code, object: &incident.object, facts: &incident.facts, by: &incident.by }
    }
}

/// The phrase of one part of an incident's words.
pub fn incident_phrase(zone: &str, part: &str, incident: &Incident) -> Phrase {
    event_phrase(zone, part, &DescribedEvent::of(incident))
}

/// The description of an incident. That of a past one says so, because its words speak of the present.
pub fn incident_body(language: Language, zone: &str, incident: &Incident) -> String {
    let body = say(language, &incident_phrase(zone, "body", incident));
    if incident.state.is_past() { say(language, &Phrase::new("notice-was").with("body", body)) } else { body }
}

/// The remedy for an incident: that of its fault, if the relay's reply or the fault is known, else the general one of its code.
pub fn incident_todo(language: Language, zone: &str, incident: &Incident) -> String {
    let known = incident.facts.get(ADVICE).map(|key| format!("{key}.remedy")).filter(|key| knows(language, key));
    let detail = incident.facts.get("error").map(String::as_str).unwrap_or_default();
    let phrase = match known {
        Some(key) => Phrase::new(key).with("detail", without_controls(detail)).retrying(Retrying::Planned),
        None => incident_phrase(zone, "todo", incident),
    };
    with_labels(&say(language, &phrase), language)
}

/// The phrase of one part of an event's words.
pub fn event_phrase(zone: &str, part: &str, event: &DescribedEvent<'_>) -> Phrase {
    let DescribedEvent { code, object, facts, by } = *event;
    let mut phrase = Phrase::new(format!("{}.{part}", code.key()));
    let known = code.entry().map_or(&[][..], |entry| entry.facts);
    for fact in known {
        let value = match (facts.get(fact.name).filter(|value| !value.is_empty()), fact.form) {
            // A sentence is one line: line breaks in a fact become spaces.
            (Some(value), shape) => format_fact(zone, shape, value).replace('\n', " "),
            (None, FactForm::TextOrNone | FactForm::TimeOrNone) => "none".to_owned(),
            (None, _) => "–".to_owned(),
        };
        phrase = phrase.with(fact.name, value);
    }
    if known.is_empty() {
        let object = if object.is_empty() { "none".to_owned() } else { without_controls(object) };
        phrase = phrase.with("code", code.text()).with("object", object).with("by", without_controls(by));
    }
    phrase
}

fn format_fact(zone: &str, form: FactForm, value: &str) -> String {
    let formatted = match form {
        FactForm::Time | FactForm::TimeOrNone => time_of_fact(value).map(|at| format_time(zone, at)),
        FactForm::Size => value.parse().ok().map(format_size),
        FactForm::Text | FactForm::Choice | FactForm::Number | FactForm::TextOrNone | FactForm::Changes => None,
    };
    formatted.unwrap_or_else(|| without_controls(value))
}

/// Replaces characters in words of programs and browsers that control a terminal or reverse the text direction.
fn without_controls(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' => c,
        _ if misleads(c) => '\u{fffd}',
        _ if c.is_control() => ' ',
        _ => c,
    };
    text.chars().map(plain).collect()
}

/// A time in a zone: `2026-01-31 09:00:00 +01:00`.
pub fn format_time(zone: &str, at: Timestamp) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::try_from(at).unwrap_or_default().to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// Bytes in decimal units, as disks are sold.
pub fn format_size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes.max(0);
    let mut unit = 0;
    while value >= 10_000 && unit + 1 < UNITS.len() {
        value = (value + 500) / 1000;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

/// A length of time in words: days and hours, hours and minutes, minutes, or seconds.
pub fn duration_phrase(length: Duration) -> Phrase {
    let seconds = length.as_secs();
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
    fn foreign_words_cannot_control_a_terminal_or_reverse_text() {
        let facts: Facts = [("file\u{202e}".to_owned(), "fdp.\u{202e}exe\u{1b}[2J\nnext".to_owned())].into();
        let rows = fact_rows(Language::En, "UTC", &"app.backup".into(), &facts);
        assert_eq!(rows, [("file\u{fffd}".to_owned(), "fdp.\u{fffd}exe [2J\nnext".to_owned())]);
        let event = DescribedEvent { code: &"app.backup".into(), object: "a\u{2067}b", facts: &facts, by: "cron\u{7}" };
        let said = say(Language::En, &event_phrase("UTC", "subject", &event));
        assert!(said.contains("a\u{fffd}b") && !said.contains(['\u{2067}', '\u{7}']), "{said}");
    }

    #[test]
    fn times_sizes_and_lengths_are_readable() {
        assert_eq!(format_time("Europe/Amsterdam", Timestamp::from_secs(1_767_261_600)), "2026-01-01 11:00:00 +01:00");
        assert_eq!(
            [0, 9999, 10_000, 350_000_000, 20_000_000_000].map(format_size),
            ["0 B", "9999 B", "10 kB", "350 MB", "20 GB"]
        );
        let said = |seconds| say(Language::En, &duration_phrase(Duration::from_secs(seconds)));
        assert_eq!([5, 90, 5400, 90_000, 180_000].map(said), ["5 s", "1 min", "1 h 30 min", "one day 1 h", "2 days 2 h"]);
    }
}
