//! The state line of every page, and its cache.

use std::time::Duration;

use alerts::health::MailHealth;
use model::Phrase;
use node::Service;

/// Cache of the state line on every page. Counting costs more with a deeper queue. So the service is asked at most once
/// a second, for all pages together.
#[derive(Default)]
pub(crate) struct StateLineCache {
    line: tokio::sync::Mutex<Option<(Duration, StateLine)>>,
}

#[derive(Clone)]
pub(super) struct StateLine {
    pub(super) health: MailHealth,
    pub(super) waiting: u64,
    pub(super) incidents: usize,
    pub(super) alarms: Vec<Phrase>,
}

impl StateLineCache {
    /// Discards the cached state after a change.
    pub(super) async fn discard(&self) {
        *self.line.lock().await = None;
    }

    /// Returns the state of at most a second ago.
    pub(super) async fn current(&self, service: &Service) -> Result<StateLine, store::ReadFault> {
        const OLD: Duration = Duration::from_secs(1);
        let mut line = self.line.lock().await;
        let now = service.clock().mono();
        if let Some((_, line)) = line.as_ref().filter(|(at, _)| now.saturating_sub(*at) < OLD) {
            return Ok(line.clone());
        }
        let status = service.alerts().status().await?;
        let new = StateLine {
            health: status.health,
            waiting: status.waiting,
            incidents: status.incidents,
            alarms: status.alarm_phrases,
        };
        *line = Some((now, new.clone()));
        Ok(new)
    }
}
