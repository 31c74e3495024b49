//! Presets of the OAuth2 providers: endpoints and scopes. Source: the providers' own documents on SMTP with OAuth2.

/// Who issues the token.
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

    fn login_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGccHigh | Self::UsDod => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    fn scope_host(self) -> &'static str {
        match self {
            Self::Public => "outlook.office.com",
            Self::UsGccHigh | Self::UsDod => "outlook.office365.us",
            Self::China => "partner.outlook.cn",
        }
    }
}

impl Provider {
    pub const NAMES: [(&'static str, Self); 3] = [("entra", Self::Entra), ("google", Self::Google), ("other", Self::Other)];

    /// Authorization and token endpoint, where they can be built.
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

    /// Default scopes; an application asks for `.default` (Entra's client credentials have no other).
    pub fn scopes(self, cloud: Cloud, application: bool) -> Option<String> {
        match (self, application) {
            (Self::Entra, false) => Some(format!("https://{}/SMTP.Send offline_access", cloud.scope_host())),
            (Self::Entra, true) => Some(format!("https://{}/.default", cloud.scope_host())),
            (Self::Google, _) => Some("https://mail.google.com/".to_owned()),
            (Self::Other, _) => None,
        }
    }
}

/// Whether a password for this host meets what its provider has announced about passwords.
pub fn basic_auth_notice(host: &str) -> Option<Provider> {
    match host.to_ascii_lowercase().as_str() {
        "smtp.office365.com" | "smtp-mail.outlook.com" => Some(Provider::Entra),
        "smtp.gmail.com" => Some(Provider::Google),
        _ => None,
    }
}
