//! Faults of settings, each with its key.

use smtp::address::AddressFault;

use crate::phrase::Phrase;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// The key, as in `settings export`: `email.relay.port`, `email.fallback[0].relay.host`.
    pub field: String,
    pub wrong: Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    Required,
    NotAnAddress {
        typed: String,
        why: &'static str,
    },
    TooManyContacts {
        limit: usize,
    },
    NotAnExternalUrl {
        typed: String,
    },
    NotAnEhloName {
        typed: String,
    },
    NotAHost {
        typed: String,
    },
    /// Not host and port of the other node of a pair.
    NotANode {
        typed: String,
    },
    NotAPort {
        typed: String,
    },
    NotOneOf {
        typed: String,
        allowed: String,
    },
    NotTrueOrFalse {
        typed: String,
    },
    NotATime {
        typed: String,
    },
    NotADate {
        typed: String,
    },
    NotADuration {
        typed: String,
    },
    NotRetryWaits {
        typed: String,
    },
    NotATimeZone {
        typed: String,
    },
    NotAnIp {
        typed: String,
    },
    NotAPin {
        typed: String,
    },
    NotPem {
        why: String,
    },
    /// A private key that belongs to another certificate.
    ForeignKey,
    NotAUrl {
        typed: String,
    },
    NotAProxy {
        typed: String,
    },
    /// The client file from Google.
    NotAClientFile {
        why: &'static str,
    },
    NotANumber {
        typed: String,
        low: u32,
        high: u32,
    },
    /// A certificate without its key, or the other way round.
    KeyMissing,
    CertificateMissing,
    CaAndPins,
    TlsOnly,
    TokenUnencrypted,
    /// A proxy on the way to a token endpoint without TLS would read the secrets.
    ProxyUnencrypted,
    PasswordUnencrypted,
    PasswordUnencryptedFar,
    /// The destination of the secret has changed, so the secret must be typed again.
    TypeAgain,
    /// The same for an application's key, which people do not type.
    KeyAgain,
    /// The draft refers to a stored secret, and none is stored.
    NotStored,
    ControlCharacter,
    TooLong {
        limit: usize,
    },
    DuplicateName {
        name: String,
    },
    TooManyWebhooks {
        limit: usize,
    },
    OwnListener,
    /// Google needs a service account for the method *application*, and Postwacht has no field for its key yet.
    ApplicationAtGoogle,
    /// Reserved for a later version: a setting accepted now would be ignored silently.
    NotYet,
}

impl Wrong {
    /// The Fluent key of its sentence.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Required => "wrong-required",
            Self::NotAnAddress { .. } => "wrong-address",
            Self::TooManyContacts { .. } => "wrong-too-many-contacts",
            Self::NotAnExternalUrl { .. } => "wrong-external-url",
            Self::NotAnEhloName { .. } => "wrong-ehlo-name",
            Self::NotAHost { .. } => "wrong-host",
            Self::NotANode { .. } => "wrong-node",
            Self::NotAPort { .. } => "wrong-port",
            Self::NotOneOf { .. } => "wrong-choice",
            Self::NotTrueOrFalse { .. } => "wrong-truth",
            Self::NotATime { .. } => "wrong-time",
            Self::NotADate { .. } => "wrong-date",
            Self::NotADuration { .. } => "wrong-duration",
            Self::NotRetryWaits { .. } => "wrong-retry-waits",
            Self::NotATimeZone { .. } => "wrong-time-zone",
            Self::NotAnIp { .. } => "wrong-ip",
            Self::NotAPin { .. } => "wrong-pin",
            Self::NotPem { .. } => "wrong-pem",
            Self::ForeignKey => "wrong-key-pair",
            Self::NotAUrl { .. } => "wrong-url",
            Self::NotAProxy { .. } => "wrong-proxy",
            Self::NotAClientFile { .. } => "wrong-client-file",
            Self::NotANumber { .. } => "wrong-number",
            Self::KeyMissing => "wrong-key-missing",
            Self::CertificateMissing => "wrong-certificate-missing",
            Self::CaAndPins => "wrong-ca-and-pins",
            Self::TlsOnly => "wrong-tls-only",
            Self::TokenUnencrypted => "wrong-token-unencrypted",
            Self::ProxyUnencrypted => "wrong-proxy-unencrypted",
            Self::PasswordUnencrypted => "wrong-password-unencrypted",
            Self::PasswordUnencryptedFar => "wrong-password-unencrypted-far",
            Self::TypeAgain => "wrong-type-again",
            Self::KeyAgain => "wrong-key-again",
            Self::NotStored => "wrong-not-stored",
            Self::ControlCharacter => "wrong-control-character",
            Self::TooLong { .. } => "wrong-too-long",
            Self::TooManyWebhooks { .. } => "wrong-too-many-webhooks",
            Self::DuplicateName { .. } => "wrong-duplicate-name",
            Self::OwnListener => "wrong-own-listener",
            Self::ApplicationAtGoogle => "wrong-application-at-google",
            Self::NotYet => "wrong-not-yet",
        }
    }

    pub fn address(typed: &str, fault: &AddressFault) -> Self {
        let why = match fault {
            AddressFault::Empty => "empty",
            AddressFault::NoAt => "no-at",
            AddressFault::Local(_) => "local",
            AddressFault::Domain(_) => "domain",
            AddressFault::TooLong => "too-long",
            AddressFault::NameTooLong => "name-too-long",
            AddressFault::Control => "control",
            AddressFault::Unbalanced => "unbalanced",
            AddressFault::Unexpected(_) => "unexpected",
            AddressFault::Several => "several",
        };
        Self::NotAnAddress { typed: shortened(typed), why }
    }

    /// The fault of a text that is not among the allowed words.
    pub fn word(typed: &str, allowed: &[&str]) -> Self {
        Self::NotOneOf { typed: shortened(typed), allowed: allowed.join(", ") }
    }

    pub fn phrase(&self) -> Phrase {
        let phrase = Phrase::new(self.key());
        match self {
            Self::NotAnAddress { typed, why } => phrase.with("typed", typed).with("why", why),
            Self::TooManyContacts { limit } | Self::TooManyWebhooks { limit } | Self::TooLong { limit } => {
                phrase.with("limit", limit)
            }
            Self::NotOneOf { typed, allowed } => phrase.with("typed", typed).with("allowed", allowed),
            Self::NotANumber { typed, low, high } => phrase.with("typed", typed).with("low", low).with("high", high),
            Self::NotPem { why } => phrase.with("why", why),
            Self::NotAClientFile { why } => phrase.with("why", why),
            Self::DuplicateName { name } => phrase.with("name", name),
            Self::NotAnExternalUrl { typed }
            | Self::NotAnEhloName { typed }
            | Self::NotAHost { typed }
            | Self::NotANode { typed }
            | Self::NotAPort { typed }
            | Self::NotTrueOrFalse { typed }
            | Self::NotATime { typed }
            | Self::NotADate { typed }
            | Self::NotADuration { typed }
            | Self::NotRetryWaits { typed }
            | Self::NotATimeZone { typed }
            | Self::NotAnIp { typed }
            | Self::NotAPin { typed }
            | Self::NotAUrl { typed }
            | Self::NotAProxy { typed } => phrase.with("typed", typed),
            Self::Required
            | Self::KeyMissing
            | Self::CertificateMissing
            | Self::CaAndPins
            | Self::TlsOnly
            | Self::TokenUnencrypted
            | Self::ProxyUnencrypted
            | Self::PasswordUnencrypted
            | Self::PasswordUnencryptedFar
            | Self::TypeAgain
            | Self::KeyAgain
            | Self::NotStored
            | Self::ControlCharacter
            | Self::OwnListener
            | Self::ApplicationAtGoogle
            | Self::ForeignKey
            | Self::NotYet => phrase,
        }
    }

    /// A sample of each fault, for the test that renders every sentence in every language.
    pub fn samples() -> Vec<Self> {
        let typed = || "x".to_owned();
        vec![
            Self::Required,
            Self::NotAnAddress { typed: typed(), why: "no-at" },
            Self::TooManyContacts { limit: 100 },
            Self::NotAnExternalUrl { typed: typed() },
            Self::NotAnEhloName { typed: typed() },
            Self::NotAHost { typed: typed() },
            Self::NotANode { typed: typed() },
            Self::NotAPort { typed: typed() },
            Self::NotOneOf { typed: typed(), allowed: typed() },
            Self::NotTrueOrFalse { typed: typed() },
            Self::NotATime { typed: typed() },
            Self::NotADate { typed: typed() },
            Self::NotADuration { typed: typed() },
            Self::NotRetryWaits { typed: typed() },
            Self::NotATimeZone { typed: typed() },
            Self::NotAnIp { typed: typed() },
            Self::NotAPin { typed: typed() },
            Self::NotPem { why: typed() },
            Self::ForeignKey,
            Self::NotAUrl { typed: typed() },
            Self::NotAProxy { typed: typed() },
            Self::NotAClientFile { why: "json" },
            Self::NotANumber { typed: typed(), low: 1, high: 2 },
            Self::KeyMissing,
            Self::CertificateMissing,
            Self::CaAndPins,
            Self::TlsOnly,
            Self::TokenUnencrypted,
            Self::ProxyUnencrypted,
            Self::PasswordUnencrypted,
            Self::PasswordUnencryptedFar,
            Self::TypeAgain,
            Self::KeyAgain,
            Self::NotStored,
            Self::ControlCharacter,
            Self::TooLong { limit: 1 },
            Self::DuplicateName { name: typed() },
            Self::TooManyWebhooks { limit: 10 },
            Self::OwnListener,
            Self::ApplicationAtGoogle,
            Self::NotYet,
        ]
    }
}
/// Shortens a typed text to 100 characters and removes control characters.
fn shortened(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_control()).take(100).collect()
}
