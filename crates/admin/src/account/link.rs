//! Links that work once, within a day: one makes the first account, the others sign an account in.

use std::time::Duration;

use model::Secret;
use model::account::{Actor, Role};
use model::audit::AuditedAct;
use model::id::AccountId;
use model::time::Timestamp;
use store::{AccountChange, AccountView, Commit, CommitFault, ReadFault};

use super::accounts::{Accounts, audit_row};
use super::fault::AccountFault;
use super::session::{OpenedSession, RequestOrigin};
use super::token::{random_token, token_digest};

/// Life of a link that makes the first account or signs in once.
const LINK_LIFE: Duration = Duration::from_secs(24 * 3600);

impl Accounts {
    /// Makes a link that signs an account in once, or (`None`) makes the first account.
    pub async fn make_link(&self, account: Option<AccountId>) -> Result<Secret, AccountFault> {
        let at = self.clock.now();
        let (token, link) = new_link(account, at);
        self.store.change(at, link).await?;
        Ok(token)
    }

    /// The use of a valid link: `Some(None)` makes the first account, `Some(Some(..))` signs that account in. `None`: the
    /// link has ended.
    pub async fn find_link(&self, token: &str) -> Result<Option<Option<AccountView>>, ReadFault> {
        self.store.link(token_digest(token), self.clock.now()).await
    }

    /// Signs in by a link.
    pub async fn sign_in_by_link(&self, token: &str, origin: &RequestOrigin) -> Result<OpenedSession, AccountFault> {
        let Some(Some(account)) = self.find_link(token).await? else { return Err(AccountFault::NoLink) };
        let using = AccountChange::UseLink { digest: token_digest(token) };
        self.open_session(self.commit().and(using), account, None, origin).await.map_err(|fault| match fault {
            AccountFault::WrongPassword => AccountFault::NoLink,
            other => other,
        })
    }

    /// Makes the first account with the link of the first start, and signs it in.
    pub async fn create_first(
        &self,
        token: &str,
        name: &str,
        password: &str,
        origin: &RequestOrigin,
    ) -> Result<OpenedSession, AccountFault> {
        let name = name.trim();
        let hash = self.hash_new_password(name, password).await?;
        match self.find_link(token).await? {
            Some(None) if !self.has_any().await? => {}
            _ => return Err(AccountFault::NoLink),
        }
        // One commit uses the link up and makes the account: neither happens without the other.
        let at = self.clock.now();
        let using = AccountChange::UseLink { digest: token_digest(token) };
        let create = AccountChange::Create { name: name.to_owned(), role: Role::Administrator, password: hash, language: None };
        let audited =
            audit_row(name, &AuditedAct::AccountCreated { name: name.to_owned(), role: Role::Administrator, first: true });
        let commit = Commit::at(at).and(using).and(create).and(audited);
        self.store.commit(commit).await.map_err(|fault| match fault {
            CommitFault::NotFound => AccountFault::NoLink,
            other => other.into(),
        })?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        self.open_session(Commit::at(at), account, None, origin).await
    }

    /// Removes the password, ends all sessions, and returns a link that signs in once.
    pub async fn reset(&self, who: &Actor, name: &str) -> Result<Secret, AccountFault> {
        who.needs(Role::Administrator)?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        let change = AccountChange::Password { id: account.id, password: String::new(), keep: None };
        let audited = audit_row(&who.name, &AuditedAct::AccountReset { name: account.name });
        let at = self.clock.now();
        let (token, link) = new_link(Some(account.id), at);
        self.store.commit(Commit::at(at).and(change).and(link).and(audited)).await?;
        Ok(token)
    }
}

/// Makes a link that signs an account in once, or (`None`) makes the first account.
fn new_link(account: Option<AccountId>, now: Timestamp) -> (Secret, AccountChange) {
    let token = random_token();
    let link = AccountChange::Link { digest: token_digest(&token), account, until: now + LINK_LIFE };
    (Secret::new(token), link)
}
