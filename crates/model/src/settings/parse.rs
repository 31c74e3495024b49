//! From what was typed to what is meant. Every fault is collected, each at its key; nothing is guessed.

use std::net::IpAddr;
use std::time::Duration;

use smtp::address::{AddressFault, ascii_domain};
use smtp::{Address, Mailbox, Secret};

use crate::id::RelayId;
use crate::phrase::Language;

use super::draft::{AuthDraft, Draft, OAuth2Draft, Part, PartKeys, RelayDraft, Scalar, SecretEntry};
use super::fault::{SettingFault, Wrong};
use super::provider::{Cloud, Provider};
use super::types::*;

/// RFC 5321 §4.5.3.1.10 asks a relay to take 100 recipients; so every notice fits one envelope.
const CONTACTS_MAX: usize = 100;
/// Longest text field taken, in bytes; a certificate chain may be longer.
const TEXT_MAX: usize = 1000;
const PEM_MAX: usize = 100_000;
/// Secrets have no practical limit but this one: a private key in PEM is far below.
const SECRET_MAX: usize = 100_000;
const CONNECTIONS_MAX: u32 = 20;

/// Gives a stored secret by its name (see [`super::secret_name`]).
pub type SecretSource<'a> = &'a dyn Fn(&str) -> Option<Secret>;

struct Reader<'a> {
    faults: Vec<SettingFault>,
    secrets: SecretSource<'a>,
}

/// Gives every relay that has none its number. Run before secrets are bound and stored.
pub fn ensure_ids(draft: &mut Draft, stored: Option<&Draft>) {
    let old: Vec<(u32, String)> = stored.map_or_else(Vec::new, |stored| {
        stored.parts().iter().filter_map(|p| Some((p.relay.0.id?, name_of(p.relay.0, &p.keys)))).collect()
    });
    let mut next = old.iter().map(|(id, _)| *id).max().unwrap_or(0) + 1;
    let mut used: Vec<u32> = Vec::new();
    for Part { relay: (relay, ..), keys } in draft.parts_mut() {
        let name = name_of(relay, &keys);
        let known = old.iter().find(|(id, old_name)| relay.id == Some(*id) || relay.id.is_none() && *old_name == name);
        relay.id = match known {
            Some((id, _)) if !used.contains(id) => Some(*id),
            _ => {
                next += 1;
                Some(next - 1)
            }
        };
        used.extend(relay.id);
    }
}

fn name_of(relay: &RelayDraft, keys: &PartKeys) -> String {
    let default = match keys.relay.strip_prefix("email.fallback[").and_then(|rest| rest.split(']').next()) {
        Some(n) => format!("fallback-{}", n.parse::<u32>().map_or(1, |n| n + 1)),
        None => "main".to_owned(),
    };
    relay.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map_or(default, str::to_owned)
}

/// Parses a draft whose relays are numbered and whose secrets are bound.
pub fn parse(draft: &Draft, secrets: SecretSource<'_>) -> Result<EmailSettings, Vec<SettingFault>> {
    let mut r = Reader { faults: Vec::new(), secrets };
    let email = &draft.email;
    let site = r.site(draft);
    let from = r.mailbox("email.from", email.from.as_deref());
    let bounce = match text(email.bounce_address.as_deref()) {
        None => from.as_ref().map(|from| from.address.clone()),
        Some(typed) => r.address("email.bounce_address", typed),
    };
    let route: Vec<_> = draft.parts().into_iter().filter_map(|part| r.relay(&part)).collect();
    r.distinct_names(draft);
    let contacts = r.contacts(&email.contacts.admin);
    let daily = r.daily(draft);
    let queue = r.queue(draft);
    let alarm = r.alarm(draft);
    match (r.faults.is_empty(), from, bounce) {
        (true, Some(from), Some(bounce)) => Ok(EmailSettings { site, from, bounce, route, contacts, daily, queue, alarm }),
        _ => Err(r.faults),
    }
}

/// An empty or blank text is no text.
fn text(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|text| !text.is_empty())
}

/// Splits a list of addresses as people write it: spaces, commas, semicolons, line breaks.
pub fn split_addresses(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|part| !part.is_empty())
}

impl Reader<'_> {
    fn fault<T>(&mut self, field: impl Into<String>, wrong: Wrong) -> Option<T> {
        self.faults.push(SettingFault { field: field.into(), wrong });
        None
    }

    /// A short text without control characters: it may end up in a header or a command.
    fn line<'t>(&mut self, field: &str, typed: Option<&'t str>) -> Option<&'t str> {
        let typed = text(typed)?;
        if typed.chars().any(char::is_control) {
            return self.fault(field, Wrong::ControlCharacter);
        }
        if typed.len() > TEXT_MAX {
            return self.fault(field, Wrong::TooLong { limit: TEXT_MAX });
        }
        Some(typed)
    }

    fn required<'t>(&mut self, field: &str, typed: Option<&'t str>) -> Option<&'t str> {
        match text(typed) {
            None => self.fault(field, Wrong::Required),
            Some(_) => self.line(field, typed),
        }
    }

    fn address(&mut self, field: &str, typed: &str) -> Option<Address> {
        match typed.trim().parse() {
            Ok(address) => Some(address),
            Err(fault) => self.bad_address(field, typed, &fault),
        }
    }

    fn bad_address<T>(&mut self, field: &str, typed: &str, fault: &AddressFault) -> Option<T> {
        let why = match fault {
            AddressFault::Empty => "empty",
            AddressFault::NoAt => "no-at",
            AddressFault::Local(_) => "local",
            AddressFault::Domain(_) => "domain",
            AddressFault::TooLong => "too-long",
            AddressFault::Control => "control",
            AddressFault::Unbalanced => "unbalanced",
        };
        let typed = typed.chars().filter(|c| !c.is_control()).take(100).collect();
        self.fault(field, Wrong::NotAnAddress { typed, why })
    }

    fn mailbox(&mut self, field: &str, typed: Option<&str>) -> Option<Mailbox> {
        // Not through `required`: the parser itself says what is wrong with a control character.
        let Some(typed) = text(typed) else { return self.fault(field, Wrong::Required) };
        match typed.parse() {
            Ok(mailbox) => Some(mailbox),
            Err(fault) => self.bad_address(field, typed, &fault),
        }
    }

    fn choice<T: Copy>(&mut self, field: &str, typed: Option<&str>, default: T, choices: &[(&str, T)]) -> T {
        let Some(typed) = text(typed) else { return default };
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == typed) {
            return *value;
        }
        let allowed = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        self.fault::<()>(field, Wrong::NotOneOf { typed: typed.to_owned(), allowed });
        default
    }

    fn truth(&mut self, field: &str, typed: Option<&Scalar>) -> bool {
        match typed.map(|s| s.0.trim()) {
            None | Some("" | "false" | "off" | "no") => false,
            Some("true" | "on" | "yes") => true,
            Some(typed) => self.fault::<bool>(field, Wrong::NotTrueOrFalse { typed: typed.to_owned() }).unwrap_or(false),
        }
    }

    fn ip(&mut self, field: &str, typed: Option<&str>) -> Option<IpAddr> {
        let typed = text(typed)?;
        typed.parse().ok().or_else(|| self.fault(field, Wrong::NotAnIp { typed: typed.to_owned() }))
    }

    fn site(&mut self, draft: &Draft) -> Site {
        let name = self.line("site.name", draft.site.name.as_deref()).map(str::to_owned);
        let languages = Language::ALL.map(|language| (language.code(), language));
        let language = self.choice("site.language", draft.site.language.as_deref(), Language::En, &languages);
        let time_zone = self.line("site.time_zone", draft.site.time_zone.as_deref()).unwrap_or("UTC").to_owned();
        if jiff::tz::TimeZone::get(&time_zone).is_err() {
            self.fault::<()>("site.time_zone", Wrong::NotATimeZone { typed: time_zone.clone() });
        }
        Site { name, language, time_zone }
    }

    fn contacts(&mut self, typed: &[String]) -> Vec<Address> {
        let field = "email.contacts.admin";
        let mut contacts: Vec<Address> = Vec::new();
        for part in typed.iter().flat_map(|entry| split_addresses(entry)) {
            if let Some(address) = self.address(field, part)
                && !contacts.iter().any(|known| known.key() == address.key())
            {
                contacts.push(address);
            }
        }
        if contacts.len() > CONTACTS_MAX {
            self.fault::<()>(field, Wrong::TooManyContacts { limit: CONTACTS_MAX });
        }
        if contacts.is_empty() && !self.faults.iter().any(|fault| fault.field == field) {
            self.fault::<()>(field, Wrong::Required);
        }
        contacts
    }

    fn daily(&mut self, draft: &Draft) -> Daily {
        let daily = &draft.email.daily;
        let on = self.truth("email.daily.enabled", daily.enabled.as_ref());
        let typed = text(daily.at.as_deref()).unwrap_or("08:00");
        let time = jiff::civil::Time::strptime("%H:%M", typed).ok();
        let Some(time) = time else {
            return self.fault("email.daily.at", Wrong::NotATime { typed: typed.to_owned() }).unwrap_or(Daily::Off);
        };
        if on { Daily::At { hour: time.hour(), minute: time.minute() } } else { Daily::Off }
    }

    fn duration(&mut self, field: &str, typed: Option<&str>, default: Duration) -> Duration {
        let Some(typed) = text(typed) else { return default };
        let parsed = typed.parse::<jiff::Span>().ok().and_then(|span| {
            let hours = jiff::SpanRelativeTo::days_are_24_hours();
            let seconds = span.total((jiff::Unit::Second, hours)).ok()?;
            (0.0..=3.2e9).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
        });
        parsed.or_else(|| self.fault(field, Wrong::NotADuration { typed: typed.to_owned() })).unwrap_or(default)
    }

    fn queue(&mut self, draft: &Draft) -> QueueSettings {
        let (q, default) = (&draft.queue, QueueSettings::default());
        QueueSettings {
            give_up_after: self.duration("queue.give_up_after", q.give_up_after.as_deref(), default.give_up_after),
            keep_notices: self.duration("queue.keep_notices", q.keep_notices.as_deref(), default.keep_notices),
            keep_submitted: self.duration("queue.keep_submitted", q.keep_submitted.as_deref(), default.keep_submitted),
            keep_reports: self.duration("queue.keep_reports", q.keep_reports.as_deref(), default.keep_reports),
        }
    }

    fn alarm(&mut self, draft: &Draft) -> AlarmSettings {
        let mut webhooks = Vec::new();
        for typed in draft.alarm.webhooks.iter().flat_map(|entry| entry.split_whitespace()) {
            webhooks.extend(self.url("alarm.webhooks", Some(typed)));
        }
        let heartbeat_url = self.url("alarm.heartbeat_url", draft.alarm.heartbeat_url.as_deref());
        AlarmSettings { webhooks, heartbeat_url }
    }

    /// `https://…`; `http://` only to this machine.
    fn url(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or("").to_owned();
        let near = |host: &str| {
            let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
            let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
            name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
        };
        let good = match (typed.strip_prefix("https://"), typed.strip_prefix("http://")) {
            (Some(rest), _) => !host(rest).is_empty() && !host(rest).contains('@'),
            (_, Some(rest)) => near(&host(rest)),
            _ => false,
        };
        if !good || typed.contains(' ') {
            return self.fault(field, Wrong::NotAUrl { typed: typed.to_owned() });
        }
        Some(typed.to_owned())
    }

    fn distinct_names(&mut self, draft: &Draft) {
        let mut names: Vec<String> = Vec::new();
        for Part { relay: (relay, ..), keys } in draft.parts() {
            let name = name_of(relay, &keys);
            if names.contains(&name) {
                self.fault::<()>(format!("{}.name", keys.relay), Wrong::DuplicateName { name: name.clone() });
            }
            names.push(name);
        }
    }

    fn relay(&mut self, part: &Part<(&RelayDraft, &AuthDraft, &OAuth2Draft)>) -> Option<RelaySettings> {
        let (relay, auth, oauth2) = part.relay;
        let key = |name: &str| format!("{}.{name}", part.keys.relay);
        self.choice(&key("kind"), relay.kind.as_deref(), (), &[("smtp", ())]);
        self.line(&key("name"), relay.name.as_deref());
        if text(relay.proxy.as_deref()).is_some() {
            self.fault::<()>(key("proxy"), Wrong::NotYet);
        }
        let host = self.host(&key("host"), relay.host.as_deref());
        let encryption = self.encryption(relay, &part.keys.relay);
        let port = self.port(&key("port"), relay.port.as_ref(), &encryption);
        let auth = self.auth(auth, oauth2, part, host.as_ref(), &encryption);
        let families = [("any", AddressFamily::Any), ("ipv4", AddressFamily::Ipv4), ("ipv6", AddressFamily::Ipv6)];
        let connections = self.number(&key("connections"), relay.connections.as_ref(), 2, 1, CONNECTIONS_MAX);
        Some(RelaySettings {
            id: RelayId(relay.id.unwrap_or(0)),
            name: name_of(relay, &part.keys),
            ehlo_name: self.ehlo_name(&key("ehlo_name"), relay.ehlo_name.as_deref()),
            source_address: self.ip(&key("source_address"), relay.source_address.as_deref()),
            family: self.choice(&key("address_family"), relay.address_family.as_deref(), AddressFamily::Any, &families),
            connections: u8::try_from(connections).unwrap_or(2),
            host: host?,
            port: port?,
            encryption,
            auth: auth?,
        })
    }

    fn host(&mut self, field: &str, typed: Option<&str>) -> Option<Host> {
        let typed = self.required(field, typed)?;
        let bare = typed.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(typed);
        if let Ok(ip) = bare.parse() {
            return Some(Host::Ip(ip));
        }
        // All digits and dots is an address with a mistake, not a name.
        let numeric = typed.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match ascii_domain(typed).filter(|_| !numeric) {
            Some(ascii) => Some(Host::Name { typed: typed.to_owned(), ascii }),
            None => self.fault(field, Wrong::NotAHost { typed: typed.to_owned() }),
        }
    }

    fn ehlo_name(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let literal = typed.starts_with('[') && format!("x@{typed}").parse::<Address>().is_ok();
        match ascii_domain(typed) {
            Some(ascii) => Some(ascii),
            None if literal => Some(typed.to_owned()),
            None => self.fault(field, Wrong::NotAHost { typed: typed.to_owned() }),
        }
    }

    fn number(&mut self, field: &str, typed: Option<&Scalar>, default: u32, low: u32, high: u32) -> u32 {
        let Some(typed) = typed.map(|s| s.0.trim()).filter(|t| !t.is_empty()) else { return default };
        let number = typed.parse().ok().filter(|n| (low..=high).contains(n));
        let wrong = Wrong::NotANumber { typed: typed.to_owned(), low, high };
        number.or_else(|| self.fault(field, wrong)).unwrap_or(default)
    }

    fn port(&mut self, field: &str, typed: Option<&Scalar>, encryption: &Encryption) -> Option<u16> {
        let Some(typed) = typed.map(|s| s.0.trim()).filter(|t| !t.is_empty()) else {
            return Some(match encryption {
                Encryption::None => 25,
                Encryption::StartTls(_) => 587,
                Encryption::Tls(_) => 465,
            });
        };
        let port = typed.parse().ok().filter(|port| *port > 0);
        port.or_else(|| self.fault(field, Wrong::NotAPort { typed: typed.to_owned() }))
    }

    fn encryption(&mut self, relay: &RelayDraft, keys: &str) -> Encryption {
        let choices = [("none", 0), ("starttls", 1), ("tls", 2)];
        let chosen = self.choice(&format!("{keys}.encryption"), relay.encryption.as_deref(), 1, &choices);
        let tls = self.tls(relay, keys);
        match chosen {
            0 => {
                for (field, given) in [
                    ("ca", text(relay.ca.as_deref()).is_some()),
                    ("pins", !relay.pins.is_empty()),
                    ("client_certificate", text(relay.client_certificate.as_deref()).is_some()),
                ] {
                    if given {
                        self.fault::<()>(format!("{keys}.{field}"), Wrong::TlsOnly);
                    }
                }
                Encryption::None
            }
            1 => Encryption::StartTls(tls),
            _ => Encryption::Tls(tls),
        }
    }

    fn tls(&mut self, relay: &RelayDraft, keys: &str) -> TlsSettings {
        let ca = self.pem(&format!("{keys}.ca"), relay.ca.as_deref(), "CERTIFICATE");
        let mut pins = Vec::new();
        for typed in relay.pins.iter().flat_map(|entry| split_addresses(entry)) {
            pins.extend(self.pin(&format!("{keys}.pins"), typed));
        }
        let trust = match (ca, pins.is_empty()) {
            (Some(_), false) => self.fault(format!("{keys}.pins"), Wrong::CaAndPins).unwrap_or(Trust::System),
            (Some(ca), true) => Trust::Added(ca),
            (None, false) => Trust::Pinned(pins),
            (None, true) => Trust::System,
        };
        TlsSettings { trust, client: self.client_certificate(relay, keys) }
    }

    fn client_certificate(&mut self, relay: &RelayDraft, keys: &str) -> Option<ClientCertificate> {
        let chain = self.pem(&format!("{keys}.client_certificate"), relay.client_certificate.as_deref(), "CERTIFICATE");
        let key = self.secret(&format!("{keys}.client_key"), &relay.client_key, relay.id, "client_key");
        match (chain, key) {
            (Some(chain), Some(key)) => Some(ClientCertificate { chain, key }),
            (Some(_), None) => self.fault(format!("{keys}.client_key"), Wrong::KeyMissing),
            (None, Some(_)) if text(relay.client_certificate.as_deref()).is_none() => {
                self.fault(format!("{keys}.client_certificate"), Wrong::CertificateMissing)
            }
            (None, _) => None,
        }
    }

    /// The frame of a PEM text; what is inside is checked where certificates are read (`service::relay`).
    fn pem(&mut self, field: &str, typed: Option<&str>, label: &str) -> Option<String> {
        let typed = text(typed)?;
        if typed.len() > PEM_MAX {
            return self.fault(field, Wrong::TooLong { limit: PEM_MAX });
        }
        let framed = typed.contains(&format!("-----BEGIN {label}-----")) && typed.contains(&format!("-----END {label}-----"));
        if !framed {
            return self.fault(field, Wrong::NotPem { why: format!("-----BEGIN {label}-----") });
        }
        Some(typed.to_owned())
    }

    /// 64 hexadecimal digits, with or without colons.
    fn pin(&mut self, field: &str, typed: &str) -> Option<[u8; 32]> {
        let digits: Vec<u8> = typed.bytes().filter(|b| *b != b':').collect();
        let mut pin = [0u8; 32];
        let good = digits.len() == 64
            && digits.chunks(2).zip(&mut pin).all(|(pair, byte)| {
                let parsed = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
                *byte = parsed.unwrap_or(0);
                parsed.is_some()
            });
        if good { Some(pin) } else { self.fault(field, Wrong::NotAPin { typed: typed.chars().take(80).collect() }) }
    }

    fn secret(&mut self, field: &str, entry: &SecretEntry, relay: Option<u32>, name: &str) -> Option<Secret> {
        match entry {
            SecretEntry::Keep | SecretEntry::Clear => None,
            SecretEntry::New(secret) if secret.reveal().len() > SECRET_MAX => {
                self.fault(field, Wrong::TooLong { limit: SECRET_MAX })
            }
            // A NUL ends a PLAIN field; a line end would end the line that carries the secret.
            SecretEntry::New(secret) if name == "password" && secret.reveal().contains(['\0', '\r', '\n']) => {
                self.fault(field, Wrong::ControlCharacter)
            }
            SecretEntry::New(secret) => Some(secret.clone()),
            SecretEntry::Stored => {
                let stored = (self.secrets)(&super::secret_name(relay.unwrap_or(0), name));
                stored.or_else(|| self.fault(field, Wrong::TypeAgain))
            }
        }
    }

    fn auth(
        &mut self,
        auth: &AuthDraft,
        oauth2: &OAuth2Draft,
        part: &Part<(&RelayDraft, &AuthDraft, &OAuth2Draft)>,
        host: Option<&Host>,
        encryption: &Encryption,
    ) -> Option<Auth> {
        let keys = &part.keys;
        let field = format!("{}.type", keys.auth);
        let clear = *encryption == Encryption::None;
        match self.choice(&field, auth.kind.as_deref(), 0, &[("none", 0), ("password", 1), ("oauth2", 2)]) {
            0 => Some(Auth::None),
            1 => {
                let username = self.required(&format!("{}.username", keys.auth), auth.username.as_deref());
                let field = format!("{}.password", keys.auth);
                let faults = self.faults.len();
                let password = self.secret(&field, &auth.password, part.relay.0.id, "password");
                if password.is_none() && faults == self.faults.len() {
                    self.fault::<()>(field, Wrong::Required);
                }
                self.unencrypted(auth, keys, host, clear);
                Some(Auth::Password { username: username?.to_owned(), password: password? })
            }
            _ => {
                if clear {
                    self.fault::<()>(format!("{}.encryption", keys.relay), Wrong::TokenUnencrypted);
                }
                self.oauth2(oauth2, keys, part.relay.0.id).map(|settings| Auth::OAuth2(Box::new(settings)))
            }
        }
    }

    /// A password in clear: only to a near address, and only when asked for.
    fn unencrypted(&mut self, auth: &AuthDraft, keys: &PartKeys, host: Option<&Host>, clear: bool) {
        let field = format!("{}.allow_unencrypted", keys.auth);
        let allowed = self.truth(&field, auth.allow_unencrypted.as_ref());
        match host {
            _ if !clear => {}
            Some(host) if !host.is_near() => {
                self.fault::<()>(format!("{}.encryption", keys.relay), Wrong::PasswordUnencryptedFar);
            }
            _ if !allowed => {
                self.fault::<()>(field, Wrong::PasswordUnencrypted);
            }
            _ => {}
        }
    }

    fn oauth2(&mut self, draft: &OAuth2Draft, keys: &PartKeys, id: Option<u32>) -> Option<OAuth2Settings> {
        let key = |name: &str| format!("{}.{name}", keys.oauth2);
        let provider = self.choice(&key("provider"), draft.provider.as_deref(), Provider::Other, &Provider::NAMES);
        let cloud = self.choice(&key("cloud"), draft.cloud.as_deref(), Cloud::Public, &Cloud::NAMES);
        let application = self.choice(&key("method"), draft.method.as_deref(), false, &[("user", false), ("application", true)]);
        let tenant = self.tenant(&key("tenant"), draft.tenant.as_deref(), provider);
        let preset = provider.endpoints(cloud, tenant.as_deref());
        let authorization = draft.authorization_endpoint.as_deref();
        let authorization = self.endpoint(&key("authorization_endpoint"), authorization, preset.as_ref().map(|p| &p.0));
        let token = self.endpoint(&key("token_endpoint"), draft.token_endpoint.as_deref(), preset.as_ref().map(|p| &p.1));
        let scopes = self.line(&key("scopes"), draft.scopes.as_deref()).map(str::to_owned);
        let scopes = scopes.or_else(|| provider.scopes(cloud, application));
        let scopes = scopes.or_else(|| self.fault(key("scopes"), Wrong::Required));
        let email = self.required(&key("email"), draft.email.as_deref());
        let email = email.and_then(|typed| self.address(&key("email"), typed));
        let client_id = self.required(&key("client_id"), draft.client_id.as_deref());
        let method = self.method(draft, keys, id, application);
        let expires = text(draft.client_secret_expires.as_deref());
        let expires = expires.and_then(|typed| {
            let wrong = Wrong::NotADate { typed: typed.to_owned() };
            typed.parse().ok().or_else(|| self.fault(key("client_secret_expires"), wrong))
        });
        Some(OAuth2Settings {
            client_secret_next: self.secret(&key("client_secret_next"), &draft.client_secret_next, id, "client_secret_next"),
            client_secret_expires: expires,
            proxy: self.line(&key("proxy"), draft.proxy.as_deref()).map(str::to_owned),
            scopes: scopes?.split_whitespace().map(str::to_owned).collect(),
            email: email?,
            client_id: client_id?.to_owned(),
            authorization_endpoint: authorization?,
            token_endpoint: token?,
            method: method?,
            provider,
            cloud,
            tenant,
        })
    }

    fn method(&mut self, draft: &OAuth2Draft, keys: &PartKeys, id: Option<u32>, application: bool) -> Option<Method> {
        let key = |name: &str| format!("{}.{name}", keys.oauth2);
        let secret = self.secret(&key("client_secret"), &draft.client_secret, id, "client_secret");
        if !application {
            return Some(Method::User { secret });
        }
        let certificate = self.pem(&key("certificate"), draft.certificate.as_deref(), "CERTIFICATE");
        let private = self.secret(&key("key"), &draft.key, id, "key");
        match (certificate, private, secret) {
            (Some(certificate), Some(key), _) => Some(Method::Application(ApplicationProof::Certificate { certificate, key })),
            (Some(_), None, _) => self.fault(key("key"), Wrong::KeyMissing),
            (None, _, Some(secret)) => Some(Method::Application(ApplicationProof::Secret(secret))),
            (None, _, None) => self.fault(key("client_secret"), Wrong::Required),
        }
    }

    /// A GUID or a domain; it becomes a path segment.
    fn tenant(&mut self, field: &str, typed: Option<&str>, provider: Provider) -> Option<String> {
        let typed = match (text(typed), provider) {
            (Some(typed), _) => typed,
            (None, Provider::Entra) => return self.fault(field, Wrong::Required),
            (None, Provider::Google | Provider::Other) => return None,
        };
        match typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
            true => Some(typed.to_owned()),
            false => self.fault(field, Wrong::NotAHost { typed: typed.to_owned() }),
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

#[cfg(test)]
mod tests;
