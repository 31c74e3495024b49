//! Accounts: passwords, sessions, links that work once, and rate limits against guessing.
//!
//! A browser or a link holds 256 random bits; the store keeps their SHA-256. A password is stored as Argon2id.

mod device;
mod guessing;
mod password;

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::account::{Actor, Forbidden, Role, WeakPassword, is_account_name, judge_password};
use model::audit::AuditedAct;
use model::id::AccountId;
use model::time::Timestamp;
use model::{Language, Secret};
use store::{AccountChange, AccountView, AuditRow, Commit, CommitFault, NewSession, Outcome, ReadFault, SessionView, Store};

use crate::clock::{Clock, random_bytes};

pub use device::DEVICE_MAX;

use device::{Bound, DeviceId, Devices};
use guessing::{Attempt, Device, Guessing};
use password::Passwords;

/// A session ends after this idle time.
const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);
/// A session ends at this age, also when it is in use.
const AGE_MAX: Duration = Duration::from_secs(30 * 86_400);
/// Time between two writes of a session's last use.
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// Life of a link that makes the first account or signs in once.
const LINK_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Longest stored User-Agent of a browser, in characters.
const AGENT_MAX: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// The name or the password is wrong. The caller is not told which.
    #[error("name or password is wrong")]
    Wrong,
    #[error("too many failed sign-ins; try again in {seconds} s")]
    SlowDown { seconds: u64 },
    #[error("the link was used already, or has expired")]
    NoLink,
    #[error("not an account name")]
    BadName,
    #[error("an account with this name exists already")]
    Taken,
    #[error("the password is too weak")]
    Weak(WeakPassword),
    #[error("the new password is the current one")]
    SamePassword,
    #[error("the account does not exist")]
    NoAccount,
    #[error("the last administrator cannot be removed")]
    LastAdministrator,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("too many sign-ins at once")]
    Busy,
    #[error("{0}")]
    Store(CommitFault),
    #[error("{0}")]
    Read(#[from] ReadFault),
}

impl From<CommitFault> for AccountFault {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::Done(_) => Self::Taken,
            CommitFault::LastAdministrator => Self::LastAdministrator,
            CommitFault::NotFound => Self::NoAccount,
            other => Self::Store(other),
        }
    }
}

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
pub struct Signed {
    pub account: AccountView,
    pub session: SessionView,
}

impl Signed {
    pub fn actor(&self) -> Actor {
        Actor { name: self.account.name.clone(), role: self.account.role }
    }

    pub fn language(&self) -> Option<Language> {
        self.account.language.as_deref().and_then(Language::of_tag)
    }
}

pub struct Accounts {
    store: Store,
    clock: Clock,
    guessing: Guessing,
    devices: Devices,
    passwords: Passwords,
}

/// The digest that the store keeps of a token.
pub fn digest(token: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// 256 random bits, as text.
pub fn draw() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

impl Accounts {
    pub fn new(store: Store, clock: Clock) -> Self {
        let devices = Devices::new(store.signing_keys(device::PURPOSE));
        Self { store, clock, guessing: Guessing::default(), devices, passwords: Passwords::default() }
    }

    /// Names with repeated failures: name, address (or network), failures within the hour.
    pub fn blocked(&self, now: Timestamp) -> Vec<(String, String, u32)> {
        self.guessing.blocked(now)
    }

    pub async fn any(&self) -> Result<bool, ReadFault> {
        Ok(!self.store.accounts().await?.is_empty())
    }

    pub async fn list(&self) -> Result<Vec<AccountView>, ReadFault> {
        self.store.accounts().await
    }

    /// Signs in with a name and a password. An unknown name takes as long as a wrong password.
    pub async fn sign_in(&self, name: &str, password: &str, origin: &RequestOrigin) -> Result<OpenedSession, AccountFault> {
        let name = name.trim();
        let found = self.store.account(name.to_owned()).await?;
        let bound = found.as_ref().map(|(account, hash)| Bound { account: account.id, hash });
        let known = bound.and_then(|bound| self.devices.recognize(&origin.devices, bound, self.clock.now()));
        let attempt = self.begin(name, origin, known.map_or(Device::Stranger, Device::Known))?;
        let hash = found.as_ref().map(|(_, hash)| hash.clone());
        let fits = self.passwords.verify(hash, password).await?;
        match found {
            Some((account, hash)) if fits => {
                attempt.succeed();
                self.open(Commit::at(self.clock.now()), account, Some(hash), origin).await
            }
            found => {
                if let Some(seconds) = attempt.wait {
                    // No audit row: a flood from one address would push out all other rows.
                    return Err(AccountFault::SlowDown { seconds });
                }
                // The typed name is not stored: it may be a password in the wrong field.
                let who = found.map_or_else(|| "(unknown name)".to_owned(), |(account, _)| account.name);
                self.audit(&who, AuditedAct::SignInFailed { address: origin.address.to_string() }).await;
                Err(AccountFault::Wrong)
            }
        }
    }

    /// Begins an attempt. It counts as failed until it succeeds, so that parallel attempts all count.
    fn begin(&self, name: &str, origin: &RequestOrigin, device: Device) -> Result<Attempt, AccountFault> {
        let begun = self.guessing.begin(name, origin.address, device, self.clock.now());
        begun.map_err(|seconds| AccountFault::SlowDown { seconds })
    }

    /// Opens a session, in one commit with the change that allows it. `hash`: the hash that the password was checked
    /// against.
    async fn open(
        &self,
        commit: Commit,
        account: AccountView,
        hash: Option<String>,
        origin: &RequestOrigin,
    ) -> Result<OpenedSession, AccountFault> {
        let token = draw();
        // The hash that was checked. For a link, the account's present hash.
        let bound = match &hash {
            Some(hash) => hash.clone(),
            None => self.store.account(account.name.clone()).await?.map(|(_, hash)| hash).unwrap_or_default(),
        };
        let bound = Bound { account: account.id, hash: &bound };
        let devices = self.devices.remember(&origin.devices, bound, random_bytes(), self.clock.now()).map(Secret::new);
        let session = NewSession {
            digest: digest(&token),
            account: account.id,
            password: hash,
            address: origin.address.to_string(),
            agent: origin.agent.chars().take(AGENT_MAX).collect(),
        };
        let said = said(&account.name, &AuditedAct::SignedIn { address: origin.address.to_string() });
        self.store.commit(commit.and(AccountChange::Open(session)).and(said)).await.map_err(|fault| match fault {
            CommitFault::NotFound => AccountFault::Wrong,
            other => other.into(),
        })?;
        Ok(OpenedSession { token: Secret::new(token), devices, account })
    }

    /// The account and session of a browser's token. `None` if the session has ended.
    pub async fn session(&self, token: &str) -> Result<Option<Signed>, ReadFault> {
        let digest = digest(token);
        let Some((account, session)) = self.store.session(digest.clone()).await? else { return Ok(None) };
        let now = self.clock.now();
        // A clock that was set back must not make a session last for ever: a session from far in the future ends.
        let is_from_future = session.created.since(now) > AGE_MAX;
        if now.since(session.created) > AGE_MAX || now.since(session.seen) > IDLE_MAX || is_from_future {
            self.write(AccountChange::Close { digest }).await;
            return Ok(None);
        }
        if now.distance(session.seen) > SEEN_EVERY {
            self.write(AccountChange::Seen { digest }).await;
        }
        Ok(Some(Signed { account, session }))
    }

    pub async fn sign_out(&self, signed: &Signed) -> Result<(), AccountFault> {
        let close = AccountChange::Close { digest: signed.session.digest.clone() };
        let said = said(&signed.account.name, &AuditedAct::SignedOut { address: signed.session.address.clone() });
        self.store.commit(self.commit().and(close).and(said)).await?;
        Ok(())
    }

    pub async fn sessions(&self, signed: &Signed) -> Result<Vec<SessionView>, ReadFault> {
        self.store.sessions(signed.account.id).await
    }

    /// Ends one session of the account (by its digest), or all except the current one.
    pub async fn revoke(&self, signed: &Signed, which: Option<Vec<u8>>) -> Result<(), AccountFault> {
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
        let said = said(&signed.account.name, &AuditedAct::SessionEnded);
        self.store.commit(self.commit().and(change).and(said)).await?;
        Ok(())
    }

    /// Makes a link that signs an account in once, or (`None`) makes the first account.
    pub async fn link(&self, account: Option<AccountId>) -> Result<Secret, AccountFault> {
        let at = self.clock.now();
        let (token, link) = new_link(account, at);
        self.store.change(at, link).await?;
        Ok(token)
    }

    /// The use of a valid link: `Some(None)` makes the first account, `Some(Some(..))` signs that account in. `None`: the
    /// link has ended.
    pub async fn link_for(&self, token: &str) -> Result<Option<Option<AccountView>>, ReadFault> {
        self.store.link(digest(token), self.clock.now()).await
    }

    /// Signs in by a link.
    pub async fn enter(&self, token: &str, origin: &RequestOrigin) -> Result<OpenedSession, AccountFault> {
        let Some(Some(account)) = self.link_for(token).await? else { return Err(AccountFault::NoLink) };
        let using = AccountChange::UseLink { digest: digest(token) };
        self.open(self.commit().and(using), account, None, origin).await.map_err(|fault| match fault {
            AccountFault::Wrong => AccountFault::NoLink,
            other => other,
        })
    }

    /// Makes the first account with the link of the first start, and signs it in.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        password: &str,
        origin: &RequestOrigin,
    ) -> Result<OpenedSession, AccountFault> {
        let name = name.trim();
        let hash = self.chosen(name, password).await?;
        match self.link_for(token).await? {
            Some(None) if !self.any().await? => {}
            _ => return Err(AccountFault::NoLink),
        }
        // One commit uses the link up and makes the account: neither happens without the other.
        let at = self.clock.now();
        let using = AccountChange::UseLink { digest: digest(token) };
        let create = AccountChange::Create { name: name.to_owned(), role: Role::Administrator, password: hash, language: None };
        let said = said(name, &AuditedAct::AccountCreated { name: name.to_owned(), role: Role::Administrator, first: true });
        let commit = Commit::at(at).and(using).and(create).and(said);
        self.store.commit(commit).await.map_err(|fault| match fault {
            CommitFault::NotFound => AccountFault::NoLink,
            other => other.into(),
        })?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        self.open(Commit::at(at), account, None, origin).await
    }

    /// Makes an account. Without a password, only a link signs it in.
    pub async fn create(
        &self,
        who: &Actor,
        name: &str,
        role: Role,
        password: Option<&Secret>,
    ) -> Result<AccountId, AccountFault> {
        who.needs(Role::Administrator)?;
        let name = name.trim();
        if !is_account_name(name) {
            return Err(AccountFault::BadName);
        }
        let password = match password {
            Some(password) => self.chosen(name, password.reveal()).await?,
            None => String::new(),
        };
        let create = AccountChange::Create { name: name.to_owned(), role, password, language: None };
        let said = said(&who.name, &AuditedAct::AccountCreated { name: name.to_owned(), role, first: false });
        let outcomes = self.store.commit(self.commit().and(create).and(said)).await?;
        let made = outcomes.iter().find_map(|o| if let Outcome::AccountMade(id) = o { Some(*id) } else { None });
        made.ok_or(AccountFault::Store(CommitFault::Closed))
    }

    pub async fn delete(&self, who: &Actor, name: &str) -> Result<(), AccountFault> {
        who.needs(Role::Administrator)?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        let said = said(&who.name, &AuditedAct::AccountDeleted { name: account.name });
        self.store.commit(self.commit().and(AccountChange::Delete { id: account.id }).and(said)).await?;
        Ok(())
    }

    /// Removes the password, ends all sessions, and returns a link that signs in once.
    pub async fn reset(&self, who: &Actor, name: &str) -> Result<Secret, AccountFault> {
        who.needs(Role::Administrator)?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        let change = AccountChange::Password { id: account.id, password: String::new(), keep: None };
        let said = said(&who.name, &AuditedAct::AccountReset { name: account.name });
        let at = self.clock.now();
        let (token, link) = new_link(Some(account.id), at);
        self.store.commit(Commit::at(at).and(change).and(link).and(said)).await?;
        Ok(token)
    }

    /// Sets a new password for the signed-in account. Needs the old one, unless the account has none (signed in by a link).
    /// Returns the browser's new device tokens: the new password has revoked the old ones.
    pub async fn change_password(
        &self,
        signed: &Signed,
        old: &str,
        new: &str,
        origin: &RequestOrigin,
    ) -> Result<Option<Secret>, AccountFault> {
        let name = &signed.account.name;
        // A browser that is signed in is a known device, and its session names it.
        let session = signed.session.digest.first_chunk().map_or(Device::Stranger, |id| Device::Known(DeviceId::new(*id)));
        let attempt = self.begin(name, origin, session)?;
        let (_, hash) = self.store.account(name.clone()).await?.ok_or(AccountFault::NoAccount)?;
        if !hash.is_empty() && !self.passwords.verify(Some(hash), old).await? {
            self.audit(name, AuditedAct::PasswordChangeFailed { address: origin.address.to_string() }).await;
            return Err(AccountFault::Wrong);
        }
        attempt.succeed();
        if old == new {
            return Err(AccountFault::SamePassword);
        }
        let password = self.chosen(name, new).await?;
        let keep = Some(signed.session.digest.clone());
        let bound = Bound { account: signed.account.id, hash: &password };
        let devices = self.devices.remember(&origin.devices, bound, random_bytes(), self.clock.now()).map(Secret::new);
        let change = AccountChange::Password { id: signed.account.id, password, keep };
        let said = said(name, &AuditedAct::PasswordChanged);
        self.store.commit(self.commit().and(change).and(said)).await?;
        Ok(devices)
    }

    pub async fn choose_language(&self, signed: &Signed, language: Option<Language>) -> Result<(), AccountFault> {
        let language = language.map(|language| language.code().to_owned());
        self.store.change(self.clock.now(), AccountChange::Language { id: signed.account.id, language }).await?;
        Ok(())
    }

    async fn chosen(&self, name: &str, password: &str) -> Result<String, AccountFault> {
        if !is_account_name(name) {
            return Err(AccountFault::BadName);
        }
        judge_password(name, password).map_err(AccountFault::Weak)?;
        self.passwords.hash(password).await
    }

    /// A commit at the present time.
    fn commit(&self) -> Commit {
        Commit::at(self.clock.now())
    }

    async fn audit(&self, who: &str, act: AuditedAct) {
        if let Err(fault) = self.store.change(self.clock.now(), said(who, &act)).await {
            tracing::warn!(%fault, who, "the audit entry {} could not be stored", act.name());
        }
    }

    /// Updates a session. Logs a failure only: the list of sessions is for display.
    async fn write(&self, change: AccountChange) {
        if let Err(fault) = self.store.change(self.clock.now(), change).await {
            tracing::debug!(%fault, "a session could not be updated");
        }
    }
}

/// Makes a link that signs an account in once, or (`None`) makes the first account.
fn new_link(account: Option<AccountId>, now: Timestamp) -> (Secret, AccountChange) {
    let token = draw();
    let link = AccountChange::Link { digest: digest(&token), account, until: now + LINK_LIFE };
    (Secret::new(token), link)
}

fn said(who: &str, act: &AuditedAct) -> AuditRow {
    AuditRow::new(who.chars().take(64).collect::<String>(), act)
}
