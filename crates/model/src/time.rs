//! A point in time. All times that the node stores, serves or compares have this one form.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;

/// Milliseconds since 1970-01-01 UTC. Arithmetic saturates: a wrong clock must not end the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const EPOCH: Self = Self(0);
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The time that has passed since `earlier`; zero if the clock was set back in between.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The time between both, whichever is earlier. Use it where a clock that was set back must not pass for a long wait.
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// Date and time in UTC, to the second (RFC 3339); the number of milliseconds if it is beyond the calendar.
    pub fn in_utc(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |at| format!("{at:.0}"))
    }

    /// The number of whole hours since 1970. Figures are counted by the hour.
    pub const fn hour(self) -> i64 {
        self.0.div_euclid(HOUR_MS)
    }

    /// The start of an hour, counted as [`Timestamp::hour`] does.
    pub const fn from_hour(hour: i64) -> Self {
        Self(hour.saturating_mul(HOUR_MS))
    }
}

/// Milliseconds of a duration. A duration beyond the range counts as the longest one.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn arithmetic_saturates() {
        let noon = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!((noon + DAY).as_millis(), 1_800_086_400_000);
        assert_eq!(noon + DAY - DAY, noon);
        assert_eq!(Timestamp::MAX + DAY, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - DAY, Timestamp::MIN);
        assert_eq!(noon + Duration::MAX, Timestamp::MAX);
        assert_eq!((noon + DAY).since(noon), DAY);
        assert_eq!(noon.since(noon + DAY), Duration::ZERO, "the clock was set back");
        assert_eq!(noon.distance(noon + DAY), DAY);
        assert_eq!(Timestamp::MAX.since(Timestamp::MIN), Duration::from_millis(i64::MAX.unsigned_abs()));
    }

    #[test]
    fn hours_before_the_epoch_are_rounded_down() {
        for (millis, hour) in [(0, 0), (3_599_999, 0), (3_600_000, 1), (-1, -1), (-3_600_000, -1), (-3_600_001, -2)] {
            assert_eq!(Timestamp::from_millis(millis).hour(), hour, "{millis}");
            assert_eq!(Timestamp::from_hour(hour).hour(), hour);
        }
    }

    #[test]
    fn json_is_the_number_and_text_is_a_date() {
        let at = Timestamp::from_millis(1_800_000_000_999);
        assert_eq!(serde_json::to_string(&at).unwrap(), "1800000000999");
        assert_eq!(serde_json::from_str::<Timestamp>("1800000000999").unwrap(), at);
        assert_eq!(at.in_utc(), "2027-01-15T08:00:00Z");
        assert_eq!(Timestamp::MAX.in_utc(), i64::MAX.to_string());
    }
}
