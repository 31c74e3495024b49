//! The life of an incident: raised, reminded of, resolved; silent while it flaps or while a greater one explains it.
//!
//! A pure machine: [`Incident::meet`] is its one state table. What is told to people waits as [`Pending`] until the
//! mail can go, so that of two things which happened meanwhile only what still matters is said.

mod kinds;
mod allowance;
mod storm;

use serde::{Deserialize, Serialize};

use crate::event::{Facts, Kind, Severity};

pub use allowance::Allowance;
pub use kinds::{Act, NoticeKind, State};
pub use storm::{CRITICAL_MAX, Due, LATE_MS, NOTICES_MAX, Plan, STALE_MS, Sent, WINDOW_MS, plan};

const MINUTE: i64 = 60_000;
/// So many changes within an hour are flapping.
const FLAPS: usize = 4;
const FLAP_WINDOW: i64 = 60 * MINUTE;
/// So long without a change, and it is stable again.
const STABLE: i64 = 30 * MINUTE;

/// A notice that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub kind: NoticeKind,
    /// Since when there is something to tell.
    pub since: i64,
}

/// What people were told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Notices made so far, without those that were taken back.
    pub count: u32,
    /// The number of the newest, which is never given again.
    pub number: u32,
    pub last: Option<i64>,
    pub pending: Option<Pending>,
    /// Message-IDs of the first notice and of the newest: what later ones refer to.
    pub thread: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: i64,
    pub code: String,
    pub object: String,
    pub severity: Severity,
    /// The worst that it has been since it began.
    #[serde(default)]
    pub worst: Option<Severity>,
    pub facts: Facts,
    pub state: State,
    /// When it began, this time.
    pub since: i64,
    pub seen: i64,
    /// Who said so first.
    pub by: String,
    /// How often it was raised.
    pub raises: u64,
    pub ended: Option<i64>,
    /// When it came or went, within the last hour.
    pub changes: Vec<i64>,
    /// The step of a countdown that was reached.
    pub step: Option<i64>,
    /// Who has taken it on: he is not reminded.
    pub acknowledged: Option<(i64, String)>,
    pub told: Told,
}

/// What is found, or said, to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub severity: Severity,
    pub facts: Facts,
    pub step: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody says so (again).
    Raise(Raised),
    /// We look, and it still holds.
    Holds(Raised),
    Clear,
    /// A greater incident has taken over.
    Supersede,
    /// Whether a greater incident explains it.
    Inhibited(bool),
    /// Time has passed.
    Tick,
    Acknowledge(String),
}

impl Incident {
    /// Whether the numbers of a stored incident can be ours: sums of them do not overflow, and the id is that of its row.
    pub fn is_plausible(&self, row: i64) -> bool {
        const TIME_MAX: i64 = 1 << 53;
        let taken = self.acknowledged.as_ref().map(|(at, _)| *at);
        let told = [self.told.last, self.told.pending.map(|pending| pending.since)];
        let times = [Some(self.since), Some(self.seen), self.ended, self.step, taken].into_iter().chain(told).flatten();
        self.id == row
            && times.chain(self.changes.iter().copied()).all(|time| time.unsigned_abs() < TIME_MAX.unsigned_abs())
            && self.raises < TIME_MAX.unsigned_abs()
            && self.told.count.max(self.told.number) < u32::MAX / 2
    }

    /// Where it stands among others that are open: the worst first, then the oldest.
    pub fn rank(&self) -> i64 {
        let better_than_critical = Severity::Critical as i64 - self.severity as i64;
        (better_than_critical << 48) | self.id
    }

    /// A new one. `inhibited`: a greater one explains it.
    pub fn begin(
        id: i64,
        kind: Kind,
        (code, object): (&str, &str),
        raised: Raised,
        inhibited: bool,
        by: &str,
        now: i64,
    ) -> (Self, Act) {
        let (state, act, notice) = match kind {
            Kind::Once => (State::Happened, Act::Happened, Some(NoticeKind::Happened)),
            Kind::Lasting if inhibited => (State::Inhibited, Act::Inhibited, None),
            Kind::Lasting => (State::Open, Act::Raised, Some(NoticeKind::Raised)),
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
            ended: (state == State::Happened).then_some(now),
            changes: vec![now],
            step: raised.step,
            acknowledged: None,
            told: Told::default(),
        };
        if let Some(notice) = notice {
            this.tell(notice, now);
        }
        (this, act)
    }

    /// The state table. What is to be told waits in `told.pending`; what is returned goes into the history.
    pub fn meet(&mut self, input: Input, now: i64) -> Vec<Act> {
        // A clock that was set back must not make what has happened lie in the future for long.
        self.changes.retain(|at| (now - at).abs() < FLAP_WINDOW);
        match (self.state, input) {
            (State::Happened, _) => vec![],

            (State::Open | State::Inhibited | State::Unstable { open: true }, Input::Raise(raised)) => {
                self.raised_again(raised, now)
            }
            (State::Open | State::Inhibited | State::Unstable { open: true }, Input::Holds(raised)) => self.still(raised, now),
            (State::Unstable { open: false }, Input::Raise(raised) | Input::Holds(raised)) => {
                let worse = self.is_news(raised.severity);
                self.renew(raised, now);
                self.changes.push(now);
                self.state = State::Unstable { open: true };
                if !worse {
                    return vec![Act::Raised];
                }
                self.tell(NoticeKind::Unstable, now);
                vec![Act::Raised, Act::Worse]
            }
            (State::Resolved, Input::Raise(raised) | Input::Holds(raised)) => {
                (self.since, self.worst) = (now, None);
                self.reopen(raised, now)
            }
            // The same trouble as before: it goes on, in the same thread, from when it was first seen.
            (State::Superseded, Input::Raise(raised) | Input::Holds(raised)) => self.reopen(raised, now),

            (State::Open, Input::Clear) => {
                self.changes.push(now);
                self.ended = Some(now);
                if self.flaps() {
                    return self.unsteady(false, now);
                }
                self.state = State::Resolved;
                self.tell(NoticeKind::Resolved, now);
                vec![Act::Resolved]
            }
            (State::Inhibited, Input::Clear) => self.close(State::Resolved, Act::Resolved, now),
            (State::Unstable { open: true }, Input::Clear) => {
                self.changes.push(now);
                self.state = State::Unstable { open: false };
                self.ended = Some(now);
                vec![Act::Resolved]
            }
            (State::Unstable { open: false } | State::Resolved | State::Superseded, Input::Clear) => vec![],

            (State::Open | State::Inhibited | State::Unstable { .. }, Input::Supersede) => {
                self.close(State::Superseded, Act::Superseded, now)
            }

            (State::Open, Input::Inhibited(true)) if self.is_untold() => {
                self.told.pending = None;
                self.state = State::Inhibited;
                vec![Act::Inhibited]
            }
            (State::Inhibited, Input::Inhibited(false)) => {
                self.state = State::Open;
                self.tell(NoticeKind::Raised, now);
                vec![Act::Raised]
            }

            (State::Open, Input::Tick) if self.reminder_due(now) => {
                self.tell(NoticeKind::Reminder, now);
                vec![Act::Reminded]
            }
            (State::Unstable { open }, Input::Tick) if self.changes.iter().all(|at| now - at >= STABLE) => {
                self.state = if open { State::Open } else { State::Resolved };
                self.tell(if open { NoticeKind::Reminder } else { NoticeKind::Resolved }, now);
                vec![Act::Stable]
            }

            (State::Open | State::Inhibited | State::Unstable { .. }, Input::Acknowledge(who)) => {
                self.acknowledged = Some((now, who));
                vec![Act::Acknowledged]
            }
            (_, Input::Tick | Input::Inhibited(_) | Input::Supersede | Input::Acknowledge(_)) => vec![],
        }
    }

    fn raised_again(&mut self, raised: Raised, now: i64) -> Vec<Act> {
        self.raises += 1;
        let worse = self.still(raised, now);
        if worse.is_empty() { vec![Act::Again] } else { worse }
    }

    fn still(&mut self, raised: Raised, now: i64) -> Vec<Act> {
        let nearer = match (self.step, raised.step) {
            (Some(before), Some(after)) => after < before,
            _ => false,
        };
        // What comes and goes is worse once, not each time that it is.
        let unsteady = matches!(self.state, State::Unstable { .. });
        let worse = nearer || if unsteady { self.is_news(raised.severity) } else { raised.severity > self.severity };
        self.seen = now;
        self.take(raised);
        if !worse {
            return vec![];
        }
        // Whoever took it on took on something milder.
        self.acknowledged = None;
        match self.state {
            State::Inhibited => {}
            State::Unstable { .. } => self.tell(NoticeKind::Unstable, now),
            _ => self.tell(NoticeKind::Worse, now),
        }
        vec![Act::Worse]
    }

    /// It was never so bad since it began.
    fn is_news(&self, severity: Severity) -> bool {
        Some(severity) > self.worst
    }

    fn take(&mut self, raised: Raised) {
        self.worst = self.worst.max(Some(raised.severity));
        (self.severity, self.step) = (raised.severity, raised.step);
        // Whoever says it again without a word takes nothing back.
        if !raised.facts.is_empty() {
            self.facts = raised.facts;
        }
    }

    fn renew(&mut self, raised: Raised, now: i64) {
        self.take(raised);
        self.seen = now;
        self.raises += 1;
        self.ended = None;
        self.acknowledged = None;
    }

    fn reopen(&mut self, raised: Raised, now: i64) -> Vec<Act> {
        self.renew(raised, now);
        self.changes.push(now);
        if self.flaps() {
            return self.unsteady(true, now);
        }
        self.state = State::Open;
        self.tell(NoticeKind::Raised, now);
        vec![Act::Raised]
    }

    fn unsteady(&mut self, open: bool, now: i64) -> Vec<Act> {
        self.state = State::Unstable { open };
        self.tell(NoticeKind::Unstable, now);
        vec![if open { Act::Raised } else { Act::Resolved }, Act::Unstable]
    }

    /// Ends without a word; what nobody was told need not be told now.
    fn close(&mut self, state: State, act: Act, now: i64) -> Vec<Act> {
        self.changes.push(now);
        self.ended = Some(now);
        self.state = state;
        self.told.pending = None;
        vec![act]
    }

    fn flaps(&self) -> bool {
        self.changes.len() >= FLAPS
    }

    /// It waits to be told for the first time.
    fn is_untold(&self) -> bool {
        self.told.count == 0 && self.told.pending.is_some_and(|pending| pending.kind == NoticeKind::Raised)
    }

    fn reminder_due(&self, now: i64) -> bool {
        // A countdown speaks at its steps; from its end on it is like any other.
        let counting = self.step.is_some_and(|step| step > 0);
        let every = self.severity.reminder().filter(|_| !counting && self.acknowledged.is_none() && self.told.pending.is_none());
        match (every, self.told.last) {
            (Some(every), Some(last)) => (now - last).abs() >= every,
            _ => false,
        }
    }

    /// When time alone changes something: a reminder, or stability.
    pub fn next_tick(&self) -> Option<i64> {
        match self.state {
            State::Unstable { .. } => self.changes.iter().max().map(|last| last + STABLE),
            State::Open if self.acknowledged.is_none() => {
                let every = self.severity.reminder().filter(|_| self.step.is_none_or(|step| step <= 0));
                Some(self.told.last? + every?)
            }
            _ => None,
        }
    }

    fn tell(&mut self, kind: NoticeKind, now: i64) {
        // Nobody has heard of it: there is nothing to be reminded of, and its end tells of its beginning too.
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

    /// The pending notice has been handed to the queue, in a message of this ID.
    pub fn notice_made(&mut self, message_id: &str, now: i64) {
        let told = &mut self.told;
        told.pending = None;
        told.count += 1;
        told.number += 1;
        told.last = Some(now);
        told.thread.truncate(1);
        told.thread.push(message_id.to_owned());
    }

    /// A notice that was made had not left yet, and was taken back: it is told anew.
    pub fn taken_back(&mut self, kind: NoticeKind, since: i64, message_id: &str) {
        self.told.count = self.told.count.saturating_sub(1);
        self.told.thread.retain(|id| id != message_id);
        let kind = self.told.pending.map_or(kind, |pending| kind.then(pending.kind));
        self.told.pending = Some(Pending { kind, since });
    }

    /// Its end is to be told.
    pub fn resolves(&self) -> bool {
        self.told.pending.is_some_and(|pending| pending.kind == NoticeKind::Resolved)
    }

    /// Nothing more can come of it within the time in which it might come back.
    pub fn is_over(&self, now: i64) -> bool {
        let long_ago = self.ended.is_some_and(|ended| (now - ended).abs() >= FLAP_WINDOW);
        self.told.pending.is_none() && !self.state.is_live() && (long_ago || self.state == State::Happened)
    }
}

#[cfg(test)]
mod tests;
