//! Reads the audit log and reports changes that matter for security. The watch marks each row as read only after it is
//! reported, so that a crash loses none.

use model::audit::{AuditDetail, AuditedAct, Difference, SecretChange};
use model::event::{Facts, OwnCode, Severity};
use model::time::Timestamp;
use store::{AuditView, LocalChange};

use super::{Watch, facts};

/// Rows of one read.
const PAGE_ROWS: usize = 200;
/// Changes that one event names.
const NAMED_MAX: usize = 12;
/// Longest text of one change, in characters.
const CHANGE_TEXT_MAX: usize = 200;

/// Prefixes of the settings that decide where mail, secrets and alarms go.
const SECURITY_SETTINGS: [&str; 8] = [
    "email.from",
    "email.bounce_address",
    "email.relay.",
    "email.auth.",
    "email.oauth2.",
    "email.contacts.",
    "email.fallback",
    "alarm.",
];
/// Acts that matter for security, in rows of earlier versions.
const EARLIER_SECURITY_ACTS: [&str; 8] = [
    "settings.saved",
    "account.created",
    "account.deleted",
    "account.reset",
    "token.created",
    "oauth.authorized",
    "oauth.forgotten",
    "backup.restored",
];

impl Watch {
    /// Reports security changes of settings and accounts since the last round. A watch that reads the audit log for the first
    /// time reports the rows from `started` on: two changes can come before its first look, and earlier rows are no news.
    pub(super) async fn read_audit(&self, started: Timestamp) {
        let (rows, begun) = match self.admin.store.audit_unread(PAGE_ROWS).await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "the audit log cannot be read"),
        };
        let mut read = None;
        for row in &rows {
            if let Some((code, facts)) = security_event(row).filter(|_| begun || row.at >= started)
                && !self.events.report(code, "", Severity::Warning, facts).await
            {
                break;
            }
            read = Some(row.n);
        }
        if let Some(read) = read {
            self.note(LocalChange::AuditRead(read)).await;
        }
    }
}

/// The event for an act that matters for security, and its facts. The first setup is not reported.
fn security_event(row: &AuditView) -> Option<(OwnCode, Facts)> {
    let detail = AuditDetail::read(&row.detail);
    let act = match &detail {
        AuditDetail::Act(act) => act,
        // A row of an earlier version that the watch had not read before the update. Its details are told as they are.
        AuditDetail::Text(text) if EARLIER_SECURITY_ACTS.contains(&row.what.as_str()) => {
            let changes = text.lines().take(NAMED_MAX).map(|line| line.chars().take(CHANGE_TEXT_MAX).collect::<String>());
            let changes = format!("{}: {}", row.what, changes.collect::<Vec<_>>().join("\n"));
            return Some((OwnCode::SettingsChanged, facts([who_fact(row), ("changes", changes)])));
        }
        AuditDetail::Text(_) => return None,
    };
    match act {
        AuditedAct::SettingsSaved { first: false, changes, secrets } => {
            let changes = changes.iter().filter(|change| !change.says_secret_is_set() && is_security_setting(&change.key));
            let lines: Vec<String> = changes.map(Difference::line).chain(secrets.iter().map(SecretChange::line)).collect();
            let more = lines.len().saturating_sub(NAMED_MAX);
            let mut named: Vec<String> =
                lines.iter().take(NAMED_MAX).map(|line| line.chars().take(CHANGE_TEXT_MAX).collect()).collect();
            named.extend((more > 0).then(|| format!("… (+{more})")));
            (!named.is_empty()).then(|| (OwnCode::SettingsChanged, facts([who_fact(row), ("changes", named.join("\n"))])))
        }
        // These give or take access.
        AuditedAct::AccountCreated { first: false, .. }
        | AuditedAct::AccountDeleted { .. }
        | AuditedAct::AccountReset { .. }
        | AuditedAct::TokenCreated { .. }
        | AuditedAct::GrantAuthorized { .. }
        | AuditedAct::GrantForgotten { .. }
        | AuditedAct::SettingsExported { .. }
        | AuditedAct::PairAllowed { .. }
        | AuditedAct::PairMade { .. }
        | AuditedAct::BackupRestored { .. } => {
            let detail: String = act.detail().lines().next().unwrap_or("").chars().take(CHANGE_TEXT_MAX).collect();
            Some((OwnCode::AccessChanged, facts([who_fact(row), ("act", act.name().replace('.', "-")), ("detail", detail)])))
        }
        AuditedAct::SettingsSaved { first: true, .. }
        | AuditedAct::AccountCreated { first: true, .. }
        | AuditedAct::SettingsAdopted { .. }
        | AuditedAct::PairEnded { .. }
        | AuditedAct::PairKeysChanged { .. }
        | AuditedAct::PairRoleAsked { .. }
        | AuditedAct::PairHeld { .. }
        | AuditedAct::PairSettingsSaved { .. }
        | AuditedAct::SiteStarted
        | AuditedAct::PairRoleTaken { .. }
        | AuditedAct::BackupWritten { .. }
        | AuditedAct::TestSent { .. }
        | AuditedAct::QueueChanged { .. }
        | AuditedAct::ContactConfirmed
        | AuditedAct::PasswordChanged
        | AuditedAct::PasswordChangeFailed { .. }
        | AuditedAct::SignedIn { .. }
        | AuditedAct::SignedOut { .. }
        | AuditedAct::SignInFailed { .. }
        | AuditedAct::SessionEnded
        | AuditedAct::TokenRevoked { .. }
        | AuditedAct::GrantRefused { .. }
        | AuditedAct::GrantTurned { .. } => None,
    }
}

fn who_fact(row: &AuditView) -> (&'static str, String) {
    ("who", row.who.clone())
}

/// True for a setting that decides where mail, secrets and alarms go.
fn is_security_setting(key: &str) -> bool {
    // The name of a relay decides nothing.
    !key.ends_with("relay.name") && SECURITY_SETTINGS.iter().any(|prefix| key.starts_with(prefix))
}
