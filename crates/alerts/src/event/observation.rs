//! The observation: conditions that one round of the watch found, and codes that it could not check.

use model::event::OwnCode;
use model::incident::Raised;
use model::time::Timestamp;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    checked: Vec<OwnCode>,
    found: Vec<Condition>,
    unknown: Vec<Unknown>,
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

#[cfg(test)]
mod tests {
    use model::event::{Facts, Severity};

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
}
