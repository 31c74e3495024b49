//! Status, doctor, audit and backup.

use admin::clock::rfc3339;
use admin::words::say;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use model::audit::AuditDetail;
use node::backup::BackupFault;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{Body, Svc, view};
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

/// Returns the state of mail in brief.
#[utoipa::path(get, path = "/status", responses((status = 200, description = "The status", body = Value)))]
pub(crate) async fn status(State(service): Svc, tongue: Tongue) -> Result<Json<Value>, Problem> {
    let mut status = service.alerts().status().await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    status.alarms = status.alarm_phrases.iter().map(|phrase| say(tongue.0, phrase)).collect();
    status.remarks = status.phrases.iter().map(|phrase| say(tongue.0, phrase)).collect();
    Ok(Json(serde_json::to_value(&status).unwrap_or(Value::Null)))
}

/// Checks everything that mail depends on. Sends no mail.
#[utoipa::path(post, path = "/doctor", responses((status = 200, description = "What was found", body = Value)))]
pub(crate) async fn doctor(State(service): Svc, tongue: Tongue) -> Result<Json<Value>, Problem> {
    let checks = service.examine().await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let one = |check: &node::doctor::Check| {
        json!({
            "check": check.name,
            "finding": check.finding,
            "says": say(tongue.0, &check.says),
            "commands": check.commands,
            "report": check.report.as_ref().map(|report| view::Report::new(tongue.0, report)),
        })
    };
    Ok(Json(checks.iter().map(one).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// `n` of the last row of the previous page.
    cursor: Option<i64>,
}

/// Lists the changes and their actors, newest first.
#[utoipa::path(get, path = "/audit", params(Page), responses((status = 200, description = "A page", body = Value)))]
pub(crate) async fn audit(State(service): Svc, tongue: Tongue, Query(page): Query<Page>) -> Result<Json<Value>, Problem> {
    let rows = service.store().audit(page.cursor, 100).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let one = |row: &store::AuditView| json!({ "n": row.n, "at": rfc3339(row.at), "who": row.who, "what": row.what, "detail": AuditDetail::read(&row.detail).text() });
    Ok(Json(rows.iter().map(one).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    /// An absolute path on the node; it must not exist.
    file: String,
}

/// Writes a backup on the node. Only on the control socket.
#[utoipa::path(post, path = "/backup", request_body = Backup,
    responses((status = 200, description = "Written", body = Value), (status = 422, description = "Not a path, or there is something already", body = Problem)))]
pub(crate) async fn backup(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    Body(backup): Body<Backup>,
) -> Result<Json<Value>, Problem> {
    // Programs elsewhere need not know the paths on this machine.
    if matches!(who, Principal::Token(_)) {
        return Err(Problem::new(tongue.0, StatusCode::FORBIDDEN, "backup-here"));
    }
    let file = std::path::PathBuf::from(&backup.file);
    let bad = |kind: &str| Problem::new(tongue.0, StatusCode::UNPROCESSABLE_ENTITY, kind).field("file", &backup.file);
    if !file.is_absolute() {
        return Err(bad("not-absolute"));
    }
    if file.exists() {
        return Err(bad("file-exists"));
    }
    let bytes = service.backup(file, &who.actor()).await.map_err(|fault| match fault {
        BackupFault::Forbidden(fault) => Problem::forbidden(tongue.0, fault),
        BackupFault::Read(fault) => bad("backup").detail(fault),
    })?;
    Ok(Json(json!({ "file": backup.file, "bytes": bytes })))
}
