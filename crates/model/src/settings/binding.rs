//! Binds stored secrets to their destination. A person who may edit settings cannot send a secret to a host of his own. After
//! a change of the destination he must type the secret again.

use crate::id::RelayId;

use super::draft::{AuthDraft, Draft, OAuth2Draft, RelayDraft};
use super::fault::{SettingFault, Wrong};
use super::parts::Part;
use super::typed::SecretEntry;

/// The stable name under which a secret is sealed.
pub fn secret_name(relay: RelayId, secret: &str) -> String {
    format!("relay/{relay}/{secret}")
}

/// Resolves the secret entries of `new` against the stored settings: `Keep` becomes `Stored` if a secret is stored. Returns a
/// fault for each secret that would go to another destination than the one it was typed for.
pub fn rebind(stored: Option<&Draft>, new: &mut Draft) -> Vec<SettingFault> {
    let mut faults = Vec::new();
    // The webhook secret only signs and is never sent: a person who changes the webhooks learns nothing of it.
    let kept = matches!(new.alarm.webhook_secret, SecretEntry::Keep | SecretEntry::Stored);
    if kept {
        let known = stored.is_some_and(|stored| stored.alarm.webhook_secret == SecretEntry::Stored);
        new.alarm.webhook_secret = if known { SecretEntry::Stored } else { SecretEntry::Keep };
    }
    let old_parts = stored.map(Draft::parts).unwrap_or_default();
    for Part { relay: (relay, auth, oauth2), keys } in new.parts_mut() {
        let kind = auth.kind.as_deref().map_or("none", str::trim).to_owned();
        let is_application = oauth2.is_application();
        let old = old_parts.iter().find(|old| old.relay.0.id.is_some() && old.relay.0.id == relay.id);
        let Some(Part { relay: (old_relay, old_auth, old_oauth2), .. }) = old else {
            faults.extend(refuse_claims(Part { relay: (relay, auth, oauth2), keys }, &kind));
            continue;
        };
        let to_relay = same_relay(old_relay, relay);
        // A client secret brings a token, and the token goes to the relay.
        let to_provider = same_provider(old_oauth2, oauth2) && to_relay;
        // A secret that the new settings do not use is forgotten, and need not be typed.
        let (password_used, client_used) = (kind == "password", kind == "oauth2");
        let mut settle = |entry: &mut SecretEntry, old: &SecretEntry, (used, same): (bool, bool), field: String| {
            // People do not type an application's key: a new one is made.
            let is_made = field.ends_with("oauth2.key");
            let kept = matches!(entry, SecretEntry::Keep | SecretEntry::Stored);
            match (kept, old, same) {
                (true, _, _) if !used => *entry = SecretEntry::Keep,
                (true, SecretEntry::Stored, true) => *entry = SecretEntry::Stored,
                (true, SecretEntry::Stored, false) => {
                    let wrong = if is_made { Wrong::KeyAgain } else { Wrong::TypeAgain };
                    faults.push(SettingFault { field, wrong });
                }
                (true, _, _) if *entry == SecretEntry::Stored && !is_made => {
                    faults.push(SettingFault { field, wrong: Wrong::NotStored });
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
        // A private key never leaves this machine: it only signs. The relay's key stays, even for another peer. The
        // application's key brings a token, which goes to the relay.
        settle(&mut relay.client_key, &old_relay.client_key, (true, true), format!("{}.client_key", keys.relay));
        settle(&mut oauth2.key, &old_oauth2.key, (client_used && is_application, to_provider), format!("{}.key", keys.oauth2));
    }
    faults
}

/// Faults of a new relay that claims stored secrets of another one. A secret that it does not use is dropped.
fn refuse_claims(part: Part<(&mut RelayDraft, &mut AuthDraft, &mut OAuth2Draft)>, kind: &str) -> Vec<SettingFault> {
    let Part { relay: (relay, auth, oauth2), keys } = part;
    let (uses_oauth2, is_application) = (kind == "oauth2", oauth2.is_application());
    let entries = [
        (&mut auth.password, format!("{}.password", keys.auth), kind == "password"),
        (&mut oauth2.client_secret, format!("{}.client_secret", keys.oauth2), uses_oauth2),
        (&mut oauth2.client_secret_next, format!("{}.client_secret_next", keys.oauth2), uses_oauth2),
        (&mut relay.client_key, format!("{}.client_key", keys.relay), true),
        (&mut oauth2.key, format!("{}.key", keys.oauth2), uses_oauth2 && is_application),
    ];
    let mut faults = Vec::new();
    for (entry, field, used) in entries.into_iter().filter(|(entry, ..)| **entry == SecretEntry::Stored) {
        if used {
            faults.push(SettingFault { field, wrong: Wrong::NotStored });
        } else {
            *entry = SecretEntry::Keep;
        }
    }
    faults
}

fn strength(relay: &RelayDraft) -> u8 {
    match relay.encryption.as_deref().map(str::trim) {
        Some("none") => 0,
        _ => 1, // the default is STARTTLS
    }
}

/// True if host, proxy and trust are the same and the encryption is not weaker (docs/settings.md). The port may follow the
/// encryption.
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
