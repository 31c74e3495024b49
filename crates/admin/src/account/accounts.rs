//! The accounts of the site: an administrator lists, makes and deletes them.

use model::Secret;
use model::account::{Actor, Role, is_account_name, judge_password};
use model::audit::AuditedAct;
use model::id::AccountId;
use model::time::Timestamp;
use store::{AccountChange, AccountView, AuditRow, Commit, CommitFault, Outcome, ReadFault, Store};

use super::device::{Devices, PURPOSE};
use super::fault::AccountFault;
use super::guessing::Guessing;
use super::password::Passwords;
use crate::clock::Clock;

pub struct Accounts {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) guessing: Guessing,
    pub(super) devices: Devices,
    pub(super) passwords: Passwords,
}

impl Accounts {
    pub fn new(store: Store, clock: Clock) -> Self {
        let devices = Devices::new(store.signing_keys(PURPOSE));
        Self { store, clock, guessing: Guessing::default(), devices, passwords: Passwords::default() }
    }

    /// Names with repeated failures: name, address (or network), failures within the hour.
    pub fn blocked(&self, now: Timestamp) -> Vec<(String, String, u32)> {
        self.guessing.blocked(now)
    }

    pub async fn has_any(&self) -> Result<bool, ReadFault> {
        Ok(!self.store.accounts().await?.is_empty())
    }

    pub async fn list(&self) -> Result<Vec<AccountView>, ReadFault> {
        self.store.accounts().await
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
            Some(password) => self.hash_new_password(name, password.reveal()).await?,
            None => String::new(),
        };
        let create = AccountChange::Create { name: name.to_owned(), role, password, language: None };
        let audited = audit_row(&who.name, &AuditedAct::AccountCreated { name: name.to_owned(), role, first: false });
        let outcomes = self.store.commit(self.commit().and(create).and(audited)).await?;
        let made = outcomes.iter().find_map(|o| if let Outcome::AccountMade(id) = o { Some(*id) } else { None });
        made.ok_or(AccountFault::Store(CommitFault::Closed))
    }

    pub async fn delete(&self, who: &Actor, name: &str) -> Result<(), AccountFault> {
        who.needs(Role::Administrator)?;
        let (account, _) = self.store.account(name.to_owned()).await?.ok_or(AccountFault::NoAccount)?;
        let audited = audit_row(&who.name, &AuditedAct::AccountDeleted { name: account.name });
        self.store.commit(self.commit().and(AccountChange::Delete { id: account.id }).and(audited)).await?;
        Ok(())
    }

    pub(super) async fn hash_new_password(&self, name: &str, password: &str) -> Result<String, AccountFault> {
        if !is_account_name(name) {
            return Err(AccountFault::BadName);
        }
        judge_password(name, password).map_err(AccountFault::Weak)?;
        self.passwords.hash(password).await
    }

    /// A commit at the present time.
    pub(super) fn commit(&self) -> Commit {
        Commit::at(self.clock.now())
    }

    pub(super) async fn audit(&self, who: &str, act: AuditedAct) {
        if let Err(fault) = self.store.change(self.clock.now(), audit_row(who, &act)).await {
            tracing::warn!(%fault, who, "the audit entry {} could not be stored", act.name());
        }
    }
}

/// A row of the audit log for an act of this person.
pub(super) fn audit_row(who: &str, act: &AuditedAct) -> AuditRow {
    AuditRow::new(who.chars().take(64).collect::<String>(), act)
}
