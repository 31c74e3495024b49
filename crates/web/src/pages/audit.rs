//! The audit page: each act with its actor, newest first, in words.

use admin::settings::Difference;
use admin::settings::labels::{change_in_words, says_secret_is_set};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use model::account::Role;
use serde::Deserialize;
use store::AuditView;

use super::Site;
use super::frame::{Frame, failed, page};
use super::visitor::Member;
use crate::api::messages::number_of;

const ROWS: usize = 100;
/// Most messages of one act that the page names.
const NAMED_MAX: usize = 20;

/// A detail of an act besides its kind.
enum Detail {
    Setting(Difference),
    Text(String),
    /// Message IDs.
    Messages(Vec<String>),
}

struct AuditAct {
    at: String,
    who: String,
    what: String,
    details: Vec<Detail>,
}

/// Kinds of acts that have words on the page.
pub(crate) const ACTS: [&str; 27] = [
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
];

impl AuditAct {
    fn new(site: &Site, f: &Frame, row: AuditView) -> Self {
        let known = ACTS.contains(&row.what.as_str());
        let what = if known { f.t(&format!("act-{}", row.what.replace('.', "-"))) } else { row.what.clone() };
        let detail = |line: &str| match (row.what.as_str(), line.split_once(": ")) {
            ("settings.saved", Some(_)) => {
                change_in_words(line, f.language).map_or_else(|| Detail::Text(line.to_owned()), Detail::Setting)
            }
            (what, _) if what.starts_with("queue.") => {
                let ids = line.split(' ').map(|word| word.trim_end_matches(':'));
                let ids: Vec<String> = ids.filter(|id| number_of(&site.service, id).is_some()).map(str::to_owned).collect();
                if ids.is_empty() { Detail::Text(line.to_owned()) } else { Detail::Messages(ids) }
            }
            ("test.sent", Some((relay, how))) => {
                Detail::Text(format!("{relay}: {}", f.t(if how == "accepted" { "fate-accepted" } else { "test-not-accepted" })))
            }
            ("account.created", Some((name, role))) if Role::of_name(role).is_some() => {
                Detail::Text(format!("{name}: {}", f.t(&format!("role-{role}"))))
            }
            _ => Detail::Text(line.to_owned()),
        };
        // Words of their own say that a secret is set.
        let lines = row.detail.lines().filter(|line| !line.is_empty() && !says_secret_is_set(line));
        let details = lines.map(detail).collect();
        Self { at: f.iso(row.at), who: row.who, what, details }
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

pub(super) async fn show(State(site): State<Site>, member: Member, Query(from): Query<From>) -> Response {
    let f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    match site.service.store().audit(from.before, ROWS).await {
        Ok(rows) => {
            let older = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.n);
            let acts = rows.into_iter().map(|row| AuditAct::new(&site, &f, row)).collect();
            page(member.language, &Audit { f, acts, older })
        }
        Err(fault) => failed(member.language, &fault),
    }
}
