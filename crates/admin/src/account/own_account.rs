//! A signed-in person changes the password and the language of their own account.

use model::audit::AuditedAct;
use model::{Language, Secret};
use store::AccountChange;

use super::accounts::{Accounts, audit_row};
use super::device::{DeviceId, TokenBinding};
use super::fault::AccountFault;
use super::guessing::Device;
use super::session::{RequestOrigin, SignedIn};
use crate::clock::random_bytes;

impl Accounts {
    /// Sets a new password for the signed-in account. Needs the old one, unless the account has none (signed in by a link).
    /// Returns the browser's new device tokens, if it was a known device: the new password has revoked the old ones.
    pub async fn change_password(
        &self,
        signed: &SignedIn,
        old: &str,
        new: &str,
        origin: &RequestOrigin,
    ) -> Result<Option<Secret>, AccountFault> {
        let name = &signed.account.name;
        // Guesses are limited for each device. A signed-in browser is a known one, with the start of its session digest as its id.
        let device = signed.session.digest.first_chunk().map_or(Device::Stranger, |id| Device::Known(DeviceId::new(*id)));
        let attempt = self.begin_attempt(name, origin, device)?;
        let (_, hash) = self.store.account(name.clone()).await?.ok_or(AccountFault::NoAccount)?;
        if !hash.is_empty() && !self.passwords.verify(Some(hash), old).await? {
            self.audit(name, AuditedAct::PasswordChangeFailed { address: origin.address.to_string() }).await;
            return Err(AccountFault::WrongPassword);
        }
        attempt.succeed();
        if old == new {
            return Err(AccountFault::SamePassword);
        }
        let password = self.hash_new_password(name, new).await?;
        // All sessions end but this one.
        let keep = Some(signed.session.digest.clone());
        let bound = TokenBinding { account: signed.account.id, hash: &password };
        let device_tokens = self.devices.remember(&origin.devices, bound, random_bytes(), self.clock.now()).map(Secret::new);
        let change = AccountChange::Password { id: signed.account.id, password, keep };
        let audited = audit_row(name, &AuditedAct::PasswordChanged);
        self.store.commit(self.commit().and(change).and(audited)).await?;
        Ok(device_tokens)
    }

    /// Sets the language of the pages. `None`: the browser decides.
    pub async fn choose_language(&self, signed: &SignedIn, language: Option<Language>) -> Result<(), AccountFault> {
        let language = language.map(|language| language.code().to_owned());
        self.store.change(self.clock.now(), AccountChange::Language { id: signed.account.id, language }).await?;
        Ok(())
    }
}
