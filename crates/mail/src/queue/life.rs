//! The life of sending: it begins, ends, and may begin again in the same process.

use std::sync::Arc;

use store::LocalChange;

use super::Queue;

/// Claims given back in one commit.
const GIVE_BACK_MAX: usize = 1000;

impl Queue {
    /// Allows claims and deliveries. Call it before the tasks of sending start.
    pub fn begin(&self) {
        self.stopping.send_replace(false);
        self.lock().stopping = false;
    }

    /// Forbids claims and new deliveries. Accepted messages go to disk only. A message under way gets a short time.
    pub fn begin_stop(&self) {
        self.lock().stopping = true;
        self.stopping.send_replace(true);
    }

    /// Resolves when no delivery is under way and every outcome is written.
    pub async fn idle(&self) {
        let mut busy = self.busy.subscribe();
        // The sender lives as long as the queue.
        drop(busy.wait_for(|busy| *busy == 0).await);
    }

    /// Gives back the claims of all messages in memory that are in no delivery. They are due at once.
    pub async fn give_back_all(&self) {
        let now = self.clock.now();
        let left = self.lock().clear();
        for numbers in left.chunks(GIVE_BACK_MAX) {
            if let Err(fault) = self.store.change(now, LocalChange::Unclaim { numbers: numbers.to_vec(), due: now }).await {
                tracing::warn!(%fault, "claims could not be released; their leases expire");
            }
        }
    }

    /// Resolves when the scheduler has answered. The scheduler does not look at the disk for that: a lost wake-up must stay
    /// visible.
    pub async fn scheduler_lives(self: &Arc<Self>) {
        let mut beats = self.beats.subscribe();
        self.echo.notify_one();
        // The sender lives as long as the queue.
        drop(beats.changed().await);
    }
}
