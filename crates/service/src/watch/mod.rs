//! The watch: it looks at everything mail depends on, and says what holds. What it finds becomes incidents; what it no
//! longer finds has ended. Each look starts from what is, so that nothing is missed that happened between two looks.

mod edges;
mod ends;
mod node;
mod queue;
mod relays;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use model::event::{Facts, Severity};
use model::incident::Raised;
use model::settings::EmailSettings;
use store::{Change, Commit, Store, WatchChange};

use crate::account::Accounts;
use crate::clock::Clock;
use crate::event::{Ask, Condition, Events};
use crate::notice::Names;
use crate::oauth::OAuth;
use crate::queue::Queue;
use crate::settings::Desk;

pub(crate) use ends::all as ends;
pub(crate) use queue::Silence;

/// Between two looks at most.
const LOOK_MS: i64 = 15_000;
/// Counting the queue costs more than the rest, and is done so often.
const COUNT_MS: i64 = 60_000;

/// Every code that the looks find or do not find.
const CODES: &[&str] = &[
    "mail.silent",
    "oauth.grant.expiring",
    "oauth.grant.lost",
    "oauth.client.refused",
    "oauth.settings.refused",
    "oauth.token.missing",
    "oauth.token.unwritten",
    "oauth.secret.expiring",
    "oauth.certificate.expiring",
    "oauth.account.mismatch",
    "relay.unreachable",
    "relay.signin.refused",
    "relay.sender.refused",
    "relay.trust.failed",
    "relay.refused",
    "relay.certificate.expiring",
    "relay.client-certificate.expiring",
    "relay.fallback.active",
    "queue.backlog",
    "queue.quota.near",
    "contact.unconfirmed",
    "node.certificate.expiring",
    "node.disk.low",
    "node.clock.skew",
    "account.signin.blocked",
    "alarm.webhook.failed",
];

/// A clock elsewhere is believed for so long.
const SHOWN_MS: i64 = 3_600_000;

/// What others tell the watch.
#[derive(Default)]
pub struct Told {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    /// The certificate of the node's own pages: the names in it, and its end.
    certificate: Option<(String, i64)>,
    /// How far clocks elsewhere are ahead of ours (milliseconds), by who showed it, and when.
    clocks: HashMap<String, (i64, i64)>,
}

impl Told {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The certificate that the pages show now.
    pub fn certificate(&self, names: String, ends: i64) {
        self.lock().certificate = Some((names, ends));
    }

    /// A clock elsewhere, as an answer has shown it.
    pub(crate) fn clock(&self, source: &str, ahead: i64, now: i64) {
        let mut inside = self.lock();
        // What was shown long ago may have been mended since, and its source may be asked no more.
        inside.clocks.retain(|_, (_, at)| (now - *at).abs() < SHOWN_MS);
        inside.clocks.insert(source.to_owned(), (ahead, now));
    }
}

pub(crate) struct Watch {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) desk: Arc<Desk>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) oauth: Arc<OAuth>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) events: Arc<Events>,
    pub(crate) told: Arc<Told>,
    pub(crate) names: Names,
}

/// Runs until the stop.
pub(crate) async fn watch(watch: Watch, mut stop: tokio::sync::watch::Receiver<bool>) {
    watch.begin().await;
    let mut turned = watch.queue.turned.subscribe();
    let mut settings = watch.desk.changes();
    let mut counted = Counted::default();
    loop {
        turned.mark_unchanged();
        settings.mark_unchanged();
        watch.look(&mut counted).await;
        tokio::select! {
            () = watch.clock.sleep_until(watch.clock.now() + LOOK_MS) => {}
            () = watch.queue.settled.notified() => {}
            _ = turned.changed() => {}
            _ = settings.changed() => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    watch.note(WatchChange::Ended(watch.clock.now())).await;
}

/// What is counted seldom.
#[derive(Default)]
struct Counted {
    at: Option<i64>,
    queue: queue::Depth,
    /// The settings whose contacts are known.
    revision: i64,
}

impl Watch {
    async fn look(&self, counted: &mut Counted) {
        let now = self.clock.now();
        let revision = self.desk.current().revision;
        if counted.revision != revision {
            self.know_contacts().await;
            counted.revision = revision;
        }
        self.read_outcomes().await;
        self.read_audit().await;
        if counted.at.is_none_or(|at| (now - at).abs() >= COUNT_MS) {
            counted.at = Some(now);
            self.note(WatchChange::Seen(now)).await;
            match queue::depth(&self.store, &self.events).await {
                Ok(depth) => counted.queue = depth,
                Err(error) => tracing::error!(%error, "the queue cannot be counted"),
            }
        }
        let turned = *self.queue.turned.borrow();
        let found = self.conditions(&counted.queue, now).await;
        if let Err(fault) = self.events.ask(Ask::Observe { codes: CODES, found }).await {
            tracing::error!(%fault, "what the watch has found cannot be written down");
        }
        self.events.looked.store(turned, Ordering::Release);
        self.events.news.notify_one();
    }

    async fn conditions(&self, depth: &queue::Depth, now: i64) -> Vec<Condition> {
        let grants = self.oauth.statuses();
        let mut found = node::conditions(&self.store, &self.told, &grants, now);
        found.extend(self.blocked(now));
        found.extend(self.webhooks().await);
        let current = self.desk.current();
        let Some(settings) = current.settings() else { return found };
        let relays = self.queue.relays();
        found.extend(relays::conditions(&relays, &self.queue.held_senders(), &grants, now));
        found.extend(relays::grants(&grants));
        found.extend(ends::conditions(&settings, &grants, &self.queue.net.certificates(), &self.told, now));
        found.extend(queue::conditions(depth, &relays, self.queue.last_accepted(), self.queue.opened(), now));
        found.extend(self.unconfirmed(&settings, now).await);
        found
    }

    /// Sign-ins that are refused again and again.
    fn blocked(&self, now: i64) -> Vec<Condition> {
        let one = |(name, address, count): (String, String, u32)| {
            let facts = facts([("account", name.clone()), ("address", address.clone()), ("count", count.to_string())]);
            condition("account.signin.blocked", &format!("{name} {address}"), Severity::Warning, facts)
        };
        self.accounts.blocked(now).into_iter().map(one).collect()
    }

    /// Webhooks that do not take what they are told: they would be silent when they are needed.
    async fn webhooks(&self) -> Vec<Condition> {
        const TRIES: u32 = 3;
        let waiting = match self.store.hooks_waiting(200).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "the calls of webhooks cannot be read");
                return Vec::new();
            }
        };
        let mut found: Vec<Condition> = Vec::new();
        for hook in waiting.iter().filter(|hook| hook.tries >= TRIES) {
            let host = crate::alarm::host_of(&hook.url);
            if !found.iter().any(|known| known.object == host) {
                let facts = facts([("host", host.clone()), ("error", hook.said.clone()), ("since", hook.made.to_string())]);
                found.push(condition("alarm.webhook.failed", &host, Severity::Error, facts));
            }
        }
        found
    }

    /// Contacts of whom nobody has said, for a week, that mail to them arrives.
    async fn unconfirmed(&self, settings: &EmailSettings, now: i64) -> Vec<Condition> {
        const WEEK_MS: i64 = 7 * 86_400_000;
        if self.names.page("").is_none() {
            return Vec::new(); // there is no address at which it could be said
        }
        let contacts = match self.store.contacts().await {
            Ok(contacts) => contacts,
            Err(error) => {
                tracing::error!(%error, "the contacts cannot be read");
                return Vec::new();
            }
        };
        let contact = |address: &model::Address| contacts.iter().find(|contact| contact.address == address.key());
        let one = |address: &model::Address| {
            let known = contact(address).filter(|contact| contact.confirmed.is_none() && now - contact.known >= WEEK_MS)?;
            let facts = facts([("contact", address.to_string()), ("days", ((now - known.known) / 86_400_000).to_string())]);
            Some(condition("contact.unconfirmed", &address.key(), Severity::Info, facts))
        };
        settings.contacts.iter().filter_map(one).collect()
    }

    /// At the start: how the former run ended.
    async fn begin(&self) {
        let now = self.clock.now();
        match self.store.life().await {
            Ok(Some(life)) if life.ended.is_none() => {
                let facts = facts([("seen", life.seen.to_string()), ("started", now.to_string())]);
                self.events.report("node.started.after.crash", "", Severity::Warning, facts).await;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "how the former run ended cannot be read"),
        }
        self.note(WatchChange::Started(now)).await;
    }

    /// Contacts are known from when they were entered.
    async fn know_contacts(&self) {
        let Some(settings) = self.desk.current().settings() else { return };
        let now = self.clock.now();
        let keys: Vec<String> = settings.contacts.iter().map(model::Address::key).collect();
        let known = keys.iter().map(|address| WatchChange::Contact { address: address.clone(), at: now });
        let changes = known.chain([WatchChange::ContactsLeft(keys.clone())]).map(Change::Watch).collect();
        if let Err(fault) = self.store.commit(Commit { guards: Vec::new(), changes }).await {
            tracing::error!(%fault, "the contacts cannot be written down");
        }
        // Whoever is no contact any more cannot be refused as one.
        for one in self.events.open_incidents().await {
            if one.code == "contact.refused" && !keys.contains(&one.object) {
                let ask = Ask::Resolve { code: one.code, object: one.object, by: crate::settings::NODE.to_owned() };
                if let Err(fault) = self.events.ask(ask).await {
                    tracing::error!(%fault, "an incident could not be resolved");
                }
            }
        }
    }

    async fn note(&self, change: WatchChange) {
        if let Err(fault) = self.store.change(Change::Watch(change)).await {
            tracing::error!(%fault, "the watch cannot write");
        }
    }
}

pub(crate) fn facts<const N: usize>(pairs: [(&str, String); N]) -> Facts {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn condition(code: &'static str, object: &str, severity: Severity, facts: Facts) -> Condition {
    Condition { code, object: object.to_owned(), raised: Raised { severity, facts, step: None } }
}
