use super::*;
use crate::event::entry;

const HOUR: i64 = 60 * MINUTE;

fn said(severity: Severity) -> Raised {
    Raised { severity, facts: Facts::new(), step: None }
}

fn counted(days: i64) -> Raised {
    Raised { severity: Severity::Info, facts: Facts::new(), step: Some(days) }
}

fn new(code: &str) -> NewIncident<'_> {
    NewIncident { id: IncidentId(1), kind: entry(code).unwrap().kind, code, object: "", by: "test", inhibited: false }
}

fn begun(severity: Severity) -> Incident {
    Incident::begin(NewIncident { object: "r", ..new("relay.unreachable") }, said(severity), 0).0
}

/// Sends the pending notice and returns its kind.
fn told(incident: &mut Incident, now: i64) -> Option<NoticeKind> {
    let kind = incident.told.pending.map(|pending| pending.kind);
    if kind.is_some() {
        incident.notice_made("id", now);
    }
    kind
}

#[test]
fn incident_is_raised_reminded_and_resolved() {
    let mut incident = begun(Severity::Error);
    assert_eq!(told(&mut incident, 0), Some(NoticeKind::Raised));
    assert_eq!(incident.next_tick(), Some(24 * HOUR));
    assert_eq!(incident.meet(Input::Tick, 24 * HOUR - 1), []);
    assert_eq!(incident.meet(Input::Tick, 24 * HOUR), [Act::Reminded]);
    assert_eq!(told(&mut incident, 24 * HOUR), Some(NoticeKind::Reminder));
    assert_eq!(incident.meet(Input::Clear, 25 * HOUR), [Act::Resolved]);
    assert_eq!(told(&mut incident, 25 * HOUR), Some(NoticeKind::Resolved));
    assert_eq!((incident.state, incident.told.count, incident.ended), (IncidentState::Resolved, 3, Some(25 * HOUR)));
    assert!(!incident.is_over(25 * HOUR) && incident.is_over(26 * HOUR));
}

/// A critical incident is reminded of every four hours, an informational one never.
#[test]
fn reminder_interval_follows_severity() {
    let mut critical = begun(Severity::Critical);
    told(&mut critical, 0);
    assert_eq!(critical.next_tick(), Some(4 * HOUR));
    let mut info = begun(Severity::Info);
    told(&mut info, 0);
    assert_eq!((info.next_tick(), info.meet(Input::Tick, 1000 * HOUR)), (None, vec![]));
}

#[test]
fn repeated_raise_is_counted_but_not_told() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, 0);
    for n in 1..1000 {
        assert_eq!(incident.meet(Input::Raise(said(Severity::Error)), n), [Act::Again]);
        assert_eq!(incident.meet(Input::Holds(said(Severity::Error)), n), []);
    }
    assert_eq!((incident.raises, told(&mut incident, 1000)), (1000, None));
}

#[test]
fn higher_severity_is_told_and_ends_acknowledgement() {
    let mut incident = begun(Severity::Warning);
    told(&mut incident, 0);
    assert_eq!(incident.meet(Input::Acknowledge("ann".into()), 1), [Act::Acknowledged]);
    assert_eq!(incident.meet(Input::Tick, 30 * HOUR), [], "whoever took it on is not reminded");
    assert_eq!(incident.meet(Input::Holds(said(Severity::Critical)), 31 * HOUR), [Act::Worse]);
    assert_eq!((told(&mut incident, 31 * HOUR), incident.acknowledged.clone()), (Some(NoticeKind::Worse), None));
}

#[test]
fn countdown_is_told_at_steps_and_reminded_after_end() {
    let code = "oauth.secret.expiring";
    let mut incident = Incident::begin(NewIncident { object: "r", ..new(code) }, counted(60), 0).0;
    assert_eq!(told(&mut incident, 0), Some(NoticeKind::Raised));
    let mut at = 0;
    for (step, kind) in [(60, None), (30, Some(NoticeKind::Worse)), (30, None), (14, Some(NoticeKind::Worse))] {
        at += 100 * HOUR;
        incident.meet(Input::Holds(counted(step)), at);
        incident.meet(Input::Tick, at);
        assert_eq!(told(&mut incident, at), kind, "{step}");
    }
    incident.meet(Input::Holds(Raised { severity: Severity::Critical, ..counted(0) }), at);
    assert_eq!(told(&mut incident, at), Some(NoticeKind::Worse));
    assert_eq!(incident.next_tick(), Some(at + 4 * HOUR));
}

#[test]
fn incident_that_ended_untold_gives_one_notice() {
    let mut incident = begun(Severity::Error);
    incident.meet(Input::Tick, 30 * HOUR);
    incident.meet(Input::Clear, 31 * HOUR);
    assert_eq!(incident.told.pending, Some(Pending { kind: NoticeKind::Ended, since: 0 }));
    incident.meet(Input::Raise(said(Severity::Error)), 31 * HOUR + 1);
    assert_eq!(told(&mut incident, 32 * HOUR), Some(NoticeKind::Raised), "and back again, it is raised");
}

#[test]
fn unsent_recovery_becomes_reminder_when_raised_again() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, 0);
    incident.meet(Input::Clear, MINUTE);
    incident.meet(Input::Raise(said(Severity::Error)), 2 * MINUTE);
    assert_eq!(told(&mut incident, 3 * MINUTE), Some(NoticeKind::Reminder));
}

/// Four changes in an hour give one notice, then silence until the incident is stable.
#[test]
fn flapping_incident_is_told_once_until_stable() {
    let mut incident = begun(Severity::Critical);
    let mut kinds = vec![told(&mut incident, 0)];
    for n in 1..20 {
        let now = n * MINUTE;
        let input = if n % 2 == 1 { Input::Clear } else { Input::Raise(said(Severity::Critical)) };
        incident.meet(input, now);
        incident.meet(Input::Tick, now);
        kinds.push(told(&mut incident, now));
    }
    let kinds: Vec<NoticeKind> = kinds.into_iter().flatten().collect();
    assert_eq!(kinds, [NoticeKind::Raised, NoticeKind::Resolved, NoticeKind::Raised, NoticeKind::Unstable]);
    assert_eq!(incident.next_tick(), Some(49 * MINUTE));
    assert_eq!(incident.meet(Input::Tick, 49 * MINUTE), [Act::Stable]);
    assert_eq!((incident.state, told(&mut incident, 49 * MINUTE)), (IncidentState::Resolved, Some(NoticeKind::Resolved)));
}

#[test]
fn inhibited_incident_is_told_after_inhibition_ends() {
    let new = NewIncident { inhibited: true, ..new("FO-05") };
    let (mut incident, act) = Incident::begin(new, said(Severity::Warning), 0);
    assert_eq!((act, told(&mut incident, 0)), (Act::Inhibited, None));
    assert_eq!(incident.meet(Input::Inhibited(false), MINUTE), [Act::Raised]);
    assert_eq!(incident.meet(Input::Inhibited(true), MINUTE), [Act::Inhibited], "nobody was told yet");
    assert_eq!(incident.meet(Input::Clear, 2 * MINUTE), [Act::Resolved]);
    assert_eq!(told(&mut incident, 2 * MINUTE), None, "nobody heard of it, nobody hears of its end");
}

/// A notified incident stays open while it is inhibited. It is superseded without a recovery.
#[test]
fn notified_incident_is_superseded_silently() {
    let mut incident = begun(Severity::Critical);
    told(&mut incident, 0);
    assert_eq!(incident.meet(Input::Inhibited(true), MINUTE), []);
    assert_eq!(incident.meet(Input::Supersede, 2 * MINUTE), [Act::Superseded]);
    assert_eq!(told(&mut incident, 2 * MINUTE), None);
    incident.meet(Input::Raise(said(Severity::Critical)), 3 * MINUTE);
    assert_eq!((incident.since, told(&mut incident, 3 * MINUTE)), (0, Some(NoticeKind::Raised)), "first seen as before");
}

#[test]
fn event_without_end_is_told_once() {
    let (mut incident, act) = Incident::begin(new("settings.changed"), said(Severity::Warning), 0);
    assert_eq!((act, incident.state), (Act::Happened, IncidentState::Happened));
    assert!(!incident.is_over(0), "it is still to be told");
    assert_eq!(told(&mut incident, 0), Some(NoticeKind::Happened));
    assert_eq!(incident.meet(Input::Tick, 100 * HOUR), []);
    assert!(incident.is_over(0));
}

#[test]
fn notice_taken_back_is_told_anew_with_current_kind() {
    let mut incident = begun(Severity::Error);
    told(&mut incident, 0);
    incident.taken_back(NoticeKind::Raised, 0, "id");
    assert_eq!(incident.told.pending, Some(Pending { kind: NoticeKind::Raised, since: 0 }));
    incident.meet(Input::Clear, MINUTE);
    assert_eq!(told(&mut incident, MINUTE), Some(NoticeKind::Ended));
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
            any::<bool>().prop_map(Input::Inhibited),
            Just(Input::Tick),
            Just(Input::Acknowledge("x".into())),
        ]
    }

    proptest! {
        /// Checks any sequence of inputs. An incident is never told twice within its reminder time unless it changed between.
        /// An end is never told to contacts who heard of no beginning. Memory stays bounded.
        #[test]
        fn notices_are_sparse_and_ends_follow_beginnings(steps in prop::collection::vec((inputs(), 0i64..20 * MINUTE, any::<bool>()), 1..200)) {
            let mut incident = begun(Severity::Error);
            let (mut now, mut heard, mut last) = (0, false, None::<(NoticeKind, i64)>);
            for (input, wait, goes) in steps {
                now += wait;
                let quiet = matches!(input, Input::Tick) && incident.told.pending.is_none();
                incident.meet(input, now);
                prop_assert!(incident.changes.len() <= 64, "bounded by the hour and the calls: {}", incident.changes.len());
                if !goes { continue; }
                let Some(kind) = told(&mut incident, now) else { continue };
                match kind {
                    NoticeKind::Resolved => prop_assert!(heard),
                    NoticeKind::Reminder if quiet => {
                        // The notice of stability may follow a late notice of instability.
                        let after = last.filter(|(kind, _)| *kind != NoticeKind::Unstable);
                        prop_assert!(after.is_none_or(|(_, at)| now - at >= 4 * HOUR), "{after:?} {now}");
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
    told(&mut incident, 0);
    for n in 0..3 {
        incident.meet(Input::Clear, 2 * n + 1);
        incident.meet(Input::Raise(said(Severity::Warning)), 2 * n + 2);
    }
    assert!(matches!(incident.state, IncidentState::Unstable { open: true }), "{:?}", incident.state);
    told(&mut incident, 10);
    incident.meet(Input::Clear, 11);
    assert_eq!(incident.meet(Input::Raise(said(Severity::Critical)), 12), [Act::Raised, Act::Worse]);
    assert_eq!(told(&mut incident, 12), Some(NoticeKind::Unstable));
    incident.meet(Input::Clear, 13);
    assert_eq!(incident.meet(Input::Raise(said(Severity::Warning)), 14), [Act::Raised]);
    incident.meet(Input::Raise(said(Severity::Critical)), 15);
    assert_eq!(told(&mut incident, 15), None, "as bad as it was is no news");
    assert_eq!(incident.worst, Some(Severity::Critical), "what is told of its end is told to all who heard of it");
}
