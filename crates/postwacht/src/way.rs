//! Connection to a running node: its control socket, or its address and a token.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use model::Secret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::error::{CliError, Exit};
use crate::input;

/// Byte stream of a connection: Unix socket, TCP or TLS.
trait NodeStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> NodeStream for T {}

#[derive(Clone)]
pub(crate) enum Way {
    Socket(PathBuf),
    Remote(Box<Remote>),
}

/// A node on another machine, reached over TCP.
#[derive(Clone)]
pub(crate) struct Remote {
    /// Host and port, as in the Host header.
    authority: String,
    host: String,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    token: Secret,
}

/// Reads a token: the text itself, or for `@FILE` the first line of that file.
fn token(text: &str) -> Result<Secret, CliError> {
    let Some(file) = text.strip_prefix('@') else { return Ok(Secret::new(text.trim().to_owned())) };
    let text = input::text(file.as_ref()).map_err(|error| CliError::usage("error-token").why(format!("{file}: {error}")))?;
    Ok(Secret::new(text.lines().next().unwrap_or("").trim().to_owned()))
}

impl Remote {
    /// `url` is the base URL of the pages. `ca` is a PEM file with the issuing authority of the certificate, or with the
    /// certificate itself. Fails for plain HTTP to a host beyond loopback, and without a token.
    pub(crate) fn new(url: &str, token_text: Option<&str>, ca: Option<&Path>) -> Result<Self, CliError> {
        let external = crate::reach::external_url(url.trim_end_matches('/'))?;
        let authority = external.base.split_once("://").map_or("", |(_, authority)| authority).to_owned();
        let port = authority.strip_prefix(external.host.as_str()).and_then(|rest| rest.strip_prefix(':')).map(str::parse);
        let port = port.unwrap_or(Ok(if external.https { 443 } else { 80 }));
        let port = port.map_err(|_| CliError::usage("error-external-url").why(url).todo("hint-url"))?;
        let host = external.host.trim_matches(['[', ']']).to_owned();
        let near = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
        if !external.https && !near {
            return Err(CliError::usage("error-url-clear").why(url));
        }
        let text =
            token_text.filter(|text| !text.is_empty()).ok_or_else(|| CliError::usage("error-no-token").todo("hint-no-token"))?;
        let token = token(text)?;
        if header::HeaderValue::from_str(token.reveal()).is_err() || token.reveal().is_empty() {
            return Err(CliError::usage("error-no-token").todo("hint-no-token"));
        }
        let tls = external.https.then(|| trust(&host, ca)).transpose()?;
        Ok(Self { authority, host, port, tls, token })
    }

    async fn connect(&self) -> std::io::Result<Box<dyn NodeStream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match &self.tls {
            None => Ok(Box::new(stream)),
            Some((config, name)) => {
                let stream = TlsConnector::from(Arc::clone(config)).connect(name.clone(), stream).await?;
                Ok(Box::new(stream))
            }
        }
    }
}

fn trust(host: &str, ca: Option<&Path>) -> Result<(Arc<ClientConfig>, ServerName<'static>), CliError> {
    let bad = |why: String| CliError::usage("error-ca").why(why);
    let read = |file: &Path| input::text(file).map_err(|error| bad(format!("{}: {error}", file.display())));
    let pem = ca.map(read).transpose()?;
    let config = admin::trust::client_config(pem.as_deref()).map_err(|fault| bad(fault.to_string()))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| bad(format!("{host}: {error}")))?;
    Ok((config, name))
}

impl Way {
    async fn connect(&self) -> Result<Box<dyn NodeStream>, CliError> {
        let lost = |at: String, error: std::io::Error, hint: &str| {
            CliError::new(Exit::NotReachable, "error-not-running").why(format!("{at}: {error}")).todo(hint)
        };
        match self {
            Self::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                Ok(Box::new(stream.map_err(|error| {
                    let closed = error.kind() == std::io::ErrorKind::PermissionDenied;
                    lost(path.display().to_string(), error, if closed { "hint-socket-closed" } else { "hint-not-running" })
                })?))
            }
            Self::Remote(remote) => {
                // An untrusted certificate gives `InvalidData`. All other errors mean that the host was not reached.
                let hint = |error: &std::io::Error| {
                    if error.kind() == std::io::ErrorKind::InvalidData { "hint-not-trusted" } else { "hint-not-reached" }
                };
                remote.connect().await.map_err(|error| {
                    let hint = hint(&error);
                    lost(remote.authority.clone(), error, hint)
                })
            }
        }
    }

    /// True if the socket's permissions deny access to this user.
    pub(crate) async fn is_closed(&self) -> bool {
        match self {
            Self::Socket(path) => {
                UnixStream::connect(path).await.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
            }
            Self::Remote(_) => false,
        }
    }

    /// Connects once, to check that a node is running.
    pub(crate) async fn knock(&self) -> Result<(), CliError> {
        self.connect().await.map(drop)
    }

    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, CliError> {
        let stream = self.connect().await?;
        let bad = |error: &dyn std::fmt::Display| CliError::usage("error-request").why(error);
        let host = if let Self::Remote(remote) = self { remote.authority.as_str() } else { "localhost" };
        let host = header::HeaderValue::from_str(host).map_err(|error| bad(&error))?;
        request.headers_mut().insert(header::HOST, host);
        if let Self::Remote(remote) = self {
            let shown = format!("Bearer {}", remote.token.reveal());
            let mut value = header::HeaderValue::from_str(&shown).map_err(|error| bad(&error))?;
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let broken = |error: hyper::Error| CliError::new(Exit::NotReachable, "error-broken").why(error);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the node ended");
            }
        });
        let response = sender.send_request(request).await.map_err(broken)?;
        if response.status().is_redirection() {
            return Err(CliError::usage("error-redirected").why(response.status()));
        }
        Ok(response)
    }
}
