//! Serves one connection of a listener with HTTP/1.1 or HTTP/2. Bounds peers that send slowly, send too much, or send
//! nothing.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::frames::{Answers, Counted};
use crate::places::{self, ConnectionState};

/// Time limit for a TLS handshake and for the head of a request. It also bounds the life of an idle HTTP/1.1
/// connection.
pub(crate) const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// Longest life of an HTTP/2 connection without requests. On HTTP/1.1 the time limit of the next head applies.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Concurrent requests of one HTTP/2 connection.
const STREAMS_MAX: u32 = 16;
/// Bytes that a request of HTTP/2 may send before the handler reads it.
const STREAM_WINDOW: u32 = 64 << 10;
/// Longest head of a request, in bytes, and the most fields in it. HPACK lets a peer send a field for one byte.
const HEAD_MAX: usize = 16 << 10;
const FIELDS_MAX: usize = 100;

/// Context of a connection besides its stream. `I` is the peer information that each request carries.
#[derive(Clone)]
pub(crate) struct Connection<I> {
    pub(crate) info: I,
    pub(crate) router: Router,
    pub(crate) line: Arc<ConnectionState>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Time of the last request on a connection.
type LastRequest = Arc<Mutex<tokio::time::Instant>>;

fn handler<I: Clone + Send + Sync + 'static>(
    peer: &Connection<I>,
    asked: LastRequest,
    answers: Option<Answers>,
) -> impl hyper::service::Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone + Send + use<I>
{
    let Connection { info, router, line, .. } = peer.clone();
    service_fn(move |request: Request<Incoming>| {
        *asked.lock().unwrap_or_else(PoisonError::into_inner) = tokio::time::Instant::now();
        let (router, many) = (router.clone(), request.headers().len() > FIELDS_MAX);
        let (under_way, answers) = (line.request(), answers.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(info.clone()));
        async move {
            let response = match many {
                true => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(),
                false => tower::ServiceExt::oneshot(router, request).await?,
            };
            if let Some(answers) = answers {
                answers.answered();
            }
            Ok(response.map(|body| Body::new(Answering { body, _under_way: under_way })))
        }
    })
}

/// The body of an answer. The request counts as under way until the body has been sent.
struct Answering {
    body: Body,
    _under_way: places::OpenRequest,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pub(crate) async fn http1<S, I>(stream: S, peer: Connection<I>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    I: Clone + Send + Sync + 'static,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_MAX).max_headers(FIELDS_MAX);
    // A client that has closed its sending side still waits for the answer.
    builder.half_close(true);
    let connection = builder.serve_connection(TokioIo::new(stream), handler(&peer, new_asked(), None));
    to_its_end(connection, &peer, std::future::pending()).await;
}

pub(crate) async fn http2<S, I>(stream: S, peer: Connection<I>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    I: Clone + Send + Sync + 'static,
{
    let asked = new_asked();
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_WITHIN)
        .keep_alive_timeout(HEAD_WITHIN)
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(4 * STREAM_WINDOW)
        .max_header_list_size(u32::try_from(HEAD_MAX).unwrap_or(u32::MAX));
    let (stream, answers) = Counted::new(stream);
    let connection = builder.serve_connection(TokioIo::new(stream), handler(&peer, Arc::clone(&asked), Some(answers)));
    to_its_end(connection, &peer, idle(asked)).await;
}

fn new_asked() -> LastRequest {
    Arc::new(Mutex::new(tokio::time::Instant::now()))
}

/// Returns once no request has come for `IDLE_MAX`.
async fn idle(asked: LastRequest) {
    loop {
        let until = *asked.lock().unwrap_or_else(PoisonError::into_inner) + IDLE_MAX;
        if until <= tokio::time::Instant::now() {
            return;
        }
        tokio::time::sleep_until(until).await;
    }
}

/// Serves until the client leaves. Shuts down gracefully after `stop` or `idle`: answers under way are completed. If
/// the place is needed, ends a connection without a request at once, and another one gracefully.
async fn to_its_end<C, I>(connection: C, peer: &Connection<I>, idle: impl Future<Output = ()>)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut stop = peer.stop.clone();
    let mut connection = std::pin::pin!(connection);
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopped => None,
        () = idle => None,
        () = peer.line.closed() => {
            if !peer.line.has_request() {
                return;
            }
            None
        }
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
