//! A running test and its result. The test continues even if no browser shows its page. The page shows the progress,
//! and reloads itself if there is no script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use admin::account::Signed;
use admin::certificate::CertificateView;
use admin::clock::rfc3339;
use admin::settings::labels::with_labels;
use admin::words::say;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mail::delivery::StageView;
use mail::trial::Tested;
use model::account::Role;
use model::message::Fate;
use model::settings::Draft;
use node::trial::Trial;
use smtp::client::StageRecord;
use tokio::sync::mpsc;

use super::Site;
use super::frame::{Frame, forbidden, page, sorry};
use super::visitor::Member;
use crate::api::test::problem;

/// Most tests that are kept for their pages.
const KEPT: usize = 32;
/// Most tests that run at the same time.
const AT_ONCE: usize = 8;
/// Most stages that wait to be recorded.
const NEWS_MAX: usize = 256;

#[derive(Clone, Debug)]
enum RunEnd {
    Running,
    Tested(Box<Tested>),
    NotBegun(String),
}

/// Values that were tested without a save. The user can save them or continue to edit them.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) draft: Draft,
    /// The revision that the form was opened with.
    pub(super) revision: i64,
    /// Keys of typed secrets. The values stay on the server and are never sent back.
    pub(super) lost: Vec<String>,
}

#[derive(Clone)]
struct Run {
    number: u64,
    begun: i64,
    by: String,
    /// Id of the account. Its name may be used again for another account.
    account: i64,
    stored: bool,
    /// Revision of the tested settings. For typed values, the revision that they were typed over.
    revision: i64,
    /// The revision that was saved just before the test.
    saved: Option<i64>,
    typed: Option<Typed>,
    stages: Vec<StageView>,
    end: RunEnd,
}

#[derive(Default)]
struct KeptRun {
    runs: VecDeque<Run>,
    numbers: u64,
}

/// Tests that users began on the pages since the start.
#[derive(Default)]
pub(crate) struct Runs {
    kept: Mutex<KeptRun>,
}

/// Result of the last test with the stored settings.
pub(super) struct Ended {
    pub(super) number: u64,
    pub(super) at: String,
    pub(super) accepted: bool,
    pub(super) revision: i64,
}

impl Runs {
    fn begin(&self, run: Run) -> Option<u64> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.runs.iter().filter(|run| matches!(run.end, RunEnd::Running)).count() >= AT_ONCE {
            return None;
        }
        while kept.runs.len() >= KEPT {
            kept.runs.pop_front();
        }
        kept.numbers += 1;
        let number = kept.numbers;
        kept.runs.push_back(Run { number, ..run });
        Some(number)
    }

    /// Returns the unsaved values of a test, for the administrator who began it.
    pub(super) fn typed(&self, number: u64, who: &Signed) -> Option<Typed> {
        let mine = |run: &Run| run.account == who.account.id && who.actor().needs(Role::Administrator).is_ok();
        self.find(number).filter(mine).and_then(|run| run.typed)
    }

    /// Marks the values of a test as saved in this revision. The test then counts as a test of stored settings and
    /// keeps no secret.
    pub(super) fn saved(&self, number: u64, revision: i64) {
        self.with(number, |run| (run.typed, run.stored, run.revision) = (None, true, revision));
    }

    /// Returns the pin of the certificate that the relay presented in a test.
    pub(super) fn pin(&self, number: u64) -> Option<String> {
        match self.find(number)?.end {
            RunEnd::Tested(tested) => tested.report.certificate.map(|certificate| certificate.pin),
            RunEnd::Running | RunEnd::NotBegun(_) => None,
        }
    }

    fn with(&self, number: u64, change: impl FnOnce(&mut Run)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = kept.runs.iter_mut().find(|run| run.number == number) {
            change(run);
        }
    }

    fn find(&self, number: u64) -> Option<Run> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.runs.iter().find(|run| run.number == number).cloned()
    }

    pub(super) fn last(&self) -> Option<Ended> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = kept.runs.iter().rev().filter(|run| run.stored).find_map(|run| match &run.end {
            RunEnd::Tested(tested) => Some((run, tested.accepted())),
            RunEnd::Running | RunEnd::NotBegun(_) => None,
        });
        ended.map(|(run, accepted)| Ended { number: run.number, at: rfc3339(run.begun), accepted, revision: run.revision })
    }
}

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
pub(super) fn start(site: &Site, member: &Member, trial: Trial, settings: TestedSettings) -> Response {
    let (revision, saved, typed) = match settings {
        TestedSettings::Stored { revision } => (revision, None, None),
        TestedSettings::JustSaved { revision } => (revision, Some(revision), None),
        TestedSettings::Typed(typed) => (typed.revision, None, Some(*typed)),
    };
    let (service, runs, pulse) = (Arc::clone(&site.service), Arc::clone(&site.runs), Arc::clone(&site.pulse));
    let language = member.language;
    let (begun, by, stored) = (service.clock().now(), trial.by.name.clone(), trial.stored);
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
        let (tested, ()) = tokio::join!(service.test(trial, news), noting);
        // Discard the cached state line: the page with the result must show the new state.
        pulse.forget().await;
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
pub(super) async fn begin(State(site): State<Site>, member: Member) -> Response {
    if member.signed.actor().needs(Role::Operator).is_err() {
        return forbidden(member.language);
    }
    let current = site.service.settings().current();
    match current.settings() {
        Some(settings) => {
            let trial = Trial { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            start(&site, &member, trial, TestedSettings::Stored { revision: current.revision })
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

    /// Returns the stage that stopped the test.
    fn stopped(&self) -> String {
        let failed = self.run.stages.iter().rev().find(|stage| !stage.ok);
        failed.map(|stage| self.f.t(&format!("stage-{}", stage.stage))).unwrap_or_default()
    }

    fn words(&self, stage: &StageView) -> String {
        stage.reply.clone().or_else(|| stage.detail.clone()).unwrap_or_default()
    }

    /// True if the test came as far as a recipient.
    fn reached(&self) -> bool {
        self.tested().is_some_and(|tested| !tested.report.recipients.is_empty())
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

pub(super) async fn show(State(site): State<Site>, member: Member, Path(number): Path<u64>) -> Response {
    let Some(run) = site.runs.find(number) else { return sorry(member.language, StatusCode::NOT_FOUND, "no-run") };
    let mut f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    f.refresh = matches!(run.end, RunEnd::Running);
    let report = if let RunEnd::Tested(tested) = &run.end { Some(&tested.report) } else { None };
    let words = |phrase: Option<model::Phrase>| phrase.map(|phrase| with_labels(&say(member.language, &phrase), member.language));
    let cause = words(report.and_then(mail::delivery::AttemptReport::cause_phrase));
    let remedy = words(report.and_then(mail::delivery::AttemptReport::remedy_phrase));
    page(
        member.language,
        &RunPage { typed: site.runs.typed(number, &member.signed).is_some(), f, at: rfc3339(run.begun), cause, remedy, run },
    )
}
