//! Delivery outcomes of recipients, and the delivery counts of each hour.

use std::time::Duration;

use model::id::{MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use rusqlite::{Connection, Row};

use crate::encoding::{WAIT_BUCKETS, class_of, fate_of};
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

/// A final outcome: the fate of a recipient, and the reply that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeView {
    pub n: i64,
    pub at: Timestamp,
    pub message: MessageNumber,
    pub class: Class,
    pub app: Option<String>,
    pub address: String,
    pub fate: Fate,
    pub relay: Option<RelayId>,
    /// The relay's reply, or our own words.
    pub words: String,
}

/// The delivery counts of one hour. A recipient counts as accepted when a relay has accepted the message for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourView {
    /// Start of the hour.
    pub at: Timestamp,
    pub accepted: u64,
    pub deferred: u64,
    pub refused: u64,
    /// Number of accepted recipients that waited at most 1 s, 10 s, 1 min, 10 min, 1 h, and longer.
    pub waits: [u64; 6],
}

impl HourView {
    /// The upper bound of each bucket of waits but the last, which has none.
    pub const WAIT_BUCKETS: [Duration; 5] = WAIT_BUCKETS;
}

fn outcomes(connection: &Connection, limit: usize) -> Result<Vec<OutcomeView>, ReadFault> {
    let sql = "SELECT n, at, message, class, app, address, fate, relay, words FROM outcome ORDER BY n LIMIT :limit";
    connection.rows(sql, values! { ":limit": limit }, |row| {
        let n = row.get(0)?;
        let bad = |column| ReadFault::BadRow { table: "outcome", column, row: n };
        Ok(OutcomeView {
            n,
            at: row.time(1)?,
            message: row.read(2)?,
            class: class_of(row.get(3)?).ok_or_else(|| bad("class"))?,
            app: row.get(4)?,
            address: row.get(5)?,
            fate: fate_of(row.get(6)?).ok_or_else(|| bad("fate"))?,
            relay: row.read(7)?,
            words: row.get(8)?,
        })
    })
}

impl Store {
    /// Outcomes in order. The watch deletes those that it has read, so these are new.
    pub async fn outcomes(&self, limit: usize) -> Result<Vec<OutcomeView>, ReadFault> {
        self.read(move |connection, _| outcomes(connection, limit.min(ROWS_MAX))).await
    }

    /// The hours from `since` on that have counts.
    pub async fn hours(&self, since: Timestamp) -> Result<Vec<HourView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT hour, accepted, deferred, refused, w0, w1, w2, w3, w4, w5 FROM tally WHERE hour >= :hour
                       ORDER BY hour LIMIT 1000";
            let count = |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
            let hour = |row: &Row<'_>| {
                let mut waits = [0; 6];
                for (at, wait) in (4..).zip(&mut waits) {
                    *wait = count(row, at)?;
                }
                let at = Timestamp::from_hour(row.get(0)?);
                Ok(HourView { at, accepted: count(row, 1)?, deferred: count(row, 2)?, refused: count(row, 3)?, waits })
            };
            connection.rows(sql, values! { ":hour": since.hour() }, hour)
        })
        .await
    }
}
