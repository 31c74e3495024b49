//! Neighbour discovery for IPv6 (RFC 4861): the question for an address, and the announcement of one.

use std::net::Ipv6Addr;

use crate::address::Mac;

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const SOURCE_ADDRESS: u8 = 1;
const TARGET_ADDRESS: u8 = 2;
/// Replaces a known hardware address (RFC 4861 §4.4).
const OVERRIDE: u8 = 0x20;
/// All nodes of the link.
pub(crate) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// The group that a device with this address listens to (RFC 4291 §2.7.1).
pub(crate) fn solicited_node(ip: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = ip.octets();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), u16::from(b) << 8 | u16::from(c))
}

fn message(kind: u8, flags: u8, target: Ipv6Addr, option: (u8, Mac)) -> [u8; 32] {
    let mut message = [0; 32];
    (message[0], message[4]) = (kind, flags);
    message[8..24].copy_from_slice(&target.octets());
    (message[24], message[25]) = (option.0, 1);
    message[26..].copy_from_slice(&option.1.0);
    message
}

/// Asks who has the address. The kernel adds the checksum.
pub(crate) fn solicitation(ip: Ipv6Addr, mac: Mac) -> [u8; 32] {
    message(SOLICITATION, 0, ip, (SOURCE_ADDRESS, mac))
}

/// Tells all nodes that the address is here (RFC 4861 §7.2.6).
pub(crate) fn advertisement(ip: Ipv6Addr, mac: Mac) -> [u8; 32] {
    message(ADVERTISEMENT, OVERRIDE, ip, (TARGET_ADDRESS, mac))
}

/// The address and the device of an advertisement. `None` for any other message, and without the option that names the device.
pub(crate) fn advertised(message: &[u8]) -> Option<(Ipv6Addr, Mac)> {
    if message.first() != Some(&ADVERTISEMENT) || message.len() < 24 {
        return None;
    }
    let target: [u8; 16] = message[8..24].try_into().ok()?;
    let mut options = &message[24..];
    while let [kind, units, ..] = *options {
        let option = options.get(..usize::from(units) * 8).filter(|option| !option.is_empty())?;
        if kind == TARGET_ADDRESS && units == 1 {
            return Some((target.into(), Mac(option[2..8].try_into().ok()?)));
        }
        options = &options[option.len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0xaa, 0xbbcc, 0xddee);
    const MAC: Mac = Mac([2, 0, 0, 0, 0, 7]);

    #[test]
    fn group_has_the_last_three_bytes() {
        assert_eq!(solicited_node(IP).to_string(), "ff02::1:ffcc:ddee");
    }

    #[test]
    fn advertisement_is_read_back_and_rubbish_is_not() {
        let good = advertisement(IP, MAC);
        assert_eq!(advertised(&good), Some((IP, MAC)));
        assert_eq!(advertised(&solicitation(IP, MAC)), None);
        for length in 0..good.len() {
            assert_eq!(advertised(&good[..length]), None, "{length} bytes");
        }
        let mut endless = good;
        endless[25] = 0;
        assert_eq!(advertised(&endless), None, "an option without length");
        let nonce_first = [&good[..24], &[14, 1, 0, 0, 0, 0, 0, 0], &good[24..]].concat();
        assert_eq!(advertised(&nonce_first), Some((IP, MAC)));
    }
}
