//! Records the contacts and reports those that were removed. Finds contacts that have not confirmed that our mail arrives.

use std::time::Duration;

use model::event::{OwnCode, Severity};
use model::settings::EmailSettings;
use model::time::Timestamp;
use store::{Commit, RecordChange};

use super::{Watch, condition, facts};
use crate::event::Observation;

impl Watch {
    /// Records when each contact was entered. Reports removed contacts: the sender of notices sends that one to the former contact
    /// too, so that a change of contacts cannot go unnoticed. False: not written, try again.
    pub(super) async fn record_contacts(&self) -> bool {
        let current = self.admin.settings.current();
        let Some(settings) = current.settings() else { return true };
        let keys: Vec<String> = settings.contacts.iter().map(model::Address::key).collect();
        let before = match self.admin.store.contacts().await {
            Ok(before) => before,
            Err(error) => {
                tracing::error!(%error, "the contacts cannot be read");
                return false;
            }
        };
        let left: Vec<String> = settings.contacts.iter().map(ToString::to_string).collect();
        for gone in before.iter().filter(|known| !keys.contains(&known.address)) {
            let facts = facts([("contact", gone.address.clone()), ("left", left.join(", "))]);
            if !self.events.report(OwnCode::ContactRemoved, &gone.address, Severity::Warning, facts).await {
                return false;
            }
        }
        let known = keys.iter().map(|address| RecordChange::Contact { address: address.clone() });
        let commit = Commit::at(self.admin.clock.now()).and_all(known).and(RecordChange::ContactsLeft(keys.clone()));
        if let Err(fault) = self.admin.store.commit(commit).await {
            tracing::error!(%fault, "the contacts cannot be written down");
            return false;
        }
        true
    }

    /// Finds contacts that have not confirmed for a week that our mail arrives.
    pub(super) async fn find_unconfirmed_contacts(
        &self,
        settings: &EmailSettings,
        now: Timestamp,
        observation: &mut Observation,
    ) {
        const CODE: OwnCode = OwnCode::ContactUnconfirmed;
        const WEEK: Duration = Duration::from_secs(7 * 86_400);
        if self.admin.names.page("", &settings.site).is_none() {
            return; // without an address of the pages, a contact cannot confirm
        }
        let contacts = match self.admin.store.contacts().await {
            Ok(contacts) => contacts,
            Err(error) => {
                tracing::error!(%error, "the contacts cannot be read");
                return observation.mark_unknown(CODE);
            }
        };
        let contact = |address: &model::Address| contacts.iter().find(|contact| contact.address == address.key());
        observation.extend(settings.contacts.iter().filter_map(|address| {
            let known = contact(address).filter(|contact| contact.confirmed.is_none() && now.since(contact.known) >= WEEK)?;
            let facts = facts([
                ("contact", address.to_string()),
                ("unanswered", (now.since(known.known).as_secs() / 86_400).to_string()),
            ]);
            Some(condition(CODE, &address.key(), Severity::Info, facts))
        }));
    }
}
