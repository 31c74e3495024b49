//! A condition that begins after some failed checks in a row, and ends after some good ones.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debounced {
    failed: u32,
    good: u32,
    is_open: bool,
}

impl Debounced {
    /// Counts a failed check. The condition begins after `rounds` of them in a row.
    pub(super) fn fail(&mut self, rounds: u32) {
        (self.failed, self.good) = (self.failed.saturating_add(1), 0);
        self.is_open |= self.failed >= rounds;
    }

    /// Counts a good check. The condition ends after `rounds` of them in a row.
    pub(super) fn pass(&mut self, rounds: u32) {
        (self.failed, self.good) = (0, self.good.saturating_add(1));
        self.is_open &= self.good < rounds;
    }

    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// True if the condition is not open, and no failed check counts towards it.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_open && self.failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_begins_and_ends_after_rounds_in_a_row() {
        let mut condition = Debounced::default();
        let states = [true, false, true, true, false, true, false, false].map(|holds| {
            if holds {
                condition.fail(2);
            } else {
                condition.pass(2);
            }
            condition.is_open()
        });
        assert_eq!(states, [false, false, false, true, true, true, true, false]);
    }
}
