//! Countdowns to a known end, such as that of a certificate. Each step is reported; the severity grows towards the end.

use std::time::Duration;

use super::Severity;

const DAY: Duration = Duration::from_hours(24);

/// Days before the end at which the contacts are told, the farthest first. The end itself is always a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown(pub &'static [u16]);

/// Permissions of providers.
pub const PERMISSION_COUNTDOWN: Countdown = Countdown(&[14, 7, 3, 1]);
/// Client secrets, and applications' certificates.
pub const SECRET_COUNTDOWN: Countdown = Countdown(&[60, 30, 14, 7, 3, 1]);
/// Certificates of nodes and relays.
pub const CERTIFICATE_COUNTDOWN: Countdown = Countdown(&[90, 30, 14, 7, 1]);

impl Countdown {
    /// The step that is reached when this time is left, in days. 0 from the end on, `None` before the first step.
    pub fn step(self, left: Duration) -> Option<i64> {
        if left.is_zero() {
            return Some(0);
        }
        self.0.iter().copied().filter(|days| left <= u32::from(*days) * DAY).min().map(i64::from)
    }

    /// Severity of a step.
    pub fn severity(step: i64) -> Severity {
        match step {
            ..=0 => Severity::Critical,
            1..=3 => Severity::Error,
            4..=14 => Severity::Warning,
            _ => Severity::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countdown_reaches_each_step_on_its_day() {
        let at = |days: u32| SECRET_COUNTDOWN.step(days * DAY);
        assert_eq!(SECRET_COUNTDOWN.step(60 * DAY + Duration::from_millis(1)), None);
        assert_eq!(
            [60, 59, 30, 20, 14, 7, 5, 3, 2, 1, 0].map(at),
            [Some(60), Some(60), Some(30), Some(30), Some(14), Some(7), Some(7), Some(3), Some(3), Some(1), Some(0)]
        );
        let severities: Vec<_> = [90, 14, 7, 3, 1, 0].map(Countdown::severity).into();
        assert!(severities.is_sorted(), "it never grows milder: {severities:?}");
    }
}
