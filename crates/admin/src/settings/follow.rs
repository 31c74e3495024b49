//! The settings of a backup: it takes those of its primary, and changes none itself.

use std::sync::{Arc, PoisonError};

use model::Secret;
use model::audit::AuditedAct;
use store::{AuditRow, Commit, CommitFault, DocumentSave, DocumentView, GrantChange, GrantView, Guard, Outcome, ReadFault};

use super::{KIND, NODE, SCHEMA, SaveFault, SettingsService, read};

/// The settings of a node with everything that they need to send.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSettings {
    /// Schema of the draft.
    pub schema: u32,
    /// JSON without secrets. `None`: no settings were ever saved.
    pub draft: Option<String>,
    pub secrets: Vec<(String, Secret)>,
    pub grants: Vec<GrantView>,
}

/// Only the primary of the pair changes the settings, and this node is not the primary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only the primary node changes the e-mail settings")]
pub struct FollowsPrimary {
    /// Name of the primary. `None`: it is not known at this moment which node that is.
    pub primary: Option<String>,
}

impl SettingsService {
    /// From now on these settings follow a primary, or no one.
    pub fn follow(&self, primary: Option<FollowsPrimary>) {
        *self.follows.write().unwrap_or_else(PoisonError::into_inner) = primary;
    }

    /// Fails if only the primary may change the settings and their grants.
    pub fn writable(&self) -> Result<(), FollowsPrimary> {
        self.follows.read().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// The settings as stored, for the other node of a pair.
    pub async fn document(&self) -> Result<StoredSettings, ReadFault> {
        let _no_save_meanwhile = self.saving.lock().await;
        let stored = self.store.document(KIND).await?;
        let (schema, draft) = stored.map_or((SCHEMA, None), |stored| (stored.schema, Some(stored.draft)));
        Ok(StoredSettings { schema, draft, secrets: self.store.secrets().await?, grants: self.store.grants().await? })
    }

    /// Puts the settings of the primary in force here, secrets and grants included, in one transaction. The former settings stay as an
    /// earlier revision without their secrets. Does nothing if they are in force already. Returns the grants; `None` if the primary has no settings.
    pub async fn adopt(&self, document: StoredSettings, primary: &str) -> Result<Option<Vec<GrantView>>, SaveFault> {
        let _one_at_a_time = self.saving.lock().await;
        if self.writable().is_ok() {
            // The roles have changed since the settings were asked for.
            return Err(SaveFault::NotFollowing);
        }
        if document.schema > SCHEMA {
            return Err(SaveFault::Unreadable);
        }
        let Some(draft) = document.draft else { return Ok(None) };
        let (stored, secrets, grants) =
            (self.store.document(KIND).await?, self.store.secrets().await?, self.store.grants().await?);
        let expected = stored.as_ref().map_or(0, |stored| stored.revision);
        let is_same =
            stored.is_some_and(|stored| stored.draft == draft) && secrets == document.secrets && grants == document.grants;
        if is_same {
            return Ok(Some(document.grants));
        }
        let now = self.clock.now();
        let names: Vec<&String> = document.secrets.iter().map(|(name, _)| name).collect();
        let removed = secrets.into_iter().filter(|(name, _)| !names.contains(&name)).map(|(name, _)| (name, None));
        let changed: Vec<(String, Option<Secret>)> =
            document.secrets.iter().map(|(name, secret)| (name.clone(), Some(secret.clone()))).chain(removed).collect();
        let gone = grants.iter().filter(|grant| !document.grants.iter().any(|kept| kept.relay == grant.relay));
        let gone = gone.map(|grant| GrantChange::Delete { relay: grant.relay });
        // A grant whose tokens no key opens is of no use here either.
        let kept = document.grants.iter().filter_map(|grant| {
            let tokens = grant.tokens.clone()?;
            Some(GrantChange::Put { relay: grant.relay, record: grant.record.clone(), tokens })
        });
        let commit = Commit::at(now)
            .and(DocumentSave {
                kind: KIND,
                by: primary.to_owned(),
                schema: document.schema,
                draft: draft.clone(),
                secrets: changed.clone(),
            })
            .and(AuditRow::new(NODE, &AuditedAct::SettingsAdopted { primary: primary.to_owned() }))
            .and_all(gone)
            .and_all(kept)
            .only_if(Guard::Revision(KIND, expected));
        let outcomes = self.store.commit(commit).await.map_err(|fault| match fault {
            CommitFault::Stale { found, .. } => SaveFault::Stale { found },
            fault => fault.into(),
        })?;
        let revision = outcomes.iter().find_map(|o| if let Outcome::Saved { revision } = o { Some(*revision) } else { None });
        let revision = revision.unwrap_or(expected + 1);
        self.remember(changed);
        let view = DocumentView { revision, schema: document.schema, draft, saved: now, by: primary.to_owned() };
        let known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.current.send_replace(Arc::new(read(Some(view), &known)));
        Ok(Some(document.grants))
    }
}
