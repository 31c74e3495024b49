//! The other end of a TCP connection.

use std::net::SocketAddr;

/// Address of the peer, and the use of TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestPeer {
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
}
