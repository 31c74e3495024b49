//! When a deferred recipient is tried again, and when it is given up.

use std::time::Duration;

/// Default waits: 1, 2, 5, 10, 20, 40, 60 minutes, then hourly.
const DEFAULT_MIN: [u64; 7] = [1, 2, 5, 10, 20, 40, 60];
/// Giving up needs at least so many failed attempts, so that a clock that jumps empties nothing.
pub const FAILURES_MIN: u32 = 12;
/// Time held counts for nothing, up to this ceiling.
pub const HELD_MAX: Duration = Duration::from_secs(30 * 86_400);
/// The longest wait. A due time more than twice as far away comes from a clock that was wrong, and counts as due.
pub const WAIT_MAX: Duration = Duration::from_secs(3600);
/// The shortest wait: a relay that defers is not asked more than once a second.
pub const WAIT_MIN: Duration = Duration::from_secs(1);
/// Waits that a schedule may name.
pub const WAITS_MAX: usize = 20;

/// The waits between the attempts of a deferred message. The last one repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl Default for RetrySchedule {
    fn default() -> Self {
        Self(DEFAULT_MIN.iter().map(|minutes| Duration::from_secs(minutes * 60)).collect())
    }
}

impl RetrySchedule {
    /// A schedule of these waits. `None` if there are none or over [`WAITS_MAX`], or if a wait is not between
    /// [`WAIT_MIN`] and [`WAIT_MAX`].
    pub fn new(waits: Vec<Duration>) -> Option<Self> {
        let fits = (1..=WAITS_MAX).contains(&waits.len()) && waits.iter().all(|wait| (WAIT_MIN..=WAIT_MAX).contains(wait));
        fits.then_some(Self(waits))
    }

    /// The wait after the `failures`-th failed attempt (counted from 1). `chance` (0 to 255) shortens it by up to a tenth,
    /// so that messages deferred together come back spread.
    pub fn wait(&self, failures: u32, chance: u8) -> Duration {
        let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX).min(self.0.len() - 1);
        let wait = self.0[step];
        // Earlier rather than later, so that the longest wait stays WAIT_MAX.
        wait - wait.mul_f64(f64::from(chance) / 2550.0)
    }
}

/// Whether a message that has failed for `age`, of which `held` does not count, is given up.
pub fn give_up(age: Duration, held: Duration, failures: u32, after: Duration) -> bool {
    failures >= FAILURES_MIN && age.saturating_sub(held.min(HELD_MAX)) >= after
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn default_waits_are_documented_and_at_most_an_hour() {
        let schedule = RetrySchedule::default();
        let minutes: Vec<u64> = (1..=9).map(|n| schedule.wait(n, 0).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 5, 10, 20, 40, 60, 60, 60]);
        assert!(schedule.wait(u32::MAX, 255) >= Duration::from_secs(3200));
        assert!((0..=255).all(|chance| schedule.wait(7, chance) <= WAIT_MAX));
    }

    #[test]
    fn schedule_takes_only_waits_within_bounds() {
        let of = |waits: &[Duration]| RetrySchedule::new(waits.to_vec()).is_some();
        assert!(of(&[WAIT_MIN]) && of(&[WAIT_MAX]) && of(&[WAIT_MIN; WAITS_MAX]));
        assert!(!of(&[]) && !of(&[WAIT_MIN; WAITS_MAX + 1]));
        assert!(!of(&[Duration::ZERO]) && !of(&[WAIT_MIN, Duration::from_millis(999)]) && !of(&[WAIT_MAX + WAIT_MIN]));
        let short = RetrySchedule::new(vec![Duration::from_secs(2), Duration::from_secs(3)]).expect("within bounds");
        assert_eq!([1, 2, 3, 99].map(|n| short.wait(n, 0).as_secs()), [2, 3, 3, 3]);
    }

    #[test]
    fn jump_of_the_clock_gives_nothing_up() {
        assert!(!give_up(365 * DAY, Duration::ZERO, 11, 5 * DAY));
        assert!(give_up(5 * DAY, Duration::ZERO, 12, 5 * DAY));
    }

    #[test]
    fn held_time_does_not_count_up_to_a_ceiling() {
        assert!(!give_up(20 * DAY, 18 * DAY, 50, 5 * DAY));
        assert!(give_up(36 * DAY, 36 * DAY, 12, 5 * DAY));
        assert!(!give_up(31 * DAY, 31 * DAY, 1, 5 * DAY), "released after a month, it has its attempts before it");
    }
}
