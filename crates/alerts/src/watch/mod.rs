//! Checks everything that mail depends on. Raises an incident for each condition found, and resolves incidents whose
//! condition is gone. Each look reads the present state, so that a lost wake-up misses no
//! condition that still holds.

mod edges;
mod ends;
mod node;
mod queue;
mod relays;
mod stall;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use admin::Admin;
use admin::clock::rfc3339;
use mail::Mail;
use mail::queue::Progress;
use model::event::{Facts, Severity, time_fact};
use model::incident::Raised;
use model::settings::{EmailSettings, origin_of};
use model::time::Timestamp;
use queue::MailFlow;
use relays::RouteView;
use stall::{Snapshot, Stall};
use store::{Change, Commit, LocalChange, RecordChange};
use tokio::time::{Duration, Instant};

use crate::event::{Ask, Condition, Events, Observation};
use crate::signals::{ExternalSignals, RunAge};

pub(crate) use ends::{EndSources, all as ends};
pub(crate) use queue::{is_silent, oldest};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(15);
/// Time between two counts of the queue. Counting costs more than the other checks.
const COUNT: Duration = Duration::from_mins(1);

/// Codes that each look checks at the node.
const OF_NODE: &[&str] = &[
    "node.disk.low",
    "node.key.lost",
    "queue.quota.near",
    "store.checkpoint.failed",
    "node.clock.skew",
    "account.signin.blocked",
    "alarm.webhook.failed",
];
/// Codes that a look checks only with valid settings. Without settings, their incidents stay open.
const OF_SETTINGS: &[&str] = &[
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
    "contact.unconfirmed",
    "node.certificate.expiring",
];

/// If wall clock and monotonic clock differ by more than this, the clock was set or the machine was suspended.
const CLOCK_STEP: Duration = Duration::from_secs(5);

pub struct Watch {
    pub(crate) admin: Admin,
    pub(crate) mail: Mail,
    pub(crate) events: Arc<Events>,
    pub(crate) signals: Arc<ExternalSignals>,
}

/// Looks until the stop: every 15 seconds, and at once after a change of settings, a settled message or a turn of the route.
pub async fn watch(watch: Watch, mut stop: tokio::sync::watch::Receiver<bool>) {
    watch.begin().await;
    let mut turned = watch.mail.queue.route_changes();
    let mut settings = watch.admin.settings.changes();
    let mut memory = Memory { started: watch.admin.clock.now(), ..Memory::default() };
    loop {
        turned.mark_unchanged();
        settings.mark_unchanged();
        let begun = watch.admin.clock.now();
        watch.look(&mut memory).await;
        watch.signals.note_progress();
        tokio::select! {
            () = watch.admin.clock.sleep_until(begun + LOOK) => {}
            // Without this timer, a wall clock that is set back would stop the watch for as long.
            () = tokio::time::sleep(LOOK) => {}
            () = watch.mail.queue.outcome_noted() => {}
            _ = turned.changed() => {}
            _ = settings.changed() => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    watch.note(LocalChange::Ended).await;
}

/// State that the watch keeps between looks.
#[derive(Default)]
struct Memory {
    started: Timestamp,
    /// Last attempt to count the queue.
    counted: Option<Timestamp>,
    depth: Option<queue::Depth>,
    /// The settings revision whose contacts are recorded.
    revision: i64,
    stall: Stall,
    /// Time of the last look of `stall`: by the wall clock, and by a clock that stands still in sleep.
    stall_looked: Option<(Timestamp, Instant)>,
}

impl Watch {
    async fn look(&self, memory: &mut Memory) {
        let now = self.admin.clock.now();
        let revision = self.admin.settings.current().revision;
        if memory.revision != revision && self.know_contacts().await {
            memory.revision = revision;
        }
        self.read_outcomes().await;
        self.read_audit().await;
        let counts = memory.counted.is_none_or(|at| now.distance(at) >= COUNT);
        if counts {
            memory.counted = Some(now);
            let depth = queue::depth(&self.admin.store, &self.events).await;
            memory.depth = depth.inspect_err(|error| tracing::error!(%error, "the queue cannot be counted")).ok();
        }
        let turned = self.mail.queue.route_change();
        let mut seen = self.see(memory, now).await;
        self.stuck(memory, now, &mut seen).await;
        self.unreadable(&mut seen);
        self.refused_events(now, &mut seen);
        self.shortage(&mut seen);
        if let Err(fault) = self.events.ask(Ask::Observe(seen)).await {
            tracing::error!(%fault, "problems found by the checks could not be recorded");
        }
        self.events.looked.store(turned, Ordering::Release);
        self.events.news.notify_one();
        if counts {
            self.seen(now).await;
        }
    }

    /// Writes once a minute that the node lives. The next start learns the time of a crash from it, and a failed write
    /// reveals a dead disk.
    async fn seen(&self, now: Timestamp) {
        let written = self.admin.store.change(now, LocalChange::Seen).await;
        if let Err(fault) = &written {
            tracing::error!(%fault, "the store accepts no writes: no message is accepted, and no alert can be mailed");
        }
        self.signals.note_write(written.err().map(|fault| fault.to_string()), now);
    }

    async fn see(&self, memory: &Memory, now: Timestamp) -> Observation {
        let mut seen = Observation::default();
        seen.look_for(OF_NODE);
        let grants = self.mail.oauth.statuses();
        let age = RunAge::of(memory.started, now);
        node::disk(&self.admin.store, &mut seen);
        node::wal(&self.admin.store, &mut seen);
        node::key(&self.admin.store, &mut seen);
        node::clock(self.signals.clocks(now), &grants, age, &mut seen);
        self.blocked(age, now, &mut seen);
        self.webhooks(&mut seen).await;
        let current = self.admin.settings.current();
        let Some(settings) = current.settings() else { return seen };
        seen.look_for(OF_SETTINGS);
        let relays = self.mail.queue.relays();
        let senders = self.mail.queue.refused_senders();
        relays::look(&RouteView { relays: &relays, senders: &senders, grants: &grants }, now, &mut seen);
        seen.extend(relays::grants(&grants));
        let certificates = self.mail.queue.certificates();
        let sources = EndSources { settings: &settings, grants: &grants, certificates: &certificates, signals: &self.signals };
        ends::look(&sources, now, &mut seen);
        let (last_accepted, opened) = (self.mail.queue.last_accepted(), self.mail.queue.opened());
        let flow = MailFlow { depth: memory.depth.as_ref(), relays: &relays, last_accepted, opened };
        queue::look(&flow, now, &mut seen);
        self.unconfirmed(&settings, now, &mut seen).await;
        seen
    }

    /// Finds mail that is due and is not tried. Wakes the scheduler, which repairs a lost wake-up.
    async fn stuck(&self, memory: &mut Memory, now: Timestamp, seen: &mut Observation) {
        const CODE: &str = "queue.stuck";
        seen.look_for(&[CODE]);
        // The scheduler had no use of the time in which the machine slept, or by which its clock was set.
        let awake = Instant::now();
        let (then, was_awake) = memory.stall_looked.replace((now, awake)).unwrap_or((now, awake));
        if now.distance(then + awake.duration_since(was_awake)) > CLOCK_STEP {
            memory.stall = Stall::default();
        }
        let Progress { numbers, motion, open, room } = self.mail.queue.progress();
        let heads = match self.admin.store.overdue_heads(now, move |number| numbers.contains(&number)).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::error!(%error, "due messages cannot be read");
                return seen.unknown(CODE);
            }
        };
        let stuck = memory.stall.look(&Snapshot { heads, motion, open, room }, now);
        self.signals.found_stuck(stuck.map(|stuck| stuck.since));
        let Some(stuck) = stuck else { return };
        tracing::error!(
            message = stuck.message.map(|message| message.0),
            since = rfc3339(stuck.since),
            "mail is due but not attempted; waking the scheduler"
        );
        self.mail.queue.wake();
        let id = stuck.message.map(|message| self.admin.store.message_id(message).to_string()).unwrap_or_default();
        let facts = facts([("message", id), ("since", time_fact(stuck.since))]);
        seen.extend([condition(CODE, "", Severity::Critical, facts)]);
    }

    /// Finds messages that cannot be read from disk. They wait for ever, and no relay reports why.
    fn unreadable(&self, seen: &mut Observation) {
        const CODE: &str = "queue.unreadable";
        seen.look_for(&[CODE]);
        let unreadable = self.mail.queue.unreadable();
        let Some((message, error)) = unreadable.first() else { return };
        let facts = facts([
            ("count", unreadable.len().to_string()),
            ("message", self.admin.store.message_id(*message).to_string()),
            ("error", error.clone()),
        ]);
        seen.extend([condition(CODE, "", Severity::Error, facts)]);
    }

    /// Raises an incident for a resource that this machine lacks: mail waits for it, and no relay is to blame.
    fn shortage(&self, seen: &mut Observation) {
        const CODE: &str = "node.resource.short";
        seen.look_for(&[CODE]);
        let Some(shortage) = self.mail.queue.shortage() else { return };
        let facts = facts([("resource", shortage.resource.key().to_owned()), ("since", time_fact(shortage.since))]);
        seen.extend([condition(CODE, "", Severity::Critical, facts)]);
    }

    /// Finds programs whose events were refused: the contacts do not hear of those events.
    fn refused_events(&self, now: Timestamp, seen: &mut Observation) {
        const CODE: &str = "events.refused";
        seen.look_for(&[CODE]);
        seen.extend(self.events.refused.lately(now).into_iter().map(|refusal| {
            let facts = facts([
                ("program", refusal.program.clone()),
                ("count", refusal.count.to_string()),
                ("why", refusal.cause.name().to_owned()),
            ]);
            condition(CODE, &refusal.program, Severity::Warning, facts)
        }));
    }

    /// Finds names and addresses with repeated failures of sign-in.
    fn blocked(&self, age: RunAge, now: Timestamp, seen: &mut Observation) {
        const CODE: &str = "account.signin.blocked";
        let blocked = |(name, address, count): (String, String, u32)| {
            let facts = facts([("account", name.clone()), ("address", address.clone()), ("count", count.to_string())]);
            condition(CODE, &format!("{name} {address}"), Severity::Warning, facts)
        };
        seen.extend(self.admin.accounts.blocked(now).into_iter().map(blocked));
        if age == RunAge::Young {
            seen.unknown(CODE);
        }
    }

    /// Finds webhooks that refuse their calls: they would be silent in an emergency.
    async fn webhooks(&self, seen: &mut Observation) {
        const CODE: &str = "alarm.webhook.failed";
        const TRIES: usize = 3;
        match self.admin.store.hooks_failing(TRIES).await {
            Ok(failing) => {
                let current = self.admin.settings.current();
                let settings = current.settings();
                let alarm = settings.iter().flat_map(|settings| &settings.alarm.webhooks);
                let known: Vec<&str> = alarm.map(|webhook| webhook.url.as_str()).collect();
                for hook in failing.into_iter().filter(|hook| known.contains(&hook.url.as_str())) {
                    let host = origin_of(&hook.url);
                    let facts = facts([("host", host.clone()), ("error", hook.said), ("since", time_fact(hook.made))]);
                    seen.extend([condition(CODE, &host, Severity::Error, facts)]);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the calls of webhooks cannot be read");
                seen.unknown(CODE);
            }
        }
    }

    /// Finds contacts that have not confirmed for a week that our mail arrives.
    async fn unconfirmed(&self, settings: &EmailSettings, now: Timestamp, seen: &mut Observation) {
        const CODE: &str = "contact.unconfirmed";
        const WEEK: Duration = Duration::from_secs(7 * 86_400);
        if self.admin.names.page("").is_none() {
            return; // without an address of the pages, a contact cannot confirm
        }
        let contacts = match self.admin.store.contacts().await {
            Ok(contacts) => contacts,
            Err(error) => {
                tracing::error!(%error, "the contacts cannot be read");
                return seen.unknown(CODE);
            }
        };
        let contact = |address: &model::Address| contacts.iter().find(|contact| contact.address == address.key());
        seen.extend(settings.contacts.iter().filter_map(|address| {
            let known = contact(address).filter(|contact| contact.confirmed.is_none() && now.since(contact.known) >= WEEK)?;
            let facts = facts([
                ("contact", address.to_string()),
                ("unanswered", (now.since(known.known).as_secs() / 86_400).to_string()),
            ]);
            Some(condition(CODE, &address.key(), Severity::Info, facts))
        }));
    }

    /// Reports at the start how the former run ended.
    async fn begin(&self) {
        let now = self.admin.clock.now();
        match self.admin.store.life().await {
            Ok(Some(life)) if life.ended.is_none() => {
                let facts = facts([("seen", time_fact(life.seen)), ("started", time_fact(now))]);
                self.events.report("node.started.after.crash", "", Severity::Warning, facts).await;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the end of the previous run cannot be read"),
        }
        self.report_past().await;
        self.note(LocalChange::Started).await;
        self.signals.note_progress();
    }

    /// Reports the store's findings about earlier runs.
    async fn report_past(&self) {
        let past = self.admin.store.past();
        if let Some(failure) = &past.failure {
            let facts = facts([("error", failure.clone())]);
            self.events.report("store.failed", "", Severity::Critical, facts).await;
        }
        if let Some(doubt) = &past.doubt {
            let facts = facts([("error", doubt.to_string()), ("held", past.held.to_string())]);
            self.events.report("store.unexpected", "", Severity::Error, facts).await;
        }
    }

    /// Records when each contact was entered. Reports removed contacts: the teller sends that notice to the former contact
    /// too, so that a change of contacts cannot go unnoticed. False: not written, try again.
    async fn know_contacts(&self) -> bool {
        let current = self.admin.settings.current();
        let Some(settings) = current.settings() else { return true };
        let keys: Vec<String> = settings.contacts.iter().map(model::Address::key).collect();
        let before = match self.admin.store.contacts().await {
            Ok(before) => before,
            Err(error) => {
                tracing::error!(%error, "the contacts cannot be read");
                return false;
            }
        };
        let left: Vec<String> = settings.contacts.iter().map(ToString::to_string).collect();
        for gone in before.iter().filter(|known| !keys.contains(&known.address)) {
            let facts = facts([("contact", gone.address.clone()), ("left", left.join(", "))]);
            if !self.events.report("contact.removed", &gone.address, Severity::Warning, facts).await {
                return false;
            }
        }
        let known = keys.iter().map(|address| RecordChange::Contact { address: address.clone() });
        let commit = Commit::at(self.admin.clock.now()).and_all(known).and(RecordChange::ContactsLeft(keys.clone()));
        if let Err(fault) = self.admin.store.commit(commit).await {
            tracing::error!(%fault, "the contacts cannot be written down");
            return false;
        }
        // A removed contact can no longer refuse notices: its incident ends.
        for incident in self.events.open_incidents().await {
            if incident.code == "contact.refused" && !keys.contains(&incident.object) {
                let ask = Ask::Resolve {
                    code: incident.code,
                    object: incident.object,
                    by: admin::settings::NODE.to_owned(),
                    key: None,
                };
                if let Err(fault) = self.events.ask(ask).await {
                    tracing::error!(%fault, "an incident could not be resolved");
                }
            }
        }
        true
    }

    async fn note(&self, change: impl Into<Change>) {
        if let Err(fault) = self.admin.store.change(self.admin.clock.now(), change).await {
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
