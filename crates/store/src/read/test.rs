//! The last test of stored settings.

use model::time::Timestamp;

use crate::commit::TestRow;
use crate::fault::ReadFault;
use crate::statement::{Columns, Statements};
use crate::store::Store;

impl Store {
    /// The last test of stored settings, and its time; `None` if there was none.
    pub async fn last_test(&self) -> Result<Option<(Timestamp, TestRow)>, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT at, by, accepted, revision, relay, message FROM last_test";
            Ok(connection.first(sql, &[], |row| {
                let test = TestRow {
                    by: row.get(1)?,
                    accepted: row.get(2)?,
                    revision: row.get(3)?,
                    relay: row.read(4)?,
                    message: row.read(5)?,
                };
                Ok((row.time(0)?, test))
            })?)
        })
        .await
    }
}
