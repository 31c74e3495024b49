//! The report of a session, shown by the test on the pages, by `doctor` and by the delivery log.

use std::time::Duration;

use crate::reply::Reply;
use crate::transcript::Transcript;

use super::{Fault, Stage};

/// One stage, passed or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRecord {
    pub stage: Stage,
    /// The time since the end of the stage before.
    pub took: Duration,
    pub ok: bool,
    /// The relay's reply, if there was one.
    pub reply: Option<Reply>,
    /// The detail of this stage: a recipient, an IP address, a TLS version.
    pub detail: Option<String>,
}

#[derive(Clone, Default)]
pub struct Report {
    pub stages: Vec<StageRecord>,
    pub fault: Option<Fault>,
    pub transcript: Transcript,
}

/// Most stage records of one session: enough for a hundred recipients. A pooled session keeps its first records.
pub(super) const STAGES_MAX: usize = 160;

impl Report {
    pub fn add(&mut self, record: StageRecord) {
        if self.stages.len() < STAGES_MAX {
            self.stages.push(record);
        }
    }

    /// The last stage reached: the stage of the fault, if there is one.
    pub fn reached(&self) -> Option<Stage> {
        self.fault.as_ref().map(|f| f.stage).or_else(|| self.stages.last().map(|s| s.stage))
    }
}
