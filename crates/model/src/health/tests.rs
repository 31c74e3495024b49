use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const RELAY: RelayId = RelayId(1);
const SENDER: &str = "a@x.example";

fn route(change: SettingsChange) -> RouteHealth {
    let mut route = RouteHealth::default();
    route.renew(&[(RELAY, change)], NOW);
    route
}

/// The time so many milliseconds after [`NOW`].
fn later(millis: u64) -> Timestamp {
    NOW + Duration::from_millis(millis)
}

fn words() -> String {
    "451 later".to_owned()
}

fn fault(cause: HoldCause) -> FoundFault {
    FoundFault { cause, words: words(), advice: Some("fault-lost".into()) }
}

fn failed(cause: HoldCause) -> Event {
    broken(cause, NeededProof::SignIn)
}

fn broken(cause: HoldCause, needs: NeededProof) -> Event {
    Event::Failed { fault: fault(cause), needs }
}

/// A session broke while a message was under way.
fn broken_message() -> Event {
    broken(HoldCause::Network, NeededProof::Message)
}

fn refused() -> Event {
    Event::SenderRefused { sender: SENDER.into(), fault: fault(HoldCause::Sender) }
}

fn step(route: &mut RouteHealth, event: Event, now: Timestamp) -> Vec<Effect> {
    let generation = route.of(RELAY).expect("in the route").generation();
    route.step(RELAY, generation, event, now).into_iter().map(|(_, effect)| effect).collect()
}

/// The route after these events, one second apart.
fn after(events: &[Event]) -> RouteHealth {
    let mut route = route(SettingsChange::Changed);
    for (at, event) in (0..).step_by(1000).zip(events) {
        step(&mut route, event.clone(), later(at));
    }
    route
}

fn relay_name(health: &RelayHealth) -> String {
    match health.state() {
        RelayState::Open => "open".to_owned(),
        RelayState::Held(hold) if health.is_on_trial() => format!("on trial ({}), probe {}", hold.cause.name(), hold.probes + 1),
        RelayState::Held(hold) => format!("held ({}), probe {}", hold.cause.name(), hold.probes + 1),
    }
}

fn sender_name(health: &RelayHealth) -> &'static str {
    match health.senders().get(SENDER) {
        None => "open",
        Some(SenderState::Held(_)) => "held",
        Some(SenderState::Trial(_)) => "on trial",
    }
}

fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Store { .. } => "store",
        Effect::Log(_) => "log",
        Effect::Strand => "strand",
        Effect::Unpark(Parked::All) => "unpark all",
        Effect::Unpark(Parked::OfSender(_)) => "unpark the sender's",
        Effect::Unpark(Parked::OneOfSender(_)) => "unpark one",
        Effect::RouteChanged => "route changed",
        Effect::WakeProber => "wake prober",
        Effect::WakeDelivery => "wake delivery",
    }
}

/// A table: a row for each event, a column for each state.
fn table(states: &[(&str, Vec<Event>)], events: &[(&str, Event)], name: impl Fn(&RelayHealth) -> String) -> String {
    let mut text = String::from("| event |");
    states.iter().for_each(|(state, _)| text += &format!(" {state} |"));
    text += "\n| --- |";
    states.iter().for_each(|_| text += " --- |");
    for (event_name, event) in events {
        text += &format!("\n| {event_name} |");
        for (_, before) in states {
            let mut route = after(before);
            let effects = step(&mut route, event.clone(), later(30_000));
            let effects: Vec<&str> = effects.iter().map(effect_name).collect();
            let named = name(route.of(RELAY).expect("in the route"));
            let effects = if effects.is_empty() { String::new() } else { format!(": {}", effects.join(", ")) };
            text += &format!(" **{named}**{effects} |");
        }
    }
    text + "\n"
}

/// Compares docs/health.md with the machine: state × event.
#[test]
fn documented_table_is_the_machine() {
    let relay_states = [
        ("open", vec![]),
        ("held (network)", vec![failed(HoldCause::Network)]),
        ("held (sign-in)", vec![failed(HoldCause::SignIn)]),
        ("held (configuration)", vec![failed(HoldCause::Configuration)]),
        ("held (network, in a message)", vec![broken_message()]),
        ("on trial", vec![broken_message(), Event::Rehearsed]),
    ];
    let probe_failed = Event::ProbeFailed(fault(HoldCause::Network));
    let relay_events = [
        ("a session signed in", Event::SignedIn),
        ("the relay would take a message", Event::Rehearsed),
        ("a message was accepted in a session opened after the fault", Event::Accepted { opened: later(20_000) }),
        (
            "a message was accepted in a session opened before the fault",
            Event::Accepted { opened: NOW - Duration::from_millis(1) },
        ),
        ("a message was answered, and accepted for nobody", Event::Answered { opened: later(20_000) }),
        ("a session failed (network)", failed(HoldCause::Network)),
        ("a session broke in a message", broken_message()),
        ("a probe failed (network)", probe_failed),
        ("look now", Event::LookNow),
    ];
    let sender_states =
        [("open", vec![]), ("held", vec![refused()]), ("on trial", vec![refused(), Event::TrialDue { sender: SENDER.into() }])];
    let sender_events = [
        ("the relay refused the sender", refused()),
        ("the relay accepted the sender", Event::SenderAccepted { sender: SENDER.into() }),
        ("a trial is due", Event::TrialDue { sender: SENDER.into() }),
        ("look now", Event::LookNow),
    ];
    let text = format!(
        "# Health of relays and senders\n\n\
         Made by a test from `crates/model/src/health`: the state after each event, then the effects in their order. One place\n\
         applies them: `crates/mail/src/queue/health.rs`.\n\n\
         - **Evidence counts only for the settings under which it was gathered.** A change of the relay's settings or of the\n  \
           From address begins a new generation; events of an older one change nothing.\n\
         - **A hold is probed, not tried with mail.** Only the first fault counts; then probes follow a schedule of their own\n  \
           (`model/src/hold.rs`).\n\
         - **A hold ends with a session that comes as far as the fault did.** A refusal behind the sign-in (held: configuration),\n  \
           or a session that broke at MAIL or RCPT, is disproved by a rehearsal: MAIL and RCPT without a message. After a session\n  \
           that broke in a message, the relay is on trial: messages go to it, and the first one that it answers ends the hold.\n\
         - **A relay is in use** for a sender if it is the first one of the route that takes it, and it has accepted a message.\n\n\
         ## A relay\n\n{}\n## A sender at a relay\n\n{}",
        table(&relay_states, &relay_events, relay_name),
        table(&sender_states, &sender_events, |health| sender_name(health).to_owned()),
    );
    testkit::assert_matches_file("docs/health.md", &text);
}

#[test]
fn older_session_does_not_disprove_newer_fault() {
    let mut route = after(&[failed(HoldCause::SignIn)]);
    assert_eq!(step(&mut route, Event::Accepted { opened: NOW - Duration::from_millis(1) }, later(5)), []);
    assert!(!route.is_open(RELAY), "the session was signed in before the relay refused the password");
    assert!(!step(&mut route, Event::Accepted { opened: later(5) }, later(6)).is_empty());
    assert!(route.is_open(RELAY));
}

#[test]
fn relay_is_in_use_only_after_it_has_accepted() {
    let mut route = RouteHealth::default();
    let second = RelayId(2);
    route.renew(&[(RELAY, SettingsChange::Changed), (second, SettingsChange::Changed)], NOW);
    assert_eq!(route.in_use("s@x"), None);
    step(&mut route, Event::SignedIn, NOW);
    assert_eq!(route.in_use("s@x"), None, "a sign-in is no acceptance");
    step(&mut route, Event::Accepted { opened: NOW }, NOW);
    assert_eq!(route.in_use("s@x"), Some(RELAY));
    step(&mut route, failed(HoldCause::Network), later(1));
    assert_eq!(route.in_use("s@x"), None, "the second relay has not accepted anything");
    route.renew(&[(RELAY, SettingsChange::Changed), (second, SettingsChange::Same)], later(2));
    step(&mut route, Event::SignedIn, later(3));
    assert_eq!(route.in_use("s@x"), None, "the acceptance was under other settings");
}

#[test]
fn removed_relay_leaves_no_stored_state() {
    let mut route = after(&[failed(HoldCause::Network), refused()]);
    let stored = route.renew(&[], NOW).into_iter().map(|(_, effect)| effect).collect::<Vec<_>>();
    let open = |sender: Option<&str>| Effect::Store { sender: sender.map(str::to_owned), state: RelayState::Open };
    assert_eq!(stored, [open(None), open(Some(SENDER))]);
}

/// A refusal by the former relay says nothing about the present one.
#[test]
fn changed_relay_holds_no_sender() {
    for (change, held) in [(SettingsChange::Same, true), (SettingsChange::FromChanged, true), (SettingsChange::Changed, false)] {
        let mut route = after(&[refused()]);
        let effects = route.renew(&[(RELAY, change)], later(5000));
        assert_eq!(route.knows_sender(SENDER), held, "{change:?}");
        let unparked = effects.contains(&(RELAY, Effect::Unpark(Parked::OfSender(SENDER.to_owned()))));
        assert_eq!(unparked, !held, "{change:?}");
        let since = if change == SettingsChange::Same { Timestamp::MIN } else { later(5000) };
        assert_eq!(route.of(RELAY).unwrap().settings_since(), since, "{change:?}");
    }
}

#[test]
fn held_relay_and_sender_are_due_after_a_change_of_from() {
    let mut route = after(&[failed(HoldCause::SignIn), refused()]);
    let effects = route.renew(&[(RELAY, SettingsChange::FromChanged)], later(9000));
    assert!(effects.contains(&(RELAY, Effect::WakeProber)));
    let health = route.of(RELAY).unwrap();
    assert_eq!(sender_name(health), "on trial", "mail of the former From address may still wait");
    assert_eq!((health.is_open(), health.next_probe()), (false, Some(later(9000))), "probed at once, not opened unseen");
}

/// A relay that takes MAIL and RCPT and breaks each message is on trial at most. It works again when it accepts one.
#[test]
fn relay_that_breaks_messages_never_works_again_unproven() {
    let mut route = after(&[broken_message()]);
    for round in 1..4u64 {
        let at = |millis: u64| later(round * 1_000_000 + millis);
        assert_eq!(step(&mut route, Event::SignedIn, at(0)), [], "a sign-in says nothing about messages");
        let effects = step(&mut route, Event::Rehearsed, at(1));
        assert!(effects.contains(&Effect::WakeDelivery) && !effects.contains(&Effect::RouteChanged), "no recovery is told");
        assert_eq!((route.is_open(RELAY), route.takes_mail(RELAY)), (false, true));
        assert!(step(&mut route, broken_message(), at(2)).contains(&Effect::Strand));
        assert_eq!((route.is_open(RELAY), route.takes_mail(RELAY)), (false, false));
    }
    // The fault of the session comes first, and that of its message behind it.
    let mut split = after(&[failed(HoldCause::Network), broken_message()]);
    assert_eq!(split.of(RELAY).map(RelayHealth::needed_proof), Some(NeededProof::Message));
    assert_eq!(step(&mut split, failed(HoldCause::Network), later(2000)), [], "a lesser fault changes nothing");
    step(&mut route, Event::Rehearsed, later(9_000_000));
    let effects = step(&mut route, Event::Accepted { opened: later(9_000_001) }, later(9_000_002));
    assert!(route.is_open(RELAY) && effects.contains(&Effect::RouteChanged));
    step(&mut route, failed(HoldCause::Network), later(9_000_003));
    step(&mut route, Event::SignedIn, later(9_000_004));
    assert!(route.is_open(RELAY), "a new hold needs no more than its own proof");
}

/// New settings are proven without a message: one may not come for days.
#[test]
fn rehearsal_proves_new_settings_of_relay_that_broke_messages() {
    let mut route = after(&[broken_message()]);
    route.renew(&[(RELAY, SettingsChange::Changed)], later(2000));
    assert_eq!(step(&mut route, Event::SignedIn, later(3000)), []);
    step(&mut route, Event::Rehearsed, later(4000));
    assert!(route.is_open(RELAY));
}

fn any_event() -> impl Strategy<Value = Event> {
    let cause = prop::sample::select(vec![HoldCause::Network, HoldCause::Tls, HoldCause::SignIn, HoldCause::Configuration]);
    let needs = prop::sample::select(vec![NeededProof::SignIn, NeededProof::Rehearsal, NeededProof::Message]);
    let sender = || prop::sample::select(vec!["a@x.example".to_owned(), "b@x.example".to_owned()]);
    prop_oneof![
        Just(Event::SignedIn),
        Just(Event::Rehearsed),
        (0u64..50_000).prop_map(|ago| Event::Accepted { opened: NOW - Duration::from_millis(ago) }),
        (0u64..50_000).prop_map(|ago| Event::Answered { opened: NOW - Duration::from_millis(ago) }),
        (cause.clone(), needs).prop_map(|(cause, needs)| broken(cause, needs)),
        cause.prop_map(|cause| Event::ProbeFailed(fault(cause))),
        sender().prop_map(|sender| Event::SenderRefused { sender, fault: fault(HoldCause::Sender) }),
        sender().prop_map(|sender| Event::SenderAccepted { sender }),
        sender().prop_map(|sender| Event::TrialDue { sender }),
        Just(Event::LookNow),
    ]
}

/// An action of the simulation.
#[derive(Clone, Debug)]
enum SimulatedAct {
    /// An event under the settings in force, or (`old`) under former ones.
    Event {
        event: Event,
        old: bool,
    },
    Renew(SettingsChange),
}

fn any_act() -> impl Strategy<Value = SimulatedAct> {
    let change = prop::sample::select(vec![SettingsChange::Same, SettingsChange::FromChanged, SettingsChange::Changed]);
    prop_oneof![
        8 => (any_event(), any::<bool>()).prop_map(|(event, old)| SimulatedAct::Event { event, old }),
        1 => change.prop_map(SimulatedAct::Renew),
    ]
}

/// The states on disk, as the effects wrote them.
type StoredStates = BTreeMap<Option<String>, RelayState>;

fn write(disk: &mut StoredStates, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Store { sender, state } = effect {
            match state {
                RelayState::Open => drop(disk.remove(sender)),
                RelayState::Held(_) => drop(disk.insert(sender.clone(), state.clone())),
            }
        }
    }
}

proptest! {
    #[test]
    fn random_events_keep_the_rules(acts in prop::collection::vec(any_act(), 1..60)) {
        let mut route = route(SettingsChange::Changed);
        let (mut disk, mut accepted, mut former) = (StoredStates::new(), false, Generation::default());
        for (after, act) in (0..).step_by(7000).zip(acts) {
            let now = later(after);
            let before = route.clone();
            let current = before.of(RELAY).unwrap().generation();
            let effects: Vec<Effect> = match &act {
                SimulatedAct::Renew(change) => {
                    accepted &= *change == SettingsChange::Same;
                    if *change != SettingsChange::Same {
                        former = current;
                    }
                    route.renew(&[(RELAY, *change)], now).into_iter().map(|(_, effect)| effect).collect()
                }
                SimulatedAct::Event { event, old } => {
                    let event = match event {
                        Event::Accepted { opened } => Event::Accepted { opened: now - NOW.since(*opened) },
                        Event::Answered { opened } => Event::Answered { opened: now - NOW.since(*opened) },
                        other => other.clone(),
                    };
                    let generation = if *old { former } else { current };
                    let effects = route.step(RELAY, generation, event.clone(), now);
                    if *old {
                        prop_assert!(effects.is_empty() && route == before, "evidence under other settings never counts");
                    }
                    let counts = !*old;
                    accepted |= counts && matches!(event, Event::Accepted { .. });
                    let needed = before.of(RELAY).map_or(NeededProof::SignIn, RelayHealth::needed_proof);
                    if counts && matches!(event, Event::Rehearsed) {
                        prop_assert!(route.takes_mail(RELAY), "after a rehearsal the relay gets messages");
                        prop_assert_eq!(route.is_open(RELAY), needed <= NeededProof::Rehearsal);
                    }
                    if counts && matches!(event, Event::SignedIn) {
                        prop_assert_eq!(route.is_open(RELAY), needed == NeededProof::SignIn, "it disproves a fault before its end");
                    }
                    if let Event::SenderAccepted { sender } = &event && counts {
                        prop_assert!(!route.knows_sender(sender), "an accepted sender is neither held nor on trial");
                    }
                    effects.into_iter().map(|(_, effect)| effect).collect()
                }
            };
            write(&mut disk, &effects);
            let has = |effect: &Effect| effects.contains(effect);
            if before.takes_mail(RELAY) && !route.takes_mail(RELAY) && !matches!(act, SimulatedAct::Renew(_)) {
                prop_assert!(has(&Effect::Strand), "messages do not wait in memory for a held relay");
            }
            match (before.is_open(RELAY), route.is_open(RELAY)) {
                (true, false) => prop_assert!(has(&Effect::Strand) && has(&Effect::RouteChanged) && has(&Effect::WakeProber)),
                (false, true) => prop_assert!(
                    has(&Effect::Unpark(Parked::All)) && has(&Effect::RouteChanged) && has(&Effect::WakeDelivery)
                ),
                (true, true) => prop_assert!(!has(&Effect::RouteChanged)),
                // The first probe under new settings is news, also if it fails.
                (false, false) => {
                    let is_news = before.of(RELAY).is_some_and(RelayHealth::is_outdated)
                        && !route.of(RELAY).is_some_and(RelayHealth::is_outdated);
                    prop_assert_eq!(has(&Effect::RouteChanged), is_news);
                }
            }
            let health = route.of(RELAY).unwrap();
            prop_assert_eq!(disk.contains_key(&None), !health.is_open(), "the disk knows every hold");
            let on_disk: Vec<&String> = disk.keys().flatten().collect();
            prop_assert_eq!(on_disk, health.senders().keys().collect::<Vec<_>>(), "the disk knows every refused sender");
            prop_assert_eq!(health.accepted().is_some(), accepted);
            prop_assert_eq!(route.in_use("s@x").is_some(), accepted && route.is_open(RELAY));
        }
    }
}

/// Settings may be saved while the node is stopped, and a fault mended. A stored hold is probed at once. A refused password keeps
/// its schedule under the same settings.
#[test]
fn stored_hold_is_checked_at_the_start() {
    let hold = |cause| Hold {
        cause,
        since: later(5000),
        probes: 3,
        next_probe: later(900_000),
        fault: words(),
        needs: NeededProof::SignIn,
        advice: None,
    };
    for cause in HoldCause::ALL {
        let mut route = route(SettingsChange::Same);
        route.restore(RELAY, String::new(), RelayState::Held(hold(cause)), (later(4000), later(10_000)));
        let next = if cause == HoldCause::SignIn { later(900_000) } else { later(10_000) };
        assert_eq!(route.of(RELAY).and_then(RelayHealth::next_probe), Some(next), "{cause:?}");
    }
    for (saved, is_outdated) in [(Timestamp::MIN, false), (later(4999), false), (later(5000), false), (later(5001), true)] {
        let mut route = route(SettingsChange::Same);
        let times = (saved, later(10_000));
        route.restore(RELAY, String::new(), RelayState::Held(hold(HoldCause::SignIn)), times);
        route.restore(RELAY, SENDER.into(), RelayState::Held(hold(HoldCause::Sender)), times);
        let health = route.of(RELAY).expect("in the route");
        assert_eq!((health.is_open(), health.is_outdated()), (false, is_outdated), "saved at {saved:?}");
        assert_eq!((sender_name(health), health.next_probe()), ("on trial", Some(later(10_000))), "saved at {saved:?}");
    }
}
