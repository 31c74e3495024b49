//! Calls webhooks and retries until they accept. Pending calls are on disk, so that a restart continues them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use admin::clock::{Clock, rfc3339};
use admin::http::{HttpClient, HttpRequest, ResponsePart, Times, moment};
use admin::settings::SettingsService;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use model::event::OwnCode;
use model::settings::{AlarmSettings, Webhook, origin_of};
use model::time::Timestamp;
use serde_json::json;
use store::{CommitFault, HookView, NewHook, RecordChange, Store};
use tokio::sync::{Notify, watch};
use tokio::task::{self, JoinSet};

use super::form::shaped;
use crate::signals::ExternalSignals;

/// Timeouts for connecting and for the whole call.
const TIMES: Times = Times { connect: Duration::from_secs(10), whole: Duration::from_secs(30) };
/// Backoff after each failed attempt. The last value repeats.
const WAITS: [Duration; 8] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
    Duration::from_secs(1200),
    Duration::from_secs(1800),
    Duration::from_secs(3600),
];
/// A call is given up after this time: by then there are newer ones.
const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Longest time between two looks at pending calls.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Calls of one address in one round.
const CALLS_AT_ONCE: usize = 20;
/// Result of a call whose address is no longer in the settings.
const NO_LONGER: &str = "no longer in the settings";
/// Longest stored answer, in characters.
const SAID_MAX: usize = 200;

pub struct WebhookCaller {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) settings: Arc<SettingsService>,
    pub(crate) signals: Arc<ExternalSignals>,
    /// Wakes the task when new calls are on disk.
    pub(crate) news: Arc<Notify>,
}

/// The result of one call.
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
    #[error("no webhook and no heartbeat URL is set")]
    Nothing,
    #[error("{0}")]
    Forbidden(#[from] model::account::Forbidden),
}

/// The outcome of a pending call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HookOutcome {
    Taken,
    /// The call is tried again.
    Refused,
    /// The call is old, or the webhook is no longer in the settings.
    GivenUp,
}

/// Runs until the stop. Each address has its own task, so that a hanging webhook delays no other.
pub async fn call(caller: WebhookCaller, mut stop: watch::Receiver<bool>) {
    let caller = Arc::new(caller);
    let mut calling = JoinSet::new();
    let mut busy: HashMap<task::Id, String> = HashMap::new();
    loop {
        let now = caller.clock.now();
        let mut next = now + LOOK_EVERY;
        for (url, mut pending) in caller.waiting().await {
            if busy.values().any(|busy| *busy == url) {
                continue;
            }
            if !pending.iter().any(|hook| is_due(hook, now)) {
                next = pending.iter().map(|hook| hook.due).fold(next, Timestamp::min);
                continue;
            }
            // The end of an incident must not come before its beginning, which may wait for another try.
            pending.sort_unstable_by_key(|hook| hook.id);
            let caller = Arc::clone(&caller);
            busy.insert(calling.spawn(async move { caller.call_in_order(pending).await }).id(), url);
        }
        tokio::select! {
            () = caller.clock.sleep_until(next) => {}
            () = caller.news.notified() => {}
            Some(ended) = calling.join_next_with_id() => drop(busy.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id))),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// A due time beyond the longest wait comes from a clock that was wrong.
fn is_due(hook: &HookView, now: Timestamp) -> bool {
    hook.due <= now || hook.due > now + 2 * WAITS[WAITS.len() - 1]
}

impl WebhookCaller {
    /// Pending calls by address.
    async fn waiting(&self) -> BTreeMap<String, Vec<HookView>> {
        let mut by_url: BTreeMap<String, Vec<HookView>> = BTreeMap::new();
        match self.store.hooks_waiting(CALLS_AT_ONCE).await {
            Ok(waiting) => waiting.into_iter().for_each(|hook| by_url.entry(hook.url.clone()).or_default().push(hook)),
            Err(error) => tracing::error!(%error, "the calls of webhooks cannot be read"),
        }
        by_url
    }

    /// Makes the calls of one URL. After a failed call the others are not attempted: the store puts them off together with it.
    async fn call_in_order(&self, pending: Vec<HookView>) {
        let mut refused: Option<String> = None;
        for hook in pending {
            let old = self.clock.now().distance(hook.made) >= GIVE_UP_AFTER;
            let (taken, said) = match &refused {
                None => self.attempt(&hook).await,
                Some(said) if old => (false, said.clone()),
                Some(_) => continue,
            };
            let outcome = match taken {
                true => HookOutcome::Taken,
                false if old || said == NO_LONGER => HookOutcome::GivenUp,
                false => HookOutcome::Refused,
            };
            if let Err(fault) = self.tried(&hook, outcome, said.clone()).await {
                tracing::error!(%fault, "the result of a webhook call could not be stored; calling again");
                return self.clock.sleep_until(self.clock.now() + LOOK_EVERY).await;
            }
            refused = (!taken).then_some(said);
        }
    }

    async fn attempt(&self, hook: &HookView) -> (bool, String) {
        let current = self.settings.current();
        let alarm = current.settings().map(|settings| settings.alarm.clone()).unwrap_or_default();
        match alarm.webhooks.iter().find(|webhook| webhook.url == hook.url) {
            Some(webhook) => self.post(webhook, &alarm, &hook.body).await,
            None => (false, NO_LONGER.to_owned()),
        }
    }

    /// Records the outcome of a call.
    async fn tried(&self, hook: &HookView, outcome: HookOutcome, said: String) -> Result<(), CommitFault> {
        let now = self.clock.now();
        let step = usize::try_from(hook.tries).unwrap_or(usize::MAX).min(WAITS.len() - 1);
        let due = (outcome == HookOutcome::Refused).then_some(now + WAITS[step]);
        let host = origin_of(&hook.url);
        match outcome {
            HookOutcome::Taken => tracing::info!(host, "webhook {host} was called"),
            HookOutcome::GivenUp => tracing::error!(host, said, "the call of webhook {host} failed for the last time: {said}"),
            HookOutcome::Refused if hook.tries == 0 => {
                tracing::warn!(host, said, "the call of webhook {host} failed; retrying: {said}");
            }
            HookOutcome::Refused => {}
        }
        let taken = outcome == HookOutcome::Taken;
        self.store.change(now, RecordChange::HookTried { id: hook.id, due, taken, said }).await.map(drop)
    }

    /// Calls once. Returns true if the webhook accepted, and its answer or the error.
    async fn post(&self, webhook: &Webhook, alarm: &AlarmSettings, told: &str) -> (bool, String) {
        let shaped = shaped(webhook, told, alarm.webhook_secret.as_ref(), self.clock.now());
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (name, value) in shaped.headers {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), Ok(value)) => drop(headers.insert(name, value)),
                _ => return (false, "a header of the call cannot be sent".into()),
            }
        }
        let request = HttpRequest { method: Method::POST, url: &shaped.url, headers, body: shaped.body };
        self.asked(request, &webhook.url).await
    }

    /// Calls webhooks once, at once and without the store: for a report that the store has failed. A hanging webhook delays
    /// no other.
    pub async fn last_words(self: Arc<Self>, calls: Vec<NewHook>) {
        let mut calling = JoinSet::new();
        for call in calls {
            let this = Arc::clone(&self);
            calling.spawn(async move {
                let Some(settings) = this.settings.current().settings() else { return };
                let Some(webhook) = settings.alarm.webhooks.iter().find(|webhook| webhook.url == call.url) else { return };
                let (taken, said) = this.post(webhook, &settings.alarm, &call.body).await;
                let host = origin_of(&call.url);
                match taken {
                    true => tracing::info!(host, "webhook {host} was called: the store has failed"),
                    false => tracing::error!(host, said, "the call of webhook {host} about the failed store failed: {said}"),
                }
            });
        }
        while calling.join_next().await.is_some() {}
    }

    /// Calls the heartbeat once. Returns true if it accepted, and its answer or the error.
    pub(super) async fn beat(&self, url: &str) -> (bool, String) {
        self.asked(HttpRequest::get(url), url).await
    }

    /// Sends a request. Records the clock that the answer shows, with `known_as` as its source.
    async fn asked(&self, request: HttpRequest<'_>, known_as: &str) -> (bool, String) {
        let begun = self.clock.now();
        let client = match HttpClient::new(None, None, TIMES) {
            Ok(client) => client,
            Err(fault) => return (false, fault.to_string()),
        };
        match client.send(request, ResponsePart::Head).await {
            Ok(answer) => {
                let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(moment);
                if let Some(date) = date {
                    let now = self.clock.now();
                    self.signals.note_clock(&origin_of(known_as), date.ahead_of(begun.midpoint(now)), now);
                }
                ((200..300).contains(&answer.status), format!("HTTP {}", answer.status))
            }
            Err(fault) => (false, fault.to_string().chars().take(SAID_MAX).collect()),
        }
    }

    /// Calls every webhook with an example, and the heartbeat once.
    pub(crate) async fn try_all(&self, site: &str) -> Vec<Called> {
        let Some(settings) = self.settings.current().settings() else { return Vec::new() };
        let told = json!({
            "event": OwnCode::MailTest.text(), "state": "happened", "severity": "info", "site": site, "at": rfc3339(self.clock.now()),
            "facts": {}, "title": format!("[{site}] {}", admin::words::word(settings.site.language, "alarm-test-title")),
            "text": admin::words::word(settings.site.language, "alarm-test-text"),
        });
        let mut called = Vec::new();
        for webhook in &settings.alarm.webhooks {
            let (taken, said) = self.post(webhook, &settings.alarm, &told.to_string()).await;
            called.push(Called { kind: webhook.kind.name(), host: origin_of(&webhook.url), taken, said });
        }
        if let Some(url) = &settings.alarm.heartbeat_url {
            let (taken, said) = self.beat(url).await;
            called.push(Called { kind: "heartbeat", host: origin_of(url), taken, said });
        }
        called
    }
}
