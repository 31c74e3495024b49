//! The TCP listener of pages and API: plain or TLS, HTTP/1.1 or HTTP/2, and bounds on those who come and do nothing.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::certificate::{CertificateFault, CertificateFiles, LOOK_EVERY, Told};

/// Connections at once; those beyond wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 1024;
/// Connections of one address at once; a proxy's count as one address.
const OF_ONE_ADDRESS_MAX: usize = 128;
/// A TLS handshake, and the head of a request, must be there within this time. It is also how long an idle connection lives.
const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// What we send must be taken within this time (TCP_USER_TIMEOUT, tcp(7)).
const TAKEN_WITHIN: Duration = Duration::from_secs(60);
/// An HTTP/2 connection that asks for nothing lives so long; on HTTP/1.1 the next head is waited for.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Requests of one HTTP/2 connection at once.
const STREAMS_MAX: u32 = 16;
/// What a request of HTTP/2 may send before it is read, in bytes.
const STREAM_WINDOW: u32 = 64 << 10;
/// Longest head of a request, in bytes, and the most fields in it: compressed, a field costs a byte to send.
const HEAD_MAX: usize = 16 << 10;
const FIELDS_MAX: usize = 100;

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
}

/// A bound socket, and with which certificate it speaks.
pub struct SiteListener {
    tcp: TcpListener,
    tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    told: Mutex<Option<tokio::time::Instant>>,
}

impl SiteListener {
    /// Without files: plain HTTP.
    pub fn new(tcp: TcpListener, files: Option<CertificateFiles>, told: Told) -> Result<Self, CertificateFault> {
        Ok(Self { told: Mutex::default(), tcp, tls: files.map(|files| files.follow(LOOK_EVERY, told)).transpose()? })
    }

    /// Serves until `stop`; requests under way are ended properly.
    pub async fn serve(self, router: Router, stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let places = Places::default();
        let mut stopping = stop.clone();
        let mut stopped = std::pin::pin!(async move { drop(stopping.wait_for(|stop| *stop).await) });
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places) => accepted,
                () = stopped.as_mut() => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, place)) => {
                    let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.borrow()));
                    connections.spawn(serve_one(stream, tls, router.clone(), stop.clone(), place));
                }
                Err(error) => {
                    // Out of descriptors, mostly: others must end first.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    async fn accept(&self, places: &Places) -> std::io::Result<((TcpStream, SocketAddr), Place)> {
        loop {
            let room = places.room().await;
            let (stream, peer) = self.tcp.accept().await?;
            match places.of(peer.ip(), room) {
                Some(place) => return Ok(((stream, peer), place)),
                None => self.crowded(peer),
            }
        }
    }
}

impl SiteListener {
    /// Once a minute at most: a log must not be filled by who fills the places.
    fn crowded(&self, peer: SocketAddr) {
        let now = tokio::time::Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| now.duration_since(told) > Duration::from_secs(60)) {
            *told = Some(now);
            tracing::warn!(%peer, "{OF_ONE_ADDRESS_MAX} connections from one address: further ones are closed");
        }
    }
}

/// How many connections there are, in all and by address.
struct Places {
    all: Arc<Semaphore>,
    /// An IPv6 host has a whole network of addresses: the network counts (/64).
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Default for Places {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), by_address: Arc::default() }
    }
}

/// One connection's place, given back when dropped.
struct Place {
    address: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _room: OwnedSemaphorePermit,
}

impl Places {
    async fn room(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.all).acquire_owned().await {
            Ok(room) => room,
            // Never closed: there is nobody who could.
            Err(_) => std::future::pending().await,
        }
    }

    fn of(&self, address: IpAddr, room: OwnedSemaphorePermit) -> Option<Place> {
        let address = match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
            v4 => v4,
        };
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_address.entry(address).or_default();
        if *count >= OF_ONE_ADDRESS_MAX {
            return None;
        }
        *count += 1;
        Some(Place { address, by_address: Arc::clone(&self.by_address), _room: room })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

async fn serve_one(
    (stream, address): (TcpStream, SocketAddr),
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    stop: watch::Receiver<bool>,
    _place: Place,
) {
    let options = socket2::SockRef::from(&stream);
    if let Err(error) = stream.set_nodelay(true).and_then(|()| options.set_tcp_user_timeout(Some(TAKEN_WITHIN))) {
        tracing::debug!(%error, "a connection could not be set up");
    }
    let peer = Peer { address, tls: tls.is_some() };
    let Some(config) = tls else { return http1(stream, peer, router, stop).await };
    match tokio::time::timeout(HEAD_WITHIN, in_clear(&stream)).await {
        Ok(true) => return http1(stream, Peer { address, tls: false }, crate::guard::to_https(), stop).await,
        Ok(false) => {}
        Err(_) => return,
    }
    let shaken = tokio::time::timeout(HEAD_WITHIN, TlsAcceptor::from(config).accept(stream)).await;
    match shaken {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => http2(stream, peer, router, stop).await,
        Ok(Ok(stream)) => http1(stream, peer, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, %address, "a TLS handshake failed"),
        Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
    }
}

/// Whether the client speaks plain HTTP where TLS is spoken: a handshake begins with 22 (RFC 8446 §5.1), a request with a
/// letter.
async fn in_clear(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1) if first[0].is_ascii_uppercase())
}

/// When a connection last asked for something.
type Asked = Arc<Mutex<tokio::time::Instant>>;

fn handler(
    peer: Peer,
    router: Router,
    asked: Asked,
) -> impl hyper::service::Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone + Send {
    service_fn(move |request: Request<Incoming>| {
        *asked.lock().unwrap_or_else(PoisonError::into_inner) = tokio::time::Instant::now();
        let (router, many) = (router.clone(), request.headers().len() > FIELDS_MAX);
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        async move {
            if many {
                return Ok(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
            }
            tower::ServiceExt::oneshot(router, request).await
        }
    })
}

async fn http1<S>(stream: S, peer: Peer, router: Router, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_MAX).max_headers(FIELDS_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), handler(peer, router, new_asked()));
    to_its_end(connection, peer, stop, std::future::pending()).await;
}

async fn http2<S>(stream: S, peer: Peer, router: Router, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
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
    let connection = builder.serve_connection(TokioIo::new(stream), handler(peer, router, Arc::clone(&asked)));
    to_its_end(connection, peer, stop, idle(asked)).await;
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

/// Until the client leaves; after `stop`, or when it is `idle`, until what is being answered is answered.
async fn to_its_end<C>(connection: C, peer: Peer, mut stop: watch::Receiver<bool>, idle: impl Future<Output = ()>)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut connection = std::pin::pin!(connection);
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopped => None,
        () = idle => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, address = %peer.address, "a connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_does_not_take_every_place() {
        let places = Places::default();
        let (noisy, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut held = Vec::new();
        for _ in 0..OF_ONE_ADDRESS_MAX {
            held.push(places.of(noisy, places.room().await).expect("a place"));
        }
        assert!(places.of(noisy, places.room().await).is_none());
        assert!(places.of(other, places.room().await).is_some());
        held.pop();
        assert!(places.of(noisy, places.room().await).is_some(), "a place that was given back is free");
        drop(held);
        assert!(places.by_address.lock().expect("not poisoned").is_empty());
        let network = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]);
        let one = places.of(network(1), places.room().await).expect("a place");
        let two = places.of(network(2), places.room().await).expect("a place");
        assert_eq!(one.address, two.address, "a network of IPv6 is one address");
    }
}
