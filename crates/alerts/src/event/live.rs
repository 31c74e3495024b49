//! The incidents that may still change, in memory: who raised them, who may raise more, and which notices are out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use admin::settings::NODE;
use model::event::{EventCode, Severity};
use model::id::{IncidentId, MessageNumber};
use model::incident::{Allowance, Incident, IncidentState, Sent};
use model::settings::RelaySettings;
use model::time::Timestamp;

/// Incidents that may still change.
pub(super) const LIVE_MAX: usize = 10_000;
/// Places reserved for incidents of the node itself.
pub(super) const OURS: usize = 1000;
/// Places reserved for critical incidents.
pub(super) const CRITICAL: usize = 1000;
/// Places of one program, so that one program does not use up the places of others.
pub(super) const EACH_MAX: usize = 2000;
/// Reserved places for critical incidents of one program beyond `EACH_MAX`.
const EACH_CRITICAL: usize = 100;
/// When so many allowances are kept, the unused ones are dropped.
const PROGRAMS_MAX: usize = 1000;
/// Every incident that may still change, in memory.
#[derive(Default)]
pub(super) struct LiveIncidents {
    pub(super) incidents: BTreeMap<IncidentId, Incident>,
    /// Incidents that last, by code and object.
    pub(super) by_key: HashMap<(EventCode, String), IncidentId>,
    /// Number of incidents in memory by the program or actor that raised them.
    pub(super) count_by_program: HashMap<String, usize>,
    /// The allowance of each program. A program that has not written lately has no entry.
    pub(super) allowances: HashMap<String, Allowance>,
    pub(super) last_id: Option<IncidentId>,
    /// Notices sent within the window of the rate limit.
    pub(super) sent: Vec<Sent>,
    /// Since when mail can go. `None` while it cannot.
    pub(super) route_open_since: Option<Timestamp>,
    /// The sender of our notices when they were last sent.
    pub(super) sender: Option<String>,
    /// The keys of the contacts when notices were last sent.
    pub(super) contacts: Option<BTreeSet<String>>,
    /// The relays of the last round, with their settings.
    pub(super) route: Option<Vec<RelaySettings>>,
    /// Messages that can no longer be withdrawn, or already are.
    pub(super) not_withdrawable: BTreeSet<MessageNumber>,
}

impl LiveIncidents {
    pub(super) fn put(&mut self, incident: Incident) {
        if incident.state != IncidentState::Happened {
            self.by_key.insert((incident.code.clone(), incident.object.clone()), incident.id);
        }
        self.last_id = self.last_id.max(Some(incident.id));
        *self.count_by_program.entry(incident.by.clone()).or_default() += 1;
        if let Some(before) = self.incidents.insert(incident.id, incident) {
            self.one_less(&before.by);
        }
    }

    fn one_less(&mut self, by: &str) {
        let left = self.count_by_program.get_mut(by).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            self.count_by_program.remove(by);
        }
    }

    /// True if one more incident can be open. A program has [`EACH_MAX`] shared places. Critical incidents of each program
    /// also have a few reserved places, so that a flood of them leaves other programs theirs.
    pub(super) fn has_place(&self, by: &str, severity: Severity) -> bool {
        const SHARED: usize = LIVE_MAX - OURS - CRITICAL;
        let of = |by: &str| self.count_by_program.get(by).copied().unwrap_or(0);
        if by == NODE {
            return self.incidents.len() < LIVE_MAX;
        }
        let (all, own) = (self.incidents.len() - of(NODE), of(by));
        let criticals =
            || self.incidents.values().filter(|incident| incident.by == by && incident.severity == Severity::Critical).count();
        (own < EACH_MAX && all < SHARED)
            || (severity == Severity::Critical
                && own < EACH_MAX + EACH_CRITICAL
                && all < SHARED + CRITICAL
                && (all < SHARED || criticals() < EACH_CRITICAL))
    }

    /// Takes the cost of an event with this many bytes of facts from the program's allowance. False: the allowance is used
    /// up.
    pub(super) fn may_write(&mut self, by: &str, severity: Severity, facts: usize, now: Timestamp) -> bool {
        if by == NODE {
            return true;
        }
        if self.allowances.len() >= PROGRAMS_MAX && !self.allowances.contains_key(by) {
            self.allowances.retain(|_, allowance| !allowance.is_full(now));
        }
        self.allowances.entry(by.to_owned()).or_insert_with(|| Allowance::new(now)).spend(severity, facts, now)
    }

    pub(super) fn remove(&mut self, id: IncidentId) {
        if let Some(gone) = self.incidents.remove(&id) {
            self.one_less(&gone.by);
            let key = (gone.code, gone.object);
            if self.by_key.get(&key) == Some(&id) {
                self.by_key.remove(&key);
            }
        }
    }

    /// Records that a message cannot be withdrawn any more. Drops the oldest; the store is asked about those again.
    pub(super) fn mark_not_withdrawable(&mut self, message: MessageNumber) {
        self.not_withdrawable.insert(message);
        while self.not_withdrawable.len() > 1000 {
            self.not_withdrawable.pop_first();
        }
    }

    pub(super) fn find(&self, code: &EventCode, object: &str) -> Option<IncidentId> {
        self.by_key.get(&(code.clone(), object.to_owned())).copied()
    }
}
