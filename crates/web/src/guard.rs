//! Checks that come before every page: the host in the request, the origin of the request, and the security headers of
//! the answer.

use std::net::IpAddr;
use std::sync::Arc;

use admin::words;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use model::Phrase;

use crate::answer_language::AnswerLanguage;
use crate::drain::drain;
use crate::network::Network;
use crate::peer::RequestPeer;
use crate::via::{Here, Via};

/// An address under which browsers reach this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUrl {
    /// True if browsers use TLS, with us or with a proxy.
    pub https: bool,
    /// The host alone, in lower case.
    pub host: String,
    /// Scheme, host and port, as links begin.
    pub base: String,
}

/// Names, external URLs and proxies under which this node is reached over TCP.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Names of this machine itself, in lower case. The node answers to them, because links that we print begin with
    /// them.
    pub names: Vec<String>,
    /// Names under which pages are served besides `localhost` and IP addresses.
    pub urls: Vec<ExternalUrl>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted.
    pub proxies: Vec<Network>,
    /// The external URL of the settings, which may change while the node runs.
    pub of_settings: UrlOfSettings,
}

/// Reads the external URL of the settings in force.
#[derive(Clone, Default)]
pub struct UrlOfSettings(Option<Arc<dyn Fn() -> Option<String> + Send + Sync>>);

impl UrlOfSettings {
    pub fn new(read: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(read)))
    }

    fn url(&self) -> Option<ExternalUrl> {
        let base = self.0.as_ref()?()?;
        let (scheme, authority) = base.split_once("://")?;
        Some(ExternalUrl { https: scheme == "https", host: host_name(authority), base: base.clone() })
    }
}

impl std::fmt::Debug for UrlOfSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("UrlOfSettings").field(&self.url()).finish()
    }
}

impl Reach {
    /// All external URLs: those of the bootstrap file, and that of the settings.
    fn all_urls(&self) -> impl Iterator<Item = ExternalUrl> {
        self.urls.iter().cloned().chain(self.of_settings.url())
    }

    fn via(&self, peer: RequestPeer, headers: &HeaderMap, host: &str) -> Via {
        let name = host_name(host);
        let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        // Only the bootstrap file may say so: a setting that is wrong here would lock its administrator out.
        let is_https = self.urls.iter().any(|url| url.host == name && url.https);
        let (own, own_port) = (peer.address.ip().to_canonical(), peer.tls || is_https);
        let forwarded = SIGNS.iter().any(|name| headers.contains_key(name));
        let is_proxy = |ip: IpAddr| self.proxies.iter().any(|network| network.contains(ip));
        if !is_proxy(own) {
            return Via { address: own, secure: own_port, here: own.is_loopback() && !forwarded && is_this_machine(&name), port };
        }
        // Read from the right: each proxy appends the address of its peer. The first address that is no proxy of ours
        // is the client. A client can forge every entry further left.
        let lists: Vec<String> =
            headers.get_all(FORWARDED_FOR).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        let mut address = own;
        for hop in lists.iter().flat_map(|list| list.split(',')).rev() {
            let Some(ip) = hop_address(hop.trim()) else {
                tracing::warn!(proxy = %address, "a proxy sent an unreadable client address; using the address of the proxy");
                break;
            };
            address = ip;
            if !is_proxy(address) {
                break;
            }
        }
        let https = text(headers, &FORWARDED_PROTO).is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
        Via { address, secure: own_port || https, here: false, port }
    }
}

/// Reads an address as a proxy writes it. Some proxies add the port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().or_else(|_| hop.parse::<std::net::SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

fn is_this_machine(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Headers that show that a proxy forwarded the request.
const SIGNS: [HeaderName; 7] = [
    header::FORWARDED,
    header::VIA,
    FORWARDED_FOR,
    FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
];
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A page loads only its own files, and no other site may frame it (W3C Content Security Policy 3).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Checks the request before any page, and adds the security headers to the answer.
pub(crate) async fn guard(
    State(reach): State<Arc<Reach>>,
    ConnectInfo(peer): ConnectInfo<RequestPeer>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = host(&request);
    let via = reach.via(peer, request.headers(), host.as_deref().unwrap_or(""));
    request.extensions_mut().insert(via);
    let scheme = if via.secure { "https" } else { "http" };
    request.extensions_mut().insert(Here(format!("{scheme}://{}", host.as_deref().unwrap_or("localhost"))));
    let refusal = match &host {
        Some(host) if !is_ours(&reach, host) => {
            Some((StatusCode::MISDIRECTED_REQUEST, Phrase::new("guard-host").with("host", host_name(host))))
        }
        None => Some((StatusCode::BAD_REQUEST, Phrase::new("guard-no-host"))),
        // RFC 9112 §3.2.
        Some(_) if request.headers().get_all(header::HOST).iter().count() > 1 => {
            Some((StatusCode::BAD_REQUEST, Phrase::new("guard-two-hosts")))
        }
        Some(host) if is_forged(request.method(), request.headers(), host) => {
            Some((StatusCode::FORBIDDEN, Phrase::new("guard-forged")))
        }
        Some(_) => None,
    };
    let mut response = match refusal {
        Some((status, phrase)) => {
            let language = AnswerLanguage::of(request.headers());
            drain(request).await;
            (status, format!("{}\n", words::say(language, &phrase))).into_response()
        }
        None => next.run(request).await,
    };
    let answer = response.headers_mut();
    for (name, value) in HEADERS {
        answer.entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if via.secure {
        answer.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

fn host(request: &Request) -> Option<String> {
    request.uri().authority().map(|authority| authority.as_str().to_owned()).or_else(|| text(request.headers(), &header::HOST))
}

/// Answers plain HTTP on a port that speaks TLS with a redirect to the same page by TLS. Requests other than GET and
/// HEAD are not redirected: their content has already gone over the wire in clear text.
pub(crate) fn to_https() -> Router {
    Router::new().fallback(async |method: Method, uri: Uri, headers: HeaderMap| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let host =
            text(&headers, &header::HOST).filter(|host| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b)));
        match host {
            Some(host) if matches!(method, Method::GET | Method::HEAD) && path.starts_with('/') && uri.authority().is_none() => {
                let no_store = [(header::CACHE_CONTROL, "no-store")];
                (no_store, Redirect::temporary(&format!("https://{host}{path}"))).into_response()
            }
            _ => {
                let text = words::say(AnswerLanguage::of(&headers), &Phrase::new("guard-tls"));
                (StatusCode::BAD_REQUEST, format!("{text}\n")).into_response()
            }
        }
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

/// Returns the host of a `Host` field in its form for comparison: lower case, without the port and the root's dot.
fn host_name(host: &str) -> String {
    let name = without_port(host);
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// True if the host is an address or a known name. An attacker can make an unknown name of his page resolve to this
/// machine (DNS rebinding). He cannot do so with an address, nor with a name that the administrator gave this machine.
fn is_ours(reach: &Reach, host: &str) -> bool {
    let name = host_name(host);
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok())
        || name == "localhost"
        || reach.names.contains(&name)
        || reach.all_urls().any(|url| url.host == name)
}

/// True if a page of another site asked for this change. Browsers name the origin of a request (Fetch Metadata, and
/// before it Origin). A client that sends neither header is not a browser, and sends only the cookies it was given.
fn is_forged(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    if let Some(site) = text(headers, &HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site.as_str(), "same-origin" | "none");
    }
    match text(headers, &header::ORIGIN) {
        Some(origin) => origin.split_once("://").is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn change_requested_by_other_site_is_forged() {
        for (method, list, forged) in [
            (Method::GET, &[("sec-fetch-site", "cross-site")][..], false),
            (Method::POST, &[("sec-fetch-site", "cross-site")], true),
            (Method::POST, &[("sec-fetch-site", "same-site")], true),
            (Method::POST, &[("sec-fetch-site", "same-origin")], false),
            (Method::POST, &[("sec-fetch-site", "none")], false),
            (Method::POST, &[("origin", "https://evil.example")], true),
            (Method::POST, &[("origin", "null")], true),
            (Method::POST, &[("origin", "http://127.0.0.1:8080")], false),
            (Method::POST, &[("origin", "http://127.0.0.1:8081")], true),
            (Method::POST, &[], false),
        ] {
            assert_eq!(is_forged(&method, &headers(list), "127.0.0.1:8080"), forged, "{method} {list:?}");
        }
    }

    fn reach(proxies: &[&str]) -> Reach {
        let url = ExternalUrl { https: true, host: "post.example.net".into(), base: "https://post.example.net".into() };
        Reach {
            names: vec!["post-1".into(), "post-1.lan.example".into()],
            urls: vec![url],
            of_settings: UrlOfSettings::default(),
            proxies: proxies.iter().map(|text| text.parse().expect("a network")).collect(),
        }
    }

    /// Only a listed proxy is trusted, and only the address that it added.
    #[test]
    fn forwarded_address_is_trusted_only_from_listed_proxy() {
        let via = |proxies: &[&str], peer: &str, host: &str, list: &[(&'static str, &str)]| {
            let peer = RequestPeer { address: peer.parse().expect("an address"), tls: false };
            let via = reach(proxies).via(peer, &headers(list), host);
            (via.address.to_string(), via.secure, via.here)
        };
        let says = |address: &str, secure: bool, here: bool| (address.to_owned(), secure, here);
        let chain = [("x-forwarded-for", "203.0.113.9, 192.0.2.7, 10.0.0.2"), ("x-forwarded-proto", "https")];
        assert_eq!(via(&[], "127.0.0.1:5", "127.0.0.1:8025", &[]), says("127.0.0.1", false, true));
        assert_eq!(
            via(&[], "127.0.0.1:5", "127.0.0.1:8025", &chain),
            says("127.0.0.1", false, false),
            "a proxy that is not listed"
        );
        assert_eq!(
            via(&[], "127.0.0.1:5", "post.example.net", &[]),
            says("127.0.0.1", true, false),
            "an external URL with https"
        );
        assert_eq!(via(&["127.0.0.0/8", "10.0.0.0/8"], "127.0.0.1:5", "x", &chain), says("192.0.2.7", true, false));
        assert_eq!(
            via(&["127.0.0.1"], "192.0.2.1:5", "x", &chain),
            says("192.0.2.1", false, false),
            "anybody may write a header"
        );
        let with_port = [("x-forwarded-for", "203.0.113.9, 192.0.2.7:555")];
        assert_eq!(via(&["127.0.0.1"], "127.0.0.1:5", "x", &with_port), says("192.0.2.7", false, false));
        assert_eq!(via(&[], "127.0.0.1:5", "127.0.0.1", &[("via", "1.1 nginx")]), says("127.0.0.1", false, false));
        let rubbish = [("x-forwarded-for", "203.0.113.9, <script>")];
        assert_eq!(via(&["127.0.0.1"], "127.0.0.1:5", "x", &rubbish), says("127.0.0.1", false, false));
    }

    #[test]
    fn host_is_answered_only_if_address_or_known_name() {
        let reach = reach(&[]);
        for (host, ours) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("POST.example.net.:443", true),
            ("post-1:8025", true),
            ("Post-1.:8025", true),
            ("post-1", true),
            ("POST-1.LAN.example:8025", true),
            ("[2001:db8::1]", true),
            ("192.0.2.1.", true),
            ("post-1.evil.example", false),
            ("post-1.lan.example.evil.example:8025", false),
            ("evil.example.post-1", false),
            ("lan.example", false),
            ("post-2", false),
            ("post-1..", false),
            ("post-1@evil.example", false),
            ("evil.example:post-1", false),
            ("[post-1]:8025", false),
            ("[127.0.0.1]", false),
            ("::1", false),
            ("evil.example", false),
            ("post.example.net.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_ours(&reach, host), ours, "{host}");
        }
    }
}
