//! The queue: its state in memory behind one lock, held only briefly, and the signals that tell tasks of changes.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admin::clock::Clock;
use model::id::{LaneId, MessageNumber, RelayId};
use model::message::Class;
use model::route::Choice;
use model::time::Timestamp;
use store::{Commit, CommitFault, Guard, Operate, QueueAction, Store, Which, Work};
use tokio::sync::{Notify, watch};

use super::LEASE;
use super::memory::{Flight, QueueState, ServedLanes};
use super::shortage::ShortageWatch;
use crate::relay::Net;

/// Memory reserved for a message that the store is writing. Dropping it unused gives the memory back.
pub struct Reservation {
    bytes: usize,
    /// Number of operator actions on messages at the time of the reservation.
    operations: u64,
    queue: Arc<Queue>,
    used: bool,
}

impl Drop for Reservation {
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
    state: Mutex<QueueState>,
    /// Wakes the workers: a flight was added, or a relay opened.
    pub(crate) work: Notify,
    /// Wakes the scheduler: a relay opened, or memory has room again. Due times wake it by [`store::EarliestDue`].
    pub(crate) capacity: Arc<Notify>,
    /// The application's lane from which the scheduler claimed last.
    pub(super) last_lane: AtomicI64,
    /// Wakes the scheduler for an immediate look at the disk. The watch uses it.
    pub(crate) nudge: Notify,
    /// Asks the scheduler for a sign of life. This costs no turn.
    pub(crate) echo: Notify,
    /// Signs of life of the scheduler: its turns and its answers to `echo`.
    pub(crate) beats: watch::Sender<u64>,
    /// Wakes the prober: the state of a relay or sender changed.
    pub(crate) held: Notify,
    /// Wakes the probes of unproven relays after a change of the settings.
    pub(crate) renewed: Notify,
    /// Wakes the watch: an outcome was written, or a shortage began or ended.
    pub(crate) settled: Notify,
    pub(super) opened: Mutex<Option<Timestamp>>,
    /// Time since which no relay can be used.
    pub(super) closed: Mutex<Option<Timestamp>>,
    /// Unreadable messages by number, with the time of the last failure and its reason.
    pub(super) unreadable: Mutex<BTreeMap<MessageNumber, (Timestamp, String)>>,
    /// The resource that this machine lacks for connections, if any.
    pub(super) shortage: ShortageWatch,
    /// Counts changes of the route: a relay held or opened, other settings.
    pub(crate) turned: watch::Sender<u64>,
    /// True once the stop has begun.
    pub(crate) stopping: watch::Sender<bool>,
    /// Held while the scheduler claims from disk and while an operator's action changes messages. The two must not overlap.
    pub(crate) claiming: tokio::sync::Mutex<()>,
    /// Number of deliveries under way. The stop waits for them.
    pub(crate) busy: watch::Sender<usize>,
    /// Name of the delivery task that panicked.
    pub(super) panicked: watch::Sender<Option<&'static str>>,
    /// Time of the last message that a relay accepted, in Unix milliseconds. 0 if there is none.
    pub(crate) last_accepted: AtomicI64,
    /// Time of the last permanent refusal since the start, in Unix milliseconds. 0 if there is none.
    pub(crate) last_refused: AtomicI64,
}

impl Queue {
    pub fn new(store: Store, clock: Clock, net: Net) -> Arc<Self> {
        let capacity = Arc::new(Notify::new());
        Arc::new(Self {
            store,
            clock,
            net,
            state: Mutex::new(QueueState::new(Arc::clone(&capacity))),
            work: Notify::new(),
            capacity,
            nudge: Notify::new(),
            last_lane: AtomicI64::new(LaneId::NOTICES.0),
            echo: Notify::new(),
            beats: watch::Sender::new(0),
            held: Notify::new(),
            renewed: Notify::new(),
            settled: Notify::new(),
            opened: Mutex::default(),
            closed: Mutex::default(),
            unreadable: Mutex::default(),
            shortage: ShortageWatch::default(),
            turned: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            claiming: tokio::sync::Mutex::new(()),
            busy: watch::Sender::new(0),
            panicked: watch::Sender::new(None),
            last_accepted: AtomicI64::new(0),
            last_refused: AtomicI64::new(0),
        })
    }

    /// Records a sign of life of the scheduler.
    pub(super) fn beat(&self) {
        self.beats.send_modify(|beats| *beats = beats.wrapping_add(1));
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves memory for a message that a relay could take now. `None`: the message only goes to disk.
    pub fn reserve(self: &Arc<Self>, class: Class, sender: Option<&str>, bytes: usize) -> Option<Reservation> {
        let operations = self.lock().reserve(class, sender, bytes)?;
        Some(Reservation { bytes, operations, queue: Arc::clone(self), used: false })
    }

    fn give_room(&self, bytes: usize) {
        self.lock().release(bytes);
    }

    /// Adds a message that its accept has already claimed. The reservation becomes the flight's.
    pub async fn push(&self, mut place: Reservation, number: MessageNumber, mut work: Work, claimed: Timestamp) {
        // An operator acted after the reservation and may have meant this message. Its row decides when its lease ends.
        if self.lock().operations() != place.operations {
            return;
        }
        // The clock was set forward since, past the lease. The scheduler may have claimed the row, and even have sent it.
        if self.clock.now() >= claimed + LEASE {
            return;
        }
        place.used = true;
        work.number = number;
        self.send_on(Flight::new(work, claimed), claimed).await;
    }

    /// Puts a flight into its lane. Returns the flight if no relay can take it. The check and the change share one lock.
    /// So this call sees a relay that is already held. `strand` finds the flight if a relay is held later.
    pub(crate) fn line_up(&self, flight: Flight) -> Result<(), Box<(Flight, Choice)>> {
        self.lock().line_up(flight)?;
        self.work.notify_waiters();
        Ok(())
    }

    /// Removes a flight whose outcome is written, and frees its memory.
    pub(crate) fn finished(&self, number: MessageNumber, bytes: usize) {
        self.lock().finish(number, bytes);
    }

    pub(crate) fn take(&self, relay: RelayId, lanes: ServedLanes) -> Option<Flight> {
        let (flight, uncovered) = self.lock().take(relay, lanes);
        if uncovered {
            self.work.notify_waiters();
        }
        flight
    }

    /// Takes messages out of memory for an operator. Returns the numbers taken out and those still in a delivery.
    /// The latter stay in memory. Messages that are being accepted meanwhile go to disk only: the operator may mean them too.
    pub(crate) fn recall(&self, wanted: Option<&[MessageNumber]>) -> (Vec<MessageNumber>, Vec<MessageNumber>) {
        self.lock().recall_for_operator(wanted)
    }

    /// Cancels one of our own messages that is not in a delivery, in this commit.
    /// `false`: nothing was done, because the message is settled, is in a delivery, or the store failed.
    /// Call it only after the accept of the message has ended. Before that the message is not in its lane yet.
    pub async fn withdraw(&self, number: MessageNumber, commit: Commit) -> bool {
        let _claiming = self.claiming.lock().await;
        let (_, in_flight) = self.lock().recall(Some(&[number]));
        if !in_flight.is_empty() {
            return false;
        }
        let operate = Operate { verb: QueueAction::Cancel, which: Which::Numbers(vec![number]), in_flight };
        match self.store.commit(commit.and(operate).only_if(Guard::Waits(number))).await {
            Ok(_) => true,
            Err(CommitFault::NotFound) => false,
            Err(fault) => {
                tracing::error!(%fault, "a notice could not be withdrawn");
                // The message has left memory. The scheduler claims its row again when the lease ends.
                false
            }
        }
    }
}
