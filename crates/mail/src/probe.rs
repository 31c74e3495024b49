//! Probes: a connection through sign-in, without a message, to each held relay. For a held sender, one of its waiting
//! messages is tried.

use std::collections::HashMap;
use std::sync::Arc;

use admin::certificate::CertificateView;
use model::catalogue::Peer;
use model::hold::RelayState;
use model::id::RelayId;
use model::settings::RelaySettings;
use model::verdict::judge_fault;
use smtp::client::Fault;
use tokio::sync::watch;

use crate::delivery::AttemptReport;
use crate::queue::Queue;
use crate::relay::Waits;

/// Minimum and maximum time between two rounds, in milliseconds.
const FLOOR_MS: i64 = 1000;
const CEILING_MS: i64 = 60_000;
/// Time for the message that tries a held sender. After it another message tries. Milliseconds.
const ANOTHER_MS: i64 = 5 * 60_000;

/// A relay that was not seen to work for this long gets a probe. A dead relay is known before mail needs it. Milliseconds.
const UNPROVEN_MS: i64 = 14 * 60_000;
/// Interval between two rounds of such probes, in milliseconds.
const CHECK_MS: i64 = 60_000;

/// Probes open relays that were not seen to work lately. Runs until the stop.
pub async fn check_channel(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
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
                                looked.remove(&relay.id); // the relay was not reached
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

/// Probes held relays and senders when they are due. Runs until the stop.
pub async fn probe(queue: Arc<Queue>, mut stop: watch::Receiver<bool>) {
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
    // A sender held at a relay that is no longer in the route needs no try.
    let known = |id| relays.iter().any(|(relay, _)| relay.id == id);
    let senders = senders.iter().filter(|(relay, _, _)| known(*relay)).filter_map(|(_, _, state)| due(state));
    let next = relays.iter().filter_map(|(_, state)| due(state)).chain(senders).min();
    let now = queue.clock.now();
    // Never at once: a failed try would repeat without end. At least once a minute in any case.
    next.unwrap_or(i64::MAX).clamp(now + FLOOR_MS, now + CEILING_MS)
}

/// The result of a connection through sign-in that a person asked for.
pub struct Examined {
    pub report: AttemptReport,
    /// The relay's certificate, if the session opened.
    pub certificate: Option<CertificateView>,
    /// True if the session opened.
    pub opened: bool,
}

impl Queue {
    /// Opens a session with a relay for the doctor, and closes it. A failure counts for the relay.
    pub async fn examine(&self, relay: &RelaySettings) -> Examined {
        match self.net.open(relay, Waits::Person, None).await {
            Ok(mut session) => {
                session.leave().await;
                let report = AttemptReport::new(relay, session.report());
                Examined { report, certificate: session.certificate.clone(), opened: true }
            }
            Err(failure) => {
                self.session_failed(relay, &failure.report).await;
                Examined { report: AttemptReport::of_failure(relay, &failure), certificate: None, opened: false }
            }
        }
    }
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
                // The relay is not to blame. Its backoff stays as it is, so the next probe comes after [`FLOOR_MS`].
                return queue.note_shortage(resource);
            }
            let cause = judge_fault(fault, Peer::of_host(&relay.host.ascii())).cause;
            let words = report.transcript.mask(&fault.kind.to_string());
            tracing::info!(relay = relay.name, %words, "relay {} is still not usable: {words}", relay.name);
            let state = before.fail(cause, words, queue.clock.now());
            // Settings that were saved meanwhile may have asked for a probe of their own. Their state counts.
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

/// Opens a relay that works again, and wakes the tasks that send its waiting mail.
pub(crate) async fn open(queue: &Arc<Queue>, relay: &RelaySettings) {
    queue.prove(relay.id);
    queue.lock().relays.remove(&relay.id);
    tracing::info!(relay = relay.name, "relay {} can be used again", relay.name);
    queue.keep_state(relay, "", RelayState::Open).await;
    // Parked mail may have a relay now. It is tried again, and parked again if not.
    queue.open_gates(None).await;
    queue.turn();
    queue.work.notify_waiters();
    queue.capacity.notify_one();
}

/// Opens gates whose sender is neither held nor tried: the hold ended while its last messages were being parked.
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
    // The sender is open until the relay refuses it again. Its backoff then goes on. One message goes ahead; the rest
    // follow it. The disk still says held, so that a restart does not lose the count of tries.
    let key = (relay.id, sender.to_owned());
    {
        let mut state = queue.lock();
        if let Some(RelayState::Held(hold)) = state.senders.get(&key).cloned() {
            state.senders.insert(key.clone(), RelayState::Open);
            state.tried.insert(key.clone(), hold);
        }
        // The message that goes ahead may get no answer (it was cancelled). Then another message goes ahead.
        if let Some(hold) = state.tried.get_mut(&key) {
            hold.next_probe = Some(queue.clock.now() + ANOTHER_MS);
        }
    }
    if let Some(gate) = gate {
        queue.unpark(gate.id, 1).await;
    }
}
