//! Shows a notice with example facts, before a real one is sent.

use std::sync::Arc;

use mail::compose::Parts;
use model::Language;
use model::event::{APP, Entry, Facts, Kind, entry};
use model::incident::{Incident, NoticeKind, Pending, Raised};

use super::incident::Telling;
use super::scene::Scene;

const HOUR: i64 = 3_600_000;

/// The program that the example notice names.
const BY: &str = "token:backup";

fn sample(entry: &Entry, code: &str, kind: NoticeKind, now: i64) -> (Incident, Pending) {
    let facts: Facts = match entry.code == APP {
        true => [("host", "db-1"), ("detail", "disk quota exceeded")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        false => entry.facts.iter().map(|fact| (fact.name.to_owned(), fact.sample.to_owned())).collect(),
    };
    let raised = Raised { severity: entry.severity, facts, step: None };
    let since = if matches!(kind, NoticeKind::Raised | NoticeKind::Happened) { now } else { now - 2 * HOUR };
    let object = if entry.code == APP { "nightly" } else { "" };
    let (mut incident, _) = Incident::begin(12, entry.kind, (code, object), raised, false, BY, since);
    incident.ended = matches!(kind, NoticeKind::Resolved | NoticeKind::Ended).then_some(now);
    (incident, Pending { kind, since: now })
}

/// The notice of a code as it would be mailed, in another language if wanted. `None` if the code does not exist.
pub fn preview_of(mut scene: Scene, code: &str, kind: Option<NoticeKind>, language: Option<Language>) -> Option<Parts> {
    let entry = entry(code)?;
    if let Some(language) = language {
        Arc::make_mut(&mut scene.settings).site.language = language;
    }
    Some(preview(&scene, entry, code, kind))
}

pub(crate) fn preview(scene: &Scene, entry: &Entry, code: &str, kind: Option<NoticeKind>) -> Parts {
    let usual = if entry.kind == Kind::Once { NoticeKind::Happened } else { NoticeKind::Raised };
    let (incident, pending) = sample(entry, code, kind.unwrap_or(usual), scene.now);
    Telling { incident: &incident, pending, by: &incident.by }.parts(scene)
}

#[cfg(test)]
mod tests {
    use model::event::CATALOGUE;
    use model::settings::{Draft, parse};

    use super::*;
    use admin::names::Names;

    fn scene(language: Language) -> Scene {
        let mut draft: Draft = serde_json::from_value(serde_json::json!({
            "site": { "name": "Example", "time_zone": "Europe/Amsterdam", "language": language.code() },
            "email": {
                "from": "alerts@example.com",
                "relay": { "host": "mail.example.com", "encryption": "none" },
                "contacts": { "admin": ["admin@example.com"] },
            },
        }))
        .unwrap();
        model::settings::ensure_ids(&mut draft, None);
        let settings = parse(&draft, &|_| None).ok().unwrap();
        let names = Names::new("node-a", vec!["https://post.example.com".into()]);
        // 2026-01-01 at noon, as in the samples.
        Scene { settings: Arc::new(settings), names, now: 1_767_265_200_000 }
    }

    /// Compares every notice in each language with the proofread texts. A changed text is read before it is sent.
    #[test]
    fn notices_match_the_proofread_texts() {
        for language in Language::ALL {
            let scene = scene(language);
            let mut text = match language {
                Language::En => {
                    "# The notices, in English\n\nMade by a test from the catalogue, with facts of examples.\n".to_owned()
                }
                Language::Nl => {
                    "# De meldingen, in het Nederlands\n\nGemaakt door een test uit de catalogus, met voorbeeldgegevens.\n"
                        .to_owned()
                }
            };
            // The daily notice and the test message have texts of their own.
            for entry in CATALOGUE.iter().filter(|entry| !matches!(entry.code, "mail.daily" | "mail.test")) {
                let code = if entry.code == APP { "app.backup-failed" } else { entry.code };
                let kinds: &[NoticeKind] = match entry.code {
                    // One code shows all kinds; the other codes differ in the same way.
                    "relay.unreachable" => &NoticeKind::ALL,
                    _ => &[NoticeKind::Raised],
                };
                for kind in kinds.iter().filter(|kind| **kind != NoticeKind::Happened) {
                    let kind = (entry.kind == Kind::Lasting).then_some(*kind);
                    let parts = preview(&scene, entry, code, kind);
                    let title = kind.filter(|kind| *kind != NoticeKind::Raised).map(|kind| format!(", {}", kind.name()));
                    text += &format!("\n## {code}{}\n\n", title.unwrap_or_default());
                    text += &format!("    {}\n    \n", parts.subject);
                    for line in parts.text.unwrap_or_default().lines() {
                        text += format!("    {line}").trim_end();
                        text += "\n";
                    }
                }
            }
            testkit::same_as_file(&format!("docs/notices-{}.md", language.code()), &text);
        }
    }
}
