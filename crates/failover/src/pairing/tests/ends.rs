//! The end of a pair, and its keys: both nodes learn of it, whatever is lost.

use super::*;

/// The standing of each node after the end of its pair.
fn standings(primary: &PairingNode, backup: &PairingNode) -> (bool, Standing) {
    (matches!(primary.service.standing(), Standing::FormerPrimary { .. }), backup.service.standing())
}

#[tokio::test(flavor = "multi_thread")]
async fn pair_ends_on_both_or_by_force() {
    for by_backup in [false, true] {
        let (primary, backup) = paired().await;
        let _core = serves(&primary);
        let breaker = if by_backup { &backup } else { &primary };
        breaker.service.break_up(BreakMode::Together, &whole()).await.unwrap();
        assert!(primary.service.relationship().is_none() && backup.service.relationship().is_none());
        assert_eq!(standings(&primary, &backup), (true, Standing::Retired));
        assert!(matches!(breaker.service.break_up(BreakMode::Together, &whole()).await, Err(PairFault::NotPaired)));
        let core = |node: &PairingNode| node.service.core.clone();
        let (ours, theirs) = (core(&primary).lock().await.clone(), core(&backup).lock().await.clone());
        assert_eq!((ours.break_epoch, theirs.break_epoch), (1, 1));
        // Both can be paired again, under a ballot above those of the former pair.
        let code = backup.service.invite(&whole()).unwrap().code;
        primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
        assert!(agree(&primary, &backup));
        assert!(primary.service.durable().await.active > ours.highest);
    }
    let (primary, backup) = paired().await;
    let _core = serves(&primary);
    let absent = backup.stop().await;
    let refused = primary.service.break_up(BreakMode::Together, &whole()).await.unwrap_err();
    assert!(matches!(refused, PairFault::Unreachable(_)), "{refused:?}");
    assert!(primary.service.relationship().is_some() && !primary.service.is_unsettled(), "nothing was changed");
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    assert!(primary.service.relationship().is_none() && primary.service.is_unsettled());
    let primary = primary.restart().await;
    assert!(primary.service.is_unsettled());
    let backup = PairingNode::at(absent.0, absent.1, absent.2).await;
    assert!(backup.service.relationship().is_some(), "it does not know yet");
    assert_eq!(primary.service.settle().await.unwrap(), Settled::Forgotten);
    assert!(backup.service.relationship().is_none());
    assert_eq!(standings(&primary, &backup), (true, Standing::Retired));
    assert_eq!(primary.service.settle().await.unwrap(), Settled::Agreed);
    assert!(!primary.service.is_unsettled());
}

/// The node that stays has paired with another one meanwhile. The absent one still learns that its pair has ended: it must not take
/// over.
#[tokio::test(flavor = "multi_thread")]
async fn absent_node_learns_of_the_end_after_a_new_pair() {
    let (primary, old) = paired().await;
    let absent = old.stop().await;
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    let new = PairingNode::start().await;
    let code = new.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, new.address(), &code), &whole()).await.unwrap();
    let primary = primary.restart().await;
    let old = PairingNode::at(absent.0, absent.1, absent.2).await;
    assert!(matches!(old.service.ask(PeerAsks::Hello).await.unwrap(), PeerSays::Ended(_)));
    assert_eq!((old.service.relationship(), old.service.standing()), (None, Standing::Retired));
    assert!(agree(&primary, &new), "the new pair is not touched");
    primary.reaches_its_peer().await.unwrap();
}

/// The answer to *ended* is lost: the node that asked asks again, and the other one has no pair any more.
#[tokio::test(flavor = "multi_thread")]
async fn end_whose_answer_was_lost_ends_at_the_next_try() {
    let (primary, backup) = paired().await;
    let pair_id = primary.service.relationship().unwrap().pair_id;
    backup.service.end(&pair_id, super::disk::PeerKnowledge::Unaware, None).await.unwrap();
    let backup = backup.restart().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    assert_eq!((primary.service.relationship(), backup.service.relationship()), (None, None));
    assert_eq!(backup.service.settle().await.unwrap(), Settled::Agreed, "it was asked");
    assert!(!backup.service.is_unsettled() && !primary.service.is_unsettled());
}

/// The key of a former peer is let in for the pair that has ended, and opens no other.
#[tokio::test(flavor = "multi_thread")]
async fn key_of_a_former_peer_opens_no_other_pair() {
    let (primary, former) = paired().await;
    let (identity, ended) = {
        let state = former.service.lock();
        let pair = state.book.pair.as_ref().unwrap();
        (Arc::clone(&pair.keys.shown), pair.relationship.clone())
    };
    let pins = ended.pins(former.clock.now());
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let new = PairingNode::start().await;
    let code = new.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, new.address(), &code), &whole()).await.unwrap();
    let present = primary.service.relationship().unwrap().pair_id;
    for asks in
        ["{\"ended\":\"retires\"}", "{\"ended\":\"goes-on\"}", "\"hello\"", "\"made\"", "\"is-made\"", "\"ask-hand-over\""]
    {
        let keys = PeerKeys::Pinned(pins.clone());
        let stream = dial_at(&primary.address(), &identity, keys, &ended.pair_id).await.unwrap();
        let mut frames = Frames::new(stream);
        let question = format!("{{\"pair_id\":\"{present}\",\"asks\":{asks}}}");
        frames.send(&serde_json::from_str::<serde_json::Value>(&question).unwrap()).await.unwrap();
        let says: PeerSays = frames.receive().await.unwrap();
        assert_eq!(says, PeerSays::Refused(PeerRefusal::OtherPair), "{asks}");
    }
    let refused = dial_at(&primary.address(), &identity, PeerKeys::Pinned(pins), &present).await;
    if let Ok(mut stream) = refused {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 10])).await.unwrap();
        assert!(!matches!(read, Ok(1..)), "its key is none of the present pair");
    }
    assert!(agree(&primary, &new) && primary.service.relationship().is_some());
}

/// A node that serves nothing at the end of its pair is retired, whatever its record says: a primary that was fenced has that of a
/// primary too.
#[tokio::test(flavor = "multi_thread")]
async fn record_of_a_primary_without_a_core_does_not_serve() {
    let (primary, backup) = paired().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    assert_eq!((primary.service.standing(), backup.service.standing()), (Standing::Retired, Standing::Retired));
}

/// The counts of ends belong to a pair: a node that had another pair before works with a fresh one.
#[tokio::test(flavor = "multi_thread")]
async fn ends_of_earlier_pairs_do_not_count() {
    let (primary, _former) = paired().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let fresh = PairingNode::start().await;
    let code = fresh.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, fresh.address(), &code), &whole()).await.unwrap();
    let epochs = (primary.service.durable().await.break_epoch, fresh.service.durable().await.break_epoch);
    assert_eq!(epochs, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn retired_node_serves_after_it_was_started_as_a_new_site() {
    let (primary, backup) = paired().await;
    assert!(matches!(backup.service.start_as_new_site(&whole()).await, Err(PairFault::Paired)));
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let backup = backup.restart().await;
    assert_eq!(backup.service.standing(), Standing::Retired);
    let operator = Actor { role: Role::Operator, ..whole() };
    assert!(matches!(backup.service.start_as_new_site(&operator).await, Err(PairFault::Forbidden(_))));
    backup.service.start_as_new_site(&whole()).await.unwrap();
    assert_eq!(backup.restart().await.service.standing(), Standing::Alone);
}

/// A core whose pair has ended writes nothing into the record of the next pair.
#[tokio::test(flavor = "multi_thread")]
async fn core_of_an_ended_pair_writes_nothing() {
    let (primary, backup) = paired().await;
    let former = primary.service.relationship().unwrap().pair_id;
    let late = primary.service.durable().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let ended = primary.service.durable().await;
    let broken = Durable { role: None, break_epoch: 7, ..late.clone() };
    primary.service.persist(&former, broken).await.expect("the end is on disk already");
    assert!(matches!(primary.service.persist(&former, late.clone()).await, Err(PairFault::NotPaired)));
    assert_eq!(primary.service.durable().await, ended);
    let code = backup.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
    let made = primary.service.durable().await;
    assert!(matches!(primary.service.persist(&former, late).await, Err(PairFault::NotPaired)));
    assert_eq!(primary.service.durable().await, made);
}

/// The absent node asks first.
#[tokio::test(flavor = "multi_thread")]
async fn node_learns_of_an_end_from_any_question() {
    let (primary, backup) = paired().await;
    let absent = backup.stop().await;
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    let backup = PairingNode::at(absent.0, absent.1, absent.2).await;
    let says = backup.service.ask(PeerAsks::Made).await.unwrap();
    assert!(matches!(says, PeerSays::Ended(_)));
    assert_eq!(backup.service.relationship(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_and_former_ones_end_after_a_day() {
    let (primary, backup) = paired().await;
    let shown = |node: &PairingNode| node.service.lock().book.pair.as_ref().unwrap().keys.shown.pin().clone();
    let before = [shown(&primary), shown(&backup)];
    primary.service.change_keys(&whole()).await.unwrap();
    let after = [shown(&primary), shown(&backup)];
    assert!(before[0] != after[0] && before[1] != after[1]);
    for node in [&primary, &backup] {
        node.reaches_its_peer().await.unwrap();
    }
    for node in [&primary, &backup] {
        assert_eq!(node.service.relationship().unwrap().pins(node.clock.now()).len(), 2);
        node.clock.step(Duration::from_hours(24));
        assert_eq!(node.service.relationship().unwrap().pins(node.clock.now()).len(), 1);
    }
    backup.service.change_keys(&whole()).await.unwrap();
    assert!(shown(&primary) != after[0] && shown(&backup) != after[1]);
    let (primary, backup) = (primary.restart().await, backup.restart().await);
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

/// A former key is let in for a day, so that a change may be interrupted. It may not change the keys: it may be in other hands.
#[tokio::test(flavor = "multi_thread")]
async fn former_key_changes_no_key() {
    let (primary, backup) = paired().await;
    let former = Arc::clone(&primary.service.lock().book.pair.as_ref().unwrap().keys.shown);
    primary.service.change_keys(&whole()).await.unwrap();
    let known = backup.service.relationship().unwrap().peer.pins;
    let pair = primary.service.relationship().unwrap();
    let (address, pins) = (backup.address(), pair.pins(primary.clock.now()));
    let line = PeerLine { address, identity: former, pins, pair_id: pair.pair_id };
    line.ask(&PeerAddresses::default(), PeerAsks::Hello).await.unwrap();
    let stranger = PairIdentity::make().unwrap().pin().clone();
    let said = line.ask(&PeerAddresses::default(), PeerAsks::NewKey(stranger)).await.unwrap_err();
    assert!(matches!(said, PairFault::Refused(PeerRefusal::OtherPair)), "{said:?}");
    assert_eq!(backup.service.relationship().unwrap().peer.pins, known);
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

/// A change of keys that is cut anywhere, with restarts, locks no node out, also after the former keys have ended.
#[tokio::test(flavor = "multi_thread")]
async fn cut_change_of_keys_locks_no_node_out() {
    let (mut primary, mut backup) = (PairingNode::start().await, PairingNode::start().await);
    let proxy = CuttingProxy::to(&backup).await;
    let code = backup.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await.unwrap();
    proxy.allow(i64::MAX);
    primary.service.change_keys(&whole()).await.unwrap();
    let whole_length = proxy.used();
    for cut in (0..whole_length).step_by(397) {
        proxy.allow(cut);
        drop(primary.service.change_keys(&whole()).await);
        proxy.allow(i64::MAX);
        if cut % 2 == 0 {
            (primary, backup) = (primary.restart().await, backup.restart().await);
        }
        primary.reaches_its_peer().await.unwrap_or_else(|fault| panic!("cut at {cut}: {fault}"));
        backup.reaches_its_peer().await.unwrap_or_else(|fault| panic!("cut at {cut}: {fault}"));
        for node in [&primary, &backup] {
            node.clock.step(Duration::from_hours(25));
        }
        primary.reaches_its_peer().await.unwrap_or_else(|fault| panic!("a day after the cut at {cut}: {fault}"));
        backup.reaches_its_peer().await.unwrap_or_else(|fault| panic!("a day after the cut at {cut}: {fault}"));
    }
}

/// Both nodes serve, as after a cut between them alone, and one ends the pair by force. The other one hears that it goes on, and retires.
#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_serving_nodes_goes_on_after_the_end() {
    for (ender_serves, other_serves) in [(true, true), (true, false), (false, true), (false, false)] {
        let (primary, backup) = paired().await;
        let _first = ender_serves.then(|| serves(&primary));
        let _second = other_serves.then(|| serves(&backup));
        // The other node is away: it learns of the end from an answer.
        let (folder, clock, port) = backup.stop().await;
        primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
        let backup = PairingNode::at(folder, clock, port).await;
        let _third = other_serves.then(|| serves(&backup));
        assert!(matches!(backup.service.ask(PeerAsks::Hello).await.unwrap(), PeerSays::Ended(_)));
        let goes_on = |node: &PairingNode| matches!(node.service.standing(), Standing::FormerPrimary { .. });
        let wanted = (ender_serves, other_serves && !ender_serves);
        assert_eq!((goes_on(&primary), goes_on(&backup)), wanted, "{ender_serves} {other_serves}");
    }
}
