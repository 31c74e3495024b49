//! Test of the alarms outside email.

use admin::words::reason;
use alerts::alarm::{Called, CalledFault};
use api::alarm::{AlarmCall, AlarmTest};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::body::Svc;
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

/// Calls every webhook with an example, and the heartbeat once. Returns each answer.
#[utoipa::path(post, path = "/alarm/test",
    responses((status = 200, description = "What each said", body = AlarmTest),
        (status = 409, description = "Nothing is set up to be called", body = ProblemDetails)))]
pub(crate) async fn test(State(service): Svc, who: Principal, language: AnswerLanguage) -> Result<Json<AlarmTest>, Problem> {
    let called = service.alerts().test_alarm(&who.actor()).await.map_err(|fault| match fault {
        CalledFault::Nothing => Problem::new(language.0, StatusCode::CONFLICT, "no-alarm"),
        CalledFault::Forbidden(fault) => Problem::forbidden(language.0, fault),
    })?;
    let call = |called: Called| AlarmCall {
        kind: called.kind.into(),
        host: called.host,
        taken: called.taken,
        said: reason(language.0, &called.said),
    };
    Ok(Json(AlarmTest { called: called.into_iter().map(call).collect() }))
}
