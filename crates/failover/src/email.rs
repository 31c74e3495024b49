//! The e-mail settings as they travel from the primary to its backup.

use std::fmt;

use admin::settings::{SettingsService, StoredSettings};
use model::Secret;
use model::failover::EmailRevision;
use model::id::RelayId;
use serde::{Deserialize, Serialize};
use store::{GrantView, ReadFault};

/// A secret on its way through a connection on which both nodes have shown their keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct SentSecret(String);

impl fmt::Debug for SentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<&Secret> for SentSecret {
    fn from(secret: &Secret) -> Self {
        Self(secret.reveal().to_owned())
    }
}

impl From<SentSecret> for Secret {
    fn from(sent: SentSecret) -> Self {
        Self::new(sent.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentGrant {
    relay: u32,
    record: String,
    tokens: Option<SentSecret>,
}

/// The e-mail settings of a node with their secrets and grants. The receiver seals them with its own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailDocument {
    revision: EmailRevision,
    schema: u32,
    /// `None`: the node has never saved settings.
    draft: Option<String>,
    secrets: Vec<(String, SentSecret)>,
    grants: Vec<SentGrant>,
}

/// The settings of the primary that are in force here now.
pub(crate) struct PulledEmail {
    pub(crate) revision: EmailRevision,
    /// `None`: the primary has no settings, and nothing was changed.
    pub(crate) grants: Option<Vec<GrantView>>,
}

impl EmailDocument {
    /// The settings in force on this node.
    pub(crate) async fn of(settings: &SettingsService, revision: EmailRevision) -> Result<Self, ReadFault> {
        let StoredSettings { schema, draft, secrets, grants } = settings.document().await?;
        let sent = |grant: GrantView| SentGrant {
            relay: grant.relay.0,
            record: grant.record,
            tokens: grant.tokens.as_ref().map(SentSecret::from),
        };
        let secrets = secrets.iter().map(|(name, secret)| (name.clone(), SentSecret::from(secret))).collect();
        Ok(Self { revision, schema, draft, secrets, grants: grants.into_iter().map(sent).collect() })
    }

    /// The version, and what to put in force.
    pub(crate) fn open(self) -> (EmailRevision, StoredSettings) {
        let grant = |sent: SentGrant| GrantView {
            relay: RelayId(sent.relay),
            record: sent.record,
            tokens: sent.tokens.map(Secret::from),
        };
        let document = StoredSettings {
            schema: self.schema,
            draft: self.draft,
            secrets: self.secrets.into_iter().map(|(name, sent)| (name, sent.into())).collect(),
            grants: self.grants.into_iter().map(grant).collect(),
        };
        (self.revision, document)
    }
}
