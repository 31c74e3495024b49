//! Runs Argon2id outside the runtime's threads, a few at a time: each run costs 19 MiB and tens of milliseconds.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::AccountFault;

/// Hashes that run at once.
const AT_ONCE: usize = 2;
/// Sign-ins that may wait for a place. More are refused.
const WAITING_MAX: usize = 64;

/// A hash that no password fits. It is checked if there is no account, so that an unknown name takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QY9dnJ8KIxcrRkFIyMxZSJBlbnLcSSEQrL8FWrWPvRk";

pub(super) struct Passwords {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING_MAX)) }
    }
}

impl Passwords {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccountFault> {
        let _waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| AccountFault::Busy)?;
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| AccountFault::Busy)?;
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        working.await.map_err(|_| AccountFault::Busy)
    }

    pub(super) async fn hash(&self, password: &str) -> Result<String, AccountFault> {
        let password = Zeroizing::new(password.to_owned());
        let hashed = self.run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await?;
        hashed.map_err(|error| AccountFault::Store(store::CommitFault::Storage(error.to_string())))
    }

    /// True if the password fits the hash. `None`: there is no such account. An empty hash fits no password.
    pub(super) async fn verify(&self, hash: Option<String>, password: &str) -> Result<bool, AccountFault> {
        let known = hash.as_ref().is_some_and(|hash| !hash.is_empty());
        let hash = hash.filter(|_| known).unwrap_or_else(|| NOBODY.to_owned());
        let password = Zeroizing::new(password.to_owned());
        let fits = self.run(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn password_fits_only_its_own_hash() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(Some(hash.clone()), "correct horse").await.expect("looked at"));
        assert!(!passwords.verify(Some(hash), "correct horsf").await.expect("looked at"));
        assert!(!passwords.verify(None, "").await.expect("looked at"));
        assert!(!passwords.verify(Some(String::new()), "").await.expect("looked at"));
        assert!(PasswordHash::new(NOBODY).is_ok(), "it costs what a real one costs");
    }
}
