//! Saves settings: parses the draft as a whole, binds secrets to their destinations, stores it with its audit row, and
//! notifies every task that uses settings.

mod difference;
mod follow;
pub mod labels;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::account::{Actor, Forbidden, Role};
use model::audit::{AuditedAct, SecretChange};
use model::id::RelayId;
use model::oauth::{Destination, Grant};
use model::settings::{
    ApplicationProof, Auth, Draft, EmailSettings, Host, Method, SecretEntry, SettingFault, Wrong, ensure_ids, parse,
    provider_restricting_passwords, rebind, relay_names, secret_name, sender_of,
};
use model::time::Timestamp;
use model::{Phrase, Secret};
use store::{
    AuditRow, Commit, CommitFault, DocumentSave, DocumentView, GrantChange, GrantView, Guard, Outcome, ReadFault, Store,
};
use tokio::sync::watch;

use crate::certificate::PemFault;
use crate::clock::Clock;
use crate::key_pair::{MakeKeyFault, check_key_pair};
use crate::trust::{PartFault, check_tls};

pub use difference::{compare, merge};
pub use follow::{FollowsPrimary, StoredSettings};

/// The kind of the stored document.
const KIND: &str = "email";
/// The schema of drafts that this program writes.
const SCHEMA: u32 = 1;
/// The principal of the node's own actions in the audit.
pub const NODE: &str = "postwacht";

/// The settings in force.
pub struct Current {
    pub revision: i64,
    pub saved: Option<(Timestamp, String)>,
    pub draft: Draft,
    /// The faults, if no mail can be sent with these settings.
    pub parsed: Result<Arc<EmailSettings>, Vec<SettingFault>>,
    /// Set if this program cannot read the stored draft: mail is held, and the start continues.
    pub unreadable: Option<String>,
}

impl Current {
    pub fn settings(&self) -> Option<Arc<EmailSettings>> {
        self.parsed.as_ref().ok().cloned()
    }
}

/// A save failed; nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum SaveFault {
    #[error("the settings contain errors")]
    Wrong(Vec<SettingFault>),
    #[error("another user saved the settings in the meantime: revision {found}")]
    Stale { found: i64 },
    #[error("the revision does not exist")]
    NoSuchRevision,
    /// A newer version wrote the settings: a save would lose them and their secrets.
    #[error("the stored settings cannot be read by this version")]
    Unreadable,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Follows(#[from] FollowsPrimary),
    /// Settings of a primary that this node no longer follows.
    #[error("this node does not follow a primary node")]
    NotFollowing,
    #[error("{0}")]
    Store(#[from] CommitFault),
    #[error("{0}")]
    Read(#[from] ReadFault),
}

/// A key pair for an application was not made, or not saved.
#[derive(Debug, thiserror::Error)]
pub enum KeyPairFault {
    #[error("no relay named {0}")]
    NoSuchRelay(String),
    /// The relay signs in as a user, who has no key.
    #[error("relay {0} does not sign in as an application")]
    NotAnApplication(String),
    #[error("{0}")]
    NotMade(#[from] MakeKeyFault),
    #[error("{0}")]
    Save(#[from] SaveFault),
}

type Secrets = HashMap<String, Secret>;

pub struct SettingsService {
    store: Store,
    clock: Clock,
    own: Arc<RwLock<Vec<std::net::SocketAddr>>>,
    current: watch::Sender<Arc<Current>>,
    secrets: Mutex<Secrets>,
    saving: tokio::sync::Mutex<()>,
    /// The primary whose settings these are.
    follows: RwLock<Option<FollowsPrimary>>,
}

/// A draft that may be saved: complete, valid, and with its secrets in place.
struct CheckedDraft {
    draft: Draft,
    settings: EmailSettings,
    secrets: Vec<(String, Option<Secret>)>,
}

impl SettingsService {
    pub async fn open(store: Store, clock: Clock, own: Arc<RwLock<Vec<std::net::SocketAddr>>>) -> Result<Self, ReadFault> {
        let secrets: Secrets = store.secrets().await?.into_iter().collect();
        let document = store.document(KIND).await?;
        let current = watch::Sender::new(Arc::new(read(document, &secrets)));
        Ok(Self {
            store,
            clock,
            own,
            current,
            secrets: Mutex::new(secrets),
            saving: tokio::sync::Mutex::new(()),
            follows: RwLock::default(),
        })
    }

    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.borrow())
    }

    /// Follows the settings in force.
    pub fn changes(&self) -> watch::Receiver<Arc<Current>> {
        self.current.subscribe()
    }

    pub async fn revisions(&self) -> Result<Vec<DocumentView>, ReadFault> {
        self.store.revisions(KIND).await
    }

    /// The drafts of the kept revisions, newest first. Leaves out those that a newer version wrote.
    async fn kept_drafts(&self) -> Result<Vec<Draft>, ReadFault> {
        let revisions = self.revisions().await?;
        Ok(revisions.into_iter().filter_map(|view| serde_json::from_str(&view.draft).ok()).collect())
    }

    /// The addresses under which the kept revisions send.
    pub async fn senders(&self) -> Result<BTreeSet<String>, ReadFault> {
        Ok(self.kept_drafts().await?.iter().filter_map(sender_of).map(|sender| sender.to_string()).collect())
    }

    /// The names of relays in the kept revisions. A name that several relays have had stands for the newest of them.
    pub async fn relay_names(&self) -> Result<BTreeMap<String, RelayId>, ReadFault> {
        let drafts = self.kept_drafts().await?;
        Ok(drafts.iter().rev().flat_map(relay_names).map(|(id, name)| (name, id)).collect())
    }

    /// Parses a draft without saving it, for *test without saving* and `settings check`. Returns the settings or the faults.
    pub fn check(&self, draft: Draft) -> Result<EmailSettings, Vec<SettingFault>> {
        self.ready(draft).map(|ready| ready.settings)
    }

    /// Saves a draft if the stored revision is still `expected` (0: never saved). An unchanged draft makes no new revision.
    pub async fn save(&self, draft: Draft, expected: i64, who: &Actor) -> Result<Arc<Current>, SaveFault> {
        who.needs(Role::Administrator)?;
        let _one_at_a_time = self.saving.lock().await;
        match self.current() {
            before if before.unreadable.is_some() => Err(SaveFault::Unreadable),
            before => self.put(before, draft, expected, &who.name).await,
        }
    }

    /// Saves an earlier revision again, if the stored one is still `expected`. A secret comes back only if its destination
    /// is still the one that it was typed for.
    pub async fn restore(&self, revision: i64, expected: i64, who: &Actor) -> Result<Arc<Current>, SaveFault> {
        who.needs(Role::Administrator)?;
        let _one_at_a_time = self.saving.lock().await;
        let draft = self.revision(revision).await?;
        self.put(self.current(), draft, expected, &who.name).await
    }

    /// The draft of a kept revision.
    pub async fn revision(&self, revision: i64) -> Result<Draft, SaveFault> {
        let all = self.revisions().await?;
        let old = all.into_iter().find(|old| old.revision == revision).ok_or(SaveFault::NoSuchRevision)?;
        serde_json::from_str(&old.draft).map_err(|_| SaveFault::NoSuchRevision)
    }

    async fn put(&self, before: Arc<Current>, draft: Draft, expected: i64, who: &str) -> Result<Arc<Current>, SaveFault> {
        self.writable()?;
        if before.revision != expected {
            return Err(SaveFault::Stale { found: before.revision });
        }
        let CheckedDraft { draft, settings, secrets } = self.ready(draft).map_err(SaveFault::Wrong)?;
        if draft == before.draft && secrets.is_empty() && before.parsed.is_ok() {
            return Ok(before);
        }
        let now = self.clock.now();
        let json = serde_json::to_string(&draft).map_err(|error| CommitFault::Storage(error.to_string()))?;
        let act = AuditedAct::SettingsSaved {
            first: expected == 0,
            changes: compare(&before.draft, &draft),
            secrets: secret_changes(&secrets, &before.draft, &draft),
        };
        let save = DocumentSave { kind: KIND, by: who.to_owned(), schema: SCHEMA, draft: json, secrets: secrets.clone() };
        let audit = AuditRow::new(who, &act);
        // A grant is for one destination: it is deleted with the settings of that destination.
        let strayed = strayed(&self.store.grants().await?, &settings);
        let commit = Commit::at(now)
            .and(save)
            .and(audit)
            .and_all(strayed.into_iter().map(|relay| GrantChange::Delete { relay }))
            .only_if(Guard::Revision(KIND, expected));
        let revision = match self.store.commit(commit).await {
            Ok(outcomes) => {
                outcomes.iter().find_map(|o| if let Outcome::Saved { revision } = o { Some(*revision) } else { None })
            }
            Err(CommitFault::Stale { found, .. }) => return Err(SaveFault::Stale { found }),
            Err(fault) => return Err(fault.into()),
        };
        self.remember(secrets);
        let saved = Some((now, who.to_owned()));
        let revision = revision.unwrap_or(expected + 1);
        let current = Arc::new(Current { revision, saved, draft, parsed: Ok(Arc::new(settings)), unreadable: None });
        self.current.send_replace(Arc::clone(&current));
        Ok(current)
    }

    /// Replaces the first client secret of a relay with its next one, after the provider refused the first and not the next.
    /// Does nothing unless both are still stored.
    pub async fn promote_next_secret(&self, relay: RelayId, refused: &Secret, believed: &Secret) -> Result<(), SaveFault> {
        let _one_at_a_time = self.saving.lock().await;
        let before = self.current();
        let stored = |name: &str| {
            let known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&secret_name(relay, name)).cloned()
        };
        if stored("client_secret").as_ref() != Some(refused) || stored("client_secret_next").as_ref() != Some(believed) {
            return Ok(());
        }
        let mut draft = before.draft.clone();
        if !draft.promote_next_secret(relay, believed.clone()) {
            return Ok(());
        }
        let expected = before.revision;
        self.put(before, draft, expected, NODE).await.map(drop)
    }

    /// Every stored secret with its key. Only for an export that an administrator asked for.
    pub fn reveal(&self) -> Vec<(String, Secret)> {
        let known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut draft = self.current().draft.clone();
        let entries = draft.secrets_mut().into_iter();
        entries.filter_map(|(id, name, field, _)| Some((field, known.get(&secret_name(id?, name))?.clone()))).collect()
    }

    fn remember(&self, secrets: Vec<(String, Option<Secret>)>) {
        let mut known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, secret) in secrets {
            match secret {
                Some(secret) => known.insert(name, secret),
                None => known.remove(&name),
            };
        }
    }

    fn ready(&self, mut draft: Draft) -> Result<CheckedDraft, Vec<SettingFault>> {
        let before = self.current();
        ensure_ids(&mut draft, Some(&before.draft));
        let mut faults = rebind(Some(&before.draft), &mut draft);
        let known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match parse(&draft, &|name| known.get(name).cloned()) {
            // A secret that must be typed again is reported once, not also as missing.
            Err(more) => {
                let said: Vec<String> = faults.iter().map(|fault| fault.field.clone()).collect();
                faults.extend(more.into_iter().filter(|fault| !said.contains(&fault.field)));
            }
            Ok(settings) => {
                faults.extend(self.reaches_out(&settings));
                if faults.is_empty() {
                    let secrets = take_secrets(&mut draft, &known);
                    return Ok(CheckedDraft { draft, settings, secrets });
                }
            }
        }
        Err(faults)
    }

    /// Faults that only the certificates and this node's own listeners reveal.
    fn reaches_out(&self, settings: &EmailSettings) -> Vec<SettingFault> {
        let mut faults = Vec::new();
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner).clone();
        for (i, relay) in settings.route.iter().enumerate() {
            let base = if i == 0 { "email.relay".to_owned() } else { format!("email.fallback[{}].relay", i - 1) };
            if let Some(tls) = relay.encryption.tls()
                && let Err(PartFault { part, fault }) = check_tls(tls)
            {
                faults.push(SettingFault { field: format!("{base}.{part}"), wrong: wrong_pem(&fault) });
            }
            if let Auth::OAuth2(oauth2) = &relay.auth
                && let Method::Application(ApplicationProof::Certificate { certificate, key }) = &oauth2.method
                && let Err(PartFault { part, fault }) = check_key_pair(certificate, key)
            {
                let base = base.strip_suffix("relay").unwrap_or(&base);
                faults.push(SettingFault { field: format!("{base}oauth2.{part}"), wrong: wrong_pem(&fault) });
            }
            let ip = match &relay.host {
                Host::Ip(ip) => Some(*ip),
                Host::Name { ascii, .. } if ascii == "localhost" => Some(std::net::Ipv4Addr::LOCALHOST.into()),
                Host::Name { .. } => None,
            };
            let same = |own: &std::net::SocketAddr| {
                own.port() == relay.port && ip.is_some_and(|ip| own.ip() == ip || own.ip().is_unspecified() && ip.is_loopback())
            };
            if own.iter().any(same) {
                faults.push(SettingFault { field: format!("{base}.host"), wrong: Wrong::OwnListener });
            }
        }
        faults
    }
}

/// Relay numbers of stored grants that do not fit these settings. Compares the destination of each grant, so that settings
/// that were unreadable for a while cost no grant.
fn strayed(grants: &[GrantView], settings: &EmailSettings) -> Vec<RelayId> {
    let goes_to = |id| settings.route.iter().find(|relay| relay.id == id).and_then(Destination::of);
    let fits = |grant: &&GrantView| {
        let record = serde_json::from_str::<Grant>(&grant.record).ok();
        record.is_some_and(|record| Some(record.given) == goes_to(grant.relay))
    };
    grants.iter().filter(|grant| !fits(grant)).map(|grant| grant.relay).collect()
}

fn read(document: Option<DocumentView>, secrets: &Secrets) -> Current {
    let Some(document) = document else {
        let parsed = parse(&Draft::default(), &|_| None).map(Arc::new);
        return Current { revision: 0, saved: None, draft: Draft::default(), parsed, unreadable: None };
    };
    let saved = Some((document.saved, document.by));
    match serde_json::from_str::<Draft>(&document.draft) {
        Ok(draft) => {
            let parsed = parse(&draft, &|name| secrets.get(name).cloned()).map(Arc::new);
            Current { revision: document.revision, saved, draft, parsed, unreadable: None }
        }
        Err(error) => {
            tracing::error!(%error, revision = document.revision, "the stored settings cannot be read by this version: mail is held");
            let unreadable = Some(error.to_string());
            Current { revision: document.revision, saved, draft: Draft::default(), parsed: Err(Vec::new()), unreadable }
        }
    }
}

/// Moves new secrets from the draft to the store, and removes those of removed relays.
fn take_secrets(draft: &mut Draft, known: &Secrets) -> Vec<(String, Option<Secret>)> {
    let mut changes = Vec::new();
    let mut kept = Vec::new();
    for (relay, name, _, entry) in draft.secrets_mut() {
        let name = secret_name(relay.unwrap_or(RelayId::ZERO), name);
        match std::mem::take(entry) {
            SecretEntry::New(secret) => {
                *entry = SecretEntry::Stored;
                kept.push(name.clone());
                changes.push((name, Some(secret)));
            }
            SecretEntry::Stored => {
                *entry = SecretEntry::Stored;
                kept.push(name);
            }
            SecretEntry::Keep | SecretEntry::Clear => {}
        }
    }
    changes.extend(known.keys().filter(|name| !kept.contains(name)).map(|name| (name.clone(), None)));
    changes
}

/// The changed secrets for the audit, each under the key of its setting. A cleared secret may belong to a relay that only the
/// settings before had.
fn secret_changes(secrets: &[(String, Option<Secret>)], before: &Draft, after: &Draft) -> Vec<SecretChange> {
    let keys: HashMap<String, String> = [before, after]
        .into_iter()
        .flat_map(|draft| {
            let entry = |(relay, name, key, _): (Option<RelayId>, &str, String, _)| {
                (secret_name(relay.unwrap_or(RelayId::ZERO), name), key)
            };
            draft.clone().secrets_mut().into_iter().map(entry).collect::<Vec<_>>()
        })
        .collect();
    let change = |(name, secret): &(String, Option<Secret>)| SecretChange {
        name: keys.get(name).unwrap_or(name).clone(),
        is_set: secret.is_some(),
    };
    secrets.iter().map(change).collect()
}

/// Notes on valid settings that are better changed.
pub fn remarks(settings: &EmailSettings) -> Vec<Phrase> {
    let mut notes = Vec::new();
    for relay in settings.route.iter().filter(|relay| matches!(relay.auth, Auth::Password { .. })) {
        let host = relay.host.to_string();
        if relay.encryption.tls().is_none() {
            notes.push(Phrase::new("note-unencrypted").with("host", &host));
        }
        if provider_restricting_passwords(&relay.host.ascii()).is_some() {
            notes.push(Phrase::new("note-password-provider").with("host", &host));
        }
    }
    notes
}

/// The fault of a certificate or key, for the person who entered it.
fn wrong_pem(fault: &PemFault) -> Wrong {
    match fault {
        PemFault::Mismatch => Wrong::ForeignKey,
        other => Wrong::NotPem { why: other.to_string() },
    }
}
