//! The HTTP view of the service: pages and `/api/v1` over TCP, and `/api/v1` on the control and submit sockets.
//!
//! Callers differ only in the source of their [`Principal`]. This crate changes state only through `node::Service`.

mod accept;
mod api;
mod base;
mod certificate;
mod connection;
mod document;
mod drain;
mod frames;
mod guard;
mod health;
mod json;
mod listener;
mod local;
mod metrics;
mod network;
mod pages;
mod parameters;
mod peer;
mod places;
mod principal;
mod problem;
mod room;
mod routes;
mod answer_language;
mod via;
mod waiting;
mod run_to_end;

pub use accept::{Limits, NoDescriptors};
pub use base::Base;
pub use certificate::{CertificateCallback, CertificateFault, CertificateFiles, fingerprint, self_signed};
pub use guard::{ExternalUrl, Reach};
pub use listener::SiteListener;
pub use local::{BindFault, LocalServing, LocalSocket, bind, local_user};
pub use network::{Network, NotNetwork};
pub use pages::{Letter, LetterSource};
pub use places::ConnectionBounds;
pub use principal::Principal;
pub use routes::{control, openapi, site, submit};

#[cfg(test)]
mod tests {
    use model::Language;
    use model::failover::{PairCheck, TakeoverGuard};

    /// Keys of words that pages compose at run time: a beginning, and all its endings.
    const COMPOSED_KEYS: [(&str, &[&str]); 25] = [
        ("role-", &["viewer", "operator", "administrator"]),
        (
            "relay-",
            &[
                "in-use",
                "open",
                "checking",
                "trial",
                "network",
                "tls",
                "encryption",
                "sign-in",
                "provider",
                "grant",
                "configuration",
                "sender",
            ],
        ),
        ("state-", &["waiting", "held", "sender-held", "accepted", "refused", "not-accepted", "cancelled"]),
        ("fate-", &["waiting", "accepted", "refused", "not-accepted", "cancelled"]),
        ("class-", &["critical", "notice", "submitted"]),
        ("verb-", &["retry", "hold", "release", "cancel"]),
        ("done-", &["retry", "hold", "release", "cancel"]),
        ("encryption-", &["none", "starttls", "tls"]),
        ("trust-", &["system", "ca", "pin"]),
        ("family-", &["any", "ipv4", "ipv6"]),
        ("auth-", &["none", "password", "oauth2"]),
        ("provider-", &["entra", "google", "other"]),
        ("cloud-", &["public", "us-gcc-high", "us-dod", "china"]),
        ("method-", &["user", "application"]),
        ("answer-", &["well", "degraded", "unproven", "silent", "unset"]),
        (
            "hold-remedy-",
            &[
                "checking",
                "trial",
                "network",
                "tls",
                "encryption",
                "sign-in",
                "token",
                "provider",
                "grant",
                "application",
                "configuration",
                "sender",
            ],
        ),
        ("opened-", &["typed", "pin", "revision"]),
        (
            "duty-",
            &[
                "alone",
                "primary",
                "backup",
                "waiting",
                "draining",
                "retired",
                "standalone",
                "starting",
                "fenced",
                "activating",
                "unknown",
            ],
        ),
        ("ip-", &["here", "not-here", "unlisted", "fault-off", "fault-no-link", "fault-disabled", "fault-no-helper"]),
        ("pair-fault-", &["dns", "timeout", "refused", "unreachable", "tls", "wrongpeer", "answer"]),
        ("pair-", &["enabled", "automatic", "force", "alone", "discard", "lone-start-resume", "lone-start-wait"]),
        ("pair-check-", &["good", "warning", "bad"]),
        ("pair-done-", &["made", "made-unconfirmed"]),
        ("last-test-", &["accepted", "failed"]),
        (
            "stage-",
            &[
                "resolve",
                "connect",
                "tls",
                "greeting",
                "ehlo",
                "starttls",
                "sign-in",
                "sender",
                "recipient",
                "data",
                "accepted",
                "quit",
                "failed",
            ],
        ),
    ];

    /// Returns the keys in a template or a source file: the quoted text after these calls.
    fn keys(text: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for call in ["f.t(\"", "f.t1(\"", "self.t(\"", "self.t1(\""] {
            keys.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
        // Keys given to the macros of the form: (form, f, "key", "word", …).
        let macros = text.split("(form, f, \"").skip(1).filter_map(|rest| {
            let (_, rest) = rest.split_once('"')?;
            rest.strip_prefix(", \"")?.split('"').next()
        });
        keys.extend(macros.map(str::to_owned));
        keys.retain(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        keys
    }

    #[test]
    fn page_words_exist_in_every_language() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut wanted: Vec<String> = Vec::new();
        for folder in ["templates", "src/pages"] {
            let entries = std::fs::read_dir(root.join(folder)).expect("a folder").flatten();
            for entry in entries.filter(|entry| entry.path().is_file()) {
                wanted.extend(keys(&std::fs::read_to_string(entry.path()).expect("text")));
            }
        }
        wanted.extend(super::pages::COLOURS.iter().map(|(_, word)| (*word).to_owned()));
        assert!(wanted.len() > 150, "the search finds the words: {}", wanted.len());
        wanted.extend(COMPOSED_KEYS.iter().flat_map(|(head, tails)| tails.iter().map(move |tail| format!("{head}{tail}"))));
        for plain in [
            "failed",
            "not-found",
            "forbidden",
            "bad-form",
            "no-message",
            "no-run",
            "no-link",
            "signed-out",
            "unreadable",
            "too-large",
            "slow-body",
            "restore-hidden",
            "restore-stale",
            "follows-primary",
            "many-tests",
            "busy",
            "verify-signed-out",
            "not-oauth2",
            "nothing-to-confirm",
            "nothing-to-forget",
            "no-incident",
            "no-receipt",
        ] {
            wanted.extend([format!("{plain}-title"), format!("{plain}-text")]);
        }
        wanted.extend(super::pages::DONE.iter().map(|done| format!("pair-done-{done}")));
        wanted.extend(super::pages::TIMES.iter().map(|name| format!("pair-{}", name.replace('_', "-"))));
        wanted.extend(TakeoverGuard::ALL.iter().map(|guard| format!("takeover-needs-{}", guard.name())));
        wanted.extend(PairCheck::ALL.iter().map(|check| format!("pair-check-{}", check.name())));
        wanted.extend(super::pages::ACTS.iter().map(|act| format!("act-{}", act.replace('.', "-"))));
        for language in Language::ALL {
            let missing: Vec<_> = wanted.iter().filter(|key| !admin::words::knows(language, &format!("page-{key}"))).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.code());
        }
    }

    /// Words that are the same in every language: names, and terms of the protocols.
    const NAMES: [&str; 12] =
        ["Postwacht", "Message-ID", "SHA", "HTML", "English", "Nederlands", "bytes", "ms", "C", "S", "EHLO", "UPS"];

    #[test]
    fn templates_have_no_words_of_their_own() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(root.join("templates")).expect("a folder").flatten() {
            let (name, text) = (entry.file_name(), std::fs::read_to_string(entry.path()).expect("text"));
            // Text between tags, and attributes that assistive technology reads out.
            let without = |text: &str, open: &str, close: &str| {
                text.split(open).enumerate().fold(String::new(), |all, (i, part)| {
                    let rest = if i == 0 { part } else { part.split_once(close).map_or("", |(_, rest)| rest) };
                    all + rest + "\u{1}"
                })
            };
            let bare = without(&without(&without(&text, "{%", "%}"), "{{", "}}"), "&", ";");
            let spoken = ["aria-label=\"", "title=\"", "alt=\"", "placeholder=\""];
            let spoken = spoken.iter().flat_map(|key| bare.split(key).skip(1)).filter_map(|rest| rest.split('"').next());
            let between = without(&bare, "<", ">");
            let words =
                spoken.chain(Some(between.as_str())).flat_map(|text| text.split(|c: char| !c.is_alphabetic() && c != '-'));
            let own: Vec<&str> =
                words.map(|word| word.trim_matches('-')).filter(|word| word.len() > 1 && !NAMES.contains(word)).collect();
            // The page of samples has sample texts, and a macro of the fields builds attributes.
            assert!(own.is_empty() || name == "components.html" || name == "fields.html", "{name:?}: {own:?}");
        }
    }

    /// A sentence that is the same in both languages was not translated.
    #[test]
    fn sentence_same_in_both_languages_is_untranslated() {
        let text = |language: &str| {
            let path = format!("{}/../admin/words/{language}/pages.ftl", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).expect("words")
        };
        let lines = |text: String| {
            text.lines()
                .filter_map(|line| line.split_once(" = ").map(|(k, v)| (k.to_owned(), v.to_owned())))
                .collect::<std::collections::HashMap<_, _>>()
        };
        let (english, dutch) = (lines(text("en")), lines(text("nl")));
        let same: Vec<_> =
            english.iter().filter(|(key, value)| dutch.get(*key) == Some(value) && value.split(' ').count() > 3).collect();
        assert!(same.is_empty(), "{same:?}");
    }

    /// The checked-in OpenAPI document is the same as the generated one.
    #[test]
    fn openapi_document_matches_program() {
        testkit::assert_matches_file("docs/openapi.json", &(super::openapi().to_pretty_json().expect("serialises") + "\n"));
    }
}
