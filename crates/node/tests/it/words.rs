//! Checks that every sentence exists in every language with the same arguments.

use std::collections::{BTreeMap, BTreeSet};

use admin::words::{knows, sources};
use alerts::notice::{DescribedEvent, event_phrase};
use model::catalogue::{REFUSALS, ROWS};
use model::event::{EventCode, FactForm, Facts, OwnCode, Severity};
use model::failover::{PairCheck, TakeoverGuard};
use model::incident::{IncidentAct, IncidentState, NoticeKind};
use model::oauth::{GrantPhase, Prerequisite};
use model::settings::Wrong;
use model::verdict::fault_phrases;
use model::{Language, Phrase};
use smtp::client::{Fault, FaultKind, Stage, TlsFault};
use smtp::reply::ReplyFault;

fn everywhere(key: &str) {
    for language in Language::ALL {
        assert!(knows(language, key), "{key} is missing in {}", language.code());
    }
}

#[test]
fn known_replies_have_cause_and_remedy_in_every_language() {
    for row in ROWS {
        everywhere(&row.cause().key);
        everywhere(&row.remedy().key);
    }
    for row in REFUSALS {
        everywhere(&row.cause().key);
        everywhere(&row.remedy().key);
    }
}

#[test]
fn grant_states_and_gates_have_words_in_every_language() {
    let states =
        ["absent", "unreachable", "doubted", "lost", "client-refused", "misconfigured", "account", "unwritten", "forgotten"];
    for state in states {
        everywhere(&format!("no-token-{state}.cause"));
        everywhere(&format!("no-token-{state}.remedy"));
    }
    for name in GrantPhase::NAMES.iter().chain(&[
        "confirm",
        "failing",
        "application",
        "application-absent",
        "unwritten",
        "starved",
        "authorized-unknown",
    ]) {
        everywhere(&format!("grant-{name}"));
    }
    for prerequisite in Prerequisite::ALL {
        everywhere(&format!("prerequisite-{}", prerequisite.name()));
    }
    let verify = [
        "no-state",
        "unknown",
        "foreign",
        "other-issuer",
        "no-code",
        "changed",
        "refused",
        "no-refresh-token",
        "no-mail-scope",
        "not-ours",
        "too-many",
        "application",
        "failed",
    ];
    for name in verify {
        everywhere(&format!("verify-{name}.cause"));
        everywhere(&format!("verify-{name}.remedy"));
    }
}

#[test]
fn faults_and_wrong_settings_have_words_in_every_language() {
    let text = || "x".to_owned();
    let reply = || smtp::Reply::new(550, "x");
    let tls = [
        TlsFault::UnknownAuthority,
        TlsFault::SelfSigned,
        TlsFault::Expired(text()),
        TlsFault::NotYetValid(text()),
        TlsFault::WrongHost { wanted: text(), names: vec![] },
        TlsFault::NoSubjectAltName,
        TlsFault::OtherKey { shown: text() },
        TlsFault::WrongNameKind(text()),
        TlsFault::BadCertificate(text()),
        TlsFault::UnsupportedSignature(text()),
        TlsFault::CriticalExtension,
        TlsFault::WrongPurpose,
        TlsFault::BadSignature,
        TlsFault::Revoked,
        TlsFault::OldVersion,
        TlsFault::NoCommonCipher,
        TlsFault::NotTls,
        TlsFault::ClientCertificate,
        TlsFault::Other(text()),
    ];
    let mut kinds = vec![
        FaultKind::Refused(reply()),
        FaultKind::TokenRefused { reply: reply(), challenge: text() },
        FaultKind::Lost(text()),
        FaultKind::TimedOut(1),
        FaultKind::Unreadable(ReplyFault::TooLong),
        FaultKind::OutOfTurn(reply()),
        FaultKind::StartTlsMissing,
        FaultKind::BytesBehindStartTls,
        FaultKind::NoMechanism { offered: vec![], chosen: None },
        FaultKind::NoToken { passing: false, key: "no-token-lost".into(), words: text() },
        FaultKind::NotResolved(text()),
        FaultKind::NotConnected(text()),
        FaultKind::OurOwnListener,
    ];
    kinds.extend(tls.map(FaultKind::Tls));
    kinds.extend(smtp::client::Resource::ALL.map(FaultKind::NoResource));
    for kind in kinds {
        for stage in Stage::ALL {
            let (cause, remedy) = fault_phrases(&Fault { stage, kind: kind.clone() });
            everywhere(&cause.key);
            everywhere(&remedy.key);
        }
    }
    for check in PairCheck::ALL {
        check.results().iter().for_each(|result| everywhere(&format!("pair-check-{}-{}", check.name(), result.name())));
    }
    for wrong in Wrong::samples() {
        let phrase = wrong.phrase();
        everywhere(&phrase.key);
        for language in Language::ALL {
            let said = admin::words::say(language, &phrase);
            assert!(!said.contains("{ $") && !said.contains("{$"), "{said}");
        }
    }
}

#[test]
fn events_facts_and_acts_have_words_in_every_language() {
    for code in OwnCode::ALL.iter().map(|code| EventCode::from(*code)).chain([EventCode::from("app.backup")]) {
        let entry = code.entry().expect("a code of the catalogue");
        for part in ["short", "subject", "body", "todo"] {
            let key = format!("{}.{part}", entry.key());
            everywhere(&key);
            let facts = entry.facts.iter().map(|fact| (fact.name.to_owned(), fact.sample.to_owned())).collect();
            for language in Language::ALL {
                for facts in [&facts, &Facts::new()] {
                    let event = DescribedEvent { code: &code, object: "", facts, by: "x" };
                    let said = admin::words::say(language, &event_phrase("UTC", part, &event));
                    assert!(!said.contains('{') && !said.contains("  ") && !said.is_empty(), "{key}: {said:?}");
                }
            }
        }
        for fact in entry.facts.iter().filter(|fact| fact.form != FactForm::Choice) {
            everywhere(&format!("fact-{}", fact.name.replace('_', "-")));
        }
    }
    let kinds = NoticeKind::ALL
        .iter()
        .flat_map(|kind| [format!("notice-kind-{}", kind.name()), format!("notice-subject-{}", kind.name())]);
    let states = IncidentState::NAMES.iter().map(|name| format!("incident-{name}"));
    let acts = IncidentAct::NAMES.iter().map(|name| format!("act-{name}"));
    let severities = Severity::ALL.iter().map(|severity| format!("severity-{}", severity.name()));
    kinds.chain(states).chain(acts).chain(severities).for_each(|key| everywhere(&key));
}

/// Maps each key (with attribute) to its variables.
fn variables(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in sources(language) {
        let (mut message, mut key) = (String::new(), String::new());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let head = line.split('=').next().unwrap_or("").trim();
            let plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !line.starts_with([' ', '\t']) && line.contains('=') && plain(head) {
                (message, key) = (head.to_owned(), head.to_owned());
                assert!(all.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice in {}", language.code());
            } else if let Some(attribute) = head.strip_prefix('.').filter(|name| plain(name)) {
                key = format!("{message}.{attribute}");
                all.insert(key.clone(), BTreeSet::new());
            }
            for part in line.split('$').skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                all.entry(key.clone()).or_default().insert(name);
            }
        }
    }
    all
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    let (english, dutch) = (variables(Language::En), variables(Language::Nl));
    assert!(english.len() > 300, "{}", english.len());
    assert_eq!(english, dutch);
}

#[test]
fn numbers_take_their_plural_and_no_mark_surrounds_an_argument() {
    let say = |language, count: u64| admin::words::say(language, &Phrase::new("queue-release").with("count", count));
    assert_eq!(say(Language::En, 1), "One message is released.");
    assert_eq!(say(Language::Nl, 2), "2 berichten zijn vrijgegeven.");
}

/// A sentence selects its variant by the words of the core. A word without a variant would be told as something else.
#[test]
fn words_of_the_pair_have_a_variant_in_every_language() {
    let guards = TakeoverGuard::ALL.map(TakeoverGuard::name);
    guards.iter().for_each(|guard| everywhere(&format!("failover-guard-{guard}")));
    let duties = ["alone", "primary", "backup", "waiting", "draining", "retired"];
    duties.iter().for_each(|duty| everywhere(&format!("failover-duty-{duty}")));
    ["range", "c1", "c2", "c3", "c4", "c8", "c9", "c10"].iter().for_each(|rule| everywhere(&format!("failover-rule-{rule}")));
    let rows: [(OwnCode, &str, &[&str]); 6] = [
        (OwnCode::VersionsDiffer, "operation", &["takeover", "handover"]),
        (OwnCode::SharedIpInterfaceOff, "why", &["no-link", "disabled", "no-helper"]),
        (OwnCode::SharedIpMissing, "why", &["removed"]),
        (OwnCode::BackupSelfTestFailed, "check", &["storage", "network-helper"]),
        (OwnCode::PrimaryDownTakeoverDue, "guard", &guards),
        (OwnCode::RolesConflict, "reason", &["both-primary", "no-primary", "wrong-peer", "waits"]),
    ];
    for (code, fact, words) in rows {
        for language in Language::ALL {
            let body = |word: &str| {
                let facts = Facts::from([(fact.to_owned(), word.to_owned())]);
                let code = EventCode::from(code);
                let event = DescribedEvent { code: &code, object: "", facts: &facts, by: "x" };
                admin::words::say(language, &event_phrase("UTC", "body", &event))
            };
            for word in words {
                assert_ne!(body(word), body("another word"), "{code} {fact}={word} in {}", language.code());
            }
        }
    }
}
