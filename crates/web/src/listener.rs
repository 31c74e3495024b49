//! The TCP listener of pages and API, plain or TLS. Divides its places between the addresses that connect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use mail::intake::network;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::accept::{Limits, Listen, NoDescriptors, accept};
use crate::certificate::{CertificateCallback, CertificateFault, CertificateFiles, LOOK_EVERY};
use crate::connection::{Connection, HEAD_WITHIN, http1, http2};
use crate::peer::RequestPeer;
use crate::places::{ConnectionPlace, PeerId, Places};

/// Time limit for the peer to acknowledge sent data (TCP_USER_TIMEOUT, tcp(7)).
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// A bound socket with its certificate, if it speaks TLS.
pub struct SiteListener {
    tcp: TcpListener,
    tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    places: Arc<Places>,
    no_descriptors: NoDescriptors,
}

impl SiteListener {
    /// Wraps a bound socket. Without certificate files it speaks plain HTTP.
    pub fn new(
        tcp: TcpListener,
        files: Option<CertificateFiles>,
        told: CertificateCallback,
        limits: Limits,
    ) -> Result<Self, CertificateFault> {
        let tls = files.map(|files| files.follow(LOOK_EVERY, told)).transpose()?;
        Ok(Self { tcp, tls, places: Places::new(limits.bounds), no_descriptors: limits.no_descriptors })
    }

    /// Serves until `stop`, then completes the requests under way.
    pub async fn serve(self, router: Router, stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let Self { tcp, tls, places, no_descriptors } = self;
        accept(SiteServing { tcp, tls, router, stop: stop.clone() }, places, no_descriptors, stop).await;
        Ok(())
    }
}

struct SiteServing {
    tcp: TcpListener,
    tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    router: Router,
    stop: watch::Receiver<bool>,
}

impl Listen for SiteServing {
    type Stream = (TcpStream, SocketAddr);

    async fn next(&self) -> std::io::Result<(Self::Stream, PeerId)> {
        let (stream, address) = self.tcp.accept().await?;
        Ok(((stream, address), PeerId::Host(network(address.ip()))))
    }

    fn serve(&self, (stream, address): Self::Stream, place: &ConnectionPlace) -> impl Future<Output = ()> + Send + 'static {
        let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.borrow()));
        let info = RequestPeer { address, tls: tls.is_some() };
        let (router, line, stop) = (self.router.clone(), Arc::clone(&place.line), self.stop.clone());
        serve_one(stream, tls, Connection { info, router, line, stop })
    }
}

async fn serve_one(stream: TcpStream, tls: Option<Arc<ServerConfig>>, connection: Connection<RequestPeer>) {
    let options = socket2::SockRef::from(&stream);
    if let Err(error) = stream.set_nodelay(true).and_then(|()| options.set_tcp_user_timeout(Some(TAKEN_WITHIN))) {
        tracing::debug!(%error, "a connection could not be set up");
    }
    let Some(config) = tls else { return http1(stream, connection).await };
    let address = connection.info.address;
    let line = Arc::clone(&connection.line);
    let shaking = async {
        if in_clear(&stream).await {
            let info = RequestPeer { address, tls: false };
            return Hello::Clear(stream, Connection { info, router: crate::guard::to_https(), ..connection });
        }
        match TlsAcceptor::from(config).accept(stream).await {
            Ok(stream) => Hello::Tls(Box::new(stream), connection),
            Err(error) => Hello::Failed(error),
        }
    };
    let hello = tokio::select! {
        hello = tokio::time::timeout(HEAD_WITHIN, shaking) => hello,
        () = line.closed() => return,
    };
    match hello {
        Ok(Hello::Clear(stream, connection)) => http1(stream, connection).await,
        Ok(Hello::Tls(stream, connection)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
            http2(stream, connection).await;
        }
        Ok(Hello::Tls(stream, connection)) => http1(stream, connection).await,
        Ok(Hello::Failed(error)) => tracing::debug!(%error, %address, "a TLS handshake failed"),
        Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
    }
}

/// First result of a connection on a port that speaks TLS.
enum Hello {
    Clear(TcpStream, Connection<RequestPeer>),
    Tls(Box<TlsStream<TcpStream>>, Connection<RequestPeer>),
    Failed(std::io::Error),
}

/// True if the client speaks plain HTTP on a port for TLS. A TLS handshake begins with byte 22 (RFC 8446 §5.1), an HTTP
/// request with a letter.
async fn in_clear(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1) if first[0].is_ascii_uppercase())
}
