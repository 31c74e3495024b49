//! The minimum rate of an incoming message. Pure: time is an argument.

use std::time::Duration;

/// Minimum bytes of each full window: 1 KiB a second, less than the slowest line that carries mail.
pub(super) const WINDOW_BYTES: usize = 20 << 10;
/// Length of a window, long enough for a line that stalls and retransmits.
pub(super) const WINDOW: Duration = Duration::from_secs(20);

/// Measures one transfer, window by window.
#[derive(Clone, Copy, Debug)]
pub(super) struct TransferPace {
    ends: Duration,
    received: usize,
}

/// A window ended with too few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fewer than {WINDOW_BYTES} bytes in {WINDOW:?}")]
pub(super) struct TooSlow;

impl TransferPace {
    pub(super) fn new(now: Duration) -> Self {
        Self { ends: now + WINDOW, received: 0 }
    }

    /// End of the window (monotonic). The driver waits for bytes until then and calls [`Self::at`] if none came.
    pub(super) fn ends(&self) -> Duration {
        self.ends
    }

    /// Counts bytes that have arrived.
    pub(super) fn received(&mut self, now: Duration, bytes: usize) -> Result<(), TooSlow> {
        self.at(now)?;
        self.received = self.received.saturating_add(bytes);
        Ok(())
    }

    /// Checks the window if it has ended, and begins the next.
    pub(super) fn at(&mut self, now: Duration) -> Result<(), TooSlow> {
        if now < self.ends {
            return Ok(());
        }
        if self.received < WINDOW_BYTES {
            return Err(TooSlow);
        }
        *self = Self::new(now);
        Ok(())
    }

    /// Extends the window by a time in which we did not read. The peer is not to blame for it.
    pub(super) fn paused(&mut self, pause: Duration) {
        self.ends += pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_ends_after_a_slow_window() {
        // Bytes, the interval in milliseconds, and the time at which the transfer is given up, if at all.
        for (bytes, every, ends) in [
            (1, 9_000, Some(27_000)),
            (0, 1_000, Some(20_000)),
            (1, 1, Some(20_000)),
            (2, 1, None),
            (1023, 1_000, Some(20_000)),
            (1100, 1_000, None),
            (20 << 10, 19_000, None),
            (1 << 20, 60_000, Some(60_000)),
        ] {
            let mut pace = TransferPace::new(Duration::ZERO);
            let mut times = (1..).map(|n| Duration::from_millis(n * every)).take_while(|at| at.as_secs() < 3600);
            let ended = times.find(|at| pace.received(*at, bytes).is_err());
            let expected = ends.map(Duration::from_millis);
            assert_eq!(ended, expected, "{bytes} bytes every {every} ms");
        }
    }

    #[test]
    fn own_pause_does_not_count() {
        let mut pace = TransferPace::new(Duration::ZERO);
        pace.paused(Duration::from_secs(15));
        assert_eq!((pace.at(Duration::from_secs(34)), pace.at(Duration::from_secs(35))), (Ok(()), Err(TooSlow)));
    }
}
