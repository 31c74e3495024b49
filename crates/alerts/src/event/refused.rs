//! Counts refused events of each program. The watch reports them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::time::Timestamp;

use super::EventOutcome;

/// A program is forgotten after this time without a refusal.
const REMEMBERED: Duration = Duration::from_mins(10);
/// Programs that are kept. The total count includes the others.
const PROGRAMS_MAX: usize = 100;

/// Cause of a refused event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Too many incidents are open.
    Count,
    /// The program's allowance is used up.
    Rate,
}

impl Cause {
    /// The cause as a fact of the incident.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Rate => "rate",
        }
    }

    pub(super) fn of(answer: EventOutcome) -> Option<Self> {
        match answer {
            EventOutcome::Full => Some(Self::Count),
            EventOutcome::TooFast => Some(Self::Rate),
            EventOutcome::Incident(_) | EventOutcome::Nothing | EventOutcome::Differs => None,
        }
    }
}

/// A program whose events were refused lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedProgram {
    pub(crate) program: String,
    pub(crate) count: u64,
    pub(crate) cause: Cause,
}

#[derive(Default)]
pub(crate) struct Refusals {
    all: AtomicU64,
    /// By program: count, cause, and time of the last refusal.
    lately: Mutex<HashMap<String, (u64, Cause, Timestamp)>>,
}

impl Refusals {
    pub(super) fn note(&self, program: &str, cause: Cause, now: Timestamp) {
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

    /// Programs with a refused event in the last minutes.
    pub(crate) fn lately(&self, now: Timestamp) -> Vec<RefusedProgram> {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.retain(|_, (_, _, at)| now.distance(*at) < REMEMBERED);
        let refusal = |(program, (count, cause, _)): (&String, &(u64, Cause, Timestamp))| RefusedProgram {
            program: program.clone(),
            count: *count,
            cause: *cause,
        };
        lately.iter().map(refusal).collect()
    }
}
