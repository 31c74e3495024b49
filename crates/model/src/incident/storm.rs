//! Storm control: decides which waiting notices go out now as mails of their own, and which go together as a digest.
//!
//! All contacts get the same mails, so one count serves for each of them.

use std::collections::HashMap;
use std::time::Duration;

use crate::event::Severity;
use crate::id::IncidentId;
use crate::time::Timestamp;

/// Window of the rate limit.
pub const WINDOW: Duration = Duration::from_mins(10);
/// Most single mails of each rank within the window: errors, and notices below them. Further notices go into a digest.
pub const NOTICES_MAX: usize = 10;
/// Most critical single mails within the window. Further critical notices go into the digest.
pub const CRITICAL_MAX: usize = 20;
/// Time in which notices of one kind are gathered into one mail, from the first of them on.
const GATHER: Duration = Duration::from_mins(5);
/// Most mails of each source that pass beyond these bounds. So one program's flood does not delay the notices of others.
const EACH: usize = 3;
/// Most mails of all sources together that pass beyond the bounds.
const OTHERS_MAX: usize = 10;
/// Notices that waited this long while no mail could go, and are not critical, go as a digest.
pub const STALE: Duration = Duration::from_hours(1);
/// A notice later than this names the time of the event and the time of sending.
pub const LATE: Duration = Duration::from_mins(5);

/// A notice that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub incident: IncidentId,
    pub severity: Severity,
    pub since: Timestamp,
    /// Tells programs apart: equal for notices of the same program.
    pub source: u64,
    /// True for a notice that goes with others of its kind in one mail: an administrator saves several times in a row.
    pub gathers: bool,
}

/// Notices that share a bound. Those of a lower rank never delay those of a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Rank {
    Lesser,
    Error,
    Critical,
}

impl Rank {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Info | Severity::Warning => Self::Lesser,
            Severity::Error => Self::Error,
            Severity::Critical => Self::Critical,
        }
    }

    fn most(self) -> usize {
        if self == Self::Critical { CRITICAL_MAX } else { NOTICES_MAX }
    }
}

/// A mail that went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub at: Timestamp,
    pub severity: Severity,
    /// As in [`Due`]; `None` for a digest, and for mails of a former run.
    pub source: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Incidents whose notice goes as a mail of its own, the most severe and oldest first.
    pub alone: Vec<IncidentId>,
    /// Incidents whose gathered notices go together now.
    pub gathered: Vec<IncidentId>,
    /// Incidents whose notices go together, because they are too many for mails of their own.
    pub digest: Vec<IncidentId>,
    /// Time of the next plan.
    pub again: Option<Timestamp>,
}

/// Plans the mails for now. `sent` holds the mails of the last window (older ones are ignored). `open` is the time since
/// which mail can go. Each due notice goes alone, is gathered with others of its kind, goes in the digest, or waits.
pub fn plan(due: &[Due], sent: &[Sent], open: Timestamp, now: Timestamp) -> Plan {
    let recent: Vec<&Sent> = sent.iter().filter(|sent| now.distance(sent.at) < WINDOW).collect();
    let mut of_rank: HashMap<Rank, usize> = HashMap::new();
    let mut of_source: HashMap<(u64, Rank), usize> = HashMap::new();
    for sent in &recent {
        let rank = Rank::of(sent.severity);
        *of_rank.entry(rank).or_default() += 1;
        if let Some(source) = sent.source {
            *of_source.entry((source, rank)).or_default() += 1;
        }
    }
    let (gathering, mut order): (Vec<Due>, Vec<Due>) = due.iter().partition(|due| due.gathers);
    order.sort_by_key(|due| (std::cmp::Reverse(due.severity), due.since, due.incident));
    // Time without a way for mail does not count as waiting for the storm to pass.
    let waited = |due: &Due| now.since(due.since.max(open));
    let is_over = order.iter().any(|due| waited(due) >= WINDOW);
    let stale = order.iter().filter(|due| due.severity != Severity::Critical).count() > 1
        && order.iter().any(|due| due.severity != Severity::Critical && now.since(due.since) >= STALE);

    let mut plan = Plan::default();
    let mut left = Vec::new();
    for due in order {
        let rank = Rank::of(due.severity);
        let count = of_rank.entry(rank).or_default();
        let own = of_source.entry((due.source, rank)).or_default();
        let passes = *count < rank.most() || (*own < EACH && *count < rank.most() + OTHERS_MAX);
        if passes && (rank == Rank::Critical || !is_over && !stale) {
            *count += 1;
            *own += 1;
            plan.alone.push(due.incident);
        } else {
            left.push(due);
        }
    }
    match left.iter().map(|due| due.since.max(open)).min() {
        Some(_) if is_over || stale => plan.digest = left.iter().map(|due| due.incident).collect(),
        // Room for another mail may come before then. The notices left by then go together.
        Some(first) => plan.again = Some(recent.iter().map(|sent| sent.at + WINDOW).fold(first + WINDOW, Timestamp::min)),
        None => {}
    }
    match gathering.iter().map(|due| due.since).min() {
        Some(first) if now.distance(first) >= GATHER => {
            // If a digest goes now, they are in it.
            let mail = if plan.digest.is_empty() { &mut plan.gathered } else { &mut plan.digest };
            mail.extend(gathering.iter().map(|due| due.incident));
        }
        Some(first) => plan.again = Some(plan.again.map_or(first + GATHER, |again| again.min(first + GATHER))),
        None => {}
    }
    plan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const MILLI: Duration = Duration::from_millis(1);
    const START: Timestamp = Timestamp::EPOCH;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn due(incident: i64, severity: Severity, since: Timestamp) -> Due {
        Due { incident: IncidentId(incident), severity, since, source: 1, gathers: false }
    }

    fn ids(numbers: &[i64]) -> Vec<IncidentId> {
        numbers.iter().copied().map(IncidentId).collect()
    }

    fn sent(count: usize, severity: Severity) -> Vec<Sent> {
        (0..count).map(|_| Sent { at: START, severity, source: Some(1) }).collect()
    }

    #[test]
    fn few_notices_go_alone_most_severe_first() {
        let waiting = [due(1, Severity::Info, START), due(2, Severity::Error, START), due(3, Severity::Critical, at(5))];
        assert_eq!(plan(&waiting, &[], START, at(10)), Plan { alone: ids(&[3, 2, 1]), ..Plan::default() });
    }

    #[test]
    fn notices_beyond_bound_become_digest_after_ten_minutes() {
        let many: Vec<Due> = (0..25).map(|n| due(n, Severity::Error, at(1000))).collect();
        let first = plan(&many, &[], START, at(1000));
        assert_eq!((first.alone.len(), first.digest.len(), first.again), (NOTICES_MAX, 0, Some(at(1000) + WINDOW)));
        let rest = &many[NOTICES_MAX..];
        assert_eq!(
            plan(rest, &sent(NOTICES_MAX, Severity::Error), START, at(2000)),
            Plan { again: Some(START + WINDOW), ..Plan::default() }
        );
        assert_eq!(plan(rest, &[], START, at(1000) + WINDOW).digest.len(), 15);
    }

    #[test]
    fn critical_notices_have_own_bound_then_join_digest() {
        let waiting = [due(1, Severity::Critical, START), due(2, Severity::Error, START)];
        let full = [sent(NOTICES_MAX, Severity::Error), sent(CRITICAL_MAX - 1, Severity::Critical)].concat();
        assert_eq!(plan(&waiting, &full, START, at(1)).alone, ids(&[1]));
        let full: Vec<Sent> =
            sent(CRITICAL_MAX, Severity::Critical).into_iter().map(|sent| Sent { at: START + WINDOW - MILLI, ..sent }).collect();
        assert_eq!(plan(&waiting, &full, START, START + WINDOW).digest, ids(&[1, 2]));
    }

    #[test]
    fn stale_notices_become_digest_critical_goes_alone() {
        let waiting =
            [due(1, Severity::Error, START), due(2, Severity::Warning, START + STALE - MILLI), due(3, Severity::Critical, START)];
        let planned = plan(&waiting, &[], START + STALE, START + STALE);
        assert_eq!(planned, Plan { alone: ids(&[3]), digest: ids(&[1, 2]), ..Plan::default() });
        assert_eq!(plan(&waiting[..1], &[], START + STALE, START + STALE).alone, ids(&[1]), "a digest of one is that one");
        let waiting = [due(1, Severity::Error, START), due(2, Severity::Warning, START)];
        assert_eq!(plan(&waiting, &[], START + STALE / 2, START + STALE / 2).alone, ids(&[1, 2]), "half an hour is no digest");
    }

    #[test]
    fn flood_of_one_program_leaves_others_a_few_mails() {
        let flood: Vec<Due> = (0..50).map(|n| due(n, Severity::Critical, START)).collect();
        assert_eq!(plan(&flood, &[], START, START).alone.len(), CRITICAL_MAX);
        let full = sent(CRITICAL_MAX, Severity::Critical);
        let of = |source: u8, n: i64| {
            (0..n).map(move |k| Due { source: source.into(), ..due(100 + 10 * i64::from(source) + k, Severity::Critical, at(1)) })
        };
        let others: Vec<Due> = flood.iter().copied().chain(of(2, 5)).chain(of(3, 1)).collect();
        assert_eq!(plan(&others, &full, START, at(1)).alone, ids(&[120, 121, 122, 130]));
        let many: Vec<Due> = (2..40).flat_map(|source| of(source, 1)).collect();
        assert_eq!(plan(&many, &full, START, at(1)).alone.len(), OTHERS_MAX, "and there is a bound on all of them");
    }

    /// Notices of our own acts use up their own bound only.
    #[test]
    fn lesser_notices_delay_no_error() {
        let full = [sent(NOTICES_MAX + OTHERS_MAX, Severity::Info), sent(NOTICES_MAX, Severity::Warning)].concat();
        for severity in [Severity::Error, Severity::Critical] {
            let waiting: Vec<Due> = (0..10).map(|n| due(n, severity, at(1))).collect();
            assert_eq!(plan(&waiting, &full, START, at(1)).alone.len(), 10, "{severity:?}");
        }
        assert!(plan(&[due(1, Severity::Warning, at(1))], &full, START, at(1)).alone.is_empty());
        let errors = sent(NOTICES_MAX + OTHERS_MAX, Severity::Error);
        assert_eq!(plan(&[due(1, Severity::Critical, at(1))], &errors, START, at(1)).alone.len(), 1);
        assert_eq!(plan(&[due(1, Severity::Info, at(1))], &errors, START, at(1)).alone.len(), 1, "nor the other way");
    }

    #[test]
    fn saves_in_a_row_make_one_mail() {
        let save = |n: i64, since: Timestamp| Due { gathers: true, ..due(n, Severity::Warning, since) };
        let saves: Vec<Due> = (0..12).map(|n| save(n, at(20_000 * n))).collect();
        let other = due(99, Severity::Warning, at(1));
        let early = plan(&[&saves[..], &[other]].concat(), &[], START, at(250_000));
        assert_eq!(early, Plan { alone: ids(&[99]), again: Some(START + GATHER), ..Plan::default() });
        let then = plan(&saves, &[], START, START + GATHER);
        assert_eq!(then, Plan { gathered: (0..12).map(IncidentId).collect(), ..Plan::default() });
        let set_back = plan(&saves, &[], START, START - GATHER);
        assert_eq!(set_back.gathered.len(), 12, "a clock that was set back does not keep them");
    }

    fn severities() -> impl Strategy<Value = Severity> {
        prop::sample::select(Severity::ALL.to_vec())
    }

    proptest! {
        /// Simulates a random hour, planned every few seconds. Within any ten minutes no contact gets more mails than the
        /// bounds. Every due notice has gone out, or has a time at which it will.
        #[test]
        fn windows_keep_mail_bounds_and_lose_no_notice(
            arrivals in prop::collection::vec((0i64..3_600_000, severities()), 1..400), step in 1000u64..30_000
        ) {
            let mut arrivals: Vec<Due> =
                (0i64..).zip(arrivals).map(|(n, (millis, severity))| due(n, severity, at(millis))).collect();
            arrivals.sort_by_key(|due| due.since);
            let (mut waiting, mut sent, mut told) = (Vec::new(), Vec::<Sent>::new(), 0);
            let total = arrivals.len();
            let mut arrivals = arrivals.into_iter().peekable();
            let mut now = START;
            while now < START + HOUR + 3 * WINDOW {
                while let Some(next) = arrivals.next_if(|due| due.since <= now) { waiting.push(next); }
                let planned = plan(&waiting, &sent, START, now);
                let left = waiting.len() - planned.alone.len() - planned.digest.len();
                prop_assert!(left == 0 || planned.again.is_some_and(|again| again > now));
                for id in &planned.alone {
                    let severity = waiting.iter().find(|due| due.incident == *id).expect("it was due").severity;
                    sent.push(Sent { at: now, severity, source: Some(1) });
                }
                if !planned.digest.is_empty() { sent.push(Sent { at: now, severity: Severity::Info, source: None }); }
                told += planned.alone.len() + planned.digest.len();
                waiting.retain(|due| !planned.alone.contains(&due.incident) && !planned.digest.contains(&due.incident));
                let recent = sent.iter().filter(|sent| now.since(sent.at) < WINDOW);
                let mut of_rank: HashMap<Rank, usize> = HashMap::new();
                recent.for_each(|sent| *of_rank.entry(Rank::of(sent.severity)).or_default() += 1);
                // A digest comes on top of the bound, and two digests are never nearer than the window.
                let is_within = |(rank, count): (&Rank, &usize)| *count <= rank.most() + usize::from(*rank == Rank::Lesser);
                prop_assert!(of_rank.iter().all(is_within), "{of_rank:?}");
                now += Duration::from_millis(step);
            }
            prop_assert_eq!(told, total);
        }
    }
}
