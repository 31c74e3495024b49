//! Applies one commit's changes to incidents in memory, collects the rows to write, and restores memory if the write fails.

use std::collections::BTreeMap;

use admin::settings::NODE;
use model::event::{EventCode, EventEntry, EventKind, OwnCode, Same};
use model::id::IncidentId;
use model::incident::{Incident, IncidentAct, Input, NewIncident, Raised};
use model::time::Timestamp;
use store::{Commit, DoneOnce, EventRow, IncidentRow, NewHook, Once};

use super::{Ask, EventOutcome, LiveIncidents};
use crate::alarm::hooks;
use crate::notice::NoticeContext;

pub(super) struct Batch<'a> {
    live: &'a mut LiveIncidents,
    now: Timestamp,
    /// Incidents that changed, as they were before the batch.
    before: BTreeMap<IncidentId, Option<Incident>>,
    events: Vec<EventRow>,
    /// Used idempotency keys with their results.
    done: BTreeMap<String, DoneOnce>,
    keys: Vec<(Once, IncidentId)>,
    /// Webhook calls to write. Their texts need the settings.
    calls: Vec<NewHook>,
    context: Option<&'a NoticeContext>,
    last_id: Option<IncidentId>,
}

/// A request to raise an incident.
struct RaiseRequest<'a> {
    code: &'a EventCode,
    object: &'a str,
    raised: &'a Raised,
    once: bool,
    by: &'a str,
}

/// Restores memory to its state before the batch.
pub(super) struct Undo {
    before: BTreeMap<IncidentId, Option<Incident>>,
    last_id: Option<IncidentId>,
}

impl Undo {
    pub(super) fn restore(self, live: &mut LiveIncidents) {
        for (id, incident) in self.before {
            live.remove(id);
            if let Some(incident) = incident {
                live.put(incident);
            }
        }
        live.last_id = self.last_id;
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        live: &'a mut LiveIncidents,
        now: Timestamp,
        done: BTreeMap<String, DoneOnce>,
        context: Option<&'a NoticeContext>,
    ) -> Self {
        let last_id = live.last_id;
        Self {
            live,
            now,
            before: BTreeMap::new(),
            events: Vec::new(),
            done,
            keys: Vec::new(),
            calls: Vec::new(),
            context,
            last_id,
        }
    }

    /// Runs `work`, unless its key already led to an incident: then returns that answer, or `Differs` for other content.
    fn once(&mut self, key: Option<&Once>, work: impl FnOnce(&mut Self) -> EventOutcome) -> EventOutcome {
        let Some(key) = key else { return work(self) };
        if let Some(before) = self.done.get(&key.key) {
            let same = before.is_of(key);
            return if same {
                before.result.parse().map_or(EventOutcome::Nothing, EventOutcome::Incident)
            } else {
                EventOutcome::Differs
            };
        }
        let answer = work(self);
        if let EventOutcome::Incident(id) = answer {
            self.done.insert(key.key.clone(), DoneOnce::new(id.to_string(), key.content));
            self.keys.push((key.clone(), id));
        }
        answer
    }

    pub(super) fn apply(&mut self, ask: &Ask) -> EventOutcome {
        match ask {
            Ask::Raise { code, object, raised, by, once, key } => self.once(key.as_ref(), |batch| {
                let facts = raised.facts.iter().map(|(name, value)| name.len() + value.len()).sum();
                if !batch.live.may_write(by, raised.severity, facts, batch.now) {
                    return EventOutcome::TooFast;
                }
                let request = RaiseRequest { code, object, raised, once: *once, by };
                batch.raise(&request, Input::Raise(raised.clone()))
            }),
            Ask::Resolve { code, object, by, key } => self.once(key.as_ref(), |batch| match batch.live.find(code, object) {
                Some(id) if batch.live.incidents[&id].state.is_open() => {
                    // The incident's severity counts, so that the end of a critical incident is taken like its beginning.
                    let severity = batch.live.incidents[&id].severity;
                    if !batch.live.may_write(by, severity, 0, batch.now) {
                        return EventOutcome::TooFast;
                    }
                    batch.advance(id, Input::Clear, by);
                    EventOutcome::Incident(id)
                }
                _ => EventOutcome::Nothing,
            }),
            Ask::Observe(seen) => {
                for condition in seen.found() {
                    let request = RaiseRequest {
                        code: &condition.code.into(),
                        object: &condition.object,
                        raised: &condition.raised,
                        once: false,
                        by: NODE,
                    };
                    self.raise(&request, Input::Holds(condition.raised.clone()));
                }
                let over: Vec<(IncidentId, Input)> =
                    self.live.incidents.values().filter_map(|incident| Some((incident.id, seen.end_of(incident)?))).collect();
                over.into_iter().for_each(|(id, end)| self.advance(id, end, NODE));
                EventOutcome::Nothing
            }
            Ask::Acknowledge { id, by } => match self.live.incidents.get(id) {
                Some(incident) if incident.state.is_live() => {
                    self.advance(*id, Input::Acknowledge(by.clone()), by);
                    EventOutcome::Incident(*id)
                }
                _ => EventOutcome::Nothing,
            },
            Ask::Tick => {
                let due =
                    |incident: &&Incident| incident.next_tick().is_some_and(|at| at <= self.now) || incident.is_over(self.now);
                let due: Vec<IncidentId> = self.live.incidents.values().filter(due).map(|incident| incident.id).collect();
                due.into_iter().for_each(|id| self.advance(id, Input::Tick, NODE));
                self.weigh();
                EventOutcome::Nothing
            }
        }
    }

    fn raise(&mut self, request: &RaiseRequest<'_>, input: Input) -> EventOutcome {
        let RaiseRequest { code, object, raised, once, by } = *request;
        let Some(entry) = code.entry() else { return EventOutcome::Nothing };
        let kind = if once { EventKind::Once } else { entry.kind };
        if let Some(id) = self.live.find(code, object).filter(|_| kind == EventKind::Lasting) {
            self.advance(id, input, by);
            return EventOutcome::Incident(id);
        }
        if !self.live.has_place(by, raised.severity) {
            return EventOutcome::Full;
        }
        let id = self.live.last_id.unwrap_or(IncidentId::BEFORE_FIRST).next();
        let new = NewIncident { id, kind, code: code.clone(), object, by, inhibited: self.inhibited(entry, object) };
        let (incident, act) = Incident::begin(new, raised.clone(), self.now);
        self.before.insert(id, None);
        self.record(&incident, act, by);
        self.live.put(incident);
        if inhibits(code) {
            self.weigh();
        }
        EventOutcome::Incident(id)
    }

    fn advance(&mut self, id: IncidentId, input: Input, by: &str) {
        if self.step(id, input, by) {
            self.weigh();
        }
    }

    /// Applies an input to an incident. True if an incident that inhibits others has opened or closed.
    fn step(&mut self, id: IncidentId, input: Input, by: &str) -> bool {
        let Some(incident) = self.live.incidents.get_mut(&id) else { return false };
        let before = incident.clone();
        // A condition that still holds with other figures is not worth a write.
        let quiet = matches!(input, Input::Holds(_));
        let acts = incident.apply(input, self.now);
        let after = incident.clone();
        let turned = before.state.is_open() != after.state.is_open() && inhibits(&after.code);
        if before != after && !(quiet && acts.is_empty()) || before.is_over(self.now) {
            self.before.entry(id).or_insert(Some(before));
        }
        acts.into_iter().for_each(|act| self.record(&after, act, by));
        turned
    }

    /// Updates which open incidents are inhibited, after an inhibiting incident opened or closed.
    fn weigh(&mut self) {
        let open = |incident: &&Incident| {
            incident.state.is_open() && incident.code.entry().is_some_and(|entry| !entry.inhibited_by.is_empty())
        };
        let weighed: Vec<(IncidentId, bool)> = self
            .live
            .incidents
            .values()
            .filter(open)
            .filter_map(|incident| Some((incident.id, self.inhibited(incident.code.entry()?, &incident.object))))
            .collect();
        // No inhibited incident inhibits another: one round is enough.
        for (id, inhibited) in weighed {
            self.step(id, Input::Inhibited(inhibited), NODE);
        }
    }

    fn inhibited(&self, entry: &EventEntry, object: &str) -> bool {
        let greater = |incident: &Incident| {
            let by = entry.inhibited_by.iter().find(|(by, _)| incident.code == *by);
            by.is_some_and(|(_, same)| *same == Same::Any || incident.object == object) && incident.state.is_open()
        };
        !entry.inhibited_by.is_empty() && self.live.incidents.values().any(greater)
    }

    fn record(&mut self, incident: &Incident, act: IncidentAct, by: &str) {
        if let Some(context) = self.context {
            self.calls.extend(hooks(context, incident, act));
        }
        self.events.push(EventRow {
            incident: incident.id,
            act: act.name().to_owned(),
            code: incident.code.to_string(),
            object: incident.object.clone(),
            severity: incident.severity.name().to_owned(),
            by: by.to_owned(),
            facts: serde_json::to_string(&incident.facts).expect("facts are text"),
        });
    }

    /// Returns the commit to make and the undo for memory. Drops incidents that are over from memory.
    pub(super) fn done(self) -> (Commit, Undo) {
        let rows = self.before.keys().filter_map(|id| self.live.incidents.get(id)).map(|incident| row(incident, self.now));
        let commit = Commit::at(self.now).and_all(rows);
        let over: Vec<IncidentId> = self
            .before
            .keys()
            .copied()
            .filter(|id| self.live.incidents.get(id).is_some_and(|incident| incident.is_over(self.now)))
            .collect();
        over.into_iter().for_each(|id| self.live.remove(id));
        let commit = commit.and_all(self.events).and_all(self.calls);
        let commit = self.keys.into_iter().fold(commit, |commit, (once, id)| commit.once_with(once, id.to_string()));
        (commit, Undo { before: self.before, last_id: self.last_id })
    }
}

/// True if an open incident of this code inhibits other incidents.
fn inhibits(code: &EventCode) -> bool {
    code.own().is_some_and(OwnCode::inhibits)
}

/// The row that the store keeps of an incident.
pub(super) fn row(incident: &Incident, now: Timestamp) -> IncidentRow {
    IncidentRow {
        id: incident.id,
        code: incident.code.to_string(),
        object: incident.object.clone(),
        severity: incident.severity.name().to_owned(),
        live: !incident.is_over(now),
        since: incident.since,
        record: serde_json::to_string(incident).expect("an incident is text and numbers"),
    }
}
