//! OAuth2 grants.

use model::Secret;
use model::id::RelayId;

use crate::apply::sealed_name;
use crate::fault::ReadFault;
use crate::statement::{Columns, Statements};
use crate::store::Store;

/// The stored grant of a relay.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantView {
    pub relay: RelayId,
    /// JSON, without secrets.
    pub record: String,
    /// JSON; `None` if no key of the ring opens it (a backup restored with another key).
    pub tokens: Option<Secret>,
}

impl Store {
    pub async fn grants(&self) -> Result<Vec<GrantView>, ReadFault> {
        self.read(|connection, ring| {
            connection.rows("SELECT relay, record, tokens FROM oauth_grant ORDER BY relay", &[], |row| {
                let (relay, sealed): (RelayId, Vec<u8>) = (row.read(0)?, row.get(2)?);
                Ok(GrantView { relay, record: row.get(1)?, tokens: ring.open(&sealed_name(relay), &sealed).ok() })
            })
        })
        .await
    }
}
