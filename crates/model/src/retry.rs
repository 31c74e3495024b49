//! The retry schedule of deferred recipients, and the time to give up.

use std::time::Duration;

/// Default waits: 1, 2, 5, 10, 20, 40, 60 minutes, then hourly.
const DEFAULT_MINUTES: [u64; 7] = [1, 2, 5, 10, 20, 40, 60];
/// Fewest failed attempts before a message is given up.
pub const FAILURES_MIN: u32 = 12;
/// Also required: as many failed attempts as the schedule makes in this time, or in the time to give up if that is shorter. So a
/// jump of the clock does not make us give up a message that has failed for minutes only.
const FAILING_MIN: Duration = Duration::from_secs(6 * 3600);
/// Largest hold time subtracted from the age of a failure.
pub const HELD_MAX: Duration = Duration::from_secs(30 * 86_400);
/// The longest wait. A due time more than twice as far away comes from a wrong clock, and counts as due.
pub const WAIT_MAX: Duration = Duration::from_secs(3600);
/// The shortest wait of a message, before a random share of up to a tenth is subtracted.
pub const WAIT_MIN: Duration = Duration::from_secs(1);
/// Most waits in one schedule.
pub const WAITS_MAX: usize = 20;

/// The waits between the attempts of a deferred message. The last one repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl Default for RetrySchedule {
    fn default() -> Self {
        Self(DEFAULT_MINUTES.iter().map(|minutes| Duration::from_secs(minutes * 60)).collect())
    }
}

impl RetrySchedule {
    /// A schedule of these waits. `None` if there are none or over [`WAITS_MAX`], or if a wait is not between
    /// [`WAIT_MIN`] and [`WAIT_MAX`].
    pub fn new(waits: Vec<Duration>) -> Option<Self> {
        let fits = (1..=WAITS_MAX).contains(&waits.len()) && waits.iter().all(|wait| (WAIT_MIN..=WAIT_MAX).contains(wait));
        fits.then_some(Self(waits))
    }

    /// The wait after the `failures`-th failed attempt (counted from 1). `chance` (0 to 255) shortens it by up to a tenth.
    /// This spreads messages that were deferred together.
    pub fn wait(&self, failures: u32, chance: u8) -> Duration {
        let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX).min(self.0.len() - 1);
        let wait = self.0[step];
        // The wait is shortened, not lengthened, so that the longest one stays WAIT_MAX.
        wait - wait.mul_f64(f64::from(chance) / 2550.0)
    }
}

/// The failure history of a message.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    /// Time since its first failure, by the wall clock.
    pub age: Duration,
    /// The part of `age` for which it was held.
    pub held: Duration,
    pub failures: u32,
}

impl RetrySchedule {
    /// True if the message is to be given up. `after` is the time to give up from the settings.
    pub fn gives_up(&self, failing: Failing, after: Duration) -> bool {
        failing.failures >= self.failures_min(after) && failing.age.saturating_sub(failing.held.min(HELD_MAX)) >= after
    }

    /// Failures in [`FAILING_MIN`] or in `after`, whichever is shorter, by this schedule; at least [`FAILURES_MIN`].
    fn failures_min(&self, after: Duration) -> u32 {
        let mut left = FAILING_MIN.min(after);
        let mut count = 0_u128;
        for wait in &self.0 {
            if left.is_zero() {
                break;
            }
            left = left.saturating_sub(*wait);
            count += 1;
        }
        // The last wait repeats.
        let last = *self.0.last().unwrap_or(&WAIT_MAX);
        count += left.as_millis().div_ceil(last.as_millis().max(1));
        u32::try_from(count).unwrap_or(u32::MAX).max(FAILURES_MIN)
    }
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

    /// Decides by the default schedule, with five days as the time to give up.
    fn given_up(age: Duration, held: Duration, failures: u32) -> bool {
        RetrySchedule::default().gives_up(Failing { age, held, failures }, 5 * DAY)
    }

    /// Some waits of a schedule may lie beyond the six hours: those before count.
    #[test]
    fn required_failures_are_those_of_six_hours() {
        let of = |waits: &[(usize, u64)]| {
            let waits = waits.iter().flat_map(|(count, seconds)| vec![Duration::from_secs(*seconds); *count]).collect();
            RetrySchedule::new(waits).expect("within bounds")
        };
        const HOUR: Duration = Duration::from_secs(3600);
        for (waits, after, expected) in [
            (&[(1, 60)][..], 5 * DAY, 360),
            (&[(1, 3600)], 5 * DAY, FAILURES_MIN),
            (&[(12, 1), (8, 3600)], 5 * DAY, 18),
            (&[(14, 1), (6, 3600)], 5 * DAY, 20),
            (&[(20, 1800)], 5 * DAY, FAILURES_MIN),
            (&[(20, 60)], HOUR, 60),
            (&[(10, 60), (10, 600)], HOUR, 15),
        ] {
            assert_eq!(of(waits).failures_min(after), expected, "{waits:?} {after:?}");
        }
    }

    #[test]
    fn clock_jump_gives_no_message_up() {
        assert!(!given_up(365 * DAY, Duration::ZERO, 11));
        assert!(given_up(5 * DAY, Duration::ZERO, 12));
    }

    #[test]
    fn short_waits_need_more_failures() {
        let hour = Duration::from_secs(3600);
        for (waits, after, failures) in [
            (vec![WAIT_MIN], 5 * DAY, 6 * 3600),
            (vec![WAIT_MIN, WAIT_MAX], 5 * DAY, 12),
            (vec![Duration::from_secs(60)], 5 * DAY, 360),
            (vec![Duration::from_secs(60)], hour, 60),
            (vec![WAIT_MAX; WAITS_MAX], 5 * DAY, 12),
        ] {
            let schedule = RetrySchedule::new(waits.clone()).expect("within bounds");
            assert_eq!(schedule.failures_min(after), failures, "{waits:?} {after:?}");
        }
    }

    #[test]
    fn held_time_is_excluded_up_to_maximum() {
        assert!(!given_up(20 * DAY, 18 * DAY, 50));
        assert!(given_up(36 * DAY, 36 * DAY, 12));
        assert!(!given_up(31 * DAY, 31 * DAY, 1), "released after a month, it has its attempts before it");
    }
}
