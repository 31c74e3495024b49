//! Reads JSON bodies of requests, within bounds.

use std::sync::Arc;

use admin::parser::{parser_words, without_typed_text};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use model::Language;
use model::settings::{Draft, LISTED, listed_table};
use node::Service;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer_language::AnswerLanguage;
use crate::json::{Gauge, JsonBounds};
use crate::problem::Problem;

/// Bounds of requests other than messages: settings with all their relays and contacts, or the ids of many messages.
static BOUNDS: JsonBounds =
    JsonBounds { depth: 16, entries: 1000, entries_of: &[("ids", 10_000)], values: 20_000, text: 1 << 20, text_of: &[] };

pub(super) type Svc = State<Arc<Service>>;

/// A JSON body. Its faults become a problem.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(AnswerLanguage(language)) =
            <AnswerLanguage as axum::extract::FromRequestParts<S>>::from_request_parts(&mut parts, state).await;
        let body = match axum::body::Bytes::from_request(Request::new(body), state).await {
            Ok(body) => body,
            Err(rejection) => {
                return Err(Problem::new(language, rejection.status(), "not-json").detail(parser_words(&rejection.body_text())));
            }
        };
        let gauged = Gauge::new(&BOUNDS).follow(&body);
        gauged.map_err(|excess| Problem::excess(language, "not-json", &excess))?;
        let body = axum::body::Body::from(body);
        match Json::<T>::from_request(Request::from_parts(parts, body), state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::new(language, rejection.status(), "not-json").detail(rejection.body_text())),
        }
    }
}

/// Parses settings from a client. Removes `meta`, which we add to each answer: clients send back the document that they
/// read.
pub(crate) fn draft(language: Language, mut value: Value) -> Result<Draft, Problem> {
    if let Value::Object(map) = &mut value {
        map.remove("meta");
    }
    let unprocessable = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    if let Some(table) = listed_table(&value) {
        return Err(Problem::new(language, unprocessable, "not-settings").detail(format!("{table}: {LISTED}")));
    }
    serde_json::from_value(value).map_err(|error| {
        Problem::new(language, unprocessable, "not-settings").detail(without_typed_text(&parser_words(&error.to_string())))
    })
}
