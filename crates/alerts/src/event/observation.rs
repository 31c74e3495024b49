//! The observation: conditions that one round of the watch found, and codes that it could not check.

use model::incident::Raised;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    checked: Vec<&'static str>,
    found: Vec<Condition>,
    /// A code, for one object or (`None`) for all.
    unknown: Vec<(&'static str, Option<String>)>,
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
        self.unknown.push((code, None));
    }

    /// Marks a code as unknown for one object.
    pub(crate) fn mark_unknown_of(&mut self, code: &'static str, object: &str) {
        self.unknown.push((code, Some(object.to_owned())));
    }

    /// True if an open incident with this code and object has ended.
    pub(crate) fn is_over(&self, code: &str, object: &str) -> bool {
        let same = |of: &Option<String>| of.as_deref().is_none_or(|of| of == object);
        self.checked.contains(&code)
            && !self.found.iter().any(|condition| condition.code == code && condition.object == object)
            && !self.unknown.iter().any(|(of, which)| *of == code && same(which))
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
        assert!(!observation.is_over("a", ""), "nobody looked");
        observation.mark_checked(&["a", "b", "c"]);
        let raised = Raised { severity: Severity::Error, facts: Facts::new(), step: None };
        observation.extend([Condition { code: "a", object: "1".into(), raised }]);
        observation.mark_unknown("b");
        observation.mark_unknown_of("c", "1");
        let over = |code, object| observation.is_over(code, object);
        assert_eq!((over("a", "1"), over("a", "2")), (false, true));
        assert_eq!((over("b", "1"), over("b", "2")), (false, false));
        assert_eq!((over("c", "1"), over("c", "2")), (false, true));
    }
}
