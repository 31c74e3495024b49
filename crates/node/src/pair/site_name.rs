//! The check of the site's host name: does each of its addresses lead to the primary, with a certificate for this name (FO-08)?

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use admin::http::{HttpClient, HttpFault, HttpRequest, ResponsePart, Times, place_of};
use model::failover::HostnameFault;

/// Path on the pages at which a node tells, with status 204, that the token behind it is its own.
pub const SITE_CHECK_PATH: &str = "/node-check";

/// For one address. A name may have several.
const TIMES: Times = Times { connect: Duration::from_secs(5), whole: Duration::from_secs(8) };
/// Most addresses that are looked at.
const ADDRESSES_MAX: usize = 8;

/// Looks at each address of the URL's host. The right node answers to this token.
pub(super) async fn check_site_name(url: &str, token: &str) -> Result<(), HostnameFault> {
    let addresses = addresses_of(url).await;
    if addresses.is_empty() {
        return Err(fault("unresolved", String::new()));
    }
    for ip in addresses.into_iter().take(ADDRESSES_MAX) {
        check_address(url, ip, token).await?;
    }
    Ok(())
}

async fn addresses_of(url: &str) -> BTreeSet<IpAddr> {
    let Some((host, port)) = place_of(url) else { return BTreeSet::new() };
    match tokio::net::lookup_host((host.as_str(), port)).await {
        Ok(found) => found.map(|address| address.ip()).collect(),
        Err(error) => {
            tracing::info!(%error, host, "the host name of the site cannot be resolved");
            BTreeSet::new()
        }
    }
}

async fn check_address(url: &str, ip: IpAddr, token: &str) -> Result<(), HostnameFault> {
    let found = async {
        let path = format!("{}{SITE_CHECK_PATH}/{token}", url.trim_end_matches('/'));
        HttpClient::of_any_issuer(TIMES)?.send_at(ip, HttpRequest::get(&path), ResponsePart::Head).await
    };
    match found.await {
        Ok(answer) if answer.status == 204 => Ok(()),
        Ok(_) => Err(fault("wrong-node", ip.to_string())),
        Err(HttpFault::Certificate(error)) => {
            tracing::info!(error, %ip, "the certificate at the host name of the site does not match");
            Err(fault("certificate", ip.to_string()))
        }
        Err(error) => {
            tracing::info!(%error, %ip, "no answer at the host name of the site");
            Err(fault("silent", ip.to_string()))
        }
    }
}

fn fault(reason: &str, target: String) -> HostnameFault {
    HostnameFault { reason: reason.to_owned(), target }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers one token with 204, and everything else with 404.
    async fn node(token: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let count = stream.read(&mut request).await.unwrap_or(0);
                let is_right = String::from_utf8_lossy(&request[..count]).contains(&format!("{SITE_CHECK_PATH}/{token} "));
                let status = if is_right { "204 No Content" } else { "404 Not Found" };
                // The caller may be gone.
                drop(stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await);
            }
        });
        port
    }

    #[tokio::test]
    async fn each_fault_of_the_name_is_told() {
        let port = node("right").await;
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap().port()
        };
        let at = |reason: &str, target: &str| Err(fault(reason, target.into()));
        for (url, token, expected) in [
            (format!("http://127.0.0.1:{port}"), "right", Ok(())),
            (format!("http://127.0.0.1:{port}/"), "right", Ok(())),
            (format!("http://localhost.invalid:{port}"), "right", at("unresolved", "")),
            (format!("http://127.0.0.1:{port}"), "other", at("wrong-node", "127.0.0.1")),
            (format!("http://127.0.0.1:{closed}"), "right", at("silent", "127.0.0.1")),
            // It speaks no TLS.
            (format!("https://127.0.0.1:{port}"), "right", at("silent", "127.0.0.1")),
            ("not a url".to_owned(), "right", at("unresolved", "")),
        ] {
            assert_eq!(check_site_name(&url, token).await, expected, "{url} {token}");
        }
    }
}
