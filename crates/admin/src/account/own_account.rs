//! A signed-in person changes the password and the language of the own account.

use model::audit::AuditedAct;
use model::{Language, Secret};
use store::AccountChange;

use super::accounts::{Accounts, audit_row};
use super::device::{Bound, DeviceId};
use super::fault::AccountFault;
use super::guessing::Device;
use super::session::{RequestOrigin, SignedIn};
use crate::clock::random_bytes;

impl Accounts {
    /// Sets a new password for the signed-in account. Needs the old one, unless the account has none (signed in by a link).
    /// Returns the browser's new device tokens: the new password has revoked the old ones.
    pub async fn change_password(
        &self,
        signed: &SignedIn,
        old: &str,
        new: &str,
        origin: &RequestOrigin,
    ) -> Result<Option<Secret>, AccountFault> {
        let name = &signed.account.name;
        // A browser that is signed in is a known device, and its session names it.
        let session = signed.session.digest.first_chunk().map_or(Device::Stranger, |id| Device::Known(DeviceId::new(*id)));
        let attempt = self.begin_attempt(name, origin, session)?;
        let (_, hash) = self.store.account(name.clone()).await?.ok_or(AccountFault::NoAccount)?;
        if !hash.is_empty() && !self.passwords.verify(Some(hash), old).await? {
            self.audit(name, AuditedAct::PasswordChangeFailed { address: origin.address.to_string() }).await;
            return Err(AccountFault::Wrong);
        }
        attempt.succeed();
        if old == new {
            return Err(AccountFault::SamePassword);
        }
        let password = self.hash_new_password(name, new).await?;
        let keep = Some(signed.session.digest.clone());
        let bound = Bound { account: signed.account.id, hash: &password };
        let devices = self.devices.remember(&origin.devices, bound, random_bytes(), self.clock.now()).map(Secret::new);
        let change = AccountChange::Password { id: signed.account.id, password, keep };
        let audited = audit_row(name, &AuditedAct::PasswordChanged);
        self.store.commit(self.commit().and(change).and(audited)).await?;
        Ok(devices)
    }

    pub async fn choose_language(&self, signed: &SignedIn, language: Option<Language>) -> Result<(), AccountFault> {
        let language = language.map(|language| language.code().to_owned());
        self.store.change(self.clock.now(), AccountChange::Language { id: signed.account.id, language }).await?;
        Ok(())
    }
}
