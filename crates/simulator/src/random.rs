//! Random numbers from a seed (SplitMix64): the same on every machine and in every version.

#[derive(Clone, Debug)]
pub(crate) enum Random {
    Seeded(u64),
    /// Always the lowest number, and never the rare case.
    #[cfg(test)]
    Lowest,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self::Seeded(seed)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        match self {
            Self::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (mixed ^ (mixed >> 31)) % bound
            }
            #[cfg(test)]
            Self::Lowest => 0,
        }
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in this many of a thousand cases.
    pub(crate) fn per_mille(&mut self, cases: u64) -> bool {
        // The highest numbers are the rare case.
        self.below(1000) >= 1000 - cases.min(1000)
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let last = list.len() as u64 - 1;
        &list[usize::try_from(self.within(0, last)).unwrap_or(0)]
    }
}
