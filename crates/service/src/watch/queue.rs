//! Mail that waits too long, and mail that does not get out at all.

use model::event::Severity;
use model::hold::RelayState;
use model::settings::RelaySettings;
use store::{LaneDepth, OPERATOR_GATE, ReadFault, Store};

use super::{condition, facts};
use crate::event::{Condition, Events};

/// Something waits for so long, and no relay has taken anything meanwhile: mail is not getting out.
const SILENT_MS: i64 = 30 * 60_000;
/// The queue is behind: many wait for a while, or one for long.
const MANY: u64 = 100;
const MANY_MS: i64 = 15 * 60_000;
const LONG_MS: i64 = 4 * 3_600_000;
const OPENED_MS: i64 = 5 * 60_000;

/// How deep the queue is: what waits for a relay, and notices that wait to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    waiting: u64,
    oldest: Option<i64>,
}

pub(super) async fn depth(store: &Store, events: &Events) -> Result<Depth, ReadFault> {
    let backlog = store.backlog().await?;
    // What a person holds waits for him; what waits behind its sender's gate waits for a relay.
    let waits = |lane: &&LaneDepth| lane.lane != -OPERATOR_GATE;
    let first = backlog.lanes.iter().filter(waits).map(|lane| lane.oldest).min();
    let oldest = match first {
        Some(number) => store.message(number).await?.map(|message| message.row.accepted),
        None => None,
    };
    let (untold, since) = events.untold().await;
    Ok(Depth {
        waiting: backlog.waiting() + backlog.parked() + untold as u64,
        oldest: [oldest, since].into_iter().flatten().min(),
    })
}

/// Since when no mail gets out while some waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence;

impl Silence {
    /// `oldest`: since when something waits; `last`: when a relay last took something.
    pub(crate) fn of(oldest: Option<i64>, last: Option<i64>, now: i64) -> Option<Self> {
        let since = oldest?.max(last.unwrap_or(i64::MIN));
        (now - since >= SILENT_MS).then_some(Self)
    }
}

pub(super) fn conditions(
    depth: &Depth,
    relays: &[(RelaySettings, RelayState)],
    last: Option<i64>,
    opened: Option<i64>,
    now: i64,
) -> Vec<Condition> {
    let Some(oldest) = depth.oldest else { return Vec::new() };
    let fault =
        relays.iter().find_map(|(_, state)| if let RelayState::Held(hold) = state { Some(hold.fault.clone()) } else { None });
    let known = facts([
        ("waiting", depth.waiting.to_string()),
        ("oldest", oldest.to_string()),
        ("last", last.map(|at| at.to_string()).unwrap_or_default()),
        ("error", fault.unwrap_or_default()),
    ]);
    // A route that has just opened is given time to show that mail goes by it.
    let just_opened = opened.is_some_and(|at| (now - at).abs() < OPENED_MS);
    if !just_opened && Silence::of(depth.oldest, last, now).is_some() {
        return vec![condition("mail.silent", "", Severity::Critical, known)];
    }
    let age = now - oldest;
    let behind = depth.waiting >= MANY && age >= MANY_MS || age >= LONG_MS;
    if behind { vec![condition("queue.backlog", "", Severity::Warning, known)] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn codes(waiting: u64, age: i64, last: Option<i64>) -> Vec<&'static str> {
        let now = 1000 * MINUTE;
        let depth = Depth { waiting, oldest: (waiting > 0).then_some(now - age * MINUTE) };
        conditions(&depth, &[], last.map(|ago| now - ago * MINUTE), None, now).into_iter().map(|found| found.code).collect()
    }

    #[test]
    fn silence_is_something_that_waits_while_no_relay_takes_anything_for_half_an_hour() {
        assert_eq!(codes(1, 29, None), [""; 0]);
        assert_eq!(codes(1, 30, None), ["mail.silent"]);
        assert_eq!(codes(1, 300, Some(29)), ["queue.backlog"], "others get out");
        assert_eq!(codes(0, 0, Some(3000)), [""; 0], "nothing waits");
        assert_eq!(codes(1, 5, Some(3000)), [""; 0], "it waits since five minutes");
    }

    #[test]
    fn a_backlog_is_many_for_a_while_or_one_for_long() {
        assert_eq!(codes(99, 20, Some(1)), [""; 0]);
        assert_eq!(codes(100, 20, Some(1)), ["queue.backlog"]);
        assert_eq!(codes(1, 240, Some(1)), ["queue.backlog"]);
    }
}
