//! Reads bodies of requests. Each has a maximum size, a minimum rate, and a share of the one memory budget for
//! messages.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use mail::intake::{Budget, Caller, Claim, NoRoom, Pace};
use model::Language;
use tokio::time::Instant;

use crate::guard::Via;
use crate::principal::{Principal, Tongue};

/// Largest step in which memory is claimed, in bytes, unless a piece of the body is larger.
const STEP_MAX: usize = 256 << 10;
/// Smallest step, in bytes. A request costs at least this much, however small its body is.
const STEP_MIN: usize = 4 << 10;
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
pub(crate) struct Room {
    bodies: Bodies,
    budget: Arc<Budget>,
}

impl Room {
    pub(crate) fn new(bodies: Bodies, budget: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { bodies, budget: Arc::clone(budget) })
    }

    /// Reads a whole body. The caller holds the returned claim while it works on the body.
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

enum NotRead {
    TooLarge,
    TooSlow,
    /// The client left, or broke the protocol.
    Broken,
    NoRoom(NoRoom),
}

/// The part of a body that has arrived, in one piece. The allocator returns a large piece to the system when it is
/// freed.
struct Arriving {
    body: Vec<u8>,
    claimed: usize,
    announced: Option<usize>,
    /// Separators of form fields so far.
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

    /// Adds a piece. The claim grows with the bytes that have arrived, not with the announced length.
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

/// Reads and discards the body of a request before its refusal, within bounds of time and bytes. Otherwise an HTTP/2
/// client might see a broken stream and not the refusal.
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
    // The refusal follows, even after a timeout.
    drop(tokio::time::timeout(PATIENCE, draining).await);
}

/// Reads the body, then calls the handler.
pub(crate) async fn read(State(room): State<Arc<Room>>, Tongue(language): Tongue, request: Request, next: Next) -> Response {
    match room.read(language, request).await {
        Ok((request, _claim)) => next.run(request).await,
        Err(refusal) => refusal,
    }
}
