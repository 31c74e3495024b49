//! The life of the node: its last run, and the requests that it has answered under a key.

use std::collections::BTreeMap;

use model::time::Timestamp;

use crate::apply::done_once;
use crate::commit::DoneOnce;
use crate::fault::ReadFault;
use crate::statement::{Columns, Statements};
use crate::store::Store;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeView {
    pub started: Timestamp,
    pub seen: Timestamp,
    /// `None`: the node runs, or did not stop normally.
    pub ended: Option<Timestamp>,
}

impl Store {
    /// The times of the last recorded run: start, last sign of life, normal end.
    pub async fn life(&self) -> Result<Option<LifeView>, ReadFault> {
        self.read(|connection, _| {
            Ok(connection.first("SELECT started, seen, ended FROM life", &[], |row| {
                Ok(LifeView { started: row.time(0)?, seen: row.time(1)?, ended: row.maybe_time(2)? })
            })?)
        })
        .await
    }

    /// The stored results of those keys that were used.
    pub async fn once(&self, keys: Vec<String>) -> Result<BTreeMap<String, DoneOnce>, ReadFault> {
        self.read(move |connection, _| {
            let mut found = BTreeMap::new();
            for key in keys {
                if let Some(done) = done_once(connection, &key)? {
                    found.insert(key, done);
                }
            }
            Ok(found)
        })
        .await
    }
}
