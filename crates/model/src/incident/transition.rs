//! The state table of an incident: how it changes with each input, and which news that makes.

use super::begin::Raised;
use super::kinds::{IncidentAct, IncidentState, NoticeKind};
use super::record::{FLAP_WINDOW, Incident, STABLE};
use crate::event::Severity;
use crate::time::Timestamp;

/// Number of changes within the window that count as flapping.
const FLAP_CHANGES: usize = 4;

/// An event that may change an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A program or the node raises it (again).
    Raise(Raised),
    /// A check finds that it still holds.
    Holds(Raised),
    Clear,
    /// The settings no longer have what it is about.
    Retire,
    /// A greater incident has taken over.
    Supersede,
    /// True if a greater incident explains it.
    Inhibited(bool),
    /// Time has passed.
    Tick,
    Acknowledge(String),
}

impl Incident {
    /// The state table. News for the contacts waits in `notices.pending`. The returned acts go into the history.
    pub fn apply(&mut self, input: Input, now: Timestamp) -> Vec<IncidentAct> {
        // After a clock was set back, changes must not lie in the future for long.
        self.changes.retain(|at| now.distance(*at) < FLAP_WINDOW);
        match (self.state, input) {
            (IncidentState::Happened, _) => vec![],

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { open: true }, Input::Raise(raised)) => {
                self.raise_again(raised, now)
            }
            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { open: true }, Input::Holds(raised)) => {
                self.stay_open(raised, now)
            }
            (IncidentState::Unstable { open: false }, Input::Raise(raised) | Input::Holds(raised)) => {
                self.raise_while_unstable(raised, now)
            }
            (IncidentState::Resolved | IncidentState::Obsolete, Input::Raise(raised) | Input::Holds(raised)) => {
                // Contacts who have not heard of the end know of one incident that goes on.
                if !self.notices.is_end_pending() {
                    (self.since, self.worst, self.raises) = (now, None, 0);
                }
                self.reopen(raised, now)
            }
            // The same trouble as before: it goes on in the same thread, with its first start time.
            (IncidentState::Superseded, Input::Raise(raised) | Input::Holds(raised)) => self.reopen(raised, now),

            (IncidentState::Open, Input::Clear) => self.resolve(now),
            (IncidentState::Inhibited, Input::Clear) => self.close(IncidentState::Resolved, IncidentAct::Resolved, now),
            (IncidentState::Unstable { open: true }, Input::Clear) => {
                self.changes.push(now);
                self.state = IncidentState::Unstable { open: false };
                self.ended = Some(now);
                vec![IncidentAct::Resolved]
            }
            (
                IncidentState::Unstable { open: false }
                | IncidentState::Resolved
                | IncidentState::Obsolete
                | IncidentState::Superseded,
                Input::Clear,
            ) => vec![],

            (IncidentState::Open | IncidentState::Unstable { .. }, Input::Retire) => self.retire(now),
            (IncidentState::Inhibited, Input::Retire) => self.close(IncidentState::Obsolete, IncidentAct::Obsolete, now),

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { .. }, Input::Supersede) => {
                self.close(IncidentState::Superseded, IncidentAct::Superseded, now)
            }

            (IncidentState::Open, Input::Inhibited(true)) if self.notices.is_first_pending() => {
                self.notices.pending = None;
                self.state = IncidentState::Inhibited;
                vec![IncidentAct::Inhibited]
            }
            (IncidentState::Inhibited, Input::Inhibited(false)) => {
                self.state = IncidentState::Open;
                self.notices.add_news(NoticeKind::Raised, now);
                vec![IncidentAct::Raised]
            }

            (IncidentState::Open, Input::Tick) if self.is_reminder_due(now) => {
                self.notices.add_news(NoticeKind::Reminder, now);
                vec![IncidentAct::Reminded]
            }
            (IncidentState::Unstable { open }, Input::Tick) if self.changes.iter().all(|at| now.since(*at) >= STABLE) => {
                self.state = if open { IncidentState::Open } else { IncidentState::Resolved };
                self.notices.add_news(if open { NoticeKind::Reminder } else { NoticeKind::Resolved }, now);
                vec![IncidentAct::Stable]
            }

            (IncidentState::Open | IncidentState::Inhibited | IncidentState::Unstable { .. }, Input::Acknowledge(who)) => {
                self.acknowledged = Some((now, who));
                vec![IncidentAct::Acknowledged]
            }
            (_, Input::Tick | Input::Inhibited(_) | Input::Retire | Input::Supersede | Input::Acknowledge(_)) => vec![],
        }
    }

    /// The condition returned while the incident flaps. Only a new worst severity is news.
    fn raise_while_unstable(&mut self, raised: Raised, now: Timestamp) -> Vec<IncidentAct> {
        let worse = self.is_new_worst(raised.severity);
        self.renew(raised, now);
        self.changes.push(now);
        self.state = IncidentState::Unstable { open: true };
        if !worse {
            return vec![IncidentAct::Raised];
        }
        self.notices.add_news(NoticeKind::Unstable, now);
        vec![IncidentAct::Raised, IncidentAct::Worse]
    }

    /// The condition of an open incident is gone.
    fn resolve(&mut self, now: Timestamp) -> Vec<IncidentAct> {
        self.changes.push(now);
        self.ended = Some(now);
        if self.is_flapping() {
            return self.become_unstable(IncidentAct::Resolved, now);
        }
        self.state = IncidentState::Resolved;
        self.notices.add_news(NoticeKind::Resolved, now);
        vec![IncidentAct::Resolved]
    }

    /// The settings no longer have what the incident is about.
    fn retire(&mut self, now: Timestamp) -> Vec<IncidentAct> {
        self.changes.push(now);
        self.ended = Some(now);
        self.state = IncidentState::Obsolete;
        self.notices.add_news(NoticeKind::Obsolete, now);
        vec![IncidentAct::Obsolete]
    }

    fn raise_again(&mut self, raised: Raised, now: Timestamp) -> Vec<IncidentAct> {
        self.raises += 1;
        let worse = self.stay_open(raised, now);
        if worse.is_empty() { vec![IncidentAct::Again] } else { worse }
    }

    fn stay_open(&mut self, raised: Raised, now: Timestamp) -> Vec<IncidentAct> {
        let nearer = match (self.step, raised.step) {
            (Some(before), Some(after)) => after < before,
            _ => false,
        };
        // A flapping incident reports a severity once, not at each return.
        let unsteady = matches!(self.state, IncidentState::Unstable { .. });
        let worse = nearer || if unsteady { self.is_new_worst(raised.severity) } else { raised.severity > self.severity };
        self.seen = now;
        // The trouble goes on: its start does not move.
        let mut raised = raised;
        if let (Some(start), Some(since)) = (self.facts.get("since"), raised.facts.get_mut("since")) {
            since.clone_from(start);
        }
        self.take_over(raised);
        if !worse {
            return vec![];
        }
        // The operator acknowledged a milder incident.
        self.acknowledged = None;
        match self.state {
            IncidentState::Inhibited => {}
            IncidentState::Unstable { .. } => self.notices.add_news(NoticeKind::Unstable, now),
            _ => self.notices.add_news(NoticeKind::Worse, now),
        }
        vec![IncidentAct::Worse]
    }

    /// True if the severity exceeds all since the incident began.
    fn is_new_worst(&self, severity: Severity) -> bool {
        Some(severity) > self.worst
    }

    fn take_over(&mut self, raised: Raised) {
        self.worst = self.worst.max(Some(raised.severity));
        (self.severity, self.step) = (raised.severity, raised.step);
        // A repeated raise without facts does not delete the known facts.
        if !raised.facts.is_empty() {
            self.facts = raised.facts;
        }
    }

    fn renew(&mut self, raised: Raised, now: Timestamp) {
        self.take_over(raised);
        self.seen = now;
        self.raises += 1;
        self.ended = None;
        self.acknowledged = None;
    }

    fn reopen(&mut self, raised: Raised, now: Timestamp) -> Vec<IncidentAct> {
        self.renew(raised, now);
        self.changes.push(now);
        if self.is_flapping() {
            return self.become_unstable(IncidentAct::Raised, now);
        }
        self.state = IncidentState::Open;
        self.notices.add_news(NoticeKind::Raised, now);
        vec![IncidentAct::Raised]
    }

    /// Enters the unstable state with this change.
    fn become_unstable(&mut self, change: IncidentAct, now: Timestamp) -> Vec<IncidentAct> {
        self.state = IncidentState::Unstable { open: change == IncidentAct::Raised };
        // An unstable incident is one trouble: its start and its count are those of the whole unstable time.
        self.since = self.changes.iter().copied().min().map_or(self.since, |first| first.min(self.since));
        let changes = self.changes.len() + usize::from(change == IncidentAct::Raised);
        self.raises = self.raises.max(changes as u64 / 2);
        self.notices.add_news(NoticeKind::Unstable, now);
        vec![change, IncidentAct::Unstable]
    }

    /// Ends the incident without a notice. An unsent notice is dropped.
    fn close(&mut self, state: IncidentState, act: IncidentAct, now: Timestamp) -> Vec<IncidentAct> {
        self.changes.push(now);
        self.ended = Some(now);
        self.state = state;
        self.notices.pending = None;
        vec![act]
    }

    fn is_flapping(&self) -> bool {
        self.changes.len() >= FLAP_CHANGES
    }

    fn is_reminder_due(&self, now: Timestamp) -> bool {
        // A countdown is told at its steps. From its end on it has reminders like any other incident.
        let counting = self.step.is_some_and(|step| step > 0);
        let every =
            self.severity.reminder().filter(|_| !counting && self.acknowledged.is_none() && self.notices.pending.is_none());
        match (every, self.notices.last) {
            (Some(every), Some(last)) => now.distance(last) >= every,
            _ => false,
        }
    }
}
