//! What stands before every page: which host it was asked for, where the request came from, and what a browser may do
//! with the answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How this node is reached over TCP.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Names (and ports, where not the usual one) under which pages are served; empty: whatever is asked for is taken
    /// only if it is an IP address, `localhost` or this machine's name.
    pub hosts: Vec<String>,
    /// Whether browsers come by TLS: cookies are then bound to it.
    pub tls: bool,
}

/// Everything a page may load is its own; nothing may frame it (W3C Content Security Policy 3).
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

/// Looks at the request before any page does, and signs the answer off.
pub(crate) async fn guard(State(reach): State<Arc<Reach>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = request.uri().authority().map(|a| a.as_str().to_owned()).or_else(|| text(headers, &header::HOST));
    let mut response = match host {
        Some(host) if !is_ours(&reach, &host) => {
            (StatusCode::MISDIRECTED_REQUEST, "This node does not answer under that name: add it to external_urls.\n")
                .into_response()
        }
        None => (StatusCode::BAD_REQUEST, "Host is missing.\n").into_response(),
        Some(host) if is_forged(request.method(), headers, &host) => {
            (StatusCode::FORBIDDEN, "The request came from another site and was not carried out.\n").into_response()
        }
        Some(_) => next.run(request).await,
    };
    let answer = response.headers_mut();
    for (name, value) in HEADERS {
        answer.entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if reach.tls {
        answer.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
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

/// An unknown name may be a page of somebody else's that resolves to us (DNS rebinding). An address cannot.
fn is_ours(reach: &Reach, host: &str) -> bool {
    let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || name == "localhost"
        || reach.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(&name))
}

/// A change asked for by a page of another site. Browsers say where a request comes from (Fetch Metadata, and before it
/// Origin); one that says neither is not a browser, and brings no cookie that it was not given.
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

/// The address that a request came from.
pub(crate) fn address(request: &axum::http::request::Parts) -> std::net::IpAddr {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    peer.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn a_change_asked_for_by_another_site_is_forged() {
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

    #[test]
    fn only_addresses_and_known_names_are_answered() {
        let reach = Reach { hosts: vec!["post.example.net".into()], tls: false };
        for (host, ours) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("POST.example.net.:443", true),
            ("evil.example", false),
            ("post.example.net.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_ours(&reach, host), ours, "{host}");
        }
    }
}
