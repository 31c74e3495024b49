//! Tells the neighbours that an address is here now: they drop what they knew of its former place.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use crate::address::PlacedIp;
use crate::arp::announcements;
use crate::check::icmp_socket;
use crate::interfaces::Interface;
use crate::neighbour::{ALL_NODES, advertisement};
use crate::protocol::NetdFault;

const BURST: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(200);

/// Sends a burst for the addresses that this node still serves: an announcement of another would lead clients astray. Fails with the
/// last error, after all others have been announced.
pub(crate) fn burst(addresses: &[PlacedIp], serves: impl Fn(IpAddr) -> bool) -> Result<(), NetdFault> {
    let mut result = Ok(());
    for number in 0..BURST {
        if number > 0 {
            std::thread::park_timeout(BETWEEN);
        }
        for placed in addresses.iter().filter(|placed| serves(placed.ip)) {
            if let Err(fault) = once(placed) {
                result = Err(fault);
            }
        }
    }
    result
}

fn once(placed: &PlacedIp) -> Result<(), NetdFault> {
    let failed = |error: io::Error| NetdFault::system(format!("{} cannot be announced", placed.ip), &error);
    let interface = Interface::find(&placed.interface).map_err(failed)?;
    let interface = interface.ok_or_else(|| NetdFault::NoInterface { interface: placed.interface.clone() })?;
    match placed.ip {
        IpAddr::V4(ip) => v4(&interface, ip),
        IpAddr::V6(ip) => v6(&interface, ip),
    }
    .map_err(failed)
}

fn v4(interface: &Interface, ip: Ipv4Addr) -> io::Result<()> {
    let socket = interface.arp_socket(BETWEEN)?;
    for frame in announcements(interface.mac, ip) {
        socket.send(&frame)?;
    }
    Ok(())
}

fn v6(interface: &Interface, ip: Ipv6Addr) -> io::Result<()> {
    let socket = icmp_socket(interface)?;
    let group = SocketAddrV6::new(ALL_NODES, 0, 0, interface.index);
    socket.send_to(&advertisement(ip, interface.mac), &group.into())?;
    Ok(())
}
