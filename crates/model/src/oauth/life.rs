//! The states of a grant and its transitions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Class of a refused token request. Status and `error` decide, never the description (docs/oauth.md; RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not know the permission, or knows it no longer.
    Grant,
    /// A person must act: sign in or consent.
    Person,
    /// The client is refused: its secret, its certificate, or its right to this grant type.
    Client,
    /// The request is not allowed: its scopes or its parameters.
    Configuration,
    /// Temporary: the network, a fault of the provider, or an unreadable answer.
    Passing,
}

impl Refusal {
    /// Classifies an answer. `error` is that of a JSON answer; an answer that is not JSON is passing.
    pub fn of(status: u16, error: Option<&str>) -> Self {
        match error {
            _ if status >= 500 || status == 429 => Self::Passing,
            Some("invalid_grant") => Self::Grant,
            // OpenID Connect Core §3.1.2.6
            Some("interaction_required" | "login_required" | "consent_required") => Self::Person,
            Some("invalid_client" | "unauthorized_client" | "deleted_client" | "disabled_client") => Self::Client,
            Some(
                "invalid_scope"
                | "invalid_request"
                | "unsupported_grant_type"
                | "invalid_target"
                | "invalid_resource"
                | "access_denied"
                | "admin_policy_enforced"
                | "org_internal",
            ) => Self::Configuration,
            // An unknown error counts as temporary.
            Some(_) | None => Self::Passing,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Person => "person",
            Self::Client => "client",
            Self::Configuration => "configuration",
            Self::Passing => "passing",
        }
    }
}

/// State of a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantPhase {
    /// The grant has not been authorized yet.
    #[default]
    Absent,
    Authorized,
    /// Refused this many times in a row. The provider is asked again before the grant counts as lost.
    Doubted(u8),
    /// A person must authorize anew.
    Lost,
    /// The provider refuses the client's secret or certificate; the grant is kept.
    ClientRefused,
    /// The provider refuses the settings, such as the scopes; the grant is kept.
    Misconfigured,
}

impl GrantPhase {
    /// Name in the API, in metrics and in Fluent keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Authorized => "authorized",
            Self::Doubted(_) => "doubted",
            Self::Lost => "lost",
            Self::ClientRefused => "client-refused",
            Self::Misconfigured => "misconfigured",
        }
    }

    pub const NAMES: [&'static str; 6] = ["absent", "authorized", "doubted", "lost", "client-refused", "misconfigured"];

    /// True if mail by this relay stops, or will stop: operators must be told at once.
    pub fn alarms(self) -> bool {
        match self {
            Self::Lost | Self::ClientRefused | Self::Misconfigured => true,
            Self::Absent | Self::Authorized | Self::Doubted(_) => false,
        }
    }
}

/// State of a grant, and the time of the next request to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub state: GrantPhase,
    pub since: Timestamp,
    /// Requests in a row that brought no token.
    pub failures: u32,
    /// Time of the first of these requests.
    #[serde(default)]
    pub failing: Option<Timestamp>,
    /// Due time of the next request; `None` waits for a person.
    pub next: Option<Timestamp>,
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// Waits after `invalid_grant`. A refusal after the last wait makes the grant *lost*.
const DOUBTS: [Duration; 3] = [minutes(1), minutes(5), minutes(15)];
/// Waits after a passing fault: short at first, since most faults pass at once.
const PASSING: [Duration; 7] =
    [Duration::from_secs(5), Duration::from_secs(15), minutes(1), minutes(2), minutes(5), minutes(10), minutes(15)];
/// Waits after a fault that a person must correct. Requests go on, since he may correct it at the provider.
const MENDING: [Duration; 3] = [minutes(15), minutes(60), minutes(240)];
/// Wait after the loss of a grant. Requests go on, since the provider may have been wrong.
const LOST: Duration = minutes(24 * 60);
/// Longest wait before a renewal, also when no mail is sent.
const RENEWED_EVERY: Duration = minutes(24 * 60);
/// Shortest wait before a renewal, even of a short-lived token. A caller that needs a token sooner asks for it.
const RENEWED_AT_MOST: Duration = Duration::from_secs(5);

/// Shortens a wait by up to a tenth, so that many nodes do not ask at the same moment. `chance` is in 0..=255.
fn spread(wait: Duration, chance: u8) -> Duration {
    wait - wait.mul_f64(f64::from(chance) / 2550.0)
}

fn step(steps: &[Duration], n: u32) -> Duration {
    steps[usize::try_from(n).unwrap_or(usize::MAX).min(steps.len() - 1)]
}

impl Life {
    /// Records a new token. The next request is due at half of its lifetime.
    #[must_use]
    pub fn granted(self, lifetime: Duration, now: Timestamp, chance: u8) -> Self {
        let since = if self.state == GrantPhase::Authorized { self.since } else { now };
        let wait = spread((lifetime / 2).clamp(RENEWED_AT_MOST, RENEWED_EVERY), chance);
        Self { state: GrantPhase::Authorized, since, failures: 0, failing: None, next: Some(now + wait) }
    }

    /// Records a refusal. A request made before it was due (a person asked) does not bring *lost* nearer.
    #[must_use]
    pub fn refused(self, refusal: Refusal, now: Timestamp, chance: u8) -> Self {
        let due = self.next.is_none_or(|next| next <= now);
        let state = match (refusal, self.state) {
            (Refusal::Passing, state) | (Refusal::Grant, state @ GrantPhase::Lost) => state,
            (Refusal::Grant, GrantPhase::Doubted(n)) if !due => GrantPhase::Doubted(n),
            (Refusal::Grant, GrantPhase::Doubted(n)) if usize::from(n) >= DOUBTS.len() => GrantPhase::Lost,
            (Refusal::Grant, GrantPhase::Doubted(n)) => GrantPhase::Doubted(n + 1),
            (Refusal::Grant, _) => GrantPhase::Doubted(1),
            (Refusal::Person, _) => GrantPhase::Lost,
            (Refusal::Client, _) => GrantPhase::ClientRefused,
            (Refusal::Configuration, _) => GrantPhase::Misconfigured,
        };
        let same = state.name() == self.state.name();
        // An early request by a person does not advance the schedule.
        let early = !due && same && self.failures > 0;
        let failures = match early {
            true => self.failures,
            false if same || refusal == Refusal::Passing => self.failures + 1,
            false => 1,
        };
        let wait = match (refusal, state) {
            (Refusal::Passing, _) => step(&PASSING, failures - 1),
            (_, GrantPhase::Doubted(n)) => step(&DOUBTS, u32::from(n) - 1),
            (_, GrantPhase::Lost) => LOST,
            _ => step(&MENDING, failures - 1),
        };
        let next = match self.next {
            Some(next) if early => next,
            _ => now + spread(wait, chance),
        };
        let since = if same { self.since } else { now };
        Self { state, since, failures, failing: self.failing.or(Some(now)), next: Some(next) }
    }

    /// Delays the next request until the time that the provider named.
    #[must_use]
    pub fn not_before(self, at: Option<Timestamp>) -> Self {
        Self { next: self.next.max(at.filter(|_| self.next.is_some())), ..self }
    }

    /// Makes a request due at once, because the settings or the grant changed.
    #[must_use]
    pub fn look_now(self, now: Timestamp) -> Self {
        Self { next: Some(now), ..self }
    }

    /// True if a request is due. A due time beyond the longest wait comes from a wrong clock and counts as due.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_some_and(|next| next <= now || next > now + RENEWED_EVERY.max(LOST))
    }
}
