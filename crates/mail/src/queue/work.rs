//! Workers: each has at most one connection to one relay and sends the flights for that relay.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::id::MessageNumber;
use model::time::Timestamp;
use smtp::Capabilities;
use smtp::client::{Ending, Envelope, Fault, FaultKind, Report, Transaction};
use store::{NewMessage, Work};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::flights::Queue;
use super::health::RouteRelay;
use super::memory::{Flight, ServedLanes};
use super::settle::EndedTransaction;
use crate::delivery::offer;
use crate::oauth::Token;
use crate::relay::{Finished, RelaySession, Source, Waits};

/// Maximum time between two looks of an idle worker for a flight, even if nothing wakes it.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Time after which an idle connection is closed.
const IDLE: Duration = Duration::from_secs(20);
/// Time that a message under way gets after the stop has begun.
const LINGER: Duration = Duration::from_secs(30);

/// Builds the work for a message that is being accepted. The commit gives the number.
pub fn work_of(message: &NewMessage, accepted: Timestamp) -> Work {
    Work {
        number: MessageNumber::BEFORE_FIRST,
        class: message.class,
        app: message.app.clone(),
        sender: message.sender.clone(),
        recipients: (0u16..).zip(message.recipients.iter().cloned()).collect(),
        size: message.body.len() as u64,
        eight_bit: message.eight_bit,
        composed: message.composed,
        may_arrive_twice: false,
        accepted,
        failures: 0,
        failing_since: None,
        held: Duration::ZERO,
        avoid: message.avoid,
        body: Arc::clone(&message.body),
    }
}

/// Starts the workers of a route: for each relay its connections, and one for critical notices alone. They end when
/// `over` turns true: at the stop, or when the settings have changed.
pub(crate) fn spawn_workers(queue: &Arc<Queue>, over: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    for relay in queue.route() {
        let relay = Arc::new(relay);
        for i in 0..=relay.settings.connections {
            let lanes = if i == relay.settings.connections { ServedLanes::CriticalOnly } else { ServedLanes::All };
            let worker = Worker { queue: Arc::clone(queue), relay: Arc::clone(&relay), lanes, over: over.clone() };
            workers.spawn(worker.run());
        }
    }
    workers
}

/// Resolves when the worker must end, or when the sender of `over` is gone.
async fn ended(over: &mut watch::Receiver<bool>) {
    drop(over.wait_for(|over| *over).await);
}

/// A worker of a relay.
#[derive(Clone)]
struct Worker {
    queue: Arc<Queue>,
    relay: Arc<RouteRelay>,
    lanes: ServedLanes,
    /// Turns true when the worker must end.
    over: watch::Receiver<bool>,
}

impl Worker {
    async fn run(mut self) {
        let _guard = WorkerGuard { queue: Arc::clone(&self.queue) };
        let queue = Arc::clone(&self.queue);
        let mut left = None;
        loop {
            let flight = match left.take() {
                Some(flight) => flight,
                None => match self.next().await {
                    Some(flight) => flight,
                    None => return,
                },
            };
            let opened = tokio::select! {
                opened = queue.net.open(&self.relay.settings, Waits::Delivery, None) => opened,
                // The stop does not wait for a relay that has no message yet.
                () = ended(&mut self.over) => {
                    let now = queue.clock.now();
                    queue.give_back(flight, now).await;
                    return;
                }
            };
            match opened {
                Ok(session) => {
                    queue.end_shortage();
                    left = self.use_session(*session, flight).await;
                }
                Err(failure) => {
                    queue.session_failed(&self.relay, &failure.report).await;
                    if let Some(resource) = failure.report.fault.as_ref().and_then(Fault::lack) {
                        tokio::select! {
                            () = queue.shortage_over(resource) => {}
                            () = ended(&mut self.over) => {}
                        }
                    }
                    queue.send_on(flight, queue.clock.now()).await;
                }
            }
        }
    }

    /// Waits for the next flight. `None` when the worker must end.
    async fn next(&mut self) -> Option<Flight> {
        loop {
            let notified = self.queue.work.notified();
            tokio::pin!(notified);
            // Enabled before the look, so that no wake-up between the two is missed.
            notified.as_mut().enable();
            if *self.over.borrow() {
                return None;
            }
            if let Some(flight) = self.take() {
                return Some(flight);
            }
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = ended(&mut self.over) => return None,
            }
        }
    }

    /// Takes a flight that is there now.
    fn take(&self) -> Option<Flight> {
        self.queue.take(self.relay.id(), self.lanes)
    }

    /// Sends messages over a session until it ends or is not needed. Returns a flight that needs a new connection.
    async fn use_session(&mut self, mut session: RelaySession, first: Flight) -> Option<Flight> {
        let mut hands = Hands {
            worker: self.clone(),
            first: Some(first),
            wants_new: None,
            flights: HashMap::new(),
            done: 0,
            token: session.token(),
            opened: self.queue.clock.now(),
        };
        loop {
            let finished = run(&mut session, &mut hands).await;
            if finished == Finished::Over {
                break;
            }
            if hands.wants_new.is_some() || hands.is_outdated() {
                break session.leave().await;
            }
            tokio::select! {
                flight = self.next() => match flight {
                    Some(flight) => hands.first = Some(flight),
                    None => break session.leave().await,
                },
                () = tokio::time::sleep(IDLE) => break session.leave().await,
            }
        }
        let now = self.queue.clock.now();
        // The session ended before it reported the outcome of these flights.
        for (_, flight) in hands.flights.drain() {
            self.queue.send_on(flight, now).await;
        }
        if let Some(flight) = hands.first.take() {
            self.queue.send_on(flight, now).await;
        }
        let report = session.into_report();
        // A relay may close a connection that has served messages. That is no fault of the relay.
        if report.fault.is_some() && hands.done == 0 {
            self.queue.session_failed(&self.relay, &report).await;
        }
        hands.wants_new
    }
}

/// Runs the session to its end. Only the stop cuts it short. A worker with replaced settings completes its messages:
/// otherwise their outcome would be unknown, and the relay would be blamed for it.
async fn run(session: &mut RelaySession, hands: &mut Hands) -> Finished {
    let mut stopping = hands.worker.queue.stopping.subscribe();
    let linger = async {
        ended(&mut stopping).await;
        tokio::time::sleep(LINGER).await;
    };
    tokio::select! {
        finished = session.run(hands) => finished,
        () = linger => {
            session.give_up(hands);
            Finished::Over
        }
    }
}

/// The flights of a worker's session.
struct Hands {
    worker: Worker,
    first: Option<Flight>,
    /// A renewed flight that came up after this connection was used. It needs a new connection.
    wants_new: Option<Flight>,
    /// Flights offered to the session, by ticket.
    flights: HashMap<u64, Flight>,
    /// Messages on this connection that ended with an answer of the relay.
    done: u64,
    /// The token that the session signed in with, if any.
    token: Option<Token>,
    /// Time when the session opened.
    opened: Timestamp,
}

impl Source for Hands {
    fn next(&mut self, relay: &Capabilities) -> Option<(Envelope, store::Body)> {
        if *self.worker.over.borrow() || self.wants_new.is_some() || self.is_outdated() {
            return None;
        }
        let flight = self.first.take().or_else(|| self.worker.take())?;
        if flight.renewed && (self.done > 0 || !self.flights.is_empty()) {
            self.wants_new = Some(flight);
            return None;
        }
        let Some((envelope, body)) = offer(&flight.work, flight.recipients_max, relay) else {
            // The intake checks addresses. Something outside Postwacht changed a row that does not parse.
            self.worker.queue.note_unreadable(flight.work.number, "one of its addresses is not valid".to_owned());
            self.worker.queue.finished(flight.work.number, flight.work.body.len());
            return None;
        };
        self.flights.insert(envelope.ticket, flight);
        Some((envelope, body))
    }

    fn settled(&mut self, transaction: Transaction, report: &Report) {
        let Some(mut flight) = self.flights.remove(&transaction.envelope.ticket) else { return };
        let (queue, relay) = (Arc::clone(&self.worker.queue), Arc::clone(&self.worker.relay));
        if self.is_stale(&transaction) {
            // A used connection that the relay closed says nothing about the message or the relay.
            flight.renewed = true;
            return self.worker.queue.behind(async move { queue.send_on(flight, queue.clock.now()).await });
        }
        if matches!(transaction.ending, Ending::Answered) {
            self.done += 1;
        }
        let plain = transaction.taken()
            && transaction
                .recipients
                .iter()
                .all(|told| matches!(told, smtp::client::RecipientReply::Said(r) if r.code / 100 == 2));
        // A plain success needs no report. This saves the copy.
        let report = if plain { Arc::default() } else { Arc::new(report.clone()) };
        self.worker.queue.behind(queue.settle(flight, EndedTransaction { transaction, report, opened: self.opened }, relay));
    }
}

/// Counts a task as under way until it ends or panics.
struct Busy {
    queue: Arc<Queue>,
}

impl Busy {
    fn new(queue: Arc<Queue>) -> Self {
        queue.busy.send_modify(|busy| *busy += 1);
        Self { queue }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.queue.busy.send_modify(|busy| *busy -= 1);
        if std::thread::panicking() {
            self.queue.panicked.send_replace(Some("delivery"));
        }
    }
}

/// Reports a worker that panics.
struct WorkerGuard {
    queue: Arc<Queue>,
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue.panicked.send_replace(Some("delivery worker"));
        }
    }
}

impl Queue {
    /// Resolves when a delivery or its worker has panicked.
    pub async fn delivery_died(&self) -> &'static str {
        let mut panicked = self.panicked.subscribe();
        match panicked.wait_for(Option::is_some).await {
            Ok(name) => name.unwrap_or_default(),
            // The sender lives as long as the queue.
            Err(_) => std::future::pending().await,
        }
    }

    /// Runs work in a task of its own, so that the session need not wait. The stop waits for it.
    fn behind(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let busy = Busy::new(Arc::clone(self));
        tokio::spawn(async move {
            let _busy = busy;
            work.await;
        });
    }
}

impl Hands {
    /// True if a newer token has come. A connection with the older token takes no more messages.
    fn is_outdated(&self) -> bool {
        self.token.as_ref().is_some_and(Token::is_outdated)
    }

    fn is_stale(&self, transaction: &Transaction) -> bool {
        let Ending::Broken(fault) = &transaction.ending else { return false };
        let closed =
            matches!(&fault.kind, FaultKind::Lost(_)) || matches!(&fault.kind, FaultKind::Refused(reply) if reply.code == 421);
        closed && self.done > 0 && !transaction.body_sent
    }
}
