//! The record of an incident, as the store keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::kinds::IncidentState;
use super::notice_tally::NoticeTally;
use crate::event::{EventCode, Facts, Object, Severity};
use crate::id::IncidentId;
use crate::time::Timestamp;

/// Changes within this time count as flapping.
pub(super) const FLAP_WINDOW: Duration = Duration::from_hours(1);
/// Time without a change after which an incident is stable again.
pub(super) const STABLE: Duration = Duration::from_mins(30);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub code: EventCode,
    pub object: String,
    pub severity: Severity,
    /// The highest severity since it began.
    #[serde(default)]
    pub worst: Option<Severity>,
    pub facts: Facts,
    pub state: IncidentState,
    /// Start of the present period.
    pub since: Timestamp,
    pub seen: Timestamp,
    /// Source of the first raise.
    pub by: String,
    /// Number of raises since `since`.
    pub raises: u64,
    pub ended: Option<Timestamp>,
    /// Times of raises and resolves within the last hour.
    pub changes: Vec<Timestamp>,
    /// The step of the countdown that was reached.
    pub step: Option<i64>,
    /// Time and name of the operator who acknowledged it. It stops reminders.
    pub acknowledged: Option<(Timestamp, String)>,
    #[serde(rename = "told")]
    pub notices: NoticeTally,
}

impl Incident {
    /// True if nothing more is to be told: the incident is over, and no notice waits. One that comes and goes is not over.
    pub fn is_told(&self) -> bool {
        !self.state.is_live() && self.notices.pending.is_none()
    }

    /// True if the numbers of a stored incident are plausible. Sums of them do not overflow, and the id is that of its row.
    pub fn is_plausible(&self, row: IncidentId) -> bool {
        const NUMBER_MAX: u64 = 1 << 53;
        let taken = self.acknowledged.as_ref().map(|(at, _)| *at);
        let pending = self.notices.pending.map(|pending| pending.since);
        let times = [Some(self.since), Some(self.seen), self.ended, taken, self.notices.last, pending].into_iter().flatten();
        let numbers = times.chain(self.changes.iter().copied()).map(Timestamp::as_millis).chain(self.step);
        self.id == row
            && numbers.map(i64::unsigned_abs).chain([self.raises]).all(|number| number < NUMBER_MAX)
            && self.notices.count.max(self.notices.number) < u32::MAX / 2
    }

    /// The relay that it is about.
    pub fn relay(&self) -> Option<&str> {
        let of_relay = self.code.entry().is_some_and(|entry| entry.object == Object::Relay);
        self.facts.get("relay").filter(|_| of_relay).map(String::as_str)
    }

    /// Sort key among open incidents: the most severe first, then the oldest.
    pub fn rank(&self) -> i64 {
        let better_than_critical = Severity::Critical as i64 - self.severity as i64;
        (better_than_critical << 48) | self.id.0
    }

    /// Time of the next change by time alone: a reminder, or stability.
    pub fn next_tick(&self) -> Option<Timestamp> {
        match self.state {
            IncidentState::Unstable { .. } => self.changes.iter().max().map(|last| *last + STABLE),
            IncidentState::Open if self.acknowledged.is_none() => {
                let every = self.severity.reminder().filter(|_| self.step.is_none_or(|step| step <= 0));
                Some(self.notices.last? + every?)
            }
            _ => None,
        }
    }

    /// True if no notice is pending and the incident cannot flap any more. It ended longer ago than the flap window, or never
    /// lasted.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let long_ago = self.ended.is_some_and(|ended| now.distance(ended) >= FLAP_WINDOW);
        self.notices.pending.is_none() && !self.state.is_live() && (long_ago || self.state == IncidentState::Happened)
    }
}
