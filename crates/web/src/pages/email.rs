//! Management › Email configuration: the whole form. A save takes all fields or none.

use std::sync::Arc;

use admin::clock::rfc3339;
use admin::settings::labels::in_words;
use admin::settings::{Current, FollowsPrimary, SaveFault, compare, merge, remarks};
use admin::words::say;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mail::oauth::PASTED;
use model::account::Role;
use model::audit::Difference;
use model::oauth::GrantPhase;
use model::settings::{Auth, Draft, Provider, RelaySettings, SecretEntry, SettingFault, Wrong, provider_restricting_passwords};
use node::test_send::TestSend;
use serde::Deserialize;

use super::form::{Form, as_shown, draft, pairs, secrets_in, usual_port, value_of};
use super::frame::{Frame, failed, forbidden, page, sorry, with_status};
use super::guide::{CLIENT_FILE, Guide, PASSWORD_ANNOUNCEMENT, import_google_client, set_up_oauth2};
use super::oauth::{Panel, panels};
use super::pages_state::PagesState;
use super::redirect::{redirect_for, redirects};
use super::run::{TestedSettings, start};
use super::test_runs::{RunEnd, Typed};
use super::visitor::Member;
use crate::run_to_end::run_to_end;

/// Changes that another user saved while this form was open.
pub(super) struct Theirs {
    revision: i64,
    at: String,
    by: String,
    changes: Vec<SettingChange>,
}

struct SettingChange {
    difference: Difference,
    /// The user changed this field too. The field shows the user's value.
    clash: bool,
}

/// Values of the form, and the messages above it.
pub(super) struct EmailView<'a> {
    current: &'a Current,
    draft: &'a Draft,
    faults: &'a [SettingFault],
    theirs: Option<Theirs>,
    /// The key of the words about the save just before.
    done: Option<&'static str>,
    /// The test that was asked for with the save cannot run yet.
    test_waits: bool,
    /// Key of the sentence that names the source of the values, if they are not the stored ones.
    opened: Option<&'static str>,
    /// The revision that all settings without a field on this page come from, if it is not the stored one.
    base: Option<i64>,
    /// Keys of secrets that the user typed and that are not stored.
    lost: Vec<String>,
}

impl<'a> EmailView<'a> {
    /// Shows values that are not stored.
    pub(super) fn unsaved(current: &'a Current, draft: &'a Draft, opened: &'static str) -> Self {
        Self { opened: Some(opened), ..Self::stored(current, draft) }
    }

    fn stored(current: &'a Current, draft: &'a Draft) -> Self {
        Self {
            current,
            draft,
            faults: &[],
            theirs: None,
            done: None,
            test_waits: false,
            opened: None,
            base: None,
            lost: Vec::new(),
        }
    }

    /// Shows an earlier revision. A save of the form stores its other settings too.
    pub(super) fn restored(current: &'a Current, draft: &'a Draft, revision: i64) -> Self {
        Self { base: Some(revision), ..Self::unsaved(current, draft, "opened-revision") }
    }

    pub(super) fn with_faults(self, faults: &'a [SettingFault]) -> Self {
        Self { faults, ..self }
    }

    /// Adds what the form does not send back: the secrets, and the revision behind its other settings.
    fn with_rest(self, typed: &Typed) -> Self {
        Self { lost: typed.lost.clone(), base: typed.base, ..self }
    }
}

#[derive(Template)]
#[template(path = "email.html")]
struct Email {
    f: Frame,
    form: Form,
    revision: i64,
    base: Option<i64>,
    saved: Option<(String, String)>,
    port: &'static str,
    notes: Vec<String>,
    theirs: Option<Theirs>,
    /// The key of the words about the save just before.
    done: Option<&'static str>,
    opened: Option<&'static str>,
    last_test: Option<ShownTest>,
    unsaved_test: Option<UnsavedTest>,
    /// The test that was asked for runs after the sign-in at the provider.
    test_waits: bool,
    panels: Vec<Panel>,
    redirects: Vec<String>,
    /// The provider accepts the browser's address of this site as a redirect target.
    comes_back: bool,
    guide: Guide,
    /// Microsoft's announcement about password sign-in.
    announcement: &'static str,
    /// A password is set for a provider that ends password sign-in.
    password_ends: bool,
    /// The fallback relays, which this page does not change.
    fallbacks: Option<String>,
    /// The settings are those of the primary of the pair, with its name if it is known.
    follows: Option<FollowsPrimary>,
}

impl Email {
    fn may_save(&self) -> bool {
        self.f.may_administer() && self.follows.is_none()
    }

    fn primary(&self) -> Option<String> {
        let unknown = || self.f.t("the-primary");
        self.follows.as_ref().map(|follows| follows.primary.clone().unwrap_or_else(unknown))
    }
}

/// Returns the fallback relays with their places.
fn fallbacks(pages: &PagesState) -> Option<String> {
    let settings = pages.service.settings().current().settings()?;
    let place = |relay: &RelaySettings| format!("{} ({}:{})", relay.name, relay.host, relay.port);
    let all: Vec<String> = settings.route.iter().skip(1).map(place).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The last test of stored settings, as the page shows it.
struct ShownTest {
    id: String,
    at: String,
    by: String,
    revision: i64,
    /// `ok`, `bad`, or `none` if it says nothing about the settings in force.
    class: &'static str,
    accepted: bool,
    /// Name of the relay, if the settings still have it.
    relay: Option<String>,
}

fn shown_test(pages: &PagesState) -> Option<ShownTest> {
    let (last, applies) = pages.service.last_test()?;
    let class = match (applies, last.accepted) {
        (false, _) => "none",
        (true, true) => "ok",
        (true, false) => "bad",
    };
    let (id, at) = (last.message.to_string(), rfc3339(last.at));
    let settings = pages.service.settings().current().settings();
    let relay = settings.and_then(|all| Some(all.route.iter().find(|relay| relay.id == last.relay)?.name.clone()));
    Some(ShownTest { id, at, by: last.by, revision: last.revision, class, accepted: last.accepted, relay })
}

/// The newest test of values that were not saved. It says nothing about the settings in force.
struct UnsavedTest {
    number: u64,
    at: String,
    accepted: bool,
}

/// The newest test of unsaved values, unless a save or a test of saved settings came after it.
fn unsaved_test(pages: &PagesState, member: &Member, current: &Current) -> Option<UnsavedTest> {
    let run = pages.test_runs.last_unsaved(&member.signed)?;
    let RunEnd::Tested(tested) = &run.end else { return None };
    let last = pages.service.last_test().map(|(last, _)| last.at);
    let saved = current.saved.as_ref().map(|(at, _)| *at);
    let is_newest = last.into_iter().chain(saved).all(|at| at < run.begun);
    is_newest.then(|| UnsavedTest { number: run.number, at: rfc3339(run.begun), accepted: tested.accepted() })
}

pub(super) async fn render(pages: &PagesState, member: &Member, shown: EmailView<'_>) -> Response {
    let f = match Frame::of(pages, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let notes = shown.current.settings().iter().flat_map(|s| remarks(s)).map(|note| say(member.language, &note)).collect();
    let covered = shown.draft.covered();
    let draft = if f.may_administer() { shown.draft } else { &covered };
    let provider = Provider::of_name(shown.draft.email.oauth2.provider.as_deref()).unwrap_or(Provider::Other);
    let email = Email {
        form: Form::new(&shown.current.draft, draft, shown.faults, member.language).without(shown.lost),
        revision: shown.current.revision,
        base: shown.base,
        saved: shown.current.saved.as_ref().map(|(at, by)| (rfc3339(*at), by.clone())),
        port: usual_port(shown.draft),
        notes,
        theirs: shown.theirs,
        done: shown.done,
        opened: shown.opened,
        last_test: shown_test(pages),
        unsaved_test: unsaved_test(pages, member, shown.current),
        test_waits: shown.test_waits,
        panels: panels(pages, member),
        redirects: redirects(pages, &member.here),
        comes_back: redirect_for(provider, &member.here) != PASTED,
        guide: Guide::of(shown.draft, pages, &member.here),
        announcement: PASSWORD_ANNOUNCEMENT,
        password_ends: is_password_restricted(shown.current),
        fallbacks: fallbacks(pages),
        follows: pages.service.settings().writable().err(),
        f,
    };
    page(member.language, &email)
}

#[derive(Default, Deserialize)]
pub(super) struct EmailQuery {
    #[serde(default)]
    done: String,
    /// The test that was asked for with the save cannot run yet.
    #[serde(default)]
    test: String,
    /// Number of a test whose values were not saved.
    typed: Option<u64>,
    /// Number of a test whose certificate is to be pinned. Never the pin itself: a link from another site must not fill
    /// the form.
    pin: Option<u64>,
    /// Set up OAuth2 for the relay, filled in from its known settings.
    #[serde(default)]
    oauth2: String,
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Query(asked): Query<EmailQuery>) -> Response {
    let current = pages.service.settings().current();
    let typed = asked.typed.and_then(|run| pages.test_runs.typed(run, &member.signed));
    let mut draft = typed.as_ref().map_or_else(|| current.draft.clone(), |typed| typed.draft.clone());
    let set_up = !asked.oauth2.is_empty() && set_up_oauth2(&mut draft);
    let pin = asked.pin.and_then(|run| pages.test_runs.pin(run));
    let pinned = pin.is_some();
    if let Some(pin) = pin {
        (draft.email.relay.pins, draft.email.relay.ca) = (vec![pin], None);
    }
    let shown = match (&typed, pinned) {
        (_, true) => EmailView::unsaved(&current, &draft, "opened-pin"),
        (_, false) if set_up => EmailView::unsaved(&current, &draft, "opened-oauth2"),
        (Some(_), false) => EmailView::unsaved(&current, &draft, "opened-typed"),
        (None, false) => {
            let test_waits = asked.test == "waits";
            let done = match asked.done.as_str() {
                "" => None,
                "same" => Some("settings-unchanged"),
                _ => Some("saved-as"),
            };
            EmailView { done, test_waits, ..EmailView::stored(&current, &draft) }
        }
    };
    let shown = match typed.as_ref() {
        Some(typed) => shown.with_rest(typed),
        None => shown,
    };
    render(&pages, &member, shown).await
}

pub(super) async fn save(State(pages): State<PagesState>, member: Member, RawForm(body): RawForm) -> Response {
    if member.signed.actor().needs(Role::Administrator).is_err() {
        return forbidden(member.language);
    }
    let pairs = pairs(&body);
    let before = pages.service.settings().current();
    let base_revision = value_of(&pairs, "base").parse::<i64>().ok();
    let base = match base_revision {
        Some(revision) => match pages.service.settings().revision(revision).await {
            Ok(draft) => draft,
            Err(fault) => return not_saved(&member, &fault),
        },
        None => before.draft.clone(),
    };
    let typed = match draft(&base, &pairs) {
        Ok(typed) => typed,
        Err(why) => {
            tracing::warn!(%why, "a form does not match the settings");
            return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form");
        }
    };
    let expected = value_of(&pairs, "revision").parse().unwrap_or(-1);
    let mut typed = Typed { draft: typed, revision: expected, base: base_revision, lost: secrets_in(&pairs) };
    if let Err(why) = import_google_client(&mut typed.draft, value_of(&pairs, CLIENT_FILE)) {
        let faults = [SettingFault { field: CLIENT_FILE.into(), wrong: Wrong::NotAClientFile { why } }];
        let shown = EmailView::stored(&before, &typed.draft).with_faults(&faults).with_rest(&typed);
        return with_status(StatusCode::UNPROCESSABLE_ENTITY, render(&pages, &member, shown).await);
    }
    if let Some(field) = lacks_trust(&typed.draft, value_of(&pairs, "trust")) {
        let faults = [SettingFault { field: field.into(), wrong: Wrong::Required }];
        let shown = EmailView::stored(&before, &typed.draft).with_faults(&faults).with_rest(&typed);
        return with_status(StatusCode::UNPROCESSABLE_ENTITY, render(&pages, &member, shown).await);
    }
    if value_of(&pairs, "do") == "key" {
        match pages.service.admin().key_pair().await {
            Ok(pair) => {
                let oauth2 = &mut typed.draft.email.oauth2;
                (oauth2.certificate, oauth2.key) = (Some(pair.certificate), SecretEntry::New(pair.key));
            }
            Err(why) => return failed(member.language, &why),
        }
        return store(&pages, &member, typed, AfterSave::ShowForm).await;
    }
    if value_of(&pairs, "do") == "test" {
        return test(&pages, &member, &before, typed).await;
    }
    let then = if value_of(&pairs, "test").is_empty() { AfterSave::ShowForm } else { AfterSave::Test };
    store(&pages, &member, typed, then).await
}

/// The empty field that the chosen trust needs. Without this check, the relay would be trusted by the system's roots instead.
fn lacks_trust(draft: &Draft, trust: &str) -> Option<&'static str> {
    if draft.email.relay.encryption.as_deref() == Some("none") {
        return None;
    }
    match trust {
        "pin" if draft.email.relay.pins.is_empty() => Some("email.relay.pins"),
        "ca" if draft.email.relay.ca.is_none() => Some("email.relay.ca"),
        _ => None,
    }
}

/// Saves the values that a test was made with.
pub(super) async fn save_tested(State(pages): State<PagesState>, member: Member, Path(run): Path<u64>) -> Response {
    match pages.test_runs.typed(run, &member.signed) {
        Some(typed) => {
            let response = store(&pages, &member, typed, AfterSave::ShowForm).await;
            if response.status().is_redirection() {
                let current = pages.service.settings().current();
                let tested = pages.test_runs.saved(run, current.revision);
                if let (Some((tested, by)), Some(settings)) = (tested, current.settings()) {
                    pages.service.note_test(&tested, &settings, (&by, current.revision)).await;
                }
            }
            response
        }
        None => sorry(member.language, StatusCode::NOT_FOUND, "no-run"),
    }
}

/// The step after a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterSave {
    ShowForm,
    /// A test with the saved settings.
    Test,
}

async fn store(pages: &PagesState, member: &Member, typed: Typed, then: AfterSave) -> Response {
    let before = pages.service.settings().current();
    let (service, who) = (Arc::clone(&pages.service), member.signed.actor());
    let (draft, expected) = (typed.draft.clone(), typed.revision);
    match run_to_end(async move { service.settings().save(draft, expected, &who).await }).await {
        Ok(current) => saved(pages, member, (&before, &current), then),
        Err(SaveFault::Wrong(faults)) => {
            let shown = EmailView::stored(&before, &typed.draft).with_faults(&faults).with_rest(&typed);
            with_status(StatusCode::UNPROCESSABLE_ENTITY, render(pages, member, shown).await)
        }
        Err(SaveFault::Stale { .. }) => stale(pages, member, typed).await,
        Err(fault) => not_saved(member, &fault),
    }
}

/// Answers a refused save whose reason belongs to no field.
pub(super) fn not_saved(member: &Member, fault: &SaveFault) -> Response {
    match fault {
        SaveFault::Unreadable => sorry(member.language, StatusCode::CONFLICT, "unreadable"),
        SaveFault::Forbidden(_) => forbidden(member.language),
        SaveFault::Follows(_) => sorry(member.language, StatusCode::CONFLICT, "follows-primary"),
        SaveFault::NoSuchRevision => sorry(member.language, StatusCode::NOT_FOUND, "not-found"),
        other => failed(member.language, other),
    }
}

/// Another user has saved since this form was opened. Fields that this user did not change take the stored values.
/// Shows the form again with the other user's changes.
async fn stale(pages: &PagesState, member: &Member, typed: Typed) -> Response {
    let desk = pages.service.settings();
    let current = desk.current();
    // If the revision is no longer kept, the stored settings are the base: every difference counts as typed.
    let base = as_shown(&desk.revision(typed.revision).await.unwrap_or_else(|_| current.draft.clone()));
    let stored = as_shown(&current.draft);
    let merged = merge(&base, &stored, &typed.draft);
    let mine: Vec<String> = compare(&base, &typed.draft).into_iter().map(|difference| difference.key).collect();
    let changes = compare(&base, &stored).into_iter().map(|difference| {
        let clash = mine.contains(&difference.key);
        SettingChange { clash, difference: in_words(difference, member.language) }
    });
    let (at, by) = current.saved.clone().unwrap_or_default();
    let theirs = Theirs { revision: current.revision, at: rfc3339(at), by, changes: changes.collect() };
    let shown = EmailView { theirs: Some(theirs), ..EmailView::stored(&current, &merged) }.with_rest(&typed);
    with_status(StatusCode::CONFLICT, render(pages, member, shown).await)
}

/// Answers a save. The result of the test does not affect the saved settings.
fn saved(pages: &PagesState, member: &Member, (before, current): (&Current, &Current), then: AfterSave) -> Response {
    let revision = current.revision;
    let is_same = before.revision == revision;
    // Without a grant a test would fail at the sign-in. It runs by itself after the sign-in at the provider.
    let first = current.settings().and_then(|settings| settings.route.first().map(|relay| relay.name.clone()));
    let waits =
        pages.service.oauth().status(first.as_deref()).is_ok_and(|grant| grant.state == GrantPhase::Absent && !grant.application);
    match (then == AfterSave::Test && !waits, current.settings()) {
        (true, Some(settings)) => {
            let test = TestSend { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            let tested = if is_same { TestedSettings::Stored { revision } } else { TestedSettings::JustSaved { revision } };
            start(pages, member, test, tested)
        }
        _ if then == AfterSave::Test && waits => Redirect::to("/login/management/email?done=1&test=waits").into_response(),
        _ if is_same => Redirect::to("/login/management/email?done=same").into_response(),
        _ => Redirect::to("/login/management/email?done=1").into_response(),
    }
}

/// True if the first relay uses password sign-in and its provider restricts that.
fn is_password_restricted(current: &Current) -> bool {
    let settings = current.settings();
    let first = settings.as_ref().and_then(|settings| settings.route.first());
    first.is_some_and(|relay| {
        matches!(relay.auth, Auth::Password { .. }) && provider_restricting_passwords(&relay.host.ascii()).is_some()
    })
}

async fn test(pages: &PagesState, member: &Member, before: &Current, typed: Typed) -> Response {
    match pages.service.settings().check(typed.draft.clone()) {
        Ok(settings) => {
            let by = member.signed.actor();
            let test = TestSend { settings: Arc::new(settings), stored: false, to: Vec::new(), relay: None, by };
            start(pages, member, test, TestedSettings::Typed(Box::new(typed)))
        }
        Err(faults) => {
            let shown = EmailView::stored(before, &typed.draft).with_faults(&faults).with_rest(&typed);
            with_status(StatusCode::UNPROCESSABLE_ENTITY, render(pages, member, shown).await)
        }
    }
}
