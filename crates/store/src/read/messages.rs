//! Reads for operators: the list of messages, and one message with its history.

use std::time::Duration;

use model::id::{GateId, MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use rusqlite::{Connection, Row};

use crate::encoding::{
    FLAG_MAY_ARRIVE_TWICE, FLAG_TEST, QueuePlace, class_of, fate_code, fate_of, first_row_id, first_row_id_sql, is_row_of_sql,
    last_row_id,
};
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    Waiting,
    /// An operator holds the message.
    Held,
    /// The message is parked: no relay takes its sender now.
    SenderHeld,
    /// Every recipient was accepted.
    Accepted,
    /// At least one recipient was refused.
    Refused,
    Cancelled,
}

impl MessageState {
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Held, Self::SenderHeld, Self::Accepted, Self::Refused, Self::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::SenderHeld => "sender-held",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The condition in SQL over `message`. The fates of a settled message determine its state.
    fn sql(self) -> String {
        let any = |fate| format!("EXISTS (SELECT 1 FROM recipient WHERE {} AND fate = {})", is_row_of_sql("n"), fate_code(fate));
        match self {
            Self::Waiting => "open > 0 AND lane >= 0".into(),
            Self::Held => format!("open > 0 AND lane = -{}", GateId::OPERATOR),
            Self::SenderHeld => format!("open > 0 AND lane < -{}", GateId::OPERATOR),
            Self::Accepted => format!("open = 0 AND NOT {} AND NOT {}", any(Fate::Refused), any(Fate::Cancelled)),
            Self::Refused => format!("open = 0 AND {}", any(Fate::Refused)),
            Self::Cancelled => format!("open = 0 AND NOT {} AND {}", any(Fate::Refused), any(Fate::Cancelled)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub number: MessageNumber,
    pub state: MessageState,
    pub class: Class,
    pub app: Option<String>,
    pub sender: Option<String>,
    pub subject: String,
    pub message_id: String,
    pub size: u64,
    pub accepted: Timestamp,
    pub settled: Option<Timestamp>,
    pub due: Timestamp,
    pub attempts: u32,
    pub failures: u32,
    pub relay: Option<RelayId>,
    pub may_arrive_twice: bool,
    /// The message is a test.
    pub test: bool,
    /// The first recipient, and the number of recipients.
    pub first_recipient: String,
    pub recipients: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientView {
    pub address: String,
    pub fate: Fate,
    pub reply: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    pub at: Timestamp,
    pub relay: Option<RelayId>,
    pub report: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    pub row: MessageRow,
    pub recipients: Vec<RecipientView>,
    pub attempts: Vec<AttemptView>,
}

#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    pub state: Option<MessageState>,
    /// Text within a recipient's address. The comparison ignores ASCII case.
    pub to: Option<String>,
    pub since: Option<Timestamp>,
    /// Only messages below this number: the cursor.
    pub before: Option<MessageNumber>,
}

/// The columns that [`row`] reads.
fn columns() -> String {
    let (first, is_row, cancelled) = (first_row_id_sql("n"), is_row_of_sql("n"), fate_code(Fate::Cancelled));
    format!(
        "n, open, lane, class, app, sender, subject, message_id, size, accepted, settled, due, attempts, failures, relay, flags,
        (SELECT address FROM recipient WHERE id = {first}),
        (SELECT count(*) FROM recipient WHERE {is_row}),
        (SELECT coalesce(max(fate), 0) FROM recipient WHERE {is_row} AND fate < {cancelled}),
        (SELECT count(*) FROM recipient WHERE {is_row} AND fate = {cancelled})"
    )
}

fn row(row: &Row<'_>) -> Result<MessageRow, ReadFault> {
    let (number, place): (MessageNumber, QueuePlace) = (row.read(0)?, row.read(2)?);
    let (open, flags, worst, cancelled): (i64, i64, i64, i64) = (row.get(1)?, row.get(15)?, row.get(18)?, row.get(19)?);
    let state = match (open > 0, place, worst, cancelled > 0) {
        (true, QueuePlace::HELD, ..) => MessageState::Held,
        (true, QueuePlace::Gate(_), ..) => MessageState::SenderHeld,
        (true, QueuePlace::Lane(_), ..) => MessageState::Waiting,
        (false, _, 2, _) => MessageState::Refused,
        (false, _, _, true) => MessageState::Cancelled,
        (false, ..) => MessageState::Accepted,
    };
    let Some(class) = class_of(row.get(3)?) else {
        return Err(ReadFault::BadRow { table: "message", column: "class", row: number.0 });
    };
    Ok(MessageRow {
        number,
        state,
        class,
        app: row.get(4)?,
        sender: row.get(5)?,
        subject: row.get(6)?,
        message_id: row.get(7)?,
        size: u64::try_from(row.get::<_, i64>(8)?).unwrap_or(0),
        accepted: row.time(9)?,
        settled: row.maybe_time(10)?,
        due: row.time(11)?,
        attempts: row.get(12)?,
        failures: row.get(13)?,
        relay: row.read(14)?,
        may_arrive_twice: flags & FLAG_MAY_ARRIVE_TWICE != 0,
        test: flags & FLAG_TEST != 0,
        first_recipient: row.get::<_, Option<String>>(16)?.unwrap_or_default(),
        recipients: row.get(17)?,
    })
}

/// Number of message numbers in one step of a search. After each step the search checks the time.
const WINDOW: i64 = 10_000;
/// Maximum time of a search. It then returns the rows found so far, with a cursor to continue.
const SEARCH_MAX: Duration = Duration::from_millis(60);

/// A part of the list, and the cursor of the next part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagePage {
    pub rows: Vec<MessageRow>,
    /// The cursor of the next part; `None` at the end of the list.
    pub next: Option<MessageNumber>,
    /// The search ran out of time before the end of the list. Fewer rows than requested do not mean that there are no more.
    pub unfinished: bool,
}

fn list(connection: &Connection, filter: &ListFilter, limit: usize) -> Result<MessagePage, ReadFault> {
    #[expect(clippy::disallowed_methods, reason = "the time a read may take is measured where it runs; no decision hangs on it")]
    let start = std::time::Instant::now();
    let limit = limit.min(ROWS_MAX);
    let (low, high) = (bound(connection, "min")?, bound(connection, "max")?);
    let (Some(low), Some(high)) = (low, high) else { return Ok(MessagePage::default()) };
    let mut before = filter.before.map_or(high.next(), |before| before.min(high.next()));
    let mut rows: Vec<MessageRow> = Vec::new();
    while before > low {
        let from = MessageNumber(before.0.saturating_sub(WINDOW));
        rows.extend(window(connection, filter, from, before, limit - rows.len())?);
        if rows.len() == limit {
            let next = rows.last().map(|row| row.number).filter(|number| *number > low);
            return Ok(MessagePage { rows, next, unfinished: false });
        }
        before = from;
        if before > low && start.elapsed() > SEARCH_MAX {
            return Ok(MessagePage { rows, next: Some(before), unfinished: true });
        }
    }
    Ok(MessagePage { rows, next: None, unfinished: false })
}

/// The lowest (`min`) or highest (`max`) message number.
fn bound(connection: &Connection, which: &str) -> Result<Option<MessageNumber>, ReadFault> {
    Ok(connection.row(&format!("SELECT {which}(n) FROM message"), &[], |row| row.read(0))?)
}

/// The matching messages from number `from` to below `before`, newest first.
fn window(
    connection: &Connection,
    filter: &ListFilter,
    from: MessageNumber,
    before: MessageNumber,
    limit: usize,
) -> Result<Vec<MessageRow>, ReadFault> {
    let mut sql = format!(
        "SELECT {} FROM message WHERE n >= :from AND n < :before AND accepted >= :since
        AND (:to IS NULL OR EXISTS (SELECT 1 FROM recipient WHERE {} AND instr(lower(address), :to)))",
        columns(),
        is_row_of_sql("n")
    );
    if let Some(state) = filter.state {
        sql += &format!(" AND {}", state.sql());
    }
    sql += " ORDER BY n DESC LIMIT :limit";
    let values = values! {
        ":from": from,
        ":before": before,
        ":since": filter.since.unwrap_or(Timestamp::MIN),
        ":to": filter.to.as_deref().map(str::to_lowercase),
        ":limit": limit,
    };
    connection.rows(&sql, values, row)
}

fn show(connection: &Connection, number: MessageNumber) -> Result<Option<MessageView>, ReadFault> {
    let sql = format!("SELECT {} FROM message WHERE n = :number", columns());
    let Some(row) = connection.rows(&sql, values! { ":number": number }, row)?.pop() else { return Ok(None) };
    let ids = values! { ":first": first_row_id(number), ":last": last_row_id(number) };
    let sql = "SELECT id, address, fate, reply FROM recipient WHERE id BETWEEN :first AND :last ORDER BY id";
    let recipients = connection.rows(sql, ids, |row| {
        let bad = ReadFault::BadRow { table: "recipient", column: "fate", row: row.get(0)? };
        let fate = fate_of(row.get(2)?).ok_or(bad)?;
        Ok::<_, ReadFault>(RecipientView { address: row.get(1)?, fate, reply: row.get(3)? })
    })?;
    let sql = "SELECT at, relay, report FROM attempt WHERE id BETWEEN :first AND :last ORDER BY id";
    let attempts = connection
        .rows(sql, ids, |row| Ok::<_, ReadFault>(AttemptView { at: row.time(0)?, relay: row.read(1)?, report: row.get(2)? }))?;
    Ok(Some(MessageView { row, recipients, attempts }))
}

impl Store {
    /// Messages, newest first; at most [`ROWS_MAX`]. Returns soon even if the queue is large, with a cursor to continue.
    pub async fn messages(&self, filter: ListFilter, limit: usize) -> Result<MessagePage, ReadFault> {
        self.read(move |connection, _| list(connection, &filter, limit)).await
    }

    pub async fn message(&self, number: MessageNumber) -> Result<Option<MessageView>, ReadFault> {
        self.read(move |connection, _| show(connection, number)).await
    }
}
