//! The report of a session: what the page's test, `doctor` and the delivery log show.

use std::time::Duration;

use crate::reply::Reply;
use crate::transcript::Transcript;

use super::{Fault, Stage};

/// One stage passed, or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRecord {
    pub stage: Stage,
    /// Since the stage before ended.
    pub took: Duration,
    pub ok: bool,
    /// The relay's own words, where it said any.
    pub reply: Option<Reply>,
    /// Which recipient, an address, a TLS version: whatever names this passage.
    pub detail: Option<String>,
}

#[derive(Clone, Default)]
pub struct Report {
    pub stages: Vec<StageRecord>,
    pub fault: Option<Fault>,
    pub transcript: Transcript,
}

/// Stage records kept for one session: enough for a hundred recipients; a pooled session keeps its first ones.
pub(super) const STAGES_MAX: usize = 160;

impl Report {
    pub fn add(&mut self, record: StageRecord) {
        if self.stages.len() < STAGES_MAX {
            self.stages.push(record);
        }
    }

    /// The furthest stage reached.
    pub fn reached(&self) -> Option<Stage> {
        self.fault.as_ref().map(|f| f.stage).or_else(|| self.stages.last().map(|s| s.stage))
    }
}
