//! What is in memory of one relay's grant.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::oauth::{Destination, Grant, State};
use model::settings::{Auth, Method, OAuth2Settings, RelaySettings};
use model::{Phrase, Secret};
use serde::{Deserialize, Serialize};
use store::{Change, GrantChange};

use super::status::known;

/// A relay's refusal makes us ask for another token so often at most.
const FORCED_EVERY: Duration = Duration::from_secs(300);

/// The tokens as they are sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    refresh: Option<String>,
    access: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) grant: Grant,
    pub(super) refresh: Option<Secret>,
    pub(super) access: Option<Secret>,
    /// It came, and is not on disk yet: it must not be used before.
    pub(super) unwritten: bool,
    /// Writing it has failed.
    pub(super) unwritable: bool,
    /// When a relay's refusal last made us ask for another token (monotonic).
    pub(super) forced: Option<Duration>,
    /// How far the provider's clock is ahead of ours, as last heard (milliseconds).
    pub(super) skew: Option<i64>,
    /// The provider believed the client's secret by HTTP Basic.
    pub(super) basic: bool,
}

impl Held {
    /// From a stored row; `None` if it cannot be read.
    pub(super) fn read(record: &str, tokens: Option<&Secret>) -> Option<Self> {
        let mut grant: Grant = serde_json::from_str(record).ok()?;
        let sealed: Sealed = serde_json::from_str(tokens?.reveal()).ok()?;
        // The former process ended while a renewal was under way: the provider may have replaced the permission then.
        grant.cut_off = grant.renewing.take().or(grant.cut_off);
        Some(Self { grant, refresh: sealed.refresh.map(Secret::new), access: sealed.access.map(Secret::new), ..Self::default() })
    }

    pub(super) fn put(&self, relay: &RelaySettings) -> Change {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let sealed = Sealed { refresh: text(&self.refresh), access: text(&self.access) };
        // Texts and numbers: this cannot fail.
        let tokens = Secret::new(serde_json::to_string(&sealed).unwrap_or_default());
        Change::Grant(GrantChange::Put { relay: relay.id.0, record: self.record(), tokens })
    }

    pub(super) fn note(&self, relay: &RelaySettings) -> Change {
        Change::Grant(GrantChange::Note { relay: relay.id.0, record: self.record() })
    }

    fn record(&self) -> String {
        serde_json::to_string(&self.grant).unwrap_or_default()
    }

    /// A token that a relay will take, as far as we know.
    pub(super) fn usable(&self, now: i64) -> Option<Secret> {
        let valid = self.grant.token.is_some_and(|token| token.is_valid(now)) && !self.unwritten;
        self.access.clone().filter(|_| valid)
    }

    pub(super) fn is_fresh(&self, now: i64) -> bool {
        !self.unwritten && self.access.is_some() && self.grant.token.is_some_and(|token| token.is_fresh(now))
    }
}

/// The grant of a relay, shared by the settings that come and go.
#[derive(Default)]
pub(super) struct Live {
    held: Mutex<Held>,
    /// Held by whoever asks the provider.
    pub(super) asking: tokio::sync::Mutex<()>,
    /// Questions asked so far.
    attempts: AtomicU64,
    /// Counts the tokens: connections signed in with an earlier one are closed.
    serial: Arc<AtomicU64>,
}

impl Live {
    pub(super) fn of(held: Held) -> Self {
        Self { held: Mutex::new(held), ..Self::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Acquire)
    }

    pub(super) fn attempted(&self) {
        self.attempts.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether a relay's refusal may make us ask for another token now; counted from then on.
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

/// A relay that is signed in at with OAuth2, and its grant.
pub(super) struct Slot {
    pub(super) relay: RelaySettings,
    pub(super) destination: Destination,
    pub(super) live: Arc<Live>,
}

impl Slot {
    /// Only made for such relays.
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

/// An access token, and whether it is still the newest.
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

    /// Another token has come, or this one was taken away.
    pub fn is_outdated(&self) -> bool {
        self.now.load(Ordering::Acquire) != self.serial
    }
}

/// Why there is no token to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoToken {
    /// It mends itself; else a person is needed.
    pub passing: bool,
    /// Of the sentences that say why and what to do (`….cause`, `….remedy`).
    pub key: String,
    /// The provider's words, or ours.
    pub words: String,
}

impl NoToken {
    pub(super) fn of(slot: &Slot, held: &Held) -> Self {
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
            State::Absent if slot.is_application() && grant.life.next.is_none() => (false, "forgotten"),
            State::Absent if slot.is_application() => (true, "unreachable"),
            State::Absent => (false, "absent"),
            State::Authorized => (true, "unreachable"),
            State::Doubted(_) => (true, "doubted"),
            state @ (State::Lost | State::ClientRefused | State::Misconfigured) => (false, state.name()),
        };
        let key = known.map_or_else(|| format!("no-token-{name}"), model::catalogue::KnownRefusal::key);
        Self { passing, key, words }
    }

    pub fn cause(&self) -> Phrase {
        Phrase::new(format!("{}.cause", self.key))
    }
}
