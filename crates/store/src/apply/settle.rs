//! Records the outcomes of delivery attempts.

use model::id::MessageNumber;
use model::message::Fate;
use model::time::Timestamp;
use rusqlite::Connection;

use super::Trouble;
use super::park::park_settled;
use super::tally::Tally;
use crate::commit::{AttemptRow, Next, Outcome, Settle};
use crate::encoding::{
    CLASS_SUBMITTED, FLAG_MAY_ARRIVE_TWICE, FLAG_TEST, ROW_INDEX_MASK, fate_code, first_row_id, last_row_id, row_id,
};
use crate::fault::CommitFault;
use crate::statement::{Columns, Statements, values};

/// Maximum number of reports kept of one message: the first ones and the last.
const ATTEMPTS_MAX: i64 = 200;
const _: () = assert!(ATTEMPTS_MAX <= ROW_INDEX_MASK, "a report would have an ID of the next message");

/// The message before its settlement.
struct Before {
    open: i64,
    accepted: Timestamp,
    class: i64,
    flags: i64,
}

/// The settlement of one message.
struct Settlement<'a> {
    connection: &'a Connection,
    at: Timestamp,
    outcome: &'a Settle,
    before: Before,
}

pub(super) fn settle(connection: &Connection, tally: &mut Tally, at: Timestamp, outcome: &Settle) -> Result<Outcome, Trouble> {
    // Read before the first write: a commit is made as a whole or not at all.
    let sql = "SELECT open, accepted, class, flags FROM message WHERE n = :number";
    let before = connection
        .first(sql, values! { ":number": outcome.number }, |row| {
            Ok(Before { open: row.get(0)?, accepted: row.time(1)?, class: row.get(2)?, flags: row.get(3)? })
        })?
        .ok_or(Trouble::Caller(CommitFault::NotFound))?;
    let open = before.open;
    let settlement = Settlement { connection, at, outcome, before };
    let open = open - settlement.write_fates(tally)?;
    if let Some(row) = &outcome.attempt {
        attempt(connection, at, row)?;
    }
    if outcome.failed && open > 0 {
        tally.deferred(at, open);
    }
    if open > 0 {
        settlement.defer(open)?;
    } else {
        settlement.end()?;
    }
    Ok(Outcome::Settled { open: open.max(0) })
}

impl Settlement<'_> {
    /// Writes the fates of the recipients. Returns the number of recipients that now have a final one.
    fn write_fates(&self, tally: &mut Tally) -> Result<i64, rusqlite::Error> {
        let (mut closed, is_test) = (0, self.before.flags & FLAG_TEST != 0);
        for (k, fate, reply) in &self.outcome.fates {
            let sql = "UPDATE recipient SET fate = :fate, reply = :reply WHERE id = :id AND fate = 0";
            let id = row_id(self.outcome.number, *k);
            let changed = self.connection.run(sql, values! { ":id": id, ":fate": fate_code(*fate), ":reply": reply })?;
            if *fate != Fate::Waiting {
                closed += i64::try_from(changed).unwrap_or(0);
            }
            // A failed test is not a refusal: it proves nothing about the recipient.
            let counts = changed > 0 && (*fate == Fate::Accepted || *fate == Fate::Refused && !is_test);
            if counts {
                tally.settled(self.at, *fate, self.at.since(self.before.accepted));
            }
            if counts && (self.before.class != CLASS_SUBMITTED || *fate == Fate::Refused) {
                self.write_outcome(id, *fate, reply)?;
            }
        }
        Ok(closed)
    }

    /// Records an outcome for the watch, which reads the fates of our notices, and refusals of other mail.
    fn write_outcome(&self, recipient: i64, fate: Fate, words: &str) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO outcome (at, message, class, app, address, fate, relay, words)
                   SELECT :at, n, class, app, (SELECT address FROM recipient WHERE id = :recipient), :fate, :relay, :words
                   FROM message WHERE n = :number";
        let values = values! {
            ":number": self.outcome.number,
            ":at": self.at,
            ":recipient": recipient,
            ":fate": fate_code(fate),
            ":relay": self.outcome.relay,
            ":words": words,
        };
        self.connection.run(sql, values).map(drop)
    }

    fn twice(&self) -> i64 {
        if self.outcome.may_arrive_twice { FLAG_MAY_ARRIVE_TWICE } else { 0 }
    }

    /// Ends a message that has no open recipient.
    fn end(&self) -> Result<(), rusqlite::Error> {
        let sql = "UPDATE message SET open = 0, lane = home, settled = :at, relay = coalesce(:relay, relay),
                   flags = flags | :twice, failures = failures + :failed WHERE n = :number";
        let values = values! {
            ":number": self.outcome.number,
            ":at": self.at,
            ":relay": self.outcome.relay,
            ":twice": self.twice(),
            ":failed": i64::from(self.outcome.failed),
        };
        self.connection.run(sql, values)?;
        if self.outcome.keep_body { Ok(()) } else { drop_body(self.connection, self.outcome.number) }
    }

    /// Sets the next attempt of a message with open recipients, or parks it.
    fn defer(&self, open: i64) -> Result<(), rusqlite::Error> {
        let sql = "UPDATE message SET open = :open, due = coalesce(:due, due), relay = coalesce(:relay, relay),
                   flags = flags | :twice, failures = failures + :failed, attempts = max(attempts - :uncounted, 0),
                   failing_since = CASE WHEN :failed = 1 THEN coalesce(failing_since, :at) ELSE failing_since END
                   WHERE n = :number";
        let values = values! {
            ":number": self.outcome.number,
            ":open": open,
            ":due": if let Next::Due(due) = self.outcome.next { Some(due) } else { None },
            ":relay": self.outcome.relay,
            ":twice": self.twice(),
            ":failed": i64::from(self.outcome.failed),
            ":uncounted": i64::from(self.outcome.uncounted),
            ":at": self.at,
        };
        self.connection.run(sql, values)?;
        if self.outcome.next == Next::Park { park_settled(self.connection, self.at, self.outcome.number) } else { Ok(()) }
    }
}

pub(super) fn drop_body(connection: &Connection, number: MessageNumber) -> Result<(), rusqlite::Error> {
    let sql = "DELETE FROM body WHERE id BETWEEN :first AND :last";
    connection.run(sql, values! { ":first": first_row_id(number), ":last": last_row_id(number) }).map(drop)
}

pub(super) fn attempt(connection: &Connection, at: Timestamp, row: &AttemptRow) -> Result<Outcome, rusqlite::Error> {
    let sql = "SELECT count(*), coalesce(max(id), :first - 1) FROM attempt WHERE id BETWEEN :first AND :last";
    let values = values! { ":first": first_row_id(row.number), ":last": last_row_id(row.number) };
    let (count, last): (i64, i64) = connection.row(sql, values, |found| Ok((found.get(0)?, found.get(1)?)))?;
    // Beyond the limit, a report replaces the last one: the first reports and the latest suffice for a diagnosis.
    let id = if count < ATTEMPTS_MAX { last + 1 } else { last };
    let sql = "INSERT OR REPLACE INTO attempt (id, at, relay, report) VALUES (:id, :at, :relay, :report)";
    let values = values! { ":id": id, ":at": at, ":relay": row.relay, ":report": row.report };
    connection.run(sql, values)?;
    Ok(Outcome::Done)
}
