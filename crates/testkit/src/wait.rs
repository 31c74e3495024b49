//! The only place in all tests that waits: for a condition, with a time limit.

use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(20);

/// Waits until `condition` returns a value and returns that value. Panics with `what` after `within`.
pub fn eventually<T>(what: &str, within: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "tests wait in real time, here only")]
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < within, "not within {within:?}: {what}");
        #[expect(clippy::disallowed_methods, reason = "tests wait in real time, here only")]
        std::thread::sleep(LOOK);
    }
}

/// Checks for the whole `time` that `condition` stays true. Panics with `what` if it does not.
pub fn holds_for(what: &str, time: Duration, mut condition: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "tests wait in real time, here only")]
    let start = Instant::now();
    while start.elapsed() < time {
        assert!(condition(), "{what}");
        #[expect(clippy::disallowed_methods, reason = "tests wait in real time, here only")]
        std::thread::sleep(LOOK);
    }
}
