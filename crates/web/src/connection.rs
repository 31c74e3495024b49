//! One connection of a listener: HTTP/1.1 or HTTP/2, with bounds on peers that send slowly, too much, or nothing.

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
use crate::places::{self, Line};

/// A TLS handshake, and the head of a request, must be there within this time. It is also how long an idle connection lives.
pub(crate) const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// An HTTP/2 connection that asks for nothing lives so long; on HTTP/1.1 the next head is waited for.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Requests of one HTTP/2 connection at once.
const STREAMS_MAX: u32 = 16;
/// What a request of HTTP/2 may send before it is read, in bytes.
const STREAM_WINDOW: u32 = 64 << 10;
/// Longest head of a request, in bytes, and the most fields in it: compressed, a field costs a byte to send.
const HEAD_MAX: usize = 16 << 10;
const FIELDS_MAX: usize = 100;

/// What a connection needs besides its stream. `I` is what requests are told of their peer.
#[derive(Clone)]
pub(crate) struct Connection<I> {
    pub(crate) info: I,
    pub(crate) router: Router,
    pub(crate) line: Arc<Line>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// When a connection last asked for something.
type Asked = Arc<Mutex<tokio::time::Instant>>;

fn handler<I: Clone + Send + Sync + 'static>(
    peer: &Connection<I>,
    asked: Asked,
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

/// A body of an answer: the request is under way until it has been sent.
struct Answering {
    body: Body,
    _under_way: places::Request,
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
    // A client that has said all it has to say still waits for the answer.
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

fn new_asked() -> Asked {
    Arc::new(Mutex::new(tokio::time::Instant::now()))
}

/// Until nothing has been asked for so long.
async fn idle(asked: Asked) {
    loop {
        let until = *asked.lock().unwrap_or_else(PoisonError::into_inner) + IDLE_MAX;
        if until <= tokio::time::Instant::now() {
            return;
        }
        tokio::time::sleep_until(until).await;
    }
}

/// Until the client leaves; after `stop`, when it is `idle`, or when its place is needed, until what is being answered is
/// answered.
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
