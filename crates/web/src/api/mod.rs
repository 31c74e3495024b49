//! `/api/v1`, one file a subject.

pub(crate) mod accounts;
pub(crate) mod alarm;
pub(crate) mod email;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod oauth;
pub(crate) mod operate;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod tokens;
pub(crate) mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use model::Language;
use model::settings::Draft;
use serde::de::DeserializeOwned;
use serde_json::Value;
use service::Service;

use crate::principal::Tongue;
use crate::problem::Problem;

type Svc = State<Arc<Service>>;

/// A JSON body; what is wrong with it is a problem.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(Tongue(language)) = <Tongue as axum::extract::FromRequestParts<S>>::from_request_parts(&mut parts, state).await;
        match Json::<T>::from_request(Request::from_parts(parts, body), state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::new(language, rejection.status(), "not-json").detail(rejection.body_text())),
        }
    }
}

/// Settings as a client sends them. `meta` is what we added when showing: a client sends back what it read.
pub(crate) fn draft(language: Language, mut value: Value) -> Result<Draft, Problem> {
    if let Value::Object(map) = &mut value {
        map.remove("meta");
    }
    let unprocessable = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    serde_json::from_value(value).map_err(|error| Problem::new(language, unprocessable, "not-settings").detail(error))
}
