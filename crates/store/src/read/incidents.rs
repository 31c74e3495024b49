//! Incidents and the history of events.

use model::id::IncidentId;
use model::time::Timestamp;
use rusqlite::Row;

use crate::commit::EventRow;
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

/// A row of the history of events, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    pub n: i64,
    pub at: Timestamp,
    pub event: EventRow,
}

#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub incident: Option<IncidentId>,
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
    pub before: Option<IncidentId>,
}

/// A part of the history of events: the newest before a given number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// Approximate size of its rows, in bytes.
    pub bytes: u64,
    /// Number of its oldest event.
    pub lowest: i64,
}

fn event(row: &Row<'_>) -> Result<EventView, rusqlite::Error> {
    let event = EventRow {
        incident: row.read(2)?,
        act: row.get(3)?,
        code: row.get(4)?,
        object: row.get(5)?,
        severity: row.get(6)?,
        by: row.get(7)?,
        facts: row.get(8)?,
    };
    Ok(EventView { n: row.get(0)?, at: row.time(1)?, event })
}

/// The ID and the record of an incident.
fn record(row: &Row<'_>) -> Result<(IncidentId, String), rusqlite::Error> {
    Ok((row.read(0)?, row.get(1)?))
}

impl Store {
    /// The size of a slice of the newest events before this number; `None` if there are none.
    pub async fn event_bytes(&self, before: i64) -> Result<Option<HistoryPart>, ReadFault> {
        const SLICE: i64 = 20_000;
        // Approximate bytes of a row besides its texts: numbers, code, act, index entry.
        const ROW: i64 = 120;
        self.read(move |connection, _| {
            let sql = "SELECT sum(octet_length(facts) + octet_length(object) + :row), min(n) FROM
                       (SELECT n, facts, object FROM event WHERE n < :before ORDER BY n DESC LIMIT :slice)";
            let values = values! { ":before": before, ":slice": SLICE, ":row": ROW };
            let (bytes, lowest): (Option<u64>, Option<i64>) =
                connection.row(sql, values, |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(bytes.zip(lowest).map(|(bytes, lowest)| HistoryPart { bytes, lowest }))
        })
        .await
    }

    /// Records of incidents that may still change, with an ID above `after`, in order; at most 500.
    pub async fn live_incidents(&self, after: IncidentId) -> Result<Vec<(IncidentId, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT id, record FROM incident WHERE live = 1 AND id > :after ORDER BY id LIMIT :rows";
            Ok(connection.rows(sql, values! { ":after": after, ":rows": ROWS_MAX }, record)?)
        })
        .await
    }

    /// The highest incident ID so far; `None` if there is none.
    pub async fn last_incident(&self) -> Result<Option<IncidentId>, ReadFault> {
        self.read(|connection, _| Ok(connection.row("SELECT max(id) FROM incident", &[], |row| row.read(0))?)).await
    }

    /// Records of incidents, newest first.
    pub async fn incidents(&self, filter: IncidentFilter, limit: usize) -> Result<Vec<(IncidentId, String)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT id, record FROM incident WHERE id < :before
                       AND (:code IS NULL OR substr(code, 1, length(:code)) = :code)
                       AND (:severity IS NULL OR severity = :severity) ORDER BY id DESC LIMIT :limit";
            let values = values! {
                ":before": filter.before.unwrap_or(IncidentId(i64::MAX)),
                ":code": filter.code,
                ":severity": filter.severity,
                ":limit": limit.min(ROWS_MAX),
            };
            Ok(connection.rows(sql, values, record)?)
        })
        .await
    }

    pub async fn incident(&self, id: IncidentId) -> Result<Option<String>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT record FROM incident WHERE id = :id";
            Ok(connection.first(sql, values! { ":id": id }, |row| row.get(0))?)
        })
        .await
    }

    /// The history, newest first.
    pub async fn events(&self, filter: EventFilter, limit: usize) -> Result<Vec<EventView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT n, at, incident, act, code, object, severity, by, facts FROM event WHERE n < :before
                       AND (:incident IS NULL OR incident = :incident)
                       AND (:code IS NULL OR substr(code, 1, length(:code)) = :code)
                       AND (:severity IS NULL OR severity = :severity) ORDER BY n DESC LIMIT :limit";
            let values = values! {
                ":before": filter.before.unwrap_or(i64::MAX),
                ":incident": filter.incident,
                ":code": filter.code,
                ":severity": filter.severity,
                ":limit": limit.min(ROWS_MAX),
            };
            Ok(connection.rows(sql, values, event)?)
        })
        .await
    }
}
