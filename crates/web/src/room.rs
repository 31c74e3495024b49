//! Bodies of requests: each has a longest size, a least rate, and its part of the one memory for messages.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use model::Language;
use service::intake::{Budget, Caller, Claim, NoRoom, Pace};
use tokio::time::Instant;

use crate::guard::Via;
use crate::principal::{Principal, Tongue};

/// Memory is claimed in steps of this size.
const STEP_MAX: usize = 256 << 10;
/// And of at least this size: a request costs so much however small its body is.
const STEP_MIN: usize = 4 << 10;
/// Seconds after which a caller that found no room may come again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// How a refusal is told: a problem for programs, a page for people.
type Refuse = fn(Language, StatusCode, &str) -> Response;

/// What bodies a group of routes takes.
#[derive(Clone, Copy)]
pub(crate) struct Bodies {
    /// Longest body, in bytes.
    pub(crate) max: usize,
    /// What working on a body takes, in quarters of its size.
    pub(crate) work_quarters: usize,
    /// Fields of a form; other bodies are bounded by those who read them.
    pub(crate) fields: usize,
    pub(crate) refuse: Refuse,
}

/// The bodies of some routes, and the memory they share with all others.
pub(crate) struct Room {
    bodies: Bodies,
    budget: Arc<Budget>,
}

impl Room {
    pub(crate) fn new(bodies: Bodies, budget: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { bodies, budget: Arc::clone(budget) })
    }

    /// Reads a whole body. The claim is held while it is worked on.
    async fn read(&self, language: Language, request: Request) -> Result<(Request, Claim), Response> {
        let Bodies { max, work_quarters, refuse, .. } = self.bodies;
        let mut claim = self.budget.open(caller(&request));
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
        let mut arriving = Arriving { body: Vec::new(), claimed: 0, announced, fields: 0 };
        let read = async {
            arriving.read(body, self.bodies, &mut claim).await?;
            claim.turn(arriving.body.len().saturating_mul(work_quarters) / 4).await.map_err(NotRead::NoRoom)
        };
        match read.await {
            Ok(()) => Ok((Request::from_parts(parts, Body::from(arriving.body)), claim)),
            Err(NotRead::TooLarge) => Err(refuse(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large")),
            Err(NotRead::TooSlow | NotRead::Broken) => Err(refuse(language, StatusCode::REQUEST_TIMEOUT, "slow-body")),
            Err(NotRead::NoRoom(fault)) => {
                tracing::warn!(%fault, "a request of {} bytes so far was refused: {fault}", arriving.body.len());
                let mut response = refuse(language, StatusCode::SERVICE_UNAVAILABLE, "busy");
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
                Err(response)
            }
        }
    }
}

/// To whom the memory of a request is charged.
fn caller(request: &Request) -> Caller {
    let extensions = request.extensions();
    match (extensions.get::<Caller>(), extensions.get::<ConnectInfo<Principal>>(), extensions.get::<Via>()) {
        (Some(caller), ..) => caller.clone(),
        (None, Some(ConnectInfo(principal)), _) => Caller::known(principal.key()),
        (None, None, Some(via)) => Caller::stranger(via.address),
        (None, None, None) => Caller::known("unnamed"),
    }
}

enum NotRead {
    TooLarge,
    TooSlow,
    /// The client left, or broke the protocol.
    Broken,
    NoRoom(NoRoom),
}

/// A body as far as it has come, in one piece: the allocator gives a large piece back to the system when it is freed.
struct Arriving {
    body: Vec<u8>,
    claimed: usize,
    announced: Option<usize>,
    /// Separators of form fields.
    fields: usize,
}

impl Arriving {
    async fn read(&mut self, mut body: Body, bodies: Bodies, claim: &mut Claim) -> Result<(), NotRead> {
        let begun = Instant::now();
        let mut pace = Pace::new(Duration::ZERO);
        loop {
            let frame = match tokio::time::timeout_at(begun + pace.ends(), body.frame()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => return Err(NotRead::Broken),
                Err(_) => {
                    pace.at(begun.elapsed()).map_err(|_| NotRead::TooSlow)?;
                    continue;
                }
            };
            let Some(data) = frame.data_ref() else { continue };
            if bodies.fields < usize::MAX {
                self.fields += data.iter().filter(|&&byte| byte == b'&').count();
            }
            if self.body.len() + data.len() > bodies.max || self.fields >= bodies.fields {
                return Err(NotRead::TooLarge);
            }
            pace.received(begun.elapsed(), data.len()).map_err(|_| NotRead::TooSlow)?;
            let before = begun.elapsed();
            self.append(data, claim).await.map_err(NotRead::NoRoom)?;
            pace.paused(begun.elapsed() - before);
        }
    }

    /// What is claimed grows with what has come, not with what was announced.
    async fn append(&mut self, data: &[u8], claim: &mut Claim) -> Result<(), NoRoom> {
        let size = self.body.len() + data.len();
        if size > self.claimed {
            let expected = self.announced.map_or(size, |announced| announced.saturating_sub(self.claimed));
            let step = expected.clamp(STEP_MIN, STEP_MAX).max(size - self.claimed);
            claim.grow(step).await?;
            self.claimed += step;
        }
        self.body.extend_from_slice(data);
        Ok(())
    }
}

/// Takes in what a client is about to send before it is refused: over HTTP/2 it might otherwise see a broken stream and
/// not the refusal. Keeps nothing of it.
pub(crate) async fn drain(request: Request) {
    const PATIENCE: Duration = Duration::from_secs(2);
    const BYTES_MAX: usize = 32 << 10;
    let mut body = request.into_body();
    let draining = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > BYTES_MAX {
                return;
            }
        }
    };
    // Whatever comes of it, the refusal follows.
    drop(tokio::time::timeout(PATIENCE, draining).await);
}

/// Reads the body before the handler is asked.
pub(crate) async fn read(State(room): State<Arc<Room>>, Tongue(language): Tongue, request: Request, next: Next) -> Response {
    match room.read(language, request).await {
        Ok((request, _claim)) => next.run(request).await,
        Err(refusal) => refusal,
    }
}
