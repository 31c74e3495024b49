//! The tests that users began on the pages since the start, with their results.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use admin::account::SignedIn;
use mail::delivery::StageView;
use mail::test_send::Tested;
use model::account::Role;
use model::id::AccountId;
use model::settings::Draft;
use model::time::Timestamp;

/// Most tests that are kept for their pages.
const KEPT_MAX: usize = 32;
/// Most tests that run at the same time.
const RUNNING_MAX: usize = 8;

#[derive(Clone, Debug)]
pub(super) enum RunEnd {
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
    /// The revision that the settings without a field come from, if it is not the stored one.
    pub(super) base: Option<i64>,
    /// Keys of typed secrets. The values stay on the server and are never sent back.
    pub(super) lost: Vec<String>,
}

/// A test: who began it, of which settings, and how far it is.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) begun: Timestamp,
    pub(super) by: String,
    /// Id of the account. Its name may be used again for another account.
    pub(super) account: AccountId,
    pub(super) stored: bool,
    /// Revision of the tested settings. For typed values, the revision that they were typed over.
    pub(super) revision: i64,
    /// The revision that was saved just before the test.
    pub(super) saved: Option<i64>,
    pub(super) typed: Option<Typed>,
    pub(super) stages: Vec<StageView>,
    pub(super) end: RunEnd,
}

#[derive(Default)]
struct KeptRuns {
    runs: VecDeque<Run>,
    last_number: u64,
}

/// Tests that users began on the pages since the start.
#[derive(Default)]
pub(crate) struct TestRuns {
    kept: Mutex<KeptRuns>,
}

impl TestRuns {
    /// Keeps a new test. `None` if too many run.
    pub(super) fn begin(&self, run: Run) -> Option<u64> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.runs.iter().filter(|run| matches!(run.end, RunEnd::Running)).count() >= RUNNING_MAX {
            return None;
        }
        while kept.runs.len() >= KEPT_MAX {
            kept.runs.pop_front();
        }
        kept.last_number += 1;
        let number = kept.last_number;
        kept.runs.push_back(Run { number, ..run });
        Some(number)
    }

    /// Returns the unsaved values of a test, for the administrator who began it.
    pub(super) fn typed(&self, number: u64, who: &SignedIn) -> Option<Typed> {
        let mine = |run: &Run| run.account == who.account.id && who.actor().needs(Role::Administrator).is_ok();
        self.find(number).filter(mine).and_then(|run| run.typed)
    }

    /// Returns the newest ended test of unsaved values, for the administrator who began it.
    pub(super) fn last_unsaved(&self, who: &SignedIn) -> Option<Run> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |run: &&Run| run.account == who.account.id && who.actor().needs(Role::Administrator).is_ok();
        let ended = |run: &&Run| run.typed.is_some() && matches!(run.end, RunEnd::Tested(_));
        kept.runs.iter().rev().filter(mine).find(ended).cloned()
    }

    /// Marks the values of a test as saved in this revision. The test then counts as a test of stored settings and
    /// keeps no secret. Returns its result and who made it, if it has ended.
    pub(super) fn saved(&self, number: u64, revision: i64) -> Option<(Tested, String)> {
        self.with(number, |run| (run.typed, run.stored, run.revision) = (None, true, revision));
        let run = self.find(number)?;
        if let RunEnd::Tested(tested) = run.end { Some((*tested, run.by)) } else { None }
    }

    /// Returns the pin of the certificate that the relay presented in a test.
    pub(super) fn pin(&self, number: u64) -> Option<String> {
        match self.find(number)?.end {
            RunEnd::Tested(tested) => tested.report.certificate.map(|certificate| certificate.pin),
            RunEnd::Running | RunEnd::NotBegun(_) => None,
        }
    }

    /// Changes a test that is still kept.
    pub(super) fn with(&self, number: u64, change: impl FnOnce(&mut Run)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = kept.runs.iter_mut().find(|run| run.number == number) {
            change(run);
        }
    }

    pub(super) fn find(&self, number: u64) -> Option<Run> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.runs.iter().find(|run| run.number == number).cloned()
    }
}
