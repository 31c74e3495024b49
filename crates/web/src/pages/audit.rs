//! The audit page: each act with its actor, newest first, in words.

use admin::settings::labels::{in_words, secret_in_words};
use admin::words::summary;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use model::audit::{AuditDetail, AuditedAct, Difference, SecretChange, TestShare};
use model::message::FateCounts;
use serde::Deserialize;
use store::AuditView;

use super::frame::{Frame, failed, page};
use super::pages_state::PagesState;
use super::visitor::Member;

const ROWS: usize = 100;
/// Most messages of one act that the page names.
const NAMED_MAX: usize = 20;

/// A detail of an act besides its kind.
pub(super) enum Detail {
    Setting(Difference),
    Text(String),
    /// Message IDs.
    Messages(Vec<String>),
}

/// An act in words.
pub(super) struct AuditAct {
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) details: Vec<Detail>,
}

/// Kinds of acts that have words on the page.
pub(crate) const ACTS: [&str; 38] = [
    "contact.confirmed",
    "settings.saved",
    "backup.written",
    "backup.restored",
    "test.sent",
    "queue.retry",
    "queue.hold",
    "queue.release",
    "queue.cancel",
    "account.created",
    "account.deleted",
    "account.reset",
    "account.password-changed",
    "account.password-change-failed",
    "account.session-ended",
    "account.sign-in-failed",
    "account.signed-in",
    "account.signed-out",
    "token.created",
    "token.revoked",
    "oauth.authorized",
    "oauth.refused",
    "oauth.forgotten",
    "oauth.restored",
    "oauth.lost",
    "oauth.client-refused",
    "oauth.misconfigured",
    "settings.adopted",
    "settings.exported",
    "pair.allowed",
    "pair.made",
    "pair.ended",
    "pair.keys-changed",
    "pair.role-asked",
    "pair.held",
    "pair.settings-saved",
    "pair.site-started",
    "pair.role-taken",
];

impl AuditAct {
    pub(super) fn new(f: &Frame, row: AuditView) -> Self {
        let known = ACTS.contains(&row.what.as_str());
        let what = if known { f.t(&format!("act-{}", row.what.replace('.', "-"))) } else { row.what.clone() };
        let details = match AuditDetail::read(&row.detail) {
            AuditDetail::Act(act) => details(f, &act),
            AuditDetail::Text(text) => lines(&text),
        };
        Self { at: f.iso(row.at), who: row.who, what, details }
    }
}

fn lines(text: &str) -> Vec<Detail> {
    text.lines().filter(|line| !line.is_empty()).map(|line| Detail::Text(line.to_owned())).collect()
}

/// The end of a test: the words for the whole of it, or for how many recipients of several it was accepted.
fn test_end(f: &Frame, whole: &str, share: Option<TestShare>) -> String {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let fates = share.map(|share| {
        let refused = share.recipients.saturating_sub(share.accepted);
        FateCounts { accepted: count(share.accepted), refused: count(refused), ..FateCounts::default() }
    });
    fates.and_then(|fates| summary(f.language, fates, "not-accepted", "not-accepted")).unwrap_or_else(|| f.t(whole))
}

fn details(f: &Frame, act: &AuditedAct) -> Vec<Detail> {
    match act {
        AuditedAct::SettingsSaved { changes, secrets, .. } => {
            // Words of their own say that a secret is set.
            let changes = changes.iter().filter(|change| !change.says_secret_is_set());
            let changes = changes.map(|change| Detail::Setting(in_words(change.clone(), f.language)));
            let secret = |secret: &SecretChange| match secret_in_words(secret, f.language) {
                Some(words) => Detail::Setting(words),
                None => Detail::Text(secret.line()),
            };
            changes.chain(secrets.iter().map(secret)).collect()
        }
        AuditedAct::QueueChanged { messages, .. } if !messages.is_empty() => vec![Detail::Messages(messages.clone())],
        AuditedAct::TestSent { relay, accepted, share } => {
            let whole = if *accepted { "fate-accepted" } else { "test-not-accepted" };
            let of_draft = share.is_some_and(|share| share.of_draft).then(|| f.t("test-of-draft"));
            let ends = format!("{relay}: {}", test_end(f, whole, *share));
            [Some(ends), of_draft].into_iter().flatten().map(Detail::Text).collect()
        }
        AuditedAct::PairRoleTaken { role } => vec![Detail::Text(f.t(&format!("duty-{role}")))],
        AuditedAct::PairSettingsSaved { changes } => changes.iter().cloned().map(Detail::Setting).collect(),
        AuditedAct::AccountCreated { name, role, .. } => {
            vec![Detail::Text(format!("{name}: {}", f.t(&format!("role-{}", role.name()))))]
        }
        other => lines(&f.reason(&other.detail())),
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    f: Frame,
    acts: Vec<AuditAct>,
    older: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct From {
    before: Option<i64>,
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Query(from): Query<From>) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    match pages.service.store().audit(from.before, ROWS).await {
        Ok(rows) => {
            let older = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.n);
            let acts = rows.into_iter().map(|row| AuditAct::new(&f, row)).collect();
            page(member.language, &Audit { f, acts, older })
        }
        Err(fault) => failed(member.language, &fault),
    }
}
