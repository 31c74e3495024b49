//! The interfaces of this machine, for raw packets.

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::LinkAddr;
use socket2::{Domain, Protocol, Socket, Type};

use crate::address::Mac;
use crate::arp::ETHERTYPE;

/// `ARPHRD_ETHER`: the kind of an interface with Ethernet frames.
const ETHERNET: u16 = 1;

/// An interface that carries Ethernet frames.
pub(crate) struct Interface {
    pub(crate) index: u32,
    pub(crate) mac: Mac,
    address: LinkAddr,
}

impl Interface {
    /// Finds an interface by its name. `None` if there is none, or if it carries no Ethernet.
    pub(crate) fn find(name: &str) -> io::Result<Option<Self>> {
        let found = getifaddrs()?.filter(|entry| entry.interface_name == name).find_map(|entry| {
            let address = *entry.address?.as_link_addr()?;
            let is_ethernet = address.hatype() == ETHERNET && address.halen() == 6;
            let mac = Mac(address.addr().filter(|_| is_ethernet)?);
            Some(Self { index: u32::try_from(address.ifindex()).ok()?, mac, address })
        });
        Ok(found)
    }

    /// A socket for the ARP frames of this interface. A read waits at most this long.
    pub(crate) fn arp_socket(&self, wait: Duration) -> io::Result<Socket> {
        let socket = arp_socket(wait)?;
        nix::sys::socket::bind(socket.as_raw_fd(), &self.address)?;
        Ok(socket)
    }
}

/// The hardware addresses of this machine.
pub(crate) fn own_macs() -> io::Result<Vec<Mac>> {
    Ok(getifaddrs()?.filter_map(|entry| entry.address?.as_link_addr()?.addr().map(Mac)).collect())
}

/// A socket for the ARP frames of all interfaces. A read waits at most this long.
pub(crate) fn arp_socket(wait: Duration) -> io::Result<Socket> {
    let protocol = Protocol::from(i32::from(ETHERTYPE.to_be()));
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
    socket.set_read_timeout(Some(wait))?;
    Ok(socket)
}

/// True if a read ended because nothing came in time.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
