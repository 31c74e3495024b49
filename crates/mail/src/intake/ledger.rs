//! Shares a fixed amount of memory between callers. Pure: no clock, no locks, no waiting.
//!
//! A caller may hold at most as much as all callers together leave free (dynamic thresholds, Choudhury and Hahne 1998).
//! A single caller gets half. Each further caller gets a part of the rest, and some memory stays free at every moment.
//! A part is kept for callers that hold little, so that small messages pass while large ones fill the memory.

use std::collections::HashMap;
use std::net::IpAddr;

/// The owner of a share of the memory. An SMTP listener names its callers in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A token, a local user or a signed-in account.
    Known(Box<str>),
    /// A remote address that has not signed in. IPv6 counts by its /64, since a host has a whole one.
    Stranger(IpAddr),
}

impl Caller {
    pub fn known(name: impl Into<Box<str>>) -> Self {
        Self::Known(name.into())
    }

    pub fn stranger(address: IpAddr) -> Self {
        Self::Stranger(network(address))
    }
}

/// The addresses of one host: an IPv4 address, or a /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

/// The division of the memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemoryBounds {
    pub(super) total: usize,
    /// Part for callers that hold at most `little`.
    pub(super) kept: usize,
    pub(super) little: usize,
    /// Maximum for all strangers together.
    pub(super) strangers: usize,
}

/// The reason why there is no room for a claim now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    #[error("the caller has used its share of the memory for messages")]
    Share,
    #[error("the memory for messages is full")]
    Full,
}

/// The bytes that each caller holds.
#[derive(Debug)]
pub(super) struct Ledger {
    bounds: MemoryBounds,
    pub(super) used: usize,
    strangers: usize,
    callers: HashMap<Caller, usize>,
}

impl Ledger {
    pub(super) fn new(bounds: MemoryBounds) -> Self {
        Self { bounds, used: 0, strangers: 0, callers: HashMap::new() }
    }

    fn held(&self, caller: &Caller) -> usize {
        self.callers.get(caller).copied().unwrap_or(0)
    }

    /// Adds bytes to a caller's share. Changes nothing on `Err`.
    pub(super) fn claim(&mut self, caller: &Caller, bytes: usize) -> Result<(), NoRoom> {
        let used = self.used.saturating_add(bytes);
        let held = self.held(caller).saturating_add(bytes);
        let MemoryBounds { total, kept, little, strangers } = self.bounds;
        if used > total {
            return Err(NoRoom::Full);
        }
        if held > little && used > total - kept {
            return Err(NoRoom::Full);
        }
        if held > little && held > total - kept - used {
            return Err(NoRoom::Share);
        }
        if matches!(caller, Caller::Stranger(_)) {
            let all = self.strangers.saturating_add(bytes);
            if all > strangers {
                return Err(NoRoom::Full);
            }
            if held > strangers - all {
                return Err(NoRoom::Share);
            }
            self.strangers = all;
        }
        self.used = used;
        if bytes > 0 {
            self.callers.insert(caller.clone(), held);
        }
        Ok(())
    }

    /// Gives claimed bytes back.
    pub(super) fn release(&mut self, caller: &Caller, bytes: usize) {
        let Some(held) = self.callers.get_mut(caller) else { return };
        let bytes = bytes.min(*held);
        *held -= bytes;
        if *held == 0 {
            self.callers.remove(caller);
        }
        self.used -= bytes;
        if matches!(caller, Caller::Stranger(_)) {
            self.strangers -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOUNDS: MemoryBounds = MemoryBounds { total: 1000, kept: 100, little: 10, strangers: 80 };

    fn token(n: usize) -> Caller {
        Caller::known(format!("token#{n}"))
    }

    /// Claims bytes singly until there is no room.
    fn fill(ledger: &mut Ledger, caller: &Caller) -> usize {
        while ledger.claim(caller, 1).is_ok() {}
        ledger.held(caller)
    }

    #[test]
    fn single_caller_gets_half() {
        let mut ledger = Ledger::new(BOUNDS);
        assert_eq!(fill(&mut ledger, &token(1)), 450);
        assert_eq!(ledger.claim(&token(1), 1), Err(NoRoom::Share));
    }

    #[test]
    fn greedy_callers_leave_room_for_next_caller() {
        for greedy in [1, 2, 4, 20] {
            let mut ledger = Ledger::new(BOUNDS);
            // All at the same time, as on the network.
            let mut more = true;
            while more {
                more = (0..greedy).filter(|n| ledger.claim(&token(*n), 1).is_ok()).count() > 0;
            }
            let next = 900 / (2 * (greedy + 1));
            assert_eq!(ledger.claim(&token(99), next), Ok(()), "{greedy} callers hold {}", ledger.used);
        }
    }

    #[test]
    fn kept_part_serves_small_callers() {
        let mut ledger = Ledger::new(BOUNDS);
        for n in 0..200 {
            fill(&mut ledger, &token(n));
        }
        assert_eq!(ledger.claim(&token(300), 11), Err(NoRoom::Full), "more than a little");
        let mut ledger = Ledger::new(BOUNDS);
        for n in 0..10 {
            fill(&mut ledger, &token(n));
        }
        for n in 20..25 {
            assert_eq!(ledger.claim(&token(n), 10), Ok(()), "{n}: a little has room while others fill the rest");
        }
    }

    #[test]
    fn strangers_share_a_separate_part() {
        let mut ledger = Ledger::new(BOUNDS);
        let stranger = |n: u8| Caller::stranger([192, 0, 2, n].into());
        assert_eq!(fill(&mut ledger, &stranger(1)), 40);
        for n in 2..=255 {
            fill(&mut ledger, &stranger(n));
        }
        assert!(ledger.used <= 80, "{}", ledger.used);
        assert_eq!(ledger.claim(&token(1), 400), Ok(()));
    }

    #[test]
    fn hosts_are_told_apart_by_address_or_network() {
        for (first, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let caller = |text: &str| Caller::stranger(text.parse().expect("an address"));
            assert_eq!(caller(first) == caller(other), same, "{first} {other}");
        }
    }

    #[derive(Clone, Debug)]
    enum LedgerAct {
        Claim(usize, usize),
        Release(usize),
    }

    fn act() -> impl Strategy<Value = LedgerAct> {
        prop_oneof![2 => (0_usize..12, 0_usize..300).prop_map(|(n, bytes)| LedgerAct::Claim(n, bytes)), 1 => (0_usize..100).prop_map(LedgerAct::Release)]
    }

    proptest! {
        #[test]
        fn ledger_balances_after_any_claims_and_releases(acts in proptest::collection::vec(act(), 1..400)) {
            let mut ledger = Ledger::new(BOUNDS);
            let mut claims: Vec<(Caller, usize)> = Vec::new();
            let is_stranger = |caller: &Caller| matches!(caller, Caller::Stranger(_));
            for act in acts {
                match act {
                    LedgerAct::Claim(n, bytes) => {
                        let address = [10, 0, 0, u8::try_from(n).expect("small")];
                        let caller = if n < 6 { token(n) } else { Caller::stranger(address.into()) };
                        if ledger.claim(&caller, bytes).is_ok() {
                            claims.push((caller, bytes));
                        }
                    }
                    LedgerAct::Release(n) if !claims.is_empty() => {
                        let (caller, bytes) = claims.swap_remove(n % claims.len());
                        ledger.release(&caller, bytes);
                    }
                    LedgerAct::Release(_) => {}
                }
                let sum: usize = claims.iter().map(|(_, bytes)| bytes).sum();
                prop_assert!(ledger.used == sum && sum <= BOUNDS.total);
                let strangers: usize = claims.iter().filter(|(caller, _)| is_stranger(caller)).map(|(_, bytes)| bytes).sum();
                prop_assert!(strangers <= BOUNDS.strangers);
            }
            claims.iter().for_each(|(caller, bytes)| ledger.release(caller, *bytes));
            prop_assert!(ledger.used == 0 && ledger.callers.is_empty() && ledger.strangers == 0);
        }
    }
}
