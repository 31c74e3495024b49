//! What one look has seen, and what it could not see.

use model::incident::Raised;

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) code: &'static str,
    pub(crate) object: String,
    pub(crate) raised: Raised,
}

/// What was looked for, what of it holds, and what nobody can say: what could not be read, and what only time or the next
/// connection will show. An incident is over when it was looked for and is not there; any other stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    codes: Vec<&'static str>,
    found: Vec<Condition>,
    /// A code, of one object or of all.
    unknown: Vec<(&'static str, Option<String>)>,
}

impl Seen {
    /// These are looked for.
    pub(crate) fn look_for(&mut self, codes: &[&'static str]) {
        self.codes.extend(codes);
    }

    pub(crate) fn found(&self) -> &[Condition] {
        &self.found
    }

    /// Nothing can be said of this code.
    pub(crate) fn unknown(&mut self, code: &'static str) {
        self.unknown.push((code, None));
    }

    /// Nothing can be said of this code for one object.
    pub(crate) fn unknown_of(&mut self, code: &'static str, object: &str) {
        self.unknown.push((code, Some(object.to_owned())));
    }

    /// Whether what is open as this has ended.
    pub(crate) fn is_over(&self, code: &str, object: &str) -> bool {
        let same = |of: &Option<String>| of.as_deref().is_none_or(|of| of == object);
        self.codes.contains(&code)
            && !self.found.iter().any(|one| one.code == code && one.object == object)
            && !self.unknown.iter().any(|(of, which)| *of == code && same(which))
    }
}

impl Extend<Condition> for Seen {
    fn extend<T: IntoIterator<Item = Condition>>(&mut self, found: T) {
        self.found.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use model::event::{Facts, Severity};

    use super::*;

    #[test]
    fn only_what_was_looked_for_and_could_be_seen_is_over() {
        let mut seen = Seen::default();
        assert!(!seen.is_over("a", ""), "nobody looked");
        seen.look_for(&["a", "b", "c"]);
        let raised = Raised { severity: Severity::Error, facts: Facts::new(), step: None };
        seen.extend([Condition { code: "a", object: "1".into(), raised }]);
        seen.unknown("b");
        seen.unknown_of("c", "1");
        let over = |code, object| seen.is_over(code, object);
        assert_eq!((over("a", "1"), over("a", "2")), (false, true));
        assert_eq!((over("b", "1"), over("b", "2")), (false, false));
        assert_eq!((over("c", "1"), over("c", "2")), (false, true));
    }
}
