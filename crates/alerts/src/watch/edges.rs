//! Reads outcomes and audit rows that no look can find again: the fate of our own notices, refused messages of applications,
//! and changes that matter for security. The watch marks each as read only after it is reported, so that a crash loses none.

use std::time::Duration;

use admin::settings::NODE;
use model::audit::{AuditDetail, AuditedAct, Difference, SecretChange};
use model::event::{Facts, Severity};
use model::incident::Raised;
use model::message::{Class, Fate};
use store::{AuditView, LocalChange, OutcomeView, RecordChange};

use super::{Watch, facts};
use crate::event::Ask;

/// Rows of one read.
const PAGE: usize = 200;
/// Time without a refusal after which the incident is resolved.
const QUIET: Duration = Duration::from_hours(24);
/// Changes that one event names.
const NAMED_MAX: usize = 12;
/// Longest text of one change, in characters.
const LINE_MAX: usize = 200;

/// Prefixes of the settings that decide where mail, secrets and alarms go.
const SECURITY: [&str; 8] = [
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
const EARLIER: [&str; 8] = [
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
    pub(super) async fn read_outcomes(&self) {
        loop {
            let outcomes = match self.admin.store.outcomes(PAGE).await {
                Ok(outcomes) => outcomes,
                Err(error) => return tracing::error!(%error, "outcomes of messages cannot be read"),
            };
            let Some(last) = outcomes.last().map(|outcome| outcome.n) else { break };
            for outcome in &outcomes {
                let ask = match outcome.class {
                    Class::Submitted => Some(self.refused(outcome).await),
                    Class::Critical | Class::Notice => self.contact(outcome),
                };
                let Some(ask) = ask else { continue };
                if let Err(fault) = self.events.ask(ask).await {
                    // The outcome is not marked as read: the next look reads it again.
                    return tracing::error!(%fault, "a refusal could not be recorded");
                }
            }
            self.note(RecordChange::OutcomesRead(last)).await;
            // A long outage leaves many pages. Each page counts as progress of the watch.
            self.signals.note_progress();
            if outcomes.len() < PAGE {
                break;
            }
        }
        self.forget_refusals().await;
    }

    /// The request that follows from the fate of one of our own notices: the contact takes mail, or refuses it.
    fn contact(&self, outcome: &OutcomeView) -> Option<Ask> {
        let settings = self.admin.settings.current().settings()?;
        let contact = settings.contacts.iter().find(|contact| contact.wire() == outcome.address)?;
        let (code, object, by) = ("contact.refused".to_owned(), contact.key(), NODE.to_owned());
        if outcome.fate == Fate::Accepted {
            return Some(Ask::Resolve { code, object, by, key: None });
        }
        let relay = settings.route.iter().find(|relay| Some(relay.id) == outcome.relay).map_or("–", |relay| &relay.name);
        let facts = facts([("contact", contact.to_string()), ("relay", relay.to_owned()), ("error", outcome.words.clone())]);
        let raised = Raised { severity: Severity::Error, facts, step: None };
        Some(Ask::Raise { code, object, raised, by, once: false, key: None })
    }

    async fn refused(&self, outcome: &OutcomeView) -> Ask {
        let (code, object) = ("queue.refused", outcome.app.clone().unwrap_or_default());
        let before = self.events.find(code, &object).await.and_then(|incident| incident.facts.get("count")?.parse::<u64>().ok());
        let id = self.admin.store.message_id(outcome.message);
        let facts = facts([
            ("count", (before.unwrap_or(0) + 1).to_string()),
            ("message", id.to_string()),
            ("error", outcome.words.clone()),
        ]);
        let raised = Raised { severity: Severity::Warning, facts, step: None };
        Ask::Raise { code: code.to_owned(), object, raised, by: NODE.to_owned(), once: false, key: None }
    }

    /// Resolves incidents about refusals after a day without a new one.
    async fn forget_refusals(&self) {
        let now = self.admin.clock.now();
        for incident in self.events.open_incidents().await {
            if incident.code == "queue.refused" && now.distance(incident.seen) >= QUIET {
                let ask = Ask::Resolve { code: incident.code, object: incident.object, by: NODE.to_owned(), key: None };
                if let Err(fault) = self.events.ask(ask).await {
                    tracing::error!(%fault, "an incident could not be resolved");
                }
            }
        }
    }

    /// Reports security changes of settings and accounts since the last look.
    pub(super) async fn read_audit(&self) {
        let (rows, begun) = match self.admin.store.audit_unread(PAGE).await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "the audit log cannot be read"),
        };
        let mut read = None;
        for row in &rows {
            // Rows from before the watch began belong to the first setup.
            if let Some((code, facts)) = security(row).filter(|_| begun)
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
fn security(row: &AuditView) -> Option<(&'static str, Facts)> {
    let detail = AuditDetail::read(&row.detail);
    let act = match &detail {
        AuditDetail::Act(act) => act,
        // A row of an earlier version that the watch had not read before the update. Its details are told as they are.
        AuditDetail::Text(text) if EARLIER.contains(&row.what.as_str()) => {
            let changes = text.lines().take(NAMED_MAX).map(|line| line.chars().take(LINE_MAX).collect::<String>());
            let changes = format!("{}: {}", row.what, changes.collect::<Vec<_>>().join("\n"));
            return Some(("settings.changed", facts([who(row), ("changes", changes)])));
        }
        AuditDetail::Text(_) => return None,
    };
    match act {
        AuditedAct::SettingsSaved { first: false, changes, secrets } => {
            let changes = changes.iter().filter(|change| !change.says_secret_is_set() && matters(&change.key));
            let lines: Vec<String> = changes.map(Difference::line).chain(secrets.iter().map(SecretChange::line)).collect();
            let more = lines.len().saturating_sub(NAMED_MAX);
            let mut named: Vec<String> = lines.iter().take(NAMED_MAX).map(|line| line.chars().take(LINE_MAX).collect()).collect();
            named.extend((more > 0).then(|| format!("… (+{more})")));
            (!named.is_empty()).then(|| ("settings.changed", facts([who(row), ("changes", named.join("\n"))])))
        }
        // These give or take access.
        AuditedAct::AccountCreated { first: false, .. }
        | AuditedAct::AccountDeleted { .. }
        | AuditedAct::AccountReset { .. }
        | AuditedAct::TokenCreated { .. }
        | AuditedAct::GrantAuthorized { .. }
        | AuditedAct::GrantForgotten { .. }
        | AuditedAct::BackupRestored { .. } => {
            let detail: String = act.detail().lines().next().unwrap_or("").chars().take(LINE_MAX).collect();
            Some(("access.changed", facts([who(row), ("act", act.name().replace('.', "-")), ("detail", detail)])))
        }
        AuditedAct::SettingsSaved { first: true, .. }
        | AuditedAct::AccountCreated { first: true, .. }
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

fn who(row: &AuditView) -> (&'static str, String) {
    ("who", row.who.clone())
}

/// True for a setting that decides where mail, secrets and alarms go.
fn matters(key: &str) -> bool {
    SECURITY.iter().any(|prefix| key.starts_with(prefix))
}
