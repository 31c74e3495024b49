//! The observation: conditions that one round of the watch found, and codes that it could not check.

use model::incident::Raised;
use model::time::Timestamp;

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) code: &'static str,
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
    checked: Vec<&'static str>,
    found: Vec<Condition>,
    unknown: Vec<Unknown>,
}

/// A code that could not be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unknown {
    code: &'static str,
    /// `None`: all objects.
    object: Option<String>,
    /// Keeps only incidents that were raised at this time or later.
    since: Timestamp,
}

impl Observation {
    /// Marks codes as checked.
    pub(crate) fn mark_checked(&mut self, codes: &[&'static str]) {
        self.checked.extend(codes);
    }

    pub(crate) fn found(&self) -> &[Condition] {
        &self.found
    }

    /// Marks a code as unknown for all objects.
    pub(crate) fn mark_unknown(&mut self, code: &'static str) {
        self.unknown.push(Unknown { code, object: None, since: Timestamp::MIN });
    }

    /// Marks a code as unknown for one object.
    pub(crate) fn mark_unknown_of(&mut self, code: &'static str, object: &str) {
        self.mark_unknown_since(code, object, Timestamp::MIN);
    }

    /// Marks a code as unknown for one object, whose settings are in force since then.
    pub(crate) fn mark_unknown_since(&mut self, code: &'static str, object: &str, since: Timestamp) {
        self.unknown.push(Unknown { code, object: Some(object.to_owned()), since });
    }

    /// True if an open incident with this code and object, raised at this time, has ended.
    pub(crate) fn is_over(&self, code: &str, object: &str, raised: Timestamp) -> bool {
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

    #[test]
    fn only_checked_and_observable_incident_is_over() {
        let mut observation = Observation::default();
        let begun = Timestamp::from_secs(100);
        assert!(!observation.is_over("a", "", begun), "not checked");
        observation.mark_checked(&["a", "b", "c"]);
        let raised = Raised { severity: Severity::Error, facts: Facts::new(), step: None };
        observation.extend([Condition { code: "a", object: "1".into(), raised }]);
        observation.mark_unknown("b");
        observation.mark_unknown_of("c", "1");
        let over = |code, object| observation.is_over(code, object, begun);
        assert_eq!((over("a", "1"), over("a", "2")), (false, true));
        assert_eq!((over("b", "1"), over("b", "2")), (false, false));
        assert_eq!((over("c", "1"), over("c", "2")), (false, true));
        observation.mark_checked(&["d"]);
        observation.mark_unknown_since("d", "1", begun);
        let over = |raised| observation.is_over("d", "1", raised);
        assert_eq!((over(begun), over(Timestamp::from_secs(99))), (false, true), "of former settings");
    }
}
