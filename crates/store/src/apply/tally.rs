//! Figures of each hour. They are counted while a batch is applied, and written in its transaction. So they are as durable as
//! the messages they count, and cost one statement for each hour in a batch.

use std::collections::BTreeMap;

use model::message::Fate;
use rusqlite::{Connection, params};

pub(crate) const HOUR_MS: i64 = 3_600_000;
/// The longest wait of each class but the last, in milliseconds. The last class has no limit.
pub(crate) const WAITS: [i64; 5] = [1000, 10_000, 60_000, 600_000, HOUR_MS];

#[derive(Default)]
struct Hour {
    accepted: i64,
    deferred: i64,
    refused: i64,
    waits: [i64; 6],
}

/// The figures of the current batch.
#[derive(Default)]
pub(crate) struct Tally {
    hours: BTreeMap<i64, Hour>,
}

impl Tally {
    pub(super) fn clear(&mut self) {
        self.hours.clear();
    }

    fn hour(&mut self, at: i64) -> &mut Hour {
        self.hours.entry(at.div_euclid(HOUR_MS)).or_default()
    }

    /// Counts a recipient with a final fate. `waited`: milliseconds since the message was accepted.
    pub(super) fn settled(&mut self, at: i64, fate: Fate, waited: i64) {
        let hour = self.hour(at);
        match fate {
            Fate::Accepted => {
                hour.accepted += 1;
                hour.waits[WAITS.iter().position(|most| waited <= *most).unwrap_or(WAITS.len())] += 1;
            }
            Fate::Refused => hour.refused += 1,
            Fate::Waiting | Fate::Cancelled => {}
        }
    }

    /// Counts recipients that will be tried again.
    pub(super) fn deferred(&mut self, at: i64, recipients: i64) {
        self.hour(at).deferred += recipients;
    }

    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        for (hour, count) in &self.hours {
            let sql = "INSERT INTO tally (hour, accepted, deferred, refused, w0, w1, w2, w3, w4, w5)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                       ON CONFLICT (hour) DO UPDATE SET accepted = accepted + ?2, deferred = deferred + ?3, refused = refused + ?4,
                       w0 = w0 + ?5, w1 = w1 + ?6, w2 = w2 + ?7, w3 = w3 + ?8, w4 = w4 + ?9, w5 = w5 + ?10";
            let [w0, w1, w2, w3, w4, w5] = count.waits;
            let values = params![hour, count.accepted, count.deferred, count.refused, w0, w1, w2, w3, w4, w5];
            connection.prepare_cached(sql)?.execute(values)?;
        }
        Ok(())
    }
}
