//! Figures of each hour. They are counted while a batch is applied, and written in its transaction. So they are as durable as
//! the messages they count, and cost one statement for each hour in a batch.

use std::collections::BTreeMap;
use std::time::Duration;

use model::message::Fate;
use model::time::Timestamp;
use rusqlite::Connection;

use crate::encoding::WAIT_BUCKETS;
use crate::statement::{Statements, values};

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

    fn hour(&mut self, at: Timestamp) -> &mut Hour {
        self.hours.entry(at.hour()).or_default()
    }

    /// Counts a recipient with a final fate. `waited`: the time since the message was accepted.
    pub(super) fn settled(&mut self, at: Timestamp, fate: Fate, waited: Duration) {
        let hour = self.hour(at);
        match fate {
            Fate::Accepted => {
                hour.accepted += 1;
                hour.waits[WAIT_BUCKETS.iter().position(|most| waited <= *most).unwrap_or(WAIT_BUCKETS.len())] += 1;
            }
            Fate::Refused => hour.refused += 1,
            Fate::Waiting | Fate::Cancelled => {}
        }
    }

    /// Counts recipients that will be tried again.
    pub(super) fn deferred(&mut self, at: Timestamp, recipients: i64) {
        self.hour(at).deferred += recipients;
    }

    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        for (hour, count) in &self.hours {
            let sql = "INSERT INTO tally (hour, accepted, deferred, refused, w0, w1, w2, w3, w4, w5)
                       VALUES (:hour, :accepted, :deferred, :refused, :w0, :w1, :w2, :w3, :w4, :w5)
                       ON CONFLICT (hour) DO UPDATE SET
                       accepted = accepted + :accepted, deferred = deferred + :deferred, refused = refused + :refused,
                       w0 = w0 + :w0, w1 = w1 + :w1, w2 = w2 + :w2, w3 = w3 + :w3, w4 = w4 + :w4, w5 = w5 + :w5";
            let [w0, w1, w2, w3, w4, w5] = count.waits;
            let values = values! {
                ":hour": hour,
                ":accepted": count.accepted,
                ":deferred": count.deferred,
                ":refused": count.refused,
                ":w0": w0,
                ":w1": w1,
                ":w2": w2,
                ":w3": w3,
                ":w4": w4,
                ":w5": w5,
            };
            connection.run(sql, values)?;
        }
        Ok(())
    }
}
