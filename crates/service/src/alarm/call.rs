//! Webhooks are called until they take it. What is to be said lies on disk, so that a restart says it too.

use std::sync::Arc;
use std::time::Duration;

use model::settings::{AlarmSettings, Webhook};
use reqwest::header::{CONTENT_TYPE, DATE};
use serde_json::json;
use store::{Change, HookView, Store, WatchChange};
use tokio::sync::{Notify, watch};

use super::form::shaped;
use crate::clock::{Clock, rfc3339};
use crate::http as web;
use crate::settings::Desk;
use crate::watch::Told;

/// To connect, and for all of it.
const TIMES: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(30));
/// The waits behind each failed try, in seconds; the last one again and again.
const WAITS: [i64; 8] = [30, 60, 120, 300, 600, 1200, 1800, 3600];
/// A call that nobody has taken for so long is given up: by then there are newer ones.
const GIVE_UP_MS: i64 = 24 * 3_600_000;
/// Between two looks at most.
const LOOK_MS: i64 = 60_000;
/// Calls made in one round.
const ROUND: usize = 50;
/// What is kept of an answer, in characters.
const SAID_MAX: usize = 200;

pub(crate) struct Caller {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) desk: Arc<Desk>,
    pub(crate) told: Arc<Told>,
    /// Something is to be called for.
    pub(crate) news: Arc<Notify>,
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    pub kind: &'static str,
    /// Scheme and host: the rest of an address may be a secret.
    pub host: String,
    pub taken: bool,
    /// The answer's status, or why there is none.
    pub said: String,
}

#[derive(Debug, thiserror::Error)]
pub enum CalledFault {
    #[error("nothing is set up to be called")]
    Nothing,
    #[error("{0}")]
    Forbidden(#[from] model::account::Forbidden),
}

/// Runs until the stop.
pub(crate) async fn call(caller: Caller, mut stop: watch::Receiver<bool>) {
    loop {
        let round = caller.round();
        let next = tokio::select! {
            next = round => next,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        tokio::select! {
            () = caller.clock.sleep_until(next) => {}
            () = caller.news.notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl Caller {
    async fn round(&self) -> i64 {
        let now = self.clock.now();
        let waiting = match self.store.hooks_waiting(ROUND).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "the calls of webhooks cannot be read");
                return now + LOOK_MS;
            }
        };
        // A due time beyond the longest wait comes from a clock that was wrong.
        let is_due = |hook: &&HookView| hook.due <= now || hook.due > now + 2 * 3_600_000;
        for hook in waiting.iter().filter(is_due) {
            self.attempt(hook).await;
        }
        let left = waiting.iter().filter(|hook| !is_due(hook)).map(|hook| hook.due).min().unwrap_or(i64::MAX);
        let more = waiting.len() == ROUND;
        if more { now } else { left.clamp(now + 1000, now + LOOK_MS) }
    }

    async fn attempt(&self, hook: &HookView) {
        let current = self.desk.current();
        let alarm = current.settings().map(|settings| settings.alarm.clone()).unwrap_or_default();
        let webhook = alarm.webhooks.iter().find(|webhook| webhook.url == hook.url);
        let (taken, said) = match webhook {
            Some(webhook) => self.post(webhook, &alarm, &hook.body).await,
            None => (false, "no longer in the settings".to_owned()),
        };
        let now = self.clock.now();
        let given_up = webhook.is_none() || (now - hook.made).abs() >= GIVE_UP_MS;
        let step = usize::try_from(hook.tries).unwrap_or(usize::MAX).min(WAITS.len() - 1);
        let due = (!taken && !given_up).then_some(now + WAITS[step] * 1000);
        let host = host_of(&hook.url);
        match (taken, given_up) {
            (true, _) => tracing::info!(host, "webhook {host} was called"),
            (false, true) => tracing::error!(host, said, "a call of webhook {host} was given up: {said}"),
            (false, false) if hook.tries == 0 => tracing::warn!(host, said, "webhook {host} did not take a call: {said}"),
            (false, false) => {}
        }
        let tried = WatchChange::HookTried { id: hook.id, due, at: now, taken, said };
        if let Err(fault) = self.store.change(Change::Watch(tried)).await {
            tracing::error!(%fault, "what came of a webhook's call cannot be written; it is called again");
        }
    }

    /// Calls once: whether it was taken, and what was said.
    async fn post(&self, webhook: &Webhook, alarm: &AlarmSettings, told: &str) -> (bool, String) {
        let shaped = shaped(webhook, told, alarm.webhook_secret.as_ref(), self.clock.now());
        let client = match http() {
            Ok(client) => client,
            Err(why) => return (false, why),
        };
        let mut request = client.post(&shaped.url).header(CONTENT_TYPE, "application/json").body(shaped.body);
        for (name, value) in shaped.headers {
            request = request.header(name, value);
        }
        self.asked(request, &webhook.url).await
    }

    /// Sends a request; a clock that its answer shows is noted.
    pub(super) async fn asked(&self, request: reqwest::RequestBuilder, url: &str) -> (bool, String) {
        let begun = self.clock.now();
        match request.send().await {
            Ok(answer) => {
                let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok()).and_then(web::moment);
                if let Some(date) = date {
                    let now = self.clock.now();
                    self.told.clock(&host_of(url), date - (begun + now) / 2, now);
                }
                (answer.status().is_success(), format!("HTTP {}", answer.status().as_u16()))
            }
            Err(error) => (false, web::words_of(&error).chars().take(SAID_MAX).collect()),
        }
    }

    /// Calls every webhook with an example, and the heartbeat once.
    pub(crate) async fn try_all(&self, site: &str) -> Vec<Called> {
        let Some(settings) = self.desk.current().settings() else { return Vec::new() };
        let told = json!({
            "event": "mail.test", "state": "happened", "severity": "info", "site": site, "at": rfc3339(self.clock.now()),
            "facts": {}, "title": format!("[{site}] {}", crate::words::word(settings.site.language, "alarm-test-title")),
            "text": crate::words::word(settings.site.language, "alarm-test-text"),
        });
        let mut called = Vec::new();
        for webhook in &settings.alarm.webhooks {
            let (taken, said) = self.post(webhook, &settings.alarm, &told.to_string()).await;
            called.push(Called { kind: webhook.kind.name(), host: host_of(&webhook.url), taken, said });
        }
        if let Some(url) = &settings.alarm.heartbeat_url {
            let (taken, said) = match http() {
                Ok(client) => self.asked(client.get(url), url).await,
                Err(why) => (false, why),
            };
            called.push(Called { kind: "heartbeat", host: host_of(url), taken, said });
        }
        called
    }
}

/// Scheme and host.
pub(crate) fn host_of(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

pub(super) fn http() -> Result<reqwest::Client, String> {
    web::client(None, None, TIMES)
}
