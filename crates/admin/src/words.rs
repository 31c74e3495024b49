//! Phrases to text, from compiled Fluent files, one set per language. A missing phrase shows its key. A test checks that
//! none is missing.

use std::cell::RefCell;
use std::collections::HashMap;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use model::message::FateCounts;
use model::{Language, Phrase};

use crate::clock::readable;
use crate::reason::{DETAILS, is_of_library, recognised, recognised_type};

const FILES: [(Language, &[&str]); 2] = [
    (
        Language::En,
        &[
            include_str!("../words/en/replies.ftl"),
            include_str!("../words/en/faults.ftl"),
            include_str!("../words/en/tokens.ftl"),
            include_str!("../words/en/oauth.ftl"),
            include_str!("../words/en/service.ftl"),
            include_str!("../words/en/events.ftl"),
            include_str!("../words/en/notices.ftl"),
            include_str!("../words/en/failover.ftl"),
            include_str!("../words/en/cli.ftl"),
            include_str!("../words/en/pages.ftl"),
        ],
    ),
    (
        Language::Nl,
        &[
            include_str!("../words/nl/replies.ftl"),
            include_str!("../words/nl/faults.ftl"),
            include_str!("../words/nl/tokens.ftl"),
            include_str!("../words/nl/oauth.ftl"),
            include_str!("../words/nl/service.ftl"),
            include_str!("../words/nl/events.ftl"),
            include_str!("../words/nl/notices.ftl"),
            include_str!("../words/nl/failover.ftl"),
            include_str!("../words/nl/cli.ftl"),
            include_str!("../words/nl/pages.ftl"),
        ],
    ),
];

type Bundle = FluentBundle<FluentResource>;

thread_local! {
    /// A bundle cannot be shared between threads. Each thread that needs one builds it once.
    static BUNDLES: RefCell<HashMap<&'static str, Bundle>> = RefCell::default();
}

/// The text of one language's files.
pub fn sources(language: Language) -> &'static [&'static str] {
    FILES.iter().find(|(of, _)| *of == language).map_or(&[], |(_, files)| files)
}

fn bundle(language: Language) -> Bundle {
    let tag = language.code().parse().expect("our own codes are language tags");
    let mut bundle = Bundle::new(vec![tag]);
    // Isolation marks serve pages with mixed directions. Terminals, subjects and logs would show them.
    bundle.set_use_isolating(false);
    for file in sources(language) {
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(resource, errors)| {
            debug_assert!(errors.is_empty(), "{errors:?}");
            resource
        });
        // A duplicate key is our error. The first entry counts, and the test reports it.
        drop(bundle.add_resource(resource));
    }
    bundle
}

/// The fates of a message's recipients in one text, if they differ. `state` is the name of the message's state.
pub fn summary(language: Language, fates: FateCounts, state: &str, refused: &str) -> Option<String> {
    let waiting = if matches!(state, "held" | "sender-held") { state } else { "waiting" };
    let parts = fates.summary(waiting, refused);
    (!parts.is_empty()).then(|| parts.iter().map(|part| say(language, part)).collect::<Vec<_>>().join(", "))
}

/// True if a key (`message` or `message.attribute`) has words.
pub fn knows(language: Language, key: &str) -> bool {
    with(language, |bundle| has(bundle, key))
}

fn with<T>(language: Language, act: impl FnOnce(&Bundle) -> T) -> T {
    BUNDLES.with_borrow_mut(|bundles| act(bundles.entry(language.code()).or_insert_with(|| bundle(language))))
}

fn has(bundle: &Bundle, key: &str) -> bool {
    match key.split_once('.') {
        None => bundle.get_message(key).is_some_and(|message| message.value().is_some()),
        Some((message, attribute)) => bundle.get_message(message).is_some_and(|m| m.get_attribute(attribute).is_some()),
    }
}

/// The sentence in this language.
pub fn say(language: Language, phrase: &Phrase) -> String {
    // Reasons stand in phrases as their English words. They are phrases themselves, so they are put into words first.
    let in_words = |(name, value): &(&'static str, String)| match *name {
        "error" | "detail" | "fault" | "why" | "cause" => (*name, reason(language, value)),
        // A typed text is cited as it is.
        "typed" | "value" => (*name, value.clone()),
        _ => (*name, readable(value).unwrap_or_else(|| value.clone())),
    };
    let args: Vec<(&'static str, String)> = phrase.args.iter().map(in_words).collect();
    with(language, |bundle| {
        let (message, attribute) = match phrase.key.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (phrase.key.as_str(), None),
        };
        let message = bundle.get_message(message);
        let pattern = message.as_ref().and_then(|message| match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|attribute| attribute.value()),
        });
        let Some(pattern) = pattern else { return phrase.key.clone() };
        let mut given = FluentArgs::new();
        if !args.iter().any(|(name, _)| *name == "over") {
            given.set("over", "no");
        }
        for (name, value) in &args {
            // A number is passed as a number, so that plurals work.
            match value.parse::<i64>() {
                Ok(number) if number.to_string() == *value => given.set(*name, number),
                _ => given.set(*name, value.as_str()),
            }
        }
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&given), &mut faults).into_owned();
        if !faults.is_empty() {
            tracing::warn!(key = phrase.key, ?faults, "a message lacks an argument");
        }
        text
    })
}

/// A technical reason in a language. Logs and reports hold our reasons in English; the words of others stay as they are. The
/// system's number of a fault is for logs: a person reads its words.
pub fn reason(language: Language, words: &str) -> String {
    without_number(&in_language(language, words))
}

/// The words without `(os error 111)`.
fn without_number(words: &str) -> String {
    const NUMBER: &str = " (os error ";
    let (mut kept, mut rest) = (String::new(), words);
    while let Some((head, tail)) = rest.split_once(NUMBER) {
        kept.push_str(head);
        let digits = tail.trim_start_matches('-').trim_start_matches(|digit: char| digit.is_ascii_digit());
        rest = match digits.strip_prefix(')') {
            Some(after) => after,
            None => {
                kept.push_str(NUMBER);
                tail
            }
        };
    }
    kept + rest
}

fn in_language(language: Language, words: &str) -> String {
    if language == Language::En {
        return words.to_owned();
    }
    if words.contains('\n') {
        return words.lines().map(|line| in_language(language, line)).collect::<Vec<_>>().join("\n");
    }
    if let Some((head, line, column)) = positioned(words) {
        let place = Phrase::new("reason-at-line").with("detail", line).with("more", column);
        return format!("{} {}", in_language(language, head), say(language, &place));
    }
    let Some((key, details)) = recognised(words) else {
        // A name may stand before the reason of a library, such as a path or a field.
        let mut tails = words.match_indices(": ").map(|(at, colon)| words.split_at(at + colon.len()));
        return match tails.find(|(_, tail)| is_of_library(tail)) {
            Some((head, tail)) => format!("{head}{}", in_language(language, tail)),
            None => words.to_owned(),
        };
    };
    let typed = |detail| recognised_type(detail).filter(|_| key.starts_with("reason-json-"));
    // A reason may hold another one.
    let in_words = |detail| typed(detail).map_or_else(|| in_language(language, detail), |found| filled(language, found));
    filled_with(language, key, details.into_iter().map(in_words))
}

fn filled(language: Language, (key, details): (&'static str, Vec<&str>)) -> String {
    filled_with(language, key, details.into_iter().map(str::to_owned))
}

fn filled_with(language: Language, key: &'static str, details: impl Iterator<Item = String>) -> String {
    let named = DETAILS.into_iter().zip(details);
    say(language, &named.fold(Phrase::new(key), |phrase, (name, detail)| phrase.with(name, detail)))
}

/// Splits a position off: `… at line 1 column 5`.
fn positioned(words: &str) -> Option<(&str, &str, &str)> {
    let (head, place) = words.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(line) && is_number(column)).then_some((head, line, column))
}

/// A sentence without arguments.
pub fn word(language: Language, key: &str) -> String {
    say(language, &Phrase::new(key))
}

#[cfg(test)]
mod tests {
    use model::Retrying;

    use super::*;

    /// Every time in a sentence has the same form, with its zone. A text that a person typed stays as it is.
    #[test]
    fn time_in_a_phrase_is_shown_for_people() {
        for (name, value, shown) in [
            ("since", "2026-01-31T08:00:00.123Z", "2026-01-31 08:00:00 UTC"),
            ("at", "2026-01-31T08:00:00Z", "2026-01-31 08:00:00 UTC"),
            ("at", "2026-01-31 09:00:00 +01:00", "2026-01-31 09:00:00 +01:00"),
            ("at", "2026-13-31T08:00:00Z", "2026-13-31T08:00:00Z"),
            ("typed", "2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ] {
            let phrase = Phrase::new(if name == "since" {
                "doctor-stuck"
            } else if name == "at" {
                "doctor-accepted"
            } else {
                "wrong-instant"
            });
            for language in Language::ALL {
                assert!(say(language, &phrase.clone().with(name, value)).contains(shown), "{name} {value}");
            }
        }
    }

    /// Keys of the sentences that promise another attempt.
    fn promising(language: Language) -> Vec<String> {
        let (mut found, mut message) = (Vec::new(), "");
        for line in sources(language).iter().flat_map(|file| file.lines()) {
            if let Some((key, _)) = line.split_once(" =") {
                message = if key.starts_with(' ') { message } else { key };
                let attribute = key.trim().strip_prefix('.').map(|attribute| format!(".{attribute}")).unwrap_or_default();
                found.extend(line.contains("{ retries-").then(|| format!("{message}{attribute}")));
            }
        }
        found
    }

    #[test]
    fn message_that_is_over_promises_no_attempt() {
        for (language, promise) in
            [(Language::En, "Postwacht retries automatically"), (Language::Nl, "Postwacht probeert het automatisch opnieuw")]
        {
            let keys = promising(language);
            assert!(keys.len() > 15, "{keys:?}");
            for key in keys {
                let said = |retrying| say(language, &Phrase::new(&key).retrying(retrying));
                assert!(said(Retrying::Planned).contains(promise), "{key}");
                let over = said(Retrying::Over);
                assert!(
                    !over.contains(promise) && !over.contains("  ") && over.trim() == over && over.ends_with('.'),
                    "{key}: {over}"
                );
            }
        }
    }
}
