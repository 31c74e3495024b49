//! Incidents: raised, reminded of, resolved. An incident is silent while it flaps or while a greater one explains it.
//!
//! A pure state machine: [`Incident::meet`] is its only state table. News for the contacts waits as [`Pending`] until mail
//! can go. If more happens meanwhile, only the news that still matters is sent.

mod kinds;
mod allowance;
mod storm;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{EventKind, Facts, Severity};
use crate::id::IncidentId;
use crate::time::Timestamp;

pub use allowance::Allowance;
pub use kinds::{Act, IncidentState, NoticeKind};
pub use storm::{CRITICAL_MAX, Due, LATE, NOTICES_MAX, Plan, STALE, Sent, WINDOW, plan};

/// Number of changes within the window that count as flapping.
const FLAPS: usize = 4;
const FLAP_WINDOW: Duration = Duration::from_hours(1);
/// Time without a change after which an incident is stable again.
const STABLE: Duration = Duration::from_mins(30);

/// A notice that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub kind: NoticeKind,
    /// Time of the oldest news in this notice.
    pub since: Timestamp,
}

/// The notices of an incident: made and pending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeTally {
    /// Notices made so far, without those taken back.
    pub count: u32,
    /// Number of the newest notice. Numbers are never reused.
    pub number: u32,
    pub last: Option<Timestamp>,
    pub pending: Option<Pending>,
    /// Message-IDs of the first notice and of the newest. Later notices refer to them.
    pub thread: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub code: String,
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
    /// Number of raises.
    pub raises: u64,
    pub ended: Option<Timestamp>,
    /// Times of raises and resolves within the last hour.
    pub changes: Vec<Timestamp>,
    /// The step of the countdown that was reached.
    pub step: Option<i64>,
    /// Time and name of the operator who acknowledged it. It stops reminders.
    pub acknowledged: Option<(Timestamp, String)>,
    pub told: NoticeTally,
}

/// A condition that the watch found or a program reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub severity: Severity,
    pub facts: Facts,
    pub step: Option<i64>,
}

/// The input for a new incident.
#[derive(Clone, Copy, Debug)]
pub struct NewIncident<'a> {
    pub id: IncidentId,
    pub kind: EventKind,
    pub code: &'a str,
    pub object: &'a str,
    /// Source of the first raise.
    pub by: &'a str,
    /// True if a greater incident explains it.
    pub inhibited: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A program or the node raises it (again).
    Raise(Raised),
    /// A check finds that it still holds.
    Holds(Raised),
    Clear,
    /// A greater incident has taken over.
    Supersede,
    /// True if a greater incident explains it.
    Inhibited(bool),
    /// Time has passed.
    Tick,
    Acknowledge(String),
}

impl Incident {
    /// True if the numbers of a stored incident are plausible. Sums of them do not overflow, and the id is that of its row.
    pub fn is_plausible(&self, row: IncidentId) -> bool {
        const NUMBER_MAX: u64 = 1 << 53;
        let taken = self.acknowledged.as_ref().map(|(at, _)| *at);
        let pending = self.told.pending.map(|pending| pending.since);
        let times = [Some(self.since), Some(self.seen), self.ended, taken, self.told.last, pending].into_iter().flatten();
        let numbers = times.chain(self.changes.iter().copied()).map(Timestamp::as_millis).chain(self.step);
        self.id == row
            && numbers.map(i64::unsigned_abs).chain([self.raises]).all(|number| number < NUMBER_MAX)
            && self.told.count.max(self.told.number) < u32::MAX / 2
    }

    /// Sort key among open incidents: the most severe first, then the oldest.
    pub fn rank(&self) -> i64 {
        let better_than_critical = Severity::Critical as i64 - self.severity as i64;
        (better_than_critical << 48) | self.id.0
    }

    /// Creates an incident and its first history entry.
    pub fn begin(new: NewIncident<'_>, raised: Raised, now: Timestamp) -> (Self, Act) {
        let NewIncident { id, kind, code, object, by, inhibited } = new;
        let (state, act, notice) = match kind {
            EventKind::Once => (IncidentState::Happened, Act::Happened, Some(NoticeKind::Happened)),
            EventKind::Lasting if inhibited => (IncidentState::Inhibited, Act::Inhibited, None),
            EventKind::Lasting => (IncidentState::Open, Act::Raised, Some(NoticeKind::Raised)),
        };
        let mut this = Self {
            id,
            code: code.to_owned(),
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
            told: NoticeTally::default(),
        };
        if let Some(notice) = notice {
            this.tell(notice, now);
        }
        (this, act)
    }

    /// The state table. News for the contacts waits in `told.pending`. The returned acts go into the history.
    pub fn meet(&mut self, input: Input, now: Timestamp) -> Vec<Act> {
        // After a clock was set back, changes must not lie in the future for long.
        self.changes.retain(|at| now.distance(*at) < FLAP_WINDOW);
        match (self.state, input) {
            (IncidentState::Happened, _) => vec![],

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { open: true }, Input::Raise(raised)) => {
                self.raised_again(raised, now)
            }
            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { open: true }, Input::Holds(raised)) => {
                self.still(raised, now)
            }
            (IncidentState::Unstable { open: false }, Input::Raise(raised) | Input::Holds(raised)) => {
                self.raised_while_unstable(raised, now)
            }
            (IncidentState::Resolved, Input::Raise(raised) | Input::Holds(raised)) => {
                (self.since, self.worst) = (now, None);
                self.reopen(raised, now)
            }
            // The same trouble as before: it goes on in the same thread, with its first start time.
            (IncidentState::Superseded, Input::Raise(raised) | Input::Holds(raised)) => self.reopen(raised, now),

            (IncidentState::Open, Input::Clear) => self.resolve(now),
            (IncidentState::Inhibited, Input::Clear) => self.close(IncidentState::Resolved, Act::Resolved, now),
            (IncidentState::Unstable { open: true }, Input::Clear) => {
                self.changes.push(now);
                self.state = IncidentState::Unstable { open: false };
                self.ended = Some(now);
                vec![Act::Resolved]
            }
            (IncidentState::Unstable { open: false } | IncidentState::Resolved | IncidentState::Superseded, Input::Clear) => {
                vec![]
            }

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { .. }, Input::Supersede) => {
                self.close(IncidentState::Superseded, Act::Superseded, now)
            }

            (IncidentState::Open, Input::Inhibited(true)) if self.is_untold() => {
                self.told.pending = None;
                self.state = IncidentState::Inhibited;
                vec![Act::Inhibited]
            }
            (IncidentState::Inhibited, Input::Inhibited(false)) => {
                self.state = IncidentState::Open;
                self.tell(NoticeKind::Raised, now);
                vec![Act::Raised]
            }

            (IncidentState::Open, Input::Tick) if self.reminder_due(now) => {
                self.tell(NoticeKind::Reminder, now);
                vec![Act::Reminded]
            }
            (IncidentState::Unstable { open }, Input::Tick) if self.changes.iter().all(|at| now.since(*at) >= STABLE) => {
                self.state = if open { IncidentState::Open } else { IncidentState::Resolved };
                self.tell(if open { NoticeKind::Reminder } else { NoticeKind::Resolved }, now);
                vec![Act::Stable]
            }

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { .. }, Input::Acknowledge(who)) => {
                self.acknowledged = Some((now, who));
                vec![Act::Acknowledged]
            }
            (_, Input::Tick | Input::Inhibited(_) | Input::Supersede | Input::Acknowledge(_)) => vec![],
        }
    }

    /// The condition returned while the incident flaps. Only a new worst severity is news.
    fn raised_while_unstable(&mut self, raised: Raised, now: Timestamp) -> Vec<Act> {
        let worse = self.is_news(raised.severity);
        self.renew(raised, now);
        self.changes.push(now);
        self.state = IncidentState::Unstable { open: true };
        if !worse {
            return vec![Act::Raised];
        }
        self.tell(NoticeKind::Unstable, now);
        vec![Act::Raised, Act::Worse]
    }

    /// The condition of an open incident is gone.
    fn resolve(&mut self, now: Timestamp) -> Vec<Act> {
        self.changes.push(now);
        self.ended = Some(now);
        if self.flaps() {
            return self.unsteady(Act::Resolved, now);
        }
        self.state = IncidentState::Resolved;
        self.tell(NoticeKind::Resolved, now);
        vec![Act::Resolved]
    }

    fn raised_again(&mut self, raised: Raised, now: Timestamp) -> Vec<Act> {
        self.raises += 1;
        let worse = self.still(raised, now);
        if worse.is_empty() { vec![Act::Again] } else { worse }
    }

    fn still(&mut self, raised: Raised, now: Timestamp) -> Vec<Act> {
        let nearer = match (self.step, raised.step) {
            (Some(before), Some(after)) => after < before,
            _ => false,
        };
        // A flapping incident reports a severity once, not at each return.
        let unsteady = matches!(self.state, IncidentState::Unstable { .. });
        let worse = nearer || if unsteady { self.is_news(raised.severity) } else { raised.severity > self.severity };
        self.seen = now;
        self.take(raised);
        if !worse {
            return vec![];
        }
        // The operator acknowledged a milder incident.
        self.acknowledged = None;
        match self.state {
            IncidentState::Inhibited => {}
            IncidentState::Unstable { .. } => self.tell(NoticeKind::Unstable, now),
            _ => self.tell(NoticeKind::Worse, now),
        }
        vec![Act::Worse]
    }

    /// True if the severity exceeds all since the incident began.
    fn is_news(&self, severity: Severity) -> bool {
        Some(severity) > self.worst
    }

    fn take(&mut self, raised: Raised) {
        self.worst = self.worst.max(Some(raised.severity));
        (self.severity, self.step) = (raised.severity, raised.step);
        // A repeated raise without facts does not delete the known facts.
        if !raised.facts.is_empty() {
            self.facts = raised.facts;
        }
    }

    fn renew(&mut self, raised: Raised, now: Timestamp) {
        self.take(raised);
        self.seen = now;
        self.raises += 1;
        self.ended = None;
        self.acknowledged = None;
    }

    fn reopen(&mut self, raised: Raised, now: Timestamp) -> Vec<Act> {
        self.renew(raised, now);
        self.changes.push(now);
        if self.flaps() {
            return self.unsteady(Act::Raised, now);
        }
        self.state = IncidentState::Open;
        self.tell(NoticeKind::Raised, now);
        vec![Act::Raised]
    }

    /// Enters the unstable state with this change.
    fn unsteady(&mut self, change: Act, now: Timestamp) -> Vec<Act> {
        self.state = IncidentState::Unstable { open: change == Act::Raised };
        self.tell(NoticeKind::Unstable, now);
        vec![change, Act::Unstable]
    }

    /// Ends the incident without a notice. An unsent notice is dropped.
    fn close(&mut self, state: IncidentState, act: Act, now: Timestamp) -> Vec<Act> {
        self.changes.push(now);
        self.ended = Some(now);
        self.state = state;
        self.told.pending = None;
        vec![act]
    }

    fn flaps(&self) -> bool {
        self.changes.len() >= FLAPS
    }

    /// True if its first notice is still waiting.
    fn is_untold(&self) -> bool {
        self.told.count == 0 && self.told.pending.is_some_and(|pending| pending.kind == NoticeKind::Raised)
    }

    fn reminder_due(&self, now: Timestamp) -> bool {
        // A countdown is told at its steps. From its end on it has reminders like any other incident.
        let counting = self.step.is_some_and(|step| step > 0);
        let every = self.severity.reminder().filter(|_| !counting && self.acknowledged.is_none() && self.told.pending.is_none());
        match (every, self.told.last) {
            (Some(every), Some(last)) => now.distance(last) >= every,
            _ => false,
        }
    }

    /// Time of the next change by time alone: a reminder, or stability.
    pub fn next_tick(&self) -> Option<Timestamp> {
        match self.state {
            IncidentState::Unstable { .. } => self.changes.iter().max().map(|last| *last + STABLE),
            IncidentState::Open if self.acknowledged.is_none() => {
                let every = self.severity.reminder().filter(|_| self.step.is_none_or(|step| step <= 0));
                Some(self.told.last? + every?)
            }
            _ => None,
        }
    }

    fn tell(&mut self, kind: NoticeKind, now: Timestamp) {
        // Without an earlier notice there is nothing to be reminded of. The end then reports the start too.
        let kind = match kind {
            NoticeKind::Reminder | NoticeKind::Worse if self.told.count == 0 => NoticeKind::Raised,
            NoticeKind::Resolved if self.told.count == 0 => NoticeKind::Ended,
            kind => kind,
        };
        let pending = match self.told.pending {
            None => Pending { kind, since: now },
            Some(before) => Pending { kind: before.kind.then(kind), since: before.since },
        };
        self.told.pending = Some(pending);
    }

    /// Records that the pending notice was handed to the queue, in a message with this ID.
    pub fn notice_made(&mut self, message_id: &str, now: Timestamp) {
        let told = &mut self.told;
        told.pending = None;
        told.count += 1;
        told.number += 1;
        told.last = Some(now);
        told.thread.truncate(1);
        told.thread.push(message_id.to_owned());
    }

    /// Takes back a notice that was made but had not left yet: it is told anew.
    pub fn taken_back(&mut self, kind: NoticeKind, since: Timestamp, message_id: &str) {
        self.told.count = self.told.count.saturating_sub(1);
        self.told.thread.retain(|id| id != message_id);
        let kind = self.told.pending.map_or(kind, |pending| kind.then(pending.kind));
        self.told.pending = Some(Pending { kind, since });
    }

    /// True if a notice of its end is pending.
    pub fn resolves(&self) -> bool {
        self.told.pending.is_some_and(|pending| pending.kind == NoticeKind::Resolved)
    }

    /// True if no notice is pending and the incident cannot flap any more. It ended longer ago than the flap window, or never
    /// lasted.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let long_ago = self.ended.is_some_and(|ended| now.distance(ended) >= FLAP_WINDOW);
        self.told.pending.is_none() && !self.state.is_live() && (long_ago || self.state == IncidentState::Happened)
    }
}

#[cfg(test)]
mod tests;
