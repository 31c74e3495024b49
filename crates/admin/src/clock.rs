//! The only place that reads the clock. It is passed in everywhere. Tests can step the wall clock.

use std::sync::Arc;
use std::time::Duration;

use model::time::Timestamp;
use rustls::pki_types::UnixTime;
use tokio::sync::watch;

/// Maximum time between two looks of a sleeper at the wall clock. It notices a stepped clock or a suspended machine.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A wall clock behind the monotonic clock by more than this (in milliseconds) was set back.
const SET_BACK_MS: i64 = 1000;

/// Wall clock and monotonic clock.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Milliseconds by which a test stepped the wall clock.
    step: Arc<watch::Sender<i64>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { step: Arc::new(watch::Sender::new(0)) }
    }
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let now = jiff::Timestamp::now();
        Timestamp::from_millis(now.as_millisecond() + *self.step.borrow())
    }

    /// The time in Unix milliseconds, for rules that do not take a [`Timestamp`] yet.
    pub fn millis(&self) -> i64 {
        self.now().as_millis()
    }

    /// Time since a fixed moment, including suspended time.
    pub fn mono(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    /// Steps the wall clock as an administrator or a time service would. Here sleepers notice at once.
    pub fn step(&self, milliseconds: i64) {
        self.step.send_modify(|step| *step += milliseconds);
    }

    /// Sleeps until the wall clock shows `until`. Returns early if the clock is set back meanwhile: the
    /// caller's computed time is no longer right, and the caller must look again.
    pub async fn sleep_until(&self, until: Timestamp) {
        let mut stepped = self.step.subscribe();
        let ahead = || self.millis() - i64::try_from(self.mono().as_millis()).unwrap_or(i64::MAX);
        let begun = ahead();
        loop {
            stepped.mark_unchanged();
            if ahead() < begun - SET_BACK_MS {
                return;
            }
            let left = until.since(self.now());
            if left.is_zero() {
                return;
            }
            // The sender lives as long as this clock.
            drop(tokio::time::timeout(left.min(LOOK_EVERY), stepped.changed()).await);
        }
    }
}

/// Formats a time by RFC 3339 in UTC, for people and JSON.
pub fn rfc3339(at: Timestamp) -> String {
    let millis = at.as_millis();
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| format!("{at:.3}"))
}

impl rustls::time_provider::TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.millis() / 1000).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Random bytes of the system: for ids, for the spread of retries, and for tokens of browsers, links and programs.
pub fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let drawn = getrandom::fill(&mut bytes);
    // Without randomness ids repeat and retries are not spread. Both are worse than a stop.
    drawn.expect("the system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[tokio::test]
    async fn sleep_ends_when_the_clock_is_set_back() {
        let clock = Clock::default();
        let sleeper = {
            let (clock, until) = (clock.clone(), clock.now() + Duration::from_secs(60));
            tokio::spawn(async move { clock.sleep_until(until).await })
        };
        tokio::task::yield_now().await;
        clock.step(-HOUR_MS);
        let ended = tokio::time::timeout(Duration::from_secs(30), sleeper).await;
        assert!(ended.is_ok(), "it would have slept for an hour and a minute");
    }

    #[tokio::test]
    async fn sleep_ends_when_the_clock_is_set_ahead() {
        let clock = Clock::default();
        let (other, until) = (clock.clone(), clock.now() + Duration::from_secs(3600));
        let sleeper = tokio::spawn(async move { other.sleep_until(until).await });
        tokio::task::yield_now().await;
        clock.step(2 * HOUR_MS);
        assert!(tokio::time::timeout(Duration::from_secs(30), sleeper).await.is_ok());
    }
}
