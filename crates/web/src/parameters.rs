//! Faults in the path or the query of a request: the parameter, its typed value, and the values that are allowed.

use std::borrow::Cow;

use admin::words::say;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::settings::Wrong;
use model::{Language, Phrase};

use crate::answer_language::AnswerLanguage;
use crate::problem::Problem;

/// Beginnings of the framework's sentences.
const OF_QUERY: &str = "Failed to deserialize query string: ";
const OF_PATH: &str = "Invalid URL: ";
/// The name of the parameter in every path that has one number.
const ID: &str = "id";
/// Longest typed value that is repeated, in characters.
const TYPED_MAX: usize = 60;

/// Turns a refusal of the framework (an unreadable path or query) into a problem.
pub(crate) async fn never_bare(language: AnswerLanguage, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let status = response.status();
    if !status.is_client_error() || kind.is_some_and(|kind| kind.as_bytes() == b"application/problem+json") {
        return response;
    }
    // The framework's body is a plain sentence.
    let text = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap_or_default();
    let told = String::from_utf8_lossy(&text);
    let problem = parameter_fault(language.0, status, &uri, told.trim());
    problem.unwrap_or_else(|| Problem::new(language.0, status, "bad-request").detail(told.trim())).into_response()
}

/// The problem behind a sentence of the framework. `None` for a sentence about something else.
pub(crate) fn parameter_fault(language: Language, status: StatusCode, uri: &Uri, told: &str) -> Option<Problem> {
    let (field, said) = match (told.strip_prefix(OF_QUERY), told.strip_prefix(OF_PATH)) {
        (Some(why), _) => of_query(language, uri.query().unwrap_or_default(), why),
        (_, Some(why)) => of_path(language, why)?,
        (None, None) => return None,
    };
    Some(Problem::new(language, status, "parameter").field(&field, said))
}

fn of_query(language: Language, query: &str, why: &str) -> (String, String) {
    if let Some(field) = why.strip_prefix("missing field ").or_else(|| why.strip_prefix("duplicate field ")) {
        let key = if why.starts_with("missing") { "wrong-parameter-missing" } else { "wrong-parameter-twice" };
        return (quoted(field).unwrap_or(field).to_owned(), say(language, &Phrase::new(key)));
    }
    let (field, why) = why.split_once(": ").unwrap_or(("query", why));
    let typed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == field).map(|(_, value)| value);
    (field.to_owned(), of_value(language, &typed.unwrap_or(Cow::Borrowed("")), why))
}

/// The words about the value of a parameter.
fn of_value(language: Language, typed: &str, why: &str) -> String {
    let typed: String = typed.chars().filter(|c| !c.is_control()).take(TYPED_MAX).collect();
    let number = ["invalid digit", "cannot parse integer", "number too", "number would be zero"];
    if number.iter().any(|fault| why.starts_with(fault)) {
        return say(language, &Phrase::new("wrong-whole-number").with("typed", typed));
    }
    if why.starts_with("provided string was not `true`") {
        return say(language, &Wrong::word(&typed, &["true", "false"]).phrase());
    }
    match why.split_once(", expected ").filter(|(head, _)| head.starts_with("unknown variant")) {
        Some((_, allowed)) => {
            let allowed: Vec<&str> = allowed.split('`').skip(1).step_by(2).collect();
            say(language, &Wrong::word(&typed, &allowed).phrase())
        }
        None => admin::words::reason(language, &admin::parser::parser_words(why)),
    }
}

/// The fault of a part of the path that must be a number. Other parts are texts.
fn of_path(language: Language, why: &str) -> Option<(String, String)> {
    let rest = why.strip_prefix("Cannot parse ")?;
    if let Some(typed) = rest.strip_prefix("value at index ").and_then(quoted) {
        return Some(("path".to_owned(), of_value(language, typed, "invalid digit found in string")));
    }
    let (first, rest) = rest.strip_prefix('`')?.split_once('`')?;
    let (field, typed) = match rest.strip_prefix(" with value ").and_then(quoted) {
        Some(typed) => (first, typed),
        None => (ID, first),
    };
    Some((field.to_owned(), of_value(language, typed, "invalid digit found in string")))
}

/// The text in the first pair of backticks.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::{Path, Query};
    use axum::http::Request;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Shade {
        Red,
        Blue,
    }

    #[derive(serde::Deserialize)]
    struct SampleQuery {
        cursor: Option<i64>,
        open: Option<bool>,
        shade: Option<Shade>,
        must: u16,
    }

    async fn answer(language: &str, path: &str) -> serde_json::Value {
        let sample = async |Query(sample): Query<SampleQuery>| {
            let shade = matches!(sample.shade, Some(Shade::Red | Shade::Blue));
            format!("{:?}{:?}{shade}{}", sample.cursor, sample.open, sample.must)
        };
        let router = Router::new()
            .route("/sample", get(sample))
            .route("/one/{id}", get(async |Path(id): Path<i64>| id.to_string()))
            .route("/two/{name}/{n}", get(async |Path((name, n)): Path<(String, u64)>| format!("{name}{n}")))
            .layer(from_fn(never_bare));
        let request = Request::get(path).header("accept-language", language).body(Body::empty()).expect("a request");
        let body = router.oneshot(request).await.expect("an answer").into_body();
        serde_json::from_slice(&axum::body::to_bytes(body, 1 << 16).await.expect("a body")).expect("a problem")
    }

    #[tokio::test]
    async fn fault_names_the_parameter_and_what_is_allowed() {
        for (path, field, en, nl) in [
            ("/sample?must=1&cursor=abc", "cursor", "“abc” is not allowed here. Enter a whole number.", "geheel getal"),
            ("/sample?must=1&cursor=", "cursor", "“” is not allowed here. Enter a whole number.", "geheel getal"),
            ("/sample?must=1&cursor=99999999999999999999", "cursor", "Enter a whole number.", "geheel getal"),
            ("/sample?must=-1", "must", "“-1” is not allowed here. Enter a whole number.", "geheel getal"),
            ("/sample?must=1&open=maybe", "open", "“maybe” is not one of the choices: true, false.", "true, false"),
            ("/sample?must=1&shade=green", "shade", "“green” is not one of the choices: red, blue.", "red, blue"),
            ("/sample?must=1&shade=a%0Ab", "shade", "“ab” is not one of the choices: red, blue.", "red, blue"),
            ("/sample", "must", "This parameter is missing.", "ontbreekt"),
            ("/sample?must=1&must=2", "must", "This parameter is given more than once.", "meer dan eens"),
            ("/one/abc", "id", "“abc” is not allowed here. Enter a whole number.", "geheel getal"),
            ("/two/x/y", "path", "“y” is not allowed here. Enter a whole number.", "geheel getal"),
        ] {
            for (language, words) in [("en", en), ("nl", nl)] {
                let problem = answer(language, path).await;
                let error = &problem["errors"][0];
                assert_eq!(error["field"], field, "{path}: {problem}");
                let message = error["message"].as_str().unwrap_or_default();
                assert!(message.contains(words), "{path}: {message}");
                for leak in ["deserialize", "parse", "i64", "u16", "u64", "variant", "digit"] {
                    assert!(!problem.to_string().contains(leak), "{path}: {problem}");
                }
            }
        }
    }
}
