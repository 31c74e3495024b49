//! The allowance of a program: the bytes that it may still add to the history of events. A token bucket, so that a program
//! that raises and resolves in a loop fills no disk. Other programs are not affected.

use crate::event::Severity;
use crate::time::Timestamp;

/// Cost of one raise or resolve without its facts, in bytes: row, index entries, share of the incident's record.
const ACT_BYTES: u64 = 300;
/// Burst of a program, in bytes: 20,000 events with facts of 100 bytes, or 1,000 with facts of 8 KiB.
const BURST_BYTES: u64 = 8 << 20;
/// Sustained rate of a program, in bytes a second: 80 events with facts of 100 bytes.
const BYTES_PER_SECOND: u64 = 32 << 10;
/// The same for critical events, from a bucket of their own.
const CRITICAL_BURST_BYTES: u64 = 1 << 20;
const CRITICAL_BYTES_PER_SECOND: u64 = 4 << 10;

/// A token bucket; a token is one byte.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    burst: u64,
    per_second: u64,
    level: u64,
    /// The time up to which tokens were added.
    at: Timestamp,
}

impl Bucket {
    fn full(burst: u64, per_second: u64, now: Timestamp) -> Self {
        Self { burst, per_second, level: burst, at: now }
    }

    /// Adds the tokens for the time passed. A clock that was set back adds and removes none.
    fn fill(&mut self, now: Timestamp) {
        let passed = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        let gain = passed.saturating_mul(self.per_second) / 1000;
        if gain > 0 || now < self.at {
            self.level = self.level.saturating_add(gain).min(self.burst);
            self.at = now;
        }
    }

    /// Takes this many tokens if there are so many.
    fn take(&mut self, cost: u64, now: Timestamp) -> bool {
        self.fill(now);
        let enough = self.level >= cost;
        if enough {
            self.level -= cost;
        }
        enough
    }
}

/// The allowance of one program.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    ordinary: Bucket,
    critical: Bucket,
}

impl Allowance {
    pub fn new(now: Timestamp) -> Self {
        Self {
            ordinary: Bucket::full(BURST_BYTES, BYTES_PER_SECOND, now),
            critical: Bucket::full(CRITICAL_BURST_BYTES, CRITICAL_BYTES_PER_SECOND, now),
        }
    }

    /// Takes the cost of one event with so many bytes of facts. False if the program has to wait. A critical event may use
    /// its own bucket when the ordinary one is empty.
    pub fn spend(&mut self, severity: Severity, facts: usize, now: Timestamp) -> bool {
        let cost = ACT_BYTES + u64::try_from(facts).unwrap_or(u64::MAX / 2);
        self.ordinary.take(cost, now) || (severity == Severity::Critical && self.critical.take(cost, now))
    }

    /// True if both buckets are full: the program need not be remembered.
    pub fn is_full(&mut self, now: Timestamp) -> bool {
        self.ordinary.fill(now);
        self.critical.fill(now);
        self.ordinary.level == BURST_BYTES && self.critical.level == CRITICAL_BURST_BYTES
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn storm_of_small_events_passes() {
        let mut allowance = Allowance::new(Timestamp::EPOCH);
        assert!((0..10_000).all(|_| allowance.spend(Severity::Error, 100, Timestamp::EPOCH)));
    }

    #[test]
    fn loop_of_large_events_ends_and_critical_ones_pass() {
        let mut allowance = Allowance::new(Timestamp::EPOCH);
        let taken = (0..100_000).take_while(|_| allowance.spend(Severity::Error, 8192, Timestamp::EPOCH)).count();
        assert!((900..=1000).contains(&taken), "{taken}");
        assert!((0..100).all(|_| allowance.spend(Severity::Critical, 8192, Timestamp::EPOCH)));
        assert!(!allowance.spend(Severity::Error, 8192, Timestamp::EPOCH));
        assert!(allowance.spend(Severity::Error, 8192, Timestamp::from_secs(1)), "a second later one passes");
    }

    proptest! {
        /// Over any span, a program writes at most its bursts and its rates.
        #[test]
        fn total_is_bounded_over_any_steps(steps in prop::collection::vec((-2000i64..5000, 0usize..9000, any::<bool>()), 1..400)) {
            let (mut allowance, mut now, mut forward, mut total) = (Allowance::new(Timestamp::EPOCH), 0i64, 0u64, 0u64);
            for (step, facts, critical) in steps {
                now += step;
                forward += u64::try_from(step).unwrap_or(0);
                let severity = if critical { Severity::Critical } else { Severity::Warning };
                if allowance.spend(severity, facts, Timestamp::from_millis(now)) {
                    total += ACT_BYTES + facts as u64;
                }
            }
            let bound = BURST_BYTES + CRITICAL_BURST_BYTES + (forward * (BYTES_PER_SECOND + CRITICAL_BYTES_PER_SECOND)) / 1000;
            prop_assert!(total <= bound, "{total} > {bound}");
        }
    }
}
