//! Parses the settings of a relay: host, port, encryption, trust, password.

use std::ops::RangeInclusive;

use super::{
    AddressFamily, Auth, AuthDraft, CONNECTIONS_MAX, ClientCertificate, DraftReader, Encryption, Host, OAuth2Draft, PEM_MAX,
    Part, PartKeys, Provider, RelayDraft, RelayId, RelaySettings, SECRET_MAX, Scalar, Secret, SecretEntry, TlsSettings, Trust,
    Wrong, ascii_domain, name_of, split_words, text,
};
use crate::settings::secret_name;
use smtp::Address;
use smtp::address::ehlo_name;
use smtp::sasl::Mechanism;

impl DraftReader<'_> {
    pub(super) fn relay(&mut self, part: &Part<(&RelayDraft, &AuthDraft, &OAuth2Draft)>) -> Option<RelaySettings> {
        let (relay, auth, oauth2) = part.relay;
        let key = |name: &str| format!("{}.{name}", part.keys.relay);
        self.choice(&key("kind"), relay.kind.as_deref(), (), &[("smtp", ())]);
        self.line(&key("name"), relay.name.as_deref());
        if text(relay.proxy.as_deref()).is_some() {
            self.fault::<()>(key("proxy"), Wrong::NotYet);
        }
        // A known provider supplies the host of its relay.
        let preset =
            (text(auth.kind.as_deref()) == Some("oauth2")).then(|| Provider::of_name(text(oauth2.provider.as_deref()))).flatten();
        let host = text(relay.host.as_deref()).or_else(|| preset.and_then(Provider::relay_host));
        let host = self.host(&key("host"), host);
        let encryption = self.encryption(relay, &part.keys.relay);
        let port = self.port(&key("port"), relay.port.as_ref(), &encryption);
        let mechanism = self.mechanism(auth, &part.keys.auth);
        let auth = self.auth(part, host.as_ref(), &encryption);
        let families = [("any", AddressFamily::Any), ("ipv4", AddressFamily::Ipv4), ("ipv6", AddressFamily::Ipv6)];
        let connections = self.number(&key("connections"), relay.connections.as_ref(), 2, 1..=CONNECTIONS_MAX);
        Some(RelaySettings {
            id: relay.id.unwrap_or(RelayId::ZERO),
            name: name_of(relay, &part.keys),
            ehlo_name: self.ehlo_name(&key("ehlo_name"), relay.ehlo_name.as_deref()),
            source_address: self.ip(&key("source_address"), relay.source_address.as_deref()),
            family: self.choice(&key("address_family"), relay.address_family.as_deref(), AddressFamily::Any, &families),
            connections: u8::try_from(connections).unwrap_or(2),
            host: host?,
            port: port?,
            encryption,
            auth: auth?,
            mechanism,
        })
    }

    fn host(&mut self, field: &str, typed: Option<&str>) -> Option<Host> {
        let typed = self.required(field, typed)?;
        let bare = typed.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(typed);
        if let Ok(ip) = bare.parse() {
            return Some(Host::Ip(ip));
        }
        // A text of digits and dots only is a mistyped address, not a name.
        let numeric = typed.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match ascii_domain(typed).filter(|_| !numeric) {
            Some(ascii) => Some(Host::Name { typed: typed.to_owned(), ascii }),
            None => self.fault(field, Wrong::NotAHost { typed: typed.to_owned() }),
        }
    }

    fn ehlo_name(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let literal = typed.starts_with('[') && format!("x@{typed}").parse::<Address>().is_ok();
        match ehlo_name(typed) {
            Some(name) => Some(name),
            None if literal => Some(typed.to_owned()),
            None => self.fault(field, Wrong::NotAnEhloName { typed: typed.to_owned() }),
        }
    }

    fn number(&mut self, field: &str, typed: Option<&Scalar>, default: u32, range: RangeInclusive<u32>) -> u32 {
        let Some(typed) = typed.map(|s| s.0.trim()).filter(|t| !t.is_empty()) else { return default };
        let number = typed.parse().ok().filter(|n| range.contains(n));
        let wrong = Wrong::NotANumber { typed: typed.to_owned(), low: *range.start(), high: *range.end() };
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
        for typed in relay.pins.iter().flat_map(|entry| split_words(entry)) {
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

    /// Checks the frame of a PEM text only. The reader of certificates (`mail::relay`) checks the content.
    pub(super) fn pem(&mut self, field: &str, typed: Option<&str>, label: &str) -> Option<String> {
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

    pub(super) fn secret(&mut self, field: &str, entry: &SecretEntry, relay: Option<RelayId>, name: &str) -> Option<Secret> {
        match entry {
            SecretEntry::Keep | SecretEntry::Clear => None,
            SecretEntry::New(secret) if secret.reveal().len() > SECRET_MAX => {
                self.fault(field, Wrong::TooLong { limit: SECRET_MAX })
            }
            // A NUL ends a PLAIN field. A line end would end the line that carries the secret.
            SecretEntry::New(secret) if name == "password" && secret.reveal().contains(['\0', '\r', '\n']) => {
                self.fault(field, Wrong::ControlCharacter)
            }
            SecretEntry::New(secret) => Some(secret.clone()),
            SecretEntry::Stored => {
                let stored = (self.secrets)(&secret_name(relay.unwrap_or(RelayId::ZERO), name));
                stored.or_else(|| self.fault(field, Wrong::NotStored))
            }
        }
    }

    fn auth(
        &mut self,
        part: &Part<(&RelayDraft, &AuthDraft, &OAuth2Draft)>,
        host: Option<&Host>,
        encryption: &Encryption,
    ) -> Option<Auth> {
        let (relay, auth, oauth2) = part.relay;
        let keys = &part.keys;
        let field = format!("{}.type", keys.auth);
        match self.choice(&field, auth.kind.as_deref(), 0, &[("none", 0), ("password", 1), ("oauth2", 2)]) {
            0 => Some(Auth::None),
            1 => {
                let username = self.required(&format!("{}.username", keys.auth), auth.username.as_deref());
                let field = format!("{}.password", keys.auth);
                let faults = self.faults.len();
                let password = self.secret(&field, &auth.password, relay.id, "password");
                if password.is_none() && faults == self.faults.len() {
                    self.fault::<()>(field, Wrong::Required);
                }
                self.unencrypted(auth, keys, host, encryption);
                Some(Auth::Password { username: username?.to_owned(), password: password? })
            }
            _ => {
                if *encryption == Encryption::None {
                    self.fault::<()>(format!("{}.encryption", keys.relay), Wrong::TokenUnencrypted);
                }
                self.oauth2(oauth2, keys, relay.id).map(|settings| Auth::OAuth2(Box::new(settings)))
            }
        }
    }

    /// The mechanism that the administrator chose. Each authentication type has its own.
    fn mechanism(&mut self, auth: &AuthDraft, keys: &str) -> Option<Mechanism> {
        const AUTO: (&str, Option<Mechanism>) = ("auto", None);
        const PASSWORD: [(&str, Option<Mechanism>); 3] =
            [AUTO, ("plain", Some(Mechanism::Plain)), ("login", Some(Mechanism::Login))];
        const OAUTH2: [(&str, Option<Mechanism>); 3] =
            [AUTO, ("xoauth2", Some(Mechanism::XOAuth2)), ("oauthbearer", Some(Mechanism::OAuthBearer))];
        let choices = match text(auth.kind.as_deref()) {
            Some("password") => &PASSWORD[..],
            Some("oauth2") => &OAUTH2[..],
            _ => &[AUTO][..],
        };
        self.choice(&format!("{keys}.mechanism"), auth.mechanism.as_deref(), None, choices)
    }

    /// Checks a password without TLS: allowed only to a near address, and only if the administrator allows it.
    fn unencrypted(&mut self, auth: &AuthDraft, keys: &PartKeys, host: Option<&Host>, encryption: &Encryption) {
        let field = format!("{}.allow_unencrypted", keys.auth);
        let allowed = self.truth(&field, auth.allow_unencrypted.as_ref());
        match host {
            _ if *encryption != Encryption::None => {}
            Some(host) if !host.is_near() => {
                self.fault::<()>(format!("{}.encryption", keys.relay), Wrong::PasswordUnencryptedFar);
            }
            _ if !allowed => {
                self.fault::<()>(field, Wrong::PasswordUnencrypted);
            }
            _ => {}
        }
    }
}
