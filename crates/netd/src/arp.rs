//! ARP frames over Ethernet (RFC 826), for the check before use and the announcement (RFC 5227).

use std::net::Ipv4Addr;

use crate::address::Mac;

/// The protocol number in an Ethernet frame.
pub(crate) const ETHERTYPE: u16 = 0x0806;
/// Length of a frame without padding: Ethernet header and ARP packet.
const FRAME: usize = 42;
const BROADCAST: [u8; 6] = [0xff; 6];
/// Ethernet, IPv4, and the lengths of their addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: u8 = 1;
const REPLY: u8 = 2;

/// The sender and the target of an ARP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArpPacket {
    pub(crate) sender: Mac,
    /// `0.0.0.0` in a probe: the sender does not use the address yet.
    pub(crate) sender_ip: Ipv4Addr,
    pub(crate) target_ip: Ipv4Addr,
}

impl ArpPacket {
    /// Reads a frame. `None` if it is no ARP packet of Ethernet and IPv4.
    pub(crate) fn read(frame: &[u8]) -> Option<Self> {
        let frame: &[u8; FRAME] = frame.get(..FRAME)?.try_into().ok()?;
        let is_arp = frame[12..14] == ETHERTYPE.to_be_bytes() && frame[14..20] == KIND && frame[20] == 0;
        if !is_arp || !matches!(frame[21], REQUEST | REPLY) {
            return None;
        }
        let ip = |at: usize| Ipv4Addr::new(frame[at], frame[at + 1], frame[at + 2], frame[at + 3]);
        let sender = frame[22..28].try_into().map(Mac).ok()?;
        Some(Self { sender, sender_ip: ip(28), target_ip: ip(38) })
    }

    /// True if another device than `own` uses this address, or is about to.
    pub(crate) fn claims(&self, ip: Ipv4Addr, own: &[Mac]) -> bool {
        let uses = self.sender_ip == ip;
        let probes = self.sender_ip.is_unspecified() && self.target_ip == ip;
        (uses || probes) && !own.contains(&self.sender)
    }
}

fn frame(operation: u8, sender: (Mac, Ipv4Addr), target: ([u8; 6], Ipv4Addr)) -> [u8; FRAME] {
    let mut frame = [0; FRAME];
    frame[..6].copy_from_slice(&BROADCAST);
    frame[6..12].copy_from_slice(&sender.0.0);
    frame[12..14].copy_from_slice(&ETHERTYPE.to_be_bytes());
    frame[14..20].copy_from_slice(&KIND);
    frame[21] = operation;
    frame[22..28].copy_from_slice(&sender.0.0);
    frame[28..32].copy_from_slice(&sender.1.octets());
    frame[32..38].copy_from_slice(&target.0);
    frame[38..].copy_from_slice(&target.1.octets());
    frame
}

/// A probe: asks who has the address, without using it (RFC 5227 §1.1).
pub(crate) fn probe(mac: Mac, ip: Ipv4Addr) -> [u8; FRAME] {
    frame(REQUEST, (mac, Ipv4Addr::UNSPECIFIED), ([0; 6], ip))
}

/// The two forms of an announcement: some devices take a new address from a request only, others from a reply only (RFC 5227 §3).
pub(crate) fn announcements(mac: Mac, ip: Ipv4Addr) -> [[u8; FRAME]; 2] {
    [frame(REQUEST, (mac, ip), ([0; 6], ip)), frame(REPLY, (mac, ip), (BROADCAST, ip))]
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const IP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);

    #[test]
    fn probe_has_the_bytes_of_rfc_5227() {
        let bytes = probe(OWN, IP);
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (ethernet, kind, target) = ("ffffffffffff0200000000010806", "0001080006040001", "000000000000c0000264");
        assert_eq!(text, [ethernet, kind, "020000000001", "00000000", target].concat());
        assert_eq!(ArpPacket::read(&bytes), Some(ArpPacket { sender: OWN, sender_ip: Ipv4Addr::UNSPECIFIED, target_ip: IP }));
    }

    #[test]
    fn packet_claims_an_address_if_another_device_uses_it() {
        let [request, reply] = announcements(OTHER, IP);
        let elsewhere = frame(REQUEST, (OTHER, Ipv4Addr::new(192, 0, 2, 7)), ([0; 6], IP));
        let rows = [
            (request, true),
            (reply, true),
            (probe(OTHER, IP), true),
            (probe(OWN, IP), false),
            (announcements(OWN, IP)[0], false),
            // A client that asks for the address does not use it.
            (elsewhere, false),
            (probe(OTHER, Ipv4Addr::new(192, 0, 2, 101)), false),
        ];
        for (at, (frame, expected)) in rows.into_iter().enumerate() {
            let packet = ArpPacket::read(&frame).expect("an ARP packet");
            assert_eq!(packet.claims(IP, &[OWN]), expected, "row {at}");
        }
    }

    #[test]
    fn rubbish_is_no_packet() {
        let good = probe(OTHER, IP);
        for at in [12, 14, 16, 18, 19, 20, 21] {
            let mut bad = good;
            bad[at] ^= 0x40;
            assert_eq!(ArpPacket::read(&bad), None, "byte {at}");
        }
        for length in 0..good.len() {
            assert_eq!(ArpPacket::read(&good[..length]), None, "{length} bytes");
        }
        let padded: Vec<u8> = good.into_iter().chain([0; 18]).collect();
        assert!(ArpPacket::read(&padded).is_some(), "Ethernet pads a short frame");
    }
}
