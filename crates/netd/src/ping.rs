//! One ICMP echo request and its answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::check::listen;
use crate::icmp::{EchoToken, answers, request};
use crate::protocol::NetdFault;

static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The time until the answer.
#[expect(clippy::disallowed_methods, reason = "the helper measures real time; it has no injected clock")]
pub(crate) fn ping(ip: IpAddr, timeout: Duration) -> Result<Duration, NetdFault> {
    let failed = |error: io::Error| NetdFault::system(format!("no ping to {ip}"), &error);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // A process has one identifier; the number tells its requests apart.
    let [.., high, low] = std::process::id().to_be_bytes();
    let token = EchoToken { identifier: u16::from_be_bytes([high, low]), number };
    let (domain, protocol) = if ip.is_ipv4() { (Domain::IPV4, Protocol::ICMPV4) } else { (Domain::IPV6, Protocol::ICMPV6) };
    let socket = Socket::new(domain, Type::RAW, Some(protocol)).map_err(failed)?;
    // Connected: the kernel passes only packets of this host.
    socket.connect(&SocketAddr::new(ip, 0).into()).map_err(failed)?;
    let sent = Instant::now();
    socket.send(&request(ip, token)).map_err(failed)?;
    let answer = listen(&socket, timeout, |packet| answers(ip, token, packet).then(|| sent.elapsed()));
    answer.map_err(failed)?.ok_or(NetdFault::Timeout)
}
