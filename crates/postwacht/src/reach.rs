//! Network access to the node: listen address, certificate, external URLs, trusted proxies.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use web::{CertificateFiles, ExternalUrl, Network};

use crate::error::CliError;
use crate::own_name::url_name;

/// TLS mode of pages and API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsMode {
    /// Uses TLS except on a loopback address.
    Auto,
    On,
    /// Never uses TLS. Allowed only on a loopback address.
    Off,
}

/// Source of the server certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    Files(CertificateFiles),
    /// Self-signed certificate, made on the first start.
    SelfSigned,
}

/// TLS settings of the bootstrap file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tls {
    mode: TlsMode,
    files: Option<CertificateFiles>,
}

fn path(text: &str) -> Option<PathBuf> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(PathBuf::from)
}

impl Tls {
    /// `chain` and `key` are paths of PEM files. An empty path means none. Fails for an unknown mode, for one path without
    /// the other, and for files with mode `off`.
    pub(crate) fn new(mode: &str, chain: &str, key: &str) -> Result<Self, CliError> {
        let mode = match mode {
            "auto" => TlsMode::Auto,
            "on" => TlsMode::On,
            "off" => TlsMode::Off,
            other => return Err(CliError::usage("error-tls").why(other).todo("hint-tls")),
        };
        match (path(chain), path(key), mode) {
            (None, None, _) => Ok(Self { mode, files: None }),
            (Some(_), Some(_), TlsMode::Off) => Err(CliError::usage("error-tls-off").todo("hint-tls")),
            (Some(chain), Some(key), _) => Ok(Self { mode, files: Some(CertificateFiles { chain, key }) }),
            _ => Err(CliError::usage("error-tls-files").todo("hint-tls")),
        }
    }

    /// Certificate for this address. `None`: plain HTTP. Fails with mode `off` beyond loopback: a password must not leave
    /// this machine unencrypted.
    pub(crate) fn certificate(&self, address: SocketAddr) -> Result<Option<Certificate>, CliError> {
        let here = address.ip().to_canonical().is_loopback();
        match (self.mode, &self.files) {
            (_, Some(files)) => Ok(Some(Certificate::Files(files.clone()))),
            (TlsMode::On, None) => Ok(Some(Certificate::SelfSigned)),
            (TlsMode::Auto, None) if !here => Ok(Some(Certificate::SelfSigned)),
            (TlsMode::Off, None) if !here => Err(CliError::usage("error-http-clear").why(address).todo("hint-http-clear")),
            _ => Ok(None),
        }
    }
}

/// Parses `off` (`None`) or an IP address with a port.
pub(crate) fn listen(text: &str) -> Result<Option<SocketAddr>, CliError> {
    if text == "off" {
        return Ok(None);
    }
    let wrong = |error: std::net::AddrParseError| CliError::usage("error-http").why(format!("{text}: {error}")).todo("hint-http");
    text.parse().map(Some).map_err(wrong)
}

/// Parses an external URL: scheme, host and optional port, as in `https://host` or `http://host:port`.
pub(crate) fn external_url(url: &str) -> Result<ExternalUrl, CliError> {
    let wrong = || CliError::usage("error-external-url").why(url).todo("hint-url");
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http")).ok_or_else(wrong)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    // The port follows the last colon, unless that colon is inside an IPv6 address.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let digits = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if !path.is_empty() || !port.is_none_or(digits) {
        return Err(wrong());
    }
    let host = url_host(host).ok_or_else(wrong)?;
    let base = format!("{scheme}://{host}{}", port.map(|port| format!(":{port}")).unwrap_or_default());
    Ok(ExternalUrl { https: scheme == "https", host, base })
}

/// Normalizes a host as browsers do: a name without the root dot, an IPv4 address, or an IPv6 address in brackets.
fn url_host(host: &str) -> Option<String> {
    if let Some(ip) = host.strip_prefix('[') {
        let ip: std::net::Ipv6Addr = ip.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{ip}]"));
    }
    let ip = host.parse::<std::net::Ipv4Addr>().ok().map(|ip| ip.to_string());
    ip.or_else(|| url_name(host))
}

/// Parses the trusted proxies: the node trusts their forwarding headers.
pub(crate) fn proxies(list: &[String]) -> Result<Vec<Network>, CliError> {
    let network = |text: &String| {
        let read = text.parse::<Network>();
        read.map_err(|fault| CliError::usage("error-proxies").why(format!("{text}: {fault}")).todo("hint-proxies"))
    };
    list.iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(mode: &str) -> Tls {
        Tls::new(mode, "", "").expect("legal")
    }

    #[test]
    fn plain_http_is_limited_to_loopback() {
        let at = |tls: &Tls, address: &str| tls.certificate(address.parse().expect("an address")).ok();
        for address in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(at(&tls("auto"), address), Some(None), "{address}");
            assert_eq!(at(&tls("off"), address), Some(None), "{address}");
            assert_eq!(at(&tls("on"), address), Some(Some(Certificate::SelfSigned)), "{address}");
        }
        for address in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
            assert_eq!(at(&tls("auto"), address), Some(Some(Certificate::SelfSigned)), "{address}");
            assert_eq!(at(&tls("off"), address), None, "{address} in clear");
        }
        assert!(
            matches!(
                at(&Tls::new("auto", "/x.crt", "/x.key").expect("legal"), "127.0.0.1:80"),
                Some(Some(Certificate::Files(_)))
            ),
            "files are used"
        );
        assert!(Tls::new("maybe", "", "").is_err() && Tls::new("auto", "/x.crt", "").is_err());
        assert!(Tls::new("off", "/x.crt", "/x.key").is_err());
    }

    #[test]
    fn listen_needs_an_address_and_a_port() {
        assert_eq!(listen("off").ok(), Some(None));
        assert!(listen("127.0.0.1:0").is_ok_and(|address| address.is_some()) && listen("[::]:80").is_ok());
        for bad in ["8080", "localhost:80", "127.0.0.1", ""] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn external_url_is_normalized_as_browsers_do() {
        let url = external_url("https://Post.example.net:8443/").expect("legal");
        assert_eq!((url.https, url.host.as_str()), (true, "post.example.net"));
        assert_eq!(url.base, "https://post.example.net:8443");
        for (typed, host, base) in [
            ("https://post.example.net.", "post.example.net", "https://post.example.net"),
            ("https://POST-1.:8025/", "post-1", "https://post-1:8025"),
            ("http://192.0.2.1:80", "192.0.2.1", "http://192.0.2.1:80"),
            ("https://[2001:DB8::1]", "[2001:db8::1]", "https://[2001:db8::1]"),
            ("https://[2001:db8:0::1]:8443", "[2001:db8::1]", "https://[2001:db8::1]:8443"),
        ] {
            let url = external_url(typed).expect(typed);
            assert_eq!((url.host.as_str(), url.base.as_str()), (host, base), "{typed}");
        }
        for bad in [
            "post.example.net",
            "https://",
            "https://user@host/",
            "ftp://x",
            "https://x/deep",
            "https://x y",
            "https://x:",
            "https://x:0",
            "https://x:99999",
            "https://x:+1",
            "https://2001:db8::1",
            "https://[2001:db8::1",
            "https://[x]:80",
            "https://[::1]x",
            "https://..",
            "https://.",
            "https://1234",
        ] {
            assert!(external_url(bad).is_err(), "{bad}");
        }
    }
}
