//! Reads JSON bodies of requests, within bounds.

use std::sync::Arc;

use admin::parser::{parser_words, without_typed_text};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use model::Language;
use model::settings::{Draft, LISTED, listed_table};
use node::Service;
use serde::Serialize;
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
            Err(rejection) => {
                Err(Problem::new(language, rejection.status(), "not-json").detail(parser_words(&rejection.body_text())))
            }
        }
    }
}

/// A JSON body whose type is also that of an answer. Answers may have fields that a client does not know; a body may not.
pub(crate) struct ExactBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Serialize> FromRequest<S> for ExactBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let language = AnswerLanguage::of(request.headers());
        let JsonBody(typed) = JsonBody::<Value>::from_request(request, state).await?;
        let wrong = |why: String| Problem::new(language, axum::http::StatusCode::UNPROCESSABLE_ENTITY, "not-json").detail(why);
        let value: T = serde_json::from_value(typed.clone()).map_err(|error| wrong(parser_words(&error.to_string())))?;
        let known = serde_json::to_value(&value).unwrap_or_default();
        match unknown_field(&typed, &known) {
            Some(field) => Err(wrong(parser_words(&format!("unknown field `{field}`")))),
            None => Ok(Self(value)),
        }
    }
}

/// The first field of `typed` that `known` lacks.
fn unknown_field(typed: &Value, known: &Value) -> Option<String> {
    match (typed, known) {
        (Value::Object(typed), Value::Object(known)) => typed.iter().find_map(|(key, value)| match known.get(key) {
            None => Some(key.clone()),
            Some(known) => unknown_field(value, known),
        }),
        (Value::Array(typed), Value::Array(known)) => {
            typed.iter().zip(known).find_map(|(typed, known)| unknown_field(typed, known))
        }
        _ => None,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::unknown_field;

    #[test]
    fn unknown_field_is_found_at_any_depth() {
        let known = json!({ "a": 1, "b": [{ "c": 2, "d": true }] });
        for (typed, found) in [
            (json!({ "a": 5 }), None),
            (json!({ "a": 5, "x": 1 }), Some("x")),
            (json!({ "b": [{ "c": 2 }] }), None),
            (json!({ "b": [{ "c": 2, "y": 1 }] }), Some("y")),
            (json!([]), None),
        ] {
            assert_eq!(unknown_field(&typed, &known).as_deref(), found, "{typed}");
        }
    }
}
