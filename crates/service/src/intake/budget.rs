//! Memory for messages that come in, by whatever listener: shared between callers as the ledger says, and counted by
//! the bytes that are there, not by those that were announced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::ledger::{Bounds, Caller, Ledger, NoRoom};

/// Bytes that wait to be whole. One caller alone may hold half of what is not kept: the largest body fits.
const ARRIVING: Bounds = Bounds { total: 160 << 20, kept: 16 << 20, little: 256 << 10, strangers: 8 << 20 };
/// KiB for taking bodies apart and putting messages together: one of the largest at a time, or many smaller ones.
const WORKING_KIB: usize = 192 << 10;
/// KiB of their own for bodies that take at most `SMALL_WORK` bytes of work: they do not queue behind large ones.
const WORKING_SMALL_KIB: usize = 32 << 10;
const SMALL_WORK: usize = 1 << 20;
/// The waits of a listener.
const WAITS: Waits = Waits { room: Duration::from_secs(5), turn: Duration::from_secs(30) };

#[derive(Clone, Copy, Debug)]
struct Waits {
    /// For other claims to give back.
    room: Duration,
    /// For a whole body to be worked on.
    turn: Duration,
}

/// One for the whole process.
pub struct Budget {
    ledger: Mutex<Ledger>,
    released: Notify,
    working: Arc<Semaphore>,
    working_small: Arc<Semaphore>,
    waits: Waits,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(WAITS)
    }
}

impl Budget {
    fn new(waits: Waits) -> Self {
        let kib = |kib| Arc::new(Semaphore::new(kib));
        let (working, working_small) = (kib(WORKING_KIB), kib(WORKING_SMALL_KIB));
        Self { ledger: Mutex::new(Ledger::new(ARRIVING)), released: Notify::new(), working, working_small, waits }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A claim on nothing yet, for one body.
    pub fn open(self: &Arc<Self>, caller: Caller) -> Claim {
        Claim { budget: Arc::clone(self), caller, held: 0, _working: None }
    }
}

/// The memory of one body; given back when dropped.
pub struct Claim {
    budget: Arc<Budget>,
    caller: Caller,
    held: usize,
    _working: Option<OwnedSemaphorePermit>,
}

impl Claim {
    /// Claims more, and waits a while for room. Each claim that gives up frees what it held, so waiting claims cannot
    /// block one another for longer than that.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let waiting = async {
            loop {
                // Registered before the look: a release in between is not missed.
                let released = self.budget.released.notified();
                if self.budget.lock().claim(&self.caller, bytes).is_ok() {
                    return;
                }
                released.await;
            }
        };
        let first = self.budget.lock().claim(&self.caller, bytes);
        if let Err(fault) = first {
            tokio::time::timeout(self.budget.waits.room, waiting).await.map_err(|_| fault)?;
        }
        self.held += bytes;
        Ok(())
    }

    /// Waits for the turn to be worked on, which takes so many bytes besides the body itself.
    pub async fn turn(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let kib = u32::try_from(bytes.div_ceil(1024).min(WORKING_KIB)).unwrap_or(u32::MAX);
        let Budget { working, working_small, waits, .. } = &*self.budget;
        let line = if bytes <= SMALL_WORK { working_small } else { working };
        let turn = tokio::time::timeout(waits.turn, Arc::clone(line).acquire_many_owned(kib)).await;
        // The semaphore is never closed.
        self._working = Some(turn.map_err(|_| NoRoom::Full)?.map_err(|_| NoRoom::Full)?);
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.budget.lock().release(&self.caller, self.held);
        self.budget.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Waits = Waits { room: Duration::from_millis(50), turn: Duration::from_millis(50) };

    #[tokio::test]
    async fn claim_waits_for_a_release_and_then_gives_up() {
        let budget = Arc::new(Budget::new(SHORT));
        let caller = Caller::known("token#1");
        let mut first = budget.open(caller.clone());
        first.grow(72 << 20).await.expect("half of what is not kept");
        let mut second = budget.open(caller.clone());
        assert_eq!(second.grow(1 << 20).await, Err(NoRoom::Share));
        assert_eq!(budget.open(Caller::known("token#2")).grow(30 << 20).await, Ok(()), "another caller has room");
        let (grown, ()) = tokio::join!(second.grow(1 << 20), async { drop(first) });
        assert_eq!(grown, Ok(()), "the release wakes the claim that waits");
        drop(second);
        assert_eq!(budget.lock().used, 0);
    }

    #[tokio::test]
    async fn large_bodies_are_worked_on_one_after_the_other() {
        let budget = Arc::new(Budget::new(SHORT));
        let mut first = budget.open(Caller::known("a"));
        first.turn(150 << 20).await.expect("nothing else is worked on");
        let mut second = budget.open(Caller::known("b"));
        assert_eq!(second.turn(150 << 20).await, Err(NoRoom::Full));
        let mut small = budget.open(Caller::known("c"));
        assert_eq!(small.turn(1 << 20).await, Ok(()), "a small one has room beside it");
        drop(first);
        assert_eq!(second.turn(150 << 20).await, Ok(()));
    }
}
