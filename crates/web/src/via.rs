//! The origin of a request over TCP, and the name of this site in it.

use std::net::IpAddr;

/// Base of this site as the browser names it: scheme, host and port. Unknown hosts are refused before a page reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Here(pub(crate) String);

/// Origin of a request, as far as its headers are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Via {
    pub(crate) address: IpAddr,
    /// The browser speaks TLS: to us, or to the proxy before us.
    pub(crate) secure: bool,
    /// The request came from this machine itself, and no proxy forwarded it.
    pub(crate) here: bool,
    /// Port as the browser names it. `None` for the default port.
    pub(crate) port: Option<u16>,
}
