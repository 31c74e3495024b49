//! Management › Email configuration: the whole form, saved as a whole or not at all.

use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::account::Role;
use model::settings::Draft;
use serde::Deserialize;
use service::clock::rfc3339;
use service::settings::{Current, Difference, SaveFault, compare, not_in_use};
use service::{say, trial::Trial};

use super::Site;
use super::form::{Form, draft, pairs, usual_port, value_of};
use super::frame::{Frame, failed, forbidden, page, sorry, with_status};
use super::run::start;
use super::visitor::Member;
use crate::whole::whole;

#[derive(Template)]
#[template(path = "email.html")]
struct Email {
    f: Frame,
    form: Form,
    revision: i64,
    saved: Option<(String, String)>,
    port: &'static str,
    notes: Vec<String>,
    /// Somebody else has saved since: what differs between theirs and this.
    theirs: Option<Vec<Difference>>,
    done: bool,
    last_test: Option<super::run::Ended>,
}

struct Shown<'a> {
    current: &'a Current,
    draft: &'a Draft,
    faults: &'a [model::settings::SettingFault],
    theirs: Option<Vec<Difference>>,
    done: bool,
    /// The form as sent, where it was not saved.
    sent: &'a [(String, String)],
}

async fn render(site: &Site, member: &Member, shown: Shown<'_>) -> Response {
    let f = match Frame::of(site, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let notes = shown.current.settings().iter().flat_map(|s| not_in_use(s)).map(|note| say(member.language, &note)).collect();
    let email = Email {
        form: Form::new(&shown.current.draft, shown.draft, shown.faults, member.language).not_saved(shown.sent),
        revision: shown.current.revision,
        saved: shown.current.saved.as_ref().map(|(at, by)| (rfc3339(*at), by.clone())),
        port: usual_port(shown.draft),
        notes,
        theirs: shown.theirs,
        done: shown.done,
        last_test: site.runs.last(),
        f,
    };
    page(member.language, &email)
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(State(site): State<Site>, member: Member, Query(asked): Query<Asked>) -> Response {
    let current = site.service.desk().current();
    let shown =
        Shown { current: &current, draft: &current.draft, faults: &[], theirs: None, done: !asked.done.is_empty(), sent: &[] };
    render(&site, &member, shown).await
}

pub(super) async fn save(State(site): State<Site>, member: Member, RawForm(body): RawForm) -> Response {
    let pairs = pairs(&body);
    let testing = value_of(&pairs, "do") == "test";
    // A test of typed values sends stored secrets to where those values say: as much as saving them.
    if member.signed.actor().needs(Role::Administrator).is_err() {
        return forbidden(member.language);
    }
    let before = site.service.desk().current();
    let typed = match draft(&before.draft, &pairs) {
        Ok(typed) => typed,
        Err(why) => {
            let why: String = why.chars().take(200).collect();
            tracing::warn!(%why, "a form did not fit the settings");
            return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form");
        }
    };
    if testing {
        return test(&site, &member, &before, typed, &pairs).await;
    }
    let expected = value_of(&pairs, "revision").parse().unwrap_or(-1);
    let (service, who, draft) = (std::sync::Arc::clone(&site.service), member.signed.actor(), typed.clone());
    match whole(async move { service.desk().save(draft, expected, &who).await }).await {
        Ok(current) => saved(&site, &member, &current, !value_of(&pairs, "test").is_empty()),
        Err(SaveFault::Wrong(faults)) => {
            let shown = Shown { current: &before, draft: &typed, faults: &faults, theirs: None, done: false, sent: &pairs };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, render(&site, &member, shown).await)
        }
        Err(SaveFault::Unreadable) => sorry(member.language, StatusCode::CONFLICT, "unreadable"),
        Err(SaveFault::Stale { .. }) => {
            let current = site.service.desk().current();
            let theirs = Some(compare(&current.draft, &typed));
            let shown = Shown { current: &current, draft: &typed, faults: &[], theirs, done: false, sent: &pairs };
            with_status(StatusCode::CONFLICT, render(&site, &member, shown).await)
        }
        Err(fault) => failed(member.language, &fault),
    }
}

/// The settings are saved whatever the test says.
fn saved(site: &Site, member: &Member, current: &Current, test: bool) -> Response {
    match (test, current.settings()) {
        (true, Some(settings)) => {
            let trial = Trial { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            start(site, trial)
        }
        _ => Redirect::to("/login/management/email?done=1").into_response(),
    }
}

async fn test(site: &Site, member: &Member, before: &Current, typed: Draft, pairs: &[(String, String)]) -> Response {
    match site.service.desk().check(typed.clone()) {
        Ok(settings) => {
            let trial = Trial {
                settings: std::sync::Arc::new(settings),
                stored: false,
                to: Vec::new(),
                relay: None,
                by: member.signed.actor(),
            };
            start(site, trial)
        }
        Err(faults) => {
            let shown = Shown { current: before, draft: &typed, faults: &faults, theirs: None, done: false, sent: pairs };
            with_status(StatusCode::UNPROCESSABLE_ENTITY, render(site, member, shown).await)
        }
    }
}

struct Revision {
    number: i64,
    saved: String,
    by: String,
    /// Against the one before it, or what it was when it was the first.
    changes: Vec<Difference>,
    current: bool,
}

#[derive(Template)]
#[template(path = "revisions.html")]
struct Revisions {
    f: Frame,
    revisions: Vec<Revision>,
    faults: Vec<(String, String)>,
}

async fn list(site: &Site, member: &Member, faults: Vec<(String, String)>) -> Response {
    let f = match Frame::of(site, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let stored = match site.service.desk().revisions().await {
        Ok(stored) => stored,
        Err(fault) => return failed(member.language, &fault),
    };
    let current = site.service.desk().current().revision;
    let drafts: Vec<Draft> = stored.iter().map(|one| serde_json::from_str(&one.draft).unwrap_or_default()).collect();
    let one = |(i, view): (usize, &store::DocumentView)| Revision {
        number: view.revision,
        saved: rfc3339(view.saved),
        by: view.by.clone(),
        changes: drafts.get(i + 1).map(|before| compare(before, &drafts[i])).unwrap_or_default(),
        current: view.revision == current,
    };
    let revisions = stored.iter().enumerate().map(one).collect();
    page(member.language, &Revisions { f, revisions, faults })
}

pub(super) async fn revisions(State(site): State<Site>, member: Member) -> Response {
    list(&site, &member, Vec::new()).await
}

#[derive(Deserialize)]
pub(super) struct Restore {
    revision: i64,
    /// The revision in force when the list was shown.
    seen: Option<i64>,
}

pub(super) async fn restore(State(site): State<Site>, member: Member, axum::Form(asked): axum::Form<Restore>) -> Response {
    let (service, who) = (std::sync::Arc::clone(&site.service), member.signed.actor());
    let expected = asked.seen.unwrap_or_else(|| service.desk().current().revision);
    match whole(async move { service.desk().restore(asked.revision, expected, &who).await }).await {
        Ok(_) => Redirect::to("/login/management/email?done=1").into_response(),
        Err(SaveFault::Wrong(faults)) => {
            let words = faults.iter().map(|fault| (fault.field.clone(), say(member.language, &fault.wrong.phrase())));
            with_status(StatusCode::UNPROCESSABLE_ENTITY, list(&site, &member, words.collect()).await)
        }
        Err(SaveFault::Forbidden(_)) => forbidden(member.language),
        Err(SaveFault::NoSuchRevision) => sorry(member.language, StatusCode::NOT_FOUND, "not-found"),
        Err(fault) => failed(member.language, &fault),
    }
}
