//! Members of a pair, and the ballots that order their activations.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two nodes of a pair. It keeps its place until the pair is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PairMember {
    /// The node that was the primary at the pairing.
    First,
    Second,
}

impl PairMember {
    pub fn peer(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Names one activation of one member. A member creates only ballots of its own, each above every ballot that it has seen. So a
/// ballot is never used twice, and the higher of two names the later activation. It is the fencing token of all messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ballot {
    pub term: u64,
    pub member: PairMember,
}

impl Ballot {
    /// Below every ballot of an activation.
    pub const NONE: Self = Self { term: 0, member: PairMember::First };

    /// The ballot of the next activation of this member, above `highest`.
    pub fn after(highest: Self, member: PairMember) -> Self {
        Self { term: highest.term.saturating_add(1), member }
    }
}

impl fmt::Display for Ballot {
    /// Such as `17.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.term, self.member as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_ballot_is_above_all_seen_and_own() {
        let theirs = Ballot { term: 4, member: PairMember::Second };
        let next = Ballot::after(theirs, PairMember::First);
        assert!(next > theirs && next.member == PairMember::First);
        assert!(Ballot::after(Ballot::NONE, PairMember::Second) > Ballot::after(Ballot::NONE, PairMember::First));
        assert_eq!(next.to_string(), "5.0");
    }
}
