//! *I received this*: a link in tests and daily notices. With it a reader confirms that our mail arrives. It reveals a relay
//! that accepts all mail and drops it later.

use std::time::Duration;

use admin::clock::chance;
use model::audit::AuditedAct;
use model::{Address, hex};
use ring::digest::{SHA256, digest};
use store::{AuditRow, Commit, CommitFault, Once, ReadFault, RecordChange};

use crate::Alerts;

/// Time in which a second confirmation adds nothing.
const REPEAT_WINDOW: Duration = Duration::from_secs(600);
/// The path before the link's token.
const PATH: &str = "/login/received/";

fn key(token: &str) -> String {
    format!("received {}", hex(digest(&SHA256, token.as_bytes()).as_ref()))
}

impl Alerts {
    /// Makes a link for one message to these contacts. `None` if the pages have no address. The store keeps the link as an
    /// idempotency key, with the addresses as its result, and keeps keys for a week.
    pub fn received_link(&self, contacts: &[Address]) -> Option<ReceivedLink> {
        let token = hex(&chance::<16>());
        let url = self.names().page(&format!("{PATH}{token}"))?;
        let addresses: Vec<String> = contacts.iter().map(Address::key).collect();
        Some(ReceivedLink { url, once: Once::of(key(&token)), addresses: addresses.join(" ") })
    }

    /// The current contacts that a link was sent to. Empty if the link is not known or has expired.
    pub async fn received_by(&self, token: &str) -> Result<Vec<String>, ReadFault> {
        let found = self.store().once(vec![key(token)]).await?;
        let Some(settings) = self.settings().current().settings() else { return Ok(Vec::new()) };
        let sent = found.into_values().next().map(|done| done.result).unwrap_or_default();
        let is_contact = |address: &&str| settings.contacts.iter().any(|contact| contact.key() == **address);
        Ok(sent.split(' ').filter(is_contact).map(str::to_owned).collect())
    }

    /// Records that the message with this link arrived at this address. `false` if the link was not sent there.
    pub async fn received(&self, token: &str, address: &str) -> Result<bool, ReceivedFault> {
        if !self.received_by(token).await?.iter().any(|sent| sent == address) {
            return Ok(false);
        }
        let at = self.clock().now();
        // Repeated confirmations are recorded once.
        let known = self.store().contacts().await?.into_iter().find(|contact| contact.address == address);
        if known.and_then(|contact| contact.confirmed).is_some_and(|before| at.distance(before) < REPEAT_WINDOW) {
            return Ok(true);
        }
        let confirmed = RecordChange::Confirmed { address: address.to_owned() };
        let said = AuditRow::new(address, &AuditedAct::ContactConfirmed);
        self.store().commit(Commit::at(at).and(confirmed).and(said)).await?;
        Ok(true)
    }
}

/// A link that confirms the receipt of one message.
pub struct ReceivedLink {
    pub url: String,
    once: Once,
    /// The contacts that the message goes to, with spaces between.
    addresses: String,
}

impl ReceivedLink {
    /// Makes the link valid with the commit of its message.
    pub fn add_to(self, commit: Commit) -> Commit {
        commit.once_with(self.once, self.addresses)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReceivedFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Store(#[from] CommitFault),
}
