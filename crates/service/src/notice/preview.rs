//! A notice with the facts of an example, for people who want to see what they will get.

use std::sync::Arc;

use model::Language;
use model::event::{APP, Entry, Facts, Kind, entry};
use model::incident::{Incident, NoticeKind, Pending, Raised};
use model::settings::EmailSettings;

use super::Parts;
use super::incident::Telling;
use super::scene::Scene;
use crate::root::Service;

const HOUR: i64 = 3_600_000;

/// Whose name stands in the notice about what a program raised.
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

impl Service {
    /// The notice of a code as it would be mailed; `None` if there is no such code, or nothing is set up.
    pub async fn preview(&self, code: &str, kind: Option<NoticeKind>, language: Option<Language>) -> Option<Parts> {
        let settings = self.desk().current().settings()?;
        let entry = entry(code)?;
        let settings = match language {
            None => settings,
            Some(language) => {
                let mut other = EmailSettings::clone(&settings);
                other.site.language = language;
                Arc::new(other)
            }
        };
        let scene = Scene { settings, names: self.names().clone(), now: self.clock().now() };
        Some(preview(&scene, entry, code, kind))
    }
}

pub(crate) fn preview(scene: &Scene, entry: &Entry, code: &str, kind: Option<NoticeKind>) -> Parts {
    let usual = if entry.kind == Kind::Once { NoticeKind::Happened } else { NoticeKind::Raised };
    let (incident, pending) = sample(entry, code, kind.unwrap_or(usual), scene.now);
    Telling { incident: &incident, pending, by: &incident.by }.parts(scene)
}
