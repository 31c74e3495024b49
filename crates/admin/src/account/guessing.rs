//! Slows password guessing down. Failures are counted in memory; a restart clears them.
//!
//! A browser that signed in to the account before is a known device, and has a count of its own (the design is OWASP's,
//! *Slow Down Online Guessing Attacks with Device Cookies*). Any other browser is a stranger. Its failures count under the
//! name, wherever they come from, and under the address.
//!
//! An attacker must not lock an owner out. So failures elsewhere slow down neither a known device nor an address where the
//! name signed in before. The count of an address refuses no right password: clients share it, and invented names fill it
//! up. It only limits how many attempts run at once, and the answer to a wrong password.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::account::slow_down;
use model::time::Timestamp;

use super::device::DeviceId;

/// Counts kept; when there are more, the lowest are dropped.
const COUNTS_MAX: usize = 10_000;
/// Counts left after some are dropped, so that dropping is rare.
const COUNTS_KEPT: usize = 7_500;
/// Most names kept with an address where they signed in.
const HOMES_MAX: usize = 10_000;
/// A count is dropped after this time without a failure.
const FORGET: Duration = Duration::from_hours(1);
/// Characters of a name that count: no account's name is longer.
const NAME_MAX: usize = 64;
/// Failures within the hour from which a name is reported.
const BLOCKED: u32 = 10;
/// Names in one report.
const REPORTED_MAX: usize = 100;

/// The caller of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    /// Signed in to this account before.
    Known(DeviceId),
    Stranger,
}

/// The address it comes from. An IPv6 host has a whole network of addresses, so the network counts (/64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SourceNetwork(IpAddr);

impl SourceNetwork {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => Self(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into()),
        }
    }
}

impl fmt::Display for SourceNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => write!(f, "{ip}"),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}

/// The key that a failure counts under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum FailureKey {
    Device(DeviceId),
    Name(String),
    Address(SourceNetwork),
    /// Slows strangers down where the name signed in before, and names both in a report.
    NameAtAddress(String, SourceNetwork),
}

#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    last: Timestamp,
}

impl Count {
    fn is_alive(self, now: Timestamp) -> bool {
        now.distance(self.last) < FORGET
    }
}

#[derive(Default)]
struct Counts {
    counts: HashMap<FailureKey, Count>,
    /// Names with the addresses where they signed in.
    homes: HashSet<(String, SourceNetwork)>,
    /// Addresses over their limit with an attempt under way.
    busy: HashSet<SourceNetwork>,
}

#[derive(Default)]
pub(super) struct Guessing {
    counts: Arc<Mutex<Counts>>,
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An attempt under way. It counts as failed until it succeeds, so that parallel attempts all count.
pub(super) struct Attempt {
    counts: Arc<Mutex<Counts>>,
    name: String,
    network: SourceNetwork,
    device: Device,
    /// The address was over its limit before this attempt: a wrong password is answered with this many seconds to wait.
    pub(super) wait: Option<u64>,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.wait.is_some() {
            lock(&self.counts).busy.remove(&self.network);
        }
    }
}

impl Attempt {
    /// Records a right password. Clears the count of a known device. For a stranger, clears the count of the name, and takes
    /// this attempt off the count of the address: the browser may be guessing other names.
    pub(super) fn succeed(self) {
        let mut counts = lock(&self.counts);
        match self.device {
            Device::Known(id) => drop(counts.counts.remove(&FailureKey::Device(id))),
            Device::Stranger => {
                counts.counts.remove(&FailureKey::Name(self.name.clone()));
                counts.counts.remove(&FailureKey::NameAtAddress(self.name.clone(), self.network));
                if let Some(count) = counts.counts.get_mut(&FailureKey::Address(self.network)) {
                    count.failures = count.failures.saturating_sub(1);
                }
                if counts.homes.len() < HOMES_MAX {
                    counts.homes.insert((self.name.clone(), self.network));
                }
            }
        }
    }
}

impl Guessing {
    /// Begins an attempt. Returns `Err` with the seconds to wait if it is refused.
    pub(super) fn begin(&self, name: &str, address: IpAddr, device: Device, now: Timestamp) -> Result<Attempt, u64> {
        let name: String = name.chars().take(NAME_MAX).collect::<String>().to_ascii_lowercase();
        let network = SourceNetwork::of(address);
        let mut counts = lock(&self.counts);
        let at_address = FailureKey::NameAtAddress(name.clone(), network);
        let mut wait = None;
        match device {
            Device::Known(id) => {
                counts.must_wait(&FailureKey::Device(id), now)?;
                counts.fail(FailureKey::Device(id), now);
            }
            Device::Stranger => {
                let by_name = FailureKey::Name(name.clone());
                let is_home = counts.homes.contains(&(name.clone(), network));
                counts.must_wait(if is_home { &at_address } else { &by_name }, now)?;
                wait = counts.must_wait(&FailureKey::Address(network), now).err();
                if let Some(seconds) = wait
                    && !counts.busy.insert(network)
                {
                    return Err(seconds);
                }
                counts.fail(by_name, now);
                counts.fail(FailureKey::Address(network), now);
            }
        }
        counts.fail(at_address, now);
        drop(counts);
        Ok(Attempt { counts: Arc::clone(&self.counts), name, network, device, wait })
    }

    /// Names with repeated failures: name, address (or network), failures.
    pub(super) fn blocked(&self, now: Timestamp) -> Vec<(String, String, u32)> {
        let reported = |(key, count): (&FailureKey, &Count)| match key {
            FailureKey::NameAtAddress(name, network) if count.failures >= BLOCKED && count.is_alive(now) => {
                Some((name.clone(), network.to_string(), count.failures))
            }
            FailureKey::Device(_) | FailureKey::Name(_) | FailureKey::Address(_) | FailureKey::NameAtAddress(..) => None,
        };
        lock(&self.counts).counts.iter().filter_map(reported).take(REPORTED_MAX).collect()
    }
}

impl Counts {
    fn must_wait(&self, key: &FailureKey, now: Timestamp) -> Result<(), u64> {
        let Some(count) = self.counts.get(key).filter(|count| count.is_alive(now)) else { return Ok(()) };
        let left = (count.last + slow_down(count.failures)).since(now);
        if left.is_zero() { Ok(()) } else { Err(left.as_secs() + 1) }
    }

    fn fail(&mut self, key: FailureKey, now: Timestamp) {
        if self.counts.len() >= COUNTS_MAX && !self.counts.contains_key(&key) {
            self.make_room(now);
        }
        let count = self.counts.entry(key).or_insert(Count { failures: 0, last: now });
        let before = if count.is_alive(now) { count.failures } else { 0 };
        *count = Count { failures: before.saturating_add(1), last: now };
    }

    /// Drops the lowest counts. An attacker who invents names must not free the guessed name: it has the highest count.
    fn make_room(&mut self, now: Timestamp) {
        self.counts.retain(|_, count| count.is_alive(now));
        if self.counts.len() <= COUNTS_KEPT {
            return;
        }
        let mut all: Vec<(u32, Timestamp)> = self.counts.values().map(|count| (count.failures, count.last)).collect();
        let surplus = all.len() - COUNTS_KEPT;
        let (_, border, above) = all.select_nth_unstable(surplus);
        let border = *border;
        // Keeps as many of the counts equal to the border as there is room for.
        let mut places = COUNTS_KEPT - above.iter().filter(|count| **count > border).count();
        self.counts.retain(|_, count| match (count.failures, count.last).cmp(&border) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => {
                let keep = places > 0;
                places = places.saturating_sub(1);
                keep
            }
        });
    }
}

#[cfg(test)]
mod tests;
