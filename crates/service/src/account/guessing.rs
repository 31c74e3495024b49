//! Failed sign-ins slow the next one down, by name and by address. Kept in memory: a restart forgives.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use model::account::slow_down;

/// Names and addresses remembered; when there are more, the oldest go.
const REMEMBERED_MAX: usize = 10_000;
/// After so long without a failure all is forgotten.
const FORGET_MS: i64 = 3_600_000;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: i64,
}

#[derive(Default)]
pub(super) struct Guessing {
    failures: Mutex<HashMap<String, Failures>>,
}

/// An IPv6 host has a whole network of addresses: the network counts (/64).
fn keys(name: &str, address: IpAddr) -> [String; 2] {
    let network = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
    };
    let name: String = name.chars().take(64).collect();
    [format!("name {}", name.to_ascii_lowercase()), format!("from {network}")]
}

impl Guessing {
    /// `Err` with the seconds to wait.
    pub(super) fn wait(&self, name: &str, address: IpAddr, now: i64) -> Result<(), u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |key: &String| {
            let failed = failures.get(key).filter(|failed| (now - failed.last).abs() < FORGET_MS)?;
            Some(failed.last + slow_down(failed.count) - now)
        };
        let longest = keys(name, address).iter().filter_map(left).max().unwrap_or(0);
        if longest > 0 { Err(u64::try_from(longest.div_euclid(1000) + 1).unwrap_or(1)) } else { Ok(()) }
    }

    pub(super) fn failed(&self, name: &str, address: IpAddr, now: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= REMEMBERED_MAX {
            failures.retain(|_, failed| (now - failed.last).abs() < FORGET_MS);
        }
        if failures.len() >= REMEMBERED_MAX {
            // Somebody invents names: those that failed least are forgotten, not those that are being guessed.
            failures.retain(|_, failed| failed.count > 3);
        }
        for key in keys(name, address) {
            let failed = failures.entry(key).or_insert(Failures { count: 0, last: now });
            if (now - failed.last).abs() >= FORGET_MS {
                failed.count = 0;
            }
            *failed = Failures { count: failed.count.saturating_add(1), last: now };
        }
    }

    /// A sign-in went well. The address is not forgiven: it may be guessing other names.
    pub(super) fn forget(&self, name: &str, address: IpAddr) {
        let [name, _] = keys(name, address);
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn who_fails_waits_by_name_and_by_address_and_is_forgiven_in_time() {
        let guessing = Guessing::default();
        for _ in 0..3 {
            assert_eq!(guessing.wait("jo", HERE, 0), Ok(()));
            guessing.failed("jo", HERE, 0);
        }
        assert_eq!(guessing.wait("JO", THERE, 0), Err(2), "the name, from anywhere");
        assert_eq!(guessing.wait("ann", HERE, 0), Err(2), "the address, for any name");
        assert_eq!(guessing.wait("ann", THERE, 0), Ok(()));
        assert_eq!(guessing.wait("jo", HERE, 1000), Ok(()));
        guessing.forget("jo", HERE);
        assert_eq!(guessing.wait("jo", THERE, 0), Ok(()));
        assert_eq!(guessing.wait("jo", HERE, FORGET_MS), Ok(()));
    }

    #[test]
    fn invented_names_do_not_fill_the_memory_nor_free_the_one_that_is_guessed() {
        let guessing = Guessing::default();
        for _ in 0..9 {
            guessing.failed("jo", HERE, 0);
        }
        for i in 0..30_000 {
            guessing.failed(&format!("name{i}"), THERE, 0);
        }
        assert!(guessing.failures.lock().expect("not poisoned").len() <= REMEMBERED_MAX + 1);
        assert!(guessing.wait("jo", THERE, 0).is_err());
    }
}
