//! Refuses requests of an earlier activation.

use model::failover::Ballot;

/// The highest ballot that was seen. A process of an earlier activation that wakes up late cannot set an address any more.
#[derive(Clone, Copy, Debug)]
pub struct BallotFence {
    highest: Ballot,
}

impl Default for BallotFence {
    fn default() -> Self {
        Self { highest: Ballot::NONE }
    }
}

impl BallotFence {
    /// Notes a ballot. Returns the highest one if this one is below it.
    pub fn pass(&mut self, ballot: Ballot) -> Result<(), Ballot> {
        if ballot < self.highest {
            return Err(self.highest);
        }
        self.highest = ballot;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use model::failover::PairMember;

    use super::*;

    #[test]
    fn earlier_ballot_is_refused_and_the_same_passes() {
        let ballot = |term, member| Ballot { term, member };
        let mut fence = BallotFence::default();
        let rows = [
            (ballot(3, PairMember::First), Ok(())),
            (ballot(3, PairMember::First), Ok(())),
            (ballot(2, PairMember::Second), Err(ballot(3, PairMember::First))),
            (ballot(3, PairMember::Second), Ok(())),
            (ballot(3, PairMember::First), Err(ballot(3, PairMember::Second))),
            (ballot(9, PairMember::First), Ok(())),
            (Ballot::NONE, Err(ballot(9, PairMember::First))),
        ];
        for (ballot, expected) in rows {
            assert_eq!(fence.pass(ballot), expected, "{ballot}");
        }
    }
}
