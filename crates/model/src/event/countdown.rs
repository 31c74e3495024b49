//! What ends on a day that is known: told at each step, and worse the nearer it comes.

use super::Severity;

const DAY: i64 = 86_400_000;

/// Days before the end at which somebody is told, the farthest first. The end itself is always one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown(pub &'static [i64]);

/// Permissions of providers.
pub const PERMISSION: Countdown = Countdown(&[14, 7, 3, 1]);
/// Client secrets, and applications' certificates.
pub const SECRET: Countdown = Countdown(&[60, 30, 14, 7, 3, 1]);
/// Certificates of nodes and relays.
pub const NODE_CERTIFICATE: Countdown = Countdown(&[90, 30, 14, 7, 1]);

impl Countdown {
    /// The step reached when so many milliseconds are left: the nearest one, 0 from the end on. `None` before the first.
    pub fn step(self, left: i64) -> Option<i64> {
        if left <= 0 {
            return Some(0);
        }
        self.0.iter().copied().filter(|days| left <= days * DAY).min()
    }

    /// How bad a step is.
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
    fn each_step_is_reached_at_its_day_and_the_end_is_the_last() {
        let at = |days: i64| SECRET.step(days * DAY);
        assert_eq!(SECRET.step(60 * DAY + 1), None);
        assert_eq!(
            [60, 59, 30, 20, 14, 7, 5, 3, 2, 1, 0, -4].map(at),
            [Some(60), Some(60), Some(30), Some(30), Some(14), Some(7), Some(7), Some(3), Some(3), Some(1), Some(0), Some(0)]
        );
        let severities: Vec<_> = [90, 14, 7, 3, 1, 0].map(Countdown::severity).into();
        assert!(severities.is_sorted(), "it never grows milder: {severities:?}");
    }
}
