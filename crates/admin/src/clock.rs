//! The only place that reads the clock. It is passed in everywhere. Tests can step the wall clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::time::Timestamp;
use rustls::pki_types::UnixTime;
use tokio::sync::watch;

/// Maximum time between two looks of a sleeper at the wall clock. It notices a stepped clock or a suspended machine.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A wall clock behind the monotonic clock by more than this was set back.
const SET_BACK: Duration = Duration::from_secs(1);

/// Wall clock and monotonic clock.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The time by which a test stepped the wall clock.
    step: Arc<watch::Sender<SignedDuration>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { step: Arc::new(watch::Sender::new(SignedDuration::ZERO)) }
    }
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let now = jiff::Timestamp::now();
        Timestamp::from(now) + *self.step.borrow()
    }

    /// Time since a fixed moment, including suspended time.
    pub fn mono(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    /// Steps the wall clock ahead, as an administrator or a time service would. Here sleepers notice at once.
    pub fn step(&self, ahead: Duration) {
        self.shift(SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX));
    }

    /// Sets the wall clock to a time, ahead or back.
    pub fn set(&self, to: Timestamp) {
        self.shift(to.ahead_of(self.now()));
    }

    fn shift(&self, by: SignedDuration) {
        self.step.send_modify(|step| *step = step.saturating_add(by));
    }

    /// Sleeps until the wall clock shows `until`. Returns early if the clock is set back meanwhile: the
    /// caller's computed time is no longer right, and the caller must look again.
    pub async fn sleep_until(&self, until: Timestamp) {
        let mut stepped = self.step.subscribe();
        // The wall clock's time at the fixed moment of the monotonic clock. It is earlier after the clock was set back.
        let origin = || self.now() - self.mono();
        let begun = origin();
        loop {
            stepped.mark_unchanged();
            if origin() < begun - SET_BACK {
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

/// Formats a time by RFC 3339 in UTC, for JSON. Phrases show it as people read it.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::try_from(at).map_or_else(|_| at.as_millis().to_string(), |at| format!("{at:.3}"))
}

/// A time of ours (RFC 3339 in UTC) as people read it: without its fraction, with its zone. `None` for another text.
pub fn readable(time: &str) -> Option<String> {
    let is_ours = time.len() >= 20 && time.as_bytes().get(10) == Some(&b'T') && time.ends_with('Z');
    let at = time.parse::<jiff::Timestamp>().ok().filter(|_| is_ours)?;
    Some(at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

impl rustls::time_provider::TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now().as_secs()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Random bytes of the system: for ids, for the spread of retries, and for tokens of browsers, links and programs.
pub fn random_bytes<const N: usize>() -> [u8; N] {
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

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn sleep_ends_when_the_clock_is_set_back() {
        let clock = Clock::default();
        let sleeper = {
            let (clock, until) = (clock.clone(), clock.now() + Duration::from_secs(60));
            tokio::spawn(async move { clock.sleep_until(until).await })
        };
        tokio::task::yield_now().await;
        clock.set(clock.now() - HOUR);
        let ended = tokio::time::timeout(Duration::from_secs(30), sleeper).await;
        assert!(ended.is_ok(), "it would have slept for an hour and a minute");
    }

    #[tokio::test]
    async fn sleep_ends_when_the_clock_is_set_ahead() {
        let clock = Clock::default();
        let (other, until) = (clock.clone(), clock.now() + HOUR);
        let sleeper = tokio::spawn(async move { other.sleep_until(until).await });
        tokio::task::yield_now().await;
        clock.step(2 * HOUR);
        assert!(tokio::time::timeout(Duration::from_secs(30), sleeper).await.is_ok());
    }
}
