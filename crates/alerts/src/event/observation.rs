//! The observation: conditions that one round of the watch found, and codes that it could not check.

use model::event::OwnCode;
use model::incident::{Incident, Input, Raised};
use model::time::Timestamp;

use super::subjects::{Subjects, relay_of};
use crate::relay_check::FAULTS;

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) code: OwnCode,
    pub(crate) object: String,
    pub(crate) raised: Raised,
}

/// Codes that were checked, conditions that hold, and codes that could not be observed. A code is unknown if its source
/// could not be read, or if only time or the next connection will show it. An incident is over if its code was checked and
/// is neither found nor unknown. Any other incident stays as it is.
///
/// An unknown code does not keep an incident that was raised before the present settings of its object.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    checked: Vec<OwnCode>,
    found: Vec<Condition>,
    unknown: Vec<Unknown>,
    /// Codes whose incidents are over because another incident tells more.
    superseded: Vec<OwnCode>,
    /// Codes whose incidents no longer concern this node, without a sign that they were mended.
    retired: Vec<OwnCode>,
    /// Relays that have not worked since the settings of this time: what was found of them before says nothing about these.
    replaced: Vec<(String, Timestamp)>,
    /// `None` without valid settings.
    pub(crate) subjects: Option<Subjects>,
}

/// A code that could not be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unknown {
    code: OwnCode,
    /// `None`: all objects.
    object: Option<String>,
    /// Keeps only incidents that were raised at this time or later.
    since: Timestamp,
}

impl Observation {
    /// Marks codes as checked.
    pub(crate) fn mark_checked(&mut self, codes: &[OwnCode]) {
        self.checked.extend(codes);
    }

    pub(crate) fn found(&self) -> &[Condition] {
        &self.found
    }

    /// Marks a code as unknown for all objects.
    pub(crate) fn mark_unknown(&mut self, code: OwnCode) {
        self.unknown.push(Unknown { code, object: None, since: Timestamp::MIN });
    }

    /// Marks a code as unknown for one object.
    pub(crate) fn mark_unknown_of(&mut self, code: OwnCode, object: &str) {
        self.mark_unknown_since(code, object, Timestamp::MIN);
    }

    /// Marks a code as unknown for one object, whose settings are in force since then.
    pub(crate) fn mark_unknown_since(&mut self, code: OwnCode, object: &str, since: Timestamp) {
        self.unknown.push(Unknown { code, object: Some(object.to_owned()), since });
    }

    /// Another incident tells more than those of this code.
    pub(crate) fn mark_superseded(&mut self, code: OwnCode) {
        self.superseded.push(code);
    }

    /// The incidents of this code no longer concern this node. Nothing shows that they were mended.
    pub(crate) fn mark_retired(&mut self, code: OwnCode) {
        self.retired.push(code);
    }

    /// The relay has not worked since its settings of this time.
    pub(crate) fn mark_replaced(&mut self, relay: &str, since: Timestamp) {
        self.replaced.push((relay.to_owned(), since));
    }

    /// The way in which an incident ends. `None`: it goes on.
    pub(super) fn end_of(&self, incident: &Incident) -> Option<Input> {
        let code = incident.code.own().filter(|_| incident.state.is_open())?;
        if self.found.iter().any(|condition| condition.code == code && condition.object == incident.object) {
            return None;
        }
        if self.subjects.as_ref().is_some_and(|subjects| subjects.lack(incident)) {
            return Some(Input::Retire);
        }
        let renamed = self.subjects.as_ref().and_then(|subjects| subjects.renamed(incident));
        let name = renamed.unwrap_or_else(|| relay_of(incident));
        let is_found_again = |condition: &Condition| {
            condition.code == code && condition.raised.facts.get("relay").is_some_and(|relay| relay == name)
        };
        if renamed.is_some() && self.found.iter().any(is_found_again) {
            // The incident with the new name tells it.
            return Some(Input::Supersede);
        }
        if is_of_address(code) && self.is_of_other_host(incident) {
            return Some(Input::Retire);
        }
        let object = renamed.map(|name| incident.object.replacen(relay_of(incident), name, 1));
        if !self.is_over(code, object.as_ref().unwrap_or(&incident.object), incident.since) {
            return None;
        }
        let is_replaced = |(relay, since): &(String, Timestamp)| relay == name && incident.since < *since;
        if self.superseded.contains(&code) {
            Some(Input::Supersede)
        } else if self.retired.contains(&code)
            || is_of_settings(code) && self.replaced.iter().any(is_replaced)
            || self.is_of_other_host(incident)
        {
            Some(Input::Retire)
        } else {
            Some(Input::Clear)
        }
    }

    /// True if the incident names another host or port than its relay has now. The new one may work, and the former still have its fault.
    fn is_of_other_host(&self, incident: &Incident) -> bool {
        let host = self
            .subjects
            .as_ref()
            .and_then(|subjects| subjects.host_of(subjects.renamed(incident).or_else(|| incident.relay())?));
        host.zip(incident.facts.get("host")).is_some_and(|(now, then)| now != *then)
    }

    /// True if an open incident with this code and object, raised at this time, has ended.
    pub(crate) fn is_over(&self, code: OwnCode, object: &str, raised: Timestamp) -> bool {
        let keeps = |unknown: &Unknown| {
            unknown.code == code && unknown.object.as_deref().is_none_or(|of| of == object) && raised >= unknown.since
        };
        self.checked.contains(&code)
            && !self.found.iter().any(|condition| condition.code == code && condition.object == object)
            && !self.unknown.iter().any(keeps)
    }
}

impl Extend<Condition> for Observation {
    fn extend<T: IntoIterator<Item = Condition>>(&mut self, found: T) {
        self.found.extend(found);
    }
}

/// True for a fault that other settings of its relay may not have: they end it without a proof that it is mended.
fn is_of_settings(code: OwnCode) -> bool {
    FAULTS.contains(&code) || code == OwnCode::RelaySenderRefused
}

/// True for a finding about what the relay shows at one address. Another address ends it at once, also while it cannot be reached.
fn is_of_address(code: OwnCode) -> bool {
    code == OwnCode::RelayCertificateExpiring
}

#[cfg(test)]
mod tests {
    use model::event::{EventKind, Facts, Severity};
    use model::id::IncidentId;
    use model::incident::NewIncident;

    use super::*;

    const A: OwnCode = OwnCode::RelayNone;
    const B: OwnCode = OwnCode::RelayUnreachable;
    const C: OwnCode = OwnCode::RelayRefused;
    const D: OwnCode = OwnCode::QueueStuck;

    #[test]
    fn only_checked_and_observable_incident_is_over() {
        let mut observation = Observation::default();
        let begun = Timestamp::from_secs(100);
        assert!(!observation.is_over(A, "", begun), "not checked");
        observation.mark_checked(&[A, B, C]);
        let raised = Raised { severity: Severity::Error, facts: Facts::new(), step: None };
        observation.extend([Condition { code: A, object: "1".into(), raised }]);
        observation.mark_unknown(B);
        observation.mark_unknown_of(C, "1");
        let over = |code, object| observation.is_over(code, object, begun);
        assert_eq!((over(A, "1"), over(A, "2")), (false, true));
        assert_eq!((over(B, "1"), over(B, "2")), (false, false));
        assert_eq!((over(C, "1"), over(C, "2")), (false, true));
        observation.mark_checked(&[D]);
        observation.mark_unknown_since(D, "1", begun);
        let over = |raised| observation.is_over(D, "1", raised);
        assert_eq!((over(begun), over(Timestamp::from_secs(99))), (false, true), "of former settings");
    }

    fn incident(code: OwnCode, object: &str, facts: &[(&str, &str)]) -> Incident {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Facts>();
        let new =
            NewIncident { id: IncidentId(1), kind: EventKind::Lasting, code: code.into(), object, by: "node", inhibited: false };
        Incident::begin(new, Raised { severity: Severity::Error, facts, step: None }, Timestamp::from_secs(100)).0
    }

    /// A fault ends as resolved only if something shows that it was mended.
    #[test]
    fn end_tells_whether_the_fault_was_mended() {
        let refused = incident(OwnCode::RelaySigninRefused, "main", &[("relay", "main")]);
        let none = incident(OwnCode::RelayNone, "", &[("relay", "main")]);
        let sender = incident(OwnCode::RelaySenderRefused, "main a@x", &[("relay", "main"), ("sender", "a@x")]);
        let observed = |change: fn(&mut Observation)| {
            let mut observation = Observation::default();
            observation.mark_checked(&[refused.code.own(), none.code.own(), sender.code.own()].map(Option::unwrap));
            change(&mut observation);
            [&refused, &none, &sender].map(|incident| observation.end_of(incident))
        };
        let clear = || Some(Input::Clear);
        assert_eq!(observed(|_| {}), [clear(), clear(), clear()]);
        let replaced = observed(|observation| observation.mark_replaced("main", Timestamp::from_secs(200)));
        assert_eq!(replaced, [Some(Input::Retire), clear(), Some(Input::Retire)], "new settings, and nothing has worked since");
        let earlier = observed(|observation| observation.mark_replaced("main", Timestamp::from_secs(50)));
        assert_eq!(earlier, [clear(), clear(), clear()], "it was found under these settings");
        let told = observed(|observation| observation.mark_superseded(OwnCode::RelayNone));
        assert_eq!(told, [clear(), Some(Input::Supersede), clear()]);
        let unknown = observed(|observation| observation.mark_unknown(OwnCode::RelaySigninRefused));
        assert_eq!(unknown, [None, clear(), clear()]);
        let found = observed(|observation| {
            let raised = Raised { severity: Severity::Error, facts: Facts::new(), step: None };
            observation.extend([Condition { code: OwnCode::RelaySenderRefused, object: "main a@x".into(), raised }]);
        });
        assert_eq!(found, [clear(), clear(), None]);
    }
}
