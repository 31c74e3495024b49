//! A test under way, and its result. The test goes on whoever watches; the page shows how far it is, and loads itself
//! again where no script does better.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::Language;
use model::account::Role;
use model::message::Fate;
use model::settings::Draft;
use service::clock::rfc3339;
use service::delivery::StageView;
use service::relay::CertificateView;
use service::say;
use service::trial::{TestFault, Tested, Trial};
use smtp::client::StageRecord;
use tokio::sync::mpsc;

use super::Site;
use super::form::with_labels;
use super::frame::{Frame, forbidden, page, sorry};
use super::visitor::Member;

/// Tests whose pages can be opened again.
const KEPT: usize = 32;
/// Tests under way at once.
const AT_ONCE: usize = 8;
/// Stages that wait to be noted.
const NEWS_MAX: usize = 256;

#[derive(Clone, Debug)]
enum End {
    Running,
    Tested(Box<Tested>),
    NotBegun(String),
}

/// Values that were tested without saving, so that they can be saved or gone on with.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) draft: Draft,
    /// The revision that the form was opened with.
    pub(super) revision: i64,
    /// Secrets that were typed: they are kept here and not sent back.
    pub(super) lost: Vec<String>,
}

#[derive(Clone)]
struct Run {
    number: u64,
    begun: i64,
    by: String,
    stored: bool,
    /// The settings that were tested; for typed ones, those that they were typed over.
    revision: i64,
    /// The revision that was saved just before.
    saved: Option<i64>,
    typed: Option<Typed>,
    stages: Vec<StageView>,
    end: End,
}

#[derive(Default)]
struct Kept {
    runs: VecDeque<Run>,
    numbers: u64,
}

/// Tests that were begun on the pages since the start.
#[derive(Default)]
pub(crate) struct Runs {
    kept: Mutex<Kept>,
}

/// How the last test with the stored settings ended.
pub(super) struct Ended {
    pub(super) number: u64,
    pub(super) at: String,
    pub(super) accepted: bool,
    pub(super) revision: i64,
}

impl Runs {
    fn begin(&self, run: Run) -> Option<u64> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.runs.iter().filter(|run| matches!(run.end, End::Running)).count() >= AT_ONCE {
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

    /// The values of a test without saving, for who began it.
    pub(super) fn typed(&self, number: u64, who: &str) -> Option<Typed> {
        self.find(number).filter(|run| run.by == who).and_then(|run| run.typed)
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
            End::Tested(tested) => Some((run, tested.accepted())),
            End::Running | End::NotBegun(_) => None,
        });
        ended.map(|(run, accepted)| Ended { number: run.number, at: rfc3339(run.begun), accepted, revision: run.revision })
    }
}

/// Begins a test and shows its page. `revision`: what is tested; `saved`: the save that it follows; `typed`: its values, if
/// they are not stored.
pub(super) fn start(site: &Site, trial: Trial, revision: i64, saved: Option<i64>, typed: Option<Typed>) -> Response {
    let (service, runs) = (Arc::clone(&site.service), Arc::clone(&site.runs));
    let (begun, by, stored) = (service.clock().now(), trial.by.name.clone(), trial.stored);
    let run = Run { number: 0, begun, by, stored, revision, saved, typed, stages: Vec::new(), end: End::Running };
    let Some(number) = runs.begin(run) else {
        return sorry(Language::default(), StatusCode::TOO_MANY_REQUESTS, "many-tests");
    };
    tokio::spawn(async move {
        let (news, mut heard) = mpsc::channel::<StageRecord>(NEWS_MAX);
        let noting = async {
            while let Some(record) = heard.recv().await {
                runs.with(number, |run| run.stages.push(StageView::from(&record)));
            }
        };
        let (tested, ()) = tokio::join!(service.test(trial, news), noting);
        runs.with(number, |run| {
            run.end = match tested {
                Ok(tested) => End::Tested(Box::new(tested)),
                Err(fault) => End::NotBegun(not_begun(&fault)),
            }
        });
    });
    Redirect::to(&format!("/login/test/{number}")).into_response()
}

fn not_begun(fault: &TestFault) -> String {
    fault.to_string()
}

/// The test with the settings as they are stored.
pub(super) async fn begin(State(site): State<Site>, member: Member) -> Response {
    if member.signed.actor().needs(Role::Operator).is_err() {
        return forbidden(member.language);
    }
    let current = site.service.desk().current();
    match current.settings() {
        Some(settings) => {
            let trial = Trial { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            start(&site, trial, current.revision, None, None)
        }
        None => Redirect::to("/login/management/email").into_response(),
    }
}

#[derive(Template)]
#[template(path = "run.html")]
struct Page {
    f: Frame,
    run: Run,
    at: String,
    cause: Option<String>,
    remedy: Option<String>,
}

impl Page {
    fn running(&self) -> bool {
        matches!(self.run.end, End::Running)
    }

    fn tested(&self) -> Option<&Tested> {
        if let End::Tested(tested) = &self.run.end { Some(tested) } else { None }
    }

    fn not_begun(&self) -> Option<&str> {
        if let End::NotBegun(why) = &self.run.end { Some(why) } else { None }
    }

    /// The stage that stopped it.
    fn stopped(&self) -> String {
        let failed = self.run.stages.iter().rev().find(|stage| !stage.ok);
        failed.map(|stage| self.f.t(&format!("stage-{}", stage.stage))).unwrap_or_default()
    }

    fn words(&self, stage: &StageView) -> String {
        stage.reply.clone().or_else(|| stage.detail.clone()).unwrap_or_default()
    }

    /// The certificate that was shown, where it is what stopped the test.
    fn distrusted(&self) -> Option<&CertificateView> {
        let tested = self.tested().filter(|tested| !tested.accepted())?;
        let stopped = tested.report.stages.iter().rev().find(|stage| !stage.ok)?;
        tested.report.certificate.as_ref().filter(|_| matches!(stopped.stage.as_str(), "tls" | "starttls"))
    }

    /// Who looks is who began it.
    fn mine(&self) -> bool {
        self.f.who.as_ref().is_some_and(|(name, _)| *name == self.run.by)
    }

    fn accepted(&self, fate: &Fate) -> bool {
        *fate == Fate::Accepted
    }
}

pub(super) async fn show(State(site): State<Site>, member: Member, Path(number): Path<u64>) -> Response {
    let Some(run) = site.runs.find(number) else { return sorry(member.language, StatusCode::NOT_FOUND, "no-run") };
    let mut f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    f.refresh = matches!(run.end, End::Running);
    let report = if let End::Tested(tested) = &run.end { Some(&tested.report) } else { None };
    let words = |phrase: Option<model::Phrase>| phrase.map(|phrase| with_labels(&say(member.language, &phrase), member.language));
    let cause = words(report.and_then(service::delivery::AttemptReport::cause_phrase));
    let remedy = words(report.and_then(service::delivery::AttemptReport::remedy_phrase));
    page(member.language, &Page { f, at: rfc3339(run.begun), cause, remedy, run })
}
