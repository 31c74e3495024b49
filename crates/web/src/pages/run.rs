//! A running test and its result. The test continues even if no browser shows its page. The page shows the progress,
//! and reloads itself if there is no script.

use std::sync::Arc;

use admin::certificate::CertificateView;
use admin::clock::rfc3339;
use admin::settings::labels::with_labels;
use admin::words::say;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mail::delivery::StageView;
use mail::test_send::Tested;
use model::account::Role;
use model::message::Fate;
use model::{Phrase, Retrying};
use node::test_send::TestSend;
use smtp::client::StageRecord;
use tokio::sync::mpsc;

use super::frame::{Frame, forbidden, page, sorry};
use super::pages_state::PagesState;
use super::test_runs::{Run, RunEnd, Typed};
use super::visitor::Member;
use crate::api::test::problem;

/// Most stages that wait to be recorded.
const NEWS_MAX: usize = 256;

/// The settings under test.
pub(super) enum TestedSettings {
    Stored {
        revision: i64,
    },
    /// Stored by a save just before the test. The page reports the save too.
    JustSaved {
        revision: i64,
    },
    Typed(Box<Typed>),
}

/// Begins a test and shows its page.
pub(super) fn start(pages: &PagesState, member: &Member, test: TestSend, settings: TestedSettings) -> Response {
    let (revision, saved, typed) = match settings {
        TestedSettings::Stored { revision } => (revision, None, None),
        TestedSettings::JustSaved { revision } => (revision, Some(revision), None),
        TestedSettings::Typed(typed) => (typed.revision, None, Some(*typed)),
    };
    let (service, runs, state_line) = (Arc::clone(&pages.service), Arc::clone(&pages.test_runs), Arc::clone(&pages.state_line));
    let language = member.language;
    let (begun, by, stored) = (service.clock().now(), test.by.name.clone(), test.stored);
    let account = member.signed.account.id;
    let run = Run { number: 0, begun, by, account, stored, revision, saved, typed, stages: Vec::new(), end: RunEnd::Running };
    let Some(number) = runs.begin(run) else {
        return sorry(member.language, StatusCode::TOO_MANY_REQUESTS, "many-tests");
    };
    tokio::spawn(async move {
        let (news, mut heard) = mpsc::channel::<StageRecord>(NEWS_MAX);
        let noting = async {
            while let Some(record) = heard.recv().await {
                runs.with(number, |run| run.stages.push(StageView::from(&record)));
            }
        };
        let (tested, ()) = tokio::join!(service.test(test, news), noting);
        // Discard the cached state line: the page with the result must show the new state.
        state_line.discard().await;
        runs.with(number, |run| {
            run.end = match tested {
                Ok(tested) => RunEnd::Tested(Box::new(tested)),
                Err(fault) => RunEnd::NotBegun(problem(language, &fault).title().to_owned()),
            }
        });
    });
    Redirect::to(&format!("/login/test/{number}")).into_response()
}

/// Begins a test with the stored settings.
pub(super) async fn begin(State(pages): State<PagesState>, member: Member) -> Response {
    if member.signed.actor().needs(Role::Operator).is_err() {
        return forbidden(member.language);
    }
    let current = pages.service.settings().current();
    match current.settings() {
        Some(settings) => {
            let test = TestSend { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            start(&pages, &member, test, TestedSettings::Stored { revision: current.revision })
        }
        None => Redirect::to("/login/management/email").into_response(),
    }
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    f: Frame,
    run: Run,
    /// True if the page shows unsaved values that this user may save or edit.
    typed: bool,
    at: String,
    cause: Option<String>,
    remedy: Option<String>,
}

impl RunPage {
    fn running(&self) -> bool {
        matches!(self.run.end, RunEnd::Running)
    }

    fn tested(&self) -> Option<&Tested> {
        if let RunEnd::Tested(tested) = &self.run.end { Some(tested) } else { None }
    }

    fn not_begun(&self) -> Option<&str> {
        if let RunEnd::NotBegun(why) = &self.run.end { Some(why) } else { None }
    }

    /// That the test failed, with the stage that stopped it. No stage failed if the message was not offered to the relay.
    fn stopped(&self) -> String {
        match self.run.stages.iter().rev().find(|stage| !stage.ok) {
            Some(stage) => self.f.t1("test-stopped", "stage", self.f.t(&format!("stage-{}", stage.stage))),
            None => self.f.t("test-not-offered"),
        }
    }

    fn words(&self, stage: &StageView) -> String {
        stage.reply.clone().or_else(|| stage.detail.as_deref().map(|detail| self.f.reason(detail))).unwrap_or_default()
    }

    /// True if the test came as far as a recipient.
    fn reached(&self) -> bool {
        self.tested().is_some_and(|tested| !tested.report.recipients.is_empty())
    }

    /// True if the relay accepted the message for some recipients.
    fn partly(&self) -> bool {
        self.tested().is_some_and(|tested| tested.fates.iter().any(|(_, fate, _)| *fate == Fate::Accepted))
    }

    /// The key of a fate in words. A test is not tried again, so it ends for a deferred recipient too.
    fn fate_key(&self, fate: &Fate) -> &'static str {
        if *fate == Fate::Accepted { "fate-accepted" } else { "test-not-accepted" }
    }

    /// Cause and remedy for a recipient, unless the page shows them for the whole test.
    fn explained(&self, address: &str) -> Vec<String> {
        let Some(tested) = self.tested() else { return Vec::new() };
        let (cause, remedy) = tested.report.explanation_of(address);
        let words = |phrase: Phrase| with_labels(&say(self.f.language, &phrase.retrying(Retrying::Over)), self.f.language);
        cause.into_iter().chain(remedy).map(words).collect()
    }

    /// Returns the relay's certificate if it stopped the test.
    fn distrusted(&self) -> Option<&CertificateView> {
        let tested = self.tested().filter(|tested| !tested.accepted())?;
        let stopped = tested.report.stages.iter().rev().find(|stage| !stage.ok)?;
        tested.report.certificate.as_ref().filter(|_| matches!(stopped.stage.as_str(), "tls" | "starttls"))
    }

    fn went_well(&self) -> bool {
        self.tested().is_some_and(Tested::accepted)
    }

    fn class_of(&self, fate: &Fate) -> &'static str {
        if self.reached() { self.f.good(*fate == Fate::Accepted) } else { "none" }
    }
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Path(number): Path<u64>) -> Response {
    let Some(run) = pages.test_runs.find(number) else { return sorry(member.language, StatusCode::NOT_FOUND, "no-run") };
    let mut f = match Frame::of(&pages, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    f.refresh = matches!(run.end, RunEnd::Running);
    let report = if let RunEnd::Tested(tested) = &run.end { Some(&tested.report) } else { None };
    let words = |phrase: Option<Phrase>| phrase.map(|phrase| with_labels(&say(member.language, &phrase), member.language));
    let cause = words(report.and_then(mail::delivery::AttemptReport::cause_phrase));
    // A test is not tried again.
    let remedy = words(report.and_then(|report| Some(report.remedy_phrase()?.retrying(Retrying::Over))));
    page(
        member.language,
        &RunPage {
            typed: pages.test_runs.typed(number, &member.signed).is_some(),
            f,
            at: rfc3339(run.begun),
            cause,
            remedy,
            run,
        },
    )
}
