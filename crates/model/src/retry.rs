//! When a deferred recipient is tried again, and when we give up.

use std::time::Duration;

/// 1, 2, 5, 10, 20, 40, 60 minutes, then hourly.
const STEPS_MIN: [u64; 7] = [1, 2, 5, 10, 20, 40, 60];
/// Giving up needs at least so many failed attempts, so that a clock that jumps empties nothing.
pub const FAILURES_MIN: u32 = 12;
/// Time held counts for nothing, up to this ceiling.
pub const HELD_MAX: Duration = Duration::from_secs(30 * 86_400);
/// The longest step; a due time further away than this comes from a clock that was wrong, and counts as due.
pub const STEP_MAX: Duration = Duration::from_secs(3600);

/// The wait behind the `failures`-th failed attempt (counted from 1), spread by up to a tenth: `chance` is in 0..=255.
pub fn wait(failures: u32, chance: u8) -> Duration {
    let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX).min(STEPS_MIN.len() - 1);
    let base = Duration::from_secs(STEPS_MIN[step] * 60);
    // Earlier rather than later, so that the longest wait stays STEP_MAX.
    base - base.mul_f64(f64::from(chance) / 2550.0)
}

/// Whether a message waiting since `age`, of which `held` does not count, is given up.
pub fn give_up(age: Duration, held: Duration, failures: u32, after: Duration) -> bool {
    failures >= FAILURES_MIN && age.saturating_sub(held.min(HELD_MAX)) >= after
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn the_steps_are_the_documented_ones_and_never_longer_than_an_hour() {
        let minutes: Vec<u64> = (1..=9).map(|n| wait(n, 0).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 5, 10, 20, 40, 60, 60, 60]);
        assert!(wait(u32::MAX, 255) >= Duration::from_secs(3200));
        assert!((0..=255).all(|chance| wait(7, chance) <= STEP_MAX));
    }

    #[test]
    fn a_clock_that_jumps_by_a_year_empties_nothing() {
        assert!(!give_up(365 * DAY, Duration::ZERO, 11, 5 * DAY));
        assert!(give_up(5 * DAY, Duration::ZERO, 12, 5 * DAY));
    }

    #[test]
    fn time_held_does_not_count_but_has_a_ceiling() {
        assert!(!give_up(20 * DAY, 18 * DAY, 50, 5 * DAY));
        assert!(give_up(36 * DAY, 36 * DAY, 12, 5 * DAY));
        assert!(!give_up(31 * DAY, 31 * DAY, 1, 5 * DAY), "released after a month, it has its attempts before it");
    }
}
