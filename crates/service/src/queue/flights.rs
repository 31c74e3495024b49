//! The queue: its memory behind one lock, held for moments only, and whom to wake when that changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::id::RelayId;
use model::message::Class;
use model::route::Choice;
use store::{Change, Commit, CommitFault, Guard, Operate, Store, Verb, Which, Work};
use tokio::sync::{Notify, watch};

use super::Shortage;
use super::memory::{Flight, State};
use crate::clock::Clock;
use crate::relay::Net;

/// Room kept for a message that is being written to disk.
pub struct Place {
    bytes: usize,
    /// How often an operator had acted when it was kept.
    operations: u64,
    queue: Arc<Queue>,
    used: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.used {
            self.queue.give_room(self.bytes);
        }
    }
}

pub struct Queue {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) net: Net,
    state: Mutex<State>,
    /// A flight was added, or a relay opened: workers look.
    pub(crate) work: Notify,
    /// A relay opened, or memory has room again: the scheduler looks. Due times wake it by [`store::EarliestDue`].
    pub(crate) capacity: Arc<Notify>,
    /// The lane of an application that was claimed from last.
    pub(super) last_lane: AtomicI64,
    /// The watch asks the scheduler to look now.
    pub(crate) nudge: Notify,
    /// The scheduler is asked for a sign of life. It costs no turn.
    pub(crate) echo: Notify,
    /// Signs of life of the scheduler: its turns, and its answers to `echo`.
    pub(crate) beats: watch::Sender<u64>,
    /// A relay's or sender's state changed: the prober looks.
    pub(crate) held: Notify,
    /// What became of a message was written down.
    pub(crate) settled: Notify,
    /// When a relay was last seen to work: a message taken, or a sign-in that went well.
    pub(super) proven: Mutex<HashMap<RelayId, i64>>,
    pub(super) opened: Mutex<Option<i64>>,
    /// Messages that could not be read, when last, and why.
    pub(super) unreadable: Mutex<BTreeMap<i64, (i64, String)>>,
    /// The resource that this machine lacks for connections.
    pub(super) shortage: Mutex<Option<Shortage>>,
    /// Counts what changes the route: a relay held or opened, other settings.
    pub(crate) turned: watch::Sender<u64>,
    /// The stop has begun.
    pub(crate) stopping: watch::Sender<bool>,
    /// Held by whoever claims from the disk or acts on messages for an operator: the two must not cross.
    pub(crate) claiming: tokio::sync::Mutex<()>,
    /// Deliveries under way; the stop waits for them.
    pub(crate) busy: watch::Sender<usize>,
    /// A delivery or a worker that has panicked.
    pub(super) panicked: watch::Sender<Option<&'static str>>,
    /// Unix milliseconds of the last message a relay accepted, 0 if none yet.
    pub(crate) last_accepted: AtomicI64,
    /// The same of the last refusal for good, since the start.
    pub(crate) last_refused: AtomicI64,
}

impl Queue {
    pub fn new(store: Store, clock: Clock, net: Net) -> Arc<Self> {
        let capacity = Arc::new(Notify::new());
        Arc::new(Self {
            store,
            clock,
            net,
            state: Mutex::new(State::new(Arc::clone(&capacity))),
            work: Notify::new(),
            capacity,
            nudge: Notify::new(),
            last_lane: AtomicI64::new(0),
            echo: Notify::new(),
            beats: watch::Sender::new(0),
            held: Notify::new(),
            settled: Notify::new(),
            proven: Mutex::default(),
            opened: Mutex::default(),
            unreadable: Mutex::default(),
            shortage: Mutex::default(),
            turned: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            claiming: tokio::sync::Mutex::new(()),
            busy: watch::Sender::new(0),
            panicked: watch::Sender::new(None),
            last_accepted: AtomicI64::new(0),
            last_refused: AtomicI64::new(0),
        })
    }

    /// A sign of life of the scheduler.
    pub(super) fn beat(&self) {
        self.beats.send_modify(|beats| *beats = beats.wrapping_add(1));
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps room for a message if it could go at once; else it is only written down.
    pub fn reserve(self: &Arc<Self>, class: Class, sender: Option<&str>, bytes: usize) -> Option<Place> {
        let operations = self.lock().reserve(class, sender, bytes)?;
        Some(Place { bytes, operations, queue: Arc::clone(self), used: false })
    }

    fn give_room(&self, bytes: usize) {
        self.lock().release(bytes);
    }

    /// A message born claimed.
    pub async fn push(&self, mut place: Place, number: i64, mut work: Work, claimed: i64) {
        // An operator acted between the commit and here, and may have meant this message: its row tells, when its lease ends.
        if self.lock().operations() != place.operations {
            return;
        }
        place.used = true;
        work.number = number;
        self.send_on(Flight::new(work, claimed), claimed).await;
    }

    /// Puts a flight into its lane. It comes back if no relay can take it. Asked and done under one lock: a relay held
    /// before is seen here, and one held after this finds the flight when it strands.
    pub(crate) fn line_up(&self, flight: Flight) -> Result<(), Box<(Flight, Choice)>> {
        self.lock().line_up(flight)?;
        self.work.notify_waiters();
        Ok(())
    }

    /// A flight is done with: written down, its room free.
    pub(crate) fn finished(&self, number: i64, bytes: usize) {
        self.lock().finish(number, bytes);
    }

    pub(crate) fn take(&self, relay: RelayId, critical_only: bool) -> Option<Flight> {
        let (flight, uncovered) = self.lock().take(relay, critical_only);
        if uncovered {
            self.work.notify_waiters();
        }
        flight
    }

    /// Takes messages out of memory for an operator: those, and those that a delivery has in its hands, which stay. What
    /// is being born meanwhile may be meant too.
    pub(crate) fn recall(&self, wanted: Option<&[i64]>) -> (Vec<i64>, Vec<i64>) {
        self.lock().recall_for_operator(wanted)
    }

    /// Takes a message of our own back that no delivery has in its hands, and makes these changes in the same commit.
    /// `false`: nothing was done, for it could not be taken back, or was settled. Its accept must have ended: only then
    /// does the message stand where it is looked for.
    pub(crate) async fn withdraw(&self, number: i64, mut changes: Vec<Change>) -> bool {
        let now = self.clock.now();
        let _claiming = self.claiming.lock().await;
        let (_, in_flight) = self.lock().recall(Some(&[number]));
        if !in_flight.is_empty() {
            return false;
        }
        let operate = Operate { verb: Verb::Cancel, which: Which::Numbers(vec![number]), now, in_flight };
        changes.push(Change::Operate(operate));
        match self.store.commit(Commit { guards: vec![Guard::Waits(number)], changes }).await {
            Ok(_) => true,
            Err(CommitFault::NotFound) => false,
            Err(fault) => {
                tracing::error!(%fault, "a notice could not be taken back");
                // It was recalled: the row, whose lease ends, is looked at again.
                false
            }
        }
    }
}
