//! The record of a grant, without its tokens.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smtp::Address;

use super::life::{GrantPhase, Life};
use crate::settings::{Auth, Method, OAuth2Settings, Provider, RelaySettings, Trust};
use crate::time::Timestamp;

/// The destination of a grant and its tokens: provider, client and relay. A grant is used with this destination only. A
/// person who may edit settings cannot send a token to a provider or relay of his own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub token_endpoint: String,
    pub client_id: String,
    pub tenant: Option<String>,
    pub application: bool,
    pub host: String,
    /// The relay's trust setting as one text: added certificates or pins. Empty for the system's roots and without TLS.
    pub trust: String,
}

impl Destination {
    /// `None` if the relay does not use OAuth2.
    pub fn of(relay: &RelaySettings) -> Option<Self> {
        let Auth::OAuth2(oauth2) = &relay.auth else { return None };
        let trust = match relay.encryption.tls().map(|tls| &tls.trust) {
            None | Some(Trust::System) => String::new(),
            Some(Trust::Added(pem)) => pem.clone(),
            Some(Trust::Pinned(pins)) => format!("{pins:?}"),
        };
        Some(Self {
            token_endpoint: oauth2.token_endpoint.clone(),
            client_id: oauth2.client_id.clone(),
            tenant: oauth2.tenant.clone(),
            application: matches!(oauth2.method, Method::Application(_)),
            host: relay.host.ascii(),
            trust,
        })
    }
}

/// A token request that failed: the provider's refusal, or no answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsOfProvider {
    pub at: Timestamp,
    /// HTTP status; 0 if there was no answer.
    pub status: u16,
    pub error: Option<String>,
    /// The provider's words or ours, without secrets.
    pub words: String,
    /// The provider's error numbers (AADSTS…).
    #[serde(default)]
    pub codes: Vec<u32>,
}

/// Issue and expiry of an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLife {
    pub issued: Timestamp,
    pub expires: Timestamp,
}

/// A token with less time left is renewed before use. Some relays refuse a token that ends soon.
const MARGIN: Duration = Duration::from_mins(10);

impl TokenLife {
    pub fn lifetime(&self) -> Duration {
        self.expires.since(self.issued)
    }

    pub fn is_valid(&self, now: Timestamp) -> bool {
        // A token from the future was issued under a wrong clock: its expiry means nothing.
        now < self.expires && now >= self.issued - MARGIN
    }

    /// True if the time left exceeds the margin: ten minutes, or a quarter of a short lifetime.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let margin = MARGIN.min(self.lifetime() / 4);
        self.is_valid(now) && self.expires.since(now) > margin
    }
}

/// A grant as stored, without its tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    pub life: Life,
    pub given: Destination,
    /// The scopes that the permission was given for.
    pub scopes: Vec<String>,
    /// The account that the user signed in with, if the provider named it.
    pub account: Option<String>,
    /// The *Email* for which an administrator confirmed a different account.
    pub confirmed: Option<String>,
    /// Name of the person who authorized the grant.
    pub by: String,
    pub authorized: Option<Timestamp>,
    pub renewed: Option<Timestamp>,
    pub token: Option<TokenLife>,
    /// End of the permission itself, if the provider named it.
    pub known_end: Option<Timestamp>,
    /// Start of a renewal in progress. It stays set if the process ends before the result is stored.
    pub renewing: Option<Timestamp>,
    /// Start of a renewal that was cut off before its answer was stored. The provider may have replaced the permission and
    /// may no longer know ours.
    pub cut_off: Option<Timestamp>,
    pub fault: Option<WordsOfProvider>,
}

/// A sign-in account that differs from *Email* and needs a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    pub account: String,
    pub email: String,
}

impl Grant {
    /// The account to confirm: it differs from *Email*, and no administrator has confirmed it for this *Email*.
    pub fn to_confirm(&self, email: &Address) -> Option<Confirm> {
        let account = self.account.as_ref()?;
        let confirmed = self.confirmed.as_ref().is_some_and(|confirmed| same_account(confirmed, email));
        (!same_account(account, email) && !confirmed).then(|| Confirm { account: account.clone(), email: email.to_string() })
    }

    /// True if the scopes in the settings have changed since: a person should sign in again.
    pub fn wants_verifying(&self, settings: &OAuth2Settings) -> bool {
        self.life.state != GrantPhase::Absent && self.scopes != settings.scopes
    }

    /// End of an unused permission. The provider may have named a date, and may have a rule about
    /// unused permissions: the earlier end counts. `None` if neither is known.
    pub fn idle_end(&self, provider: Provider) -> Option<Timestamp> {
        let idle = provider.idle_after().zip(self.renewed).map(|(idle, renewed)| renewed + idle);
        match (self.known_end, idle) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// True if the account that a provider names is this address. Providers write addresses in upper or lower case.
pub fn same_account(account: &str, email: &Address) -> bool {
    account.parse::<Address>().is_ok_and(|account| account.key() == email.key())
        || account.eq_ignore_ascii_case(&email.to_string())
}
