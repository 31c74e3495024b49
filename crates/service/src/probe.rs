//! A held relay is looked at by one connection at a time: through sign-in, without a message. A held sender is tried
//! with one of the messages that wait for it.

use std::collections::HashMap;
use std::sync::Arc;

use model::catalogue::Peer;
use model::hold::RelayState;
use model::id::RelayId;
use model::settings::RelaySettings;
use model::verdict::judge_fault;
use smtp::client::Fault;
use tokio::sync::watch;

use crate::queue::Queue;
use crate::relay::Waits;

/// Between two rounds at least and at most.
const FLOOR_MS: i64 = 1000;
const CEILING_MS: i64 = 60_000;
/// The one message that tries a held sender has so long before another one does.
const ANOTHER_MS: i64 = 5 * 60_000;

/// A relay that has not been seen to work for so long is looked at, so that a dead one is known before mail needs it.
const UNPROVEN_MS: i64 = 14 * 60_000;
/// Between two such looks.
const CHECK_MS: i64 = 60_000;

/// Looks at relays of which nothing was heard lately: through sign-in, without a message. Runs until the stop.
pub(crate) async fn check_channel(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    let mut looked: HashMap<RelayId, i64> = HashMap::new();
    let begun = queue.clock.now();
    loop {
        let now = queue.clock.now();
        let looking = async {
            for (relay, state) in queue.relays() {
                let last = [queue.proven(relay.id), looked.get(&relay.id).copied(), Some(begun)].into_iter().flatten().max();
                let stale = last.is_none_or(|at| now - at >= UNPROVEN_MS || at > now);
                if state == RelayState::Open && stale {
                    looked.insert(relay.id, now);
                    match queue.net.open(&relay, Waits::Probe, None).await {
                        Ok(mut session) => {
                            session.leave().await;
                            queue.prove(relay.id);
                        }
                        Err(failure) => {
                            if failure.report.fault.as_ref().and_then(Fault::lack).is_some() {
                                looked.remove(&relay.id); // nothing was seen of the relay
                            }
                            queue.session_failed(&relay, &failure.report).await;
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = looking => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = queue.clock.sleep_until(now + CHECK_MS) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Runs until the stop.
pub(crate) async fn probe(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
    loop {
        let looking = async {
            let now = queue.clock.now();
            for (relay, state) in queue.relays() {
                if state.probe_due(now) {
                    look(&queue, &relay, state).await;
                }
            }
            for (relay, sender, state) in queue.senders_to_try() {
                if state.probe_due(now) {
                    try_sender(&queue, relay, &sender).await;
                }
            }
            open_forgotten(&queue).await;
        };
        tokio::select! {
            () = looking => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let wait = async {
            queue.clock.sleep_until(next(&queue)).await;
        };
        tokio::select! {
            () = wait => {}
            () = queue.held.notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn next(queue: &Queue) -> i64 {
    let due = |state: &RelayState| if let RelayState::Held(hold) = state { hold.next_probe } else { None };
    let relays = queue.relays();
    let senders = queue.senders_to_try();
    // A sender held at a relay that is no longer in the route is nobody's business.
    let known = |id| relays.iter().any(|(relay, _)| relay.id == id);
    let senders = senders.iter().filter(|(relay, _, _)| known(*relay)).filter_map(|(_, _, state)| due(state));
    let next = relays.iter().filter_map(|(_, state)| due(state)).chain(senders).min();
    let now = queue.clock.now();
    // Never at once (what could not be done now would be tried without end), and now and then in any case.
    next.unwrap_or(i64::MAX).clamp(now + FLOOR_MS, now + CEILING_MS)
}

async fn look(queue: &Arc<Queue>, relay: &RelaySettings, before: RelayState) {
    match queue.net.open(relay, Waits::Probe, None).await {
        Ok(mut session) => {
            queue.end_shortage();
            session.leave().await;
            open(queue, relay).await;
        }
        Err(failure) => {
            let report = failure.report;
            let Some(fault) = &report.fault else { return };
            if let Some(resource) = fault.lack() {
                // Says nothing of the relay, so its schedule stays as it is: it is looked at again at once.
                return queue.note_shortage(resource);
            }
            let cause = judge_fault(fault, Peer::of_host(&relay.host.ascii())).cause;
            let words = report.transcript.mask(&fault.kind.to_string());
            tracing::info!(relay = relay.name, %words, "relay {} is still not usable: {words}", relay.name);
            let state = before.fail(cause, words, queue.clock.now());
            // Settings saved meanwhile may have asked for a look of their own; theirs counts.
            let changed = {
                let mut inside = queue.lock();
                let same = inside.route().iter().any(|now| now == relay);
                if same {
                    inside.relays.insert(relay.id, state.clone());
                }
                !same
            };
            if !changed {
                queue.keep_state(relay, "", state).await;
            }
        }
    }
}

/// The relay can be used: what waited goes out by itself.
pub(crate) async fn open(queue: &Arc<Queue>, relay: &RelaySettings) {
    queue.prove(relay.id);
    queue.lock().relays.remove(&relay.id);
    tracing::info!(relay = relay.name, "relay {} can be used again", relay.name);
    queue.keep_state(relay, "", RelayState::Open).await;
    // Parked mail may have a way now: it is looked at again, and parked again if not.
    queue.open_gates(None).await;
    queue.turn();
    queue.work.notify_waiters();
    queue.capacity.notify_one();
}

/// A gate whose sender nobody holds or tries any more (a hold ended while its last messages were being parked) is opened.
async fn open_forgotten(queue: &Queue) {
    let gates = match queue.store.shut_gates().await {
        Ok(gates) => gates,
        Err(error) => return tracing::error!(%error, "the gates cannot be read"),
    };
    for gate in gates {
        let cared_for = {
            let state = queue.lock();
            let held = state.senders.iter().any(|((_, sender), state)| *sender == gate.sender && *state != RelayState::Open);
            held || state.tried.keys().any(|(_, sender)| *sender == gate.sender)
        };
        if !cared_for {
            queue.unpark(gate.id, usize::MAX).await;
        }
    }
}

async fn try_sender(queue: &Arc<Queue>, relay: model::id::RelayId, sender: &str) {
    let Some((relay, _)) = queue.relays().into_iter().find(|(r, _)| r.id == relay) else { return };
    let gate = match queue.store.shut_gates().await {
        Ok(gates) => gates.into_iter().find(|gate| gate.sender == sender),
        Err(error) => return tracing::error!(%error, "the gates cannot be read"),
    };
    tracing::info!(relay = relay.name, sender, "trying <{sender}> at relay {} again", relay.name);
    // Open until it is refused again; that goes on with the schedule. One message goes ahead, the rest follow it. What is
    // on disk says held, so that a restart does not forget how often it was tried.
    let key = (relay.id, sender.to_owned());
    {
        let mut state = queue.lock();
        if let Some(RelayState::Held(hold)) = state.senders.get(&key).cloned() {
            state.senders.insert(key.clone(), RelayState::Open);
            state.tried.insert(key.clone(), hold);
        }
        // Should the message that goes ahead never get its answer (it was cancelled), another one is sent ahead.
        if let Some(hold) = state.tried.get_mut(&key) {
            hold.next_probe = Some(queue.clock.now() + ANOTHER_MS);
        }
    }
    if let Some(gate) = gate {
        queue.unpark(gate.id, 1).await;
    }
}
