//! HTTP client: TLS with our roots, no redirects, no retries, only a configured proxy, bounded in time and size. A
//! connection serves one request.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, HOST, HeaderMap, HeaderValue};
use hyper::http::uri::InvalidUri;
use hyper::{Method, Request, Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use model::time::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;
use tower::ServiceExt;

use crate::library_words::chain_words;
use crate::trust::{TrustFault, client_config, config_of_any_issuer};

/// Maximum number of interim responses (1xx, RFC 9110 §15.2). One or two are usual; a server may send them without end.
const INTERIM_MAX: usize = 16;
/// Longest head of a response, in bytes.
const HEAD_MAX: usize = 64 << 10;

/// Time limits of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// To connect, with the proxy and the TLS handshake.
    pub connect: Duration,
    /// For the whole exchange.
    pub whole: Duration,
}

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpFault {
    /// The proxy of the settings cannot be used.
    #[error("{0}")]
    NotSetUp(String),
    #[error("{0}")]
    Trust(#[from] TrustFault),
    /// The request was not sent.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// The request was not sent: the certificate of the server is not accepted.
    #[error("no connection: {0}")]
    Certificate(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection was lost: {0}")]
    Broken(String),
    #[error("more than {INTERIM_MAX} interim answers (HTTP 1xx) and no answer")]
    Interim,
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

impl HttpFault {
    /// True if the server may have read the request.
    pub fn was_asked(&self) -> bool {
        !matches!(self, Self::NotSetUp(_) | Self::Trust(_) | Self::NotConnected(_) | Self::Certificate(_))
    }
}

/// A request to a server.
pub struct HttpRequest<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: HeaderMap,
    pub body: String,
}

impl<'a> HttpRequest<'a> {
    pub fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: String::new() }
    }
}

/// A response. Its body is empty if the caller wanted only the head.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The part of the response that is read.
#[derive(Clone, Copy, Debug)]
pub enum ResponsePart {
    Head,
    /// The body, up to this many bytes. A longer body is a fault.
    Body(usize),
}

pub struct HttpClient {
    tls: Arc<ClientConfig>,
    /// From the settings, never from the environment: a variable must not lead tokens elsewhere.
    proxy: Option<Uri>,
    times: Times,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl HttpClient {
    /// `added` holds authorities besides the system's, in PEM. `proxy` is a URL. Fails if either cannot be used.
    pub fn new(added: Option<&str>, proxy: Option<&str>, times: Times) -> Result<Self, HttpFault> {
        let unusable = |proxy: &str, error: InvalidUri| HttpFault::NotSetUp(format!("the proxy {proxy}: {error}"));
        let proxy: Option<Uri> = proxy.map(|proxy| proxy.parse().map_err(|error| unusable(proxy, error))).transpose()?;
        Ok(Self { tls: client_config(added)?, proxy, times })
    }

    /// A client for servers that prove themselves in another way than by the issuer of their certificate.
    pub fn of_any_issuer(times: Times) -> Result<Self, HttpFault> {
        Ok(Self { tls: config_of_any_issuer()?, proxy: None, times })
    }

    /// Sends a request and reads its response.
    pub async fn send(&self, request: HttpRequest<'_>, wanted: ResponsePart) -> Result<HttpAnswer, HttpFault> {
        self.send_by(request, wanted, None).await
    }

    /// Sends a request to this address of the server, whatever its name leads to.
    pub async fn send_at(&self, ip: IpAddr, request: HttpRequest<'_>, wanted: ResponsePart) -> Result<HttpAnswer, HttpFault> {
        self.send_by(request, wanted, Some(ip)).await
    }

    async fn send_by(&self, request: HttpRequest<'_>, wanted: ResponsePart, ip: Option<IpAddr>) -> Result<HttpAnswer, HttpFault> {
        let HttpRequest { method, url, headers, body } = request;
        let uri = uri_of(url)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let unusable = |error: &dyn std::error::Error| HttpFault::NotConnected(error.to_string());
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(host).map_err(|error| unusable(&error))?;
        let request = Request::builder().method(method).uri(path).body(Full::new(Bytes::from(body)));
        let mut request = request.map_err(|error| unusable(&error))?;
        *request.headers_mut() = headers;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let whole = async {
            let connecting = tokio::time::timeout(self.times.connect, self.connect(&uri, ip));
            let stream = connecting.await.map_err(|_| HttpFault::NotConnected("no answer in time".into()))?;
            exchange(stream?, request, wanted).await
        };
        tokio::time::timeout(self.times.whole, whole).await.unwrap_or(Err(HttpFault::TimedOut))
    }

    async fn connect(&self, uri: &Uri, ip: Option<IpAddr>) -> Result<Box<dyn Stream>, HttpFault> {
        let tcp = match ip {
            None => self.tcp(uri.clone()).await?,
            Some(ip) => {
                let (_, port) = place_of(&uri.to_string()).unwrap_or_default();
                let stream = TcpStream::connect((ip, port)).await;
                stream.map_err(|error| HttpFault::NotConnected(error.to_string()))?
            }
        };
        if uri.scheme_str() != Some("https") {
            return Ok(Box::new(tcp));
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|error| HttpFault::NotConnected(error.to_string()))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await;
        let fault = |error: std::io::Error| {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
            match cause {
                Some(rustls::Error::InvalidCertificate(_)) => HttpFault::Certificate(chain_words(&error)),
                _ => HttpFault::NotConnected(chain_words(&error)),
            }
        };
        Ok(Box::new(stream.map_err(fault)?))
    }

    /// Connects to the server, directly or through the proxy.
    async fn tcp(&self, uri: Uri) -> Result<TcpStream, HttpFault> {
        let mut direct = HttpConnector::new();
        // The connector also gets https addresses.
        direct.enforce_http(false);
        let Some(proxy) = &self.proxy else {
            return direct
                .oneshot(uri)
                .await
                .map(TokioIo::into_inner)
                .map_err(|error| HttpFault::NotConnected(chain_words(&error)));
        };
        let stream = match proxy.scheme_str() {
            Some("http") => Tunnel::new(proxy.clone(), direct)
                .oneshot(uri)
                .await
                .map_err(|error| HttpFault::NotConnected(chain_words(&error))),
            // With socks5h the proxy resolves the server's name; with socks5 this machine does.
            Some(scheme @ ("socks5" | "socks5h")) => {
                let socks = SocksV5::new(proxy.clone(), direct).local_dns(scheme == "socks5");
                socks.oneshot(uri).await.map_err(|error| HttpFault::NotConnected(chain_words(&error)))
            }
            _ => Err(HttpFault::NotConnected(format!("{proxy} is not a proxy of a supported type"))),
        };
        stream.map(TokioIo::into_inner)
    }
}

/// Host and port of a URL. `None` if it has none.
pub fn place_of(url: &str) -> Option<(String, u16)> {
    let uri = uri_of(url).ok()?;
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some((host, uri.port_u16().unwrap_or(usual)))
}

/// Sends the request over an open connection, reads the response and ends the connection.
async fn exchange(
    stream: Box<dyn Stream>,
    mut request: Request<Full<Bytes>>,
    wanted: ResponsePart,
) -> Result<HttpAnswer, HttpFault> {
    let broken = |error: hyper::Error| HttpFault::Broken(chain_words(&error));
    let mut builder = hyper::client::conn::http1::Builder::new();
    let (mut sender, connection) = builder.max_buf_size(HEAD_MAX).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let too_many = Arc::new(Notify::new());
    let (told, interim) = (Arc::clone(&too_many), AtomicUsize::new(0));
    hyper::ext::on_informational(&mut request, move |_| {
        if interim.fetch_add(1, Ordering::Relaxed) == INTERIM_MAX {
            told.notify_one();
        }
    });
    let mut answering = std::pin::pin!(async {
        let response = sender.send_request(request).await.map_err(broken)?;
        read(response, wanted).await
    });
    let mut connection = std::pin::pin!(connection);
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            () = too_many.notified() => return Err(HttpFault::Interim),
            answer = answering.as_mut() => return answer,
            ended = connection.as_mut(), if is_open => {
                // The whole response may have arrived. If not, reading it fails.
                tracing::debug!(?ended, "a connection to a server was closed");
                is_open = false;
            }
        }
    }
}

async fn read(response: Response<Incoming>, wanted: ResponsePart) -> Result<HttpAnswer, HttpFault> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    if let ResponsePart::Body(max) = wanted {
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| HttpFault::Broken(chain_words(&error)))?;
            let Some(data) = frame.data_ref() else { continue };
            if body.len() + data.len() > max {
                return Err(HttpFault::TooLong(max));
            }
            body.extend_from_slice(data);
        }
    }
    Ok(HttpAnswer { status: parts.status.as_u16(), headers: parts.headers, body })
}

/// Parses an address as typed. Letters beyond ASCII are encoded.
fn uri_of(url: &str) -> Result<Uri, HttpFault> {
    let url = url::Url::parse(url).map_err(|error| HttpFault::NotConnected(error.to_string()))?;
    url.as_str().parse().map_err(|error: hyper::http::uri::InvalidUri| HttpFault::NotConnected(error.to_string()))
}

/// Parses an HTTP date (RFC 9110 §5.6.7).
pub fn moment(date: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok().map(Timestamp::from)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    const TIMES: Times = Times { connect: Duration::from_secs(5), whole: Duration::from_secs(5) };

    /// Starts a server that answers one request with these bytes, repeated `times` times.
    fn server(answer: &'static str, times: usize) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/a", listener.local_addr().expect("bound"));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("asked");
            let mut question = [0; 4096];
            assert!(stream.read(&mut question).expect("readable") > 0);
            // The client may hang up early.
            let _ = (0..times).try_for_each(|_| stream.write_all(answer.as_bytes()));
        });
        url
    }

    async fn ask(url: &str, wanted: ResponsePart) -> Result<(u16, String), String> {
        let client = HttpClient::new(None, None, TIMES).expect("a certificate store");
        let answer = client.send(HttpRequest::get(url), wanted).await;
        answer.map(|a| (a.status, String::from_utf8_lossy(&a.body).into_owned())).map_err(|fault| fault.to_string())
    }

    #[tokio::test]
    async fn interim_responses_are_bounded() {
        let interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
        for endless in [interim, "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"] {
            let fault = ask(&server(endless, usize::MAX), ResponsePart::Head).await.expect_err("no answer comes");
            assert!(fault.contains("interim answers"), "{fault}");
        }
        let with_two =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(ask(&server(with_two, 1), ResponsePart::Body(2)).await, Ok((200, "hi".into())));
    }

    #[tokio::test]
    async fn response_is_bounded_and_redirect_not_followed() {
        let body = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
        let endless = "HTTP/1.1 200 OK\r\n\r\nabcdefghijklmnopqrstuvwxyz";
        let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        for (answer, times, wanted, expected) in [
            (body, 1, ResponsePart::Body(6), Ok((200, "abcdef"))),
            (body, 1, ResponsePart::Body(5), Err("the answer is longer than 5 bytes")),
            (body, 1, ResponsePart::Head, Ok((200, ""))),
            (endless, usize::MAX, ResponsePart::Body(1 << 20), Err("the answer is longer than 1048576 bytes")),
            (endless, usize::MAX, ResponsePart::Head, Ok((200, ""))),
            (redirect, 1, ResponsePart::Body(9), Ok((302, ""))),
        ] {
            let found = ask(&server(answer, times), wanted).await;
            let found = found.as_ref().map(|(status, body)| (*status, body.as_str())).map_err(String::as_str);
            assert_eq!(found, expected, "{answer:.40} {wanted:?}");
        }
        let cut = ask(&server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 1), ResponsePart::Body(9)).await;
        assert!(cut.is_err_and(|fault| fault.starts_with("the connection was lost")));
        let closed = ask("http://127.0.0.1:1/", ResponsePart::Head).await;
        assert!(closed.is_err_and(|fault| fault.starts_with("no connection: ")));
    }

    #[test]
    fn url_is_encoded_beyond_ascii() {
        for (typed, sent) in [
            ("https://hooks.example/a b?c=d#e", Some("https://hooks.example/a%20b?c=d")),
            ("https://bücher.example/ü", Some("https://xn--bcher-kva.example/%C3%BC")),
            ("http://[::1]:8080/", Some("http://[::1]:8080/")),
            ("https://", None),
        ] {
            assert_eq!(uri_of(typed).ok().map(|uri| uri.to_string()).as_deref(), sent, "{typed}");
        }
    }

    #[test]
    fn http_date_is_parsed() {
        assert_eq!(moment("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::from_secs(784_111_777)));
        assert_eq!(moment("soon"), None);
    }
}
