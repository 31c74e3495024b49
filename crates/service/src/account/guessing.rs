//! Failed sign-ins slow the next one down, by name and by address. Kept in memory: a restart forgives.
//!
//! Somebody who guesses a name from elsewhere must not keep its owner out: at an address where the name came in before,
//! only what fails there counts.

use std::collections::{HashMap, HashSet};
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
struct Remembered {
    failures: HashMap<String, Failures>,
    /// Names with the addresses where they came in.
    at_home: HashSet<String>,
}

#[derive(Default)]
pub(super) struct Guessing {
    remembered: Mutex<Remembered>,
}

/// What a failure is counted under: the name, anywhere; the address; the two together. An IPv6 host has a whole network of
/// addresses: the network counts (/64).
fn keys(name: &str, address: IpAddr) -> [String; 3] {
    let network = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
    };
    let name: String = name.chars().take(64).collect::<String>().to_ascii_lowercase();
    [format!("name {name}"), format!("from {network}"), format!("both {network} {name}")]
}

impl Guessing {
    /// Begins an attempt, which counts as failed until it went well. `Err` with the seconds to wait.
    pub(super) fn attempt(&self, name: &str, address: IpAddr, now: i64) -> Result<(), u64> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.wait(name, address, now)?;
        remembered.count(name, address, now);
        Ok(())
    }

    pub(super) fn blocked(&self, now: i64) -> Vec<(String, String, u32)> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).blocked(now)
    }

    /// The attempt went well: the name is forgiven, and the address this one attempt; it may be guessing other names.
    pub(super) fn went_well(&self, name: &str, address: IpAddr) {
        let [name, from, both] = keys(name, address);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.failures.remove(&name);
        remembered.failures.remove(&both);
        if let Some(failed) = remembered.failures.get_mut(&from) {
            failed.count = failed.count.saturating_sub(1);
        }
        if remembered.at_home.len() < REMEMBERED_MAX {
            remembered.at_home.insert(both);
        }
    }
}

/// So many failures within the hour are worth a word.
const BLOCKED: u32 = 10;

impl Remembered {
    /// Names that somebody guesses at: name, address (or network), failures.
    fn blocked(&self, now: i64) -> Vec<(String, String, u32)> {
        let one = |(key, failed): (&String, &Failures)| {
            let (address, name) = key.strip_prefix("both ")?.rsplit_once(' ')?;
            let counts = failed.count >= BLOCKED && (now - failed.last).abs() < FORGET_MS;
            counts.then(|| (name.to_owned(), address.to_owned(), failed.count))
        };
        self.failures.iter().filter_map(one).take(100).collect()
    }

    fn wait(&self, name: &str, address: IpAddr, now: i64) -> Result<(), u64> {
        let left = |key: &String| {
            let failed = self.failures.get(key).filter(|failed| (now - failed.last).abs() < FORGET_MS)?;
            Some(failed.last + slow_down(failed.count) - now)
        };
        let [name, from, both] = keys(name, address);
        let by_name = if self.at_home.contains(&both) { &both } else { &name };
        let longest = [by_name, &from].into_iter().filter_map(left).max().unwrap_or(0);
        if longest > 0 { Err(u64::try_from(longest.div_euclid(1000) + 1).unwrap_or(1)) } else { Ok(()) }
    }

    fn count(&mut self, name: &str, address: IpAddr, now: i64) {
        let failures = &mut self.failures;
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
            assert_eq!(guessing.attempt("jo", HERE, 0), Ok(()));
        }
        assert_eq!(guessing.attempt("JO", THERE, 0), Err(2), "the name, from anywhere");
        assert_eq!(guessing.attempt("ann", HERE, 0), Err(2), "the address, for any name");
        assert_eq!(guessing.attempt("ann", THERE, 0), Ok(()));
        assert_eq!(guessing.attempt("jo", HERE, 1000), Ok(()));
        guessing.went_well("jo", HERE);
        assert_eq!(guessing.attempt("jo", THERE, 1000), Ok(()));
        assert_eq!(guessing.attempt("ann", HERE, FORGET_MS + 1000), Ok(()));
    }

    #[test]
    fn who_is_guessed_from_elsewhere_still_comes_in_where_he_did_before() {
        let guessing = Guessing::default();
        assert_eq!(guessing.attempt("jo", HERE, 0), Ok(()));
        guessing.went_well("jo", HERE);
        let tries = (0..50).filter(|_| guessing.attempt("jo", THERE, 0).is_ok()).count();
        assert_eq!((tries, guessing.attempt("jo", THERE, 0).is_err()), (3, true));
        assert_eq!(guessing.attempt("jo", HERE, 0), Ok(()), "at home");
        let here = (0..50).filter(|_| guessing.attempt("jo", HERE, 0).is_ok()).count();
        assert_eq!(here, 2, "and there, too, guessing is slowed down");
    }

    #[test]
    fn many_at_once_are_many() {
        let guessing = Guessing::default();
        let begun = (0..150).filter(|_| guessing.attempt("jo", HERE, 0).is_ok()).count();
        assert_eq!(begun, 3, "none of them has been answered yet");
    }

    #[test]
    fn invented_names_do_not_fill_the_memory_nor_free_the_one_that_is_guessed() {
        let guessing = Guessing::default();
        let mut remembered = guessing.remembered.lock().expect("not poisoned");
        for _ in 0..9 {
            remembered.count("jo", HERE, 0);
        }
        for i in 0..30_000 {
            remembered.count(&format!("name{i}"), THERE, 0);
        }
        assert!(remembered.failures.len() <= REMEMBERED_MAX + 2);
        assert!(remembered.wait("jo", THERE, 0).is_err());
    }
}
