//! Accepts a message: writes its row, its recipients and its body in one commit.

use model::id::{LaneId, MessageNumber};
use model::message::Class;
use model::time::Timestamp;
use rusqlite::Connection;

use crate::commit::{NewMessage, Outcome};
use crate::encoding::{BODY_CHUNK_MAX, FLAG_COMPOSED, FLAG_EIGHT_BIT, FLAG_TEST, QueuePlace, class_code, row_ids};
use crate::statement::{Columns, Statements, values};

pub(super) fn accept(
    connection: &Connection,
    at: Timestamp,
    next: &mut MessageNumber,
    message: &NewMessage,
) -> Result<Outcome, rusqlite::Error> {
    let n = *next;
    let lane = lane(connection, message)?;
    let recipients = i64::try_from(message.recipients.len()).unwrap_or(i64::MAX);
    let flags = if message.eight_bit { FLAG_EIGHT_BIT } else { 0 }
        | if message.held { FLAG_TEST } else { 0 }
        | if message.composed { FLAG_COMPOSED } else { 0 };
    let size = i64::try_from(message.body.len()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO message (n, open, lane, home, due, attempts, accepted, class, app, size, flags, sender, subject,
               message_id, avoid) VALUES (:number, :open, :lane, :home, :due, :attempts, :accepted, :class, :app, :size, :flags,
               :sender, :subject, :message_id, :avoid)";
    let values = values! {
        ":number": n,
        ":open": recipients,
        ":lane": if message.held { QueuePlace::HELD } else { QueuePlace::Lane(lane) },
        ":home": lane,
        ":due": message.due,
        ":attempts": i64::from(message.claimed),
        ":accepted": at,
        ":class": class_code(message.class),
        ":app": message.app,
        ":size": size,
        ":flags": flags,
        ":sender": message.sender,
        ":subject": message.subject,
        ":message_id": message.message_id,
        ":avoid": message.avoid,
    };
    connection.run(sql, values)?;
    for (id, address) in row_ids(n, message.recipients.len()).zip(&message.recipients) {
        let sql = "INSERT INTO recipient (id, address, fate) VALUES (:id, :address, 0)";
        connection.run(sql, values! { ":id": id, ":address": address })?;
    }
    let chunks = message.body.chunks(BODY_CHUNK_MAX);
    for (id, chunk) in row_ids(n, chunks.len()).zip(chunks) {
        connection.run("INSERT INTO body (id, data) VALUES (:id, :data)", values! { ":id": id, ":data": chunk })?;
    }
    *next = n.next();
    Ok(Outcome::Accepted(n))
}

/// The lane of a message. Makes a lane for a new application.
fn lane(connection: &Connection, message: &NewMessage) -> Result<LaneId, rusqlite::Error> {
    let app = match message.class {
        Class::Critical => return Ok(LaneId::CRITICAL),
        Class::Notice => return Ok(LaneId::NOTICES),
        Class::Submitted => message.app.as_deref().unwrap_or(""),
    };
    let values = values! { ":app": app };
    if let Some(id) = connection.first("SELECT id FROM lane WHERE app = :app", values, |row| row.read(0))? {
        return Ok(id);
    }
    let sql = "INSERT INTO lane (id, app) VALUES ((SELECT coalesce(max(id), 1) + 1 FROM lane), :app) RETURNING id";
    connection.row(sql, values, |row| row.read(0))
}
