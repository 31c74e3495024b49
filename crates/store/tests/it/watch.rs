//! Tests of the records of the watch: incidents and their history, notices, days, contacts, webhook calls, figures.

use model::message::{Class, Fate};
use store::{
    Change, Commit, CommitFault, EventFilter, EventRow, IncidentFilter, IncidentRow, NewHook, NewMessage, Next, NoticeRow,
    Outcome, WatchChange,
};

use crate::sample::{Held, NOW, accept, fresh, message, open, settle};

const HOUR: i64 = 3_600_000;

fn watch(change: WatchChange) -> Change {
    Change::Watch(change)
}

fn incident(id: i64, live: bool) -> WatchChange {
    let (code, object) = ("relay.unreachable".to_owned(), format!("relay {id}"));
    WatchChange::Incident(IncidentRow {
        id,
        code,
        object,
        severity: "error".into(),
        live,
        since: NOW,
        record: format!("{{\"id\":{id}}}"),
    })
}

fn event(incident: i64, act: &str) -> WatchChange {
    WatchChange::Event(EventRow {
        at: NOW,
        incident,
        act: act.into(),
        code: "relay.unreachable".into(),
        object: String::new(),
        severity: "error".into(),
        by: "postwacht".into(),
        facts: "{}".into(),
    })
}

#[tokio::test]
async fn incidents_and_history_survive_restart() {
    let held = fresh();
    let all = Commit::of(watch(incident(1, true)))
        .and(watch(incident(2, false)))
        .and(watch(event(1, "raised")))
        .and(watch(event(1, "again")));
    held.store.commit(all).await.unwrap();
    held.store.change(watch(incident(1, true))).await.unwrap();
    let Held { store, dir } = held;
    store.close();
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.live_incidents(0).await.unwrap(), [(1, "{\"id\":1}".to_owned())]);
    assert_eq!((store.live_incidents(1).await.unwrap(), store.last_incident().await.unwrap()), (vec![], 2));
    let filter = |code: &str| IncidentFilter { code: Some(code.into()), ..IncidentFilter::default() };
    assert_eq!(store.incidents(filter("relay."), 10).await.unwrap().len(), 2);
    assert_eq!(store.incidents(filter("oauth."), 10).await.unwrap().len(), 0);
    let history = store.events(EventFilter { incident: Some(1), ..EventFilter::default() }, 10).await.unwrap();
    assert_eq!(history.iter().map(|view| view.event.act.as_str()).collect::<Vec<_>>(), ["again", "raised"]);
    assert_eq!(store.incident(3).await.unwrap(), None);
}

fn told(incident: i64, number: u32) -> WatchChange {
    WatchChange::Notice(NoticeRow {
        incident,
        number,
        kind: "raised".into(),
        at: NOW,
        since: NOW - 5,
        critical: true,
        digest: false,
    })
}

/// A notice names the message that its own commit accepts. A notice in a commit without a message is refused.
#[tokio::test]
async fn notice_belongs_to_message_of_its_commit() {
    let held = fresh();
    accept(&held.store, message("other")).await;
    let outcomes = held.store.commit(Commit::of(Change::Accept(message("notice"))).and(watch(told(7, 1)))).await.unwrap();
    let Outcome::Accepted(number) = outcomes[0] else { panic!("{outcomes:?}") };
    let notices = held.store.notices_of(7).await.unwrap();
    assert_eq!((notices[0].message, notices[0].notice.critical, notices[0].notice.since), (number, true, NOW - 5));
    assert_eq!(held.store.notices_in(number).await.unwrap(), notices);
    assert_eq!(held.store.change(watch(told(8, 1))).await, Err(CommitFault::NotFound));
    assert_eq!(held.store.newest_tellings(10).await.unwrap().len(), 1);
    assert_eq!(held.store.notices_waiting().await.unwrap().len(), 1, "its message waits");
}

#[tokio::test]
async fn second_daily_notice_of_a_date_leaves_no_trace() {
    let held = fresh();
    let daily = |sent| watch(WatchChange::Daily { date: "2026-03-29".into(), at: NOW, sent });
    held.store.commit(Commit::of(Change::Accept(message("one"))).and(daily(true))).await.unwrap();
    let again = held.store.commit(Commit::of(daily(true)).and(Change::Accept(message("two")))).await;
    assert!(matches!(again, Err(CommitFault::Done(_))), "{again:?}");
    let days = held.store.dailies(10).await.unwrap();
    assert_eq!((days.len(), days[0].message), (1, Some(1)));
    assert_eq!(accept(&held.store, message("three")).await, 2, "no number was used up");
}

/// The store keeps the fates of our own mail, and refusals of all mail, until the watch has read them.
#[tokio::test]
async fn outcomes_are_kept_until_read() {
    let held = fresh();
    let ours = accept(&held.store, NewMessage { class: Class::Notice, ..message("ours") }).await;
    let theirs = accept(&held.store, NewMessage { app: Some("cron".into()), ..message("theirs") }).await;
    let test = accept(&held.store, NewMessage { class: Class::Notice, held: true, claimed: true, ..message("test") }).await;
    for number in [ours, theirs, test] {
        let both = [(0, Fate::Accepted), (1, Fate::Refused)];
        held.store.change(Change::Settle(settle(number, &both, Next::Due(NOW)))).await.unwrap();
    }
    let outcomes = held.store.outcomes(10).await.unwrap();
    let seen: Vec<_> = outcomes.iter().map(|one| (one.message, one.address.as_str(), one.fate)).collect();
    // A failed test proves nothing about its recipient; a successful one does.
    assert_eq!(
        seen,
        [
            (ours, "b@x", Fate::Accepted),
            (ours, "c@x", Fate::Refused),
            (theirs, "c@x", Fate::Refused),
            (test, "b@x", Fate::Accepted)
        ]
    );
    assert_eq!(outcomes[2].app.as_deref(), Some("cron"));
    held.store.change(watch(WatchChange::OutcomesRead(outcomes[2].n))).await.unwrap();
    assert_eq!(held.store.outcomes(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn figures_count_recipients_by_hour_with_their_waits() {
    let held = fresh();
    for (subject, accepted, fates) in [
        ("fast", NOW, &[(0, Fate::Accepted), (1, Fate::Accepted)][..]),
        ("slow", NOW - 2 * HOUR, &[(0, Fate::Accepted), (1, Fate::Refused)]),
        ("later", NOW, &[(0, Fate::Accepted)]),
    ] {
        let number = accept(&held.store, NewMessage { accepted, ..message(subject) }).await;
        let failed = subject == "later";
        let one = store::Settle { failed, ..settle(number, fates, Next::Due(NOW + 60_000)) };
        held.store.change(Change::Settle(one)).await.unwrap();
    }
    let hours = held.store.hours(NOW - HOUR).await.unwrap();
    assert_eq!(hours.len(), 1);
    assert_eq!((hours[0].accepted, hours[0].deferred, hours[0].refused), (4, 1, 1));
    assert_eq!(hours[0].waits, [3, 0, 0, 0, 0, 1]);
}

/// At most 200 calls wait for one address; the oldest are given up. A failed attempt defers all calls of its address, and a
/// taken call makes them due.
#[tokio::test]
async fn waiting_webhook_calls_are_bounded_and_share_due_time() {
    let held = fresh();
    let hook = |n: i64| watch(WatchChange::Hook(NewHook { url: "https://h".into(), at: NOW + n, body: n.to_string() }));
    for n in 0..205 {
        held.store.change(hook(n)).await.unwrap();
    }
    let other = NewHook { url: "https://other".into(), at: NOW, body: String::new() };
    held.store.change(watch(WatchChange::Hook(other))).await.unwrap();
    let of = async |url: &str| {
        let waiting = held.store.hooks_waiting(2000).await.unwrap();
        waiting.into_iter().filter(|hook| hook.url == url).collect::<Vec<_>>()
    };
    let waiting = of("https://h").await;
    assert_eq!((waiting.len(), waiting[0].body.as_str()), (200, "5"), "the other address's call does not count");
    assert_eq!(held.store.hooks_waiting(1).await.unwrap().len(), 2, "one of each address");
    let id = waiting[0].id;
    let tried = |due, taken| watch(WatchChange::HookTried { id, due, at: NOW, taken, said: "HTTP 500".into() });
    let later = NOW + 9_000_000;
    held.store.change(tried(Some(later), false)).await.unwrap();
    assert!(of("https://h").await.iter().all(|hook| hook.due == later), "they are put off with it");
    assert_eq!(of("https://other").await[0].due, NOW, "another address has nothing to do with it");
    assert_eq!(held.store.hooks_failing(1).await.unwrap().len(), 1);
    held.store.change(tried(None, true)).await.unwrap();
    assert!(of("https://h").await.iter().all(|hook| hook.due <= NOW), "what was taken shows that they can go");
    let done = held.store.hooks(1005).await.unwrap().into_iter().find(|hook| hook.id == id);
    assert!(done.is_none_or(|hook| hook.taken && hook.tries == 2), "the list is bounded");
}

/// The record of a node's life distinguishes a crash from a normal stop. A contact keeps its confirmation.
#[tokio::test]
async fn node_life_and_contacts_are_recorded() {
    let held = fresh();
    assert_eq!(held.store.life().await.unwrap(), None);
    held.store.change(watch(WatchChange::Started(NOW))).await.unwrap();
    held.store.change(watch(WatchChange::Seen(NOW + 5))).await.unwrap();
    let life = held.store.life().await.unwrap().unwrap();
    assert_eq!((life.seen, life.ended), (NOW + 5, None));
    held.store.change(watch(WatchChange::Ended(NOW + 9))).await.unwrap();
    assert_eq!(held.store.life().await.unwrap().unwrap().ended, Some(NOW + 9));

    for address in ["a@x", "b@x"] {
        held.store.change(watch(WatchChange::Contact { address: address.into(), at: NOW })).await.unwrap();
    }
    held.store.change(watch(WatchChange::Confirmed { address: "a@x".into(), at: NOW + 1 })).await.unwrap();
    held.store.change(watch(WatchChange::Contact { address: "a@x".into(), at: NOW + 2 })).await.unwrap();
    held.store.change(watch(WatchChange::ContactsLeft(vec!["a@x".into()]))).await.unwrap();
    let contacts = held.store.contacts().await.unwrap();
    assert_eq!((contacts.len(), contacts[0].known, contacts[0].confirmed), (1, NOW, Some(NOW + 1)));
}

/// The withdrawal of a waiting message and the changed incidents are one commit. If the message waits no longer, neither is
/// written.
#[tokio::test]
async fn withdrawal_and_its_incidents_are_atomic() {
    let held = fresh();
    let number = accept(&held.store, message("notice")).await;
    let cancel = || {
        let which = store::Which::Numbers(vec![number]);
        Change::Operate(store::Operate { verb: store::Verb::Cancel, which, now: NOW, in_flight: vec![] })
    };
    let back = |id| Commit { guards: vec![store::Guard::Waits(number)], changes: vec![watch(incident(id, true)), cancel()] };
    held.store.commit(back(1)).await.unwrap();
    assert!(held.store.incident(1).await.unwrap().is_some());
    assert_eq!(held.store.commit(back(2)).await, Err(CommitFault::NotFound));
    assert_eq!(held.store.incident(2).await.unwrap(), None, "its message was gone: it is told already");
}

#[tokio::test]
async fn webhook_fails_until_it_takes_a_later_call() {
    let held = fresh();
    let call = |n: i64| watch(WatchChange::Hook(NewHook { url: "https://h".into(), at: NOW + n, body: n.to_string() }));
    held.store.change(call(0)).await.unwrap();
    let id = held.store.hooks_waiting(1).await.unwrap()[0].id;
    let tried = |id, due, taken| watch(WatchChange::HookTried { id, due, at: NOW + 20, taken, said: "HTTP 500".into() });
    let failing = async || held.store.hooks_failing(3).await.unwrap().len();
    for _ in 0..2 {
        held.store.change(tried(id, Some(NOW + 10), false)).await.unwrap();
    }
    assert_eq!(failing().await, 0);
    held.store.change(tried(id, None, false)).await.unwrap();
    assert_eq!((held.store.hooks_waiting(1).await.unwrap().len(), failing().await), (0, 1), "given up is not mended");
    held.store.change(call(5)).await.unwrap();
    let id = held.store.hooks_waiting(1).await.unwrap()[0].id;
    held.store.change(tried(id, None, true)).await.unwrap();
    assert_eq!(failing().await, 0);
}
