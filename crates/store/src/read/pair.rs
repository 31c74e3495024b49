//! The pair of this node.

use model::Secret;
use model::failover::Durable;
use rusqlite::types::Type;

use crate::apply::PAIR_KEYS_NAME;
use crate::fault::ReadFault;
use crate::statement::Statements;
use crate::store::Store;

/// The stored pair.
pub struct PairView {
    /// JSON, without secrets. `None`: no relationship.
    pub record: Option<String>,
    /// `None`: no relationship, or no key of the ring opens them (a backup restored with another key).
    pub keys: Option<Secret>,
    pub core: Durable,
}

impl Store {
    /// The pair of this node. `None`: it never had one.
    pub async fn pair(&self) -> Result<Option<PairView>, ReadFault> {
        self.read(|connection, ring| {
            let row = connection.first("SELECT record, keys, core FROM pair", &[], |row| {
                let (sealed, core): (Option<Vec<u8>>, String) = (row.get(1)?, row.get(2)?);
                let core = serde_json::from_str(&core)
                    .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Text, error.into()))?;
                let keys = sealed.and_then(|sealed| ring.open(PAIR_KEYS_NAME, &sealed).ok());
                Ok(PairView { record: row.get(0)?, keys, core })
            });
            Ok(row?)
        })
        .await
    }
}
