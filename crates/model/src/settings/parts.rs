//! The relays of a draft, each with its sign-in and the keys of its settings.

use smtp::Secret;

use crate::id::RelayId;

use super::draft::{AuthDraft, Draft, EmailDraft, OAuth2Draft, RelayDraft};
use super::typed::SecretEntry;
use super::types::covered;

/// A relay of the draft with its sign-in, and the prefixes of its keys.
pub(super) struct Part<T> {
    pub(super) relay: T,
    pub(super) keys: PartKeys,
}

/// Prefixes of the keys of a relay, of its sign-in and of its OAuth2 settings.
#[derive(Clone)]
pub(super) struct PartKeys {
    pub(super) relay: String,
    pub(super) auth: String,
    pub(super) oauth2: String,
}

impl OAuth2Draft {
    /// True if the method is that of an application, which may sign in with a key pair.
    pub(super) fn is_application(&self) -> bool {
        self.method.as_deref().is_some_and(|method| method.trim() == "application")
    }
}

/// The key pair of an application was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKeyFault {
    NoSuchRelay,
    /// The relay signs in as a user, who has no key.
    NotAnApplication,
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
    pub fn promote_next_secret(&mut self, relay: RelayId, next: Secret) -> bool {
        let mut parts = self.parts_mut();
        let Some(Part { relay: (_, _, oauth2), .. }) = parts.iter_mut().find(|part| part.relay.0.id == Some(relay)) else {
            return false;
        };
        oauth2.client_secret = SecretEntry::New(next);
        oauth2.client_secret_next = SecretEntry::Clear;
        oauth2.client_secret_expires = None;
        true
    }

    /// Sets the key pair of a relay's application. `relay` is the name, as typed or by default.
    pub fn set_oauth_client_key(&mut self, relay: &str, certificate: &str, key: Secret) -> Result<(), ClientKeyFault> {
        let mut parts = self.parts_mut();
        let Some(part) = parts.iter_mut().find(|part| name_of(part.relay.0, &part.keys) == relay) else {
            return Err(ClientKeyFault::NoSuchRelay);
        };
        if !part.relay.2.is_application() {
            return Err(ClientKeyFault::NotAnApplication);
        }
        part.relay.2.certificate = Some(certificate.to_owned());
        part.relay.2.key = SecretEntry::New(key);
        Ok(())
    }

    /// A copy for readers who may not see the addresses of webhooks and heartbeat. A person who knows an address may call it.
    pub fn covered(&self) -> Self {
        let mut draft = self.clone();
        draft.alarm.webhooks.iter_mut().for_each(|typed| *typed = covered(typed));
        draft.alarm.heartbeat_url.iter_mut().for_each(|typed| *typed = covered(typed));
        draft
    }

    /// Every secret of the draft: the relay's number, the secret's name, its key, and the entry.
    pub fn secrets_mut(&mut self) -> Vec<(Option<RelayId>, &'static str, String, &mut SecretEntry)> {
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
        all.push((Some(RelayId::ZERO), "webhook_secret", "alarm.webhook_secret".to_owned(), &mut alarm.webhook_secret));
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

/// The name of a relay: as typed, or the default.
pub(super) fn name_of(relay: &RelayDraft, keys: &PartKeys) -> String {
    let default = match keys.relay.strip_prefix("email.fallback[").and_then(|rest| rest.split(']').next()) {
        Some(n) => format!("fallback-{}", n.parse::<u32>().map_or(1, |n| n + 1)),
        None => "main".to_owned(),
    };
    relay.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map_or(default, str::to_owned)
}
