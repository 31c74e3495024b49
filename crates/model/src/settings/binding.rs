//! Stored secrets are bound to where they go. Whoever may edit settings cannot carry a secret off to a host of his own:
//! when the destination changes, the secret must be typed again.

use super::draft::{Draft, OAuth2Draft, Part, RelayDraft, SecretEntry};
use super::fault::{SettingFault, Wrong};

/// The stable name a secret is sealed under.
pub fn secret_name(relay: u32, secret: &str) -> String {
    format!("relay/{relay}/{secret}")
}

/// Settles what each secret entry of `new` means, given the settings that are stored: `Keep` becomes `Stored` where one
/// is stored. Faults name the secrets that would go to another place than the one they were typed for.
pub fn rebind(stored: Option<&Draft>, new: &mut Draft) -> Vec<SettingFault> {
    let mut faults = Vec::new();
    // It signs, and goes nowhere: whoever may change the webhooks learns nothing of it.
    let kept = matches!(new.alarm.webhook_secret, SecretEntry::Keep | SecretEntry::Stored);
    if kept {
        let known = stored.is_some_and(|stored| stored.alarm.webhook_secret == SecretEntry::Stored);
        new.alarm.webhook_secret = if known { SecretEntry::Stored } else { SecretEntry::Keep };
    }
    let old_parts = stored.map(Draft::parts).unwrap_or_default();
    for Part { relay: (relay, auth, oauth2), keys } in new.parts_mut() {
        let kind = auth.kind.as_deref().map_or("none", str::trim).to_owned();
        let old = old_parts.iter().find(|old| old.relay.0.id.is_some() && old.relay.0.id == relay.id);
        let Some(Part { relay: (old_relay, old_auth, old_oauth2), .. }) = old else {
            let entries = [
                &mut auth.password,
                &mut oauth2.client_secret,
                &mut oauth2.client_secret_next,
                &mut relay.client_key,
                &mut oauth2.key,
            ];
            let fields = ["password", "client_secret", "client_secret_next", "client_key", "key"];
            for (entry, field) in entries.into_iter().zip(fields) {
                let used = match field {
                    "password" => kind == "password",
                    "client_key" => true,
                    _ => kind == "oauth2",
                };
                if *entry == SecretEntry::Stored && !used {
                    *entry = SecretEntry::Keep;
                } else if *entry == SecretEntry::Stored {
                    let prefix = if field == "password" {
                        &keys.auth
                    } else if field == "client_key" {
                        &keys.relay
                    } else {
                        &keys.oauth2
                    };
                    faults.push(SettingFault { field: format!("{prefix}.{field}"), wrong: Wrong::TypeAgain });
                }
            }
            continue;
        };
        let to_relay = same_relay(old_relay, relay);
        // What a client secret brings, a token, goes to the relay.
        let to_provider = same_provider(old_oauth2, oauth2) && to_relay;
        // A secret that the new settings do not use goes nowhere: it is forgotten, and nobody need type it.
        let (password_used, client_used) = (kind == "password", kind == "oauth2");
        let mut settle = |entry: &mut SecretEntry, old: &SecretEntry, (used, same): (bool, bool), field: String| {
            let kept = matches!(entry, SecretEntry::Keep | SecretEntry::Stored);
            match (kept, old, same) {
                (true, _, _) if !used => *entry = SecretEntry::Keep,
                (true, SecretEntry::Stored, true) => *entry = SecretEntry::Stored,
                (true, SecretEntry::Stored, false) => {
                    let wrong = if field.ends_with("oauth2.key") { Wrong::KeyAgain } else { Wrong::TypeAgain };
                    faults.push(SettingFault { field, wrong });
                }
                (true, _, _) => *entry = SecretEntry::Keep,
                (false, _, _) => {}
            }
        };
        settle(&mut auth.password, &old_auth.password, (password_used, to_relay), format!("{}.password", keys.auth));
        settle(
            &mut oauth2.client_secret,
            &old_oauth2.client_secret,
            (client_used, to_provider),
            format!("{}.client_secret", keys.oauth2),
        );
        let next = format!("{}.client_secret_next", keys.oauth2);
        settle(&mut oauth2.client_secret_next, &old_oauth2.client_secret_next, (client_used, to_provider), next);
        // A private key never leaves this machine: it proves itself by signing. The relay's stays whoever the peer is; the
        // application's brings a token, which goes to the relay.
        settle(&mut relay.client_key, &old_relay.client_key, (true, true), format!("{}.client_key", keys.relay));
        settle(&mut oauth2.key, &old_oauth2.key, (client_used, to_provider), format!("{}.key", keys.oauth2));
    }
    faults
}

fn strength(relay: &RelayDraft) -> u8 {
    match relay.encryption.as_deref().map(str::trim) {
        Some("none") => 0,
        _ => 1, // nothing typed is STARTTLS
    }
}

/// Host and proxy the same, encryption not weaker, trust the same (email.md §1). The port may follow the encryption.
fn same_relay(old: &RelayDraft, new: &RelayDraft) -> bool {
    let host = |relay: &RelayDraft| relay.host.as_deref().unwrap_or("").trim().to_ascii_lowercase();
    let trust = |relay: &RelayDraft| (relay.ca.as_deref().unwrap_or("").trim().to_owned(), relay.pins.clone());
    host(old) == host(new) && strength(new) >= strength(old) && trust(old) == trust(new) && old.proxy == new.proxy
}

fn same_provider(old: &OAuth2Draft, new: &OAuth2Draft) -> bool {
    old.token_endpoint == new.token_endpoint
        && old.client_id == new.client_id
        && old.tenant == new.tenant
        && old.provider == new.provider
        && old.cloud == new.cloud
        && old.proxy == new.proxy
}
