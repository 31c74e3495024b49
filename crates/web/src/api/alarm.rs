//! Test of the alarms outside email.

use alerts::alarm::CalledFault;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Svc;
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

/// Calls every webhook with an example, and the heartbeat once. Returns each answer.
#[utoipa::path(post, path = "/alarm/test",
    responses((status = 200, description = "What each said", body = Value), (status = 409, description = "Nothing is set up to be called", body = Problem)))]
pub(crate) async fn test(State(service): Svc, who: Principal, tongue: Tongue) -> Result<Json<Value>, Problem> {
    let called = service.alerts().test_alarm(&who.actor()).await.map_err(|fault| match fault {
        CalledFault::Nothing => Problem::new(tongue.0, StatusCode::CONFLICT, "no-alarm"),
        CalledFault::Forbidden(fault) => Problem::forbidden(tongue.0, fault),
    })?;
    let one = |called: &alerts::alarm::Called| json!({ "kind": called.kind, "host": called.host, "taken": called.taken, "said": called.said });
    Ok(Json(json!({ "called": called.iter().map(one).collect::<Vec<_>>() })))
}
