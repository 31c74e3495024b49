//! The facts of the pair's events: what the core knows, with names, addresses and times.

use std::collections::BTreeMap;
use std::time::Duration;

use admin::Admin;
use admin::http::place_of;
use alerts::FoundCondition;
use failover::PairingService;
use model::event::{Facts, OwnCode, time_fact};
use model::failover::{BackupPhase, BootTime, PairRole, PairState, ProbeFault, RoleName};
use model::time::Timestamp;
use tokio::sync::mpsc;

/// Events that wait to be written.
pub(super) const NEWS_MAX: usize = 256;

/// News of the core that are written in their order.
pub(super) enum PairEvent {
    /// An event without an end.
    Told { code: OwnCode, facts: Facts },
    /// The node has another role.
    Role(RoleName),
}

/// Sends events to the task that writes them.
pub(super) struct PairNews(mpsc::Sender<PairEvent>);

impl PairNews {
    pub(super) fn new(sender: mpsc::Sender<PairEvent>) -> Self {
        Self(sender)
    }

    pub(super) fn tell(&self, code: OwnCode, facts: Facts) {
        if self.0.try_send(PairEvent::Told { code, facts }).is_err() {
            tracing::error!(%code, "an event of the pair is lost: too many wait to be written");
        }
    }

    pub(super) fn note_role(&self, role: RoleName) {
        if self.0.try_send(PairEvent::Role(role)).is_err() {
            tracing::error!(?role, "a role is missing in the audit log: too many wait to be written");
        }
    }
}

/// What the facts are made of at one moment.
pub(super) struct FactSource<'a> {
    pub(super) admin: &'a Admin,
    pub(super) service: &'a PairingService,
    pub(super) state: &'a PairState,
}

impl FactSource<'_> {
    fn wall(&self, at: BootTime) -> Timestamp {
        let ago = self.admin.clock.mono().saturating_sub(Duration::from_millis(at.0));
        self.admin.clock.now() - ago
    }

    /// The facts that many events have.
    fn common(&self) -> Facts {
        let peer = self.service.relationship().map(|pair| pair.peer);
        let name = peer.as_ref().map(|peer| peer.name.clone()).unwrap_or_default();
        let backup = &self.state.settings.backup;
        let tests: Vec<String> = backup.test_ips.iter().map(ToString::to_string).collect();
        let mut facts = Facts::new();
        let mut add = |fact: &str, value: String| drop(facts.insert(fact.to_owned(), value));
        add("node", self.admin.names.host.clone());
        add("peer", name);
        add("ips", tests.join(", "));
        add("hostname", self.hostname());
        add("addr", peer.as_ref().map(|peer| peer.address.host.clone()).unwrap_or_default());
        add("version", self.state.version.clone());
        add("v_peer", self.state.peer.as_ref().map(|peer| peer.version.clone()).unwrap_or_default());
        add("errors", self.errors(peer.map(|peer| peer.address.to_string()).unwrap_or_default().as_str()));
        facts
    }

    /// The name by which people reach the site. Empty if the settings have none.
    fn hostname(&self) -> String {
        let url = self.admin.settings.current().settings().and_then(|settings| settings.site.external_url.clone());
        url.and_then(|url| place_of(&url)).map(|(host, _)| host).unwrap_or_default()
    }

    /// Why the peer was not reached at the last check.
    fn errors(&self, address: &str) -> String {
        words_of(self.state.result.faults.first().copied().unwrap_or(ProbeFault::Timeout), address)
    }

    /// The facts of an event without an end.
    pub(super) fn of_event(&self, code: OwnCode, known: Facts) -> Facts {
        let mut facts = self.common();
        if code == OwnCode::TakeoverBegun {
            let shared: Vec<String> = self.state.pair().shared_ips.iter().map(ToString::to_string).collect();
            facts.insert("ips".into(), if shared.is_empty() { "–".into() } else { shared.join(", ") });
        }
        facts.extend(known);
        facts
    }

    /// The open conditions with all their facts. `begun`: when each was first found.
    pub(super) fn conditions(&self, begun: &mut BTreeMap<(OwnCode, String), Timestamp>) -> Vec<FoundCondition> {
        let now = BootTime(u64::try_from(self.admin.clock.mono().as_millis()).unwrap_or(u64::MAX));
        let open = self.state.conditions(now);
        begun.retain(|key, _| open.iter().any(|condition| (condition.code, condition.object.clone()) == *key));
        let silent_since = match self.state.role {
            PairRole::Backup(BackupPhase::Suspect { since }) => Some(self.wall(since)),
            _ => None,
        };
        let found = open.into_iter().map(|condition| {
            let key = (condition.code, condition.object.clone());
            let first = silent_since.filter(|_| is_silence(condition.code)).unwrap_or_else(|| self.admin.clock.now());
            let since = *begun.entry(key).or_insert(first);
            let mut facts = self.common();
            facts.insert("since".into(), time_fact(since));
            facts.insert("guard".into(), "none".into());
            if let Some(due) = self.state.takeover_due(now) {
                facts.insert("eta".into(), time_fact(self.wall_ahead(now, due)));
            }
            facts.extend(condition.facts);
            FoundCondition { code: condition.code, object: condition.object, facts }
        });
        found.collect()
    }

    fn wall_ahead(&self, now: BootTime, at: BootTime) -> Timestamp {
        self.admin.clock.now() + at.since(now)
    }
}

fn is_silence(code: OwnCode) -> bool {
    matches!(code, OwnCode::PrimaryDown | OwnCode::PrimaryDownTakeoverDue | OwnCode::BackupDisconnected)
}

/// The fault of a status check in words, as the reasons of `admin` know them.
fn words_of(fault: ProbeFault, address: &str) -> String {
    match fault {
        ProbeFault::Dns => format!("the name in {address} has no address"),
        ProbeFault::Timeout => format!("no answer at {address}"),
        ProbeFault::Refused => format!("the connection to {address} is refused"),
        ProbeFault::Unreachable => format!("no way to {address}"),
        ProbeFault::Tls => format!("another program, or one with another key, answers at {address}"),
        ProbeFault::WrongPeer => format!("a node of another pair answers at {address}"),
        ProbeFault::Answer => format!("the answer of {address} cannot be used"),
    }
}
