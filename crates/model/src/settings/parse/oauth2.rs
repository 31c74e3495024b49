//! Parses the OAuth2 settings: provider, endpoints, sign-in method. A setting that provider and method do not use is not
//! required (docs/settings.md has the table).

use crate::id::RelayId;

use super::{
    ApplicationProof, Cloud, DraftReader, Method, MethodKind, OAuth2Draft, OAuth2Settings, PartKeys, Provider, Wrong, text,
};

impl DraftReader<'_> {
    pub(super) fn oauth2(&mut self, draft: &OAuth2Draft, keys: &PartKeys, id: Option<RelayId>) -> Option<OAuth2Settings> {
        let key = |name: &str| format!("{}.{name}", keys.oauth2);
        let provider = self.choice(&key("provider"), draft.provider.as_deref(), Provider::Other, &Provider::NAMES);
        let cloud = self.choice(&key("cloud"), draft.cloud.as_deref(), Cloud::Public, &Cloud::NAMES);
        let kind = self.choice(&key("method"), draft.method.as_deref(), MethodKind::User, &MethodKind::NAMES);
        if kind == MethodKind::Application && provider == Provider::Google {
            self.fault::<()>(key("method"), Wrong::ApplicationAtGoogle);
        }
        let tenant = self.tenant(&key("tenant"), draft.tenant.as_deref(), provider);
        let preset = provider.endpoints(cloud, tenant.as_deref());
        // A wrong tenant is reported once, not also as missing endpoints.
        let preset = match (preset, provider, &tenant) {
            (None, Provider::Entra, None) => Some((String::new(), String::new())),
            (preset, _, _) => preset,
        };
        let token_endpoint =
            self.endpoint(&key("token_endpoint"), draft.token_endpoint.as_deref(), preset.as_ref().map(|p| &p.1));
        let proxy = self.proxy(&key("proxy"), draft.proxy.as_deref());
        if proxy.is_some() && token_endpoint.as_ref().is_some_and(|url| url.starts_with("http://")) {
            // Plain `http://` is allowed only to this machine. A proxy would carry the request unencrypted.
            self.fault::<()>(key("proxy"), Wrong::ProxyUnencrypted);
        }
        let scopes = self.line(&key("scopes"), draft.scopes.as_deref()).map(str::to_owned);
        let scopes = scopes.or_else(|| provider.default_scopes(cloud, kind));
        let scopes = match (scopes, kind) {
            (Some(scopes), _) => Some(scopes),
            (None, MethodKind::Application) => Some(String::new()),
            (None, MethodKind::User) => self.fault(key("scopes"), Wrong::Required),
        };
        let email = self.required(&key("email"), draft.email.as_deref());
        let email = email.and_then(|typed| self.address(&key("email"), typed));
        let client_id = self.required(&key("client_id"), draft.client_id.as_deref());
        let method = match kind {
            MethodKind::Application => self.application(draft, keys, id).map(Method::Application),
            MethodKind::User => {
                let secret = self.secret(&key("client_secret"), &draft.client_secret, id, "client_secret");
                let typed = draft.authorization_endpoint.as_deref();
                let endpoint = self.endpoint(&key("authorization_endpoint"), typed, preset.as_ref().map(|preset| &preset.0));
                endpoint.map(|authorization_endpoint| Method::User { secret, authorization_endpoint })
            }
        };
        let expires = text(draft.client_secret_expires.as_deref());
        let expires = expires.and_then(|typed| {
            let wrong = Wrong::NotADate { typed: typed.to_owned() };
            typed.parse().ok().or_else(|| self.fault(key("client_secret_expires"), wrong))
        });
        Some(OAuth2Settings {
            client_secret_next: self.secret(&key("client_secret_next"), &draft.client_secret_next, id, "client_secret_next"),
            client_secret_expires: expires,
            proxy,
            scopes: scopes?.split_whitespace().map(str::to_owned).collect(),
            email: email?,
            client_id: client_id?.to_owned(),
            token_endpoint: token_endpoint?,
            method: method?,
            provider,
            cloud,
            tenant,
        })
    }

    /// The proof of the application: its certificate with key, or a secret.
    fn application(&mut self, draft: &OAuth2Draft, keys: &PartKeys, id: Option<RelayId>) -> Option<ApplicationProof> {
        let key = |name: &str| format!("{}.{name}", keys.oauth2);
        let secret = self.secret(&key("client_secret"), &draft.client_secret, id, "client_secret");
        let certificate = self.pem(&key("certificate"), draft.certificate.as_deref(), "CERTIFICATE");
        let private = self.secret(&key("key"), &draft.key, id, "key");
        match (certificate, private, secret) {
            (Some(certificate), Some(key), _) => Some(ApplicationProof::Certificate { certificate, key }),
            (Some(_), None, _) => self.fault(key("key"), Wrong::KeyMissing),
            (None, _, Some(secret)) => Some(ApplicationProof::Secret(secret)),
            (None, _, None) => self.fault(key("client_secret"), Wrong::Required),
        }
    }

    /// Accepts a GUID or a domain. The tenant becomes a path segment.
    fn tenant(&mut self, field: &str, typed: Option<&str>, provider: Provider) -> Option<String> {
        let typed = match provider {
            Provider::Entra => self.required(field, typed)?,
            Provider::Google | Provider::Other => return None,
        };
        match typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
            true => Some(typed.to_owned()),
            false => self.fault(field, Wrong::NotAHost { typed: typed.to_owned() }),
        }
    }

    /// Accepts `http://host:port` (RFC 9110 §9.3.6, CONNECT) or `socks5://host:port` (RFC 1928). With `socks5h` the proxy
    /// resolves the name.
    fn proxy(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let rest = ["http://", "socks5://", "socks5h://"].iter().find_map(|scheme| typed.strip_prefix(scheme));
        let place = rest.map(|rest| rest.trim_end_matches('/')).and_then(|rest| rest.rsplit_once(':'));
        let host = |host: &str| {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            bare.is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()) || super::ascii_domain(host).is_some()
        };
        match place {
            Some((name, port)) if host(name) && port.parse::<u16>().is_ok_and(|port| port > 0) => Some(typed.to_owned()),
            _ => self.fault(field, Wrong::NotAProxy { typed: typed.to_owned() }),
        }
    }

    fn endpoint(&mut self, field: &str, typed: Option<&str>, preset: Option<&String>) -> Option<String> {
        match (text(typed), preset) {
            (Some(_), _) => self.url(field, typed),
            (None, Some(preset)) => Some(preset.clone()),
            (None, None) => self.fault(field, Wrong::Required),
        }
    }
}
