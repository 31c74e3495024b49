//! Status, doctor, audit and backup.

use admin::clock::rfc3339;
use admin::words::say;
use alerts::health::MailHealth;
use alerts::status::{ContactStatus, RelayGrant, RelayStatus, Status};
use api::audit::{AuditEntry, AuditQuery};
use api::backup::{BackupRequest, BackupResult};
use api::doctor::{DoctorCheck, FindingName};
use api::problem::ProblemDetails;
use api::status::{ContactSummary, GrantSummary, HealthName, RelaySummary, StatusSummary};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use model::audit::AuditDetail;
use model::{Language, Retrying};
use node::backup::BackupFault;
use node::doctor::{Check, Finding};

use super::body::{JsonBody, Svc};
use super::report::report;
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

fn relay(status: RelayStatus) -> RelaySummary {
    RelaySummary {
        state: status.state_name().into(),
        name: status.name,
        host: status.host,
        port: status.port,
        since: status.since,
        next_probe: status.next_probe,
        fault: status.fault,
        in_use: status.in_use,
        held_senders: status.held_senders,
    }
}

fn summary(language: Language, status: Status) -> StatusSummary {
    let grant = |grant: RelayGrant| GrantSummary { relay: grant.relay, state: grant.phase.name().into() };
    let contact = |contact: ContactStatus| ContactSummary {
        address: contact.address,
        confirmed: contact.confirmed,
        refused: contact.is_refused,
    };
    StatusSummary {
        health: health(status.health),
        version: status.version.to_owned(),
        revision: status.revision,
        waiting: status.waiting,
        held: status.operator_held,
        sender_held: status.sender_held,
        at_least: status.are_lower_bounds,
        oldest_waiting: status.oldest_waiting.map(rfc3339),
        last_accepted: status.last_accepted,
        relays: status.relays.into_iter().map(relay).collect(),
        grants: status.grants.into_iter().map(grant).collect(),
        alarms: status.alarms.iter().map(|alarm| say(language, &alarm.phrase)).collect(),
        remarks: status.remark_phrases.iter().map(|phrase| say(language, phrase)).collect(),
        last_proven: status.last_proven,
        untold: status.waiting_notices as u64,
        incidents: status.incidents as u64,
        events_refused: status.events_refused,
        contacts: status.contacts.into_iter().map(contact).collect(),
        only_mail: status.only_mail,
    }
}

/// Returns the health under its name in the API.
pub(crate) fn health(health: MailHealth) -> HealthName {
    match health {
        MailHealth::Well => HealthName::Well,
        MailHealth::Degraded => HealthName::Degraded,
        MailHealth::Checking => HealthName::Checking,
        MailHealth::Unproven => HealthName::Unproven,
        MailHealth::Silent => HealthName::Silent,
        MailHealth::Unset => HealthName::Unset,
    }
}

/// Returns the state of mail in brief.
#[utoipa::path(get, path = "/status", responses((status = 200, description = "The status", body = StatusSummary)))]
pub(crate) async fn status(State(service): Svc, language: AnswerLanguage) -> Result<Json<StatusSummary>, Problem> {
    let status = service.alerts().status().await.map_err(|fault| Problem::read(language.0, &fault))?;
    Ok(Json(summary(language.0, status)))
}

fn finding(finding: Finding) -> FindingName {
    match finding {
        Finding::Well => FindingName::Well,
        Finding::Remark => FindingName::Remark,
        Finding::Wrong => FindingName::Wrong,
        Finding::Unknown => FindingName::Unknown,
    }
}

/// Checks everything that mail depends on. Sends no mail.
#[utoipa::path(post, path = "/doctor", responses((status = 200, description = "What was found", body = Vec<DoctorCheck>)))]
pub(crate) async fn doctor(State(service): Svc, language: AnswerLanguage) -> Result<Json<Vec<DoctorCheck>>, Problem> {
    let checks = service.examine().await.map_err(|fault| Problem::read(language.0, &fault))?;
    let entry = |check: Check| DoctorCheck {
        check: check.name.to_owned(),
        finding: finding(check.finding),
        says: say(language.0, &check.says),
        commands: check.commands,
        report: check.report.map(|session| report(&service, language.0, &session, Retrying::Planned)),
    };
    Ok(Json(checks.into_iter().map(entry).collect()))
}

/// Lists the changes and their actors, newest first.
#[utoipa::path(get, path = "/audit", params(AuditQuery), responses((status = 200, description = "A page", body = Vec<AuditEntry>)))]
pub(crate) async fn audit(
    State(service): Svc,
    language: AnswerLanguage,
    Query(page): Query<AuditQuery>,
) -> Result<Json<Vec<AuditEntry>>, Problem> {
    let rows = service.store().audit(page.cursor, 100).await.map_err(|fault| Problem::read(language.0, &fault))?;
    let entry = |row: store::AuditView| {
        let detail = AuditDetail::read(&row.detail).text();
        AuditEntry { n: row.n, at: rfc3339(row.at), who: row.who, what: row.what, detail }
    };
    Ok(Json(rows.into_iter().map(entry).collect()))
}

/// Writes a backup on the node. Only on the control socket.
#[utoipa::path(post, path = "/backup", request_body = BackupRequest,
    responses((status = 200, description = "Written", body = BackupResult),
        (status = 422, description = "Not a path, or there is something already", body = ProblemDetails)))]
pub(crate) async fn backup(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(backup): JsonBody<BackupRequest>,
) -> Result<Json<BackupResult>, Problem> {
    // Programs elsewhere need not know the paths on this machine.
    if matches!(who, Principal::Token(_)) {
        return Err(Problem::new(language.0, StatusCode::FORBIDDEN, "backup-here"));
    }
    let file = std::path::PathBuf::from(&backup.file);
    let bad = |kind: &str| Problem::new(language.0, StatusCode::UNPROCESSABLE_ENTITY, kind).field("file", &backup.file);
    if !file.is_absolute() {
        return Err(bad("not-absolute"));
    }
    if file.exists() {
        return Err(bad("file-exists"));
    }
    let bytes = service.backup(file, &who.actor()).await.map_err(|fault| match fault {
        BackupFault::Forbidden(fault) => Problem::forbidden(language.0, fault),
        BackupFault::Read(fault) => bad("backup").detail(fault),
    })?;
    Ok(Json(BackupResult { file: backup.file, bytes }))
}
