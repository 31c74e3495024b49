//! A test under way, and its result. The test goes on whoever watches; the page shows how far it is, and loads itself
//! again where no script does better.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::account::Role;
use model::message::Fate;
use service::clock::rfc3339;
use service::delivery::StageView;
use service::say;
use service::trial::{TestFault, Tested, Trial};
use smtp::client::StageRecord;
use tokio::sync::mpsc;

use super::Site;
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

#[derive(Clone, Debug)]
struct Run {
    number: u64,
    begun: i64,
    by: String,
    stored: bool,
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
}

impl Runs {
    fn begin(&self, begun: i64, by: &str, stored: bool) -> Option<u64> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.runs.iter().filter(|run| matches!(run.end, End::Running)).count() >= AT_ONCE {
            return None;
        }
        while kept.runs.len() >= KEPT {
            kept.runs.pop_front();
        }
        kept.numbers += 1;
        let number = kept.numbers;
        kept.runs.push_back(Run { number, begun, by: by.to_owned(), stored, stages: Vec::new(), end: End::Running });
        Some(number)
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
        ended.map(|(run, accepted)| Ended { number: run.number, at: rfc3339(run.begun), accepted })
    }
}

/// Begins a test and shows its page.
pub(super) fn start(site: &Site, trial: Trial) -> Response {
    let (service, runs) = (Arc::clone(&site.service), Arc::clone(&site.runs));
    let Some(number) = runs.begin(service.clock().now(), &trial.by.name, trial.stored) else {
        return (StatusCode::TOO_MANY_REQUESTS, "Too many tests are under way.\n").into_response();
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
    match site.service.desk().current().settings() {
        Some(settings) => {
            let trial = Trial { settings, stored: true, to: Vec::new(), relay: None, by: member.signed.actor() };
            start(&site, trial)
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
    let words = |phrase: Option<model::Phrase>| phrase.map(|phrase| say(member.language, &phrase));
    let cause = words(report.and_then(service::delivery::AttemptReport::cause_phrase));
    let remedy = words(report.and_then(service::delivery::AttemptReport::remedy_phrase));
    page(member.language, &Page { f, at: rfc3339(run.begun), cause, remedy, run })
}
