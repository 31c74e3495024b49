//! The stored form of values: places of waiting messages, IDs of a message's parts, codes of classes and fates, flags, hours.

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

/// A recipient, a part of a body and a report have the ID `number << PART_BITS | index`. So the rows of a message lie
/// together, and need no index besides the primary key. A message has at most 4,096 parts of each kind.
const PART_BITS: u32 = 12;
const INDEX_MASK: i64 = (1 << PART_BITS) - 1;

/// Maximum size of a part of a body, in bytes. Bodies are split so that no row needs a buffer of the body's size.
pub(crate) const PART_MAX: usize = 256 << 10;

/// The ID of one part of a message.
pub(crate) fn part_id(number: MessageNumber, index: u16) -> i64 {
    first_part(number) | i64::from(index)
}

/// The lowest ID of a message's parts.
pub(crate) fn first_part(number: MessageNumber) -> i64 {
    number.0 << PART_BITS
}

/// The highest ID of a message's parts.
pub(crate) fn last_part(number: MessageNumber) -> i64 {
    first_part(number) | INDEX_MASK
}

/// The index of a part within its message.
pub(crate) fn part_index(id: i64) -> u16 {
    u16::try_from(id & INDEX_MASK).unwrap_or(0)
}

/// [`first_part`] in SQL, of the message number in this column.
pub(crate) fn first_part_sql(column: &str) -> String {
    format!("({column} << {PART_BITS})")
}

/// The condition in SQL for the parts of the message whose number is in this column.
pub(crate) fn is_part_sql(column: &str) -> String {
    format!("id BETWEEN {column} << {PART_BITS} AND {column} << {PART_BITS} | {INDEX_MASK}")
}

/// The message number of a part, in SQL.
pub(crate) fn number_sql() -> String {
    format!("(id >> {PART_BITS})")
}

/// Upper bounds of the buckets of the wait-time histogram. One more bucket is unbounded.
pub(crate) const WAIT_BUCKETS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

/// Flags of a message.
pub(crate) const EIGHT_BIT: i64 = 1;
pub(crate) const MAY_ARRIVE_TWICE: i64 = 2;
/// The message is a test.
pub(crate) const TEST: i64 = 4;

/// The code of [`Class::Submitted`].
pub(crate) const SUBMITTED: i64 = 2;

pub(crate) fn class_code(class: Class) -> i64 {
    match class {
        Class::Critical => 0,
        Class::Notice => 1,
        Class::Submitted => SUBMITTED,
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
    fn parts_of_a_message_are_the_same_in_sql() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!(
            "SELECT {}, {}, n = {} FROM (SELECT :id AS id, :number AS n)",
            first_part_sql("n"),
            is_part_sql("n"),
            number_sql()
        );
        for (index, number) in [(0, 1), (1, 1), (4095, 1), (0, 2), (7, 1 << 40)].map(|(index, n)| (index, MessageNumber(n))) {
            let id = part_id(number, index);
            assert!((first_part(number)..=last_part(number)).contains(&id));
            assert_eq!(part_index(id), index);
            for other in [number, number.next(), MessageNumber(number.0 - 1)] {
                let values = named_params! { ":id": id, ":number": other.0 };
                let found = connection.query_row(&sql, values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
                assert_eq!(
                    found,
                    Ok((first_part(other), other == number, other == number)),
                    "part {index} of {number} in {other}"
                );
            }
        }
    }
}
