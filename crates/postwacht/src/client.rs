//! The CLI's connection to a node. The CLI uses the same API over the control socket or over TCP.
//!
//! While no node is running, the CLI opens the store in this process, under the store's lock.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use node::Service;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer::{NodeAnswer, Parsed};
use crate::bootstrap::Bootstrap;
use crate::error::{CliError, Exit};
use crate::terminal::language;
use crate::way::Way;
use crate::wiring;

/// Timeout of a GET request.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(crate) enum NodeClient {
    Running { way: Way },
    Offline { service: Arc<Service>, router: axum::Router },
}

impl NodeClient {
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

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Parsed<T>, CliError> {
        self.call(Method::GET, path, &(), &[]).await?.parsed()
    }

    /// Sends a POST request. The body `()` sends none; the answer `()` reads none.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<Parsed<T>, CliError> {
        self.call(Method::POST, path, body, &[]).await?.parsed()
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), CliError> {
        self.call(Method::DELETE, path, &(), &[]).await?.parsed::<()>().map(drop)
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        headers: &[(header::HeaderName, &str)],
    ) -> Result<NodeAnswer, CliError> {
        let is_read = method == Method::GET;
        let mut request = request(method, path, body)?;
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
                    Ok(NodeAnswer::read(parts.status, &parts.headers, &bytes))
                };
                let late = |_| Err(CliError::new(Exit::NotReachable, "error-no-answer"));
                tokio::time::timeout(within, asking).await.unwrap_or_else(late)
            }
            Self::Offline { router, .. } => {
                let mut request = request.map(axum::body::Body::new);
                let user = web::local_user(rustix::process::getuid().as_raw());
                request.extensions_mut().insert(axum::extract::ConnectInfo(web::Principal::Control { user }));
                let response = tower::ServiceExt::oneshot(router.clone(), request).await;
                let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
                let bytes = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
                Ok(NodeAnswer::read(parts.status, &parts.headers, &bytes))
            }
        }
    }

    /// Sends a POST request and calls `each` for each server-sent event. Returns the answer if it is not a stream of events.
    pub(crate) async fn events(
        &self,
        path: &str,
        body: &impl Serialize,
        mut each: impl FnMut(&str, Value),
    ) -> Result<Option<NodeAnswer>, CliError> {
        let Self::Running { way } = self else {
            return Err(CliError::new(Exit::NotReachable, "error-not-running").todo("hint-not-running"));
        };
        let mut request = request(Method::POST, path, body)?;
        request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static("text/event-stream"));
        let response = way.send(request).await?;
        let streaming =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let (parts, mut body) = response.into_parts();
        let broken = |error: hyper::Error| CliError::new(Exit::NotReachable, "error-broken").why(error);
        if !streaming {
            let bytes = body.collect().await.map_err(broken)?.to_bytes();
            return Ok(Some(NodeAnswer::read(parts.status, &parts.headers, &bytes)));
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

fn request(method: Method, path: &str, body: &impl Serialize) -> Result<Request<Full<Bytes>>, CliError> {
    let value = serde_json::to_value(body).map_err(|error| CliError::usage("error-request").why(error))?;
    let bytes = if value.is_null() { Vec::new() } else { value.to_string().into_bytes() };
    Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, language().code())
        .body(Full::new(Bytes::from(bytes)))
        .map_err(|error| CliError::usage("error-request").why(error))
}
