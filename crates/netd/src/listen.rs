//! Watches the kernel and the network: reports changes of links and addresses, and devices that use a served address.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_ROUTE;

use crate::address::Mac;
use crate::arp::ArpPacket;
use crate::check::read;
use crate::interfaces::{arp_socket, is_timeout, own_macs};
use crate::kernel::Kernel;
use crate::protocol::NetdMessage;

/// `RTNLGRP_LINK`, `RTNLGRP_IPV4_IFADDR`, `RTNLGRP_IPV6_IFADDR` (rtnetlink(7)).
const GROUPS: [u32; 3] = [1, 5, 9];
/// Shortest time between two reports of the same conflict.
const CONFLICT_EVERY: Duration = Duration::from_secs(10);
/// Longest wait for a frame.
const ARP_WAIT: Duration = Duration::from_secs(5);

/// Reports every change of links and addresses: always everything that there is, so that a lost message (`ENOBUFS`) loses nothing.
/// Returns if nobody listens any more.
pub(crate) fn changes(report: impl Fn(NetdMessage) -> bool) -> io::Result<()> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    for group in GROUPS {
        socket.add_membership(group)?;
    }
    let mut kernel = Kernel::open()?;
    let mut known = kernel.snapshot()?;
    loop {
        match socket.recv_from_full() {
            Ok(_) => {}
            // Messages were lost: the snapshot has their result.
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ENOBUFS as i32) => {}
            Err(error) if is_timeout(&error) => continue,
            Err(error) => return Err(error),
        }
        let now = kernel.snapshot()?;
        let without_times = |snapshot: &crate::protocol::NetworkSnapshot| {
            let mut snapshot = snapshot.clone();
            snapshot.addresses.iter_mut().for_each(|address| address.valid_s = None);
            snapshot
        };
        // A renewal changes only a lifetime.
        if without_times(&now) != without_times(&known) && !report(NetdMessage::Changed(now.clone())) {
            return Ok(());
        }
        known = now;
    }
}

/// Reports devices that use an address of ours, each address at most once in ten seconds.
#[expect(clippy::disallowed_methods, reason = "the helper measures real time; it has no injected clock")]
pub(crate) fn conflicts(is_served: impl Fn(IpAddr) -> bool, report: impl Fn(NetdMessage) -> bool) -> io::Result<()> {
    let socket = arp_socket(ARP_WAIT)?;
    let mut told: BTreeMap<Ipv4Addr, Instant> = BTreeMap::new();
    loop {
        let frame = match read(&socket) {
            Ok(frame) => frame,
            Err(error) if is_timeout(&error) => continue,
            // An interface went down: frames of the others still come.
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ENETDOWN as i32) => continue,
            Err(error) => return Err(error),
        };
        let Some((ip, mac)) = ArpPacket::read(&frame).and_then(|packet| conflict(&packet, &is_served)) else { continue };
        // Interfaces come and go: the list of own addresses is that of this moment.
        if own_macs()?.contains(&mac) || told.get(&ip).is_some_and(|at| at.elapsed() < CONFLICT_EVERY) {
            continue;
        }
        told.insert(ip, Instant::now());
        if !report(NetdMessage::Conflict { ip: ip.into(), mac }) {
            return Ok(());
        }
    }
}

/// The served address that the sender of this packet uses.
fn conflict(packet: &ArpPacket, is_served: impl Fn(IpAddr) -> bool) -> Option<(Ipv4Addr, Mac)> {
    is_served(packet.sender_ip.into()).then_some((packet.sender_ip, packet.sender))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arp::{announcements, probe};

    #[test]
    fn only_a_user_of_a_served_address_is_a_conflict() {
        let other = Mac([2, 0, 0, 0, 0, 2]);
        let (ours, theirs) = (Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(192, 0, 2, 7));
        let rows = [
            (announcements(other, ours)[0], Some((ours, other))),
            (announcements(other, ours)[1], Some((ours, other))),
            (announcements(other, theirs)[0], None),
            // A probe asks; our answer defends the address.
            (probe(other, ours), None),
        ];
        for (at, (frame, expected)) in rows.into_iter().enumerate() {
            let packet = ArpPacket::read(&frame).expect("an ARP packet");
            assert_eq!(conflict(&packet, |ip| ip == IpAddr::V4(ours)), expected, "row {at}");
        }
    }
}
