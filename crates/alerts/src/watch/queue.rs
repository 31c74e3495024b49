//! Finds mail that waits too long, and mail that does not get out at all.

use std::time::Duration;

use mail::queue::SILENT;
use model::event::{Severity, time_fact};
use model::hold::RelayState;
use model::settings::RelaySettings;
use model::time::Timestamp;
use store::{Backlog, LaneDepth, QueuePlace, ReadFault, Store};

use super::{condition, facts};
use crate::event::{Events, OPENED, Observation};

/// Backlog: at least `MANY` messages while the oldest waits for `MANY_WAIT`, or one that waits for `LONG_WAIT`.
const MANY: u64 = 100;
const MANY_WAIT: Duration = Duration::from_mins(15);
const LONG_WAIT: Duration = Duration::from_hours(4);

/// Messages that wait for a relay, and notices that wait to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    waiting: u64,
    oldest: Option<Timestamp>,
}

pub(super) async fn depth(store: &Store, events: &Events) -> Result<Depth, ReadFault> {
    let backlog = store.backlog().await?;
    let (untold, since) = events.untold().await;
    Ok(Depth {
        waiting: backlog.waiting() + backlog.parked() + untold as u64,
        oldest: [oldest(store, &backlog).await?, since].into_iter().flatten().min(),
    })
}

/// Acceptance time of the oldest message that waits for a relay. Counts messages behind their sender's
/// gate. Does not count messages that an operator holds.
pub(crate) async fn oldest(store: &Store, backlog: &Backlog) -> Result<Option<Timestamp>, ReadFault> {
    let waits = |lane: &&LaneDepth| lane.place != QueuePlace::HELD;
    match backlog.lanes.iter().filter(waits).map(|lane| lane.oldest).min() {
        Some(number) => Ok(store.message(number).await?.map(|message| message.row.accepted)),
        None => Ok(None),
    }
}

/// True if mail has waited for [`SILENT`] and no relay has accepted a message in that time.
pub(crate) fn is_silent(waiting_since: Option<Timestamp>, last_accepted: Option<Timestamp>, now: Timestamp) -> bool {
    waiting_since.is_some_and(|since| now.since(since.max(last_accepted.unwrap_or(Timestamp::MIN))) >= SILENT)
}

/// The mail that waits, and the relays that should take it.
pub(super) struct MailFlow<'a> {
    /// `None` if the queue could not be counted.
    pub(super) depth: Option<&'a Depth>,
    pub(super) relays: &'a [(RelaySettings, RelayState)],
    /// Time when a relay last accepted a message.
    pub(super) last_accepted: Option<Timestamp>,
    /// Time when the route last became usable. `None` if it is not usable, or nothing has changed since the start.
    pub(super) opened: Option<Timestamp>,
}

pub(super) fn look(flow: &MailFlow<'_>, now: Timestamp, seen: &mut Observation) {
    let MailFlow { depth, relays, last_accepted: last, opened } = *flow;
    let Some(depth) = depth else {
        seen.unknown("mail.silent");
        return seen.unknown("queue.backlog");
    };
    let Some(oldest) = depth.oldest else { return };
    let fault =
        relays.iter().find_map(|(_, state)| if let RelayState::Held(hold) = state { Some(hold.fault.clone()) } else { None });
    let known = facts([
        ("waiting", depth.waiting.to_string()),
        ("oldest", time_fact(oldest)),
        ("last", last.map(time_fact).unwrap_or_default()),
        ("error", fault.unwrap_or_default()),
    ]);
    if is_silent(depth.oldest, last, now) {
        return if opened.is_some_and(|at| now.distance(at) < OPENED) {
            seen.unknown("mail.silent");
        } else {
            seen.extend([condition("mail.silent", "", Severity::Critical, known)]);
        };
    }
    let age = now.since(oldest);
    if depth.waiting >= MANY && age >= MANY_WAIT || age >= LONG_WAIT {
        seen.extend([condition("queue.backlog", "", Severity::Warning, known)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// `age`, `last` and `opened` are minutes ago.
    fn look_at(waiting: u64, age: u32, last: Option<u32>, opened: Option<u32>) -> Observation {
        let now = Timestamp::EPOCH + 10_000 * MINUTE;
        let depth = Depth { waiting, oldest: (waiting > 0).then_some(now - age * MINUTE) };
        let ago = |minutes: Option<u32>| minutes.map(|minutes| now - minutes * MINUTE);
        let mut seen = Observation::default();
        seen.look_for(&["mail.silent", "queue.backlog"]);
        let flow = MailFlow { depth: Some(&depth), relays: &[], last_accepted: ago(last), opened: ago(opened) };
        look(&flow, now, &mut seen);
        seen
    }

    fn codes(waiting: u64, age: u32, last: Option<u32>) -> Vec<&'static str> {
        look_at(waiting, age, last, None).found().iter().map(|found| found.code).collect()
    }

    #[test]
    fn opened_route_ends_no_silence_before_a_delivery() {
        let waiting = look_at(1, 40, None, Some(1));
        assert!(waiting.found().is_empty() && !waiting.is_over("mail.silent", ""));
        assert_eq!(look_at(1, 40, None, Some(6)).found().len(), 1);
        assert!(look_at(1, 40, Some(0), Some(1)).is_over("mail.silent", ""), "a relay took something");
        assert!(look_at(0, 0, None, Some(1)).is_over("mail.silent", ""), "nothing waits");
    }

    #[test]
    fn silence_is_half_an_hour_of_waiting_without_acceptance() {
        assert_eq!(codes(1, 29, None), [""; 0]);
        assert_eq!(codes(1, 30, None), ["mail.silent"]);
        assert_eq!(codes(1, 300, Some(29)), ["queue.backlog"], "others get out");
        assert_eq!(codes(0, 0, Some(3000)), [""; 0], "nothing waits");
        assert_eq!(codes(1, 5, Some(3000)), [""; 0], "it waits since five minutes");
    }

    #[test]
    fn backlog_is_many_for_a_while_or_one_for_long() {
        assert_eq!(codes(99, 20, Some(1)), [""; 0]);
        assert_eq!(codes(100, 20, Some(1)), ["queue.backlog"]);
        assert_eq!(codes(1, 240, Some(1)), ["queue.backlog"]);
    }
}
