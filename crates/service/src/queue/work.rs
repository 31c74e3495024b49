//! Workers: each has at most one connection to one relay, and sends what it is given.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::settings::{EmailSettings, RelaySettings};
use smtp::client::{Ending, Envelope, Fault, FaultKind, Report, Transaction};
use store::{NewMessage, Work};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::flights::Queue;
use super::memory::Flight;
use crate::delivery::envelope;
use crate::oauth::Token;
use crate::relay::{Finished, Session, Source, Waits};

/// An idle worker looks for a flight at least so often, whatever wakes it.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// An idle connection is kept so long.
const IDLE: Duration = Duration::from_secs(20);
/// After the stop, a message whose body is under way gets so long.
const LINGER: Duration = Duration::from_secs(30);

/// What delivery needs of a message that is being accepted now; its number comes with the commit.
pub fn work_of(message: &NewMessage) -> Work {
    Work {
        number: 0,
        class: message.class,
        app: message.app.clone(),
        sender: message.sender.clone(),
        recipients: (0u16..).zip(message.recipients.iter().cloned()).collect(),
        size: message.body.len() as u64,
        eight_bit: message.eight_bit,
        may_arrive_twice: false,
        accepted: message.accepted,
        failures: 0,
        failing_since: None,
        held_ms: 0,
        avoid: message.avoid,
        body: Arc::clone(&message.body),
    }
}

/// Starts the workers of a route: for each relay its connections, and one for critical notices alone. They end when
/// `over` says so: at the stop, or when the settings have changed.
pub(crate) fn spawn_workers(queue: &Arc<Queue>, settings: &EmailSettings, over: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    for relay in &settings.route {
        let relay = Arc::new(relay.clone());
        for i in 0..=relay.connections {
            let critical_only = i == relay.connections;
            workers.spawn(worker(Arc::clone(queue), Arc::clone(&relay), critical_only, over.clone()));
        }
    }
    workers
}

/// The next flight for this worker; `None` when it is over.
async fn next(queue: &Queue, relay: &RelaySettings, critical_only: bool, over: &mut watch::Receiver<bool>) -> Option<Flight> {
    loop {
        let notified = queue.work.notified();
        tokio::pin!(notified);
        // Enrolled before looking, so that what comes between the two is not missed.
        notified.as_mut().enable();
        if *over.borrow() {
            return None;
        }
        if let Some(flight) = queue.take(relay.id, critical_only) {
            return Some(flight);
        }
        tokio::select! {
            () = notified => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = ended(over) => return None,
        }
    }
}

/// Resolves when the worker's time is over (also when nobody is left to say so).
async fn ended(over: &mut watch::Receiver<bool>) {
    drop(over.wait_for(|over| *over).await);
}

async fn worker(queue: Arc<Queue>, relay: Arc<RelaySettings>, critical_only: bool, mut over: watch::Receiver<bool>) {
    let _guard = WorkerGuard { queue: Arc::clone(&queue) };
    let mut left = None;
    loop {
        let flight = match left.take() {
            Some(flight) => flight,
            None => match next(&queue, &relay, critical_only, &mut over).await {
                Some(flight) => flight,
                None => return,
            },
        };
        let opened = tokio::select! {
            opened = queue.net.open(&relay, Waits::Delivery, None) => opened,
            // The stop does not wait for a relay that has not been given anything yet.
            () = ended(&mut over) => {
                let now = queue.clock.now();
                queue.give_back(flight, now).await;
                return;
            }
        };
        match opened {
            Ok(session) => {
                queue.end_shortage();
                left = use_session(&queue, &relay, critical_only, &mut over, *session, flight).await;
            }
            Err(failure) => {
                queue.session_failed(&relay, &failure.report).await;
                if let Some(resource) = failure.report.fault.as_ref().and_then(Fault::lack) {
                    tokio::select! {
                        () = queue.shortage_over(resource) => {}
                        () = ended(&mut over) => {}
                    }
                }
                queue.send_on(flight, queue.clock.now()).await;
            }
        }
    }
}

/// Sends over a session until it ends or nobody wants it. The flight that comes back wants a connection of its own.
async fn use_session(
    queue: &Arc<Queue>,
    relay: &Arc<RelaySettings>,
    critical_only: bool,
    over: &mut watch::Receiver<bool>,
    mut session: Session,
    first: Flight,
) -> Option<Flight> {
    let mut hands = Hands {
        queue: Arc::clone(queue),
        relay: Arc::clone(relay),
        critical_only,
        first: Some(first),
        wants_new: None,
        flights: HashMap::new(),
        done: 0,
        token: session.token(),
        over: over.clone(),
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
            flight = next(queue, relay, critical_only, over) => match flight {
                Some(flight) => hands.first = Some(flight),
                None => break session.leave().await,
            },
            () = tokio::time::sleep(IDLE) => break session.leave().await,
        }
    }
    let now = queue.clock.now();
    // Offered to a session that ended before it could say so.
    for (_, flight) in hands.flights.drain() {
        queue.send_on(flight, now).await;
    }
    if let Some(flight) = hands.first.take() {
        queue.send_on(flight, now).await;
    }
    let report = session.into_report();
    // A connection that the relay closes after good service is no fault of the relay.
    if report.fault.is_some() && hands.done == 0 {
        queue.session_failed(relay, &report).await;
    }
    hands.wants_new
}

/// Runs the session to its end. Only the stop hurries it: a worker whose settings have changed ends what it has begun,
/// since breaking off would make the outcome unknown and blame the relay for it.
async fn run(session: &mut Session, hands: &mut Hands) -> Finished {
    let mut stopping = hands.queue.stopping.subscribe();
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

/// What a worker has in its hands.
struct Hands {
    queue: Arc<Queue>,
    relay: Arc<RelaySettings>,
    critical_only: bool,
    first: Option<Flight>,
    /// A renewed flight that came up when this connection had been used already.
    wants_new: Option<Flight>,
    /// Offered to the session, by ticket.
    flights: HashMap<u64, Flight>,
    /// Messages that ended with a word of the relay on this connection.
    done: u64,
    /// What the session was signed in with.
    token: Option<Token>,
    over: watch::Receiver<bool>,
}

impl Source for Hands {
    fn next(&mut self) -> Option<(Envelope, store::Body)> {
        if *self.over.borrow() || self.wants_new.is_some() || self.is_outdated() {
            return None;
        }
        let flight = self.first.take().or_else(|| self.queue.take(self.relay.id, self.critical_only))?;
        if flight.renewed && (self.done > 0 || !self.flights.is_empty()) {
            self.wants_new = Some(flight);
            return None;
        }
        let Some(envelope) = envelope(&flight.work, &flight.work.recipients) else {
            // Addresses are checked at the door; a row that does not parse was changed by another hand.
            self.queue.note_unreadable(flight.work.number, "an address of it is not valid".to_owned());
            self.queue.finished(flight.work.number, flight.work.body.len());
            return None;
        };
        let body = Arc::clone(&flight.work.body);
        self.flights.insert(envelope.ticket, flight);
        Some((envelope, body))
    }

    fn settled(&mut self, transaction: Transaction, report: &Report) {
        let Some(mut flight) = self.flights.remove(&transaction.envelope.ticket) else { return };
        let (queue, relay) = (Arc::clone(&self.queue), Arc::clone(&self.relay));
        if self.is_stale(&transaction) {
            // A used connection that the relay has closed says nothing about the message or the relay.
            flight.renewed = true;
            return self.queue.behind(async move { queue.send_on(flight, queue.clock.now()).await });
        }
        if matches!(transaction.ending, Ending::Answered) {
            self.done += 1;
        }
        let plain = transaction.taken()
            && transaction.recipients.iter().all(|told| matches!(told, smtp::client::Told::Said(r) if r.code / 100 == 2));
        // A plain success needs no report: nothing is copied for it.
        let report = if plain { Arc::default() } else { Arc::new(report.clone()) };
        self.queue.behind(queue.settle(flight, transaction, report, relay));
    }
}

/// Counts a piece of work as under way, to its end or to its panic.
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

/// Reports a worker that ends by a panic.
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
    pub(crate) async fn delivery_died(&self) -> &'static str {
        let mut panicked = self.panicked.subscribe();
        match panicked.wait_for(Option::is_some).await {
            Ok(name) => name.unwrap_or_default(),
            // The sender lives as long as the queue.
            Err(_) => std::future::pending().await,
        }
    }

    /// Does a piece of work behind the session's back. The stop waits for it.
    fn behind(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let busy = Busy::new(Arc::clone(self));
        tokio::spawn(async move {
            let _busy = busy;
            work.await;
        });
    }
}

impl Hands {
    /// Another token has come: a connection that is signed in with this one takes no more messages.
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
