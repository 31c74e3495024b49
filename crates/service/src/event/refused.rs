//! Events of programs that were not taken: counted for each program, and told by the watch.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Answer;

/// A program that was refused nothing for so long is forgotten.
const REMEMBERED_MS: i64 = 10 * 60_000;
/// Programs that are remembered; the count of all goes on.
const PROGRAMS_MAX: usize = 100;

/// Why an event was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Too many incidents are open.
    Count,
    /// Too much in too short a time.
    Rate,
}

impl Cause {
    /// As a fact of the incident.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Rate => "rate",
        }
    }

    pub(super) fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Full => Some(Self::Count),
            Answer::TooFast => Some(Self::Rate),
            Answer::Incident(_) | Answer::Nothing | Answer::Differs => None,
        }
    }
}

/// A program whose events were refused lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) program: String,
    pub(crate) count: u64,
    pub(crate) cause: Cause,
}

#[derive(Default)]
pub(crate) struct Refusals {
    all: AtomicU64,
    /// By program: how often, why, and when last.
    lately: Mutex<HashMap<String, (u64, Cause, i64)>>,
}

impl Refusals {
    pub(super) fn note(&self, program: &str, cause: Cause, now: i64) {
        self.all.fetch_add(1, Ordering::Relaxed);
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lately.get_mut(program) {
            *known = (known.0 + 1, cause, now);
        } else if lately.len() < PROGRAMS_MAX {
            tracing::warn!(program, cause = cause.name(), "events of {program} are refused");
            lately.insert(program.to_owned(), (1, cause, now));
        }
    }

    /// Events refused since the start.
    pub(crate) fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Programs that were refused something in the last minutes.
    pub(crate) fn lately(&self, now: i64) -> Vec<Refusal> {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.retain(|_, (_, _, at)| (now - *at).abs() < REMEMBERED_MS);
        let refusal = |(program, (count, cause, _)): (&String, &(u64, Cause, i64))| Refusal {
            program: program.clone(),
            count: *count,
            cause: *cause,
        };
        lately.iter().map(refusal).collect()
    }
}
