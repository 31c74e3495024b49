//! Holds: an unusable relay is held, and one probe at a time checks if it can be used again.
//!
//! A fault before MAIL belongs to the relay (or to our settings for it), not to the message that met it. It is recorded once,
//! at the relay. No message's attempts are counted for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Cause of a hold on a relay, or on a sender at a relay. It sets the schedule of probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldCause {
    /// The network or the relay itself: not reachable, lost or busy.
    Network,
    /// The relay's certificate or key is not trusted.
    Tls,
    /// The relay offers no encryption, or none that this node supports.
    Encryption,
    /// User name, password or token refused, or no common mechanism.
    SignIn,
    /// There is no token to sign in with, because the provider does not answer now.
    Provider,
    /// There is no token to sign in with, and a person must act before there is.
    Grant,
    /// The relay refuses us for another reason: it demands sign-in or TLS, or rejects our name.
    Configuration,
    /// The relay does not let this sender send.
    Sender,
}

impl HoldCause {
    pub const ALL: [Self; 8] = [
        Self::Network,
        Self::Tls,
        Self::Encryption,
        Self::SignIn,
        Self::Provider,
        Self::Grant,
        Self::Configuration,
        Self::Sender,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Tls => "tls",
            Self::Encryption => "encryption",
            Self::SignIn => "sign-in",
            Self::Provider => "provider",
            Self::Grant => "grant",
            Self::Configuration => "configuration",
            Self::Sender => "sender",
        }
    }
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// The wait before the `n`-th probe (from 0). A refused password is tried seldom: accounts lock.
pub fn probe_wait(cause: HoldCause, n: u32) -> Duration {
    let steps: &[Duration] = match cause {
        // A look for a token is local. When a token comes, the relay is probed anyway.
        HoldCause::Network | HoldCause::Tls | HoldCause::Encryption | HoldCause::Provider | HoldCause::Grant => {
            &[minutes(1), minutes(2), minutes(5), minutes(10), minutes(15)]
        }
        HoldCause::SignIn | HoldCause::Configuration | HoldCause::Sender => &[minutes(15), minutes(60), minutes(240)],
    };
    steps[usize::try_from(n).unwrap_or(usize::MAX).min(steps.len() - 1)]
}

/// The proof that a relay works again: a session must come as far as the fault did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeededProof {
    /// A session opened, up to the end of the sign-in.
    #[default]
    SignIn,
    /// The relay took MAIL and RCPT, without a message.
    Rehearsal,
    /// The relay accepted a message.
    Message,
}

/// State of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelayState {
    /// Not known to be unusable.
    Open,
    Held(Hold),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub cause: HoldCause,
    pub since: Timestamp,
    /// Probes made so far.
    pub probes: u32,
    pub next_probe: Timestamp,
    /// The last fault, in the words of the log; the report of the attempt has the rest.
    pub fault: String,
    /// Holds that were stored by older versions ended with a sign-in.
    #[serde(default)]
    pub needs: NeededProof,
    /// The Fluent key of its cause and remedy. `None`: those of [`HoldCause`] are all that is known.
    #[serde(default)]
    pub advice: Option<String>,
}

impl Hold {
    /// The proof that ends this hold. A refusal of us, not of our password, shows itself behind the sign-in.
    pub fn needed_proof(&self) -> NeededProof {
        if self.cause == HoldCause::Configuration { self.needs.max(NeededProof::Rehearsal) } else { self.needs }
    }
}

impl RelayState {
    /// Records a fault met now. A new cause starts the schedule anew; the same cause continues it.
    pub fn fail(self, cause: HoldCause, fault: String, now: Timestamp) -> Self {
        let (since, probes, needs) = match self {
            Self::Held(hold) if hold.cause == cause => (hold.since, hold.probes + 1, hold.needs),
            Self::Held(hold) => (hold.since, 0, hold.needs),
            Self::Open => (now, 0, NeededProof::SignIn),
        };
        Self::Held(Hold { cause, since, probes, next_probe: now + probe_wait(cause, probes), fault, needs, advice: None })
    }

    /// The same state, with the key of its cause and remedy.
    pub fn advised(self, advice: Option<String>) -> Self {
        match self {
            Self::Held(hold) => Self::Held(Hold { advice, ..hold }),
            Self::Open => Self::Open,
        }
    }

    /// The same state, ended by no less than this proof.
    pub fn needing(self, needs: NeededProof) -> Self {
        match self {
            Self::Held(hold) => Self::Held(Hold { needs: hold.needs.max(needs), ..hold }),
            Self::Open => Self::Open,
        }
    }

    /// Makes a probe due at once: settings changed, a token came, or a person asks.
    pub fn look_now(self, now: Timestamp) -> Self {
        match self {
            Self::Held(hold) => Self::Held(Hold { next_probe: now, probes: 0, ..hold }),
            Self::Open => Self::Open,
        }
    }

    /// True if a probe is due. A due time beyond the longest wait comes from a wrong clock and counts as due.
    pub fn probe_due(&self, now: Timestamp) -> bool {
        let Self::Held(hold) = self else { return false };
        hold.next_probe <= now || hold.next_probe > now + probe_wait(hold.cause, u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(state: &RelayState) -> i64 {
        match state {
            RelayState::Held(hold) => hold.next_probe.as_millis() / 60_000,
            RelayState::Open => panic!("open"),
        }
    }

    /// A network fault is probed after 1, 2, 5, 10 and 15 minutes, a refused password seldom.
    #[test]
    fn probe_schedule_follows_cause() {
        let mut state = RelayState::Open;
        let mut waits = vec![];
        for _ in 0..6 {
            state = state.fail(HoldCause::Network, "x".into(), Timestamp::EPOCH);
            waits.push(next(&state));
        }
        assert_eq!(waits, [1, 2, 5, 10, 15, 15]);
        state = state.fail(HoldCause::SignIn, "x".into(), Timestamp::EPOCH);
        assert_eq!(next(&state), 15, "a new cause has its own schedule");
        state = state.fail(HoldCause::SignIn, "x".into(), Timestamp::EPOCH);
        assert_eq!(next(&state), 60);
    }

    #[test]
    fn probe_is_due_after_clock_was_set_back() {
        let day = Timestamp::from_millis(86_400_000);
        let state = RelayState::Open.fail(HoldCause::Network, "x".into(), day);
        assert!(state.probe_due(Timestamp::EPOCH), "the due time lies a day ahead: the clock was set back");
        assert!(!state.probe_due(day));
        assert!(state.look_now(day).probe_due(day));
    }
}
