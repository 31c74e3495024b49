//! The states of a grant and how it passes from one to the next.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request for a token was refused: by `error` alone, never by its description (email.md §2; RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not know the permission, or no longer.
    Grant,
    /// Only a person can go on: sign in, consent.
    Person,
    /// The client is not believed: its secret, its certificate, its right to this way of asking.
    Client,
    /// Asked for what cannot be had: scopes, parameters.
    Configuration,
    /// Network, the provider's own trouble, no answer that can be read.
    Passing,
}

impl Refusal {
    /// What an answer means. `error` is that of a JSON answer; what is not JSON is passing.
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
            // An unknown thing is temporary.
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

/// What is known of a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has authorized it yet.
    #[default]
    Absent,
    Authorized,
    /// Refused so often in a row; asked again before it counts as lost.
    Doubted(u8),
    /// A person must authorize anew.
    Lost,
    /// The client's secret or certificate is refused; the grant is kept.
    ClientRefused,
    /// The settings ask for what the provider does not give; the grant is kept.
    Misconfigured,
}

impl State {
    /// As in the API, in metrics and as part of a sentence's key.
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

    /// Mail by this relay stops, or will: somebody must be told at once.
    pub fn alarms(self) -> bool {
        match self {
            Self::Lost | Self::ClientRefused | Self::Misconfigured => true,
            Self::Absent | Self::Authorized | Self::Doubted(_) => false,
        }
    }
}

/// State, and when the provider is asked next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub state: State,
    /// Unix milliseconds.
    pub since: i64,
    /// Requests in a row that brought no token.
    pub failures: u32,
    /// When the first of them was made.
    #[serde(default)]
    pub failing: Option<i64>,
    /// When the next request is due by itself; `None` waits for a person.
    pub next: Option<i64>,
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// `invalid_grant` counts as *lost* after so many waits.
const DOUBTS: [Duration; 3] = [minutes(1), minutes(5), minutes(15)];
/// A passing fault: soon at first, since most pass at once.
const PASSING: [Duration; 7] =
    [Duration::from_secs(5), Duration::from_secs(15), minutes(1), minutes(2), minutes(5), minutes(10), minutes(15)];
/// What a person must mend is looked at seldom: somebody may have mended it at the provider.
const MENDING: [Duration; 3] = [minutes(15), minutes(60), minutes(240)];
/// A lost grant is asked for once a day: a provider that was wrong may have come to its senses.
const LOST: Duration = minutes(24 * 60);
/// A token is renewed at least so often, also when no mail is sent.
const RENEWED_EVERY: Duration = minutes(24 * 60);
/// And no more often than this, however short its life: who needs one before asks for it.
const RENEWED_AT_MOST: Duration = Duration::from_secs(5);

fn later(now: i64, wait: Duration) -> i64 {
    now.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Up to a tenth earlier, so that many nodes do not ask at the same moment; `chance` is in 0..=255.
fn spread(wait: Duration, chance: u8) -> Duration {
    wait - wait.mul_f64(f64::from(chance) / 2550.0)
}

fn step(steps: &[Duration], n: u32) -> Duration {
    steps[usize::try_from(n).unwrap_or(usize::MAX).min(steps.len() - 1)]
}

impl Life {
    /// A token came, and lives so long: the next one is asked for at half of that.
    #[must_use]
    pub fn granted(self, lifetime: Duration, now: i64, chance: u8) -> Self {
        let since = if self.state == State::Authorized { self.since } else { now };
        let wait = spread((lifetime / 2).clamp(RENEWED_AT_MOST, RENEWED_EVERY), chance);
        Self { state: State::Authorized, since, failures: 0, failing: None, next: Some(later(now, wait)) }
    }

    /// The provider refused. A request made before it was due (a person asked) does not bring *lost* nearer.
    #[must_use]
    pub fn refused(self, refusal: Refusal, now: i64, chance: u8) -> Self {
        let due = self.next.is_none_or(|next| next <= now);
        let state = match (refusal, self.state) {
            (Refusal::Passing, state) | (Refusal::Grant, state @ State::Lost) => state,
            (Refusal::Grant, State::Doubted(n)) if !due => State::Doubted(n),
            (Refusal::Grant, State::Doubted(n)) if usize::from(n) >= DOUBTS.len() => State::Lost,
            (Refusal::Grant, State::Doubted(n)) => State::Doubted(n + 1),
            (Refusal::Grant, _) => State::Doubted(1),
            (Refusal::Person, _) => State::Lost,
            (Refusal::Client, _) => State::ClientRefused,
            (Refusal::Configuration, _) => State::Misconfigured,
        };
        let same = state.name() == self.state.name();
        // A person who looks early takes no step away.
        let early = !due && same && self.failures > 0;
        let failures = match early {
            true => self.failures,
            false if same || refusal == Refusal::Passing => self.failures + 1,
            false => 1,
        };
        let wait = match (refusal, state) {
            (Refusal::Passing, _) => step(&PASSING, failures - 1),
            (_, State::Doubted(n)) => step(&DOUBTS, u32::from(n) - 1),
            (_, State::Lost) => LOST,
            _ => step(&MENDING, failures - 1),
        };
        let next = match self.next {
            Some(next) if early => next,
            _ => later(now, spread(wait, chance)),
        };
        let since = if same { self.since } else { now };
        Self { state, since, failures, failing: self.failing.or(Some(now)), next: Some(next) }
    }

    /// The provider has said when it wants to be asked again.
    #[must_use]
    pub fn not_before(self, at: Option<i64>) -> Self {
        Self { next: self.next.max(at.filter(|_| self.next.is_some())), ..self }
    }

    /// The settings or the grant changed: the provider is asked at once.
    #[must_use]
    pub fn look_now(self, now: i64) -> Self {
        Self { next: Some(now), ..self }
    }

    /// Whether a request is due. A time further away than the longest wait comes from a clock that was wrong.
    pub fn is_due(&self, now: i64) -> bool {
        self.next.is_some_and(|next| next <= now || next > later(now, RENEWED_EVERY.max(LOST)))
    }
}
