//! Messages: accepting, claims and leases, fates, lanes, gates, keys, documents, cleanup.

use model::Secret;
use model::hold::{HoldCause, RelayState};
use model::id::{LaneId, MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use store::*;

use super::{Engine, close, fresh};
use crate::sample::*;

contract![
    accepted_message_is_complete_after_restart,
    acknowledged_commit_survives_kill,
    recipients_have_separate_final_fates,
    last_accepted_is_that_of_an_accepted_message,
    claim_is_a_lease_that_ends_at_restart,
    due_time_from_wrong_clock_counts_as_due,
    classes_and_applications_have_separate_lanes,
    parked_message_waits_and_records_held_time,
    operators_hold_release_retry_and_cancel_one_or_all,
    key_used_twice_makes_one_message,
    stale_save_is_refused_and_twenty_revisions_stay,
    fault_in_a_batch_affects_one_caller,
    commit_refused_after_a_write_is_rolled_back_alone,
    relay_states_survive_and_vanish_when_open,
    cleanup_runs_in_slices_and_never_reuses_a_number,
    own_notices_are_kept_for_two_days,
    message_list_is_filtered_and_paged_by_number,
];

async fn accepted_message_is_complete_after_restart<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let large: Vec<u8> = (0..700_000u32).map(|n| b'a' + u8::try_from(n % 26).unwrap()).collect();
    let n = accept(&store, NewMessage { body: large.clone().into(), eight_bit: true, ..message("one") }).await;
    close(store);
    let store = engine.open();
    let work = store.work(n).await.unwrap().unwrap();
    assert_eq!((work.body.as_ref(), work.eight_bit, work.size), (large.as_slice(), true, 700_000));
    assert_eq!(work.recipients, [(0, "b@x".to_owned()), (1, "c@x".to_owned())]);
    assert!(accept(&store, message("two")).await > n);
}

async fn acknowledged_commit_survives_kill<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let n = accept(&store, message("x")).await;
    store.change(NOW, LocalChange::Claim { numbers: vec![n], until: NOW + ms(90_000) }).await.unwrap();
    let engine = engine.kill(store);
    let store = engine.open();
    assert_eq!(store.message(n).await.unwrap().unwrap().row.attempts, 1);
    assert!(due(&store, NOW + ms(89_999)).await.is_empty(), "the lease of the killed process still holds");
    store.change(NOW, LocalChange::Recover { lease: LEASE }).await.unwrap();
    assert_eq!(due(&store, NOW).await, [n]);
}

async fn recipients_have_separate_final_fates<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let n = accept(&store, message("x")).await;
    let first = settle(n, &[(0, Fate::Accepted)], Next::Due(NOW + ms(60_000)));
    assert_eq!(store.change(NOW + ms(5), first).await, Ok(Outcome::Settled { open: 1 }));
    assert_eq!(store.work(n).await.unwrap().unwrap().recipients, [(1, "c@x".to_owned())]);
    // A fate is final: a second settlement of a recipient has no effect.
    let again = settle(n, &[(0, Fate::Refused)], Next::Due(NOW + ms(60_000)));
    assert_eq!(store.change(NOW + ms(5), again).await, Ok(Outcome::Settled { open: 1 }));
    let last = settle(n, &[(1, Fate::Refused)], Next::Due(NOW + ms(60_000)));
    assert_eq!(store.change(NOW + ms(5), last).await, Ok(Outcome::Settled { open: 0 }));
    let view = store.message(n).await.unwrap().unwrap();
    assert_eq!(view.recipients.iter().map(|r| r.fate).collect::<Vec<_>>(), [Fate::Accepted, Fate::Refused]);
    assert_eq!((view.row.state, view.attempts.len()), (MessageState::PartlyAccepted, 3));
    assert!(store.work(n).await.unwrap().is_none());
    assert_eq!(store.change(NOW + ms(5), settle(MessageNumber(n.0 + 9), &[], Next::Park)).await, Err(CommitFault::NotFound));
}

/// A refusal is settled by a relay too, and proves nothing. A restart learns from here when mail last went out.
async fn last_accepted_is_that_of_an_accepted_message<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let refused = accept(&store, message("refused")).await;
    let both = [(0, Fate::Refused), (1, Fate::Refused)];
    store.change(NOW + ms(5), settle(refused, &both, Next::Park)).await.unwrap();
    assert_eq!(store.last_accepted().await.unwrap(), None);
    let accepted = accept(&store, message("accepted")).await;
    let partly = [(0, Fate::Refused), (1, Fate::Accepted)];
    store.change(NOW + ms(6), settle(accepted, &partly, Next::Park)).await.unwrap();
    let later = accept(&store, message("refused later")).await;
    store.change(NOW + ms(7), settle(later, &both, Next::Park)).await.unwrap();
    assert_eq!(store.last_accepted().await.unwrap(), Some((NOW + ms(6), RelayId(1))));
}

async fn claim_is_a_lease_that_ends_at_restart<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let n = accept(&store, message("x")).await;
    assert_eq!(due(&store, NOW).await, [n]);
    let claim = || LocalChange::Claim { numbers: vec![n, n.next()], until: NOW + ms(90_000) };
    assert_eq!(store.change(NOW, claim()).await, Ok(Outcome::Claimed(vec![n])));
    assert!(due(&store, NOW + ms(89_999)).await.is_empty());
    assert_eq!(due(&store, NOW + ms(90_000)).await, [n], "an attempt that never ended is made again");
    assert_eq!(store.message(n).await.unwrap().unwrap().row.attempts, 1, "counted before its first byte");
    let renew = |end| LocalChange::Renew { leases: vec![(n, end)], until: NOW + ms(180_000) };
    store.change(NOW, renew(NOW + ms(5000))).await.unwrap();
    assert_eq!(due(&store, NOW + ms(90_000)).await, [n], "its due time is another one: it was settled meanwhile");
    store.change(NOW, renew(NOW + ms(90_000))).await.unwrap();
    assert!(due(&store, NOW + ms(90_000)).await.is_empty());
    close(store);
    let store = engine.open();
    store.change(NOW + ms(100_000), LocalChange::Recover { lease: LEASE }).await.unwrap();
    assert_eq!(due(&store, NOW + ms(100_000)).await, [n]);
    store.change(NOW, LocalChange::Unclaim { numbers: vec![n], due: NOW }).await.unwrap();
    assert_eq!(store.message(n).await.unwrap().unwrap().row.attempts, 0);
}

async fn due_time_from_wrong_clock_counts_as_due<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let day = ms(86_400_000);
    let n = accept(&store, NewMessage { due: NOW + day, ..message("x") }).await;
    assert_eq!(due(&store, NOW).await, [n]);
    assert!(due(&store, NOW + day - ms(60_000)).await.is_empty());
}

async fn classes_and_applications_have_separate_lanes<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    for (class, app) in [
        (Class::Submitted, Some("cron")),
        (Class::Submitted, Some("php")),
        (Class::Notice, None),
        (Class::Critical, None),
        (Class::Submitted, Some("cron")),
    ] {
        accept(&store, NewMessage { class, app: app.map(str::to_owned), ..message("x") }).await;
    }
    let lanes: Vec<_> = store.backlog().await.unwrap().lanes.iter().map(|l| (l.place, l.waiting)).collect();
    assert_eq!(lanes, [(0, 1), (1, 1), (2, 2), (3, 1)].map(|(lane, waiting)| (QueuePlace::Lane(LaneId(lane)), waiting)));
    assert_eq!(store.next_due().await.unwrap(), Some(NOW));
}

/// A parked message waits behind the gate of its sender. The wait is recorded as held time and not as an attempt.
async fn parked_message_waits_and_records_held_time<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let n = accept(&store, message("x")).await;
    let other = accept(&store, NewMessage { sender: Some("z@x".into()), ..message("y") }).await;
    store.change(NOW, LocalChange::Claim { numbers: vec![n], until: NOW + ms(90_000) }).await.unwrap();
    store.change(NOW + ms(5), Settle { uncounted: true, ..settle(n, &[], Next::Park) }).await.unwrap();
    assert_eq!(due(&store, NOW + ms(1_000_000)).await, [other]);
    let gates = store.shut_gates().await.unwrap();
    assert_eq!((gates.len(), gates[0].sender.as_str()), (1, "a@x"));
    assert_eq!(store.message(n).await.unwrap().unwrap().row.state, MessageState::SenderHeld);
    assert_eq!(store.backlog().await.unwrap().parked(), 1);
    store.change(NOW + ms(65), MailChange::Unpark { gate: gates[0].id, limit: 1000 }).await.unwrap();
    let work = store.work(n).await.unwrap().unwrap();
    assert_eq!(work.held, ms(60));
    assert_eq!(store.message(n).await.unwrap().unwrap().row.attempts, 0, "a hold is no attempt");
    store.change(NOW, Park { numbers: vec![n, other], sender: "a@x".into() }).await.unwrap();
    assert!(due(&store, NOW + ms(1)).await.is_empty());
}

async fn operators_hold_release_retry_and_cancel_one_or_all<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let mut numbers = vec![];
    for i in 0..1500 {
        numbers.push(accept(&store, NewMessage { due: NOW + ms(1000), ..message(&i.to_string()) }).await);
    }
    let operate = |verb, which| Operate { verb, which, in_flight: vec![numbers[0]] };
    let retry = store.change(NOW, operate(QueueAction::Retry, Which::AllAfter(MessageNumber::BEFORE_FIRST))).await.unwrap();
    assert_eq!(operated(&retry), (999, Some(numbers[999])), "one is in flight, and a slice is bounded");
    store.change(NOW, operate(QueueAction::Retry, Which::AllAfter(numbers[999]))).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().lanes[0].next_due, NOW);
    let some = || Which::Numbers(vec![numbers[5], numbers[6], MessageNumber(999_999)]);
    assert_eq!(operated(&store.change(NOW, operate(QueueAction::Hold, some())).await.unwrap()), (2, None));
    assert_eq!(store.backlog().await.unwrap().held(), 2);
    let held = ListFilter { state: Some(MessageState::Held), ..ListFilter::default() };
    assert_eq!(store.messages(held, 10).await.unwrap().rows.len(), 2);
    store.change(NOW, operate(QueueAction::Release, some())).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().held(), 0);
    assert_eq!(operated(&store.change(NOW, operate(QueueAction::Cancel, some())).await.unwrap()), (2, None));
    assert_eq!(store.message(numbers[5]).await.unwrap().unwrap().row.state, MessageState::Cancelled);
    assert_eq!(operated(&store.change(NOW, operate(QueueAction::Cancel, some())).await.unwrap()), (0, None));
}

async fn key_used_twice_makes_one_message<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let for_content = |content| commit(message("x")).once(Once { key: "app/key".into(), content });
    let once = || for_content(Some([1; 32]));
    let n = store.commit(once()).await.unwrap();
    let Outcome::Accepted(n) = n[0] else { panic!("not accepted") };
    assert_eq!(store.commit(once()).await, Err(CommitFault::Done(n.to_string())));
    assert_eq!(store.commit(for_content(Some([2; 32]))).await, Err(CommitFault::Differs), "something else under the same key");
    assert_eq!(store.commit(for_content(None)).await, Err(CommitFault::Done(n.to_string())), "the key says it all");
    assert_eq!(store.backlog().await.unwrap().waiting(), 1);
}

async fn stale_save_is_refused_and_twenty_revisions_stay<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let save = |revision: i64, text: &str, secret: Option<&str>| {
        let secrets = vec![("relay/1/password".to_owned(), secret.map(Secret::new))];
        let save = DocumentSave { kind: "email", by: "root".into(), schema: 1, draft: format!("{{\"t\":\"{text}\"}}"), secrets };
        commit(save).only_if(Guard::Revision("email", revision))
    };
    assert!(store.document("email").await.unwrap().is_none());
    assert_eq!(store.commit(save(0, "a", Some("hunter2"))).await, Ok(vec![Outcome::Saved { revision: 1 }]));
    assert_eq!(store.commit(save(0, "b", None)).await, Err(CommitFault::Stale { expected: 0, found: 1 }));
    let secrets = store.secrets().await.unwrap();
    assert_eq!((secrets.len(), secrets[0].1.reveal()), (1, "hunter2"));
    for revision in 1..=24 {
        store.commit(save(revision, "c", None)).await.unwrap();
    }
    let kept: Vec<_> = store.revisions("email").await.unwrap().iter().map(|d| d.revision).collect();
    assert_eq!(kept, (6..=25).rev().collect::<Vec<_>>());
    assert!(store.secrets().await.unwrap().is_empty());
    store.close();
    assert!(!engine.bytes_at_rest().windows(7).any(|w| w == b"hunter2"), "a secret lies open on the disk");
}

async fn fault_in_a_batch_affects_one_caller<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    store.commit(commit(message("x")).once(Once::of("k"))).await.unwrap();
    let all = (0..60).map(|i| {
        let store = store.clone();
        async move {
            let once = if i % 3 == 0 { Once::of("k") } else { Once::of(format!("k{i}")) };
            store.commit(commit(message(&i.to_string())).once(once)).await.is_ok()
        }
    });
    let tasks: Vec<_> = all.map(tokio::spawn).collect();
    let mut good = 0;
    for task in tasks {
        good += usize::from(task.await.unwrap());
    }
    assert_eq!(good, 40);
    assert_eq!(store.backlog().await.unwrap().waiting(), 41);
}

/// A commit that is refused after its first write leaves no trace, and the other commits of its batch are written.
async fn commit_refused_after_a_write_is_rolled_back_alone<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let half = || commit(message("half")).and(settle(MessageNumber(900), &[], Next::Park));
    assert_eq!(store.commit(half()).await, Err(CommitFault::NotFound), "alone");
    let both = (0..40).map(|i| {
        let (store, commit) = (store.clone(), if i % 2 == 0 { half() } else { commit(message("whole")) });
        tokio::spawn(async move { store.commit(commit).await.is_ok() })
    });
    let mut good = 0;
    for task in both.collect::<Vec<_>>() {
        good += usize::from(task.await.unwrap());
    }
    assert_eq!((good, store.backlog().await.unwrap().waiting()), (20, 20), "in company");
}

async fn relay_states_survive_and_vanish_when_open<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let held = RelayState::Open.fail(HoldCause::Network, "no route".into(), NOW);
    let change = |state: &RelayState| LocalChange::Relay { relay: RelayId(3), sender: "a@x".into(), state: state.clone() };
    store.change(NOW, change(&held)).await.unwrap();
    assert_eq!(store.held_states().await.unwrap(), [HeldState { relay: RelayId(3), sender: "a@x".into(), state: held }]);
    store.change(NOW, change(&RelayState::Open)).await.unwrap();
    assert!(store.held_states().await.unwrap().is_empty());
}

async fn cleanup_runs_in_slices_and_never_reuses_a_number<E: Engine>() {
    let (engine, store) = fresh::<E>();
    let mut last = MessageNumber::BEFORE_FIRST;
    for i in 0..250 {
        last = accept(&store, message(&i.to_string())).await;
        let keep = Settle { keep_body: true, ..settle(last, &[(0, Fate::Accepted), (1, Fate::Accepted)], Next::Park) };
        store.change(NOW + ms(5), keep).await.unwrap();
    }
    let waiting = accept(&store, message("waiting")).await;
    let clean = |after, reports_before| Housekeep {
        after,
        notices_before: Timestamp::EPOCH,
        submitted_before: Timestamp::MAX,
        reports_before,
    };
    // The first pass deletes bodies and keeps the rows.
    store.change(NOW, clean(MessageNumber::BEFORE_FIRST, Timestamp::EPOCH)).await.unwrap();
    assert_eq!(store.messages(ListFilter::default(), 500).await.unwrap().rows.len(), 251);
    assert!(store.work(waiting).await.unwrap().is_some());
    let mut after = Some(MessageNumber::BEFORE_FIRST);
    let mut slices = 0;
    while let Some(from) = after {
        let Outcome::Cleaned { next } = store.change(NOW, clean(from, Timestamp::MAX)).await.unwrap() else { panic!() };
        after = next;
        slices += 1;
    }
    assert_eq!(slices, 3);
    let left: Vec<_> = store.messages(ListFilter::default(), 500).await.unwrap().rows.iter().map(|m| m.number).collect();
    assert_eq!(left, [waiting]);
    close(store);
    assert_eq!(accept(&engine.open(), message("new")).await, waiting.next());
    assert!(last < waiting);
}

async fn own_notices_are_kept_for_two_days<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    let notice = accept(&store, NewMessage { class: Class::Notice, ..message("daily") }).await;
    let other = accept(&store, message("other")).await;
    for number in [notice, other] {
        let settle = settle(number, &[(0, Fate::Accepted), (1, Fate::Accepted)], Next::Park);
        store.change(NOW + ms(5), settle).await.unwrap();
    }
    accept(&store, message("newest")).await;
    let clean = async |now: Timestamp| {
        let slice =
            Housekeep { after: MessageNumber::BEFORE_FIRST, notices_before: now, submitted_before: now, reports_before: now };
        store.change(now, slice).await.unwrap();
        [store.message(notice).await.unwrap().is_some(), store.message(other).await.unwrap().is_some()]
    };
    assert_eq!(clean(NOW + ms(47 * 3_600_000)).await, [true, false]);
    assert_eq!(clean(NOW + ms(49 * 3_600_000)).await, [false, false]);
}

async fn message_list_is_filtered_and_paged_by_number<E: Engine>() {
    let (_engine, store) = fresh::<E>();
    for i in 0..30 {
        accept_at(&store, NOW + ms(i), NewMessage { recipients: vec![format!("User{i}@x")], ..message("x") }).await;
    }
    let page = store.messages(ListFilter::default(), 10).await.unwrap().rows;
    assert_eq!((page.len(), page[0].number, page[0].first_recipient.as_str()), (10, MessageNumber(30), "User29@x"));
    let next = ListFilter { before: Some(page[9].number), ..ListFilter::default() };
    assert_eq!(store.messages(next, 10).await.unwrap().rows[0].number, MessageNumber(20));
    let to = ListFilter { to: Some("USER7@".into()), ..ListFilter::default() };
    assert_eq!(store.messages(to, 10).await.unwrap().rows.len(), 1);
    let since = ListFilter { since: Some(NOW + ms(28)), state: Some(MessageState::Waiting), ..ListFilter::default() };
    assert_eq!(store.messages(since, 10).await.unwrap().rows.len(), 2);
    for state in MessageState::ALL {
        let filter = ListFilter { state: Some(state), ..ListFilter::default() };
        let expected = if state == MessageState::Waiting { 30 } else { 0 };
        assert_eq!(store.messages(filter, 100).await.unwrap().rows.len(), expected, "{state:?}");
    }
}

/// The number of changed messages, and the number after which the next slice continues.
fn operated(outcome: &Outcome) -> (usize, Option<MessageNumber>) {
    match outcome {
        Outcome::Operated { numbers, more } => (numbers.len(), *more),
        other => panic!("{other:?}"),
    }
}
