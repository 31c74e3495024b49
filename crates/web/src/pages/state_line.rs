//! The state line of every page, and its cache.

use std::time::Duration;

use alerts::health::MailHealth;
use alerts::status::Alarm;
use node::Service;

/// Cache of the state line on every page. Counting costs more with a deeper queue. So the service is asked at most once
/// a second, for all pages together.
#[derive(Default)]
pub(crate) struct StateLineCache {
    line: tokio::sync::Mutex<Option<CachedLine>>,
}

struct CachedLine {
    read: Duration,
    /// The revision of the settings that the line describes. A save makes it stale at once.
    revision: i64,
    line: StateLine,
}

#[derive(Clone)]
pub(super) struct StateLine {
    pub(super) health: MailHealth,
    pub(super) waiting: u64,
    pub(super) incidents: usize,
    pub(super) alarms: Vec<Alarm>,
}

impl StateLineCache {
    /// Discards the cached state after a change.
    pub(super) async fn discard(&self) {
        *self.line.lock().await = None;
    }

    /// Returns the state of at most a second ago, under the settings in force.
    pub(super) async fn current(&self, service: &Service) -> Result<StateLine, store::ReadFault> {
        const OLD: Duration = Duration::from_secs(1);
        let mut cached = self.line.lock().await;
        let (now, revision) = (service.clock().mono(), service.settings().current().revision);
        let is_fresh = |cached: &&CachedLine| cached.revision == revision && now.saturating_sub(cached.read) < OLD;
        if let Some(cached) = cached.as_ref().filter(is_fresh) {
            return Ok(cached.line.clone());
        }
        let status = service.alerts().status().await?;
        let new =
            StateLine { health: status.health, waiting: status.waiting, incidents: status.incidents, alarms: status.alarms };
        *cached = Some(CachedLine { read: now, revision: status.revision, line: new.clone() });
        Ok(new)
    }
}
