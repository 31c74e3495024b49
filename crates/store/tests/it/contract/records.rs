//! Tests of the records of the watch: incidents and their history, notices, days, contacts, webhook calls, figures.

use std::time::Duration;

use model::id::{IncidentId, MessageNumber};
use model::message::{Class, Fate};
use store::{
    CommitFault, EventFilter, EventRow, IncidentFilter, IncidentRow, LocalChange, NewHook, NewMessage, Next, NoticeRow, Outcome,
    RecordChange,
};

use super::{Engine, close, fresh};
use crate::sample::{NOW, accept, accept_at, commit, message, ms, settle};

contract![
    incidents_and_history_survive_restart,
    notice_belongs_to_message_of_its_commit,
    second_daily_notice_of_a_date_leaves_no_trace,
    outcomes_are_kept_until_read,
    figures_count_recipients_by_hour_with_their_waits,
    waiting_webhook_calls_are_bounded_and_share_due_time,
    node_life_and_contacts_are_recorded,
    last_test_replaces_the_one_before,
    withdrawal_and_its_incidents_are_atomic,
    webhook_fails_until_it_takes_a_later_call,
];

const HOUR: Duration = Duration::from_secs(3600);

/// The row of an incident that may still change.
fn live_row(id: i64) -> IncidentRow {
    let (code, object) = ("relay.unreachable".to_owned(), format!("relay {id}"));
    let record = format!("{{\"id\":{id}}}");
    IncidentRow { id: IncidentId(id), code, object, severity: "error".into(), live: true, since: NOW, record }
}

fn incident(id: i64) -> RecordChange {
    RecordChange::Incident(live_row(id))
}

fn event(incident: i64, act: &str) -> RecordChange {
    RecordChange::Event(EventRow {
        incident: IncidentId(incident),
        act: act.into(),
        code: "relay.unreachable".into(),
        object: String::new(),
        severity: "error".into(),
        by: "postwacht".into(),
        facts: "{}".into(),
    })
}

async fn incidents_and_history_survive_restart<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let all = commit(incident(1))
        .and(RecordChange::Incident(IncidentRow { live: false, ..live_row(2) }))
        .and(event(1, "raised"))
        .and(event(1, "again"));
    store.commit(all).await.unwrap();
    store.change(NOW, incident(1)).await.unwrap();
    close(store);
    let store = engine.open();
    assert_eq!(store.live_incidents(IncidentId::BEFORE_FIRST).await.unwrap(), [(IncidentId(1), "{\"id\":1}".to_owned())]);
    assert_eq!(
        (store.live_incidents(IncidentId(1)).await.unwrap(), store.last_incident().await.unwrap()),
        (vec![], Some(IncidentId(2)))
    );
    let filter = |code: &str| IncidentFilter { code: Some(code.into()), ..IncidentFilter::default() };
    assert_eq!(store.incidents(filter("relay."), 10).await.unwrap().len(), 2);
    assert_eq!(store.incidents(filter("oauth."), 10).await.unwrap().len(), 0);
    let history = store.events(EventFilter { incident: Some(IncidentId(1)), ..EventFilter::default() }, 10).await.unwrap();
    assert_eq!(history.iter().map(|view| view.event.act.as_str()).collect::<Vec<_>>(), ["again", "raised"]);
    assert_eq!(store.incident(IncidentId(3)).await.unwrap(), None);
}

fn told(incident: i64, number: u32) -> RecordChange {
    RecordChange::Notice(NoticeRow {
        incident: IncidentId(incident),
        number,
        kind: "raised".into(),
        since: NOW - ms(5),
        critical: true,
        digest: false,
    })
}

/// A notice names the message that its own commit accepts. A notice in a commit without a message is refused.
async fn notice_belongs_to_message_of_its_commit<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    accept(&store, message("other")).await;
    let outcomes = store.commit(commit(message("notice")).and(told(7, 1))).await.unwrap();
    let Outcome::Accepted(number) = outcomes[0] else { panic!("{outcomes:?}") };
    let notices = store.notices_of(IncidentId(7)).await.unwrap();
    assert_eq!((notices[0].message, notices[0].notice.critical, notices[0].notice.since), (number, true, NOW - ms(5)));
    assert_eq!(store.notices_in(number).await.unwrap(), notices);
    assert_eq!(store.change(NOW, told(8, 1)).await, Err(CommitFault::NotFound));
    assert_eq!(store.newest_notices(10).await.unwrap().len(), 1);
    assert_eq!(store.notices_waiting().await.unwrap().len(), 1, "its message waits");
}

async fn second_daily_notice_of_a_date_leaves_no_trace<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let daily = |sent| RecordChange::Daily { date: "2026-03-29".into(), sent };
    store.commit(commit(message("one")).and(daily(true))).await.unwrap();
    let again = store.commit(commit(daily(true)).and(message("two"))).await;
    assert!(matches!(again, Err(CommitFault::Done(_))), "{again:?}");
    let days = store.dailies(10).await.unwrap();
    assert_eq!((days.len(), days[0].message), (1, Some(MessageNumber(1))));
    assert_eq!(accept(&store, message("three")).await, MessageNumber(2), "no number was used up");
}

/// The store keeps the fates of our own mail, and refusals of all mail, until the watch has read them.
async fn outcomes_are_kept_until_read<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let ours = accept(&store, NewMessage { class: Class::Notice, ..message("ours") }).await;
    let theirs = accept(&store, NewMessage { app: Some("cron".into()), ..message("theirs") }).await;
    let test = accept(&store, NewMessage { class: Class::Notice, held: true, claimed: true, ..message("test") }).await;
    for number in [ours, theirs, test] {
        let both = [(0, Fate::Accepted), (1, Fate::Refused)];
        store.change(NOW + ms(5), settle(number, &both, Next::Due(NOW))).await.unwrap();
    }
    let outcomes = store.outcomes(10).await.unwrap();
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
    store.change(NOW, RecordChange::OutcomesRead(outcomes[2].n)).await.unwrap();
    assert_eq!(store.outcomes(10).await.unwrap().len(), 1);
}

async fn figures_count_recipients_by_hour_with_their_waits<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    for (subject, accepted, fates) in [
        ("fast", NOW, &[(0, Fate::Accepted), (1, Fate::Accepted)][..]),
        ("slow", NOW - 2 * HOUR, &[(0, Fate::Accepted), (1, Fate::Refused)]),
        ("later", NOW, &[(0, Fate::Accepted)]),
    ] {
        let number = accept_at(&store, accepted, message(subject)).await;
        let failed = subject == "later";
        let one = store::Settle { failed, ..settle(number, fates, Next::Due(NOW + ms(60_000))) };
        store.change(NOW + ms(5), one).await.unwrap();
    }
    let hours = store.hours(NOW - HOUR).await.unwrap();
    assert_eq!(hours.len(), 1);
    assert_eq!((hours[0].accepted, hours[0].deferred, hours[0].refused), (4, 1, 1));
    assert_eq!(hours[0].waits, [3, 0, 0, 0, 0, 1]);
}

/// At most 200 calls wait for one address; the oldest are given up. A failed attempt defers all calls of its address, and a
/// taken call makes them due.
async fn waiting_webhook_calls_are_bounded_and_share_due_time<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let hook = |n: u64| RecordChange::Hook(NewHook { url: "https://h".into(), body: n.to_string() });
    for n in 0..205 {
        store.change(NOW + ms(n), hook(n)).await.unwrap();
    }
    let other = NewHook { url: "https://other".into(), body: String::new() };
    store.change(NOW, RecordChange::Hook(other)).await.unwrap();
    let of = async |url: &str| {
        let waiting = store.hooks_waiting(2000).await.unwrap();
        waiting.into_iter().filter(|hook| hook.url == url).collect::<Vec<_>>()
    };
    let waiting = of("https://h").await;
    assert_eq!((waiting.len(), waiting[0].body.as_str()), (200, "5"), "the other address's call does not count");
    assert_eq!(store.hooks_waiting(1).await.unwrap().len(), 2, "one of each address");
    let id = waiting[0].id;
    let tried = |due, taken| RecordChange::HookTried { id, due, taken, said: "HTTP 500".into() };
    let later = NOW + ms(9_000_000);
    store.change(NOW, tried(Some(later), false)).await.unwrap();
    assert!(of("https://h").await.iter().all(|hook| hook.due == later), "they are put off with it");
    assert_eq!(of("https://other").await[0].due, NOW, "another address has nothing to do with it");
    assert_eq!(store.hooks_failing(1).await.unwrap().len(), 1);
    store.change(NOW, tried(None, true)).await.unwrap();
    assert!(of("https://h").await.iter().all(|hook| hook.due <= NOW), "what was taken shows that they can go");
    let done = store.hooks(1005).await.unwrap().into_iter().find(|hook| hook.id == id);
    assert!(done.is_none_or(|hook| hook.taken && hook.tries == 2), "the list is bounded");
}

/// The record of a node's life distinguishes a crash from a normal stop. A contact keeps its confirmation.
async fn node_life_and_contacts_are_recorded<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    assert_eq!(store.life().await.unwrap(), None);
    store.change(NOW, LocalChange::Started).await.unwrap();
    store.change(NOW + ms(5), LocalChange::Seen).await.unwrap();
    let life = store.life().await.unwrap().unwrap();
    assert_eq!((life.seen, life.ended), (NOW + ms(5), None));
    store.change(NOW + ms(9), LocalChange::Ended).await.unwrap();
    assert_eq!(store.life().await.unwrap().unwrap().ended, Some(NOW + ms(9)));

    for address in ["a@x", "b@x"] {
        store.change(NOW, RecordChange::Contact { address: address.into() }).await.unwrap();
    }
    store.change(NOW + ms(1), RecordChange::Confirmed { address: "a@x".into() }).await.unwrap();
    store.change(NOW + ms(2), RecordChange::Contact { address: "a@x".into() }).await.unwrap();
    store.change(NOW, RecordChange::ContactsLeft(vec!["a@x".into()])).await.unwrap();
    let contacts = store.contacts().await.unwrap();
    assert_eq!((contacts.len(), contacts[0].known, contacts[0].confirmed), (1, NOW, Some(NOW + ms(1))));
}

/// Only the newest test is kept.
async fn last_test_replaces_the_one_before<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    assert_eq!(store.last_test().await.unwrap(), None);
    let row = |accepted, revision| store::TestRow {
        by: "ann".into(),
        accepted,
        revision,
        relay: model::id::RelayId(2),
        message: MessageNumber(7),
    };
    for (accepted, revision) in [(true, 3), (false, 4)] {
        let at = NOW + ms(u64::try_from(revision).unwrap());
        store.change(at, RecordChange::Test(row(accepted, revision))).await.unwrap();
        assert_eq!(store.last_test().await.unwrap(), Some((at, row(accepted, revision))));
    }
}

/// The withdrawal of a waiting message and the changed incidents are one commit. If the message waits no longer, neither is
/// written.
async fn withdrawal_and_its_incidents_are_atomic<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let number = accept(&store, message("notice")).await;
    let cancel = || {
        let which = store::Which::Numbers(vec![number]);
        store::Operate { verb: store::QueueAction::Cancel, which, in_flight: vec![] }
    };
    let back = |id| commit(incident(id)).and(cancel()).only_if(store::Guard::Waits(number));
    store.commit(back(1)).await.unwrap();
    assert!(store.incident(IncidentId(1)).await.unwrap().is_some());
    assert_eq!(store.commit(back(2)).await, Err(CommitFault::NotFound));
    assert_eq!(store.incident(IncidentId(2)).await.unwrap(), None, "its message was gone: it is told already");
}

async fn webhook_fails_until_it_takes_a_later_call<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let call = |n: u64| RecordChange::Hook(NewHook { url: "https://h".into(), body: n.to_string() });
    store.change(NOW, call(0)).await.unwrap();
    let id = store.hooks_waiting(1).await.unwrap()[0].id;
    let tried = |id, due, taken| RecordChange::HookTried { id, due, taken, said: "HTTP 500".into() };
    let failing = async || store.hooks_failing(3).await.unwrap().len();
    for _ in 0..2 {
        store.change(NOW + ms(20), tried(id, Some(NOW + ms(10)), false)).await.unwrap();
    }
    assert_eq!(failing().await, 0);
    store.change(NOW + ms(20), tried(id, None, false)).await.unwrap();
    assert_eq!((store.hooks_waiting(1).await.unwrap().len(), failing().await), (0, 1), "given up is not mended");
    store.change(NOW + ms(5), call(5)).await.unwrap();
    let id = store.hooks_waiting(1).await.unwrap()[0].id;
    store.change(NOW + ms(20), tried(id, None, true)).await.unwrap();
    assert_eq!(failing().await, 0);
}
