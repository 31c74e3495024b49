//! Settings in words: the labels of the pages, and values and changes as people read them.

use model::audit::{Difference, SecretChange};
use model::settings::EmailSettings;
use model::{Language, Phrase};

use crate::words::{say, word};

/// Every field of the form in its order, with the word of its label. Labels of other settings: [`ELSEWHERE`].
pub const FIELDS: [(&str, &str); 43] = [
    ("email.from", "from"),
    ("email.bounce_address", "bounce"),
    ("email.relay.host", "host"),
    ("email.relay.port", "port"),
    ("email.relay.encryption", "encryption"),
    ("email.relay.ca", "ca"),
    ("email.relay.pins", "pins"),
    ("email.relay.client_certificate", "client-certificate"),
    ("email.relay.client_key", "client-key"),
    ("email.relay.ehlo_name", "ehlo-name"),
    ("email.relay.source_address", "source-address"),
    ("email.relay.address_family", "address-family"),
    ("email.auth.mechanism", "mechanism"),
    ("email.auth.type", "auth"),
    ("email.auth.username", "username"),
    ("email.auth.password", "auth-secret"),
    ("email.auth.allow_unencrypted", "allow-unencrypted"),
    ("email.oauth2.provider", "provider"),
    ("email.oauth2.tenant", "tenant"),
    ("email.oauth2.cloud", "cloud"),
    ("email.oauth2.method", "method"),
    ("email.oauth2.email", "oauth2-email"),
    ("client_file", "client-file"),
    ("email.oauth2.client_id", "client-id"),
    ("email.oauth2.client_secret", "client-secret"),
    ("email.oauth2.client_secret_expires", "expires"),
    ("email.oauth2.client_secret_next", "client-secret-next"),
    ("email.oauth2.certificate", "app-certificate"),
    ("email.oauth2.key", "app-key"),
    ("email.oauth2.scopes", "scopes"),
    ("email.oauth2.authorization_endpoint", "authorization-endpoint"),
    ("email.oauth2.token_endpoint", "token-endpoint"),
    ("email.oauth2.proxy", "oauth-proxy"),
    ("email.contacts.admin", "contacts"),
    ("email.daily.enabled", "daily"),
    ("email.daily.at", "daily-at"),
    ("site.time_zone", "zone"),
    ("site.language", "notice-language"),
    ("site.name", "site-name"),
    ("site.external_url", "external-url"),
    ("alarm.webhooks", "webhooks"),
    ("alarm.webhook_secret", "webhook-secret"),
    ("alarm.heartbeat_url", "heartbeat"),
];

/// Settings that no field of the form sets, with the words that name them.
const ELSEWHERE: [(&str, &str); 8] = [
    ("email.relay.name", "relay-name"),
    ("email.relay.proxy", "relay-proxy"),
    ("email.relay.connections", "relay-connections"),
    ("queue.retry_after", "queue-retry-after"),
    ("queue.give_up_after", "queue-give-up-after"),
    ("queue.keep_notices", "queue-keep-notices"),
    ("queue.keep_submitted", "queue-keep-submitted"),
    ("queue.keep_reports", "queue-keep-reports"),
];

/// The position of a field in the form. `None` if the form does not have it.
pub fn place(key: &str) -> Option<usize> {
    FIELDS.iter().position(|(field, _)| *field == key || key.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '['])))
}

/// The label of a setting, or its key if no page has it. In a difference, the key of a secret ends in `.set`.
pub fn label(key: &str, language: Language) -> String {
    if let Some((number, rest)) = fallback(key) {
        let phrase =
            Phrase::new("page-fallback").with("number", number + 1).with("label", label(&format!("email.{rest}"), language));
        return say(language, &phrase);
    }
    let elsewhere = || ELSEWHERE.iter().find(|(known, _)| *known == key).map(|(_, name)| *name);
    let name = place(key).map(|at| FIELDS[at].1).or_else(elsewhere);
    name.map_or_else(|| key.to_owned(), |name| word(language, &format!("page-{name}")))
}

/// Splits the key of a fallback relay into its index and the rest of the key. `None` for other keys.
fn fallback(key: &str) -> Option<(usize, &str)> {
    let (number, rest) = key.strip_prefix("email.fallback[")?.split_once("].")?;
    Some((number.parse().ok()?, rest))
}

/// A difference in words: labels for keys, and words for choices.
pub fn in_words(difference: Difference, language: Language) -> Difference {
    let words = |value: Option<String>| value.map(|value| value_words(&difference.key, &value, language));
    Difference { before: words(difference.before), after: words(difference.after), key: label(&difference.key, language) }
}

/// Reads a line of [`Difference::line`] or [`SecretChange::line`] as a difference in words, for the facts of a notice. `None` for
/// other lines.
pub fn change_in_words(line: &str, language: Language) -> Option<Difference> {
    let (key, change) = line.split_once(": ")?;
    let value = |text: &str| Some(text.to_owned()).filter(|text| text != "-");
    if let Some((before, after)) = change.split_once(" → ") {
        return Some(in_words(Difference { key: key.to_owned(), before: value(before), after: value(after) }, language));
    }
    secret_in_words(&SecretChange { name: key.to_owned(), is_set: change != "cleared" }, language)
}

/// A changed secret in words. `None` if no page has the secret.
pub fn secret_in_words(secret: &SecretChange, language: Language) -> Option<Difference> {
    let key = match secret.name.strip_prefix("relay/") {
        // A row of an earlier version, such as `relay/1/password`: it does not say which relay that was.
        Some(earlier) => {
            let name = earlier.rsplit('/').next()?;
            let (field, _) = FIELDS.iter().find(|(field, _)| field.rsplit('.').next() == Some(name))?;
            label(field, language)
        }
        None => Some(label(&secret.name, language)).filter(|label| *label != secret.name)?,
    };
    let done = word(language, if secret.is_set { "page-secret-changed" } else { "page-secret-cleared" });
    Some(Difference { key, before: None, after: Some(done) })
}

/// Translates the audit's lines for people who may not know the keys.
pub fn changes_in_words(lines: &str, language: Language) -> String {
    lines.lines().filter(|line| !says_secret_is_set(line)).map(|line| one_line(line, language)).collect::<Vec<_>>().join("\n")
}

/// True for a line that says only that a secret is set: another line says that it was changed.
fn says_secret_is_set(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(key, _)| key.ends_with(".set"))
}

fn one_line(line: &str, language: Language) -> String {
    if let Some(Difference { key, before, after }) = change_in_words(line, language) {
        return match (before, after) {
            (None, Some(after)) => format!("{key}: {after}"),
            (before, after) => format!("{key}: {} → {}", before.unwrap_or_default(), after.unwrap_or_else(|| "–".into())),
        };
    }
    let (act, rest) = line.split_once(' ').unwrap_or((line, ""));
    let key = format!("page-act-{}", act.replace('.', "-"));
    match crate::words::knows(language, &key) {
        true => {
            [word(language, &key), rest.to_owned()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        }
        false => line.to_owned(),
    }
}

/// A value in words: choices are translated, and a certificate is shown as `PEM`.
pub fn value_words(key: &str, value: &str, language: Language) -> String {
    if value.starts_with("-----BEGIN") {
        return "PEM".into();
    }
    let plain = fallback(key).map(|(_, rest)| format!("email.{rest}"));
    let choice = place(plain.as_deref().unwrap_or(key)).map(|at| match FIELDS[at].1 {
        "address-family" => "family",
        word => word,
    });
    let choice = choice.map(|choice| format!("page-{choice}-{value}"));
    match choice {
        Some(choice) if crate::words::knows(language, &choice) => word(language, &choice),
        _ if key.ends_with(".set") => word(language, if value == "true" { "page-secret-is-set" } else { "page-secret-is-unset" }),
        _ if matches!(value, "true" | "false") => word(language, if value == "true" { "page-yes" } else { "page-no" }),
        _ => value.to_owned(),
    }
}

/// Replaces keys of settings in the catalogue's words with the labels of the pages.
pub fn with_labels(words: &str, language: Language) -> String {
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    let mut said = words.to_owned();
    for word in words.split(|c: char| !part(c)).map(|word| word.trim_end_matches('.')).filter(|word| place(word).is_some()) {
        said = said.replace(word, &format!("“{}”", label(word, language)));
    }
    said
}

/// Where a relay's settings are, if it is a fallback: the page and the keys in a remedy are those of the first relay.
pub fn fallback_note(language: Language, settings: Option<&EmailSettings>, relay: &str) -> Option<String> {
    let key = settings?.fallback_key(relay)?;
    Some(say(language, &Phrase::new("fallback-note").with("relay", relay).with("key", key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_use_the_labels_of_the_page() {
        let lines = "email.relay.encryption: tls → none\nemail.fallback[0].relay.host: - → b.example\nemail.auth.password.set: - → true\n\
                     email.from: a@x → \"a.set: b\" <a@x>\nrelay/0/password: set\nemail.fallback[0].auth.password: cleared\nemail.bounce_address: b@x → -\naccount.created carol: administrator\n… (+3)";
        let said = "SMTP encryption: TLS → None\nFallback relay 1, SMTP relay server: b.example\nFrom address: a@x → \"a.set: b\" <a@x>\nPassword: entered\nFallback relay 1, Password: cleared\n\
                    Bounce address: b@x → –\nAccount created: carol: administrator\n… (+3)";
        assert_eq!(changes_in_words(lines, Language::En), said);
        assert!(changes_in_words(lines, Language::Nl).contains("Wachtwoord: "));
        assert_eq!(label("email.auth.password.set", Language::Nl), "Wachtwoord");
        assert_eq!(label("email.contacts.admin[0]", Language::En), label("email.contacts.admin", Language::En));
        assert_eq!(label("email.fallback[1].relay.name", Language::En), "Fallback relay 2, Name of the relay");
        assert_eq!(label("some.key", Language::En), "some.key");
        assert_eq!(with_labels("Sign in (email.auth.type).", Language::En), "Sign in (“SMTP authentication type”).");
    }
}
