//! *I received this*: a link in tests and daily notices. With it a contact confirms that our mail arrives. A missing
//! confirmation reveals a relay that accepts all mail and drops it later.

use std::time::Duration;

use admin::clock::random_bytes;
use model::audit::AuditedAct;
use model::{Address, hex};
use ring::digest::{SHA256, digest};
use store::{AuditRow, Commit, CommitFault, Once, ReadFault, RecordChange};

use crate::Alerts;

/// Time in which a second confirmation of the same contact is not recorded.
const REPEAT_WINDOW: Duration = Duration::from_secs(600);
/// Path of the page that a link opens; the link's token follows.
const PAGE_PATH: &str = "/login/received/";

/// The idempotency key under which the store keeps a link. The token itself is not stored.
fn link_key(token: &str) -> String {
    format!("received {}", hex(digest(&SHA256, token.as_bytes()).as_ref()))
}

impl Alerts {
    /// Makes a link for one message to these contacts. `None` if the pages have no address. The store keeps the link for a
    /// week, as an idempotency key with the addresses as its result.
    pub fn receipt_link(&self, contacts: &[Address]) -> Option<ReceiptLink> {
        let token = hex(&random_bytes::<16>());
        let settings = self.settings().current().settings()?;
        let url = self.names().page(&format!("{PAGE_PATH}{token}"), &settings.site)?;
        let addresses: Vec<String> = contacts.iter().map(Address::key).collect();
        Some(ReceiptLink { url, once: Once::of(link_key(&token)), addresses: addresses.join(" ") })
    }

    /// The current contacts that a link was sent to. Empty if the link is not known or has expired.
    pub async fn contacts_of_link(&self, token: &str) -> Result<Vec<String>, ReadFault> {
        let links = self.store().once(vec![link_key(token)]).await?;
        let Some(settings) = self.settings().current().settings() else { return Ok(Vec::new()) };
        let addresses = links.into_values().next().map(|done| done.result).unwrap_or_default();
        let is_contact = |address: &&str| settings.contacts.iter().any(|contact| contact.key() == **address);
        Ok(addresses.split(' ').filter(is_contact).map(str::to_owned).collect())
    }

    /// Records that the message with this link arrived at this address. `false` if the link was not sent there.
    pub async fn confirm_receipt(&self, token: &str, address: &str) -> Result<bool, ReceiptFault> {
        if !self.contacts_of_link(token).await?.iter().any(|sent| sent == address) {
            return Ok(false);
        }
        let now = self.clock().now();
        let contact = self.store().contacts().await?.into_iter().find(|contact| contact.address == address);
        if contact.and_then(|contact| contact.confirmed).is_some_and(|before| now.distance(before) < REPEAT_WINDOW) {
            return Ok(true);
        }
        let confirmed = RecordChange::Confirmed { address: address.to_owned() };
        let audited = AuditRow::new(address, &AuditedAct::ContactConfirmed);
        self.store().commit(Commit::at(now).and(confirmed).and(audited)).await?;
        Ok(true)
    }
}

/// A link that confirms the receipt of one message.
pub struct ReceiptLink {
    pub url: String,
    once: Once,
    /// The contacts that the message goes to, with spaces between.
    addresses: String,
}

impl ReceiptLink {
    /// Makes the link valid with the commit of its message.
    pub fn add_to(self, commit: Commit) -> Commit {
        commit.once_with(self.once, self.addresses)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReceiptFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Store(#[from] CommitFault),
}
