//! The state line of every page, and its cache.

use std::time::Duration;

use alerts::health::Health;
use model::Phrase;
use node::Service;

/// Cache of the state line on every page. Counting costs more with a deeper queue. So the service is asked at most once
/// a second, for all pages together.
#[derive(Default)]
pub(crate) struct Pulse {
    felt: tokio::sync::Mutex<Option<(Duration, Felt)>>,
}

#[derive(Clone)]
pub(super) struct Felt {
    pub(super) health: Health,
    pub(super) waiting: u64,
    pub(super) incidents: usize,
    pub(super) alarms: Vec<Phrase>,
}

impl Pulse {
    /// Discards the cached state after a change.
    pub(super) async fn forget(&self) {
        *self.felt.lock().await = None;
    }

    /// Returns the state of at most a second ago.
    pub(super) async fn feel(&self, service: &Service) -> Result<Felt, store::ReadFault> {
        const OLD: Duration = Duration::from_secs(1);
        let mut felt = self.felt.lock().await;
        let now = service.clock().mono();
        if let Some((_, felt)) = felt.as_ref().filter(|(at, _)| now.saturating_sub(*at) < OLD) {
            return Ok(felt.clone());
        }
        let status = service.alerts().status().await?;
        let new =
            Felt { health: status.health, waiting: status.waiting, incidents: status.incidents, alarms: status.alarm_phrases };
        *felt = Some((now, new.clone()));
        Ok(new)
    }
}
