//! Lines of the log about callers. Anyone who reaches the port can make one, so their number is bounded.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lines of the log in [`PERIOD`].
const LINES: u32 = 30;
const PERIOD: Duration = Duration::from_secs(60);

/// Counts the lines of a period.
#[derive(Default)]
pub(super) struct CallLog(Mutex<Option<CallPeriod>>);

struct CallPeriod {
    begun: Instant,
    lines: u32,
}

/// A line about a caller may be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MayLog {
    /// Lines of the last period that were not written.
    pub(super) left_out: u32,
}

impl CallLog {
    /// Counts a line. `None`: there were too many in this period.
    pub(super) fn count(&self, now: Instant) -> Option<MayLog> {
        let mut period = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = match &*period {
            Some(last) if now - last.begun < PERIOD => None,
            Some(last) => Some(last.lines.saturating_sub(LINES)),
            None => Some(0),
        };
        if left_out.is_some() {
            *period = Some(CallPeriod { begun: now, lines: 0 });
        }
        let lines = period.as_mut().map_or(0, |period| {
            period.lines = period.lines.saturating_add(1);
            period.lines
        });
        (lines <= LINES).then_some(MayLog { left_out: left_out.unwrap_or_default() })
    }

    /// Writes a line about a caller, if the bound allows it.
    pub(super) fn write(&self, line: impl FnOnce()) {
        let Some(MayLog { left_out }) = self.count(Instant::now()) else { return };
        if left_out > 0 {
            tracing::info!(left_out, "{left_out} lines about calls at the port of the pair were left out of the log");
        }
        line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_callers_are_bounded() {
        let (log, now) = (CallLog::default(), Instant::now());
        let written = (0..100).filter(|_| log.count(now).is_some()).count();
        assert_eq!(written, LINES as usize);
        assert_eq!(log.count(now + PERIOD), Some(MayLog { left_out: 70 }), "the next line tells of those that are missing");
        assert_eq!(log.count(now + PERIOD), Some(MayLog { left_out: 0 }));
    }
}
