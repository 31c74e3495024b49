//! How the node is reached over TCP: its address, its certificate, its names, the proxies before it.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use web::{CertificateFiles, ExternalUrl, Network};

use crate::cli::CliError;
use crate::own_name::url_name;

/// Whether pages and API are served by TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsMode {
    /// By TLS, except on an address of this machine itself.
    Auto,
    On,
    /// Never; so only on an address of this machine itself.
    Off,
}

/// Which certificate is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    Files(CertificateFiles),
    /// One of our own, made on the first start.
    SelfSigned,
}

/// What the bootstrap file says of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tls {
    mode: TlsMode,
    files: Option<CertificateFiles>,
}

fn path(text: &str) -> Option<PathBuf> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(PathBuf::from)
}

impl Tls {
    /// `chain` and `key` are paths; empty: none.
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

    /// What is shown at this address; `None`: plain HTTP. A password in clear must not leave this machine.
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

/// `off`, or an address and a port.
pub(crate) fn listen(text: &str) -> Result<Option<SocketAddr>, CliError> {
    if text == "off" {
        return Ok(None);
    }
    let wrong = |error: std::net::AddrParseError| CliError::usage("error-http").why(format!("{text}: {error}")).todo("hint-http");
    text.parse().map(Some).map_err(wrong)
}

/// An address under which browsers reach the pages: `https://host`, `http://host:port`.
pub(crate) fn external_url(url: &str) -> Result<ExternalUrl, CliError> {
    let wrong = || CliError::usage("error-external-url").why(url);
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http")).ok_or_else(wrong)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    // The port stands behind the last colon, unless that colon is within an IPv6 address.
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

/// A host as browsers write it: a name without the dot of the root, an IPv4 address, or an IPv6 address in brackets.
fn url_host(host: &str) -> Option<String> {
    if let Some(ip) = host.strip_prefix('[') {
        let ip: std::net::Ipv6Addr = ip.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{ip}]"));
    }
    let ip = host.parse::<std::net::Ipv4Addr>().ok().map(|ip| ip.to_string());
    ip.or_else(|| url_name(host))
}

/// The proxies whose words on where a request came from are believed.
pub(crate) fn proxies(list: &[String]) -> Result<Vec<Network>, CliError> {
    let one = |text: &String| text.parse().map_err(|fault| CliError::usage("error-proxies").why(format!("{text}: {fault}")));
    list.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(mode: &str, files: bool) -> Tls {
        let (chain, key) = if files { ("/x.crt", "/x.key") } else { ("", "") };
        Tls::new(mode, chain, key).expect("legal")
    }

    #[test]
    fn nothing_in_clear_leaves_this_machine() {
        let at = |tls: &Tls, address: &str| tls.certificate(address.parse().expect("an address")).ok();
        for address in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(at(&tls("auto", false), address), Some(None), "{address}");
            assert_eq!(at(&tls("off", false), address), Some(None), "{address}");
            assert_eq!(at(&tls("on", false), address), Some(Some(Certificate::SelfSigned)), "{address}");
        }
        for address in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
            assert_eq!(at(&tls("auto", false), address), Some(Some(Certificate::SelfSigned)), "{address}");
            assert_eq!(at(&tls("off", false), address), None, "{address} in clear");
        }
        assert!(matches!(at(&tls("auto", true), "127.0.0.1:80"), Some(Some(Certificate::Files(_)))), "files are used");
        assert!(Tls::new("maybe", "", "").is_err() && Tls::new("auto", "/x.crt", "").is_err());
        assert!(Tls::new("off", "/x.crt", "/x.key").is_err());
    }

    #[test]
    fn an_address_is_an_address_and_a_port() {
        assert_eq!(listen("off").ok(), Some(None));
        assert!(listen("127.0.0.1:0").is_ok_and(|address| address.is_some()) && listen("[::]:80").is_ok());
        for bad in ["8080", "localhost:80", "127.0.0.1", ""] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_host_of_an_external_url_is_what_browsers_ask_for() {
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
