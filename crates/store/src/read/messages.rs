//! Reads for operators: the list of messages, and one message with its history.

use std::time::Duration;

use model::id::{GateId, MessageNumber, RelayId};
use model::message::{Class, Fate, FateCounts};
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
    /// Every recipient has a final fate: some were accepted, others not.
    PartlyAccepted,
    /// At least one recipient was refused, and none accepted.
    Refused,
    /// A test that no recipient's relay accepted. It is not tried again, so a deferral or a fault ends it too: the relay may have
    /// refused nothing.
    NotAccepted,
    Cancelled,
}

impl MessageState {
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Held,
        Self::SenderHeld,
        Self::Accepted,
        Self::PartlyAccepted,
        Self::Refused,
        Self::NotAccepted,
        Self::Cancelled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::SenderHeld => "sender-held",
            Self::Accepted => "accepted",
            Self::PartlyAccepted => "partly-accepted",
            Self::Refused => "refused",
            Self::NotAccepted => NOT_ACCEPTED,
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a message in this place of the queue, whose recipients have these fates.
    fn of(place: QueuePlace, fates: FateCounts, flags: i64) -> Self {
        match (fates, place) {
            // A test under way is in the hands of its run. No operator holds it.
            (FateCounts { waiting: 1.., .. }, _) if flags & FLAG_TEST != 0 => Self::Waiting,
            (FateCounts { waiting: 1.., .. }, QueuePlace::HELD) => Self::Held,
            (FateCounts { waiting: 1.., .. }, QueuePlace::Gate(_)) => Self::SenderHeld,
            (FateCounts { waiting: 1.., .. }, QueuePlace::Lane(_)) => Self::Waiting,
            (FateCounts { refused: 0, cancelled: 0, .. }, _) => Self::Accepted,
            (FateCounts { accepted: 1.., .. }, _) => Self::PartlyAccepted,
            (FateCounts { refused: 1.., .. }, _) if flags & FLAG_TEST != 0 => Self::NotAccepted,
            (FateCounts { refused: 1.., .. }, _) => Self::Refused,
            _ => Self::Cancelled,
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The condition in SQL over `message` of a search for this state. A search for refused, not accepted or cancelled messages
    /// finds each with a recipient of that fate, so that no refusal hides behind an accepted or waiting recipient.
    fn sql(self) -> String {
        let any = |fate| format!("EXISTS (SELECT 1 FROM recipient WHERE {} AND fate = {})", is_row_of_sql("n"), fate_code(fate));
        match self {
            Self::Waiting => format!("open > 0 AND (lane >= 0 OR flags & {FLAG_TEST})"),
            Self::Held => format!("open > 0 AND lane = -{} AND NOT flags & {FLAG_TEST}", GateId::OPERATOR),
            Self::SenderHeld => format!("open > 0 AND lane < -{}", GateId::OPERATOR),
            Self::Accepted => format!("open = 0 AND NOT {} AND NOT {}", any(Fate::Refused), any(Fate::Cancelled)),
            Self::PartlyAccepted => {
                let (accepted, refused, cancelled) = (any(Fate::Accepted), any(Fate::Refused), any(Fate::Cancelled));
                format!("open = 0 AND {accepted} AND ({refused} OR {cancelled})")
            }
            Self::Refused => format!("{} AND NOT flags & {FLAG_TEST}", any(Fate::Refused)),
            Self::NotAccepted => format!("{} AND flags & {FLAG_TEST}", any(Fate::Refused)),
            Self::Cancelled => any(Fate::Cancelled),
        }
    }
}

/// The word for the refusal of a test.
const NOT_ACCEPTED: &str = "not-accepted";

impl MessageRow {
    /// The name of a recipient's fate in words.
    pub fn fate_word(&self, fate: Fate) -> &'static str {
        if self.test && fate == Fate::Refused { NOT_ACCEPTED } else { fate.name() }
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
    pub first_recipient: String,
    pub fates: FateCounts,
    /// The relay's last reply about a recipient that waits.
    pub waiting_reply: Option<String>,
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
    let (first, is_row) = (first_row_id_sql("n"), is_row_of_sql("n"));
    let count = |fate| format!("(SELECT count(*) FROM recipient WHERE {is_row} AND fate = {})", fate_code(fate));
    let waiting = fate_code(Fate::Waiting);
    format!(
        "n, lane, class, app, sender, subject, message_id, size, accepted, settled, due, attempts, failures, relay, flags,
        (SELECT address FROM recipient WHERE id = {first}), {}, {}, {}, {},
        (SELECT reply FROM recipient WHERE {is_row} AND fate = {waiting} AND reply <> '' ORDER BY id LIMIT 1)",
        count(Fate::Accepted),
        count(Fate::Refused),
        count(Fate::Waiting),
        count(Fate::Cancelled)
    )
}

fn row(row: &Row<'_>) -> Result<MessageRow, ReadFault> {
    let (number, place): (MessageNumber, QueuePlace) = (row.read(0)?, row.read(1)?);
    let flags: i64 = row.get(14)?;
    let fates = FateCounts { accepted: row.get(16)?, refused: row.get(17)?, waiting: row.get(18)?, cancelled: row.get(19)? };
    let Some(class) = class_of(row.get(2)?) else {
        return Err(ReadFault::BadRow { table: "message", column: "class", row: number.0 });
    };
    Ok(MessageRow {
        number,
        state: MessageState::of(place, fates, flags),
        class,
        app: row.get(3)?,
        sender: row.get(4)?,
        subject: row.get(5)?,
        message_id: row.get(6)?,
        size: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
        accepted: row.time(8)?,
        settled: row.maybe_time(9)?,
        due: row.time(10)?,
        attempts: row.get(11)?,
        failures: row.get(12)?,
        relay: row.read(13)?,
        may_arrive_twice: flags & FLAG_MAY_ARRIVE_TWICE != 0,
        test: flags & FLAG_TEST != 0,
        first_recipient: row.get::<_, Option<String>>(15)?.unwrap_or_default(),
        fates,
        waiting_reply: row.get(20)?,
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
