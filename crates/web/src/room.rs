//! Bodies of requests: bounded in size, in time and in how many are in memory at once.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use model::Language;
use tokio::sync::Semaphore;

use crate::principal::Tongue;

/// A body must be there within this time, and a large one within what a slow line needs.
const WITHIN: Duration = Duration::from_secs(30);
/// Bytes in a second that a slow line brings.
const SLOW_LINE: usize = 32 << 10;

/// How a refusal is told: a problem for programs, a page for people.
type Refuse = fn(Language, StatusCode, &str) -> Response;

/// How much room there is for bodies.
pub(crate) struct Room {
    /// Longest body, in bytes.
    max: usize,
    /// KiB in memory at once, over all callers.
    kibs: usize,
    free: Semaphore,
    refuse: Refuse,
}

impl Room {
    pub(crate) fn new(max: usize, refuse: Refuse) -> Arc<Self> {
        let kibs = 4 * max / 1024;
        Arc::new(Self { max, kibs, free: Semaphore::new(kibs), refuse })
    }
}

/// Reads the body before the handler is asked. A request waits until there is room for what it announces; one that
/// announces nothing is taken for the largest.
pub(crate) async fn read(State(room): State<Arc<Room>>, Tongue(language): Tongue, request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let bytes = announced.unwrap_or(if chunked || !request.body().is_end_stream() { room.max } else { 0 });
    if bytes > room.max {
        return (room.refuse)(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    }
    // Parsing and decoding hold copies: three times the body is what a message costs.
    let kibs = u32::try_from((3 * bytes / 1024).min(room.kibs)).unwrap_or(u32::MAX);
    let Ok(Ok(_place)) = tokio::time::timeout(WITHIN, room.free.acquire_many(kibs)).await else {
        return (room.refuse)(language, StatusCode::SERVICE_UNAVAILABLE, "busy");
    };
    let (parts, body) = request.into_parts();
    let within = WITHIN + Duration::from_secs((bytes / SLOW_LINE) as u64);
    match tokio::time::timeout(within, to_bytes(body, room.max)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => (room.refuse)(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
        Err(_) => (room.refuse)(language, StatusCode::REQUEST_TIMEOUT, "slow-body"),
    }
}
