//! The kept revisions of the settings, with their changes. The user can restore each.

use std::sync::Arc;

use admin::clock::rfc3339;
use admin::settings::labels::in_words;
use admin::settings::{SaveFault, compare};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::audit::Difference;
use model::settings::Draft;
use serde::Deserialize;

use super::email::{EmailView, not_saved, render};
use super::form::is_hidden;
use super::frame::{Frame, failed, page, sorry, with_status};
use super::pages_state::PagesState;
use super::visitor::Member;
use crate::run_to_end::run_to_end;

struct Revision {
    number: i64,
    saved: String,
    by: String,
    /// Changes against the previous revision, with the labels of the form.
    changes: Vec<Difference>,
    current: bool,
}

#[derive(Template)]
#[template(path = "revisions.html")]
struct Revisions {
    f: Frame,
    revisions: Vec<Revision>,
    seen: i64,
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member) -> Response {
    let f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let stored = match pages.service.settings().revisions().await {
        Ok(stored) => stored,
        Err(fault) => return failed(member.language, &fault),
    };
    let seen = pages.service.settings().current().revision;
    let drafts: Vec<Draft> = stored.iter().map(|document| serde_json::from_str(&document.draft).unwrap_or_default()).collect();
    let labelled = |difference: Difference| in_words(difference, member.language);
    let revision = |(i, view): (usize, &store::DocumentView)| Revision {
        number: view.revision,
        saved: rfc3339(view.saved),
        by: view.by.clone(),
        changes: drafts
            .get(i + 1)
            .map(|before| compare(before, &drafts[i]).into_iter().map(labelled).collect())
            .unwrap_or_default(),
        current: view.revision == seen,
    };
    let revisions = stored.iter().enumerate().map(revision).collect();
    page(member.language, &Revisions { f, revisions, seen })
}

#[derive(Deserialize)]
pub(super) struct Restore {
    revision: i64,
    /// Number of the current revision when the list was shown.
    seen: i64,
}

pub(super) async fn restore(State(pages): State<PagesState>, member: Member, Form(form): Form<Restore>) -> Response {
    let (service, actor) = (Arc::clone(&pages.service), member.signed.actor());
    match run_to_end(async move { service.settings().restore(form.revision, form.seen, &actor).await }).await {
        Ok(_) => Redirect::to("/login/management/email?done=1").into_response(),
        // The usual cause is a password that must be typed again, because its relay has changed since. The form has its field.
        Err(SaveFault::Wrong(faults)) => {
            let (current, draft) = (pages.service.settings().current(), pages.service.settings().revision(form.revision).await);
            let draft = match draft {
                Ok(draft) => draft,
                Err(fault) => return not_saved(&member, &fault),
            };
            if faults.iter().any(|fault| is_hidden(&fault.field)) {
                return sorry(member.language, StatusCode::UNPROCESSABLE_ENTITY, "restore-hidden");
            }
            let shown = EmailView::restored(&current, &draft, form.revision).with_faults(&faults);
            with_status(StatusCode::UNPROCESSABLE_ENTITY, render(&pages, &member, shown).await)
        }
        Err(SaveFault::Stale { .. }) => sorry(member.language, StatusCode::CONFLICT, "restore-stale"),
        Err(fault) => not_saved(&member, &fault),
    }
}
