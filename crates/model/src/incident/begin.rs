//! The beginning of an incident.

use super::kinds::{IncidentAct, IncidentState, NoticeKind};
use super::notice_tally::NoticeTally;
use super::record::Incident;
use crate::event::{EventCode, EventKind, Facts, Severity};
use crate::id::IncidentId;
use crate::time::Timestamp;

/// A condition that the watch found or a program reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub severity: Severity,
    pub facts: Facts,
    pub step: Option<i64>,
}

/// The input for a new incident.
#[derive(Clone, Debug)]
pub struct NewIncident<'a> {
    pub id: IncidentId,
    pub kind: EventKind,
    pub code: EventCode,
    pub object: &'a str,
    /// Source of the first raise.
    pub by: &'a str,
    /// True if a greater incident explains it.
    pub inhibited: bool,
}

impl Incident {
    /// Creates an incident and its first history entry.
    pub fn begin(new: NewIncident<'_>, raised: Raised, now: Timestamp) -> (Self, IncidentAct) {
        let NewIncident { id, kind, code, object, by, inhibited } = new;
        let (state, act, notice) = match kind {
            EventKind::Once => (IncidentState::Happened, IncidentAct::Happened, Some(NoticeKind::Happened)),
            EventKind::Lasting if inhibited => (IncidentState::Inhibited, IncidentAct::Inhibited, None),
            EventKind::Lasting => (IncidentState::Open, IncidentAct::Raised, Some(NoticeKind::Raised)),
        };
        let mut incident = Self {
            id,
            code,
            object: object.to_owned(),
            severity: raised.severity,
            worst: Some(raised.severity),
            facts: raised.facts,
            state,
            since: now,
            seen: now,
            by: by.to_owned(),
            raises: 1,
            ended: (state == IncidentState::Happened).then_some(now),
            changes: vec![now],
            step: raised.step,
            acknowledged: None,
            notices: NoticeTally::default(),
        };
        if let Some(notice) = notice {
            incident.notices.add_news(notice, now);
        }
        (incident, act)
    }
}
