//! Events and incidents. One commit writes each change with its history; the sender of notices then mails it.
//!
//! Every change passes [`Events::ask`]. The first caller does the work of all that wait, in one commit. In a storm, hundreds
//! of events share one sync.

mod batch;
mod live;
mod observation;
mod refused;
mod notice_sender;
mod subjects;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use admin::Admin;
use admin::settings::NODE;
use live::{CRITICAL, EACH_MAX, LIVE_MAX, LiveIncidents, OURS};
use model::account::{Actor, Forbidden, Role};
use model::event::{EventCode, Facts, OwnCode, Severity, WrongEvent};
use model::id::IncidentId;
use model::incident::{Incident, Raised, Sent};
use model::time::Timestamp;
use refused::{Cause, Refusals};
use store::{CommitFault, DoneOnce, IncidentFilter, Once, ReadFault};
use tokio::sync::{Notify, oneshot, watch};

use crate::notice::NoticeContext;

pub(crate) use notice_sender::{HandOverFault, OwnMail, hand_over, senders_waiting};
pub use notice_sender::{NoticeSender, send_notices};
pub(crate) use observation::{Condition, Observation};
pub(crate) use subjects::Subjects;

/// Recent notices that a start reads. More than the rate limit allows within its window.
const NEWEST_NOTICES: usize = 100;
/// Time for a route that has just opened to show that it delivers mail.
pub(crate) const ROUTE_OPEN_GRACE: Duration = Duration::from_mins(5);
/// Changes in one commit.
const BATCH_MAX: usize = 256;

/// A change to incidents.
#[derive(Clone, Debug)]
pub enum Ask {
    Raise {
        code: EventCode,
        object: String,
        raised: Raised,
        by: String,
        /// True: the event has no end. False: the catalogue decides.
        once: bool,
        /// Idempotency key: the change is made once.
        key: Option<Once>,
    },
    Resolve {
        code: EventCode,
        object: String,
        by: String,
        /// Idempotency key: the change is made once.
        key: Option<Once>,
    },
    /// Findings of one round of the watch. Resolves each open incident that was checked for and not found.
    Observe(Observation),
    Acknowledge {
        id: IncidentId,
        by: String,
    },
    /// Applies changes that depend on time alone.
    Tick,
}

impl Ask {
    /// The program or person that raises or resolves. `None` for the node and for all other requests.
    fn program(&self) -> Option<&str> {
        match self {
            Self::Raise { by, .. } | Self::Resolve { by, .. } if by != NODE => Some(by),
            _ => None,
        }
    }
}

/// The result of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// The incident that was raised, or changed.
    Incident(IncidentId),
    /// There was nothing to do.
    Nothing,
    /// Too many incidents are open, in all or of this program.
    Full,
    /// The program's allowance is used up.
    TooFast,
    /// The key was used before with other content.
    Differs,
}

/// An event that a program or a person reports.
#[derive(Clone, Debug)]
pub struct EventReport {
    pub code: String,
    pub object: String,
    pub severity: Severity,
    pub facts: Facts,
    /// True if the event has no end.
    pub once: bool,
    pub by: String,
    /// Idempotency key: the event is taken once. The key names the caller.
    pub key: Option<Once>,
}

/// An event was not taken; nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum EventFault {
    #[error("{0}")]
    Wrong(#[from] WrongEvent),
    #[error("too many incidents are open ({EACH_MAX} of one program, or {} in all): resolve some first", LIVE_MAX - OURS - CRITICAL)]
    Full,
    #[error("this program has written too many events in a short time: wait a minute")]
    TooFast,
    #[error("no such incident is open")]
    NotOpen,
    #[error("the key was used for another event")]
    Differs,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Store(#[from] CommitFault),
}

/// Notices that wait until mail can go.
#[derive(Clone, Copy, Debug)]
pub struct WaitingNotices {
    pub count: usize,
    /// Time of the oldest news among them.
    pub oldest: Option<Timestamp>,
}

type Waiting = (Ask, oneshot::Sender<Result<EventOutcome, CommitFault>>);

pub struct Events {
    admin: Admin,
    /// Wakes the task that calls webhooks.
    pub(crate) calls: Arc<Notify>,
    live: tokio::sync::Mutex<LiveIncidents>,
    waiting: Mutex<Vec<Waiting>>,
    /// Wakes the sender of notices.
    pub(crate) news: Notify,
    /// The last change of the route that a round of the watch has observed.
    pub(crate) observed_route_change: AtomicU64,
    /// The last revision of the settings that a round of the watch has observed.
    pub(crate) observed_revision: AtomicI64,
    /// Senders that the site had in the kept revisions of its settings or since the start, and no longer has.
    former_senders: Mutex<BTreeSet<String>>,
    /// Refused events of programs.
    pub(crate) refused: Refusals,
    /// True if a change to incidents has panicked.
    panicked: watch::Sender<bool>,
}

/// Reports a panic during a change to incidents: memory and disk may differ from then on, and only a restart repairs that.
struct PanicGuard {
    events: Arc<Events>,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.events.panicked.send_replace(true);
        }
    }
}

/// Reads an incident from its row. Returns `None` and logs an error if a newer version wrote the row, or if it was changed
/// by hand. The row stays as it is, and no contact is told of it.
pub(super) fn stored(id: IncidentId, record: &str) -> Option<Incident> {
    match serde_json::from_str::<Incident>(record) {
        Ok(incident) if incident.is_plausible(id) => return Some(incident),
        Ok(_) => tracing::error!(id = id.0, "an incident is ignored: its record contains invalid numbers"),
        Err(error) => tracing::error!(%error, id = id.0, "an incident cannot be read by this version"),
    }
    None
}

impl Events {
    pub(crate) async fn open(admin: &Admin) -> Result<Arc<Self>, ReadFault> {
        let (admin, store) = (admin.clone(), &admin.store);
        let mut live = LiveIncidents { last_id: store.last_incident().await?, ..LiveIncidents::default() };
        let mut after = IncidentId::BEFORE_FIRST;
        loop {
            let page = store.live_incidents(after).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (id, record) in page {
                if let Some(incident) = stored(id, &record) {
                    live.put(incident);
                }
            }
        }
        let told = store.newest_notices(NEWEST_NOTICES).await?;
        // The record of a former run knows critical mails from others, and no more.
        let severity = |critical| if critical { Severity::Critical } else { Severity::Error };
        live.sent.extend(told.into_iter().map(|(at, critical)| Sent { at, severity: severity(critical), source: None }));
        let (live, news) = (tokio::sync::Mutex::new(live), Notify::new());
        Ok(Arc::new(Self {
            admin,
            calls: Arc::default(),
            live,
            waiting: Mutex::default(),
            news,
            observed_route_change: AtomicU64::new(0),
            observed_revision: AtomicI64::new(0),
            former_senders: Mutex::default(),
            refused: Refusals::default(),
            panicked: watch::Sender::new(false),
        }))
    }

    /// Resolves when a change to incidents has panicked.
    pub async fn died(&self) -> &'static str {
        match self.panicked.subscribe().wait_for(|panicked| *panicked).await {
            Ok(_) => "incidents",
            // The sender lives as long as this value.
            Err(_) => std::future::pending().await,
        }
    }

    /// Makes a change, in one commit with all others that wait. The change completes even if the caller goes away.
    pub async fn ask(self: &Arc<Self>, ask: Ask) -> Result<EventOutcome, CommitFault> {
        let (answer, heard) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((ask, answer));
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let _guard = PanicGuard { events: Arc::clone(&this) };
            this.work().await;
        });
        heard.await.unwrap_or(Err(CommitFault::Closed))
    }

    async fn work(&self) {
        let mut live = self.live.lock().await;
        let batch: Vec<Waiting> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let count = waiting.len().min(BATCH_MAX);
            waiting.drain(..count).collect()
        };
        if batch.is_empty() {
            return;
        }
        let done = match self.done_before(&batch).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "idempotency keys cannot be read");
                for (_, asker) in batch {
                    drop(asker.send(Err(CommitFault::Storage(error.to_string()))));
                }
                return;
            }
        };
        let now = self.admin.clock.now();
        let context = self.admin.settings.current().settings().map(|settings| NoticeContext {
            settings,
            names: self.admin.names.clone(),
            now,
        });
        let mut work = batch::Batch::new(&mut live, now, done, context.as_ref());
        let answers: Vec<_> = batch.iter().map(|(ask, _)| work.apply(ask)).collect();
        let refused = batch.iter().zip(&answers).filter_map(|((ask, _), answer)| Some((ask.program()?, Cause::of(*answer)?)));
        refused.for_each(|(program, cause)| self.refused.note(program, cause, now));
        let (commit, undo) = work.done();
        let result = match commit.is_empty() {
            true => Ok(()),
            false => self.admin.store.commit(commit).await.map(drop),
        };
        if let Err(fault) = &result {
            tracing::error!(%fault, "an event could not be recorded");
            undo.restore(&mut live);
        }
        drop(live);
        for ((_, asker), answer) in batch.into_iter().zip(answers) {
            // The caller may be gone.
            drop(asker.send(result.clone().map(|()| answer)));
        }
        self.news.notify_one();
        self.calls.notify_one();
    }

    /// Reads the results of keys that were used before.
    async fn done_before(&self, batch: &[Waiting]) -> Result<BTreeMap<String, DoneOnce>, ReadFault> {
        let key = |(ask, _): &Waiting| match ask {
            Ask::Raise { key: Some(once), .. } | Ask::Resolve { key: Some(once), .. } => Some(once.key.clone()),
            _ => None,
        };
        let keys: Vec<String> = batch.iter().filter_map(key).collect();
        if keys.is_empty() { Ok(BTreeMap::new()) } else { self.admin.store.once(keys).await }
    }

    /// Raises an event for a program or a person. Returns the number of the incident.
    pub async fn raise(self: &Arc<Self>, report: EventReport) -> Result<IncidentId, EventFault> {
        let EventReport { code, object, severity, facts, once, by, key } = report;
        let code = model::event::check(&code, &object, &facts)?;
        // On a disk too full for mail, events of programs must not fill the rest. It is kept for outcomes and our own
        // events.
        let has_room =
            |room: store::DiskRoom| room.free >= if severity == Severity::Critical { room.floor / 2 } else { room.floor };
        if !self.admin.store.room().is_none_or(has_room) {
            return Err(EventFault::Store(CommitFault::DiskFull));
        }
        let wal = self.admin.store.wal();
        if let Some(cause) = wal.trouble.clone().filter(|_| wal.is_full() && severity != Severity::Critical) {
            return Err(EventFault::Store(CommitFault::WalFull(cause)));
        }
        let raised = Raised { severity, facts, step: None };
        match self.ask(Ask::Raise { code, object, raised, by, once, key }).await? {
            EventOutcome::Incident(id) => Ok(id),
            EventOutcome::Differs => Err(EventFault::Differs),
            EventOutcome::TooFast => Err(EventFault::TooFast),
            EventOutcome::Nothing | EventOutcome::Full => Err(EventFault::Full),
        }
    }

    /// Resolves an incident for a program or a person. Returns its number.
    pub async fn resolve(
        self: &Arc<Self>,
        code: &str,
        object: &str,
        by: &str,
        key: Option<Once>,
    ) -> Result<IncidentId, EventFault> {
        let code = model::event::check(code, object, &Facts::new())?;
        let ask = Ask::Resolve { code, object: object.to_owned(), by: by.to_owned(), key };
        match self.ask(ask).await? {
            EventOutcome::Incident(id) => Ok(id),
            EventOutcome::Differs => Err(EventFault::Differs),
            EventOutcome::TooFast => Err(EventFault::TooFast),
            EventOutcome::Nothing | EventOutcome::Full => Err(EventFault::NotOpen),
        }
    }

    /// Acknowledges an incident: reminders stop unless it becomes worse.
    pub async fn acknowledge(self: &Arc<Self>, id: IncidentId, who: &Actor) -> Result<(), EventFault> {
        who.needs(Role::Operator)?;
        match self.ask(Ask::Acknowledge { id, by: who.name.clone() }).await? {
            EventOutcome::Incident(_) => Ok(()),
            EventOutcome::Nothing | EventOutcome::Full | EventOutcome::TooFast | EventOutcome::Differs => {
                Err(EventFault::NotOpen)
            }
        }
    }

    /// Raises an event of the node. False: the event was not written. The log has the error, and the caller must report it
    /// again.
    pub(crate) async fn report(self: &Arc<Self>, code: OwnCode, object: &str, severity: Severity, facts: Facts) -> bool {
        let raised = Raised { severity, facts, step: None };
        let ask =
            Ask::Raise { code: code.into(), object: object.to_owned(), raised, by: NODE.to_owned(), once: false, key: None };
        match self.ask(ask).await {
            Ok(EventOutcome::Incident(_) | EventOutcome::Nothing | EventOutcome::Differs) => true,
            Ok(EventOutcome::Full | EventOutcome::TooFast) => {
                tracing::error!(%code, object, "an event could not be recorded: too many incidents are open");
                false
            }
            Err(fault) => {
                tracing::error!(%fault, %code, object, "an event could not be recorded");
                false
            }
        }
    }

    /// All open incidents, the worst first.
    pub async fn open_incidents(&self) -> Vec<Incident> {
        let live = self.live.lock().await;
        let mut open: Vec<Incident> = live.incidents.values().filter(|incident| incident.state.is_open()).cloned().collect();
        open.sort_by_key(Incident::rank);
        open
    }

    /// A page of the open incidents that `is_meant` selects, and the rank of its last if more follow.
    pub async fn open_page(
        &self,
        after: Option<i64>,
        is_meant: impl Fn(&Incident) -> bool,
        rows: usize,
    ) -> (Vec<Incident>, Option<i64>) {
        let open = self.open_incidents().await;
        let meant = open.into_iter().filter(|incident| after.is_none_or(|after| incident.rank() > after) && is_meant(incident));
        let mut page: Vec<Incident> = meant.take(rows + 1).collect();
        let more = page.len() > rows;
        page.truncate(rows);
        let last = page.last().filter(|_| more).map(Incident::rank);
        (page, last)
    }

    /// Incidents, newest first.
    pub async fn incidents(&self, filter: IncidentFilter, limit: usize) -> Result<Vec<Incident>, ReadFault> {
        let records = self.admin.store.incidents(filter, limit).await?;
        Ok(records.iter().filter_map(|(id, record)| stored(*id, record)).collect())
    }

    pub async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, ReadFault> {
        Ok(self.admin.store.incident(id).await?.and_then(|record| stored(id, &record)))
    }

    /// The open incident of a code and an object.
    pub async fn find(&self, code: impl Into<EventCode>, object: &str) -> Option<Incident> {
        let live = self.live.lock().await;
        live.find(&code.into(), object)
            .and_then(|id| live.incidents.get(&id))
            .filter(|incident| incident.state.is_open())
            .cloned()
    }

    /// Senders that the site had in the kept revisions of its settings or since the start, and no longer has.
    pub(crate) fn former_senders(&self) -> BTreeSet<String> {
        self.former_senders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that the site has this sender now, and no longer the others.
    fn note_sender(&self, present: &str, former: impl IntoIterator<Item = String>) {
        let mut senders = self.former_senders.lock().unwrap_or_else(PoisonError::into_inner);
        senders.extend(former);
        senders.remove(present);
    }

    /// The notices that wait until mail can go.
    pub async fn waiting_notices(&self) -> WaitingNotices {
        let live = self.live.lock().await;
        let pending = live.incidents.values().filter_map(|incident| incident.notices.pending);
        WaitingNotices { count: pending.clone().count(), oldest: pending.map(|pending| pending.since).min() }
    }

    /// The next time at which time alone changes an incident.
    pub(crate) async fn next_tick(&self) -> Option<Timestamp> {
        self.live.lock().await.incidents.values().filter_map(Incident::next_tick).min()
    }
}
