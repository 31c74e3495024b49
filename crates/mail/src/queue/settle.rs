//! Records the outcome of each transaction, then updates the states of the relay and the sender.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use admin::clock::random_bytes;
use model::catalogue::KnownReply;
use model::health::{Event, FoundFault};
use model::hold::NeededProof;
use model::message::Class;
use model::route::Choice;
use model::settings::RelaySettings;
use model::time::Timestamp;
use model::verdict::{Blame, fault_key};
use smtp::client::{Ending, Report, Stage, Transaction};
use store::{AttemptRow, CommitFault, Settle};

use super::LEASE;
use super::SILENT;
use super::flights::Queue;
use super::health::RouteRelay;
use super::memory::Flight;
use super::schedule::{park, unclaim};
use crate::delivery::{AttemptReport, Case, Decision, OtherRelays, decide};

/// Retry interval for an outcome that the store refused. The retries go on for ever: an outcome must not be lost.
const AGAIN: Duration = Duration::from_secs(1);

/// Delay of a message that only held relays could take, while other relays are open.
const ASIDE: Duration = Duration::from_secs(30);

impl Queue {
    /// Writes an outcome of this time. Retries until the store accepts it, does not have the message, or has stopped.
    pub(crate) async fn record(&self, at: Timestamp, mut make: impl FnMut() -> Settle) {
        let mut is_logged = false;
        loop {
            match self.store.change(at, make()).await {
                Ok(_) | Err(CommitFault::NotFound | CommitFault::Closed | CommitFault::Lost(_) | CommitFault::Damaged(_)) => {
                    return;
                }
                Err(fault) => {
                    if !is_logged {
                        tracing::error!(%fault, "an outcome could not be stored; retrying every second");
                        is_logged = true;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Records the end of a transaction for this flight, and lets its remaining recipients go on.
    pub(crate) async fn settle(self: Arc<Self>, mut flight: Flight, ended: EndedTransaction, relay: Arc<RouteRelay>) {
        let EndedTransaction { transaction, report, .. } = &ended;
        let now = self.clock.now();
        let (settings, others) = {
            let state = self.lock();
            let sender = flight.work.sender.as_deref().unwrap_or_default();
            let is_other = |other: &&RelaySettings| {
                other.id != relay.id() && !flight.excluded.contains(&other.id) && state.health.takes_sender(other.id, sender)
            };
            let left: Vec<_> = state.route().iter().filter(is_other).collect();
            let others = if left.is_empty() {
                OtherRelays::None
            } else if left.iter().any(|other| state.health.takes_mail(other.id)) {
                OtherRelays::Open
            } else {
                OtherRelays::Held
            };
            (state.settings.clone(), others)
        };
        let Some(settings) = settings else { return self.give_back(flight, now).await };
        let recipients = flight.work.recipients.clone();
        let case = Case {
            work: &flight.work,
            recipients: &recipients,
            settings: &settings,
            relay: &relay.settings,
            others,
            deferred: flight.deferred,
            now,
            chance: random_bytes::<1>()[0],
        };
        let decision = decide(transaction, &case);
        let attempt = (!decision.is_plain_success()).then(|| {
            let attempt = AttemptReport::new(&relay.settings, report).with(transaction, &decision.rulings);
            AttemptRow { number: flight.work.number, relay: Some(relay.id()), report: attempt.json() }
        });
        self.record(now, || Settle { attempt: attempt.clone(), ..self.settlement(&flight, &decision, &relay, now) }).await;
        if !decision.again.is_empty() {
            self.lock().leased(flight.work.number, now + LEASE);
        }
        self.note(transaction, now);
        self.note_refusal(&decision, now);
        self.learn_all(&relay, events(&decision, flight.work.sender.as_deref(), &ended)).await;
        if decision.needs_other_relay() {
            flight.excluded.push(relay.id());
        }
        if let Some(max) = decision.recipients_max {
            flight.recipients_max = max;
        }
        if decision.failed
            && let store::Next::Due(due) = decision.next
        {
            flight.deferred = Some(flight.deferred.map_or(due, |d| d.min(due)));
        }
        if decision.again.is_empty() {
            return self.finished(flight.work.number, flight.work.body.len());
        }
        flight.work.recipients = decision.again;
        self.send_on(flight, now).await;
    }

    /// The change that settles a flight, without the report of the attempt.
    fn settlement(&self, flight: &Flight, d: &Decision, relay: &RouteRelay, now: Timestamp) -> Settle {
        Settle {
            number: flight.work.number,
            fates: d.fates.clone(),
            // A flight that goes on keeps its lease. Otherwise the schedule sets the due time.
            next: if d.again.is_empty() { d.next } else { store::Next::Due(now + LEASE) },
            relay: d.fates.iter().any(|(_, fate, _)| *fate == model::message::Fate::Accepted).then_some(relay.id()),
            attempt: None,
            // A flight counts as failed once, however many transactions it took.
            failed: d.failed && flight.deferred.is_none(),
            // While the flight goes on, its attempt is in use. Only its last transaction may give the attempt back.
            uncounted: d.uncounted && d.again.is_empty(),
            may_arrive_twice: d.may_arrive_twice,
            keep_body: flight.work.class != Class::Submitted || !self.keep_submitted().is_zero(),
        }
    }

    fn keep_submitted(&self) -> Duration {
        self.lock().settings.as_ref().map_or(Duration::ZERO, |settings| settings.queue.keep_submitted)
    }

    /// Sends an unfinished flight on: to a relay, to its sender's gate, or back to the disk.
    pub(crate) async fn send_on(&self, flight: Flight, now: Timestamp) {
        let Err(refused) = self.line_up(flight) else { return };
        match *refused {
            (flight, Choice::Park) => {
                let (number, bytes) = (flight.work.number, flight.work.body.len());
                park(self, vec![number], flight.work.sender.unwrap_or_default(), now).await;
                self.finished(number, bytes);
            }
            (flight, Choice::Relay(_) | Choice::Wait) => self.give_back(flight, now).await,
        }
    }

    /// Gives a flight back to the disk without an attempt.
    pub(crate) async fn give_back(&self, flight: Flight, now: Timestamp) {
        let due = flight.deferred.unwrap_or_else(|| self.again_at(now));
        unclaim(self, vec![flight.work.number], due).await;
        self.finished(flight.work.number, flight.work.body.len());
    }

    /// Next due time of a message that no relay can take now. While all relays are held it is due at once, since the
    /// scheduler claims nothing. While another relay is open it waits: else the scheduler would claim it and give it back
    /// without end.
    pub(crate) fn again_at(&self, now: Timestamp) -> Timestamp {
        if self.lock().any_open() { now + ASIDE } else { now }
    }

    async fn learn_all(&self, relay: &RouteRelay, events: Vec<Event>) {
        for event in events {
            self.learn(relay, event).await;
        }
    }

    /// Updates the times that the status shows, and wakes the watch where it must know at once.
    fn note(&self, transaction: &Transaction, now: Timestamp) {
        if transaction.taken() {
            // The first accepted message after a long silence ends that silence. The watch tells it at once.
            let before = Timestamp::from_millis(self.last_accepted.swap(now.as_millis(), Ordering::Relaxed));
            if now.since(before) >= SILENT {
                self.settled.notify_one();
            }
        }
    }

    /// Updates the time of the last refusal of a message.
    fn note_refusal(&self, decision: &Decision, now: Timestamp) {
        if decision.fates.iter().any(|(_, fate, _)| *fate == model::message::Fate::Refused) {
            self.last_refused.store(now.as_millis(), Ordering::Relaxed);
            self.settled.notify_one();
        }
    }

    /// Takes a test with the stored settings into account like any delivery attempt.
    pub(crate) async fn heed(&self, relay: &RouteRelay, decision: &Decision, sender: Option<&str>, ended: &EndedTransaction) {
        self.note(&ended.transaction, self.clock.now());
        self.learn_all(relay, events(decision, sender, ended)).await;
    }
}

/// The end of a transaction in a session.
pub(crate) struct EndedTransaction {
    pub(crate) transaction: Transaction,
    pub(crate) report: Arc<Report>,
    /// Time when the session opened.
    pub(crate) opened: Timestamp,
}

/// The proof that disproves the fault of a broken session: it must come as far as this one did.
fn needed_proof(transaction: &Transaction) -> NeededProof {
    match &transaction.ending {
        Ending::Broken(fault) if matches!(fault.stage, Stage::Data | Stage::FinalDot) => NeededProof::Message,
        Ending::Broken(fault) if matches!(fault.stage, Stage::Sender | Stage::Recipient) => NeededProof::Rehearsal,
        Ending::Broken(_) | Ending::Answered | Ending::Unfit(_) | Ending::SenderUnfit => NeededProof::SignIn,
    }
}

/// The events of a transaction for the health of the relay.
fn events(decision: &Decision, sender: Option<&str>, ended: &EndedTransaction) -> Vec<Event> {
    let EndedTransaction { transaction, report, opened } = ended;
    let sender = || sender.unwrap_or_default().to_owned();
    let mut events = Vec::new();
    if transaction.taken() {
        events.push(Event::Accepted { opened: *opened });
    }
    if transaction.end.is_some() && !transaction.taken() && decision.relay.is_none() {
        events.push(Event::Answered { opened: *opened });
    }
    match &decision.sender_refused {
        Some(fault) => events.push(Event::SenderRefused { sender: sender(), fault: fault.clone() }),
        // A sender is accepted when a message of it is: a relay may take MAIL and refuse it at the end.
        None if transaction.taken() => {
            events.push(Event::SenderAccepted { sender: sender() });
        }
        None => {}
    }
    if let Some(ruling) = &decision.relay {
        // The words against the relay, not those about a recipient.
        let of_relay = decision.rulings.iter().filter(|ruling| ruling.blame == Blame::Relay);
        let said = of_relay.chain(&decision.rulings).find_map(|ruling| ruling.said.as_ref().map(ToString::to_string));
        let words = report.fault.as_ref().map(|fault| fault.kind.to_string()).or(said).unwrap_or_default();
        let advice = ruling.known.map(KnownReply::key).or_else(|| report.fault.as_ref().map(fault_key));
        let fault = FoundFault { cause: ruling.cause, words, advice };
        events.push(Event::Failed { fault, needs: needed_proof(transaction) });
    }
    events
}
