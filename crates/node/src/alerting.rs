//! The part of a node that alerts: the watch, notices, the daily notice, webhooks and the heartbeat.

use alerts::Alerts;
use alerts::alarm::{beat, call};
use alerts::daily::daily;
use alerts::event::send_notices;
use alerts::watch::watch;

use crate::tasks::{Died, Tasks};

pub(crate) struct Alerting {
    tasks: Tasks,
}

impl Alerting {
    /// Starts to look for problems and to report them.
    pub(crate) fn start(alerts: &Alerts, died: &Died) -> Self {
        let tasks = Tasks::new(died.clone());
        let stop = || tasks.stopping();
        tasks.spawn("notices", send_notices(alerts.notice_sender(), stop()));
        tasks.spawn("watch", watch(alerts.watch(), stop()));
        tasks.spawn("daily notice", daily(alerts.clone(), stop()));
        tasks.spawn("webhooks", call(alerts.webhooks(), stop()));
        tasks.spawn("heartbeat", beat(alerts.heart(), stop()));
        Self { tasks }
    }

    /// Returns when all tasks have ended.
    pub(crate) async fn stop(&self) {
        self.tasks.stop().await;
    }
}
