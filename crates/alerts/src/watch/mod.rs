//! Checks everything that mail depends on. Raises an incident for each condition found, and resolves incidents whose
//! condition is gone. Each round reads the present state, so that a lost wake-up misses no condition that still holds.

mod callers;
mod contacts;
mod ends;
mod node;
mod mail_flow;
mod outcomes;
mod past;
mod relays;
mod security;
mod stall;
mod stuck;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use admin::Admin;
use ends::check_ends;
use mail::Mail;
use mail_flow::{MailFlow, WaitingMail, check_mail_flow, waiting_mail};
use model::event::{Facts, OwnCode, Severity};
use model::hold::Hold;
use model::id::RelayId;
use model::incident::Raised;
use model::time::Timestamp;
use node::{check_clock, check_disk, check_key, check_wal};
use relays::{RouteView, check_grants, check_route};

use crate::relay_check::is_recent;
use stall::Stall;
use store::{Change, LocalChange};
use tokio::time::{Duration, Instant};

use crate::event::{Ask, Condition, Events, Observation, Subjects, senders_waiting};
use crate::signals::{ExternalSignals, RunAge};

pub(crate) use ends::{EndSources, known_ends};
pub(crate) use mail_flow::{is_silent, oldest_accepted};

/// Longest time between two rounds of checks.
const ROUND: Duration = Duration::from_secs(15);
/// Time between two counts of the queue. Counting costs more than the other checks.
const COUNT_INTERVAL: Duration = Duration::from_mins(1);

/// Codes that each round checks, with or without settings.
const ALWAYS_CHECKED_CODES: &[OwnCode] = &[
    OwnCode::NodeDiskLow,
    OwnCode::NodeKeyLost,
    OwnCode::QueueQuotaNear,
    OwnCode::StoreCheckpointFailed,
    OwnCode::NodeClockSkew,
    OwnCode::AccountSigninBlocked,
    OwnCode::AlarmWebhookFailed,
];
/// Codes that a round checks only with valid settings, besides those of OAuth2. Without settings, their incidents stay open.
const SETTINGS_CODES: &[OwnCode] = &[
    OwnCode::MailSilent,
    OwnCode::RelayNone,
    OwnCode::RelayUnreachable,
    OwnCode::RelaySigninRefused,
    OwnCode::RelaySenderRefused,
    OwnCode::RelayTrustFailed,
    OwnCode::RelayRefused,
    OwnCode::RelayCertificateExpiring,
    OwnCode::RelayClientCertificateExpiring,
    OwnCode::RelayFallbackActive,
    OwnCode::QueueBacklog,
    OwnCode::ContactUnconfirmed,
    OwnCode::NodeCertificateExpiring,
];

pub struct Watch {
    pub(crate) admin: Admin,
    pub(crate) mail: Mail,
    pub(crate) events: Arc<Events>,
    pub(crate) signals: Arc<ExternalSignals>,
}

/// Runs the checks until shutdown: every 15 seconds, and at once after a change of settings or of the route, or an outcome of a
/// delivery.
pub async fn watch(watch: Watch, mut stop: tokio::sync::watch::Receiver<bool>) {
    let started = watch.admin.clock.now();
    watch.report_former_run().await;
    let mut route = watch.mail.queue.route_changes();
    let mut settings = watch.admin.settings.changes();
    let mut memory = WatchMemory { started, ..WatchMemory::default() };
    loop {
        route.mark_unchanged();
        settings.mark_unchanged();
        let begun = watch.admin.clock.now();
        watch.round(&mut memory).await;
        watch.signals.note_progress();
        tokio::select! {
            () = watch.admin.clock.sleep_until(begun + ROUND) => {}
            // Without this timer, a wall clock that is set back would stop the watch for as long as it was set back.
            () = tokio::time::sleep(ROUND) => {}
            () = watch.mail.queue.outcome_noted() => {}
            _ = route.changed() => {}
            _ = settings.changed() => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    watch.note(LocalChange::Ended).await;
}

/// State that the watch keeps between rounds.
#[derive(Default)]
struct WatchMemory {
    started: Timestamp,
    /// Time of the last attempt to count the queue.
    counted: Option<Timestamp>,
    /// The last count. `None` if it failed.
    waiting: Option<WaitingMail>,
    /// The settings revision whose contacts are recorded.
    revision: i64,
    /// The names that relays have or had, as of a revision of the settings.
    relay_names: (i64, Arc<BTreeMap<String, RelayId>>),
    stall: Stall,
    /// Time of the last snapshot for `stall`: by the wall clock, and by the monotonic clock, which stops while the machine sleeps.
    stall_compared: Option<(Timestamp, Instant)>,
}

impl Watch {
    /// Runs all checks once, and records what they find.
    async fn round(&self, memory: &mut WatchMemory) {
        let now = self.admin.clock.now();
        let current = self.admin.settings.current();
        let (revision, is_adopted) = (current.revision, self.mail.queue.has_adopted(&current));
        if memory.revision != revision && self.record_contacts().await {
            memory.revision = revision;
        }
        self.read_outcomes().await;
        self.read_audit(memory.started).await;
        let is_count_due = memory.counted.is_none_or(|at| now.distance(at) >= COUNT_INTERVAL);
        if is_count_due {
            memory.counted = Some(now);
            let waiting = waiting_mail(&self.admin.store, &self.events).await;
            memory.waiting = waiting.inspect_err(|error| tracing::error!(%error, "the queue cannot be counted")).ok();
        }
        let route_change = self.mail.queue.route_change();
        let observation = self.observe(memory, now).await;
        if let Err(fault) = self.events.ask(Ask::Observe(observation)).await {
            tracing::error!(%fault, "problems found by the checks could not be recorded");
        }
        // The sender of notices waits until the watch has seen the present route.
        self.events.observed_route_change.store(route_change, Ordering::Release);
        if is_adopted {
            self.events.observed_revision.store(revision, Ordering::Release);
        }
        self.events.news.notify_one();
        if is_count_due {
            self.note_alive(now).await;
        }
    }

    /// Writes once a minute that the node lives. The next start learns the time of a crash from it, and a failed write
    /// reveals a dead disk.
    async fn note_alive(&self, now: Timestamp) {
        let written = self.admin.store.change(now, LocalChange::Seen).await;
        if let Err(fault) = &written {
            tracing::error!(%fault, "the store accepts no writes: no message is accepted, and no alert can be mailed");
        }
        self.signals.note_write(written.err().map(|fault| fault.to_string()), now);
    }

    async fn observe(&self, memory: &mut WatchMemory, now: Timestamp) -> Observation {
        let mut observation = Observation::default();
        self.observe_node(memory, now, &mut observation).await;
        self.observe_mail(memory, now, &mut observation).await;
        self.find_stuck_mail(memory, now, &mut observation).await;
        self.find_unreadable_messages(&mut observation);
        self.find_refused_events(now, &mut observation);
        self.find_shortage(&mut observation);
        observation
    }

    /// Runs the checks of [`ALWAYS_CHECKED_CODES`].
    async fn observe_node(&self, memory: &WatchMemory, now: Timestamp, observation: &mut Observation) {
        observation.mark_checked(ALWAYS_CHECKED_CODES);
        let age = RunAge::of(memory.started, now);
        check_disk(&self.admin.store, observation);
        check_wal(&self.admin.store, observation);
        check_key(&self.admin.store, observation);
        check_clock(self.signals.clocks(now), &self.mail.oauth.statuses(), age, observation);
        self.find_blocked_sign_ins(age, now, observation);
        self.find_failing_webhooks(observation).await;
    }

    /// Runs the checks of [`SETTINGS_CODES`] and of OAuth2.
    async fn observe_mail(&self, memory: &mut WatchMemory, now: Timestamp, observation: &mut Observation) {
        let current = self.admin.settings.current();
        let Some(settings) = current.settings() else { return };
        observation.mark_checked(SETTINGS_CODES);
        observation.mark_checked(&OwnCode::OF_OAUTH);
        observation.subjects = Some(Subjects {
            settings: Arc::clone(&settings),
            former_senders: self.events.former_senders(),
            relay_names: self.relay_names(memory, current.revision).await,
        });
        let grants = self.mail.oauth.statuses();
        let relays = self.mail.queue.known_relays();
        self.forget_former_senders().await;
        let senders = self.mail.queue.refused_senders();
        let own_sender = settings.bounce.to_string();
        let closed = self.mail.queue.closed();
        let rewritten = self.rewritten_senders(&senders, &own_sender).await;
        let route = RouteView {
            relays: &relays,
            senders: &senders,
            grants: &grants,
            own_sender: &own_sender,
            rewritten: &rewritten,
            has_accepted: relays.iter().any(|relay| relay.accepted.is_some_and(|at| at >= memory.started)),
            closed,
        };
        check_route(&route, now, observation);
        check_grants(&grants, observation);
        let certificates = self.mail.queue.certificates();
        let sources = EndSources { settings: &settings, grants: &grants, certificates: &certificates, signals: &self.signals };
        check_ends(&sources, now, observation);
        let (last_accepted, route_opened) = (self.mail.queue.last_accepted(), self.mail.queue.opened());
        let flow = MailFlow { waiting: memory.waiting.as_ref(), relays: &relays, last_accepted, route_opened };
        check_mail_flow(&flow, now, observation);
        self.find_unconfirmed_contacts(&settings, now, observation).await;
    }

    /// The names that relays have or had, read again after each save.
    async fn relay_names(&self, memory: &mut WatchMemory, revision: i64) -> Arc<BTreeMap<String, RelayId>> {
        if memory.relay_names.0 != revision {
            match self.admin.settings.relay_names().await {
                Ok(names) => memory.relay_names = (revision, Arc::new(names)),
                Err(error) => tracing::error!(%error, "former settings cannot be read"),
            }
        }
        Arc::clone(&memory.relay_names.1)
    }

    /// The refused senders, without the present one, under which notices wait.
    async fn rewritten_senders(&self, refused: &[(RelayId, String, Hold)], present: &str) -> BTreeSet<String> {
        if refused.iter().all(|(_, sender, _)| sender == present) {
            return BTreeSet::new();
        }
        let waiting = senders_waiting(&self.admin.store).await.unwrap_or_default();
        waiting.into_values().filter(|sender| sender != present).collect()
    }

    /// Drops the holds of senders that the site no longer has, once no mail of theirs waits: nobody would try them again.
    async fn forget_former_senders(&self) {
        let former = self.events.former_senders();
        // After a change, what waits is tried first.
        let now = self.admin.clock.now();
        if self.mail.queue.known_relays().iter().any(|relay| is_recent(relay, now)) {
            return;
        }
        let held: Vec<String> = self.mail.queue.refused_senders().into_iter().map(|(_, sender, _)| sender).collect();
        if !held.iter().any(|sender| former.contains(sender)) {
            return;
        }
        let gates = match self.admin.store.shut_gates().await {
            Ok(gates) => gates,
            Err(error) => return tracing::error!(%error, "the senders of waiting mail cannot be read"),
        };
        for sender in held.iter().filter(|sender| former.contains(*sender) && !gates.iter().any(|gate| gate.sender == **sender)) {
            self.mail.queue.forget_sender(sender).await;
        }
    }

    async fn note(&self, change: impl Into<Change>) {
        if let Err(fault) = self.admin.store.change(self.admin.clock.now(), change).await {
            tracing::error!(%fault, "a record of the watch could not be stored");
        }
    }
}

/// Facts with these names. Drops empty values: a fact that is not known is left out.
pub(crate) fn facts<const N: usize>(pairs: [(&str, String); N]) -> Facts {
    let known = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A condition with the facts that the catalogue lists for its code.
pub(crate) fn condition(code: OwnCode, object: &str, severity: Severity, mut facts: Facts) -> Condition {
    facts.retain(|name, _| code.entry().facts.iter().any(|fact| fact.name == name));
    Condition { code, object: object.to_owned(), raised: Raised { severity, facts, step: None } }
}
