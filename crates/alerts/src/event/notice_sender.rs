//! Writes the notices of incidents as messages into the queue. A notice is written when mail can go, so that it reports the
//! state of that time. While no relay can be used, notices wait here. Notices already in the queue are withdrawn.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use admin::Admin;
use admin::settings::NODE;
use mail::Mail;
use mail::compose::{MessageParts, PartsFault, compose};
use mail::intake::{Intake, IntakeFault, Submission};
use model::Address;
use model::event::{OwnCode, Severity};
use model::id::{IncidentId, MessageNumber, RelayId};
use model::incident::{Due, Incident, NoticeKind, PendingNotice, Sent, WINDOW, plan};
use model::message::Fate;
use model::settings::EmailSettings;
use model::time::Timestamp;
use store::{Commit, CommitFault, NoticeRow, NoticeView, ReadFault, RecordChange, Store};
use tokio::sync::watch;

use super::ROUTE_OPEN_GRACE;
use super::batch::row;
use super::{Ask, Events, LiveIncidents, stored};
use crate::notice::{DueNotice, NoticeContext, digest_parts};
use crate::relay_check::is_undecided;

/// Longest time between two rounds.
const ROUND_MAX: Duration = Duration::from_mins(1);
/// Shortest time between two rounds.
const ROUND_MIN: Duration = Duration::from_secs(1);
/// Longest wait for a round of the watch after the route has opened, before notices are sent.
const OBSERVATION_WAIT: Duration = Duration::from_secs(10);

/// Most notices that are written anew after a change of the contacts.
const REPEATED_MAX: usize = 200;

/// Sends the notices that incidents wait for.
pub struct NoticeSender {
    pub(crate) admin: Admin,
    pub(crate) mail: Mail,
    pub(crate) events: Arc<Events>,
}

/// Runs until the stop.
pub async fn send_notices(sender: NoticeSender, mut stop: watch::Receiver<bool>) {
    let mut route = sender.mail.queue.route_changes();
    let mut settings = sender.admin.settings.changes();
    loop {
        route.mark_unchanged();
        settings.mark_unchanged();
        let next = sender.round().await;
        tokio::select! {
            () = sender.events.admin.clock.sleep_until(next) => {}
            () = sender.events.news.notified() => {}
            _ = route.changed() => {}
            _ = settings.changed() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl NoticeSender {
    /// Sends the notices that can go now. Returns the time of the next round.
    async fn round(&self) -> Timestamp {
        let now = self.events.admin.clock.now();
        if self.events.next_tick().await.is_some_and(|at| at <= now)
            && let Err(fault) = self.events.ask(Ask::Tick).await
        {
            tracing::error!(%fault, "incidents could not be updated");
        }
        let current = self.admin.settings.current();
        let settings = current.settings().filter(|_| self.mail.queue.any_open());
        let mut live = self.events.live.lock().await;
        let Some(settings) = settings else {
            live.route_open_since = None;
            self.withdraw_waiting(&mut live, |_| true).await;
            return now + ROUND_MAX;
        };
        let open = *live.route_open_since.get_or_insert(now);
        let is_stale = self.follow_sender(&mut live, &settings.bounce.to_string()).await;
        self.follow_ways(&mut live, &settings).await;
        // An incident may have ended when the route opened, or with new settings. The sender waits briefly for the watch to find
        // that, so that the notice is right.
        let is_observed = self.events.observed_route_change.load(Ordering::Acquire) >= self.mail.queue.route_change()
            && self.events.observed_revision.load(Ordering::Acquire) >= current.revision;
        let changed = current.saved.as_ref().map_or(open, |(saved, _)| open.max(*saved));
        // A notice that mail is silent waits for a while after the route has opened: the watch must see if mail gets out now.
        let opening = now.distance(open) < ROUTE_OPEN_GRACE;
        let relays = self.mail.queue.known_relays();
        let undecided = |incident: &Incident| {
            let is_silence = opening && incident.code == OwnCode::MailSilent && incident.state.is_open();
            is_silence || is_undecided(incident, &relays, now)
        };
        if (!is_observed || live.incidents.values().any(undecided)) && now.distance(changed) < OBSERVATION_WAIT {
            return now + ROUND_MIN;
        }
        // The incident ended before its first notice left: one notice reports both.
        let ended: Vec<IncidentId> =
            live.incidents.values().filter(|incident| incident.notices.is_end_pending()).map(|incident| incident.id).collect();
        if !ended.is_empty() {
            self.withdraw_waiting(&mut live, |waiting| ended.contains(&waiting.notice.incident)).await;
        }
        let due: Vec<Due> = live.incidents.values().filter(|incident| !undecided(incident)).filter_map(due).collect();
        live.sent.retain(|sent| now.distance(sent.at) < WINDOW);
        let planned = plan(&due, &live.sent, open, now);
        let context = NoticeContext { settings, names: self.admin.names.clone(), now };
        let mut well = true;
        for id in planned.alone {
            well &= self.send(&mut live, &[id], &context).await;
        }
        if !planned.gathered.is_empty() {
            well &= self.send(&mut live, &planned.gathered, &context).await;
        }
        // Former contacts are told of their removal and of nothing else.
        let is_removal =
            |id: &IncidentId| live.incidents.get(id).is_some_and(|incident| incident.code == OwnCode::ContactRemoved);
        let (removals, others): (Vec<IncidentId>, Vec<IncidentId>) = planned.digest.into_iter().partition(is_removal);
        for digest in [others, removals].into_iter().filter(|digest| !digest.is_empty()) {
            well &= self.send(&mut live, &digest, &context).await;
        }
        let again = planned.again.unwrap_or(Timestamp::MAX);
        let tick = live.incidents.values().filter_map(Incident::next_tick).min().unwrap_or(Timestamp::MAX);
        let latest = if is_stale { now + ROUND_MAX / 6 } else { now + ROUND_MAX };
        if well { again.min(tick).clamp(now + ROUND_MIN, latest) } else { now + ROUND_MAX / 6 }
    }

    /// After a change of the contacts or the relays: writes the last notices of open incidents anew if every recipient was refused, and
    /// there is a contact that was none of them, or another way to them. Otherwise nobody would ever be told.
    async fn follow_ways(&self, live: &mut LiveIncidents, settings: &EmailSettings) {
        let present: BTreeSet<String> = settings.contacts.iter().map(Address::key).collect();
        let former = (live.contacts.replace(present.clone()), live.route.replace(settings.route.clone()));
        let (Some(contacts), Some(route)) = former else { return };
        let has_new_way = route != settings.route;
        if present.is_subset(&contacts) && !has_new_way {
            return;
        }
        // A changed relay may take a contact that another one refused.
        let refused_before = |asked: &BTreeSet<String>| !has_new_way && present.is_subset(asked);
        let told =
            |incident: &&Incident| incident.state.is_open() && incident.notices.count > 0 && incident.notices.pending.is_none();
        let told: Vec<IncidentId> = live.incidents.values().filter(told).map(|incident| incident.id).take(REPEATED_MAX).collect();
        for id in told {
            if let Err(error) = self.repeat_if_refused(live, id, &refused_before).await {
                tracing::error!(%error, incident = id.0, "the notices of an incident cannot be read or written anew");
            }
        }
    }

    async fn repeat_if_refused(
        &self,
        live: &mut LiveIncidents,
        id: IncidentId,
        is_futile: &impl Fn(&BTreeSet<String>) -> bool,
    ) -> Result<(), RepeatFault> {
        let store = &self.events.admin.store;
        let Some(last) = store.notices_of(id).await?.pop() else { return Ok(()) };
        let Some(view) = store.message(last.message).await? else { return Ok(()) };
        let addresses = view.recipients.iter().filter_map(|recipient| recipient.address.parse::<Address>().ok());
        let asked: BTreeSet<String> = addresses.map(|address| address.key()).collect();
        let are_refused = view.recipients.iter().all(|recipient| recipient.fate == Fate::Refused);
        if !are_refused || is_futile(&asked) {
            return Ok(());
        }
        let Some(mut incident) = live.incidents.get(&id).cloned() else { return Ok(()) };
        let kind = NoticeKind::of_name(&last.notice.kind).unwrap_or(NoticeKind::Raised);
        incident.notices.withdraw(PendingNotice { kind, since: last.notice.since }, view.row.message_id.trim_matches(['<', '>']));
        let now = self.events.admin.clock.now();
        store.commit(Commit::at(now).and(row(&incident, now))).await?;
        live.put(incident);
        Ok(())
    }

    /// Withdraws the notices under a former sender of the site: they are written anew under the present one. The watch drops the holds of
    /// the former once no mail of theirs waits. At the start, the former senders are those of
    /// the waiting notices and of the kept revisions: the settings may have changed right before. A notice on its way to a relay
    /// cannot be withdrawn; a later round finds it again. True if such notices are left.
    async fn follow_sender(&self, live: &mut LiveIncidents, present: &str) -> bool {
        if live.sender.as_deref() == Some(present) && self.events.former_senders().is_empty() {
            // The site never had another sender: no notice can be stale.
            return false;
        }
        let Some(waiting) = senders_waiting(&self.events.admin.store).await else { return false };
        let stale: BTreeMap<MessageNumber, String> = waiting.into_iter().filter(|(_, sender)| sender != present).collect();
        let mut former: BTreeSet<String> = stale.values().cloned().collect();
        if live.sender.as_deref() != Some(present) {
            if live.sender.is_none() {
                match self.admin.settings.senders().await {
                    Ok(senders) => self.events.note_sender(present, senders),
                    Err(error) => tracing::error!(%error, "former settings cannot be read"),
                }
            }
            former.extend(live.sender.replace(present.to_owned()).filter(|sender| sender != present));
            self.events.note_sender(present, former);
        }
        if stale.is_empty() {
            return false;
        }
        self.withdraw_waiting(live, |waiting| stale.contains_key(&waiting.message)).await;
        true
    }

    /// Writes one notice, or several as a digest, into the queue, and records it in the same commit.
    async fn send(&self, live: &mut LiveIncidents, ids: &[IncidentId], context: &NoticeContext) -> bool {
        let reported: Vec<(Incident, PendingNotice)> = ids
            .iter()
            .filter_map(|id| live.incidents.get(id))
            .filter_map(|incident| Some((incident.clone(), incident.notices.pending?)))
            .collect();
        let context = &with_former_contacts(context, &reported);
        let notices: Vec<DueNotice<'_>> =
            reported.iter().map(|(incident, pending)| DueNotice { incident, pending: *pending, by: &incident.by }).collect();
        let parts = match &notices[..] {
            [] => return true,
            [notice] => notice.parts(context),
            many => digest_parts(context, many),
        };
        let digest = reported.len() > 1;
        let critical = !digest && reported.iter().any(|(incident, _)| incident.severity == Severity::Critical);
        let message_id = parts.message_id.clone().unwrap_or_default();
        let mut commit = Commit::at(context.now);
        let mut after = Vec::new();
        for (incident, pending) in &reported {
            let mut incident = incident.clone();
            incident.notices.made(&message_id, context.now);
            let notice = NoticeRow {
                incident: incident.id,
                number: incident.notices.number,
                kind: pending.kind.name().to_owned(),
                since: pending.since,
                critical,
                digest,
            };
            commit = commit.and(notice).and(row(&incident, context.now));
            after.push(incident);
        }
        let severity = if critical { Severity::Critical } else { Severity::Error };
        let avoid = if digest { None } else { reported.first().and_then(|(incident, _)| about(incident, &context.settings)) };
        match hand_over(&self.mail.intake, context, &OwnMail { parts, severity, avoid }, commit).await {
            Ok(()) => {
                for incident in after {
                    live.remove(incident.id);
                    if !incident.is_over(context.now) {
                        live.put(incident);
                    }
                }
                let source = reported.first().filter(|_| !digest).map(|(incident, _)| source_of(&incident.by));
                // A digest counts as information in the rate limit.
                let severity = reported.first().map(|(incident, _)| incident.severity).filter(|_| !digest);
                live.sent.push(Sent { at: context.now, severity: severity.unwrap_or(Severity::Info), source });
                true
            }
            Err(fault) => {
                let incidents: Vec<i64> = ids.iter().map(|id| id.0).collect();
                tracing::error!(%fault, ?incidents, "a notice could not be queued; retrying");
                false
            }
        }
    }

    /// Withdraws queued notices that no relay has taken yet. They are written again later with the state of that time.
    async fn withdraw_waiting(&self, live: &mut LiveIncidents, wanted: impl Fn(&NoticeView) -> bool) {
        let notices = match self.events.admin.store.notices_waiting().await {
            Ok(notices) => notices,
            Err(error) => return tracing::error!(%error, "notices cannot be read"),
        };
        let mut messages: BTreeMap<MessageNumber, Vec<NoticeView>> = BTreeMap::new();
        for notice in notices {
            messages.entry(notice.message).or_default().push(notice);
        }
        for (message, notices) in messages {
            if notices.iter().any(&wanted) && !live.not_withdrawable.contains(&message) {
                self.withdraw_message(live, message, &notices).await;
            }
        }
    }

    /// Cancels a message and marks its notices as not sent, in the same commit.
    async fn withdraw_message(&self, live: &mut LiveIncidents, message: MessageNumber, notices: &[NoticeView]) {
        let view = match self.events.admin.store.message(message).await {
            Ok(Some(view)) => view,
            Ok(None) => return live.mark_not_withdrawable(message),
            Err(error) => return tracing::error!(%error, "a notice cannot be read"),
        };
        let waits = view.recipients.iter().all(|recipient| recipient.fate == Fate::Waiting);
        // A relay may have accepted the message. A new notice might then repeat it in different words.
        if !waits || view.row.may_arrive_twice {
            return live.mark_not_withdrawable(message);
        }
        let now = self.events.admin.clock.now();
        let message_id = view.row.message_id.trim_matches(['<', '>']);
        let mut withdrawn = Vec::new();
        for notice in notices {
            let notice = &notice.notice;
            let Some(mut incident) = self.of_notice(live, notice).await else { continue };
            let kind = NoticeKind::of_name(&notice.kind).unwrap_or(NoticeKind::Raised);
            let is_told_over = incident.is_told() && !kind.is_end();
            if is_told_over {
                incident.notices.forget(message_id);
            } else {
                incident.notices.withdraw(PendingNotice { kind, since: notice.since }, message_id);
            }
            withdrawn.push(incident);
        }
        let rows = withdrawn.iter().map(|incident| row(incident, now));
        let commit = Commit::at(now).and_all(rows).and(RecordChange::NoticesWithdrawn(message));
        if self.mail.queue.withdraw(message, commit).await {
            withdrawn.into_iter().for_each(|incident| live.put(incident));
            live.mark_not_withdrawable(message);
        }
    }

    /// The incident of a withdrawn notice. It may be over and no longer in memory, and must be reported all the same.
    async fn of_notice(&self, live: &LiveIncidents, notice: &NoticeRow) -> Option<Incident> {
        if let Some(incident) = live.incidents.get(&notice.incident) {
            return Some(incident.clone());
        }
        match self.events.admin.store.incident(notice.incident).await {
            Ok(Some(record)) => stored(notice.incident, &record),
            other => {
                tracing::error!(?other, incident = notice.incident.0, "an incident cannot be read again");
                None
            }
        }
    }
}

/// The senders of the notices that wait in the queue and can be withdrawn. `None`, and an error in the log, if they cannot be read.
pub(crate) async fn senders_waiting(store: &Store) -> Option<BTreeMap<MessageNumber, String>> {
    let mut senders = BTreeMap::new();
    let read = async {
        let messages: BTreeSet<MessageNumber> = store.notices_waiting().await?.iter().map(|notice| notice.message).collect();
        for message in messages {
            // A relay may have the message. It is not written anew.
            let row = store.message(message).await?.map(|view| view.row).filter(|row| !row.may_arrive_twice);
            senders.extend(row.and_then(|row| row.sender).map(|sender| (message, sender)));
        }
        Ok::<(), ReadFault>(())
    };
    read.await.inspect_err(|error| tracing::error!(%error, "notices cannot be read")).ok()?;
    Some(senders)
}

/// Adds removed contacts to the recipients of the notice about their removal.
fn with_former_contacts(context: &NoticeContext, reported: &[(Incident, PendingNotice)]) -> NoticeContext {
    let former = reported
        .iter()
        .filter(|(incident, _)| incident.code == OwnCode::ContactRemoved)
        .filter_map(|(incident, _)| incident.facts.get("contact"));
    let former: Vec<Address> = former.filter_map(|address| address.parse().ok()).collect();
    let mut settings = Arc::clone(&context.settings);
    if !former.is_empty() {
        let contacts = &mut Arc::make_mut(&mut settings).contacts;
        for address in former {
            if !contacts.iter().any(|known| known.key() == address.key()) {
                contacts.push(address);
            }
        }
    }
    NoticeContext { settings, names: context.names.clone(), now: context.now }
}

/// A number that stands for a program, from its name.
fn source_of(program: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    hasher.finish()
}

fn due(incident: &Incident) -> Option<Due> {
    let pending = incident.notices.pending?;
    // The end of an incident is not critical.
    let severity = if pending.kind.is_end() { incident.severity.min(Severity::Error) } else { incident.severity };
    Some(Due {
        incident: incident.id,
        severity,
        since: pending.since,
        source: source_of(&incident.by),
        gathers: incident.code == OwnCode::SettingsChanged,
    })
}

/// The relay that a notice is about.
fn about(incident: &Incident, settings: &EmailSettings) -> Option<RelayId> {
    let name = incident.relay()?;
    settings.route.iter().find(|relay| relay.name == name).map(|relay| relay.id)
}

/// A notice that nobody could get was not written anew.
#[derive(Debug, thiserror::Error)]
enum RepeatFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Commit(#[from] CommitFault),
}

/// One of our own messages did not get into the queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandOverFault {
    #[error("{0}")]
    Parts(#[from] PartsFault),
    #[error("{0}")]
    Intake(#[from] IntakeFault),
}

/// A mail of our own to the contacts.
pub(crate) struct OwnMail {
    pub(crate) parts: MessageParts,
    pub(crate) severity: Severity,
    /// The relay that the mail is about: another relay is preferred.
    pub(crate) avoid: Option<RelayId>,
}

/// Writes one of our own messages into the queue, in the commit that is given.
pub(crate) async fn hand_over(
    intake: &Intake,
    context: &NoticeContext,
    mail: &OwnMail,
    commit: Commit,
) -> Result<(), HandOverFault> {
    let text = compose(&context.settings.from, &mail.parts, context.now)?;
    let submission = Submission {
        class: mail.severity.class(),
        app: None,
        sender: Some(context.settings.bounce.clone()),
        recipients: context.settings.contacts.clone(),
        text,
        composed: true,
        once: None,
        via: NODE,
        avoid: mail.avoid,
        hands_off: false,
    };
    intake.accept_with(submission, commit).await?;
    Ok(())
}
