//! A point in time. All times that the node stores, serves or compares have this one form.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Milliseconds of a second, an hour and a day.
const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// Largest difference between two clocks that tokens and TLS tolerate.
pub const SKEW_MAX: Duration = Duration::from_mins(5);

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

    /// Unix seconds, as tokens, certificates and webhooks have them.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Whole Unix seconds, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// The time that has passed since `earlier`; zero if the clock was set back in between.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The time between both, whichever is earlier. Use it where a clock that was set back must not pass for a long wait.
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// The time from `other` to this one, negative if this one is earlier. For two clocks, where either may be ahead.
    pub fn ahead_of(self, other: Self) -> SignedDuration {
        SignedDuration::from_millis(self.0.saturating_sub(other.0))
    }

    /// The time halfway between both.
    pub const fn midpoint(self, other: Self) -> Self {
        Self(self.0.midpoint(other.0))
    }

    /// Whole days left until `end`, rounded down; negative from the end on.
    pub const fn days_until(self, end: Self) -> i64 {
        end.0.saturating_sub(self.0).div_euclid(DAY)
    }

    /// Date and time in UTC, to the second (RFC 3339); the number of milliseconds if it is beyond the calendar.
    pub fn in_utc(self) -> String {
        jiff::Timestamp::try_from(self).map_or_else(|_| self.0.to_string(), |at| format!("{at:.0}"))
    }

    /// The number of whole hours since 1970. Figures are counted by the hour.
    pub const fn hour(self) -> i64 {
        self.0.div_euclid(HOUR)
    }

    /// The start of an hour, counted as [`Timestamp::hour`] does.
    pub const fn from_hour(hour: i64) -> Self {
        Self(hour.saturating_mul(HOUR))
    }
}

/// The difference between two clocks in minutes, whichever is ahead.
pub fn skew_minutes(skew: SignedDuration) -> u64 {
    (skew.unsigned_abs() + Duration::from_secs(30)).as_secs() / 60
}

/// Milliseconds of a duration. A duration beyond the range counts as the longest one.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Fails for a time beyond the calendar.
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(at: Timestamp) -> Result<Self, jiff::Error> {
        Self::from_millisecond(at.0)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

/// A step of the clock, in either direction.
impl Add<SignedDuration> for Timestamp {
    type Output = Self;

    fn add(self, step: SignedDuration) -> Self {
        if step.is_negative() { self - step.unsigned_abs() } else { self + step.unsigned_abs() }
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
        assert_eq!(noon.ahead_of(noon + DAY), SignedDuration::from_hours(-24));
        assert_eq!(noon + SignedDuration::from_hours(-24), noon - DAY);
        assert_eq!(Timestamp::from_secs(i64::MAX), Timestamp::MAX);
    }

    #[test]
    fn days_left_are_rounded_down() {
        let noon = Timestamp::from_secs(1_800_000_000);
        let left = |end: Timestamp| noon.days_until(end);
        assert_eq!([noon + DAY, noon + DAY / 2, noon, noon - DAY / 2, noon - DAY].map(left), [1, 0, 0, -1, -1]);
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
