//! *I received this*: a link in tests and daily notices. With it a reader confirms that our mail arrives. It reveals a relay
//! that accepts all mail and drops it later.

use admin::clock::chance;
use model::audit::AuditedAct;
use model::{Address, hex};
use ring::digest::{SHA256, digest};
use store::{Change, Commit, CommitFault, Once, ReadFault, WatchChange};

use crate::Alerts;

/// Time in which a second confirmation adds nothing, in milliseconds.
const AGAIN_MS: i64 = 600_000;
/// The path before the link's token.
const PATH: &str = "/login/received/";

fn key(token: &str) -> String {
    format!("received {}", hex(digest(&SHA256, token.as_bytes()).as_ref()))
}

impl Alerts {
    /// Makes a link for one message to these contacts, with the change to commit with the message. `None` if the pages have
    /// no address. The link is valid for a week.
    pub fn received_link(&self, contacts: &[Address]) -> Option<(String, Change)> {
        let token = hex(&chance::<16>());
        let url = self.names().page(&format!("{PATH}{token}"))?;
        let addresses: Vec<String> = contacts.iter().map(Address::key).collect();
        let change = Change::Once { once: Once::of(key(&token)), at: self.clock().now(), result: addresses.join(" ") };
        Some((url, change))
    }

    /// The current contacts that a link was sent to. Empty if the link is not known or has expired.
    pub async fn received_by(&self, token: &str) -> Result<Vec<String>, ReadFault> {
        let found = self.store().once(vec![key(token)]).await?;
        let Some(settings) = self.settings().current().settings() else { return Ok(Vec::new()) };
        let sent = found.into_values().next().map(|done| done.result).unwrap_or_default();
        let still = |address: &&str| settings.contacts.iter().any(|contact| contact.key() == **address);
        Ok(sent.split(' ').filter(still).map(str::to_owned).collect())
    }

    /// Records that the message with this link arrived at this address. `false` if the link was not sent there.
    pub async fn received(&self, token: &str, address: &str) -> Result<bool, ReceivedFault> {
        if !self.received_by(token).await?.iter().any(|sent| sent == address) {
            return Ok(false);
        }
        let at = self.clock().now();
        // Repeated confirmations are recorded once.
        let known = self.store().contacts().await?.into_iter().find(|contact| contact.address == address);
        if known.and_then(|contact| contact.confirmed).is_some_and(|before| (at - before).abs() < AGAIN_MS) {
            return Ok(true);
        }
        let confirmed = Change::Watch(WatchChange::Confirmed { address: address.to_owned(), at });
        let said = Change::audit(at, address, &AuditedAct::ContactConfirmed);
        self.store().commit(Commit::of(confirmed).and(said)).await?;
        Ok(true)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReceivedFault {
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("{0}")]
    Store(#[from] CommitFault),
}
