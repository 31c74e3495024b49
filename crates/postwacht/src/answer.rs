//! Answers of a node: their bodies, and their problems as errors for people.

use api::problem::ProblemDetails;
use hyper::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{CliError, Exit};
use crate::secret_keys::is_secret;

/// Answer of the API, read in full.
pub(crate) struct NodeAnswer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    body: Value,
}

/// Body of a successful answer.
#[derive(Debug)]
pub(crate) struct Parsed<T> {
    /// The body as it came. `--json` prints it, with the fields that this version does not know.
    pub(crate) json: Value,
    pub(crate) value: T,
    pub(crate) etag: Option<String>,
}

impl NodeAnswer {
    pub(crate) fn read(status: StatusCode, headers: &header::HeaderMap, bytes: &[u8]) -> Self {
        let etag = headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { status, etag, body: serde_json::from_slice(bytes).unwrap_or(Value::Null) }
    }

    /// Body of a successful answer. Else converts the problem to an error for people.
    pub(crate) fn parsed<T: DeserializeOwned>(self) -> Result<Parsed<T>, CliError> {
        if !self.status.is_success() {
            return Err(problem(self.status.as_u16(), self.body));
        }
        let value = parse(self.body.clone())?;
        Ok(Parsed { json: self.body, value, etag: self.etag })
    }
}

/// Parses a body or an event. A node of another version may answer in another form.
pub(crate) fn parse<T: DeserializeOwned>(json: Value) -> Result<T, CliError> {
    serde_json::from_value(json).map_err(|error| CliError::failed("error-answer").why(error).todo("hint-answer"))
}

/// Converts an RFC 9457 problem to an error for people.
pub(crate) fn problem(status: u16, body: Value) -> CliError {
    // A proxy between us and the node may answer with something else.
    let problem: ProblemDetails = serde_json::from_value(body).unwrap_or_default();
    let exit = match status {
        // The provider answered and refused.
        _ if problem.kind == "urn:postwacht:verify" => Exit::No,
        // A guard of the failover pair refuses.
        _ if problem.kind.starts_with("urn:postwacht:role-") => Exit::No,
        400 | 415 | 422 => Exit::Usage,
        // The other node of a pair.
        502 => Exit::NotReachable,
        _ => Exit::Failed,
    };
    let title = Some(problem.title).filter(|title| !title.is_empty()).unwrap_or_else(|| format!("HTTP {status}"));
    let mut error = CliError::said(exit, title);
    if let Some(detail) = problem.detail.filter(|detail| !detail.is_empty()) {
        error = error.why(detail);
    }
    if problem.errors.iter().any(|fault| is_secret(&fault.field)) {
        error = error.todo("hint-secret-on-command-line");
    }
    problem.errors.iter().fold(error, |error, fault| error.line(format!("{}: {}", fault.field, fault.message)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> NodeAnswer {
        let status = StatusCode::from_u16(status).expect("a status");
        NodeAnswer::read(status, &header::HeaderMap::new(), body.to_string().as_bytes())
    }

    #[test]
    fn unknown_fields_are_ignored_and_kept_for_json() {
        let body = json!({ "touched": 2, "skipped": ["x-1"] });
        let parsed = answer(200, &body).parsed::<api::queue::Touched>().expect("read");
        assert_eq!((parsed.value.touched, parsed.json), (2, body));
        let fault = answer(200, &json!({ "count": 2 })).parsed::<api::queue::Touched>().expect_err("not understood");
        assert_eq!(fault.exit(), Exit::Failed);
    }

    #[test]
    fn problem_names_title_detail_and_fields() {
        let body =
            json!({ "title": "Not saved", "detail": "why", "errors": [{ "field": "email.auth.password", "message": "no" }] });
        let error = answer(422, &body).parsed::<()>().expect_err("a problem");
        let text = error.to_string();
        assert!(text.contains("Not saved") && text.contains("why") && text.contains("email.auth.password: no"), "{text}");
        assert_eq!(error.exit(), Exit::Usage);
        assert!(answer(502, &json!("<html>")).parsed::<()>().err().is_some_and(|error| error.to_string().contains("HTTP 502")));
    }
}
