//! The settings as typed: the form that is stored, imported, exported and sent over the API. It may be invalid;
//! [`super::parse()`] finds the faults. Unknown keys are refused, so that a mistyped key is not ignored silently.

use serde::{Deserialize, Serialize};

use crate::id::RelayId;

use super::typed::{Scalar, SecretEntry, or_default, texts};

macro_rules! draft {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default, expecting = "an object (in TOML a table)")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    external_url: Option<String>,
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
    id: Option<RelayId>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    mechanism: Option<String>,
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

/// Tables of the settings, of which there is one each.
const TABLES: [&[&str]; 9] = [
    &["site"],
    &["email"],
    &["email", "relay"],
    &["email", "auth"],
    &["email", "oauth2"],
    &["email", "contacts"],
    &["email", "daily"],
    &["queue"],
    &["alarm"],
];
/// The words about a list in place of a table.
pub const LISTED: &str = "invalid type: sequence, expected an object (in TOML a table)";

/// The first key with a list where the settings have a table, such as `email.relay` for `[[email.relay]]`. The parser would take the
/// list for the values of the table, and name a type that nobody wrote.
pub fn listed_table(settings: &serde_json::Value) -> Option<String> {
    let is_list =
        |path: &&&[&str]| path.iter().try_fold(settings, |at, key| at.get(key)).is_some_and(serde_json::Value::is_array);
    TABLES.iter().find(is_list).map(|path| path.join("."))
}

#[cfg(test)]
mod list_tests {
    use super::*;

    #[test]
    fn list_in_place_of_a_table_is_found() {
        for path in TABLES {
            let value = path.iter().rev().fold(serde_json::json!([{}]), |value, key| serde_json::json!({ *key: value }));
            assert_eq!(listed_table(&value), Some(path.join(".")));
        }
        let legal = serde_json::json!({ "email": { "relay": {}, "fallback": [{}], "contacts": { "admin": [] } }, "queue": {} });
        assert_eq!(listed_table(&legal), None);
        assert_eq!(listed_table(&serde_json::json!([])), None);
    }
}
