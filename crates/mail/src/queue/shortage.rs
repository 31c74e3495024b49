//! A shortage of this machine: no descriptor, memory or port for a connection. Deliveries keep their flights and wait
//! for its end. The shortage holds no relay and counts no attempt.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::time::Timestamp;
use smtp::client::Resource;

use crate::relay::has_descriptors;

/// Interval between two checks for the end of a shortage.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Number of checks after which a connection is tried again, for resources without a check (memory, ports).
pub(super) const RETRY_AFTER_LOOKS: u32 = 4;
/// A new connection ends a shortage if no connection failed for it in this time.
const CALM: Duration = Duration::from_secs(2);
/// A shortage ends if no connection failed for it in this time.
const OVER: Duration = Duration::from_secs(60);

/// A resource that this machine lacks for connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub resource: Resource,
    pub since: Timestamp,
    /// Time of the last connection that failed for it.
    seen: Timestamp,
}

/// The current shortage, if any.
#[derive(Default)]
pub(super) struct ShortageWatch {
    current: Mutex<Option<Shortage>>,
}

impl ShortageWatch {
    /// Records that a connection failed for lack of a resource. True if the shortage is new.
    pub(super) fn note(&self, resource: Resource, now: Timestamp) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let before = current.filter(|known| known.resource == resource && now.distance(known.seen) < OVER);
        *current = Some(Shortage { resource, since: before.map_or(now, |known| known.since), seen: now });
        before.is_none()
    }

    /// Records that a connection was made. Returns the shortage if this ends it: no connection failed lately. Near the limit
    /// some fail and some succeed.
    pub(super) fn connected(&self, now: Timestamp) -> Option<Shortage> {
        self.end_after(CALM, now)
    }

    /// Returns the shortage if it has ended by now. A check exists for descriptors only. The other shortages end by time.
    pub(super) fn ended(&self, now: Timestamp) -> Option<Shortage> {
        let calm = match self.current().map(|known| known.resource) {
            Some(Resource::Descriptors) if has_descriptors() => CALM,
            _ => OVER,
        };
        self.end_after(calm, now)
    }

    pub(super) fn current(&self) -> Option<Shortage> {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_after(&self, calm: Duration, now: Timestamp) -> Option<Shortage> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|known| now.distance(known.seen) >= calm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn shortage_ends_after_calm_only() {
        let watch = ShortageWatch::default();
        assert!(watch.note(Resource::Memory, at(0)), "new");
        assert!(!watch.note(Resource::Memory, at(1000)), "the same one");
        assert_eq!(watch.connected(at(2999)), None, "a connection failed less than two seconds ago");
        assert_eq!(watch.ended(at(60_999)), None);
        assert_eq!(watch.connected(at(3000)).map(|over| over.since), Some(at(0)));
        assert_eq!(watch.current(), None);
        assert!(watch.note(Resource::Ports, at(4000)));
        assert_eq!(watch.ended(at(64_000)).map(|over| over.resource), Some(Resource::Ports), "it ends by time");
        assert!(
            watch.note(Resource::Memory, at(70_000)) && watch.note(Resource::Ports, at(70_001)),
            "another resource is another shortage"
        );
    }
}
