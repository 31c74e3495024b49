//! The state of a relay's grant in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use model::oauth::{Destination, Grant, GrantPhase};
use model::settings::{Auth, Method, OAuth2Settings, RelaySettings};
use model::time::Timestamp;
use model::{Phrase, Secret};
use serde::{Deserialize, Serialize};
use store::GrantChange;

use super::proof::SecretMethod;
use super::refusal::known;

/// Minimum time between two token requests that a relay's refusal causes.
const FORCED_EVERY: Duration = Duration::from_secs(300);

/// The tokens in the form that is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    refresh: Option<String>,
    access: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct HeldGrant {
    pub(super) grant: Grant,
    pub(super) refresh: Option<Secret>,
    pub(super) access: Option<Secret>,
    /// True while a new token is not on disk. It must not be used before.
    pub(super) unwritten: bool,
    /// True after a write of the token failed.
    pub(super) unwritable: bool,
    /// Monotonic time of the last token request that a relay's refusal caused.
    pub(super) forced: Option<Duration>,
    /// Lead of the provider's clock over ours at the last answer.
    pub(super) skew: Option<SignedDuration>,
    /// The method by which the provider took the client's secret last.
    pub(super) secret_method: SecretMethod,
}

impl HeldGrant {
    /// Reads a stored row. `None` if it cannot be read.
    pub(super) fn read(record: &str, tokens: Option<&Secret>) -> Option<Self> {
        let mut grant: Grant = serde_json::from_str(record).ok()?;
        let sealed: Sealed = serde_json::from_str(tokens?.reveal()).ok()?;
        // The former process ended during a renewal. The provider may have replaced the refresh token then.
        grant.cut_off = grant.renewing.take().or(grant.cut_off);
        Some(Self { grant, refresh: sealed.refresh.map(Secret::new), access: sealed.access.map(Secret::new), ..Self::default() })
    }

    pub(super) fn put(&self, relay: &RelaySettings) -> GrantChange {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let sealed = Sealed { refresh: text(&self.refresh), access: text(&self.access) };
        let tokens = Secret::new(serde_json::to_string(&sealed).expect("strings serialize"));
        GrantChange::Put { relay: relay.id, record: self.record(), tokens }
    }

    pub(super) fn note(&self, relay: &RelaySettings) -> GrantChange {
        GrantChange::Note { relay: relay.id, record: self.record() }
    }

    fn record(&self) -> String {
        serde_json::to_string(&self.grant).expect("a grant is text and numbers")
    }

    /// A token that the relay takes, as far as is known.
    pub(super) fn usable(&self, now: Timestamp) -> Option<Secret> {
        let valid = self.grant.token.is_some_and(|token| token.is_valid(now)) && !self.unwritten;
        self.access.clone().filter(|_| valid)
    }

    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        !self.unwritten && self.access.is_some() && self.grant.token.is_some_and(|token| token.is_fresh(now))
    }
}

/// The grant of a relay. It is shared across revisions of the settings.
#[derive(Default)]
pub(super) struct Live {
    held: Mutex<HeldGrant>,
    /// Held by the task that asks the provider.
    pub(super) asking: tokio::sync::Mutex<()>,
    /// Number of requests so far.
    attempts: AtomicU64,
    /// Counts the tokens. Connections signed in with an earlier token are closed.
    serial: Arc<AtomicU64>,
}

impl Live {
    pub(super) fn of(held: HeldGrant) -> Self {
        Self { held: Mutex::new(held), ..Self::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HeldGrant> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Acquire)
    }

    pub(super) fn attempted(&self) {
        self.attempts.fetch_add(1, Ordering::AcqRel);
    }

    /// True if a relay's refusal may cause a token request now. If so, records the request.
    pub(super) fn force(&self, now: Duration) -> bool {
        let mut held = self.lock();
        let asks = held.grant.life.next.is_some() && held.forced.is_none_or(|at| now.saturating_sub(at) >= FORCED_EVERY);
        if asks {
            held.forced = Some(now);
        }
        asks
    }

    pub(super) fn changed(&self) {
        self.serial.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn token(&self, secret: Secret) -> Token {
        let serial = self.serial.load(Ordering::Acquire);
        Token { secret, serial, now: Arc::clone(&self.serial) }
    }
}

/// A relay that uses OAuth2, and its grant.
pub(super) struct GrantSlot {
    pub(super) relay: RelaySettings,
    pub(super) destination: Destination,
    pub(super) live: Arc<Live>,
}

impl GrantSlot {
    /// True if these settings, which may be typed and unsaved, have the destination of the grant.
    pub(super) fn is_for(&self, relay: &RelaySettings) -> bool {
        Destination::of(relay).as_ref() == Some(&self.destination)
    }

    /// The relay's OAuth2 settings. Slots exist only for relays that have them.
    pub(super) fn settings(&self) -> Option<&OAuth2Settings> {
        match &self.relay.auth {
            Auth::OAuth2(settings) => Some(settings),
            Auth::None | Auth::Password { .. } => None,
        }
    }

    pub(super) fn is_application(&self) -> bool {
        self.settings().is_some_and(|settings| matches!(settings.method, Method::Application(_)))
    }
}

/// An access token that knows if a newer one has come.
#[derive(Clone)]
pub struct Token {
    pub(crate) secret: Secret,
    serial: u64,
    now: Arc<AtomicU64>,
}

impl Token {
    pub(super) fn loose(secret: Secret) -> Self {
        Self { secret, serial: 0, now: Arc::default() }
    }

    /// True if a newer token has come or the grant was dropped.
    pub fn is_outdated(&self) -> bool {
        self.now.load(Ordering::Acquire) != self.serial
    }
}

/// The reason why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoToken {
    /// True if the fault can end by itself. False if a person must act.
    pub passing: bool,
    /// Key of the sentences for cause and remedy (`….cause`, `….remedy`).
    pub key: String,
    /// The provider's words, or ours.
    pub words: String,
}

impl NoToken {
    pub(super) fn of(slot: &GrantSlot, held: &HeldGrant) -> Self {
        let grant = &held.grant;
        if let Some(confirm) = slot.settings().and_then(|settings| grant.to_confirm(&settings.email)) {
            let words = format!("{} ≠ {}", confirm.account, confirm.email);
            return Self { passing: false, key: "no-token-account".into(), words };
        }
        if held.unwritten {
            return Self { passing: true, key: "no-token-unwritten".into(), words: String::new() };
        }
        let known = slot.settings().zip(grant.fault.as_ref()).and_then(|(settings, fault)| known(settings, fault));
        let words = grant.fault.as_ref().map(|fault| fault.words.clone()).unwrap_or_default();
        let (passing, name) = match grant.life.state {
            GrantPhase::Absent if slot.is_application() && grant.life.next.is_none() => (false, "forgotten"),
            GrantPhase::Absent if slot.is_application() => (true, "unreachable"),
            GrantPhase::Absent => (false, "absent"),
            GrantPhase::Authorized => (true, "unreachable"),
            GrantPhase::Doubted(_) => (true, "doubted"),
            state @ (GrantPhase::Lost | GrantPhase::ClientRefused | GrantPhase::Misconfigured) => (false, state.name()),
        };
        let key = known.map_or_else(|| format!("no-token-{name}"), model::catalogue::KnownRefusal::key);
        Self { passing, key, words }
    }

    pub fn cause(&self) -> Phrase {
        Phrase::new(format!("{}.cause", self.key))
    }
}
