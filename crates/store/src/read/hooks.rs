//! Calls of webhooks.

use model::time::Timestamp;
use rusqlite::Row;

use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookView {
    pub id: i64,
    pub url: String,
    pub made: Timestamp,
    pub due: Timestamp,
    pub tries: u32,
    pub body: String,
    pub done: Option<Timestamp>,
    pub taken: bool,
    pub said: String,
}

const HOOK: &str = "SELECT id, url, made, due, tries, body, done, taken, said FROM";

fn hook(row: &Row<'_>) -> Result<HookView, rusqlite::Error> {
    Ok(HookView {
        id: row.get(0)?,
        url: row.get(1)?,
        made: row.time(2)?,
        due: row.time(3)?,
        tries: row.get(4)?,
        body: row.get(5)?,
        done: row.maybe_time(6)?,
        taken: row.get(7)?,
        said: row.get(8)?,
    })
}

impl Store {
    /// Waiting calls, the longest due first: at most `each` for each address.
    pub async fn hooks_waiting(&self, each: usize) -> Result<Vec<HookView>, ReadFault> {
        let waiting = "SELECT *, row_number() OVER (PARTITION BY url ORDER BY due, id) AS place FROM hook WHERE done IS NULL";
        self.hooks_of(format!("({waiting}) WHERE place <= :number ORDER BY due, id"), each).await
    }

    /// For each failing address, the oldest call that it refused at least `tries` times. An address is not failing if it has
    /// taken a call since that call was made. The call may have been given up.
    pub async fn hooks_failing(&self, tries: usize) -> Result<Vec<HookView>, ReadFault> {
        let taken = "SELECT 1 FROM hook AS later WHERE later.url = hook.url AND later.taken = 1 AND later.done >= hook.made";
        let oldest =
            format!("SELECT min(id) FROM hook WHERE taken = 0 AND tries >= :number AND NOT EXISTS ({taken}) GROUP BY url");
        self.hooks_of(format!("hook WHERE id IN ({oldest}) ORDER BY id"), tries).await
    }

    /// Calls, newest first.
    pub async fn hooks(&self, limit: usize) -> Result<Vec<HookView>, ReadFault> {
        self.hooks_of("(SELECT * FROM hook ORDER BY id DESC LIMIT :number) ORDER BY id DESC".to_owned(), limit).await
    }

    async fn hooks_of(&self, which: String, number: usize) -> Result<Vec<HookView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{HOOK} {which} LIMIT :rows");
            Ok(connection.rows(&sql, values! { ":number": number, ":rows": ROWS_MAX }, hook)?)
        })
        .await
    }
}
