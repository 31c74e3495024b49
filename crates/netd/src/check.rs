//! The check before an address is used: does another device have it? (RFC 5227 §2.1, shortened; RFC 4861 §7.2)

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV6};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::address::{Mac, PlacedIp};
use crate::arp::{ArpPacket, probe};
use crate::interfaces::{Interface, is_timeout};
use crate::neighbour::{advertised, solicitation, solicited_node};
use crate::protocol::NetdFault;

const PROBES: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(300);
/// Wait after the last probe.
const LAST: Duration = Duration::from_millis(600);

/// The device that has the address. `None` if no one answers for 1.2 s.
pub(crate) fn holder(placed: &PlacedIp) -> Result<Option<Mac>, NetdFault> {
    let failed = |error: io::Error| NetdFault::system(format!("{} cannot be checked", placed.ip), &error);
    let interface = Interface::find(&placed.interface).map_err(failed)?;
    let interface = interface.ok_or_else(|| NetdFault::NoInterface { interface: placed.interface.clone() })?;
    let found = match placed.ip {
        IpAddr::V4(ip) => v4(&interface, ip),
        IpAddr::V6(ip) => v6(&interface, ip),
    };
    found.map_err(|error| match error.raw_os_error() {
        Some(errno) if is_down(errno) => NetdFault::NoLink { interface: placed.interface.clone() },
        _ => failed(error),
    })
}

/// True for the errors of an interface that is off: `ENETDOWN`, and `EADDRNOTAVAIL` without an own address.
fn is_down(errno: i32) -> bool {
    [nix::errno::Errno::ENETDOWN, nix::errno::Errno::EADDRNOTAVAIL, nix::errno::Errno::ENETUNREACH]
        .iter()
        .any(|error| *error as i32 == errno)
}

fn v4(interface: &Interface, ip: Ipv4Addr) -> io::Result<Option<Mac>> {
    let socket = interface.arp_socket(BETWEEN)?;
    let answer =
        |bytes: &[u8]| ArpPacket::read(bytes).filter(|packet| packet.claims(ip, &[interface.mac])).map(|packet| packet.sender);
    ask(&socket, || socket.send(&probe(interface.mac, ip)), answer)
}

fn v6(interface: &Interface, ip: Ipv6Addr) -> io::Result<Option<Mac>> {
    let socket = icmp_socket(interface)?;
    let group = SocketAddrV6::new(solicited_node(ip), 0, 0, interface.index);
    let answer =
        |bytes: &[u8]| advertised(bytes).filter(|(target, mac)| *target == ip && *mac != interface.mac).map(|(_, mac)| mac);
    ask(&socket, || socket.send_to(&solicitation(ip, interface.mac), &group.into()), answer)
}

/// A socket for neighbour messages on this interface. They have the largest hop limit, which no router passes (RFC 4861 §7.1).
pub(crate) fn icmp_socket(interface: &Interface) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    socket.set_multicast_hops_v6(255)?;
    socket.set_multicast_if_v6(interface.index)?;
    socket.set_read_timeout(Some(BETWEEN))?;
    Ok(socket)
}

/// Asks some times, and reads until an answer comes or the time has passed.
fn ask(
    socket: &Socket,
    mut send: impl FnMut() -> io::Result<usize>,
    answer: impl Fn(&[u8]) -> Option<Mac>,
) -> io::Result<Option<Mac>> {
    for number in 1..=PROBES {
        send()?;
        let wait = if number == PROBES { LAST } else { BETWEEN };
        if let Some(mac) = listen(socket, wait, &answer)? {
            return Ok(Some(mac));
        }
    }
    Ok(None)
}

/// Reads for this time. The first answer ends it.
#[expect(clippy::disallowed_methods, reason = "the helper measures real time; it has no injected clock")]
pub(crate) fn listen<T>(socket: &Socket, time: Duration, answer: impl Fn(&[u8]) -> Option<T>) -> io::Result<Option<T>> {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match read(socket) {
            Ok(bytes) => {
                if let Some(found) = answer(&bytes) {
                    return Ok(Some(found));
                }
            }
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads one packet.
pub(crate) fn read(mut socket: &Socket) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 2048];
    let length = socket.read(&mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}
