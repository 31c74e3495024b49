//! Records the outcome of each transaction, then updates the states of the relay and the sender.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use admin::clock::chance;
use model::catalogue::Peer;
use model::hold::{HoldCause, RelayState};
use model::message::Class;
use model::route::Choice;
use model::settings::RelaySettings;
use model::verdict::judge_fault;
use smtp::client::{Ending, Report, Transaction};
use store::{AttemptRow, Change, CommitFault, Settle};

use super::LEASE_MS;
use super::SILENT_MS;
use super::flights::Queue;
use super::memory::Flight;
use super::schedule::{park, unclaim};
use crate::delivery::{AttemptReport, Case, Decision, decide};

/// Retry interval for an outcome that the store refused. The retries go on for ever: an outcome must not be lost.
const AGAIN: Duration = Duration::from_secs(1);

/// Delay of a message that only held relays could take, while other relays are open. Milliseconds.
const ASIDE_MS: i64 = 30_000;

impl Queue {
    /// Writes an outcome. Retries until the store accepts it, does not have the message, or has stopped.
    pub(crate) async fn record(&self, mut make: impl FnMut() -> Settle) {
        let mut told = false;
        loop {
            match self.store.change(Change::Settle(make())).await {
                Ok(_) | Err(CommitFault::NotFound | CommitFault::Closed | CommitFault::Lost(_) | CommitFault::Damaged(_)) => {
                    return;
                }
                Err(fault) => {
                    if !told {
                        tracing::error!(%fault, "an outcome could not be written; trying until it is");
                        told = true;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Records the end of a transaction for this flight, and lets its remaining recipients go on.
    pub(crate) async fn settle(
        self: Arc<Self>,
        mut flight: Flight,
        transaction: Transaction,
        report: Arc<Report>,
        relay: Arc<RelaySettings>,
    ) {
        let now = self.clock.now();
        let (settings, last_relay) = {
            let state = self.lock();
            let others = state.route().iter().filter(|r| r.id != relay.id && !flight.excluded.contains(&r.id)).count();
            (state.settings.clone(), others == 0)
        };
        let Some(settings) = settings else { return self.give_back(flight, now).await };
        let recipients = flight.work.recipients.clone();
        let case = Case {
            work: &flight.work,
            recipients: &recipients,
            settings: &settings,
            relay: &relay,
            last_relay,
            deferred: flight.deferred,
            now,
            chance: chance::<1>()[0],
        };
        let decision = decide(&transaction, &case);
        let attempt = (!decision.is_plain_success()).then(|| {
            let attempt = AttemptReport::new(&relay, &report).with(&transaction, &decision.rulings);
            AttemptRow { number: flight.work.number, at: now, relay: Some(relay.id.0), report: attempt.json() }
        });
        self.record(|| self.settled(&flight, &decision, attempt.clone(), &relay, now)).await;
        if !decision.again.is_empty() {
            self.lock().leased(flight.work.number, now + LEASE_MS);
        }
        self.note(&decision, transaction.taken(), now);
        if transaction.taken() {
            self.prove(relay.id);
        }
        let mail_accepted = transaction.sender.as_ref().is_some_and(|reply| reply.code / 100 == 2);
        if mail_accepted && matches!(transaction.ending, Ending::Answered) && decision.sender_refused.is_none() {
            self.sender_taken(&relay, flight.work.sender.as_deref()).await;
        }
        self.learn(&decision, &relay, flight.work.sender.as_deref(), &report, now).await;
        if decision.unfit {
            flight.excluded.push(relay.id);
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

    fn settled(&self, flight: &Flight, d: &Decision, attempt: Option<AttemptRow>, relay: &RelaySettings, now: i64) -> Settle {
        Settle {
            number: flight.work.number,
            at: now,
            fates: d.fates.clone(),
            // A flight that goes on keeps its lease. Otherwise the schedule sets the due time.
            next: if d.again.is_empty() { d.next } else { store::Next::Due(now + LEASE_MS) },
            relay: d.fates.iter().any(|(_, fate, _)| *fate == model::message::Fate::Accepted).then_some(relay.id.0),
            attempt,
            // A flight counts as failed once, however many transactions it took.
            failed: d.failed && flight.deferred.is_none(),
            // A flight that goes on has not used up its attempt.
            uncounted: d.uncounted && d.again.is_empty(),
            may_arrive_twice: d.may_arrive_twice,
            keep_body: flight.work.class != Class::Submitted || !self.keep_submitted().is_zero(),
        }
    }

    fn keep_submitted(&self) -> Duration {
        self.lock().settings.as_ref().map_or(Duration::ZERO, |settings| settings.queue.keep_submitted)
    }

    /// Sends an unfinished flight on: to a relay, to its sender's gate, or back to the disk.
    pub(crate) async fn send_on(&self, flight: Flight, now: i64) {
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
    pub(crate) async fn give_back(&self, flight: Flight, now: i64) {
        let due = flight.deferred.unwrap_or_else(|| self.again_at(now));
        unclaim(self, vec![flight.work.number], due).await;
        self.finished(flight.work.number, flight.work.body.len());
    }

    /// Next due time of a message that no relay can take now, in Unix milliseconds. While all relays are held it is due at
    /// once, since the scheduler claims nothing. While another relay is open it waits: else the scheduler would claim it and
    /// give it back without end.
    pub(crate) fn again_at(&self, now: i64) -> i64 {
        if self.lock().any_open() { now + ASIDE_MS } else { now }
    }

    async fn learn(&self, decision: &Decision, relay: &RelaySettings, sender: Option<&str>, report: &Report, now: i64) {
        if let Some((cause, words)) = decision.sender_cause() {
            self.hold_sender(relay, sender.unwrap_or(""), cause, words, now).await;
        }
        if let Some(ruling) = &decision.relay {
            let said = decision.rulings.iter().find_map(|ruling| ruling.said.as_ref().map(ToString::to_string));
            let words = report.fault.as_ref().map(|fault| fault.kind.to_string()).or(said).unwrap_or_default();
            self.hold_relay(relay, ruling.cause, words, now).await;
        }
    }

    /// Updates the times that the status shows, and wakes the watch where it must know at once.
    fn note(&self, decision: &Decision, taken: bool, now: i64) {
        if taken {
            // The first accepted message after a long silence ends that silence. The watch tells it at once.
            if now - self.last_accepted.swap(now, Ordering::Relaxed) >= SILENT_MS {
                self.settled.notify_one();
            }
        }
        if decision.fates.iter().any(|(_, fate, _)| *fate == model::message::Fate::Refused) {
            self.last_refused.store(now, Ordering::Relaxed);
            self.settled.notify_one();
        }
    }

    /// Takes a test with the stored settings into account like any delivery attempt.
    pub(crate) async fn heed(
        &self,
        relay: &RelaySettings,
        decision: &Decision,
        sender: Option<&str>,
        report: &Report,
        taken: bool,
    ) {
        let now = self.clock.now();
        self.note(decision, taken, now);
        if taken {
            self.prove(relay.id);
            self.sender_taken(relay, sender).await;
            if !self.lock().is_open(relay.id) {
                self.lock().relays.insert(relay.id, RelayState::Open.fail(HoldCause::Network, String::new(), 0).look_now(now));
                self.held.notify_one();
            }
        }
        self.learn(decision, relay, sender, report, now).await;
    }

    /// Holds the relay after a session that could not be opened, or that broke without a message under way. Records a
    /// shortage instead if this machine caused the failure.
    pub async fn session_failed(&self, relay: &RelaySettings, report: &Report) {
        let Some(fault) = &report.fault else { return };
        if let Some(resource) = fault.lack() {
            return self.note_shortage(resource);
        }
        let ruling = judge_fault(fault, Peer::of_host(&relay.host.ascii()));
        let words = report.transcript.mask(&fault.kind.to_string());
        self.hold_relay(relay, ruling.cause, words, self.clock.now()).await;
    }

    /// Holds a relay. Its first fault does so; while it is held only probes count.
    pub(crate) async fn hold_relay(&self, relay: &RelaySettings, cause: HoldCause, words: String, now: i64) {
        let state = {
            let mut state = self.lock();
            // An outcome under replaced settings says nothing about the new ones.
            if !state.is_open(relay.id) || state.stopping || !state.route().contains(relay) {
                return;
            }
            let held = RelayState::Open.fail(cause, words.clone(), now);
            state.relays.insert(relay.id, held.clone());
            held
        };
        tracing::warn!(relay = relay.name, cause = cause.name(), %words, "relay {} is held: {words}", relay.name);
        self.keep_state(relay, "", state).await;
        self.strand().await;
        self.turn();
        self.held.notify_one();
    }

    pub(crate) async fn hold_sender(&self, relay: &RelaySettings, sender: &str, cause: HoldCause, words: &str, now: i64) {
        let state = {
            let mut state = self.lock();
            let key = (relay.id, sender.to_owned());
            let tried = state.tried.remove(&key).map(RelayState::Held);
            // Several messages in flight meet the same refusal. It counts once.
            let known = tried.is_none() && matches!(state.senders.get(&key), Some(RelayState::Held(_)));
            if known || !state.route().contains(relay) {
                return;
            }
            let before = tried.or_else(|| state.senders.remove(&key)).unwrap_or(RelayState::Open);
            let held = before.fail(cause, words.to_owned(), now);
            state.senders.insert(key, held.clone());
            held
        };
        tracing::warn!(relay = relay.name, sender, %words, "relay {} does not let <{sender}> send: {words}", relay.name);
        self.keep_state(relay, sender, state).await;
        self.strand().await;
        self.held.notify_one();
    }

    pub(crate) async fn keep_state(&self, relay: &RelaySettings, sender: &str, state: RelayState) {
        let change = Change::Relay { relay: relay.id.0, sender: sender.to_owned(), state };
        if let Err(fault) = self.store.change(change).await {
            // Memory has the state. After a restart the first attempt finds the fault again.
            tracing::warn!(%fault, "the state of a relay could not be written");
        }
    }

    /// Takes out of memory the messages that no relay can take: parks them or gives them back.
    pub(crate) async fn strand(&self) {
        let stranded = self.lock().strand();
        let now = self.clock.now();
        let (parked, waiting): (Vec<_>, Vec<_>) = stranded.into_iter().partition(|(_, choice)| *choice == Choice::Park);
        let mut by_sender: std::collections::BTreeMap<String, Vec<i64>> = std::collections::BTreeMap::new();
        for (flight, _) in parked {
            by_sender.entry(flight.work.sender.unwrap_or_default()).or_default().push(flight.work.number);
        }
        for (sender, numbers) in by_sender {
            for slice in numbers.chunks(1000) {
                park(self, slice.to_vec(), sender.clone(), now).await;
            }
        }
        let mut by_due: std::collections::BTreeMap<i64, Vec<i64>> = std::collections::BTreeMap::new();
        for (flight, _) in waiting {
            by_due.entry(flight.deferred.unwrap_or_else(|| self.again_at(now))).or_default().push(flight.work.number);
        }
        for (due, numbers) in by_due {
            for slice in numbers.chunks(1000) {
                unclaim(self, slice.to_vec(), due).await;
            }
        }
    }

    /// Ends the hold or trial of a sender that the relay accepted, and opens its gates.
    async fn sender_taken(&self, relay: &RelaySettings, sender: Option<&str>) {
        let key = (relay.id, sender.unwrap_or("").to_owned());
        let was_held = {
            let mut state = self.lock();
            let tried = !state.tried.is_empty() && state.tried.remove(&key).is_some();
            let held = !state.senders.is_empty() && state.senders.remove(&key).is_some();
            tried || held
        };
        if was_held {
            self.keep_state(relay, &key.1, RelayState::Open).await;
            self.open_gates(Some(&key.1)).await;
        }
    }

    /// Opens the gates of a sender. `None` opens those of all senders.
    pub(crate) async fn open_gates(&self, sender: Option<&str>) {
        let gates = match self.store.shut_gates().await {
            Ok(gates) => gates,
            Err(error) => return tracing::error!(%error, "the gates cannot be read"),
        };
        for gate in gates.into_iter().filter(|gate| sender.is_none_or(|sender| gate.sender == sender)) {
            self.unpark(gate.id, usize::MAX).await;
        }
    }

    pub(crate) async fn unpark(&self, gate: i64, limit: usize) {
        loop {
            let change = Change::Unpark { gate, now: self.clock.now(), limit };
            match self.store.change(change).await {
                Ok(store::Outcome::Touched { more: Some(_), .. }) if limit > 1000 => {}
                Ok(_) => break,
                Err(fault) => {
                    tracing::error!(%fault, "a gate could not be opened");
                    break;
                }
            }
        }
    }
}
