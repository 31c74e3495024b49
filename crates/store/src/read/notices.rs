//! Notices, daily notices, and the contacts that receive them.

use model::id::{IncidentId, MessageNumber};
use model::time::Timestamp;
use rusqlite::Row;

use crate::commit::NoticeRow;
use crate::fault::ReadFault;
use crate::readers::ROWS_MAX;
use crate::statement::{Columns, Statements, values};
use crate::store::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    pub at: Timestamp,
    pub notice: NoticeRow,
    pub message: MessageNumber,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyView {
    pub date: String,
    pub at: Timestamp,
    /// `None`: the daily notice was switched off that day.
    pub message: Option<MessageNumber>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    pub address: String,
    pub known: Timestamp,
    pub confirmed: Option<Timestamp>,
}

const NOTICE: &str = "SELECT incident, number, kind, at, since, critical, digest, message FROM notice";

fn notice(row: &Row<'_>) -> Result<NoticeView, rusqlite::Error> {
    let notice = NoticeRow {
        incident: row.read(0)?,
        number: row.get(1)?,
        kind: row.get(2)?,
        since: row.time(4)?,
        critical: row.get(5)?,
        digest: row.get(6)?,
    };
    Ok(NoticeView { at: row.time(3)?, notice, message: row.read(7)? })
}

impl Store {
    /// The notices of an incident, in order.
    pub async fn notices_of(&self, incident: IncidentId) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{NOTICE} WHERE incident = :incident ORDER BY number LIMIT :rows");
            Ok(connection.rows(&sql, values! { ":incident": incident, ":rows": ROWS_MAX }, notice)?)
        })
        .await
    }

    /// The notices in a message.
    pub async fn notices_in(&self, message: MessageNumber) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = format!("{NOTICE} WHERE message = :message ORDER BY incident LIMIT :rows");
            Ok(connection.rows(&sql, values! { ":message": message, ":rows": ROWS_MAX }, notice)?)
        })
        .await
    }

    /// The notices in waiting messages, among the newest 1,000 messages with notices.
    pub async fn notices_waiting(&self) -> Result<Vec<NoticeView>, ReadFault> {
        self.read(move |connection, _| {
            let newest = "SELECT DISTINCT message AS n FROM notice ORDER BY message DESC LIMIT 1000";
            let waiting = format!("SELECT n FROM ({newest}) JOIN message USING (n) WHERE open > 0");
            let sql = format!("{NOTICE} WHERE message IN ({waiting}) ORDER BY message, incident");
            Ok(connection.rows(&sql, &[], notice)?)
        })
        .await
    }

    /// The newest messages with notices, newest first: time, and true if one of their notices is critical.
    pub async fn newest_notices(&self, limit: usize) -> Result<Vec<(Timestamp, bool)>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT max(at), max(critical) FROM notice GROUP BY message ORDER BY message DESC LIMIT :limit";
            let values = values! { ":limit": limit.min(ROWS_MAX) };
            connection.rows(sql, values, |row| Ok((row.time(0)?, row.get(1)?)))
        })
        .await
    }

    /// The newest days with a daily notice or with a record that it was off, newest first.
    pub async fn dailies(&self, limit: usize) -> Result<Vec<DailyView>, ReadFault> {
        self.read(move |connection, _| {
            let sql = "SELECT date, at, message FROM daily ORDER BY date DESC LIMIT :limit";
            let values = values! { ":limit": limit.min(ROWS_MAX) };
            connection.rows(sql, values, |row| Ok(DailyView { date: row.get(0)?, at: row.time(1)?, message: row.read(2)? }))
        })
        .await
    }

    pub async fn contacts(&self) -> Result<Vec<ContactView>, ReadFault> {
        self.read(|connection, _| {
            let sql = "SELECT address, known, confirmed FROM contact ORDER BY address LIMIT :rows";
            connection.rows(sql, values! { ":rows": ROWS_MAX }, |row| {
                Ok(ContactView { address: row.get(0)?, known: row.time(1)?, confirmed: row.maybe_time(2)? })
            })
        })
        .await
    }
}
