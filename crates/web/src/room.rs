//! Bodies of requests: bounded in size, in time and in how many are in memory at once.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use model::Language;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::principal::Tongue;

/// A body must be there within this time, and a large one within what a slow line needs.
const WITHIN: Duration = Duration::from_secs(30);
/// Bytes in a second that a slow line brings.
const SLOW_LINE: usize = 32 << 10;
/// Who brings nothing for so long is given up.
const SILENT_MAX: Duration = Duration::from_secs(10);
/// Bodies up to this size have room of their own: a large one that is slow to come does not delay them.
const SMALL: usize = 32 << 10;
/// More than one address can begin at once.
const SMALL_ONES: usize = 4096;

/// How a refusal is told: a problem for programs, a page for people.
type Refuse = fn(Language, StatusCode, &str) -> Response;

/// How much room there is for bodies.
pub(crate) struct Room {
    /// Longest body, in bytes.
    max: usize,
    small: Semaphore,
    /// KiB of large ones in memory at once, over all callers.
    large: Semaphore,
    large_kibs: usize,
    refuse: Refuse,
}

impl Room {
    pub(crate) fn new(max: usize, refuse: Refuse) -> Arc<Self> {
        let large_kibs = 12 * max / 1024;
        Arc::new(Self { max, small: Semaphore::new(SMALL_ONES), large: Semaphore::new(large_kibs), large_kibs, refuse })
    }

    /// Reads a whole body. The permit is held while it is worked on.
    pub(crate) async fn read(&self, language: Language, request: Request) -> Result<(Request, SemaphorePermit<'_>), Response> {
        let refused = |status, kind| (self.refuse)(language, status, kind);
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let bytes = announced.unwrap_or(if request.body().is_end_stream() { 0 } else { self.max });
        if bytes > self.max {
            drain(request).await;
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
        }
        // Parsing and decoding hold copies: three times the body is what a message costs.
        let kibs = u32::try_from((3 * bytes / 1024).min(self.large_kibs)).unwrap_or(u32::MAX);
        let place = async { if bytes <= SMALL { self.small.acquire().await } else { self.large.acquire_many(kibs).await } };
        let Ok(Ok(place)) = tokio::time::timeout(WITHIN, place).await else {
            return Err(refused(StatusCode::SERVICE_UNAVAILABLE, "busy"));
        };
        let (parts, body) = request.into_parts();
        let within = WITHIN + Duration::from_secs((bytes / SLOW_LINE) as u64);
        match tokio::time::timeout(within, collect(body, self.max)).await {
            Ok(Ok(bytes)) => Ok((Request::from_parts(parts, Body::from(bytes)), place)),
            Ok(Err(NotRead::TooLarge)) => Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "too-large")),
            Ok(Err(NotRead::Silent)) | Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT, "slow-body")),
        }
    }
}

enum NotRead {
    TooLarge,
    /// Nothing more came, or the client left.
    Silent,
}

async fn collect(mut body: Body, max: usize) -> Result<Bytes, NotRead> {
    let mut whole = Vec::new();
    loop {
        match tokio::time::timeout(SILENT_MAX, body.frame()).await {
            Ok(None) => return Ok(whole.into()),
            Ok(Some(Ok(frame))) => whole.extend_from_slice(frame.data_ref().map_or(&[][..], |data| &data[..])),
            Ok(Some(Err(_))) | Err(_) => return Err(NotRead::Silent),
        }
        if whole.len() > max {
            return Err(NotRead::TooLarge);
        }
    }
}

/// Takes in what a client is about to send before it is refused: over HTTP/2 it might otherwise see a broken stream and
/// not the refusal.
pub(crate) async fn drain(request: Request) {
    const PATIENCE: Duration = Duration::from_secs(2);
    // Whatever comes of it, the refusal follows.
    drop(tokio::time::timeout(PATIENCE, collect(request.into_body(), SMALL)).await);
}

/// Reads the body before the handler is asked.
pub(crate) async fn read(State(room): State<Arc<Room>>, Tongue(language): Tongue, request: Request, next: Next) -> Response {
    match room.read(language, request).await {
        Ok((request, _place)) => next.run(request).await,
        Err(refusal) => refusal,
    }
}
