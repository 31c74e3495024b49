//! The stored form of values: places of waiting messages, IDs of the rows of a message, codes of classes and fates, flags.

use std::time::Duration;

use model::id::{GateId, LaneId, MessageNumber};
use model::message::{Class, Fate};
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

use crate::statement::{FromColumn, ToColumn};

/// The place where a message waits. The column of a lane also holds gates, as negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuePlace {
    Lane(LaneId),
    /// The message is parked behind this gate.
    Gate(GateId),
}

impl QueuePlace {
    /// The place of messages that an operator holds.
    pub const HELD: Self = Self::Gate(GateId::OPERATOR);
}

impl ToColumn for QueuePlace {
    fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(match self {
            Self::Lane(lane) => lane.0.into(),
            Self::Gate(gate) => (-gate.0).into(),
        })
    }
}

impl FromColumn for QueuePlace {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = i64::column_result(value)?;
        Ok(if number < 0 { Self::Gate(GateId(number.saturating_neg())) } else { Self::Lane(LaneId(number)) })
    }
}

/// The rows of a message in the tables `recipient`, `body` and `attempt` have the IDs `number << ROW_INDEX_BITS | index`.
/// So the rows of a message lie together, and need no index besides the primary key.
const ROW_INDEX_BITS: u32 = 12;
pub(crate) const ROW_INDEX_MASK: i64 = (1 << ROW_INDEX_BITS) - 1;
/// Most rows of one message in one of these tables. A further row would have an ID of the next message.
pub(crate) const MESSAGE_ROWS_MAX: usize = 1 << ROW_INDEX_BITS;

/// Maximum size of a row of a body, in bytes. Bodies are split so that no row needs a buffer of the body's size.
pub(crate) const BODY_CHUNK_MAX: usize = 256 << 10;

/// The ID of one row of a message. Panics if the index is not below [`MESSAGE_ROWS_MAX`].
pub(crate) fn row_id(number: MessageNumber, index: u16) -> i64 {
    assert!(usize::from(index) < MESSAGE_ROWS_MAX, "row {index} would belong to the message after {number}");
    first_row_id(number) | i64::from(index)
}

/// The IDs for this many new rows of a message. Panics if it is more than [`MESSAGE_ROWS_MAX`].
pub(crate) fn row_ids(number: MessageNumber, count: usize) -> std::ops::RangeInclusive<i64> {
    assert!(count <= MESSAGE_ROWS_MAX, "{count} rows of message {number} would reach into the next message");
    first_row_id(number)..=last_row_id(number)
}

/// The lowest ID of a message's rows.
pub(crate) fn first_row_id(number: MessageNumber) -> i64 {
    number.0 << ROW_INDEX_BITS
}

/// The highest ID of a message's rows.
pub(crate) fn last_row_id(number: MessageNumber) -> i64 {
    first_row_id(number) | ROW_INDEX_MASK
}

/// The index of a row within its message.
pub(crate) fn row_index(id: i64) -> u16 {
    u16::try_from(id & ROW_INDEX_MASK).unwrap_or(0)
}

/// [`first_row_id`] in SQL, of the message number in this column.
pub(crate) fn first_row_id_sql(column: &str) -> String {
    format!("({column} << {ROW_INDEX_BITS})")
}

/// The condition in SQL for the rows of the message whose number is in this column.
pub(crate) fn is_row_of_sql(column: &str) -> String {
    format!("id BETWEEN {column} << {ROW_INDEX_BITS} AND {column} << {ROW_INDEX_BITS} | {ROW_INDEX_MASK}")
}

/// The message number of a row, in SQL.
pub(crate) fn message_number_sql() -> String {
    format!("(id >> {ROW_INDEX_BITS})")
}

/// Upper bounds of the buckets of the wait-time histogram. One more bucket is unbounded.
pub(crate) const WAIT_BUCKETS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

/// Flags in the column `message.flags`. The body has bytes above 127.
pub(crate) const FLAG_EIGHT_BIT: i64 = 1;
/// An attempt ended without a known outcome: a further attempt may deliver the message again.
pub(crate) const FLAG_MAY_ARRIVE_TWICE: i64 = 2;
/// The message is a test.
pub(crate) const FLAG_TEST: i64 = 4;
/// Postwacht made the header.
pub(crate) const FLAG_COMPOSED: i64 = 8;
/// All flags of a message.
pub(crate) const FLAGS_ALL: i64 = FLAG_EIGHT_BIT | FLAG_MAY_ARRIVE_TWICE | FLAG_TEST | FLAG_COMPOSED;

/// The code of [`Class::Submitted`].
pub(crate) const CLASS_SUBMITTED: i64 = 2;

pub(crate) fn class_code(class: Class) -> i64 {
    match class {
        Class::Critical => 0,
        Class::Notice => 1,
        Class::Submitted => CLASS_SUBMITTED,
    }
}

pub(crate) fn fate_code(fate: Fate) -> i64 {
    match fate {
        Fate::Waiting => 0,
        Fate::Accepted => 1,
        Fate::Refused => 2,
        Fate::Cancelled => 3,
    }
}

pub(crate) fn class_of(code: i64) -> Option<Class> {
    Class::ALL.into_iter().find(|class| class_code(*class) == code)
}

pub(crate) fn fate_of(code: i64) -> Option<Fate> {
    [Fate::Waiting, Fate::Accepted, Fate::Refused, Fate::Cancelled].into_iter().find(|fate| fate_code(*fate) == code)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, named_params};

    use super::*;

    #[test]
    fn rows_of_a_message_are_the_same_in_sql() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!(
            "SELECT {}, {}, n = {} FROM (SELECT :id AS id, :number AS n)",
            first_row_id_sql("n"),
            is_row_of_sql("n"),
            message_number_sql()
        );
        for (index, number) in [(0, 1), (1, 1), (4095, 1), (0, 2), (7, 1 << 40)].map(|(index, n)| (index, MessageNumber(n))) {
            let id = row_id(number, index);
            assert!((first_row_id(number)..=last_row_id(number)).contains(&id));
            assert_eq!(row_index(id), index);
            for other in [number, number.next(), MessageNumber(number.0 - 1)] {
                let values = named_params! { ":id": id, ":number": other.0 };
                let found = connection.query_row(&sql, values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
                assert_eq!(
                    found,
                    Ok((first_row_id(other), other == number, other == number)),
                    "row {index} of {number} in {other}"
                );
            }
        }
    }
    #[test]
    #[should_panic(expected = "reach into the next message")]
    fn rows_stay_below_the_next_message() {
        let ids = row_ids(MessageNumber(1), MESSAGE_ROWS_MAX);
        assert_eq!(ids, first_row_id(MessageNumber(1))..=first_row_id(MessageNumber(2)) - 1);
        row_ids(MessageNumber(1), MESSAGE_ROWS_MAX + 1);
    }
}
