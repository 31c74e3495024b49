//! A storm of events: people get few mails, the history has every event, and critical events are never lost.

use std::sync::Arc;

use alerts::event::{Ask, EventFault, EventOutcome, EventReport};
use model::event::{Facts, Severity};
use model::incident::{CRITICAL_MAX, NOTICES_MAX};
use store::EventFilter;
use testkit::Lab;

use crate::world::{MINUTE, SECOND, World, settings};

const INCIDENTS: usize = 50;
const CRITICAL: usize = 15;
const RAISES: usize = 10_000;

fn report(n: usize) -> EventReport {
    let severity = if n < CRITICAL { Severity::Critical } else { Severity::Error };
    let (code, object) = ("app.storm".to_owned(), format!("host {n:02}"));
    EventReport { code, object, severity, facts: Facts::new(), once: false, by: "test".into(), key: None }
}

/// Ten thousand raises of fifty incidents send few mails and leave a complete history.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn storm_sends_few_mails_and_keeps_its_history() {
    let world = World::start(settings(Lab::get().postfix(0))).await;
    let raising: Vec<_> = (0..20)
        .map(|part| {
            let events = Arc::clone(world.service.events());
            tokio::spawn(async move {
                for n in (part..RAISES).step_by(20) {
                    events.raise(report(n % INCIDENTS)).await.unwrap();
                }
            })
        })
        .collect();
    for task in raising {
        task.await.unwrap();
    }
    let open = world.service.events().open_incidents().await;
    assert_eq!(open.len(), INCIDENTS, "memory holds the incidents, not the raises");
    assert_eq!(open.iter().map(|incident| usize::try_from(incident.raises).unwrap()).sum::<usize>(), RAISES);
    world.arrive("Critical: app.storm", CRITICAL).await;
    let alone = |severity: &str| world.mails().iter().filter(|mail| mail.subject.contains(severity)).count();
    assert!(CRITICAL <= CRITICAL_MAX && alone("Error: app.storm") <= NOTICES_MAX);
    world.clock.step(10 * MINUTE + SECOND);
    let digest = world.arrive("notices in one", 1).await.remove(0);
    for n in CRITICAL..INCIDENTS {
        let name = format!("host {n:02}");
        let told = digest.text.contains(&name) || world.mails().iter().any(|mail| mail.subject.contains(&name));
        assert!(told, "{name}: {}", digest.text);
    }
    assert!(world.mails().len() <= CRITICAL + NOTICES_MAX + 1, "{}", world.mails().len());
    let (mut before, mut lines) = (None, 0);
    loop {
        let page = world
            .store
            .events(EventFilter { code: Some("app.storm".into()), before, ..EventFilter::default() }, 500)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        (before, lines) = (Some(last.n), lines + page.len());
    }
    assert_eq!(lines, RAISES, "every raise stands in the history");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn event_repeated_under_one_key_counts_once() {
    let world = World::start(settings(Lab::get().postfix(0))).await;
    let keyed = |n: usize| EventReport { key: Some(store::Once::of("key")), ..report(n) };
    let events = world.service.events();
    let (first, again) = (events.raise(keyed(20)).await.unwrap(), events.raise(keyed(21)).await.unwrap());
    assert_eq!(first, again);
    assert_eq!(events.open_incidents().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_incidents_are_paged_worst_first() {
    let world = World::bare().await;
    let raise = async |n: usize| {
        let severity = Severity::ALL[n % 4];
        world.service.events().raise(EventReport { severity, once: false, ..report(n) }).await.unwrap();
    };
    futures_util::future::join_all((0..250).map(raise)).await;
    let events = world.service.events();
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = events.open_page(after, |incident| incident.severity != Severity::Info, 50).await;
        assert!(!page.is_empty() && page.len() <= 50);
        read.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let whole: Vec<_> =
        events.open_incidents().await.into_iter().filter(|incident| incident.severity != Severity::Info).collect();
    assert_eq!(
        read.iter().map(|incident| incident.id).collect::<Vec<_>>(),
        whole.iter().map(|incident| incident.id).collect::<Vec<_>>()
    );
    assert!(read.len() > 150 && read.is_sorted_by_key(|incident| std::cmp::Reverse(incident.severity)), "{}", read.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn program_flood_leaves_other_programs_their_places() {
    let world = World::bare().await;
    let raise = async |by: &str, n: usize, severity| {
        let (code, object) = ("app.many".to_owned(), format!("{by} {n}"));
        let report = EventReport { code, object, severity, facts: Facts::new(), once: false, by: by.into(), key: None };
        world.service.events().raise(report).await.is_ok()
    };
    let taken = futures_util::future::join_all((0..2100).map(|n| raise("loud", n, Severity::Error))).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 2000);
    assert!(raise("loud", 5000, Severity::Critical).await, "what is critical is taken");
    assert!(raise("quiet", 0, Severity::Error).await);
    world.service.events().resolve("app.many", "loud 0", "loud", None).await.unwrap();
}

/// Raises many events of one program concurrently. Returns the number of accepted ones.
async fn flood(world: &World, by: &str, count: usize, severity: Severity) -> usize {
    let raise = |n: usize| {
        let (code, object) = ("app.many".to_owned(), format!("{by} {severity:?} {n}"));
        let report = EventReport { code, object, severity, facts: Facts::new(), once: false, by: by.into(), key: None };
        async move { world.service.events().raise(report).await.is_ok() }
    };
    let taken = futures_util::future::join_all((0..count).map(raise)).await;
    taken.into_iter().filter(|taken| *taken).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn flood_of_critical_incidents_leaves_others_their_places() {
    let world = World::bare().await;
    assert_eq!(flood(&world, "loud", 3000, Severity::Critical).await, 2100, "its own places and its share of the reserve");
    assert_eq!(flood(&world, "quiet", 1, Severity::Error).await, 1);
    for by in ["b", "c", "d"] {
        assert_eq!(flood(&world, by, 2100, Severity::Error).await, if by == "d" { 1899 } else { 2000 });
    }
    assert_eq!(flood(&world, "late", 1, Severity::Error).await, 0, "the shared places are taken");
    assert_eq!(flood(&world, "late", 150, Severity::Critical).await, 100, "and a share of the reserve is there for each");
    assert_eq!(flood(&world, "later", 150, Severity::Critical).await, 100);
    assert_eq!(flood(&world, "loud", 3000, Severity::Critical).await, 2100, "those again, and no new one");
    let facts = Facts::from([("free".to_owned(), "1".to_owned())]);
    let ask = Ask::Raise {
        code: "queue.quota.near".into(),
        object: String::new(),
        raised: model::incident::Raised { severity: Severity::Error, facts, step: None },
        by: "postwacht".into(),
        once: false,
        key: None,
    };
    assert!(matches!(world.service.events().ask(ask).await, Ok(EventOutcome::Incident(_))), "the node's own places are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn looping_program_is_refused_reported_and_bounded() {
    let world = World::bare().await;
    let facts: Facts = (0..7).map(|n| (format!("log-{n}"), "x".repeat(1000))).collect();
    let events = world.service.events();
    let report = |by: &str, severity| EventReport {
        code: "app.loop".into(),
        object: "one".into(),
        severity,
        facts: facts.clone(),
        once: false,
        by: by.into(),
        key: None,
    };
    let mut taken = 0;
    for _ in 0..5000 {
        match events.raise(report("loop", Severity::Error)).await {
            Ok(_) => taken += 1,
            Err(fault) => {
                assert!(matches!(fault, EventFault::TooFast), "{fault}");
                break;
            }
        }
        if events.resolve("app.loop", "one", "loop", None).await.is_err() {
            break;
        }
    }
    assert!((500..3000).contains(&taken), "{taken}");
    assert!(events.raise(report("loop", Severity::Critical)).await.is_ok(), "what is critical passes");
    assert!(events.raise(report("other", Severity::Error)).await.is_ok(), "and what others say");
    let database = world.store.directory().join("postwacht.db");
    let bytes = std::fs::metadata(&database).unwrap().len() + std::fs::metadata(database.with_extension("db-wal")).unwrap().len();
    assert!(bytes < 64 << 20, "{bytes}");
    world.until("it is told", async || events.find("events.refused", "loop").await.is_some()).await;
    assert!(world.service.alerts().status().await.unwrap().events_refused > 0);
}
