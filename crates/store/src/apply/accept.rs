//! Accepts a message: writes its row, its recipients and its body in one commit.

use model::message::{Class, Fate};
use rusqlite::{Connection, OptionalExtension, params};

use crate::commit::{NewMessage, OPERATOR_GATE, Outcome};

/// Maximum size of a part of a body, in bytes. Bodies are split so that no row needs a buffer of the body's size.
pub(crate) const PART_MAX: usize = 256 << 10;

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

pub(super) fn accept(connection: &Connection, next: &mut i64, message: &NewMessage) -> Result<Outcome, rusqlite::Error> {
    let n = *next;
    let lane = lane(connection, message)?;
    let recipients = i64::try_from(message.recipients.len()).unwrap_or(i64::MAX);
    let flags = if message.eight_bit { EIGHT_BIT } else { 0 } | if message.held { TEST } else { 0 };
    let size = i64::try_from(message.body.len()).unwrap_or(i64::MAX);
    let sql =
        "INSERT INTO message (n, open, lane, home, due, attempts, accepted, class, app, size, flags, sender, subject, message_id,
               avoid) VALUES (?1, ?2, ?14, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15)";
    connection.prepare_cached(sql)?.execute(params![
        n,
        recipients,
        lane,
        message.due,
        i64::from(message.claimed),
        message.accepted,
        class_code(message.class),
        message.app,
        size,
        flags,
        message.sender,
        message.subject,
        message.message_id,
        if message.held { -OPERATOR_GATE } else { lane },
        message.avoid
    ])?;
    let mut insert = connection.prepare_cached("INSERT INTO recipient (id, address, fate) VALUES (?1, ?2, 0)")?;
    for (id, address) in (n << 12..).zip(&message.recipients) {
        insert.execute(params![id, address])?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO body (id, data) VALUES (?1, ?2)")?;
    for (id, part) in (n << 12..).zip(message.body.chunks(PART_MAX)) {
        insert.execute(params![id, part])?;
    }
    *next = n + 1;
    Ok(Outcome::Accepted(n))
}

/// Lane 0 for critical notices, lane 1 for other notices, then one lane for each application.
fn lane(connection: &Connection, message: &NewMessage) -> Result<i64, rusqlite::Error> {
    let app = match message.class {
        Class::Critical => return Ok(0),
        Class::Notice => return Ok(1),
        Class::Submitted => message.app.as_deref().unwrap_or(""),
    };
    let mut select = connection.prepare_cached("SELECT id FROM lane WHERE app = ?1")?;
    if let Some(id) = select.query_row([app], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let sql = "INSERT INTO lane (id, app) VALUES ((SELECT coalesce(max(id), 1) + 1 FROM lane), ?1) RETURNING id";
    connection.prepare_cached(sql)?.query_row([app], |row| row.get(0))
}
