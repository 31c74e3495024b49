//! Finds mail that waits too long, and mail that does not get out at all.

use std::time::Duration;

use mail::queue::KnownRelay;
use mail::queue::SILENT;
use model::event::{OwnCode, Severity, time_fact};
use model::hold::RelayState;
use model::time::Timestamp;
use store::{Backlog, LaneDepth, QueuePlace, ReadFault, Store};

use super::{condition, facts};
use crate::event::{Events, Observation, ROUTE_OPEN_GRACE};

/// A backlog is this many messages while the oldest waits for [`BACKLOG_WAIT`], or one message that waits for
/// [`LONE_MESSAGE_WAIT`].
const BACKLOG_MESSAGES: u64 = 100;
const BACKLOG_WAIT: Duration = Duration::from_mins(15);
const LONE_MESSAGE_WAIT: Duration = Duration::from_hours(4);

/// Mail that waits for a relay: messages in the queue, and notices that are not written yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WaitingMail {
    count: u64,
    /// Time since which the oldest of them waits.
    since: Option<Timestamp>,
}

pub(super) async fn waiting_mail(store: &Store, events: &Events) -> Result<WaitingMail, ReadFault> {
    let backlog = store.backlog().await?;
    let notices = events.waiting_notices().await;
    Ok(WaitingMail {
        count: backlog.waiting() + backlog.parked() + notices.count as u64,
        since: [oldest_accepted(store, &backlog, |place| place != QueuePlace::HELD).await?, notices.oldest]
            .into_iter()
            .flatten()
            .min(),
    })
}

/// Acceptance time of the oldest message in these places.
pub(crate) async fn oldest_accepted(
    store: &Store,
    backlog: &Backlog,
    counts: impl Fn(QueuePlace) -> bool,
) -> Result<Option<Timestamp>, ReadFault> {
    match backlog.lanes.iter().filter(|lane: &&LaneDepth| counts(lane.place)).map(|lane| lane.oldest).min() {
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
    pub(super) waiting: Option<&'a WaitingMail>,
    pub(super) relays: &'a [KnownRelay],
    /// Time when a relay last accepted a message.
    pub(super) last_accepted: Option<Timestamp>,
    /// Time when the route last became usable. `None` if it is not usable, or nothing has changed since the start.
    pub(super) route_opened: Option<Timestamp>,
}

/// Finds silent mail (`mail.silent`), else a backlog (`queue.backlog`).
pub(super) fn check_mail_flow(flow: &MailFlow<'_>, now: Timestamp, observation: &mut Observation) {
    let MailFlow { waiting, relays, last_accepted, route_opened } = *flow;
    let Some(waiting) = waiting else {
        observation.mark_unknown(OwnCode::MailSilent);
        return observation.mark_unknown(OwnCode::QueueBacklog);
    };
    let Some(since) = waiting.since else { return };
    let fault = relays.iter().find_map(|relay| match &relay.state {
        RelayState::Held(hold) if !relay.is_outdated => Some(hold.fault.clone()),
        RelayState::Held(_) | RelayState::Open => None,
    });
    let facts = facts([
        ("waiting", waiting.count.to_string()),
        ("oldest", time_fact(since)),
        ("last", last_accepted.map(time_fact).unwrap_or_default()),
        ("error", fault.unwrap_or_default()),
    ]);
    if is_silent(Some(since), last_accepted, now) {
        return if route_opened.is_some_and(|at| now.distance(at) < ROUTE_OPEN_GRACE) {
            observation.mark_unknown(OwnCode::MailSilent);
        } else {
            observation.extend([condition(OwnCode::MailSilent, "", Severity::Critical, facts)]);
        };
    }
    let wait = now.since(since);
    if waiting.count >= BACKLOG_MESSAGES && wait >= BACKLOG_WAIT || wait >= LONE_MESSAGE_WAIT {
        observation.extend([condition(OwnCode::QueueBacklog, "", Severity::Warning, facts)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// `oldest`, `accepted` and `opened` are minutes ago.
    fn observe(count: u64, oldest: u32, accepted: Option<u32>, opened: Option<u32>) -> Observation {
        let now = Timestamp::EPOCH + 10_000 * MINUTE;
        let waiting = WaitingMail { count, since: (count > 0).then_some(now - oldest * MINUTE) };
        let ago = |minutes: Option<u32>| minutes.map(|minutes| now - minutes * MINUTE);
        let mut observation = Observation::default();
        observation.mark_checked(&[OwnCode::MailSilent, OwnCode::QueueBacklog]);
        let flow = MailFlow { waiting: Some(&waiting), relays: &[], last_accepted: ago(accepted), route_opened: ago(opened) };
        check_mail_flow(&flow, now, &mut observation);
        observation
    }

    fn codes(count: u64, oldest: u32, accepted: Option<u32>) -> Vec<OwnCode> {
        observe(count, oldest, accepted, None).found().iter().map(|found| found.code).collect()
    }

    #[test]
    fn opened_route_ends_no_silence_before_a_delivery() {
        let waiting = observe(1, 40, None, Some(1));
        assert!(waiting.found().is_empty() && !waiting.is_over(OwnCode::MailSilent, "", Timestamp::MAX));
        assert_eq!(observe(1, 40, None, Some(6)).found().len(), 1);
        assert!(observe(1, 40, Some(0), Some(1)).is_over(OwnCode::MailSilent, "", Timestamp::MAX), "a relay took something");
        assert!(observe(0, 0, None, Some(1)).is_over(OwnCode::MailSilent, "", Timestamp::MAX), "nothing waits");
    }

    #[test]
    fn silence_is_half_an_hour_of_waiting_without_acceptance() {
        assert_eq!(codes(1, 29, None), []);
        assert_eq!(codes(1, 30, None), [OwnCode::MailSilent]);
        assert_eq!(codes(1, 300, Some(29)), [OwnCode::QueueBacklog], "others get out");
        assert_eq!(codes(0, 0, Some(3000)), [], "nothing waits");
        assert_eq!(codes(1, 5, Some(3000)), [], "it waits since five minutes");
    }

    #[test]
    fn backlog_is_many_for_a_while_or_one_for_long() {
        assert_eq!(codes(99, 20, Some(1)), []);
        assert_eq!(codes(100, 20, Some(1)), [OwnCode::QueueBacklog]);
        assert_eq!(codes(1, 240, Some(1)), [OwnCode::QueueBacklog]);
    }
}
