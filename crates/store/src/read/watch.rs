//! Reads for the watch: incidents and their history, notices, contacts, webhooks, figures.

use std::collections::BTreeMap;

use model::message::{Class, Fate};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{AuditView, ROWS_MAX};
use crate::Millis;
use crate::apply::{HOUR_MS, WAITS, class_of, done_once, fate_of};
use crate::commit::{DoneOnce, EventRow, NoticeRow};
use crate::fault::ReadFault;
use crate::writer::Store;

/// A row of the history of events, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    pub n: i64,
    pub event: EventRow,
}

#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub incident: Option<i64>,
    /// A code, or its prefix.
    pub code: Option<String>,
    pub severity: Option<String>,
    /// Only events below this number: the cursor.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// A code, or its prefix.
    pub code: Option<String>,
    pub severity: Option<String>,
    /// Only incidents below this number: the cursor.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    pub notice: NoticeRow,
    pub message: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyView {
    pub date: String,
    pub at: Millis,
    /// `None`: the daily notice was switched off that day.
    pub message: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    pub address: String,
    pub known: Millis,
    pub confirmed: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookView {
    pub id: i64,
    pub url: String,
    pub made: Millis,
    pub due: Millis,
    pub tries: u32,
    pub body: String,
    pub done: Option<Millis>,
    pub taken: bool,
    pub said: String,
}

/// The final fate of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeView {
    pub n: i64,
    pub at: Millis,
    pub message: i64,
    pub class: Class,
    pub app: Option<String>,
    pub address: String,
    pub fate: Fate,
    pub relay: Option<u32>,
    pub words: String,
}

/// The figures of one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourView {
    /// Start of the hour.
    pub at: Millis,
    pub accepted: u64,
    pub deferred: u64,
    pub refused: u64,
    /// Number of accepted recipients that waited at most 1 s, 10 s, 1 min, 10 min, 1 h, and longer.
    pub waits: [u64; 6],
}

impl HourView {
    /// The longest wait of each class but the last, in milliseconds. The last class has no limit.
    pub const WAITS: [i64; 5] = WAITS;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeView {
    pub started: Millis,
    pub seen: Millis,
    /// `None`: the node runs, or did not stop normally.
    pub ended: Option<Millis>,
}

fn event(row: &Row<'_>) -> Result<EventView, rusqlite::Error> {
    let event = EventRow {
        at: row.get(1)?,
        incident: row.get(2)?,
        act: row.get(3)?,
        code: row.get(4)?,
        object: row.get(5)?,
        severity: row.get(6)?,
        by: row.get(7)?,
        facts: row.get(8)?,
    };
    Ok(EventView { n: row.get(0)?, event })
}

fn notice(row: &Row<'_>) -> Result<NoticeView, rusqlite::Error> {
    let notice = NoticeRow {
        incident: row.get(0)?,
        number: row.get(1)?,
        kind: row.get(2)?,
        at: row.get(3)?,
        since: row.get(4)?,
        critical: row.get(5)?,
        digest: row.get(6)?,
    };
    Ok(NoticeView { notice, message: row.get(7)? })
}

fn hook(row: &Row<'_>) -> Result<HookView, rusqlite::Error> {
    Ok(HookView {
        id: row.get(0)?,
        url: row.get(1)?,
        made: row.get(2)?,
        due: row.get(3)?,
        tries: row.get(4)?,
        body: row.get(5)?,
        done: row.get(6)?,
        taken: row.get(7)?,
        said: row.get(8)?,
    })
}

fn outcomes(connection: &Connection, limit: usize) -> Result<Vec<OutcomeView>, ReadFault> {
    let sql = "SELECT n, at, message, class, app, address, fate, relay, words FROM outcome ORDER BY n LIMIT ?1";
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query([limit])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let n = row.get(0)?;
        let bad = |column| ReadFault::BadRow { table: "outcome", column, row: n };
        all.push(OutcomeView {
            n,
            at: row.get(1)?,
            message: row.get(2)?,
            class: class_of(row.get(3)?).ok_or_else(|| bad("class"))?,
            app: row.get(4)?,
            address: row.get(5)?,
            fate: fate_of(row.get(6)?).ok_or_else(|| bad("fate"))?,
            relay: row.get(7)?,
            words: row.get(8)?,
        });
    }
    Ok(all)
}

const NOTICE: &str = "SELECT incident, number, kind, at, since, critical, digest, message FROM notice";
const HOOK: &str = "SELECT id, url, made, due, tries, body, done, taken, said FROM";

/// A part of the history of events: the newest before a given number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// Approximate size of its rows, in bytes.
    pub bytes: u64,
    /// Number of its oldest event.
    pub lowest: i64,
}

impl Store {
    /// The size of a slice of the newest events before this number; `None` if there are none.
    pub async fn event_bytes(&self, before: i64) -> Result<Option<HistoryPart>, ReadFault> {
        const SLICE: i64 = 20_000;
        // Approximate bytes of a row besides its texts: numbers, code, act, index entry.
        const ROW: i64 = 120;
        self.read(move |connection, _| {
            let sql = "SELECT sum(octet_length(facts) + octet_length(object) + ?3), min(n) FROM
                       (SELECT n, facts, object FROM event WHERE n < ?1 ORDER BY n DESC LIMIT ?2)";
            let mut select = connection.prepare_cached(sql)?;
            let (bytes, lowest): (Option<u64>, Option<i64>) =
                select.query_row(params![before, SLICE, ROW], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(bytes.zip(lowest).map(|(bytes, lowest)| HistoryPart { bytes, lowest }))
        })
        .await
    }

    /// Records of incidents that may still change, with an ID above `after`, in order; at most 500.
    pub async fn live_incidents(&self, after: i64) -> Result<Vec<(i64, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT id, record FROM incident WHERE live = 1 AND id > ?1 ORDER BY id LIMIT ?2";
            let mut select = connection.prepare_cached(sql)?;
            Ok(select.query_map(params![after, ROWS_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The highest incident ID so far; 0 if there is none.
    pub async fn last_incident(&self) -> Result<i64, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT coalesce(max(id), 0) FROM incident";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Records of incidents, newest first.
    pub async fn incidents(&self, filter: IncidentFilter, limit: usize) -> Result<Vec<(i64, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT id, record FROM incident WHERE id < ?1 AND (?2 IS NULL OR substr(code, 1, length(?2)) = ?2)
                       AND (?3 IS NULL OR severity = ?3) ORDER BY id DESC LIMIT ?4";
            let mut select = connection.prepare_cached(sql)?;
            let values = params![filter.before.unwrap_or(i64::MAX), filter.code, filter.severity, limit.min(ROWS_MAX)];
            Ok(select.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn incident(&self, id: i64) -> Result<Option<String>, ReadFault> {
        self.read(move |connection, _| {
            let mut select = connection.prepare_cached("SELECT record FROM incident WHERE id = ?1")?;
            Ok(select.query_row([id], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// The history, newest first.
    pub async fn events(&self, filter: EventFilter, limit: usize) -> Result<Vec<EventView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT n, at, incident, act, code, object, severity, by, facts FROM event WHERE n < ?1
                       AND (?2 IS NULL OR incident = ?2) AND (?3 IS NULL OR substr(code, 1, length(?3)) = ?3)
                       AND (?4 IS NULL OR severity = ?4) ORDER BY n DESC LIMIT ?5";
            let mut select = connection.prepare_cached(sql)?;
            let before = filter.before.unwrap_or(i64::MAX);
            let values = params![before, filter.incident, filter.code, filter.severity, limit.min(ROWS_MAX)];
            Ok(select.query_map(values, event)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The notices of an incident, in order.
    pub async fn notices_of(&self, incident: i64) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let mut select = connection.prepare_cached(&format!("{NOTICE} WHERE incident = ?1 ORDER BY number LIMIT ?2"))?;
            Ok(select.query_map(params![incident, ROWS_MAX], notice)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The notices in a message.
    pub async fn notices_in(&self, message: i64) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let mut select = connection.prepare_cached(&format!("{NOTICE} WHERE message = ?1 ORDER BY incident LIMIT ?2"))?;
            Ok(select.query_map(params![message, ROWS_MAX], notice)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The notices in waiting messages, among the newest 1,000 messages with notices.
    pub async fn notices_waiting(&self) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let newest = "SELECT DISTINCT message AS n FROM notice ORDER BY message DESC LIMIT 1000";
            let waiting = format!("SELECT n FROM ({newest}) JOIN message USING (n) WHERE open > 0");
            let mut select =
                connection.prepare_cached(&format!("{NOTICE} WHERE message IN ({waiting}) ORDER BY message, incident"))?;
            Ok(select.query_map([], notice)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The newest messages with notices, newest first: time, and true if one of their notices is critical.
    pub async fn newest_tellings(&self, limit: usize) -> Result<Vec<(Millis, bool)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT max(at), max(critical) FROM notice GROUP BY message ORDER BY message DESC LIMIT ?1";
            let mut select = connection.prepare_cached(sql)?;
            Ok(select.query_map([limit.min(ROWS_MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The newest days with a daily notice or with a record that it was off, newest first.
    pub async fn dailies(&self, limit: usize) -> Result<Vec<DailyView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT date, at, message FROM daily ORDER BY date DESC LIMIT ?1";
            let mut select = connection.prepare_cached(sql)?;
            let one = |row: &Row<'_>| Ok(DailyView { date: row.get(0)?, at: row.get(1)?, message: row.get(2)? });
            Ok(select.query_map([limit.min(ROWS_MAX)], one)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn contacts(&self) -> Result<Vec<ContactView>, ReadFault> {
        self.read(|connection, _| {
            let mut select =
                connection.prepare_cached("SELECT address, known, confirmed FROM contact ORDER BY address LIMIT ?1")?;
            let one = |row: &Row<'_>| Ok(ContactView { address: row.get(0)?, known: row.get(1)?, confirmed: row.get(2)? });
            Ok(select.query_map([ROWS_MAX], one)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Waiting calls, the longest due first: at most `each` for each address.
    pub async fn hooks_waiting(&self, each: usize) -> Result<Vec<HookView>, ReadFault> {
        let waiting = "SELECT *, row_number() OVER (PARTITION BY url ORDER BY due, id) AS place FROM hook WHERE done IS NULL";
        self.hooks_of(format!("({waiting}) WHERE place <= ?1 ORDER BY due, id"), each).await
    }

    /// For each failing address, the oldest call that it refused at least `tries` times. An address is not failing if it has
    /// taken a call since that call was made. The call may have been given up.
    pub async fn hooks_failing(&self, tries: usize) -> Result<Vec<HookView>, ReadFault> {
        let taken = "SELECT 1 FROM hook AS later WHERE later.url = hook.url AND later.taken = 1 AND later.done >= hook.made";
        let oldest = format!("SELECT min(id) FROM hook WHERE taken = 0 AND tries >= ?1 AND NOT EXISTS ({taken}) GROUP BY url");
        self.hooks_of(format!("hook WHERE id IN ({oldest}) ORDER BY id"), tries).await
    }

    /// Calls, newest first.
    pub async fn hooks(&self, limit: usize) -> Result<Vec<HookView>, ReadFault> {
        self.hooks_of("(SELECT * FROM hook ORDER BY id DESC LIMIT ?1) ORDER BY id DESC".to_owned(), limit).await
    }

    async fn hooks_of(&self, which: String, number: usize) -> Result<Vec<HookView>, ReadFault> {
        self.read(move |connection, _| {
            let mut select = connection.prepare_cached(&format!("{HOOK} {which} LIMIT ?2"))?;
            Ok(select.query_map(params![number, ROWS_MAX], hook)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Outcomes that the watch has not read yet, in order.
    pub async fn outcomes(&self, limit: usize) -> Result<Vec<OutcomeView>, ReadFault> {
        self.read(move |connection, _| outcomes(connection, limit.min(ROWS_MAX))).await
    }

    /// The hours from `since` on that have figures.
    pub async fn hours(&self, since: Millis) -> Result<Vec<HourView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT hour, accepted, deferred, refused, w0, w1, w2, w3, w4, w5 FROM tally WHERE hour >= ?1 ORDER BY hour LIMIT 1000";
            let mut select = connection.prepare_cached(sql)?;
            let count = |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
            let one = |row: &Row<'_>| {
                let mut waits = [0; 6];
                for (at, wait) in (4..).zip(&mut waits) {
                    *wait = count(row, at)?;
                }
                let at = row.get::<_, i64>(0)?.saturating_mul(HOUR_MS);
                Ok(HourView { at, accepted: count(row, 1)?, deferred: count(row, 2)?, refused: count(row, 3)?, waits })
            };
            Ok(select.query_map([since.div_euclid(HOUR_MS)], one)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The stored results of those keys that were used.
    pub async fn once(&self, keys: Vec<String>) -> Result<BTreeMap<String, DoneOnce>, ReadFault> {
        self.read(move |connection, _| {
            let mut found = BTreeMap::new();
            for key in keys {
                if let Some(done) = done_once(connection, &key)? {
                    found.insert(key, done);
                }
            }
            Ok(found)
        })
        .await
    }

    /// Rows of the audit log that the watch has not read, in order. Also returns true if the watch has read the audit log
    /// before: rows from before its first reading are not news.
    pub async fn audit_unread(&self, limit: usize) -> Result<(Vec<AuditView>, bool), ReadFault> {
        self.read(move |connection, _| {
            let read: Option<i64> = connection.query_row("SELECT audit FROM life", [], |row| row.get(0)).optional()?.flatten();
            let sql = "SELECT n, at, who, what, detail FROM audit WHERE n > ?1 ORDER BY n LIMIT ?2";
            let mut select = connection.prepare_cached(sql)?;
            let one = |row: &Row<'_>| {
                Ok(AuditView { n: row.get(0)?, at: row.get(1)?, who: row.get(2)?, what: row.get(3)?, detail: row.get(4)? })
            };
            let rows = select.query_map(params![read.unwrap_or(0), limit.min(ROWS_MAX)], one)?.collect::<Result<_, _>>()?;
            Ok((rows, read.is_some()))
        })
        .await
    }

    /// The times of the last recorded run: start, last sign of life, normal end.
    pub async fn life(&self) -> Result<Option<LifeView>, ReadFault> {
        self.read(|connection, _| {
            let mut select = connection.prepare_cached("SELECT started, seen, ended FROM life")?;
            let one = |row: &Row<'_>| Ok(LifeView { started: row.get(0)?, seen: row.get(1)?, ended: row.get(2)? });
            Ok(select.query_row([], one).optional()?)
        })
        .await
    }
}
