//! How the node is reached over TCP: its address, its certificate, its names, the proxies before it.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use web::{CertificateFiles, ExternalUrl, Network};

use crate::cli::CliError;

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
    let port = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let host = authority.rsplit_once(':').filter(|(_, digits)| port(digits)).map_or(authority, |(host, _)| host);
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_[]:".contains(c);
    if host.is_empty() || !path.is_empty() || !authority.chars().all(plain) {
        return Err(wrong());
    }
    let base = format!("{scheme}://{}", authority.to_ascii_lowercase());
    Ok(ExternalUrl { https: scheme == "https", host: host.to_ascii_lowercase(), base })
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
        for bad in ["post.example.net", "https://", "https://user@host/", "ftp://x", "https://x/deep", "https://x y"] {
            assert!(external_url(bad).is_err(), "{bad}");
        }
    }
}
