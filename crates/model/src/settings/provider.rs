//! Presets of the OAuth2 providers: endpoints and scopes. Source: the providers' own documents on SMTP with OAuth2.

use std::time::Duration;

/// The issuer of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Entra,
    Google,
    Other,
}

/// Microsoft's clouds; each has its own hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    Public,
    UsGccHigh,
    UsDod,
    China,
}

impl Cloud {
    pub const NAMES: [(&'static str, Self); 4] =
        [("public", Self::Public), ("us-gcc-high", Self::UsGccHigh), ("us-dod", Self::UsDod), ("china", Self::China)];

    /// The cloud with this name; any other name gives the public cloud.
    pub fn of_name(name: &str) -> Self {
        Self::NAMES.iter().find(|(known, _)| *known == name).map_or(Self::Public, |(_, cloud)| *cloud)
    }

    fn login_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGccHigh | Self::UsDod => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    pub(crate) fn scope_host(self) -> &'static str {
        match self {
            Self::Public => "outlook.office.com",
            Self::UsGccHigh | Self::UsDod => "outlook.office365.us",
            Self::China => "partner.outlook.cn",
        }
    }
}

/// The kind of permission that we ask the provider for. [`Method`](super::Method) is this choice with its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// A user signs in and consents.
    User,
    /// An application asks with its own proof (RFC 6749 §4.4, client credentials).
    Application,
}

impl MethodKind {
    pub const NAMES: [(&'static str, Self); 2] = [("user", Self::User), ("application", Self::Application)];

    /// The kind with this name; any other name gives the user, as when the setting is empty.
    pub fn of_name(name: &str) -> Self {
        Self::NAMES.iter().find(|(known, _)| *known == name).map_or(Self::User, |(_, kind)| *kind)
    }
}

/// Scopes requested besides mail, so that the provider names the account that signed in (OpenID Connect Core §5.4).
pub const IDENTITY_SCOPES: [&str; 3] = ["openid", "email", "profile"];

impl Provider {
    pub const NAMES: [(&'static str, Self); 3] = [("entra", Self::Entra), ("google", Self::Google), ("other", Self::Other)];

    pub fn of_name(name: Option<&str>) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| Some(*known) == name).map(|(_, provider)| *provider)
    }

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, provider)| *provider == self).map_or("", |(name, _)| name)
    }

    /// Host of the provider's relay.
    pub fn relay_host(self) -> Option<&'static str> {
        match self {
            Self::Entra => Some("smtp.office365.com"),
            Self::Google => Some("smtp.gmail.com"),
            Self::Other => None,
        }
    }

    /// Time after which the provider ends an unused permission (Entra: refresh tokens; Google: six months).
    pub fn idle_after(self) -> Option<Duration> {
        match self {
            Self::Entra => Some(Duration::from_hours(90 * 24)),
            Self::Google => Some(Duration::from_hours(180 * 24)),
            Self::Other => None,
        }
    }

    /// Authorization and token endpoint; `None` if they cannot be built.
    pub fn endpoints(self, cloud: Cloud, tenant: Option<&str>) -> Option<(String, String)> {
        match self {
            Self::Entra => tenant.map(|tenant| {
                let base = format!("https://{}/{tenant}/oauth2/v2.0", cloud.login_host());
                (format!("{base}/authorize"), format!("{base}/token"))
            }),
            Self::Google => Some((
                "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
                "https://oauth2.googleapis.com/token".to_owned(),
            )),
            Self::Other => None,
        }
    }

    /// Default scopes, separated by spaces. An application asks for `.default`: Entra's client credentials have no other.
    pub fn default_scopes(self, cloud: Cloud, method: MethodKind) -> Option<String> {
        match (self, method) {
            (Self::Entra, MethodKind::User) => Some(format!("https://{}/SMTP.Send offline_access", cloud.scope_host())),
            (Self::Entra, MethodKind::Application) => Some(format!("https://{}/.default", cloud.scope_host())),
            (Self::Google, _) => Some("https://mail.google.com/".to_owned()),
            (Self::Other, _) => None,
        }
    }
}

/// The provider of this relay host, if it has announced that it restricts password sign-in.
pub fn provider_restricting_passwords(host: &str) -> Option<Provider> {
    match host.to_ascii_lowercase().as_str() {
        "smtp.office365.com" | "smtp-mail.outlook.com" => Some(Provider::Entra),
        "smtp.gmail.com" => Some(Provider::Google),
        _ => None,
    }
}
