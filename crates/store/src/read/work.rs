//! Reads for delivery: due messages, and a message with its body.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use model::id::{GateId, LaneId, MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use rusqlite::Connection;

use crate::encoding::{
    FLAG_COMPOSED, FLAG_EIGHT_BIT, FLAG_MAY_ARRIVE_TWICE, FLAG_TEST, QueuePlace, class_of, fate_code, first_row_id, last_row_id,
    row_index,
};
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

/// A message for delivery, with only the recipients that still wait.
#[derive(Clone, Debug)]
pub struct Work {
    pub number: MessageNumber,
    pub class: Class,
    pub app: Option<String>,
    pub sender: Option<String>,
    pub recipients: Vec<(u16, String)>,
    pub size: u64,
    pub eight_bit: bool,
    /// True if Postwacht made the header, and may write it otherwise for some recipients.
    pub composed: bool,
    pub may_arrive_twice: bool,
    pub accepted: Timestamp,
    pub failures: u32,
    pub failing_since: Option<Timestamp>,
    /// The time for which it was held.
    pub held: Duration,
    /// The relay that the notice is about.
    pub avoid: Option<RelayId>,
    pub body: Body,
}

pub type Body = Arc<[u8]>;

/// Maximum length of a body that is read, in bytes. Every accepted body is far shorter.
const BODY_MAX: usize = 128 << 20;

/// Maximum number of messages counted in a lane. The cost of the statistics must not grow with the backlog.
const COUNTED_MAX: u64 = 100_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub lanes: Vec<LaneDepth>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneDepth {
    pub place: QueuePlace,
    /// Number of waiting messages, at most 100,000. At that number there may be more.
    pub waiting: u64,
    pub next_due: Timestamp,
    /// The lowest message number among the counted messages, which are the ones due first.
    pub oldest: MessageNumber,
}

impl Backlog {
    pub fn waiting(&self) -> u64 {
        self.count(|place| matches!(place, QueuePlace::Lane(_)))
    }

    /// True if a lane may hold more messages than were counted.
    pub fn is_deeper(&self) -> bool {
        self.lanes.iter().any(|lane| lane.waiting >= COUNTED_MAX)
    }

    /// Number of messages that an operator holds.
    pub fn held(&self) -> u64 {
        self.count(|place| place == QueuePlace::HELD)
    }

    /// Number of messages parked behind the gate of a sender that no relay takes.
    pub fn parked(&self) -> u64 {
        self.count(|place| matches!(place, QueuePlace::Gate(gate) if gate != GateId::OPERATOR))
    }

    fn count(&self, is_counted: impl Fn(QueuePlace) -> bool) -> u64 {
        self.lanes.iter().filter(|lane| is_counted(lane.place)).map(|lane| lane.waiting).sum()
    }
}

/// A gate with parked messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    pub id: GateId,
    pub sender: String,
}

/// The first message of a lane that is due and not claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverdueHead {
    pub lane: LaneId,
    pub message: MessageNumber,
}

/// Messages of a lane that are due after the start and up to the end of a time.
fn due(
    connection: &Connection,
    lane: LaneId,
    due: Range<Timestamp>,
    limit: usize,
) -> Result<Vec<(MessageNumber, usize)>, rusqlite::Error> {
    let sql = "SELECT n, size FROM message WHERE lane = :lane AND open > 0 AND due > :from AND due <= :to
               ORDER BY due LIMIT :limit";
    let values = values! { ":lane": lane, ":from": due.start, ":to": due.end, ":limit": limit };
    connection.rows(sql, values, |row| Ok((row.read(0)?, row.get(1)?)))
}

impl Store {
    pub async fn lanes(&self) -> Result<Vec<LaneId>, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT 0 UNION SELECT 1 UNION SELECT id FROM lane ORDER BY 1";
            Ok(connection.rows(sql, &[], |row| row.read::<LaneId>(0))?)
        })
        .await
    }

    /// The due messages of a lane with their sizes, longest due first. A due time beyond `horizon` comes from a wrong clock,
    /// and counts as due.
    pub async fn due(
        &self,
        lane: LaneId,
        now: Timestamp,
        horizon: Timestamp,
        limit: usize,
    ) -> Result<Vec<(MessageNumber, usize)>, ReadFault> {
        let limit = limit.min(ROWS_MAX);
        self.read(move |connection, _| {
            let mut numbers = due(connection, lane, Timestamp::MIN..now, limit)?;
            if numbers.len() < limit {
                numbers.extend(due(connection, lane, horizon..Timestamp::MAX, limit - numbers.len())?);
            }
            Ok(numbers)
        })
        .await
    }

    /// For each lane with mail, the first message that is overdue at `now` and not among `known`. Finds the lanes by the
    /// messages in them, not by the table of lanes that the scheduler reads.
    pub async fn overdue_heads(
        &self,
        now: Timestamp,
        known: impl Fn(MessageNumber) -> bool + Send + 'static,
    ) -> Result<Vec<OverdueHead>, ReadFault> {
        self.read(move |connection, _| {
            let (mut heads, mut last) = (Vec::new(), None::<LaneId>);
            let next_lane = "SELECT min(lane) FROM message WHERE lane > coalesce(:last, -1) AND open > 0";
            while let Some(lane) = connection.row(next_lane, values! { ":last": last }, |row| row.read::<Option<LaneId>>(0))? {
                last = Some(lane);
                let sql = "SELECT n FROM message WHERE lane = :lane AND open > 0 AND due <= :now ORDER BY due LIMIT :rows";
                let values = values! { ":lane": lane, ":now": now, ":rows": ROWS_MAX };
                let mut select = connection.prepared(sql, values)?;
                let mut rows = select.query(values)?;
                while let Some(row) = rows.next()? {
                    let message = row.read(0)?;
                    if !known(message) {
                        heads.push(OverdueHead { lane, message });
                        break;
                    }
                }
                if heads.len() >= ROWS_MAX {
                    break;
                }
            }
            Ok(heads)
        })
        .await
    }

    /// The time at which the next message of any open lane is due.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT min((SELECT min(due) FROM message WHERE lane = lanes.id AND open > 0))
                       FROM (SELECT 0 AS id UNION SELECT 1 UNION SELECT id FROM lane) AS lanes";
            Ok(connection.row(sql, &[], |row| row.maybe_time(0))?)
        })
        .await
    }

    /// A message for delivery; `None` if no recipient of it waits.
    pub async fn work(&self, number: MessageNumber) -> Result<Option<Work>, ReadFault> {
        self.read(move |connection, _| work(connection, number)).await
    }

    /// Several messages in one read, for a whole claim.
    pub async fn works(&self, numbers: Vec<MessageNumber>) -> Result<Vec<Work>, ReadFault> {
        self.read(move |connection, _| {
            let all = numbers.into_iter().map(|number| work(connection, number));
            all.filter_map(Result::transpose).collect()
        })
        .await
    }

    pub async fn backlog(&self) -> Result<Backlog, ReadFault> {
        self.read(|connection, _| {
            let places = "SELECT 0 UNION SELECT 1 UNION SELECT id FROM lane UNION SELECT -id FROM gate ORDER BY 1";
            let places: Vec<QueuePlace> = connection.rows(places, &[], |row| row.read(0))?;
            // The gate of the operator also has the tests that are under way.
            let sql = format!(
                "SELECT count(*), min(due), min(n) FROM (SELECT due, n FROM message WHERE lane = :place AND open > 0
                 AND (:place <> -{} OR NOT flags & {FLAG_TEST}) ORDER BY due LIMIT :most)",
                GateId::OPERATOR
            );
            let mut depths = Vec::new();
            for place in places {
                let (waiting, next_due, oldest): (u64, Option<Timestamp>, Option<MessageNumber>) =
                    connection.row(&sql, values! { ":place": place, ":most": COUNTED_MAX }, |row| {
                        Ok((row.get(0)?, row.maybe_time(1)?, row.read(2)?))
                    })?;
                if let (Some(next_due), Some(oldest)) = (next_due, oldest) {
                    depths.push(LaneDepth { place, waiting, next_due, oldest });
                }
            }
            Ok(Backlog { lanes: depths })
        })
        .await
    }

    /// Approximates the last time at which a relay accepted a message, and that relay. Takes the latest settlement among those
    /// of the newest 1,000 messages that name a relay.
    pub async fn last_accepted(&self) -> Result<Option<(Timestamp, RelayId)>, ReadFault> {
        self.read(|connection, _| {
            // The relay of a message that was refused is known too.
            let sql = "SELECT settled, relay FROM (SELECT n, settled, relay FROM message ORDER BY n DESC LIMIT 1000)
                       WHERE relay IS NOT NULL AND settled IS NOT NULL AND EXISTS (
                           SELECT 1 FROM recipient WHERE id BETWEEN n << 12 AND (n << 12) + 4095 AND fate = :accepted)
                       ORDER BY settled DESC LIMIT 1";
            let values = values! { ":accepted": fate_code(Fate::Accepted) };
            Ok(connection.first(sql, values, |row| Ok((row.time(0)?, row.read(1)?)))?)
        })
        .await
    }

    /// The gates of senders with parked messages.
    pub async fn shut_gates(&self) -> Result<Vec<Gate>, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT id, sender FROM gate WHERE id > :operator
                       AND EXISTS (SELECT 1 FROM message WHERE lane = -gate.id AND open > 0)";
            connection.rows(sql, values! { ":operator": GateId::OPERATOR }, |row| {
                let sender: String = row.get(1)?;
                Ok(Gate { id: row.read(0)?, sender: sender.trim_matches(['<', '>']).to_owned() })
            })
        })
        .await
    }
}

fn work(connection: &Connection, number: MessageNumber) -> Result<Option<Work>, ReadFault> {
    let sql = "SELECT class, app, sender, size, flags, accepted, failures, failing_since, held_ms, avoid FROM message
               WHERE n = :number AND open > 0";
    let row = connection.first(sql, values! { ":number": number }, |row| {
        Ok((
            (row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?),
            (row.get::<_, i64>(4)?, row.time(5)?, row.get(6)?, row.maybe_time(7)?, row.span(8)?, row.read(9)?),
        ))
    })?;
    let Some(((class, app, sender, size), (flags, accepted, failures, failing_since, held, avoid))) = row else {
        return Ok(None);
    };
    let class = class_of(class).ok_or(ReadFault::BadRow { table: "message", column: "class", row: number.0 })?;
    let ids = values! { ":first": first_row_id(number), ":last": last_row_id(number) };
    let sql = "SELECT id, address FROM recipient WHERE id BETWEEN :first AND :last AND fate = 0 ORDER BY id";
    let recipients = connection.rows(sql, ids, |row| Ok::<_, rusqlite::Error>((row_index(row.get(0)?), row.get(1)?)))?;
    let mut select = connection.prepared("SELECT data FROM body WHERE id BETWEEN :first AND :last ORDER BY id", ids)?;
    let bad = || ReadFault::BadRow { table: "body", column: "data", row: number.0 };
    // Filled in place, so that a body of 50 MiB is in memory only once.
    let size = usize::try_from(size).ok().filter(|size| *size <= BODY_MAX).ok_or_else(bad)?;
    let mut body: Body = std::iter::repeat_n(0, size).collect();
    let mut left = Arc::get_mut(&mut body).expect("this is the only reference so far");
    let mut rows = select.query(ids)?;
    while let Some(row) = rows.next()? {
        let chunk = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let (here, rest) = std::mem::take(&mut left).split_at_mut_checked(chunk.len()).ok_or_else(bad)?;
        here.copy_from_slice(chunk);
        left = rest;
    }
    if !left.is_empty() {
        return Err(bad());
    }
    Ok(Some(Work {
        number,
        class,
        app,
        sender,
        recipients,
        size: body.len() as u64,
        eight_bit: flags & FLAG_EIGHT_BIT != 0,
        composed: flags & FLAG_COMPOSED != 0,
        may_arrive_twice: flags & FLAG_MAY_ARRIVE_TWICE != 0,
        accepted,
        failures,
        failing_since,
        held,
        avoid,
        body,
    }))
}
