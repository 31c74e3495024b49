//! Chooses the relay for a message: the first usable one of the route.
//!
//! A held relay is skipped until a probe opens it. From then on, new messages use it again. Only the verdict table assigns
//! blame, so a wrong address never changes the route.

use crate::id::RelayId;

/// Result of the choice of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Relay(RelayId),
    /// Every relay that lets this sender send is held, or the route is empty.
    Wait,
    /// No relay of the route lets this sender send.
    Park,
}

/// A relay's state for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub relay: RelayId,
    pub open: bool,
    /// False if the relay is known to refuse this sender.
    pub takes_sender: bool,
    /// The message is about this relay: another relay is preferred, and this one is better than none.
    pub avoid: bool,
}

/// Chooses a relay. The candidates come in the order of the route.
pub fn choose(route: impl Iterator<Item = Candidate>) -> Choice {
    let (mut waits, mut any, mut avoided) = (false, false, None);
    for candidate in route {
        any = true;
        match (candidate.open, candidate.takes_sender) {
            (true, true) if candidate.avoid => avoided = avoided.or(Some(candidate.relay)),
            (true, true) => return Choice::Relay(candidate.relay),
            // Held for another reason than the sender: the relay may take this message when it opens.
            (false, true) => waits = true,
            (_, false) => {}
        }
    }
    match avoided {
        Some(relay) => Choice::Relay(relay),
        None if waits || !any => Choice::Wait,
        None => Choice::Park,
    }
}

/// The fallback in use. `None` while the first relay is open, or while no relay is.
pub fn fallback(route: impl Iterator<Item = (RelayId, bool)>) -> Option<RelayId> {
    let mut first = true;
    for (relay, open) in route {
        if open {
            return (!first).then_some(relay);
        }
        first = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use std::time::Duration;

    use super::*;
    use crate::hold::{HoldCause, RelayState};
    use crate::time::Timestamp;

    fn open(n: u32) -> Candidate {
        Candidate { relay: RelayId(n), open: true, takes_sender: true, avoid: false }
    }

    fn held(n: u32) -> Candidate {
        Candidate { open: false, ..open(n) }
    }

    fn refuses_sender(relay: Candidate) -> Candidate {
        Candidate { takes_sender: false, ..relay }
    }

    fn avoided(n: u32) -> Candidate {
        Candidate { avoid: true, ..open(n) }
    }

    #[test]
    fn choice_is_first_usable_relay_else_wait_or_park() {
        let ask = |route: &[Candidate]| choose(route.iter().copied());
        assert_eq!(ask(&[open(1), open(2)]), Choice::Relay(RelayId(1)));
        assert_eq!(ask(&[held(1), open(2)]), Choice::Relay(RelayId(2)));
        assert_eq!(ask(&[held(1), refuses_sender(open(2))]), Choice::Wait);
        assert_eq!(ask(&[refuses_sender(open(1)), refuses_sender(held(2))]), Choice::Park);
        assert_eq!(ask(&[]), Choice::Wait);
    }

    /// A notice about a relay goes by another relay if one is usable. Otherwise it goes by the relay itself.
    #[test]
    fn notice_about_relay_prefers_another_relay() {
        let ask = |route: &[Candidate]| choose(route.iter().copied());
        assert_eq!(ask(&[avoided(1), open(2)]), Choice::Relay(RelayId(2)));
        assert_eq!(ask(&[avoided(1), held(2)]), Choice::Relay(RelayId(1)));
    }

    #[test]
    fn fallback_is_in_use_only_while_first_is_held() {
        let ask = |open: &[bool]| fallback((1..).map(RelayId).zip(open.iter().copied()));
        assert_eq!(ask(&[true, true]), None);
        assert_eq!(ask(&[false, true]), Some(RelayId(2)));
        assert_eq!(ask(&[false, false, true]), Some(RelayId(3)));
        assert_eq!((ask(&[false, false]), ask(&[])), (None, None));
    }

    const MINUTE: Duration = Duration::from_secs(60);

    /// Simulates three relays that fail and recover, minute by minute.
    struct RelaySimulation {
        states: BTreeMap<RelayId, RelayState>,
        now: Timestamp,
    }

    impl RelaySimulation {
        fn choose(&self) -> Choice {
            choose(self.states.iter().map(|(id, state)| match state {
                RelayState::Open => open(id.0),
                RelayState::Held(_) => held(id.0),
            }))
        }

        fn fail(&mut self, id: RelayId) {
            let state = self.states.insert(id, RelayState::Open).unwrap();
            self.states.insert(id, state.fail(HoldCause::Network, "gone".into(), self.now));
        }

        /// Probes each held relay that is due, with one connection.
        fn probe(&mut self, up: &[bool]) {
            for (id, up) in (1..).map(RelayId).zip(up) {
                if self.states[&id].probe_due(self.now) {
                    if *up { drop(self.states.insert(id, RelayState::Open)) } else { self.fail(id) }
                }
            }
        }

        /// Delivers a message and returns the relay that took it. A wrong address would count against its recipient only.
        fn deliver(&mut self, up: &[bool]) -> Option<RelayId> {
            while let Choice::Relay(id) = self.choose() {
                if up[usize::try_from(id.0 - 1).unwrap()] {
                    return Some(id);
                }
                self.fail(id);
            }
            None
        }
    }

    proptest! {
        /// A message goes at once by the first relay known to be usable. A relay that is up again takes mail within its
        /// longest probe wait. Mail waits only while no relay is up, or one has just come back.
        #[test]
        fn mail_goes_by_the_first_usable_relay_and_returns_to_it(
            spans in prop::collection::vec((1usize..90, any::<[bool; 3]>()), 1..40)
        ) {
            let states = (1..4).map(|n| (RelayId(n), RelayState::Open)).collect();
            let mut world = RelaySimulation { states, now: Timestamp::EPOCH };
            for (minutes, up) in spans {
                for minute in 0..minutes {
                    world.now += MINUTE;
                    world.probe(&up);
                    let known = world.states.iter().filter(|(_, state)| **state == RelayState::Open).map(|(id, _)| *id);
                    let usable = known.filter(|id| up[usize::try_from(id.0 - 1).unwrap()]).min();
                    let took = world.deliver(&up);
                    prop_assert_eq!(took, usable, "the first that is known and up");
                    // The longest wait between two probes is 15 minutes.
                    if minute >= 16 {
                        let first_up = (1..4).map(RelayId).zip(up).find(|(_, up)| *up).map(|(id, _)| id);
                        prop_assert_eq!(took, first_up, "back at the first within its longest probe");
                    }
                }
            }
        }
    }
}
