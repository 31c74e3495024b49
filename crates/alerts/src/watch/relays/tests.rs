//! Tests of the findings about the route: each has evidence from the settings in force, and its facts.

use model::event::{EventCode, EventKind, OwnCode};
use model::health::{Event, FoundFault, Generation, RouteHealth, SettingsChange};
use model::hold::NeededProof;
use model::incident::{Incident, NewIncident, Raised};
use model::settings::{AddressFamily, Auth, Encryption, Host};
use proptest::prelude::*;

use super::*;
use crate::relay_check::is_undecided;

const START: Timestamp = Timestamp::from_secs(1_767_261_600);
const MINUTE: Duration = Duration::from_mins(1);

fn settings(id: u32) -> RelaySettings {
    RelaySettings {
        id: RelayId(id),
        name: format!("relay-{id}"),
        host: Host::Ip([127, 0, 0, 1].into()),
        port: 587,
        encryption: Encryption::None,
        auth: Auth::None,
        mechanism: None,
        ehlo_name: None,
        source_address: None,
        family: AddressFamily::Any,
        connections: 2,
    }
}

fn known(health: &RouteHealth) -> Vec<KnownRelay> {
    let of = |relay: &model::health::RelayHealth| KnownRelay {
        settings: settings(relay.id().0),
        state: relay.state().clone(),
        settings_since: relay.settings_since(),
        is_outdated: relay.is_outdated(),
        is_on_trial: relay.is_on_trial(),
        proven: relay.proven(),
        accepted: relay.accepted(),
    };
    health.relays().iter().map(of).collect()
}

fn observe(relays: &[KnownRelay], now: Timestamp) -> Observation {
    let mut observation = Observation::default();
    observation.mark_checked(&[OwnCode::RelayNone, OwnCode::RelayFallbackActive]);
    observation.mark_checked(&FAULTS);
    let rewritten = BTreeSet::new();
    let view =
        RouteView { relays, senders: &[], grants: &[], own_sender: "", rewritten: &rewritten, has_accepted: true, closed: None };
    check_route(&view, now, &mut observation);
    observation
}

fn codes(relays: &[KnownRelay], now: Timestamp) -> Vec<String> {
    observe(relays, now).found().iter().map(|found| format!("{} {}", found.code, found.object)).collect()
}

/// A route of relays 1, 2 and so on, each open, held for a cause since the start, or outdated.
fn route(states: &[&str]) -> Vec<KnownRelay> {
    let relay = |(id, state): (u32, &&str)| {
        let hold = |cause| match RelayState::Open.fail(cause, "words".into(), START) {
            held @ RelayState::Held(_) => held,
            RelayState::Open => panic!("a fault holds"),
        };
        let (state, proven) = match *state {
            "open" => (RelayState::Open, None),
            "proven before" => (RelayState::Open, Some(START - MINUTE)),
            "proven" => (RelayState::Open, Some(START + MINUTE)),
            "tls" => (hold(HoldCause::Tls), None),
            "sign-in" | "outdated" => (hold(HoldCause::SignIn), None),
            "network" => (hold(HoldCause::Network), None),
            other => panic!("{other}"),
        };
        KnownRelay {
            settings: settings(id),
            state,
            settings_since: Timestamp::MIN,
            is_outdated: false,
            is_on_trial: false,
            proven,
            accepted: None,
        }
    };
    let mut relays: Vec<KnownRelay> = (1..).zip(states).map(relay).collect();
    for (known, state) in relays.iter_mut().zip(states) {
        if *state == "outdated" {
            (known.is_outdated, known.settings_since) = (true, START + MINUTE);
        }
    }
    relays
}

#[test]
fn findings_follow_from_the_states_of_the_route() {
    for (states, minutes, expected) in [
        (&["open"][..], 1, &[][..]),
        // No relay works: told at once, with the cause where one is known.
        (&["network"], 0, &["relay.none "]),
        (&["network"], 16, &["relay.none "]),
        (&["sign-in"], 0, &["relay.signin.refused relay-1"]),
        (&["tls"], 0, &["relay.trust.failed relay-1"]),
        (&["network", "network"], 0, &["relay.none "]),
        (&["network", "sign-in"], 0, &["relay.signin.refused relay-2"]),
        // A fallback is in use when it has worked since, not when nothing is known against it.
        (&["network", "open"], 1, &[]),
        (&["network", "proven before"], 1, &[]),
        (&["network", "proven"], 1, &["relay.fallback.active relay-1"]),
        (&["sign-in", "proven"], 1, &["relay.signin.refused relay-1", "relay.fallback.active relay-1"]),
        (&["network", "network", "proven"], 1, &["relay.fallback.active relay-1"]),
        // A fault of former settings is no finding.
        (&["outdated"], 1, &[]),
        (&["outdated", "network"], 1, &[]),
        (&["outdated", "proven"], 1, &[]),
        (&["network", "outdated"], 1, &[]),
    ] {
        let found = codes(&route(states), START + minutes * MINUTE);
        assert_eq!(found, expected, "{states:?} after {minutes} minutes");
    }
}

/// A code that could not be checked leaves its incident open.
#[test]
fn outdated_hold_ends_no_incident_and_begins_none() {
    let observation = observe(&route(&["outdated"]), START + MINUTE);
    for code in FAULTS {
        assert!(!observation.is_over(code, "relay-1", Timestamp::MAX), "{code}");
    }
    assert!(!observation.is_over(OwnCode::RelayNone, "", Timestamp::MAX));
    assert!(observe(&route(&["open"]), START).is_over(OwnCode::RelayNone, "", Timestamp::MAX), "an open relay ends it");
}

/// A fault of former settings is kept while the present ones are checked, and no longer.
#[test]
fn fault_of_former_settings_ends_after_the_check() {
    let (raised, saved) = (START, START + MINUTE);
    for (state, seconds, over) in [
        ("outdated", 1, false),
        ("outdated", 14, false),
        ("outdated", 15, true),
        // The network hides whether the present settings have the fault.
        ("network", 15, true),
        ("network", 3600, true),
    ] {
        let mut relays = route(&[state]);
        relays[0].settings_since = saved;
        let observation = observe(&relays, saved + Duration::from_secs(seconds));
        assert_eq!(observation.is_over(OwnCode::RelaySigninRefused, "relay-1", raised), over, "{state} after {seconds} s");
        assert!(
            !observation.is_over(OwnCode::RelayTrustFailed, "relay-1", saved + MINUTE),
            "{state}: one of the present settings stays"
        );
    }
}

/// A notice about a relay waits while new settings of that relay are checked.
#[test]
fn notice_of_former_settings_waits_for_the_check() {
    let incident = |code: EventCode, object: &str| {
        let raised = Raised { severity: Severity::Error, facts: model::event::Facts::new(), step: None };
        let id = model::id::IncidentId(1);
        let new = NewIncident { id, kind: EventKind::Lasting, code, object, by: "postwacht", inhibited: false };
        Incident::begin(new, raised, START).0
    };
    let relays = route(&["outdated", "network"]);
    let at = |seconds| START + MINUTE + Duration::from_secs(seconds);
    for (code, object, seconds, expected) in [
        (OwnCode::RelayRefused, "relay-1", 1, true),
        (OwnCode::RelayNone, "", 1, true),
        (OwnCode::RelayRefused, "relay-1", 15, false),
        (OwnCode::RelayRefused, "relay-2", 1, false),
        (OwnCode::RelaySenderRefused, "relay-1 a@x", 1, false),
        (OwnCode::QueueStuck, "", 1, false),
    ] {
        assert_eq!(
            is_undecided(&incident(code.into(), object), &relays, at(seconds)),
            expected,
            "{code} {object} after {seconds} s"
        );
    }
}

/// Once another incident tells of the present settings, `relay.none` of the former ones is over.
#[test]
fn none_of_former_settings_ends_when_another_fault_is_found() {
    for (states, over) in [(&["tls"][..], true), (&["sign-in"], true), (&["outdated"], false)] {
        let mut relays = route(states);
        relays[0].settings_since = START + MINUTE;
        let observation = observe(&relays, START + MINUTE);
        assert_eq!(observation.is_over(OwnCode::RelayNone, "", START), over, "{states:?}");
        assert!(!observation.is_over(OwnCode::RelayNone, "", START + MINUTE), "{states:?}: one of the present settings stays");
    }
}

/// A probe that takes long proves nothing: no relay works, as far as is known.
#[test]
fn none_stays_while_a_slow_probe_is_under_way() {
    let relays = route(&["outdated", "outdated"]);
    for seconds in [1, 15, 60] {
        let observation = observe(&relays, START + MINUTE + Duration::from_secs(seconds));
        assert!(!observation.is_over(OwnCode::RelayNone, "", START), "after {seconds} s");
    }
}

/// A refused sender stops the alarms only if it is the site's own. While notices under a former one are written anew, nothing is
/// known of it: the relay may have refused nothing else.
#[test]
fn refused_sender_is_critical_if_it_is_our_own() {
    let RelayState::Held(hold) = RelayState::Open.fail(HoldCause::Sender, "553 no".into(), START) else { panic!("held") };
    let senders = [(RelayId(1), "ops@x.example".to_owned(), hold)];
    const CODE: OwnCode = OwnCode::RelaySenderRefused;
    for (own_sender, rewritten, severity, is_over) in [
        ("ops@x.example", "", Some(Severity::Critical), false),
        ("alice@x.example", "", Some(Severity::Error), false),
        ("alice@x.example", "old@x.example", Some(Severity::Error), false),
        ("alice@x.example", "ops@x.example", None, false),
    ] {
        let mut observation = Observation::default();
        observation.mark_checked(&[CODE]);
        let relays = route(&["open"]);
        let rewritten = BTreeSet::from([rewritten.to_owned()]);
        let view = RouteView {
            relays: &relays,
            senders: &senders,
            grants: &[],
            own_sender,
            rewritten: &rewritten,
            has_accepted: true,
            closed: None,
        };
        check_route(&view, START, &mut observation);
        let found: Vec<_> = observation.found().iter().map(|found| (found.code, found.raised.severity)).collect();
        assert_eq!(found, Vec::from_iter(severity.map(|severity| (CODE, severity))), "{own_sender}, {rewritten:?}");
        let object = format!("{} ops@x.example", relays[0].settings.name);
        assert_eq!(observation.is_over(CODE, &object, START), is_over, "{own_sender}, {rewritten:?}");
    }
}

#[derive(Clone, Debug)]
enum Happening {
    SignedIn(u32),
    Accepted(u32),
    Failed(u32, HoldCause),
    ProbeFailed(u32, HoldCause),
    Saved(u32),
    LookNow(u32),
}

fn found(cause: HoldCause, words: &str) -> FoundFault {
    FoundFault { cause, words: words.to_owned(), advice: None }
}

fn happening() -> impl Strategy<Value = Happening> {
    let relay = || 1..=2_u32;
    let cause = || prop::sample::select(vec![HoldCause::Network, HoldCause::Tls, HoldCause::SignIn, HoldCause::Configuration]);
    prop_oneof![
        relay().prop_map(Happening::SignedIn),
        relay().prop_map(Happening::Accepted),
        (relay(), cause()).prop_map(|(relay, cause)| Happening::Failed(relay, cause)),
        (relay(), cause()).prop_map(|(relay, cause)| Happening::ProbeFailed(relay, cause)),
        relay().prop_map(Happening::Saved),
        relay().prop_map(Happening::LookNow),
    ]
}

proptest! {
    /// Over saves, outages, repairs and tests: no finding names a fault that was found before the last save of its relay, and none
    /// lacks a fact.
    #[test]
    fn findings_have_evidence_of_the_settings_in_force(all in prop::collection::vec(happening(), 1..60)) {
        let mut health = RouteHealth::default();
        let same = [(RelayId(1), SettingsChange::Changed), (RelayId(2), SettingsChange::Changed)];
        health.renew(&same, START);
        let mut faults: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
        let generation = |health: &RouteHealth, id: u32| health.of(RelayId(id)).map_or(Generation::default(), |relay| relay.generation());
        for (minute, what) in all.into_iter().enumerate() {
            let now = START + u32::try_from(minute).unwrap_or(0) * MINUTE;
            let words = format!("fault {minute}");
            let step = |health: &mut RouteHealth, id: u32, event: Event| {
                let generation = generation(health, id);
                drop(health.step(RelayId(id), generation, event, now));
            };
            match what {
                Happening::SignedIn(id) => step(&mut health, id, Event::SignedIn),
                Happening::Accepted(id) => step(&mut health, id, Event::Accepted { opened: now }),
                Happening::LookNow(id) => step(&mut health, id, Event::LookNow),
                Happening::Failed(id, cause) => {
                    step(&mut health, id, Event::Failed { fault: found(cause, &words), needs: NeededProof::SignIn });
                    faults.insert(id, words);
                }
                Happening::ProbeFailed(id, cause) => {
                    step(&mut health, id, Event::ProbeFailed(found(cause, &words)));
                    faults.insert(id, words);
                }
                Happening::Saved(id) => {
                    let of = |other: u32| if other == id { SettingsChange::Changed } else { SettingsChange::Same };
                    health.renew(&[(RelayId(1), of(1)), (RelayId(2), of(2))], now);
                    faults.remove(&id);
                }
            }
            let observation = observe(&known(&health), now);
            for found in observation.found() {
                prop_assert_eq!(found.code.entry().missing(&found.raised.facts), Vec::<&str>::new(), "{}", found.code);
                let relay = found.raised.facts["relay"].strip_prefix("relay-").and_then(|id| id.parse::<u32>().ok());
                let id = relay.expect("a relay");
                prop_assert!(faults.contains_key(&id), "{} of relay {} has no fault since its last save", found.code, id);
                prop_assert!(time_of(&found.raised.facts["since"]) <= now);
            }
            let usable = health.relays().iter().any(|relay| relay.is_open());
            let told = observation.found().iter().any(|found| found.raised.severity == Severity::Critical);
            let is_unknown = health.relays().iter().any(|relay| relay.is_outdated());
            prop_assert!(usable || told || is_unknown, "no relay works, and nothing critical is found");
        }
    }
}

fn time_of(value: &str) -> Timestamp {
    model::event::time_of_fact(value).expect("a time")
}
