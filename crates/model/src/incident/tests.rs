use std::time::Duration;

use super::*;
use crate::event::{Facts, OwnCode, Severity};
use crate::id::IncidentId;
use crate::time::Timestamp;

const START: Timestamp = Timestamp::EPOCH;
const MILLI: Duration = Duration::from_millis(1);

fn ms(n: i64) -> Timestamp {
    Timestamp::from_millis(n)
}

fn minutes(n: u64) -> Timestamp {
    START + Duration::from_mins(n)
}

fn hours(n: u64) -> Timestamp {
    START + Duration::from_hours(n)
}

fn said(severity: Severity) -> Raised {
    Raised { severity, facts: Facts::new(), step: None }
}

fn counted(days: i64) -> Raised {
    Raised { severity: Severity::Info, facts: Facts::new(), step: Some(days) }
}

fn new(code: OwnCode) -> NewIncident<'static> {
    NewIncident { id: IncidentId(1), kind: code.entry().kind, code: code.into(), object: "", by: "test", inhibited: false }
}

fn begun(severity: Severity) -> Incident {
    Incident::begin(NewIncident { object: "r", ..new(OwnCode::RelayUnreachable) }, said(severity), START).0
}

/// Sends the pending notice and returns its kind.
fn told(incident: &mut Incident, now: Timestamp) -> Option<NoticeKind> {
    let kind = incident.notices.pending.map(|pending| pending.kind);
    if kind.is_some() {
        incident.notices.made("id", now);
    }
    kind
}

#[test]
fn incident_is_raised_reminded_and_resolved() {
    let mut incident = begun(Severity::Error);
    assert_eq!(told(&mut incident, START), Some(NoticeKind::Raised));
    assert_eq!(incident.next_tick(), Some(hours(24)));
    assert_eq!(incident.apply(Input::Tick, hours(24) - MILLI), []);
    assert_eq!(incident.apply(Input::Tick, hours(24)), [IncidentAct::Reminded]);
    assert_eq!(told(&mut incident, hours(24)), Some(NoticeKind::Reminder));
    assert_eq!(incident.apply(Input::Clear, hours(25)), [IncidentAct::Resolved]);
    assert_eq!(told(&mut incident, hours(25)), Some(NoticeKind::Resolved));
    assert_eq!((incident.state, incident.notices.count, incident.ended), (IncidentState::Resolved, 3, Some(hours(25))));
    assert!(!incident.is_over(hours(25)) && incident.is_over(hours(26)));
}

/// A critical incident is reminded of every four hours, an informational one never.
#[test]
fn reminder_interval_follows_severity() {
    let mut critical = begun(Severity::Critical);
    told(&mut critical, START);
    assert_eq!(critical.next_tick(), Some(hours(4)));
    let mut info = begun(Severity::Info);
    told(&mut info, START);
    assert_eq!((info.next_tick(), info.apply(Input::Tick, hours(1000))), (None, vec![]));
}

#[test]
fn repeated_raise_is_counted_but_not_told() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, START);
    for n in 1..1000 {
        assert_eq!(incident.apply(Input::Raise(said(Severity::Error)), ms(n)), [IncidentAct::Again]);
        assert_eq!(incident.apply(Input::Holds(said(Severity::Error)), ms(n)), []);
    }
    assert_eq!((incident.raises, told(&mut incident, ms(1000))), (1000, None));
}

#[test]
fn higher_severity_is_told_and_ends_acknowledgement() {
    let mut incident = begun(Severity::Warning);
    told(&mut incident, START);
    assert_eq!(incident.apply(Input::Acknowledge("ann".into()), ms(1)), [IncidentAct::Acknowledged]);
    assert_eq!(incident.apply(Input::Tick, hours(30)), [], "whoever took it on is not reminded");
    assert_eq!(incident.apply(Input::Holds(said(Severity::Critical)), hours(31)), [IncidentAct::Worse]);
    assert_eq!((told(&mut incident, hours(31)), incident.acknowledged.clone()), (Some(NoticeKind::Worse), None));
}

#[test]
fn countdown_is_told_at_steps_and_reminded_after_end() {
    let code = OwnCode::OauthSecretExpiring;
    let mut incident = Incident::begin(NewIncident { object: "r", ..new(code) }, counted(60), START).0;
    assert_eq!(told(&mut incident, START), Some(NoticeKind::Raised));
    let mut at = START;
    for (step, kind) in [(60, None), (30, Some(NoticeKind::Worse)), (30, None), (14, Some(NoticeKind::Worse))] {
        at += Duration::from_hours(100);
        incident.apply(Input::Holds(counted(step)), at);
        incident.apply(Input::Tick, at);
        assert_eq!(told(&mut incident, at), kind, "{step}");
    }
    incident.apply(Input::Holds(Raised { severity: Severity::Critical, ..counted(0) }), at);
    assert_eq!(told(&mut incident, at), Some(NoticeKind::Worse));
    assert_eq!(incident.next_tick(), Some(at + Duration::from_hours(4)));
}

#[test]
fn incident_that_ended_untold_gives_one_notice() {
    let mut incident = begun(Severity::Error);
    incident.apply(Input::Tick, hours(30));
    incident.apply(Input::Clear, hours(31));
    assert_eq!(incident.notices.pending, Some(PendingNotice { kind: NoticeKind::Ended, since: START }));
    incident.apply(Input::Raise(said(Severity::Error)), hours(31) + MILLI);
    assert_eq!(told(&mut incident, hours(32)), Some(NoticeKind::Raised), "and back again, it is raised");
}

#[test]
fn unsent_recovery_becomes_reminder_when_raised_again() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, START);
    incident.apply(Input::Clear, minutes(1));
    incident.apply(Input::Raise(said(Severity::Error)), minutes(2));
    assert_eq!(told(&mut incident, minutes(3)), Some(NoticeKind::Reminder));
}

/// Four changes in an hour give one notice, then silence until the incident is stable.
#[test]
fn flapping_incident_is_told_once_until_stable() {
    let mut incident = begun(Severity::Critical);
    let mut kinds = vec![told(&mut incident, START)];
    for n in 1..20 {
        let now = minutes(n);
        let input = if n % 2 == 1 { Input::Clear } else { Input::Raise(said(Severity::Critical)) };
        incident.apply(input, now);
        incident.apply(Input::Tick, now);
        kinds.push(told(&mut incident, now));
    }
    let kinds: Vec<NoticeKind> = kinds.into_iter().flatten().collect();
    assert_eq!(kinds, [NoticeKind::Raised, NoticeKind::Resolved, NoticeKind::Raised, NoticeKind::Unstable]);
    assert_eq!(incident.next_tick(), Some(minutes(49)));
    assert_eq!(incident.apply(Input::Tick, minutes(49)), [IncidentAct::Stable]);
    assert_eq!((incident.state, told(&mut incident, minutes(49))), (IncidentState::Resolved, Some(NoticeKind::Resolved)));
}

/// Start and count are of the same time, also while it comes and goes.
#[test]
fn start_and_count_are_of_the_same_time() {
    let raise = || Input::Raise(said(Severity::Error));
    let mut incident = begun(Severity::Error);
    told(&mut incident, START);
    let rows = [
        (5, raise(), START, 2),
        (10, Input::Clear, START, 2),
        // A new period.
        (15, raise(), minutes(15), 1),
        // It comes and goes since the first raise of this hour.
        (20, Input::Clear, START, 2),
        (25, raise(), START, 3),
        (30, Input::Clear, START, 3),
        (61, Input::Tick, START, 3),
        // It was stable, and comes again: it comes and goes since the first raise of the last hour.
        (70, raise(), minutes(15), 3),
    ];
    for (minute, input, since, raises) in rows {
        incident.apply(input, minutes(minute));
        told(&mut incident, minutes(minute));
        assert_eq!((incident.since, incident.raises), (since, raises), "minute {minute}");
    }
}

/// A notice that comes back from the queue is written again unless its incident is over and told.
#[test]
fn flapping_incident_is_never_told_for_good() {
    let mut incident = begun(Severity::Critical);
    let mut states = vec![(incident.state, incident.is_told())];
    for n in 1..6 {
        let input = if n % 2 == 1 { Input::Clear } else { Input::Raise(said(Severity::Critical)) };
        incident.apply(input, minutes(n));
        told(&mut incident, minutes(n));
        states.push((incident.state, incident.is_told()));
    }
    incident.apply(Input::Tick, hours(1));
    states.push((incident.state, incident.is_told()));
    told(&mut incident, hours(1));
    states.push((incident.state, incident.is_told()));
    let unstable = |open| (IncidentState::Unstable { open }, false);
    let expected = [
        (IncidentState::Open, false),
        (IncidentState::Resolved, true),
        (IncidentState::Open, false),
        unstable(false),
        unstable(true),
        unstable(false),
        (IncidentState::Resolved, false),
        (IncidentState::Resolved, true),
    ];
    assert_eq!(states, expected);
}

#[test]
fn inhibited_incident_is_told_after_inhibition_ends() {
    let new = NewIncident { inhibited: true, ..new(OwnCode::TestIpsUnreachable) };
    let (mut incident, act) = Incident::begin(new, said(Severity::Warning), START);
    assert_eq!((act, told(&mut incident, START)), (IncidentAct::Inhibited, None));
    assert_eq!(incident.apply(Input::Inhibited(false), minutes(1)), [IncidentAct::Raised]);
    assert_eq!(incident.apply(Input::Inhibited(true), minutes(1)), [IncidentAct::Inhibited], "nobody was told yet");
    assert_eq!(incident.apply(Input::Clear, minutes(2)), [IncidentAct::Resolved]);
    assert_eq!(told(&mut incident, minutes(2)), None, "nobody heard of it, nobody hears of its end");
}

/// A notified incident stays open while it is inhibited. It is superseded without a recovery.
#[test]
fn notified_incident_is_superseded_silently() {
    let mut incident = begun(Severity::Critical);
    told(&mut incident, START);
    assert_eq!(incident.apply(Input::Inhibited(true), minutes(1)), []);
    assert_eq!(incident.apply(Input::Supersede, minutes(2)), [IncidentAct::Superseded]);
    assert_eq!(told(&mut incident, minutes(2)), None);
    incident.apply(Input::Raise(said(Severity::Critical)), minutes(3));
    assert_eq!((incident.since, told(&mut incident, minutes(3))), (START, Some(NoticeKind::Raised)), "first seen as before");
}

#[test]
fn event_without_end_is_told_once() {
    let (mut incident, act) = Incident::begin(new(OwnCode::SettingsChanged), said(Severity::Warning), START);
    assert_eq!((act, incident.state), (IncidentAct::Happened, IncidentState::Happened));
    assert!(!incident.is_over(START), "it is still to be told");
    assert_eq!(told(&mut incident, START), Some(NoticeKind::Happened));
    assert_eq!(incident.apply(Input::Tick, hours(100)), []);
    assert!(incident.is_over(START));
}

/// An incident has one start. A later finding of the same trouble does not move it; a new incident has its own.
#[test]
fn start_in_facts_does_not_move_while_open() {
    let with = |since: &str| Raised { facts: Facts::from([("since".to_owned(), since.to_owned())]), ..said(Severity::Error) };
    let mut incident = begun(Severity::Error);
    incident.apply(Input::Holds(with("100")), minutes(1));
    incident.apply(Input::Holds(with("200")), minutes(2));
    assert_eq!(incident.facts["since"], "100");
    incident.apply(Input::Clear, minutes(3));
    incident.apply(Input::Holds(with("300")), minutes(4));
    assert_eq!(incident.facts["since"], "300");
}

#[test]
fn notice_taken_back_is_told_anew_with_current_kind() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, START);
    incident.notices.withdraw(PendingNotice { kind: NoticeKind::Raised, since: START }, "id");
    assert_eq!(incident.notices.pending, Some(PendingNotice { kind: NoticeKind::Raised, since: START }));
    incident.apply(Input::Clear, minutes(1));
    assert_eq!(told(&mut incident, minutes(1)), Some(NoticeKind::Ended));
}

/// The settings no longer have what the incident is about: that is told as such, once, and never as resolved.
#[test]
fn retired_incident_is_obsolete_and_told_as_such() {
    let mut known = begun(Severity::Error);
    told(&mut known, START);
    assert_eq!(known.apply(Input::Retire, minutes(1)), [IncidentAct::Obsolete]);
    assert_eq!((known.state, known.ended), (IncidentState::Obsolete, Some(minutes(1))));
    assert_eq!(told(&mut known, minutes(1)), Some(NoticeKind::Obsolete));
    for input in [Input::Retire, Input::Clear, Input::Tick] {
        assert_eq!(known.apply(input, minutes(2)), []);
    }
    let mut unknown = begun(Severity::Error);
    unknown.apply(Input::Retire, minutes(1));
    assert_eq!(told(&mut unknown, minutes(1)), Some(NoticeKind::Obsolete));
    let mut inhibited = begun(Severity::Error);
    inhibited.apply(Input::Inhibited(true), minutes(1));
    assert_eq!(inhibited.apply(Input::Retire, minutes(2)), [IncidentAct::Obsolete]);
    assert_eq!(told(&mut inhibited, minutes(2)), None);
    let mut flapping = begun(Severity::Error);
    told(&mut flapping, START);
    for minute in 1..5 {
        flapping.apply(if minute % 2 == 1 { Input::Clear } else { Input::Raise(said(Severity::Error)) }, minutes(minute));
    }
    assert!(matches!(flapping.state, IncidentState::Unstable { .. }), "{:?}", flapping.state);
    flapping.apply(Input::Retire, minutes(6));
    assert_eq!(told(&mut flapping, minutes(6)), Some(NoticeKind::Obsolete));
    // It comes back with the settings: a new beginning.
    known.apply(Input::Holds(said(Severity::Error)), minutes(3));
    assert_eq!((known.state, known.since), (IncidentState::Open, minutes(3)));
}

mod chance {
    use proptest::prelude::*;

    use super::*;

    fn inputs() -> impl Strategy<Value = Input> {
        let severity = prop::sample::select(Severity::ALL.to_vec());
        prop_oneof![
            severity.clone().prop_map(|severity| Input::Raise(said(severity))),
            severity.prop_map(|severity| Input::Holds(said(severity))),
            Just(Input::Clear),
            Just(Input::Supersede),
            Just(Input::Retire),
            any::<bool>().prop_map(Input::Inhibited),
            Just(Input::Tick),
            Just(Input::Acknowledge("x".into())),
        ]
    }

    proptest! {
        /// Checks any sequence of inputs. An incident is never told twice within its reminder time unless it changed between.
        /// An end is never told to contacts who heard of no beginning. Memory stays bounded.
        #[test]
        fn notices_are_sparse_and_ends_follow_beginnings(steps in prop::collection::vec((inputs(), 0u64..20 * 60_000, any::<bool>()), 1..200)) {
            let mut incident = begun(Severity::Error);
            let (mut now, mut heard, mut last) = (START, false, None::<(NoticeKind, Timestamp)>);
            for (input, wait, goes) in steps {
                now += Duration::from_millis(wait);
                let quiet = matches!(input, Input::Tick) && incident.notices.pending.is_none();
                incident.apply(input, now);
                prop_assert!(incident.changes.len() <= 64, "bounded by the hour and the calls: {}", incident.changes.len());
                if !goes { continue; }
                let Some(kind) = told(&mut incident, now) else { continue };
                match kind {
                    NoticeKind::Resolved => prop_assert!(heard),
                    NoticeKind::Reminder if quiet => {
                        // The notice of stability may follow a late notice of instability.
                        let after = last.filter(|(kind, _)| *kind != NoticeKind::Unstable);
                        prop_assert!(after.is_none_or(|(_, at)| now.since(at) >= Duration::from_hours(4)), "{after:?} {now:?}");
                    }
                    _ => {}
                }
                heard = true;
                last = Some((kind, now));
            }
        }
    }
}

#[test]
fn flapping_incident_is_told_again_at_new_worst() {
    let mut incident = begun(Severity::Warning);
    told(&mut incident, START);
    for n in 0..3 {
        incident.apply(Input::Clear, ms(2 * n + 1));
        incident.apply(Input::Raise(said(Severity::Warning)), ms(2 * n + 2));
    }
    assert!(matches!(incident.state, IncidentState::Unstable { open: true }), "{:?}", incident.state);
    told(&mut incident, ms(10));
    incident.apply(Input::Clear, ms(11));
    assert_eq!(incident.apply(Input::Raise(said(Severity::Critical)), ms(12)), [IncidentAct::Raised, IncidentAct::Worse]);
    assert_eq!(told(&mut incident, ms(12)), Some(NoticeKind::Unstable));
    incident.apply(Input::Clear, ms(13));
    assert_eq!(incident.apply(Input::Raise(said(Severity::Warning)), ms(14)), [IncidentAct::Raised]);
    incident.apply(Input::Raise(said(Severity::Critical)), ms(15));
    assert_eq!(told(&mut incident, ms(15)), None, "as bad as it was is no news");
    assert_eq!(incident.worst, Some(Severity::Critical), "what is told of its end is told to all who heard of it");
}
