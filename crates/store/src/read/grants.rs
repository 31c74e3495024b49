//! OAuth2 grants.

use model::Secret;

use crate::apply::sealed_name;
use crate::fault::ReadFault;
use crate::writer::Store;

/// The stored grant of a relay.
pub struct GrantView {
    pub relay: u32,
    /// JSON, without secrets.
    pub record: String,
    /// JSON; `None` if no key of the ring opens it (a backup restored with another key).
    pub tokens: Option<Secret>,
}

impl Store {
    pub async fn grants(&self) -> Result<Vec<GrantView>, ReadFault> {
        self.read(|connection, ring| {
            let mut select = connection.prepare_cached("SELECT relay, record, tokens FROM oauth_grant ORDER BY relay")?;
            let rows = select.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)))?;
            let mut grants = Vec::new();
            for row in rows {
                let (relay, record, sealed) = row?;
                grants.push(GrantView { relay, record, tokens: ring.open(&sealed_name(relay), &sealed).ok() });
            }
            Ok(grants)
        })
        .await
    }
}
