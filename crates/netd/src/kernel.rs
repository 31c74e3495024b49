//! Links and addresses of the kernel, over rtnetlink (rtnetlink(7)).

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage, AddressProtocol, AddressScope, CacheInfo};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage, State};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use rustix::net::sockopt::{Timeout, set_socket_timeout};

use crate::address::{Mac, PlacedIp};
use crate::protocol::{KernelAddress, KernelLink, NetdFault, NetworkSnapshot, OperState};

/// `IFA_PROTO` of our addresses: who has set them. The kernel knows it since Linux 5.18.
const TAG: u8 = 0x54;
/// End of the label of our IPv4 addresses: the tag of older kernels.
const LABEL: &str = ":postwacht";
/// Longest label (`IFNAMSIZ` less its end).
const LABEL_MAX: usize = 15;
/// Longest wait for an answer of the kernel.
const WAIT: Duration = Duration::from_secs(2);
/// Most tries of a dump.
const DUMPS_MAX: u32 = 5;
/// `ifa_valid` of an address without end.
const FOREVER: u32 = u32::MAX;

/// A socket to the kernel for requests.
pub(crate) struct Kernel {
    socket: Socket,
    sequence: u32,
}

impl Kernel {
    pub(crate) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        set_socket_timeout(socket.as_fd(), Timeout::Recv, Some(WAIT))?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Everything that the kernel has now. A dump that the kernel had to interrupt is made again.
    pub(crate) fn snapshot(&mut self) -> io::Result<NetworkSnapshot> {
        for _ in 1..DUMPS_MAX {
            match self.dump() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
        self.dump()
    }

    fn dump(&mut self) -> io::Result<NetworkSnapshot> {
        let flags = NLM_F_REQUEST | NLM_F_DUMP;
        let links = self.ask(RouteNetlinkMessage::GetLink(LinkMessage::default()), flags)?;
        let addresses = self.ask(RouteNetlinkMessage::GetAddress(AddressMessage::default()), flags)?;
        let link = |message| if let RouteNetlinkMessage::NewLink(link) = message { link_of(&link) } else { None };
        let address = |message| if let RouteNetlinkMessage::NewAddress(address) = message { address_of(&address) } else { None };
        Ok(NetworkSnapshot {
            links: links.into_iter().filter_map(link).collect(),
            addresses: addresses.into_iter().filter_map(address).collect(),
        })
    }

    /// Sets an address with a lifetime of whole seconds, or renews it.
    pub(crate) fn set(&mut self, placed: &PlacedIp, seconds: u32) -> Result<(), NetdFault> {
        let snapshot = self.snapshot().map_err(|error| NetdFault::system("the addresses cannot be read", &error))?;
        let link = snapshot.link(&placed.interface);
        let link = link.ok_or_else(|| NetdFault::NoInterface { interface: placed.interface.clone() })?;
        if snapshot.addresses.iter().any(|known| known.ip == placed.ip && !known.is_ours) {
            return Err(NetdFault::OwnAddress { ip: placed.ip });
        }
        let failed = |error: io::Error| NetdFault::system(format!("{} cannot be set", placed.ip), &error);
        let request = RouteNetlinkMessage::NewAddress(message_of(placed, link.index, seconds));
        let flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
        self.ask(request, flags).map_err(failed)?;
        let untagged =
            self.snapshot().map_err(failed)?.addresses.into_iter().find(|known| known.ip == placed.ip && !known.is_ours);
        match untagged {
            None => Ok(()),
            Some(address) => {
                self.remove(&address).map_err(failed)?;
                Err(NetdFault::NoTag { ip: placed.ip })
            }
        }
    }

    /// Removes every address of ours. Fails if one is left.
    pub(crate) fn remove_all(&mut self) -> io::Result<()> {
        self.remove_others(&[])
    }

    /// Removes every address of ours that is not one of these, on its interface. Fails if one is left.
    pub(crate) fn remove_others(&mut self, kept: &[PlacedIp]) -> io::Result<()> {
        let is_other = |snapshot: &NetworkSnapshot, address: &KernelAddress| {
            let link = |placed: &PlacedIp| snapshot.link(&placed.interface).map(|link| link.index);
            !kept.iter().any(|placed| placed.ip == address.ip && link(placed) == Some(address.link))
        };
        let before = self.snapshot()?;
        let mut failed = None;
        for address in before.ours().filter(|address| is_other(&before, address)) {
            // All are tried. Its lifetime may have ended meanwhile, or its interface is gone: then it is not there.
            failed = self.remove(address).err().or(failed);
        }
        let after = self.snapshot()?;
        let left = after.ours().find(|address| is_other(&after, address)).map(|address| address.ip);
        match (left, failed) {
            (None, _) => Ok(()),
            (Some(_), Some(error)) => Err(error),
            (Some(ip), None) => Err(io::Error::other(format!("{ip} is still there"))),
        }
    }

    fn remove(&mut self, address: &KernelAddress) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = family(address.ip);
        message.header.prefix_len = address.prefix_len;
        message.header.index = address.link;
        message.attributes.push(AddressAttribute::Local(address.ip));
        self.ask(RouteNetlinkMessage::DelAddress(message), NLM_F_REQUEST | NLM_F_ACK).map(drop)
    }

    /// Sends a request and returns the messages of its answer.
    fn ask(&mut self, request: RouteNetlinkMessage, flags: u16) -> io::Result<Vec<RouteNetlinkMessage>> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = NetlinkMessage::from(request);
        (message.header.flags, message.header.sequence_number) = (flags, self.sequence);
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.socket.send(&bytes, 0)?;
        let (mut found, mut is_whole) = (Vec::new(), true);
        loop {
            let (packet, _) = self.socket.recv_from_full()?;
            for message in messages(&packet) {
                let message = message?;
                // The answer to an earlier request that was given up.
                if message.header.sequence_number != self.sequence {
                    continue;
                }
                // A dump that other changes have interrupted is not whole (netlink(7)).
                is_whole &= message.header.flags & NLM_F_DUMP_INTR == 0;
                match message.payload {
                    NetlinkPayload::InnerMessage(inner) => found.push(inner),
                    NetlinkPayload::Done(done) if done.code < 0 => return Err(io::Error::from_raw_os_error(-done.code)),
                    NetlinkPayload::Done(_) if !is_whole => return Err(io::ErrorKind::Interrupted.into()),
                    NetlinkPayload::Done(_) => return Ok(found),
                    NetlinkPayload::Error(error) => {
                        return error.code.map_or(Ok(found), |code| Err(io::Error::from_raw_os_error(-code.get())));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The messages of a packet.
fn messages(packet: &[u8]) -> impl Iterator<Item = io::Result<NetlinkMessage<RouteNetlinkMessage>>> {
    let mut rest = packet;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let message = match NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest) {
            Ok(message) => message,
            Err(error) => {
                rest = &[];
                return Some(Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())));
            }
        };
        // Messages begin at multiples of four bytes (netlink(7)).
        let length = usize::try_from(message.header.length).unwrap_or(usize::MAX).next_multiple_of(4);
        rest = rest.get(length.max(4)..).unwrap_or_default();
        Some(Ok(message))
    })
}

fn family(ip: IpAddr) -> AddressFamily {
    if ip.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

fn message_of(placed: &PlacedIp, link: u32, seconds: u32) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(placed.ip);
    message.header.prefix_len = placed.prefix_len();
    message.header.scope = AddressScope::Universe;
    message.header.index = link;
    let mut lifetime = CacheInfo::default();
    // Own connections must not begin at a shared address: they would break when it goes. IPv6 would prefer it (RFC 6724 §5).
    (lifetime.ifa_valid, lifetime.ifa_preferred) = (seconds, if placed.ip.is_ipv6() { 0 } else { seconds });
    message.attributes = vec![
        AddressAttribute::Local(placed.ip),
        AddressAttribute::Address(placed.ip),
        AddressAttribute::CacheInfo(lifetime),
        AddressAttribute::Protocol(AddressProtocol::Other(TAG)),
    ];
    if placed.ip.is_ipv6() {
        // The check before use is ours (RFC 4862 §5.4 would delay the address).
        message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
    } else {
        let label = format!("{}{LABEL}", placed.interface);
        message.attributes.extend((label.len() <= LABEL_MAX).then_some(AddressAttribute::Label(label)));
    }
    message
}

fn link_of(message: &LinkMessage) -> Option<KernelLink> {
    let mut link = KernelLink {
        index: message.header.index,
        name: String::new(),
        mac: None,
        is_on: message.header.flags.contains(LinkFlags::Up),
        state: OperState::Unknown,
    };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Address(bytes) => link.mac = bytes.as_slice().try_into().ok().map(Mac),
            LinkAttribute::OperState(state) => {
                link.state = match state {
                    State::Up => OperState::Up,
                    State::Unknown => OperState::Unknown,
                    _ => OperState::Down,
                }
            }
            _ => {}
        }
    }
    (!link.name.is_empty()).then_some(link)
}

fn address_of(message: &AddressMessage) -> Option<KernelAddress> {
    let (mut local, mut address, mut is_ours, mut valid) = (None, None, false, FOREVER);
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(ip) => local = Some(*ip),
            AddressAttribute::Address(ip) => address = Some(*ip),
            AddressAttribute::Protocol(AddressProtocol::Other(TAG)) => is_ours = true,
            AddressAttribute::Label(label) => is_ours |= label.ends_with(LABEL),
            AddressAttribute::CacheInfo(info) => valid = info.ifa_valid,
            _ => {}
        }
    }
    Some(KernelAddress {
        // On a point-to-point link, the address is that of the other side.
        ip: local.or(address)?,
        prefix_len: message.header.prefix_len,
        link: message.header.index,
        is_ours,
        valid_s: (valid != FOREVER).then_some(valid),
    })
}
