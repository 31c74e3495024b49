//! What happens without a request: changes of links and addresses, and other devices that use an address of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
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
/// Wait for a frame, after which the list of own hardware addresses is read again.
const ARP_WAIT: Duration = Duration::from_secs(5);

/// The addresses that this node serves now.
pub(crate) type Served = Arc<Mutex<BTreeSet<IpAddr>>>;

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
pub(crate) fn conflicts(served: &Served, report: impl Fn(NetdMessage) -> bool) -> io::Result<()> {
    let socket = arp_socket(ARP_WAIT)?;
    let mut own = own_macs()?;
    let mut told: BTreeMap<Ipv4Addr, Instant> = BTreeMap::new();
    loop {
        let frame = match read(&socket) {
            Ok(frame) => frame,
            Err(error) if is_timeout(&error) => {
                own = own_macs()?;
                continue;
            }
            // An interface went down: frames of the others still come.
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ENETDOWN as i32) => continue,
            Err(error) => return Err(error),
        };
        let Some((ip, mac)) = conflict(&frame, served, &own) else { continue };
        if told.get(&ip).is_some_and(|at| at.elapsed() < CONFLICT_EVERY) {
            continue;
        }
        told.insert(ip, Instant::now());
        if !report(NetdMessage::Conflict { ip: ip.into(), mac }) {
            return Ok(());
        }
    }
}

/// The served address that another device uses, by this frame.
fn conflict(frame: &[u8], served: &Served, own: &[Mac]) -> Option<(Ipv4Addr, Mac)> {
    let packet = ArpPacket::read(frame)?;
    let served = served.lock().unwrap_or_else(PoisonError::into_inner);
    let is_served = served.contains(&IpAddr::V4(packet.sender_ip));
    (is_served && packet.claims(packet.sender_ip, own)).then_some((packet.sender_ip, packet.sender))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arp::{announcements, probe};

    #[test]
    fn only_another_user_of_a_served_address_is_a_conflict() {
        let (own, other) = (Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2]));
        let (ours, theirs) = (Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(192, 0, 2, 7));
        let served: Served = Arc::new(Mutex::new(BTreeSet::from([ours.into()])));
        let rows = [
            (announcements(other, ours)[0], Some((ours, other))),
            (announcements(other, ours)[1], Some((ours, other))),
            (announcements(own, ours)[0], None),
            (announcements(other, theirs)[0], None),
            // A probe asks; our answer defends the address.
            (probe(other, ours), None),
        ];
        for (at, (frame, expected)) in rows.into_iter().enumerate() {
            assert_eq!(conflict(&frame, &served, &[own]), expected, "row {at}");
        }
    }
}
