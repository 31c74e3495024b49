//! The settings as typed: the form that is stored, imported, exported and sent over the API. It may be invalid;
//! [`super::parse()`] finds the faults. Unknown keys are refused, so that a mistyped key is not ignored silently.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smtp::Secret;

/// A number, a truth value or a text, kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Scalar;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, true, false or a text")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.parse::<i64>(), self.0.as_str()) {
            (Ok(n), text) if n.to_string() == text => serializer.serialize_i64(n),
            (_, "true") => serializer.serialize_bool(true),
            (_, "false") => serializer.serialize_bool(false),
            (_, text) => serializer.serialize_str(text),
        }
    }
}

/// A secret in a draft. Output is `{"set": true}` or nothing, never the secret. Input is a text (set) or null (clear). Input
/// of `{"set": true}` or nothing keeps the secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum SecretEntry {
    /// No input: keep the present secret, if there is one.
    #[default]
    Keep,
    /// A secret is in the store.
    Stored,
    Clear,
    New(Secret),
}

impl SecretEntry {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Keep | Self::Clear)
    }
}

impl Serialize for SecretEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("set", &!self.is_nothing())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SecretEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct SecretMark {
            set: bool,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text, null, or {\"set\": true}")]
        enum Form {
            Text(String),
            Mark(SecretMark),
            Null(()),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Text(text) if text.is_empty() => Self::Keep,
            Form::Text(text) => Self::New(Secret::new(text)),
            Form::Mark(SecretMark { set: true }) => Self::Stored,
            Form::Mark(SecretMark { set: false }) => Self::Keep,
            Form::Null(()) => Self::Clear,
        })
    }
}

/// Reads a list of texts, or a single text that the parser splits later.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum Form {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::One(text) if text.trim().is_empty() => Vec::new(),
        Form::One(text) => vec![text],
        Form::Many(list) => list,
    })
}

/// `null` in JSON means the same as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

macro_rules! draft {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }

        #[cfg(test)]
        impl $name {
            const FIELDS: &[&str] = &[$(stringify!($field)),*];
        }
    };
}

draft!(
    /// The root of the settings: keys as in `settings export`.
    Draft {
        #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
        site: SiteDraft,
        #[serde(deserialize_with = "or_default")]
        email: EmailDraft,
        #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
        queue: QueueDraft,
        #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
        alarm: AlarmDraft,
    }
);
draft!(SiteDraft {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
});
draft!(EmailDraft {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounce_address: Option<String>,
    #[serde(deserialize_with = "or_default")]
    relay: RelayDraft,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    auth: AuthDraft,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    oauth2: OAuth2Draft,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    contacts: ContactsDraft,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    daily: DailyDraft,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    fallback: Vec<FallbackDraft>,
});
draft!(RelayDraft {
    /// Number given at the first save; people do not type it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ehlo_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<String>,
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pins: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_certificate: Option<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    client_key: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<Scalar>,
});
draft!(AuthDraft {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    password: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_unencrypted: Option<Scalar>,
});
draft!(OAuth2Draft {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    client_secret: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires: Option<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    client_secret_next: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    key: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<String>,
});
draft!(ContactsDraft {
    #[serde(deserialize_with = "texts")]
    admin: Vec<String>,
});
draft!(DailyDraft {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
});
draft!(
    /// A fallback: a complete relay with its sign-in.
    FallbackDraft {
        #[serde(deserialize_with = "or_default")]
        relay: RelayDraft,
        #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
        auth: AuthDraft,
        #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
        oauth2: OAuth2Draft,
    }
);
draft!(QueueDraft {
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    retry_after: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    give_up_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_notices: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_submitted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_reports: Option<String>,
});
draft!(AlarmDraft {
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    webhooks: Vec<String>,
    #[serde(skip_serializing_if = "SecretEntry::is_nothing")]
    webhook_secret: SecretEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_url: Option<String>,
});

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A relay of the draft with its sign-in, and the prefixes of its keys.
pub(super) struct Part<T> {
    pub(super) relay: T,
    pub(super) keys: PartKeys,
}

#[derive(Clone)]
pub(super) struct PartKeys {
    pub(super) relay: String,
    pub(super) auth: String,
    pub(super) oauth2: String,
}

impl Draft {
    pub(super) fn parts(&self) -> Vec<Part<(&RelayDraft, &AuthDraft, &OAuth2Draft)>> {
        let email = &self.email;
        let first = Part { relay: (&email.relay, &email.auth, &email.oauth2), keys: keys(0) };
        let rest = email.fallback.iter().enumerate();
        std::iter::once(first)
            .chain(rest.map(|(i, f)| Part { relay: (&f.relay, &f.auth, &f.oauth2), keys: keys(i + 1) }))
            .collect()
    }

    pub(super) fn parts_mut(&mut self) -> Vec<PartMut<'_>> {
        parts_mut(&mut self.email)
    }

    /// Replaces the client secret of a relay by its next one and clears the expiry date, which belonged to the old secret.
    /// False if there is no such relay.
    pub fn promote_next_secret(&mut self, relay: u32, next: Secret) -> bool {
        let mut parts = self.parts_mut();
        let Some(Part { relay: (_, _, oauth2), .. }) = parts.iter_mut().find(|part| part.relay.0.id == Some(relay)) else {
            return false;
        };
        oauth2.client_secret = SecretEntry::New(next);
        oauth2.client_secret_next = SecretEntry::Clear;
        oauth2.client_secret_expires = None;
        true
    }

    /// Sets the key pair of a relay's application. `relay` is the name, as typed or by default. False if there is no such
    /// relay.
    pub fn set_application_key(&mut self, relay: &str, certificate: &str, key: Secret) -> bool {
        let mut parts = self.parts_mut();
        let Some(part) = parts.iter_mut().find(|part| super::parse::name_of(part.relay.0, &part.keys) == relay) else {
            return false;
        };
        part.relay.2.certificate = Some(certificate.to_owned());
        part.relay.2.key = SecretEntry::New(key);
        true
    }

    /// A copy for readers who may not see the addresses of webhooks and heartbeat. A person who knows an address may call it.
    pub fn covered(&self) -> Self {
        let mut draft = self.clone();
        draft.alarm.webhooks.iter_mut().for_each(|typed| *typed = super::types::covered(typed));
        draft.alarm.heartbeat_url.iter_mut().for_each(|typed| *typed = super::types::covered(typed));
        draft
    }

    /// Every secret of the draft: the relay's number, the secret's name, its key, and the entry.
    pub fn secrets_mut(&mut self) -> Vec<(Option<u32>, &'static str, String, &mut SecretEntry)> {
        let Self { email, alarm, .. } = self;
        let mut all = Vec::new();
        for Part { relay: (relay, auth, oauth2), keys } in parts_mut(email) {
            let id = relay.id;
            all.push((id, "password", format!("{}.password", keys.auth), &mut auth.password));
            all.push((id, "client_secret", format!("{}.client_secret", keys.oauth2), &mut oauth2.client_secret));
            let next = &mut oauth2.client_secret_next;
            all.push((id, "client_secret_next", format!("{}.client_secret_next", keys.oauth2), next));
            all.push((id, "client_key", format!("{}.client_key", keys.relay), &mut relay.client_key));
            all.push((id, "key", format!("{}.key", keys.oauth2), &mut oauth2.key));
        }
        // The site's secret has the number 0, which no relay has.
        all.push((Some(0), "webhook_secret", "alarm.webhook_secret".to_owned(), &mut alarm.webhook_secret));
        all
    }
}

type PartMut<'a> = Part<(&'a mut RelayDraft, &'a mut AuthDraft, &'a mut OAuth2Draft)>;

fn parts_mut(email: &mut EmailDraft) -> Vec<PartMut<'_>> {
    let first = Part { relay: (&mut email.relay, &mut email.auth, &mut email.oauth2), keys: keys(0) };
    let rest = email.fallback.iter_mut().enumerate();
    std::iter::once(first)
        .chain(rest.map(|(i, f)| Part { relay: (&mut f.relay, &mut f.auth, &mut f.oauth2), keys: keys(i + 1) }))
        .collect()
}

fn keys(n: usize) -> PartKeys {
    let base = match n {
        0 => "email".to_owned(),
        n => format!("email.fallback[{}]", n - 1),
    };
    PartKeys { relay: format!("{base}.relay"), auth: format!("{base}.auth"), oauth2: format!("{base}.oauth2") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All keys, as people write them.
    fn keys() -> Vec<String> {
        let groups = [
            ("site", SiteDraft::FIELDS),
            ("email", EmailDraft::FIELDS),
            ("email.relay", RelayDraft::FIELDS),
            ("email.auth", AuthDraft::FIELDS),
            ("email.oauth2", OAuth2Draft::FIELDS),
            ("email.contacts", ContactsDraft::FIELDS),
            ("email.daily", DailyDraft::FIELDS),
            ("queue", QueueDraft::FIELDS),
            ("alarm", AlarmDraft::FIELDS),
        ];
        let inner = ["relay", "auth", "oauth2", "contacts", "daily", "fallback"];
        assert_eq!(Draft::FIELDS, ["site", "email", "queue", "alarm"], "a new group belongs here");
        assert_eq!(FallbackDraft::FIELDS, ["relay", "auth", "oauth2"]);
        let leaf = |group: &str, field: &str| group != "email" || !inner.contains(&field);
        let name = |group: &str, field: &str| match (group, field) {
            ("email.auth", "kind") => "email.auth.type".to_owned(),
            _ => format!("{group}.{field}"),
        };
        let all = groups.iter().flat_map(|(group, fields)| fields.iter().map(move |field| (*group, *field)));
        all.filter(|(group, field)| leaf(group, field)).map(|(group, field)| name(group, field)).collect()
    }

    #[test]
    fn reference_lists_exactly_all_keys() {
        let text = include_str!("../../../../docs/settings.md");
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let named: std::collections::BTreeSet<String> = rows.map(str::to_owned).collect();
        let known: std::collections::BTreeSet<String> = keys().into_iter().collect();
        let missing: Vec<_> = known.difference(&named).collect();
        let stale: Vec<_> = named.difference(&known).collect();
        assert!(missing.is_empty() && stale.is_empty(), "docs/settings.md lacks {missing:?} and should not have {stale:?}");
    }
}
