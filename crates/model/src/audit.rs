//! The audit: acts of people, programs and the node, as types. Decisions read the type; [`AuditedAct::detail`] is its text for
//! people and programs.

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::id::TokenId;

/// A setting that differs between two drafts. A secret appears as set or not set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Difference {
    /// True for a key that says only that a secret is set. A [`SecretChange`] says that it was changed.
    pub fn says_secret_is_set(&self) -> bool {
        self.key.ends_with(".set")
    }

    /// The line of the audit: key, former and new value; `-` is no value.
    pub fn line(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        format!("{}: {} → {}", self.key, text(&self.before), text(&self.after))
    }
}

/// A secret that was typed or cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretChange {
    /// The key of its setting, such as `email.auth.password`. Rows of earlier versions have the name of the secret in the
    /// store, such as `relay/1/password`.
    pub name: String,
    pub is_set: bool,
}

impl SecretChange {
    pub fn line(&self) -> String {
        format!("{}: {}", self.name, if self.is_set { "set" } else { "cleared" })
    }
}

/// The turn of a grant that needs a person, or no longer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantTurn {
    Restored,
    Lost,
    ClientRefused,
    Misconfigured,
}

/// The recipients of a test, and how many of them the relay accepted it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestShare {
    pub accepted: usize,
    pub recipients: usize,
    /// True for a test of settings that were not saved.
    #[serde(default)]
    pub of_draft: bool,
}

/// An act on messages of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueAct {
    Retry,
    Hold,
    Release,
    Cancel,
}

/// An act with what it was done to. The variants follow the names in [`AuditedAct::name`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum AuditedAct {
    SettingsSaved {
        /// True if there were no settings before.
        first: bool,
        changes: Vec<Difference>,
        secrets: Vec<SecretChange>,
    },
    /// This node took the settings of its primary.
    SettingsAdopted {
        /// Name of the primary.
        primary: String,
    },
    /// The settings were written to a file, with their secrets.
    SettingsExported {
        file: String,
    },
    BackupWritten {
        file: String,
        bytes: u64,
    },
    BackupRestored {
        file: String,
    },
    TestSent {
        relay: String,
        /// True if the relay accepted the test for every recipient.
        accepted: bool,
        /// For how many recipients it did. `None` in entries of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<TestShare>,
    },
    QueueChanged {
        verb: QueueAct,
        /// True if the operator meant all messages.
        all: bool,
        count: usize,
        /// IDs of the first messages.
        messages: Vec<String>,
    },
    ContactConfirmed,
    AccountCreated {
        name: String,
        role: Role,
        /// True for the account that a person made with the link of the first start.
        first: bool,
    },
    AccountDeleted {
        name: String,
    },
    AccountReset {
        name: String,
    },
    PasswordChanged,
    PasswordChangeFailed {
        address: String,
    },
    SignedIn {
        address: String,
    },
    SignedOut {
        address: String,
    },
    SignInFailed {
        address: String,
    },
    SessionEnded,
    TokenCreated {
        name: String,
        /// Scopes, separated by spaces.
        scopes: String,
        /// RFC 3339.
        until: String,
    },
    TokenRevoked {
        id: TokenId,
    },
    GrantAuthorized {
        relay: String,
        account: String,
    },
    GrantRefused {
        reason: String,
    },
    GrantForgotten {
        relay: String,
    },
    GrantTurned {
        relay: String,
        turn: GrantTurn,
        words: String,
    },
    /// A node may make a pair with this one.
    PairAllowed {
        /// `code` or `pre-shared key`.
        with: String,
    },
    PairMade {
        peer: String,
    },
    PairEnded {
        peer: String,
    },
    PairKeysChanged {
        peer: String,
    },
    /// A role was asked for. Whether the node got it, its events say.
    PairRoleAsked {
        role: String,
        force: bool,
    },
    PairHeld {
        /// As typed; empty: the hold has ended.
        time: String,
    },
    PairSettingsSaved {
        changes: Vec<Difference>,
    },
    SiteStarted,
    /// The role of this node in the pair has changed.
    PairRoleTaken {
        /// Such as `backup`.
        role: String,
    },
}

impl AuditedAct {
    /// The name of the act in the audit, in the API and on the page.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SettingsSaved { .. } => "settings.saved",
            Self::SettingsAdopted { .. } => "settings.adopted",
            Self::SettingsExported { .. } => "settings.exported",
            Self::BackupWritten { .. } => "backup.written",
            Self::BackupRestored { .. } => "backup.restored",
            Self::TestSent { .. } => "test.sent",
            Self::QueueChanged { verb, .. } => match verb {
                QueueAct::Retry => "queue.retry",
                QueueAct::Hold => "queue.hold",
                QueueAct::Release => "queue.release",
                QueueAct::Cancel => "queue.cancel",
            },
            Self::ContactConfirmed => "contact.confirmed",
            Self::AccountCreated { .. } => "account.created",
            Self::AccountDeleted { .. } => "account.deleted",
            Self::AccountReset { .. } => "account.reset",
            Self::PasswordChanged => "account.password-changed",
            Self::PasswordChangeFailed { .. } => "account.password-change-failed",
            Self::SignedIn { .. } => "account.signed-in",
            Self::SignedOut { .. } => "account.signed-out",
            Self::SignInFailed { .. } => "account.sign-in-failed",
            Self::SessionEnded => "account.session-ended",
            Self::TokenCreated { .. } => "token.created",
            Self::TokenRevoked { .. } => "token.revoked",
            Self::GrantAuthorized { .. } => "oauth.authorized",
            Self::GrantRefused { .. } => "oauth.refused",
            Self::GrantForgotten { .. } => "oauth.forgotten",
            Self::GrantTurned { turn, .. } => match turn {
                GrantTurn::Restored => "oauth.restored",
                GrantTurn::Lost => "oauth.lost",
                GrantTurn::ClientRefused => "oauth.client-refused",
                GrantTurn::Misconfigured => "oauth.misconfigured",
            },
            Self::PairAllowed { .. } => "pair.allowed",
            Self::PairMade { .. } => "pair.made",
            Self::PairEnded { .. } => "pair.ended",
            Self::PairKeysChanged { .. } => "pair.keys-changed",
            Self::PairRoleAsked { .. } => "pair.role-asked",
            Self::PairHeld { .. } => "pair.held",
            Self::PairSettingsSaved { .. } => "pair.settings-saved",
            Self::SiteStarted => "pair.site-started",
            Self::PairRoleTaken { .. } => "pair.role-taken",
        }
    }

    /// The details as text, a line each.
    pub fn detail(&self) -> String {
        match self {
            Self::SettingsSaved { changes, secrets, .. } => {
                let lines = changes.iter().map(Difference::line).chain(secrets.iter().map(SecretChange::line));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::SettingsAdopted { primary } => primary.clone(),
            Self::SettingsExported { file } => file.clone(),
            Self::BackupWritten { file, bytes } => format!("{file}: {bytes}"),
            Self::BackupRestored { file } => file.clone(),
            Self::TestSent { relay, share: Some(TestShare { accepted, recipients, .. }), .. } if *accepted > 0 => {
                format!("{relay}: {accepted} of {recipients} accepted")
            }
            Self::TestSent { relay, accepted, .. } => {
                format!("{relay}: {}", if *accepted { "accepted" } else { "not accepted" })
            }
            Self::QueueChanged { all, count, messages, .. } => {
                let more = (*count > messages.len()).then_some("…");
                let ids: Vec<&str> = messages.iter().map(String::as_str).chain(more).collect();
                format!("{}{}: {count}", if *all { "all " } else { "" }, ids.join(" "))
            }
            Self::ContactConfirmed | Self::PasswordChanged | Self::SessionEnded | Self::SiteStarted => String::new(),
            Self::PairAllowed { with } => with.clone(),
            Self::PairMade { peer } | Self::PairEnded { peer } | Self::PairKeysChanged { peer } => peer.clone(),
            Self::PairRoleAsked { role, force } => format!("{role}{}", if *force { " --force" } else { "" }),
            Self::PairHeld { time } => time.clone(),
            Self::PairRoleTaken { role } => role.clone(),
            Self::PairSettingsSaved { changes } => changes.iter().map(Difference::line).collect::<Vec<_>>().join("\n"),
            Self::AccountCreated { name, role, .. } => format!("{name}: {}", role.name()),
            Self::AccountDeleted { name } | Self::AccountReset { name } => name.clone(),
            Self::PasswordChangeFailed { address }
            | Self::SignedIn { address }
            | Self::SignedOut { address }
            | Self::SignInFailed { address } => address.clone(),
            Self::TokenCreated { name, scopes, until } => format!("{name}: {scopes} – {}", minutes_utc(until)),
            Self::TokenRevoked { id } => id.to_string(),
            Self::GrantAuthorized { relay, account } => format!("{relay}: {account}"),
            Self::GrantRefused { reason } => reason.clone(),
            Self::GrantForgotten { relay } => relay.clone(),
            Self::GrantTurned { relay, words, .. } => format!("{relay}: {words}"),
        }
    }
}

/// A stored time (RFC 3339, UTC) without its seconds: `2026-12-09 13:11 UTC`.
fn minutes_utc(time: &str) -> String {
    format!("{} UTC", time.chars().take(16).collect::<String>().replace('T', " "))
}

/// The stored form of an act's details: JSON. Rows of earlier versions hold text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditDetail {
    Act(AuditedAct),
    /// A row of an earlier version.
    Text(String),
}

impl AuditDetail {
    /// Reads a stored detail.
    pub fn read(stored: &str) -> Self {
        serde_json::from_str(stored).map_or_else(|_| Self::Text(stored.to_owned()), Self::Act)
    }

    /// The details as text, a line each.
    pub fn text(&self) -> String {
        match self {
            Self::Act(act) => act.detail(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl From<&AuditedAct> for String {
    /// The stored form.
    fn from(act: &AuditedAct) -> Self {
        serde_json::to_string(act).expect("text and numbers serialize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts() -> Vec<AuditedAct> {
        let difference = |before: Option<&str>, after: Option<&str>| Difference {
            key: "email.from".into(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        };
        let text = || "{\"act\":\"x\"} – \n y".to_owned();
        vec![
            AuditedAct::SettingsSaved {
                first: true,
                changes: vec![difference(None, Some("a@x")), difference(Some("- → b"), None)],
                secrets: vec![SecretChange { name: "email.auth.password".into(), is_set: false }],
            },
            AuditedAct::SettingsExported { file: text() },
            AuditedAct::BackupWritten { file: text(), bytes: 7 },
            AuditedAct::BackupRestored { file: text() },
            AuditedAct::TestSent {
                relay: text(),
                accepted: false,
                share: Some(TestShare { accepted: 1, recipients: 2, of_draft: true }),
            },
            AuditedAct::QueueChanged { verb: QueueAct::Hold, all: true, count: 3, messages: vec!["kx1m".into()] },
            AuditedAct::ContactConfirmed,
            AuditedAct::AccountCreated { name: text(), role: Role::Operator, first: false },
            AuditedAct::TokenCreated { name: text(), scopes: "send".into(), until: "2027-01-01T00:00:00Z".into() },
            AuditedAct::GrantTurned { relay: text(), turn: GrantTurn::ClientRefused, words: text() },
            AuditedAct::SettingsAdopted { primary: text() },
            AuditedAct::PairMade { peer: text() },
            AuditedAct::PairRoleAsked { role: "backup".into(), force: true },
            AuditedAct::PairSettingsSaved { changes: vec![difference(Some("1s"), Some("2s"))] },
            AuditedAct::SiteStarted,
            AuditedAct::PairRoleTaken { role: "backup".into() },
        ]
    }

    #[test]
    fn stored_act_is_read_back_whole() {
        for act in acts() {
            let stored = String::from(&act);
            assert_eq!(AuditDetail::read(&stored), AuditDetail::Act(act), "{stored}");
        }
    }

    #[test]
    fn text_of_earlier_version_stays_text() {
        for text in ["", "main: accepted", "email.from: - → a@x", "{", "{\"act\":\"unknown\"}", "{\"relay\":\"x\"}", "[1]", "7"]
        {
            assert_eq!(AuditDetail::read(text), AuditDetail::Text(text.to_owned()));
            assert_eq!(AuditDetail::read(text).text(), text);
        }
    }

    #[test]
    fn details_are_the_documented_lines() {
        let details: Vec<String> = acts().iter().take(6).map(AuditedAct::detail).collect();
        assert_eq!(details[0], "email.from: - → a@x\nemail.from: - → b → -\nemail.auth.password: cleared");
        assert_eq!(details[4], "{\"act\":\"x\"} – \n y: 1 of 2 accepted");
        assert_eq!(details[5], "all kx1m …: 3");
    }
}
