//! Probes: a connection through sign-in, without a message. After a refusal behind the sign-in, a probe goes on to MAIL and RCPT, and
//! takes the message back. Each relay that is held after a fault gets a probe when it is due, and
//! each other relay that was not seen to work lately. For a held sender, one of its waiting messages is tried.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use admin::certificate::CertificateView;
use model::catalogue::{KnownReply, Peer};
use model::health::{Event, FoundFault};
use model::id::RelayId;
use model::settings::RelaySettings;
use model::time::Timestamp;
use model::verdict::{RelayRuling, Ruling, VerdictInput, fault_key, judge};
use smtp::Capabilities;
use smtp::client::{Ending, Envelope, Fault, Report, Transaction};
use store::Body;
use tokio::sync::watch;

use crate::delivery::{AttemptReport, session_fault};
use crate::queue::{Queue, RouteRelay};
use crate::relay::{RelaySession, Source, Waits};

/// Minimum and maximum time between two rounds.
const FLOOR: Duration = Duration::from_secs(1);
const CEILING: Duration = Duration::from_secs(60);
/// A relay that was not seen to work for this long gets a probe. A dead relay is known before mail needs it.
const UNPROVEN: Duration = Duration::from_secs(14 * 60);
/// Interval between two rounds of such probes.
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// A relay whose settings were never seen to work gets a probe this long after the save or the start. A test that was asked for
/// with the save proves them first.
const SETTINGS_WAIT: Duration = Duration::from_secs(5);

/// The time when an open relay needs a probe. `begun`: start of the node. `looked`: time of the last probe.
fn needs_probe_at(queue: &Queue, id: RelayId, begun: Timestamp, looked: Option<Timestamp>) -> Timestamp {
    let (proven, settings_since) = queue.proof(id);
    let in_force = settings_since.max(begun);
    match (proven, looked) {
        (None, looked) if looked.is_none_or(|looked| looked < in_force) => in_force + SETTINGS_WAIT,
        (proven, looked) => proven.max(looked).unwrap_or(in_force) + UNPROVEN,
    }
}

/// Probes open relays that were not seen to work lately, or not under their present settings. Runs until the stop.
pub async fn probe_unproven(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    let mut looked: HashMap<RelayId, Timestamp> = HashMap::new();
    let begun = queue.clock.now();
    loop {
        let now = queue.clock.now();
        let mut next = now + CHECK_EVERY;
        let looking = async {
            for relay in queue.route() {
                let (id, open) = (relay.id(), queue.is_open(relay.id()));
                let due = needs_probe_at(&queue, id, begun, looked.get(&id).copied());
                // A time that is far ahead comes from a clock that was wrong.
                let is_due = due <= now || due > now + UNPROVEN + CHECK_EVERY;
                if open && !is_due {
                    next = next.min(due);
                }
                if open && is_due {
                    looked.insert(id, now);
                    match queue.net.open(&relay.settings, Waits::Probe, None).await {
                        Ok(mut session) => {
                            session.leave().await;
                            queue.learn(&relay, Event::SignedIn).await;
                        }
                        Err(failure) => {
                            if failure.report.fault.as_ref().and_then(Fault::lack).is_some() {
                                looked.remove(&id); // this machine lacked a resource: the next round tries again
                            }
                            queue.session_failed(&relay, &failure.report).await;
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = looking => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = queue.clock.sleep_until(next) => {}
            () = queue.renewed.notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Probes held relays and senders when they are due. Runs until the stop.
pub async fn probe(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    loop {
        let looking = async {
            let now = queue.clock.now();
            for relay in queue.route() {
                let (due, senders) = queue.due(relay.id(), now);
                if due {
                    probe_relay(&queue, &relay).await;
                }
                for sender in senders {
                    queue.learn(&relay, Event::TrialDue { sender }).await;
                }
            }
            queue.unpark_forgotten().await;
        };
        tokio::select! {
            () = looking => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let wait = async {
            queue.clock.sleep_until(next(&queue)).await;
        };
        tokio::select! {
            () = wait => {}
            () = queue.held.notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn next(queue: &Queue) -> Timestamp {
    let (next, now) = (queue.next_probe(), queue.clock.now());
    // Never at once: a failed try would repeat without end. At least once a minute in any case.
    next.unwrap_or(Timestamp::MAX).clamp(now + FLOOR, now + CEILING)
}

/// The result of a connection through sign-in that a person asked for.
pub struct Examined {
    pub report: AttemptReport,
    /// The relay's certificate, if the session opened.
    pub certificate: Option<CertificateView>,
    /// True if the session opened.
    pub opened: bool,
}

impl Queue {
    /// Opens a session with a relay for the doctor, and closes it. The result counts for the relay.
    pub async fn examine(&self, relay: &RelaySettings) -> Examined {
        let in_force = self.in_force(relay);
        match self.net.open(relay, Waits::Person, None).await {
            Ok(mut session) => {
                let rehearsal = match &in_force {
                    Some(relay) if self.needs_rehearsal(relay.id()) => self.rehearse(&mut session).await,
                    _ => None,
                };
                session.leave().await;
                let event = rehearsal.as_ref().map_or(Event::SignedIn, |rehearsal| rehearsal.event(relay));
                let opened = !matches!(event, Event::ProbeFailed(_));
                if let Some(relay) = &in_force {
                    self.learn(relay, event).await;
                }
                let report = AttemptReport::new(relay, session.report());
                let report = match &rehearsal {
                    Some(Rehearsal(transaction)) if !opened => report.with(transaction, &judged(transaction, relay).0),
                    _ => report,
                };
                Examined { report, certificate: session.certificate.clone(), opened }
            }
            Err(failure) => {
                if let Some(relay) = &in_force {
                    self.session_failed(relay, &failure.report).await;
                }
                Examined { report: AttemptReport::of_failure(relay, &failure), certificate: None, opened: false }
            }
        }
    }
}

/// A message that ended after RCPT.
struct Rehearsal(Transaction);

fn judged(transaction: &Transaction, relay: &RelaySettings) -> (Vec<Ruling>, Option<RelayRuling>) {
    let peer = Peer::of_host(&relay.host.ascii());
    judge(transaction, VerdictInput { peer, contacts: &[], by_application: false, has_other_relay: false })
}

impl Rehearsal {
    /// The event for the health of the relay. A refusal of the sender or of a recipient says nothing against the relay.
    fn event(&self, relay: &RelaySettings) -> Event {
        let (rulings, fault) = judged(&self.0, relay);
        let Some(RelayRuling { cause, known }) = fault else { return Event::Rehearsed };
        let broken = if let Ending::Broken(fault) = &self.0.ending { Some(fault) } else { None };
        let said = rulings.iter().find_map(|ruling| ruling.said.as_ref().map(ToString::to_string));
        let words = broken.map(|fault| fault.kind.to_string()).or(said).unwrap_or_default();
        let advice = known.map(KnownReply::key).or_else(|| broken.map(fault_key));
        Event::ProbeFailed(FoundFault { cause, words, advice })
    }
}

/// A source of one rehearsal.
struct RehearsalSource {
    envelope: Option<Envelope>,
    ended: Option<Rehearsal>,
}

impl Source for RehearsalSource {
    fn next(&mut self, _: &Capabilities) -> Option<(Envelope, Body)> {
        Some((self.envelope.take()?, Body::from([])))
    }

    fn settled(&mut self, transaction: Transaction, _: &Report) {
        self.ended = Some(Rehearsal(transaction));
    }
}

impl Queue {
    /// Offers the relay a message from the site to its first contact, and takes it back after RCPT. `None` without settings.
    async fn rehearse(&self, session: &mut RelaySession) -> Option<Rehearsal> {
        let settings = self.settings()?;
        let recipients = vec![settings.contacts.first()?.clone()];
        let envelope = Envelope {
            ticket: 0,
            sender: Some(settings.bounce.clone()),
            recipients,
            eight_bit: false,
            utf8_header: false,
            recipients_max: 1,
            size: 0,
            rehearses: true,
        };
        let mut source = RehearsalSource { envelope: Some(envelope), ended: None };
        session.run(&mut source).await;
        source.ended
    }
}

async fn probe_relay(queue: &Queue, relay: &RouteRelay) {
    match queue.net.open(&relay.settings, Waits::Probe, None).await {
        Ok(mut session) => {
            queue.end_shortage();
            let rehearsal = if queue.needs_rehearsal(relay.id()) { queue.rehearse(&mut session).await } else { None };
            session.leave().await;
            let event = rehearsal.map_or(Event::SignedIn, |rehearsal| rehearsal.event(&relay.settings));
            queue.learn(relay, event).await;
        }
        Err(failure) => {
            let report = failure.report;
            let Some(fault) = &report.fault else { return };
            if let Some(resource) = fault.lack() {
                // The relay is not to blame. Its backoff stays as it is, so the next probe comes after [`FLOOR`].
                return queue.note_shortage(resource);
            }
            if let Some(fault) = session_fault(&report, &relay.settings) {
                queue.learn(relay, Event::ProbeFailed(fault)).await;
            }
        }
    }
}
