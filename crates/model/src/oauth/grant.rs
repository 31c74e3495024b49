//! What is remembered of a grant besides its tokens.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smtp::Address;

use super::life::{Life, State};
use crate::settings::{Auth, Method, OAuth2Settings, Provider, RelaySettings, Trust};

/// Where a grant and its tokens go, and as whom: a grant is used with these and no others. Whoever may edit settings cannot
/// carry a token off to a provider or a relay of his own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub token_endpoint: String,
    pub client_id: String,
    pub tenant: Option<String>,
    pub application: bool,
    pub host: String,
    /// How the relay proves who it is, in one text.
    pub trust: String,
}

impl Destination {
    /// `None` if the relay is not signed in at with OAuth2.
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

/// What the provider said when it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsOfProvider {
    pub at: i64,
    /// HTTP status; 0 if there was no answer.
    pub status: u16,
    pub error: Option<String>,
    /// Its own words or ours, without secrets.
    pub words: String,
    /// Its numbers (AADSTS…).
    #[serde(default)]
    pub codes: Vec<u32>,
}

/// The life of an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLife {
    pub issued: i64,
    pub expires: i64,
}

/// A token with less than this left is renewed before it is used: some relays refuse one that ends soon.
const MARGIN_MS: i64 = 600_000;

impl TokenLife {
    pub fn lifetime(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.expires - self.issued).unwrap_or(0))
    }

    pub fn is_valid(&self, now: i64) -> bool {
        // A token issued in the future was issued by a clock that was wrong: its end means nothing.
        now < self.expires && now >= self.issued - MARGIN_MS
    }

    /// Valid for a while yet.
    pub fn is_fresh(&self, now: i64) -> bool {
        let margin = MARGIN_MS.min((self.expires - self.issued) / 4);
        self.is_valid(now) && self.expires - now > margin
    }
}

/// A grant as stored, without its tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    pub life: Life,
    pub given: Destination,
    /// The scopes that it was given for.
    pub scopes: Vec<String>,
    /// As whom the user signed in, if the provider said so.
    pub account: Option<String>,
    /// The *Email* that an administrator has confirmed the other account for.
    pub confirmed: Option<String>,
    /// Who authorized it.
    pub by: String,
    pub authorized: Option<i64>,
    pub renewed: Option<i64>,
    pub token: Option<TokenLife>,
    /// The end that the provider has told of the permission itself.
    pub known_end: Option<i64>,
    /// A renewal was begun then, and what came of it is not written: the process ended between the two.
    pub renewing: Option<i64>,
    /// A renewal of then was cut off before its answer was written: the provider may have replaced the permission, and
    /// not know the one that we have.
    pub cut_off: Option<i64>,
    pub fault: Option<WordsOfProvider>,
}

/// An account that was signed in with, though *Email* says another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    pub account: String,
    pub email: String,
}

const DAY_MS: i64 = 86_400_000;

impl Grant {
    /// The account differs from *Email*, and nobody has said that this is meant.
    pub fn to_confirm(&self, email: &Address) -> Option<Confirm> {
        let account = self.account.as_ref()?;
        let confirmed = self.confirmed.as_ref().is_some_and(|confirmed| same_account(confirmed, email));
        (!same_account(account, email) && !confirmed).then(|| Confirm { account: account.clone(), email: email.to_string() })
    }

    /// *Email* or scopes have changed since: a person should sign in again.
    pub fn wants_verifying(&self, settings: &OAuth2Settings) -> bool {
        self.life.state != State::Absent && self.scopes != settings.scopes
    }

    /// When the permission ends if nobody renews it: as the provider said, or by the provider's rule about unused ones.
    pub fn idle_end(&self, provider: Provider) -> Option<i64> {
        let idle = provider.idle_days().zip(self.renewed).map(|(days, renewed)| renewed + days * DAY_MS);
        match (self.known_end, idle) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// Whether an account that a provider names is this address; providers write them in any case.
pub fn same_account(account: &str, email: &Address) -> bool {
    account.parse::<Address>().is_ok_and(|account| account.key() == email.key())
        || account.eq_ignore_ascii_case(&email.to_string())
}
