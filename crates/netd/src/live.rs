//! The addresses that the helper has set, behind one lock with the ballot and the number of the connection. A request of an earlier
//! connection or ballot is refused at the moment when it would change something.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::failover::{Ballot, BootTime};
use rustix::time::{ClockId, clock_gettime};

use crate::address::PlacedIp;
use crate::fence::BallotFence;
use crate::kernel::Kernel;
use crate::protocol::{LIFETIME_MAX, NetdFault};

/// The number of a connection of the node. A later connection has a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeGeneration(u64);

pub(crate) struct LiveAddresses(Mutex<LiveState>);

struct LiveState {
    kernel: Kernel,
    fence: BallotFence,
    generation: NodeGeneration,
    /// The addresses that this node serves, each until its lifetime ends.
    served: BTreeMap<IpAddr, BootTime>,
}

/// The clock that deadlines are told in.
pub(crate) fn boot_time() -> BootTime {
    let now = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec).unwrap_or(0), u64::try_from(now.tv_nsec).unwrap_or(0));
    BootTime(seconds * 1000 + nanos / 1_000_000)
}

fn unset(error: &std::io::Error) -> NetdFault {
    NetdFault::system("the addresses cannot be removed", error)
}

impl LiveAddresses {
    pub(crate) fn new(kernel: Kernel) -> Self {
        let (fence, generation, served) = (BallotFence::default(), NodeGeneration(0), BTreeMap::new());
        Self(Mutex::new(LiveState { kernel, fence, generation, served }))
    }

    fn held(&self) -> MutexGuard<'_, LiveState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a connection: without addresses. Requests of the former are refused from now on.
    pub(crate) fn begin(&self) -> Result<NodeGeneration, NetdFault> {
        let mut live = self.held();
        live.generation = NodeGeneration(live.generation.0 + 1);
        live.served.clear();
        live.kernel.remove_all().map_err(|error| unset(&error))?;
        Ok(live.generation)
    }

    /// Sets these addresses until the deadline, and removes every other one of ours.
    pub(crate) fn set(
        &self,
        of: NodeGeneration,
        ballot: Ballot,
        (addresses, until): (&[PlacedIp], BootTime),
    ) -> Result<(), NetdFault> {
        let mut live = self.held();
        live.check(of)?;
        if until.since(boot_time()) > LIFETIME_MAX {
            return Err(NetdFault::invalid(format!("a lifetime is at most {} s", LIFETIME_MAX.as_secs())));
        }
        live.fence.pass(ballot).map_err(|highest| NetdFault::StaleBallot { highest })?;
        for placed in addresses {
            // The time that is left counts now: the request may have waited.
            let left = until.since(boot_time());
            let seconds = u32::try_from(left.as_secs()).unwrap_or(0);
            if seconds == 0 {
                return Err(NetdFault::Late);
            }
            live.kernel.set(placed, seconds)?;
            live.served.insert(placed.ip, until);
        }
        // Last: a request that fails takes nothing away.
        live.served.retain(|ip, _| addresses.iter().any(|placed| placed.ip == *ip));
        live.kernel.remove_others(addresses).map_err(|error| unset(&error))
    }

    pub(crate) fn remove_all(&self, of: NodeGeneration) -> Result<(), NetdFault> {
        let mut live = self.held();
        live.check(of)?;
        live.served.clear();
        live.kernel.remove_all().map_err(|error| unset(&error))
    }

    pub(crate) fn snapshot(&self) -> Result<crate::protocol::NetworkSnapshot, NetdFault> {
        self.held().kernel.snapshot().map_err(|error| NetdFault::system("the kernel cannot be asked", &error))
    }

    /// True if this connection is the present one, and the node serves the address.
    pub(crate) fn serves(&self, of: NodeGeneration, ip: IpAddr) -> bool {
        let live = self.held();
        live.generation == of && live.is_served(ip)
    }

    /// True if the node serves the address.
    pub(crate) fn is_served(&self, ip: IpAddr) -> bool {
        self.held().is_served(ip)
    }
}

impl LiveState {
    fn check(&self, of: NodeGeneration) -> Result<(), NetdFault> {
        if self.generation == of { Ok(()) } else { Err(NetdFault::Replaced) }
    }

    /// The kernel may drop an address up to a second late.
    fn is_served(&self, ip: IpAddr) -> bool {
        self.served.get(&ip).is_some_and(|until| until.since(boot_time()) > Duration::ZERO)
    }
}
