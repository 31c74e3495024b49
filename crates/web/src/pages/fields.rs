//! The fields of the settings' form and their labels; settings, values and differences in the words of the page.

use model::Language;
use service::settings::Difference;
use service::word;

use super::form::SECRETS;
use super::guide::CLIENT_FILE;

/// Every field of the form in its order, with the word of its label. What is set elsewhere has no label here.
const FIELDS: [(&str, &str); 41] = [
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
    ("email.auth.type", "auth"),
    ("email.auth.username", "username"),
    ("email.auth.password", "auth-secret"),
    ("email.auth.allow_unencrypted", "allow-unencrypted"),
    ("email.oauth2.provider", "provider"),
    ("email.oauth2.tenant", "tenant"),
    ("email.oauth2.cloud", "cloud"),
    ("email.oauth2.method", "method"),
    ("email.oauth2.email", "oauth2-email"),
    (CLIENT_FILE, "client-file"),
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
    ("alarm.webhooks", "webhooks"),
    ("alarm.webhook_secret", "webhook-secret"),
    ("alarm.heartbeat_url", "heartbeat"),
];

/// Where a field stands in the form.
pub(super) fn place(key: &str) -> Option<usize> {
    FIELDS.iter().position(|(field, _)| *field == key || key.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '['])))
}

/// The label of a setting, or its key if the form does not have it. A secret is compared as `….set`.
pub(super) fn label(key: &str, language: Language) -> String {
    place(key).map_or_else(|| key.to_owned(), |at| word(language, &format!("page-{}", FIELDS[at].1)))
}

/// A difference as the page shows it.
pub(super) fn in_words(one: Difference, language: Language) -> Difference {
    let words = |value: Option<String>| value.map(|value| value_words(&one.key, &value, language));
    Difference { before: words(one.before), after: words(one.after), key: label(&one.key, language) }
}

/// The label of a secret by its bare name.
pub(super) fn label_of_secret(name: &str, language: Language) -> String {
    let key = SECRETS.iter().find(|key| key.rsplit('.').next() == Some(name));
    key.map_or_else(|| name.to_owned(), |key| label(key, language))
}

/// A value as the page shows it: a choice in words, a certificate as what it is.
pub(super) fn value_words(key: &str, value: &str, language: Language) -> String {
    if value.starts_with("-----BEGIN") {
        return "PEM".into();
    }
    let choice = place(key).map(|at| match FIELDS[at].1 {
        "address-family" => "family",
        word => word,
    });
    let choice = choice.map(|choice| format!("page-{choice}-{value}"));
    match choice {
        Some(choice) if service::words::knows(language, &choice) => word(language, &choice),
        _ if matches!(value, "true" | "false") => word(language, if value == "true" { "page-yes" } else { "page-no" }),
        _ => value.to_owned(),
    }
}

/// Words of the catalogue, which name settings by their keys, with the labels that stand on the pages.
pub(super) fn with_labels(words: &str, language: Language) -> String {
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    let mut said = words.to_owned();
    for word in words.split(|c: char| !part(c)).map(|word| word.trim_end_matches('.')).filter(|word| place(word).is_some()) {
        said = said.replace(word, &format!("“{}”", label(word, language)));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_page_has_its_label_in_the_order_of_the_page() {
        let page = include_str!("../../templates/email.html");
        let at = |key: &str| page.find(&format!("\"{key}\"")).unwrap_or_else(|| panic!("{key} is not on the page"));
        let order: Vec<usize> = FIELDS.iter().map(|(key, _)| at(key)).collect();
        assert!(order.is_sorted(), "{order:?}");
        for named in page.split("name=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|name| name.contains('.')) {
            assert!(place(named).is_some(), "{named} has no label");
        }
        assert_eq!(label("email.auth.password.set", Language::Nl), "Wachtwoord");
        assert_eq!(label("email.contacts.admin[0]", Language::En), label("email.contacts.admin", Language::En));
        assert_eq!(label("queue.keep_notices", Language::En), "queue.keep_notices");
        assert_eq!(with_labels("Sign in (email.auth.type).", Language::En), "Sign in (“SMTP authentication type”).");
    }
}
