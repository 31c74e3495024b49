//! Sessions: a browser signs in with name and password, uses the session, and signs out.

use std::net::IpAddr;
use std::time::Duration;

use model::account::Actor;
use model::audit::AuditedAct;
use model::{Language, Secret};
use store::{AccountChange, AccountView, Commit, CommitFault, NewSession, ReadFault, SessionView};

use super::accounts::{Accounts, audit_row};
use super::device::TokenBinding;
use super::fault::AccountFault;
use super::guessing::{Attempt, Device};
use super::token::{random_token, token_digest};
use crate::clock::random_bytes;

/// A session ends after this idle time.
const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);
/// A session ends at this age, also when it is in use.
const AGE_MAX: Duration = Duration::from_secs(30 * 86_400);
/// Time between two writes of a session's last use.
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// Longest stored User-Agent of a browser, in characters.
const AGENT_MAX: usize = 200;

/// Origin of a request, for the list of sessions and for rate limits.
#[derive(Clone, Debug)]
pub struct RequestOrigin {
    pub address: IpAddr,
    pub agent: String,
    /// The browser's tokens from earlier sign-ins; may be empty.
    pub devices: String,
}

/// A new session, with the tokens that the browser keeps.
pub struct OpenedSession {
    pub token: Secret,
    /// Makes the browser known; `None` for an account without a password.
    pub devices: Option<Secret>,
    pub account: AccountView,
}

/// A signed-in account and its session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account: AccountView,
    pub session: SessionView,
}

impl SignedIn {
    pub fn actor(&self) -> Actor {
        Actor { name: self.account.name.clone(), role: self.account.role }
    }

    pub fn language(&self) -> Option<Language> {
        self.account.language.as_deref().and_then(Language::of_tag)
    }
}

impl Accounts {
    /// Signs in with a name and a password. An unknown name takes as long as a wrong password.
    pub async fn sign_in(&self, name: &str, password: &str, origin: &RequestOrigin) -> Result<OpenedSession, AccountFault> {
        let name = name.trim();
        let found = self.store.account(name.to_owned()).await?;
        let bound = found.as_ref().map(|(account, hash)| TokenBinding { account: account.id, hash });
        let known = bound.and_then(|bound| self.devices.recognize(&origin.devices, bound, self.clock.now()));
        let attempt = self.begin_attempt(name, origin, known.map_or(Device::Stranger, Device::Known))?;
        let hash = found.as_ref().map(|(_, hash)| hash.clone());
        let fits = self.passwords.verify(hash, password).await?;
        match found {
            Some((account, hash)) if fits => {
                attempt.succeed();
                self.open_session(Commit::at(self.clock.now()), account, Some(hash), origin).await
            }
            found => {
                if let Some(seconds) = attempt.wait {
                    // No audit row: a flood from one address would push out all other rows.
                    return Err(AccountFault::SlowDown { seconds });
                }
                // The typed name is not stored: it may be a password in the wrong field.
                let who = found.map_or_else(|| "(unknown name)".to_owned(), |(account, _)| account.name);
                self.audit(&who, AuditedAct::SignInFailed { address: origin.address.to_string() }).await;
                Err(AccountFault::WrongPassword)
            }
        }
    }

    /// Begins an attempt. It counts as failed until it succeeds, so that parallel attempts all count.
    pub(super) fn begin_attempt(&self, name: &str, origin: &RequestOrigin, device: Device) -> Result<Attempt, AccountFault> {
        let begun = self.guessing.begin(name, origin.address, device, self.clock.now());
        begun.map_err(|seconds| AccountFault::SlowDown { seconds })
    }

    /// Opens a session, in one commit with the change that allows it. `hash`: the hash that the password was checked
    /// against.
    pub(super) async fn open_session(
        &self,
        commit: Commit,
        account: AccountView,
        hash: Option<String>,
        origin: &RequestOrigin,
    ) -> Result<OpenedSession, AccountFault> {
        let token = random_token();
        // The hash that was checked. For a link, the account's present hash.
        let bound = match &hash {
            Some(hash) => hash.clone(),
            None => self.store.account(account.name.clone()).await?.map(|(_, hash)| hash).unwrap_or_default(),
        };
        let bound = TokenBinding { account: account.id, hash: &bound };
        let devices = self.devices.remember(&origin.devices, bound, random_bytes(), self.clock.now()).map(Secret::new);
        let session = NewSession {
            digest: token_digest(&token),
            account: account.id,
            password: hash,
            address: origin.address.to_string(),
            agent: origin.agent.chars().take(AGENT_MAX).collect(),
        };
        let audited = audit_row(&account.name, &AuditedAct::SignedIn { address: origin.address.to_string() });
        self.store.commit(commit.and(AccountChange::Open(session)).and(audited)).await.map_err(|fault| match fault {
            CommitFault::NotFound => AccountFault::WrongPassword,
            other => other.into(),
        })?;
        Ok(OpenedSession { token: Secret::new(token), devices, account })
    }

    /// The account and session of a browser's token. `None` if the session has ended.
    pub async fn find_session(&self, token: &str) -> Result<Option<SignedIn>, ReadFault> {
        let digest = token_digest(token);
        let Some((account, session)) = self.store.session(digest.clone()).await? else { return Ok(None) };
        let now = self.clock.now();
        // A clock that was set back must not make a session last for ever: a session from far in the future ends.
        let is_from_future = session.created.since(now) > AGE_MAX;
        if now.since(session.created) > AGE_MAX || now.since(session.seen) > IDLE_MAX || is_from_future {
            self.update_session(AccountChange::Close { digest }).await;
            return Ok(None);
        }
        if now.distance(session.seen) > SEEN_EVERY {
            self.update_session(AccountChange::Seen { digest }).await;
        }
        Ok(Some(SignedIn { account, session }))
    }

    pub async fn sign_out(&self, signed: &SignedIn) -> Result<(), AccountFault> {
        let close = AccountChange::Close { digest: signed.session.digest.clone() };
        let audited = audit_row(&signed.account.name, &AuditedAct::SignedOut { address: signed.session.address.clone() });
        self.store.commit(self.commit().and(close).and(audited)).await?;
        Ok(())
    }

    pub async fn sessions(&self, signed: &SignedIn) -> Result<Vec<SessionView>, ReadFault> {
        self.store.sessions(signed.account.id).await
    }

    /// Ends one session of the account (by its digest), or all except the current one.
    pub async fn end_sessions(&self, signed: &SignedIn, which: Option<Vec<u8>>) -> Result<(), AccountFault> {
        let change = match which {
            Some(digest) => {
                let own = self.store.sessions(signed.account.id).await?.iter().any(|session| session.digest == digest);
                if !own {
                    return Err(AccountFault::NoAccount);
                }
                AccountChange::Close { digest }
            }
            None => AccountChange::CloseAll { account: signed.account.id, keep: Some(signed.session.digest.clone()) },
        };
        let audited = audit_row(&signed.account.name, &AuditedAct::SessionEnded);
        self.store.commit(self.commit().and(change).and(audited)).await?;
        Ok(())
    }

    /// Updates a session. Logs a failure only: the list of sessions is for display.
    pub(super) async fn update_session(&self, change: AccountChange) {
        if let Err(fault) = self.store.change(self.clock.now(), change).await {
            tracing::debug!(%fault, "a session could not be updated");
        }
    }
}
