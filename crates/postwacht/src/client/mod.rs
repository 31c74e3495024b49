//! The CLI's connection to a node. The CLI uses the same API over the control socket or over TCP.
//!
//! While no node is running, the CLI opens the store in this process, under the store's lock.

mod way;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use model::Language;
use node::Service;
use serde_json::Value;

use crate::bootstrap::Bootstrap;
use crate::cli::{CliError, Exit, SECRETS};
use crate::wiring;

pub(crate) use way::{Remote, Way};

/// Timeout of a GET request.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(crate) enum Node {
    Running { way: Way },
    Offline { service: Arc<Service>, router: axum::Router },
}

/// Response of the API, read in full.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl Node {
    /// Connects to the running node. Fails with a clear error if no node is running.
    pub(crate) async fn running(bootstrap: &Bootstrap) -> Result<Self, CliError> {
        let way = bootstrap.way();
        way.knock().await?;
        Ok(Self::Running { way })
    }

    /// Connects to the running node to submit a message. A user who may not open the control socket uses the submit socket.
    pub(crate) async fn submitting(bootstrap: &Bootstrap) -> Result<Self, CliError> {
        let way = match bootstrap.way() {
            way if way.is_closed().await => Way::Socket(bootstrap.submit_socket()),
            way => way,
        };
        way.knock().await?;
        Ok(Self::Running { way })
    }

    /// Connects to the node. If no node is running, opens the local store. Then fails if the node is remote or the database
    /// is missing.
    pub(crate) async fn any(bootstrap: &Bootstrap) -> Result<Self, CliError> {
        match Self::running(bootstrap).await {
            Ok(node) => Ok(node),
            Err(fault) if bootstrap.remote.is_some() || !bootstrap.data_dir.join("postwacht.db").exists() => Err(fault),
            Err(_) => {
                let service = wiring::offline(bootstrap).await?;
                let router = web::control(Arc::clone(&service), web::Base::default());
                Ok(Self::Offline { service, router })
            }
        }
    }

    pub(crate) fn offline(&self) -> Option<&Arc<Service>> {
        match self {
            Self::Running { .. } => None,
            Self::Offline { service, .. } => Some(service),
        }
    }

    fn request(method: Method, path: &str, language: Language, body: Vec<u8>) -> Result<Request<Full<Bytes>>, CliError> {
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, language.code())
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| CliError::usage("error-request").why(error))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, CliError> {
        self.call(Method::GET, path, &Value::Null, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, CliError> {
        self.call(Method::POST, path, body, &[]).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(header::HeaderName, &str)],
    ) -> Result<Answer, CliError> {
        let is_read = method == Method::GET;
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let mut request = Self::request(method, path, crate::cli::language(), bytes)?;
        for (name, value) in headers {
            let value = header::HeaderValue::from_str(value).map_err(|error| CliError::usage("error-request").why(error))?;
            request.headers_mut().insert(name, value);
        }
        let broken = |error: &dyn std::fmt::Display| CliError::new(Exit::NotReachable, "error-broken").why(error);
        match self {
            Self::Running { way } => {
                // A node answers reads at once. A test, a backup or the doctor may take minutes.
                let within = if is_read { ANSWER_WITHIN } else { Duration::MAX };
                let asking = async {
                    let response = way.send(request).await?;
                    let (parts, body) = response.into_parts();
                    let bytes = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
                    Ok(answer(parts.status, &parts.headers, &bytes))
                };
                let late = |_| Err(CliError::new(Exit::NotReachable, "error-no-answer"));
                tokio::time::timeout(within, asking).await.unwrap_or_else(late)
            }
            Self::Offline { router, .. } => {
                let mut request = request.map(axum::body::Body::new);
                let user = std::env::var("USER").unwrap_or_else(|_| "offline".into());
                request.extensions_mut().insert(axum::extract::ConnectInfo(web::Principal::Control { user }));
                let response = tower::ServiceExt::oneshot(router.clone(), request).await;
                let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
                let bytes = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
                Ok(answer(parts.status, &parts.headers, &bytes))
            }
        }
    }

    /// Sends a POST request and calls `each` for each server-sent event. Returns the answer if it is not a stream of events.
    pub(crate) async fn events(
        &self,
        path: &str,
        body: &Value,
        mut each: impl FnMut(&str, Value),
    ) -> Result<Option<Answer>, CliError> {
        let Self::Running { way } = self else {
            return Err(CliError::new(Exit::NotReachable, "error-not-running").todo("hint-not-running"));
        };
        let mut request = Self::request(Method::POST, path, crate::cli::language(), body.to_string().into_bytes())?;
        request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static("text/event-stream"));
        let response = way.send(request).await?;
        let streaming =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let (parts, mut body) = response.into_parts();
        let broken = |error: hyper::Error| CliError::new(Exit::NotReachable, "error-broken").why(error);
        if !streaming {
            let bytes = body.collect().await.map_err(broken)?.to_bytes();
            return Ok(Some(answer(parts.status, &parts.headers, &bytes)));
        }
        let mut text = String::new();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame.map_err(broken)?.data_ref() {
                text.push_str(&String::from_utf8_lossy(data));
            }
            while let Some(end) = text.find("\n\n") {
                let block: String = text.drain(..end + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let (Some(event), Some(data)) = (field("event:"), field("data:")) {
                    each(event, serde_json::from_str(data).unwrap_or(Value::Null));
                }
            }
        }
        Ok(None)
    }
}

fn answer(status: StatusCode, headers: &header::HeaderMap, bytes: &[u8]) -> Answer {
    let etag = headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Answer { status, etag, body: serde_json::from_slice(bytes).unwrap_or(Value::Null) }
}

impl Answer {
    /// Body of a successful answer. Else converts the problem to an error for people.
    pub(crate) fn good(self) -> Result<Value, CliError> {
        if self.status.is_success() { Ok(self.body) } else { Err(self.problem()) }
    }

    fn problem(&self) -> CliError {
        problem(self.status.as_u16(), &self.body)
    }
}

/// Converts an RFC 9457 problem to an error for people.
pub(crate) fn problem(status: u16, body: &Value) -> CliError {
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let exit = match status {
        // The provider answered and refused.
        _ if body["type"] == "urn:postwacht:verify" => Exit::No,
        400 | 415 | 422 => Exit::Usage,
        _ => Exit::Failed,
    };
    let title = Some(text("title")).filter(|title| !title.is_empty()).unwrap_or_else(|| format!("HTTP {status}"));
    let mut error = CliError::said(exit, title);
    let detail = text("detail");
    if !detail.is_empty() {
        error = error.why(detail);
    }
    let secret = |field: &str| SECRETS.contains(&field.rsplit('.').next().unwrap_or(""));
    if body["errors"].as_array().into_iter().flatten().any(|fault| fault["field"].as_str().is_some_and(secret)) {
        error = error.todo("hint-secret-on-command-line");
    }
    for fault in body["errors"].as_array().into_iter().flatten() {
        error = error.line(format!("{}: {}", fault["field"].as_str().unwrap_or("?"), fault["message"].as_str().unwrap_or("?")));
    }
    error
}
