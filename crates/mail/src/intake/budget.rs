//! Memory for incoming messages of all listeners. The ledger shares it between callers. It counts the bytes that have
//! arrived, not the announced size.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::ledger::{Caller, Ledger, MemoryBounds, NoRoom};

/// Memory for bodies that are still arriving. A caller alone may hold half of the part not kept, so the largest body fits.
const ARRIVING: MemoryBounds = MemoryBounds { total: 160 << 20, kept: 16 << 20, little: 256 << 10, strangers: 8 << 20 };
/// KiB for parsing bodies and building messages: one of the largest at a time, or many smaller ones.
const WORKING_KIB: usize = 192 << 10;
/// Separate KiB for bodies that take at most `SMALL_WORK` bytes of work. They do not queue behind large ones.
const WORKING_SMALL_KIB: usize = 32 << 10;
const SMALL_WORK: usize = 1 << 20;
/// The wait limits of the process.
const WAITS: BudgetWaiter = BudgetWaiter { room: Duration::from_secs(5), turn: Duration::from_secs(30) };

#[derive(Clone, Copy, Debug)]
struct BudgetWaiter {
    /// Maximum wait for memory that other claims give back.
    room: Duration,
    /// Maximum wait for the turn of a whole body.
    turn: Duration,
}

/// The memory budget of the process, shared by all listeners.
pub struct Budget {
    ledger: Mutex<Ledger>,
    released: Notify,
    working: Arc<Semaphore>,
    working_small: Arc<Semaphore>,
    waits: BudgetWaiter,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(WAITS)
    }
}

impl Budget {
    fn new(waits: BudgetWaiter) -> Self {
        let kib = |kib| Arc::new(Semaphore::new(kib));
        let (working, working_small) = (kib(WORKING_KIB), kib(WORKING_SMALL_KIB));
        Self { ledger: Mutex::new(Ledger::new(ARRIVING)), released: Notify::new(), working, working_small, waits }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an empty claim for one body.
    pub fn open(self: &Arc<Self>, caller: Caller) -> Claim {
        Claim { budget: Arc::clone(self), caller, held: 0, _working: None }
    }
}

/// The memory of one body. A drop gives it back.
pub struct Claim {
    budget: Arc<Budget>,
    caller: Caller,
    held: usize,
    _working: Option<OwnedSemaphorePermit>,
}

impl Claim {
    /// Claims more bytes, and waits for them if there is no room. A claim that gives up frees its bytes, so waiting claims
    /// block each other no longer than that. Fails after the wait.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let waiting = async {
            loop {
                // Created before the look, so that no release between the two is missed.
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

    /// Waits for the turn of a body whose processing takes this many bytes besides the body. Fails after the wait.
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

    const SHORT: BudgetWaiter = BudgetWaiter { room: Duration::from_millis(50), turn: Duration::from_millis(50) };

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
    async fn large_bodies_are_processed_in_turn() {
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
