//! Reads bodies of requests. Each has a maximum size, a minimum rate, and a share of the one memory budget for
//! messages.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use mail::intake::{Budget, Caller, Claim, IncomingBody, NotTaken};
use model::Language;
use tokio::time::Instant;

use crate::answer_language::AnswerLanguage;
use crate::drain::drain;
use crate::principal::Principal;
use crate::via::Via;

/// Seconds after which a refused caller may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Renders a refusal: a problem for programs, a page for people.
type Refuse = fn(Language, StatusCode, &str) -> Response;

/// Bounds of the bodies that a group of routes accepts.
#[derive(Clone, Copy)]
pub(crate) struct Bodies {
    /// Longest body, in bytes.
    pub(crate) max: usize,
    /// Memory for work on a body, in quarters of its size.
    pub(crate) work_quarters: usize,
    /// Most fields of a form. Readers of other bodies apply their own bounds.
    pub(crate) fields: usize,
    pub(crate) refuse: Refuse,
}

/// Bounds for the bodies of some routes, with the memory budget that all routes share.
pub(crate) struct BodyRoom {
    bodies: Bodies,
    budget: Arc<Budget>,
}

impl BodyRoom {
    pub(crate) fn new(bodies: Bodies, budget: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { bodies, budget: Arc::clone(budget) })
    }

    /// Reads a whole body. The caller holds the returned claim while it works on the body.
    async fn read(&self, language: Language, request: Request) -> Result<(Request, Claim), Response> {
        let Bodies { max, work_quarters, refuse, .. } = self.bodies;
        let claim = self.budget.open(caller(&request));
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced: Option<usize> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes| bytes > max) {
            drain(request).await;
            return Err(refuse(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
        }
        let (parts, body) = request.into_parts();
        if body.is_end_stream() {
            return Ok((Request::from_parts(parts, Body::empty()), claim));
        }
        let mut incoming = IncomingBody::new(claim, max, announced);
        let refused = match arrive(body, self.bodies.fields, &mut incoming).await {
            Err(fault) => (fault, incoming.len()),
            Ok(()) => {
                let bytes = incoming.len();
                match incoming.finish(work_quarters).await {
                    Ok((body, claim)) => return Ok((Request::from_parts(parts, Body::from(body)), claim)),
                    Err(fault) => (BodyNotRead::NotTaken(fault.into()), bytes),
                }
            }
        };
        Err(match refused {
            (BodyNotRead::TooManyFields | BodyNotRead::NotTaken(NotTaken::TooLarge(_)), _) => {
                refuse(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large")
            }
            (BodyNotRead::Broken | BodyNotRead::NotTaken(NotTaken::TooSlow), _) => {
                refuse(language, StatusCode::REQUEST_TIMEOUT, "slow-body")
            }
            (BodyNotRead::NotTaken(NotTaken::NoRoom(fault)), bytes) => {
                tracing::warn!(%fault, "a request of {bytes} bytes so far was refused: {fault}");
                let mut response = refuse(language, StatusCode::SERVICE_UNAVAILABLE, "busy");
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
                response
            }
        })
    }
}

/// Returns the caller to whom the memory of a request is charged.
fn caller(request: &Request) -> Caller {
    let extensions = request.extensions();
    match (extensions.get::<Caller>(), extensions.get::<ConnectInfo<Principal>>(), extensions.get::<Via>()) {
        (Some(caller), ..) => caller.clone(),
        (None, Some(ConnectInfo(principal)), _) => Caller::known(principal.key()),
        (None, None, Some(via)) => Caller::stranger(via.address),
        (None, None, None) => Caller::known("unnamed"),
    }
}

enum BodyNotRead {
    /// The client left, or broke the protocol.
    Broken,
    TooManyFields,
    NotTaken(NotTaken),
}

impl From<NotTaken> for BodyNotRead {
    fn from(fault: NotTaken) -> Self {
        Self::NotTaken(fault)
    }
}

/// Reads a body to its end. `fields_max`: most fields of a form.
async fn arrive(mut body: Body, fields_max: usize, incoming: &mut IncomingBody) -> Result<(), BodyNotRead> {
    let (begun, mut fields) = (Instant::now(), 0);
    loop {
        let frame = match tokio::time::timeout_at(begun + incoming.ends(), body.frame()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Err(BodyNotRead::Broken),
            Err(_) => {
                incoming.waited(begun.elapsed())?;
                continue;
            }
        };
        let Some(data) = frame.data_ref() else { continue };
        if fields_max < usize::MAX {
            fields += data.iter().filter(|&&byte| byte == b'&').count();
        }
        if fields >= fields_max {
            return Err(BodyNotRead::TooManyFields);
        }
        incoming.push(data, begun.elapsed()).await?;
    }
}

/// Reads the body, then calls the handler.
pub(crate) async fn read(
    State(room): State<Arc<BodyRoom>>,
    AnswerLanguage(language): AnswerLanguage,
    request: Request,
    next: Next,
) -> Response {
    match room.read(language, request).await {
        Ok((request, _claim)) => next.run(request).await,
        Err(refusal) => refusal,
    }
}
