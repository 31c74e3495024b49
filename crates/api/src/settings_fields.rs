//! The keys of the settings, as in docs/settings.md.
//!
//! Texts, lists and secrets may be written in several forms; a node answers with one of them. An empty text is the same as
//! no value, and so is `null` for all but secrets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::texts::Texts;

/// A number, a truth value, or the same as a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SettingValue {
    Number(i64),
    Truth(bool),
    Text(String),
}

/// A secret. A node answers `{"set": true}`. Written: a text sets it, `null` clears it, absent or `{"set": true}` keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SettingSecret {
    Mark(StoredSecretMark),
    Text(String),
}

/// Says that a secret is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredSecretMark {
    pub set: bool,
}

/// Declares a table of settings: each key is optional, and absent if it has no value.
macro_rules! table {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $key:ident : $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $type { $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $key: Option<$kind>),* }
    };
}

table!(
    /// The settings. A write refuses keys that do not exist.
    SettingsFields {
        site: SiteFields,
        email: EmailFields,
        queue: QueueFields,
        alarm: AlarmFields,
    }
);

table!(
    /// The site.
    SiteFields {
        /// Name in the subject of mail that Postwacht writes. Default: the machine's name.
        name: String,
        /// Language of mail that Postwacht writes: `en` (the default) or `nl`.
        language: String,
        /// IANA time zone of the times in it. Default: `UTC`.
        time_zone: String,
        /// Address under which browsers reach the pages: `https://host` or `https://host:port`. Links in mail begin with it.
        external_url: String,
    }
);

table!(
    /// Mail: sender, relays, contacts.
    EmailFields {
        /// The site's From: `a@example.com` or `Name <a@example.com>`. Required.
        from: String,
        /// The envelope sender, which receives non-delivery reports. Default: the address of `from`.
        bounce_address: String,
        relay: RelayFields,
        auth: AuthFields,
        oauth2: OAuth2Fields,
        contacts: ContactFields,
        daily: DailyFields,
        /// Further relays, in the order in which they are used.
        fallback: Vec<FallbackFields>,
    }
);

table!(
    /// A relay.
    RelayFields {
        /// Number of the relay, given at the first save; not to be typed.
        id: u32,
        /// Name, in reports. Default: `main`; for fallbacks `fallback-1`, `fallback-2` and so on.
        name: String,
        /// The way in which the node hands mail over: `smtp`.
        kind: String,
        /// Name or IP address of the relay.
        host: String,
        /// Port, 1 to 65535. Default: 587 for `starttls`, 465 for `tls`, 25 for `none`.
        port: SettingValue,
        /// `none`, `starttls` (the default) or `tls`. A relay that does not offer it is an error.
        encryption: String,
        /// Our name in EHLO. Default: the machine's full name, else the address that we connect from.
        ehlo_name: String,
        /// IP address that we connect from. Default: any.
        source_address: String,
        /// `any` (the default), `ipv4` or `ipv6`.
        address_family: String,
        /// An authority trusted beside the system's roots (PEM). Not together with `pins`.
        ca: String,
        /// SHA-256 of trusted public keys, 64 hexadecimal digits each. Chain, name and dates do not count then.
        pins: Texts,
        /// Certificate that we show if the relay asks for one (PEM).
        client_certificate: String,
        /// Its private key (PEM).
        client_key: SettingSecret,
        /// Not supported yet: refused if set.
        proxy: String,
        /// Connections at once for ordinary mail, 1 to 20. Default: 2.
        connections: SettingValue,
    }
);

table!(
    /// The way in which the node signs in at the relay.
    AuthFields {
        /// `none` (the default), `password` or `oauth2`.
        #[serde(rename = "type")]
        kind: String,
        username: String,
        password: SettingSecret,
        /// True: send the password without encryption. Only to this machine or a private address.
        allow_unencrypted: SettingValue,
        /// Only this mechanism is used: `plain` or `login` with a password, `xoauth2` or `oauthbearer` with OAuth2. Default: `auto`.
        mechanism: String,
    }
);

table!(
    /// OAuth2, used if `auth.type` is `oauth2`.
    OAuth2Fields {
        /// The identity to sign in with. Required.
        email: String,
        /// `entra`, `google` or `other` (the default). Fills endpoints and scopes.
        provider: String,
        /// `user` (the default) or `application`.
        method: String,
        /// Required.
        client_id: String,
        client_secret: SettingSecret,
        /// Date when the client secret ends: `2027-03-31`.
        client_secret_expires: String,
        /// The secret after it. It takes its place when the first is refused.
        client_secret_next: SettingSecret,
        /// Proof of the application instead of a client secret (PEM).
        certificate: String,
        /// Its private key (PEM).
        key: SettingSecret,
        /// Scopes, separated by spaces. Default: the provider's.
        scopes: String,
        /// Default: the provider's.
        authorization_endpoint: String,
        /// Default: the provider's.
        token_endpoint: String,
        /// Tenant of Entra ID: a GUID or a domain.
        tenant: String,
        /// Microsoft's cloud: `public` (the default), `us-gcc-high`, `us-dod` or `china`.
        cloud: String,
        /// Proxy for requests to the provider: `http://host:port`, `socks5://…` or `socks5h://…`.
        proxy: String,
    }
);

table!(
    /// The recipients of notices.
    ContactFields {
        /// Addresses, at most 100. At least one is required.
        admin: Texts,
    }
);

table!(
    /// The daily notice.
    DailyFields {
        /// True: send one each day. Default: false.
        enabled: SettingValue,
        /// Time of day in the site's zone, `HH:MM`. Default: `08:00`.
        at: String,
    }
);

table!(
    /// A fallback: a complete relay with its sign-in.
    FallbackFields {
        relay: RelayFields,
        auth: AuthFields,
        oauth2: OAuth2Fields,
    }
);

table!(
    /// The queue. Durations are written as `5d`, `36h` or `PT90M`.
    QueueFields {
        /// Waits after each failed attempt, 1 to 20, each from `1s` to `1h`. The last wait repeats.
        retry_after: Texts,
        /// Time of failure after which a deferred recipient is refused. Default: `5d`.
        give_up_after: String,
        /// Time for which the body of a settled notice is kept. Default: `7d`.
        keep_notices: String,
        /// Time for which the body of settled submitted mail is kept. Default: `0s`.
        keep_submitted: String,
        /// Time for which a settled message with its reports is kept. Default: `90d`.
        keep_reports: String,
    }
);

table!(
    /// Alerts outside email. Only administrators see whole addresses.
    AlarmFields {
        /// URLs that are called about problems that mail may not be able to report, at most 10. A prefix `json:`, `ntfy:` or
        /// `slack:` sets the format.
        webhooks: Texts,
        /// Signs the calls of `json` webhooks.
        webhook_secret: SettingSecret,
        /// URL that is called every five minutes while mail is known to get out.
        heartbeat_url: String,
    }
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use utoipa::{PartialSchema, ToSchema};

    use super::*;

    /// All keys of the schema, as people write them.
    fn keys(schema: &Value, schemas: &Value, path: &str, keys: &mut BTreeSet<String>) {
        for (key, part) in schema["properties"].as_object().expect("a table") {
            let list = &part["items"];
            let of = if list.is_object() { list } else { part };
            let options = of["oneOf"].as_array().cloned().unwrap_or_else(|| vec![of.clone()]);
            let target = options.iter().find_map(|option| option["$ref"].as_str()?.rsplit('/').next());
            let inner = target.map(|name| &schemas[name]).filter(|inner| inner["properties"].is_object());
            match inner.filter(|_| key != "fallback") {
                Some(inner) => self::keys(inner, schemas, &format!("{path}{key}."), keys),
                None if key == "fallback" => {}
                None => drop(keys.insert(format!("{path}{key}"))),
            }
        }
    }

    #[test]
    fn schema_has_exactly_the_documented_keys() {
        let mut parts = Vec::new();
        SettingsFields::schemas(&mut parts);
        let schemas: Value =
            parts.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).expect("JSON"))).collect();
        let root = serde_json::to_value(SettingsFields::schema()).expect("JSON");
        let mut found = BTreeSet::new();
        keys(&root, &schemas, "", &mut found);
        // A test of `model` holds that this table lists exactly the keys of the draft.
        let text = include_str!("../../../docs/settings.md");
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
        assert_eq!(found, documented);
    }

    #[test]
    fn every_form_of_the_draft_can_be_read() {
        let typed = serde_json::json!({
            "site": { "name": "A" },
            "email": {
                "relay": { "port": 25, "pins": ["a", "b"], "connections": "3", "client_key": { "set": true } },
                "auth": { "type": "password", "password": "x", "allow_unencrypted": true },
                "contacts": { "admin": "a@example.com" },
                "fallback": [{ "relay": { "host": "mx" } }],
            },
        });
        let fields: SettingsFields = serde_json::from_value(typed.clone()).expect("read");
        assert_eq!(serde_json::to_value(&fields).expect("JSON"), typed);
        assert!(serde_json::from_value::<model::settings::Draft>(typed).is_ok(), "the node reads the same");
    }
}
