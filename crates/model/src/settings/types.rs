//! The parsed settings. Each choice is an enum with its own fields, so that no field is required only in some cases.

use std::net::IpAddr;
use std::time::Duration;

use smtp::sasl::Mechanism;
use smtp::{Address, Mailbox, Secret};

use crate::id::RelayId;
use crate::phrase::Language;
use crate::retry::RetrySchedule;

use super::provider::{Cloud, IDENTITY_SCOPES, Provider};

/// All email settings of the administrator, complete and valid.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailSettings {
    pub site: Site,
    pub from: Mailbox,
    /// Envelope sender: it receives non-delivery reports.
    pub bounce: Address,
    /// The relays in order; never empty.
    pub route: Vec<RelaySettings>,
    /// Recipients of notices; never empty, no duplicates.
    pub contacts: Vec<Address>,
    pub daily: Daily,
    pub queue: QueueSettings,
    pub alarm: AlarmSettings,
}

impl EmailSettings {
    /// The beginning of the keys of a fallback relay, such as `email.fallback[0]`. `None` for the first relay, and an unknown one.
    pub fn fallback_key(&self, relay: &str) -> Option<String> {
        let at = self.route.iter().position(|known| known.name == relay)?.checked_sub(1)?;
        Some(format!("email.fallback[{at}]"))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub name: Option<String>,
    pub language: Language,
    /// An IANA name that this machine knows.
    pub time_zone: String,
    /// The address under which browsers reach the pages: scheme, host and port. Links in mail begin with it.
    pub external_url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daily {
    Off,
    At { hour: i8, minute: i8 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// Waits between the attempts of a deferred message.
    pub retry: RetrySchedule,
    pub give_up_after: Duration,
    pub keep_notices: Duration,
    pub keep_submitted: Duration,
    pub keep_reports: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        Self {
            retry: RetrySchedule::default(),
            give_up_after: days(5),
            keep_notices: days(7),
            keep_submitted: Duration::ZERO,
            keep_reports: days(90),
        }
    }
}

#[derive(Clone, Default, PartialEq, Eq)]
pub struct AlarmSettings {
    pub webhooks: Vec<Webhook>,
    /// Key that signs the content sent to generic webhooks.
    pub webhook_secret: Option<Secret>,
    pub heartbeat_url: Option<String>,
}

/// An address to call when mail may fail to reach the contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub kind: WebhookKind,
    pub url: String,
}

/// Format of the content sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// Our own JSON, signed if there is a secret.
    Json,
    /// <https://docs.ntfy.sh/publish/#publish-as-json>
    Ntfy,
    /// The format of Slack, which Mattermost, Discord's `/slack` and others accept too.
    Slack,
}

impl WebhookKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ntfy => "ntfy",
            Self::Slack => "slack",
        }
    }

    /// The kind by the host of a well-known service; JSON for other hosts.
    pub fn of_url(url: &str) -> Self {
        match url.split("://").nth(1).and_then(|rest| rest.split('/').next()) {
            Some("ntfy.sh") => Self::Ntfy,
            Some("hooks.slack.com") => Self::Slack,
            _ => Self::Json,
        }
    }
}

/// Scheme and host of an address. A person who knows the full address may call it, so only administrators see it.
pub fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
    format!("{scheme}://{host}")
}

/// Webhooks or heartbeat as typed, shortened for readers without the right to see them: `slack:https://hooks.example/…`.
pub fn covered(typed: &str) -> String {
    let entry_text = |entry: &str| {
        let (kind, url) = Webhook::kind_of(entry);
        let kind = kind.map(|kind| format!("{}:", kind.name())).unwrap_or_default();
        format!("{kind}{}/…", origin_of(url))
    };
    typed.split_whitespace().map(entry_text).collect::<Vec<_>>().join(" ")
}

impl Webhook {
    /// Splits an entry as typed: a kind and a colon may stand before the URL.
    pub(super) fn kind_of(typed: &str) -> (Option<WebhookKind>, &str) {
        let kinds = [WebhookKind::Json, WebhookKind::Ntfy, WebhookKind::Slack];
        let named = kinds.into_iter().find_map(|kind| Some((kind, typed.strip_prefix(kind.name())?.strip_prefix(':')?)));
        named.map_or((None, typed), |(kind, url)| (Some(kind), url))
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct RelaySettings {
    pub id: RelayId,
    pub name: String,
    pub host: Host,
    pub port: u16,
    pub encryption: Encryption,
    pub auth: Auth,
    /// The only mechanism to sign in with. `None`: each that is offered, the best first.
    pub mechanism: Option<Mechanism>,
    pub ehlo_name: Option<String>,
    pub source_address: Option<IpAddr>,
    pub family: AddressFamily,
    /// Connections for ordinary mail. One more is reserved for critical notices.
    pub connections: u8,
}

/// The relay's host: as typed, and in the form for a lookup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    Name { typed: String, ascii: String },
    Ip(IpAddr),
}

impl Host {
    pub fn ascii(&self) -> String {
        match self {
            Self::Name { ascii, .. } => ascii.clone(),
            Self::Ip(ip) => ip.to_string(),
        }
    }

    /// True for a loopback, private (RFC 1918, RFC 4193) or link-local address: its traffic need not cross the internet.
    pub fn is_near(&self) -> bool {
        match self {
            Self::Name { ascii, .. } => ascii == "localhost",
            Self::Ip(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            Self::Ip(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name { typed, .. } => f.write_str(typed),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub enum Encryption {
    None,
    /// STARTTLS is required. A relay that does not offer it is an error; clear text is never a fallback.
    StartTls(TlsSettings),
    Tls(TlsSettings),
}

impl Encryption {
    pub fn tls(&self) -> Option<&TlsSettings> {
        match self {
            Self::None => None,
            Self::StartTls(tls) | Self::Tls(tls) => Some(tls),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct TlsSettings {
    pub trust: Trust,
    pub client: Option<ClientCertificate>,
}

/// Trust in the relay's identity. There is no "do not check".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    System,
    /// The system's roots and these certificates, in PEM.
    Added(String),
    /// Only a key with one of these SHA-256 hashes (of the SubjectPublicKeyInfo); chain, name and dates do not count.
    Pinned(Vec<[u8; 32]>),
}

#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    pub chain: String,
    pub key: Secret,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    None,
    Password { username: String, password: Secret },
    OAuth2(Box<OAuth2Settings>),
}

#[derive(Clone, PartialEq, Eq)]
pub struct OAuth2Settings {
    /// The identity to sign in with (the SASL user); may differ from From.
    pub email: Address,
    pub provider: Provider,
    pub cloud: Cloud,
    pub tenant: Option<String>,
    pub method: Method,
    pub client_id: String,
    pub client_secret_expires: Option<jiff::civil::Date>,
    pub client_secret_next: Option<Secret>,
    /// May be empty for an application (RFC 6749 §4.4.2).
    pub scopes: Vec<String>,
    pub token_endpoint: String,
    pub proxy: Option<String>,
}

impl OAuth2Settings {
    /// The provider's page, where a person signs in. `None` if the node signs in as the application.
    pub fn authorization_endpoint(&self) -> Option<&str> {
        match &self.method {
            Method::User { authorization_endpoint, .. } => Some(authorization_endpoint),
            Method::Application(_) => None,
        }
    }

    /// The scopes for mail, which the provider must grant.
    pub fn mail_scopes(&self) -> impl Iterator<Item = &str> {
        let about_us = |scope: &&str| *scope != "offline_access" && !IDENTITY_SCOPES.contains(scope);
        self.scopes.iter().map(String::as_str).filter(about_us)
    }
}

#[derive(Clone, PartialEq, Eq)]
pub enum Method {
    /// Authorization code flow; a public client has no secret.
    User {
        secret: Option<Secret>,
        /// The provider's page, where a person signs in. No other method has one.
        authorization_endpoint: String,
    },
    Application(ApplicationProof),
}

#[derive(Clone, PartialEq, Eq)]
pub enum ApplicationProof {
    Secret(Secret),
    Certificate { certificate: String, key: Secret },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    Any,
    Ipv4,
    Ipv6,
}
