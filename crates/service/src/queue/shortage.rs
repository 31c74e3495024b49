//! A shortage of this machine: no descriptor, memory or port for a connection. Deliveries keep their flights and wait
//! for its end. The shortage holds no relay and counts no attempt.

use std::sync::PoisonError;
use std::time::Duration;

use smtp::client::Resource;

use super::Queue;
use crate::relay::has_descriptors;

/// Interval between two checks for the end of a shortage.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Number of checks after which a connection is tried again, for resources without a check (memory, ports).
const RETRY_AFTER_LOOKS: u32 = 4;
/// A new connection ends a shortage if no connection failed for it in this time, in milliseconds.
const CALM_MS: i64 = 2000;
/// A shortage ends if no connection failed for it in this time, in milliseconds.
const OVER_MS: i64 = 60_000;

/// A resource that this machine lacks for connections. Times are Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortage {
    pub(crate) resource: Resource,
    pub(crate) since: i64,
    /// Time of the last connection that failed for it.
    seen: i64,
}

impl Queue {
    /// Records that a connection failed for lack of a resource. Wakes the watch if the shortage is new.
    pub(crate) fn note_shortage(&self, resource: Resource) {
        let now = self.clock.now();
        let mut shortage = self.shortage.lock().unwrap_or_else(PoisonError::into_inner);
        let before = shortage.filter(|known| known.resource == resource && (now - known.seen).abs() < OVER_MS);
        *shortage = Some(Shortage { resource, since: before.map_or(now, |known| known.since), seen: now });
        if before.is_none() {
            tracing::error!(resource = resource.name(), "this node has no {} left for a connection to a relay", resource.name());
            self.settled.notify_one();
        }
    }

    /// Records that a connection was made. Ends the shortage if no connection failed lately: near the limit some fail and
    /// some succeed.
    pub(crate) fn end_shortage(&self) {
        self.end_shortage_after(CALM_MS);
    }

    fn end_shortage_after(&self, calm: i64) {
        let now = self.clock.now();
        let mut shortage = self.shortage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(over) = shortage.take_if(|known| (now - known.seen).abs() >= calm) {
            tracing::info!(resource = over.resource.name(), "this node has {} for connections again", over.resource.name());
            self.settled.notify_one();
        }
    }

    /// The current shortage, if any.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        let met = self.shortage.lock().unwrap_or_else(PoisonError::into_inner).map(|known| known.resource);
        // A check exists for descriptors only. The other shortages end by time.
        let calm = if met == Some(Resource::Descriptors) && has_descriptors() { CALM_MS } else { OVER_MS };
        self.end_shortage_after(calm);
        *self.shortage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves when another connection is worth a try.
    pub(crate) async fn shortage_over(&self, resource: Resource) {
        let mut looks = 0;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            looks += 1;
            match resource {
                Resource::Descriptors if has_descriptors() => return,
                Resource::Descriptors => self.note_shortage(resource),
                Resource::Memory | Resource::Ports if looks >= RETRY_AFTER_LOOKS => return,
                Resource::Memory | Resource::Ports => {}
            }
        }
    }
}
