//! A network: an address and the number of significant bits.

use std::net::IpAddr;
use std::str::FromStr;

/// Written as `192.0.2.0/24`, `2001:db8::/32`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// The text is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network such as 192.0.2.0/24")]
pub struct NotNetwork;

impl FromStr for Network {
    type Err = NotNetwork;

    fn from_str(text: &str) -> Result<Self, NotNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| NotNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(longest), str::parse).map_err(|_| NotNetwork)?;
        if bits > longest { Err(NotNetwork) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// True if the network contains the address. An IPv4-mapped IPv6 address counts as its IPv4 address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= self.bits,
            (IpAddr::V6(own), IpAddr::V6(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= self.bits,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_contained_only_in_its_network() {
        let lies =
            |network: &str, ip: &str| network.parse::<Network>().expect("a network").contains(ip.parse().expect("an address"));
        assert!(lies("10.0.0.0/8", "10.1.2.3") && lies("10.0.0.0/8", "::ffff:10.1.2.3") && lies("0.0.0.0/0", "192.0.2.1"));
        assert!(lies("2001:db8::/32", "2001:db8::1") && lies("192.0.2.1", "192.0.2.1"));
        assert!(!lies("10.0.0.0/8", "11.0.0.1") && !lies("192.0.2.1", "192.0.2.2") && !lies("0.0.0.0/0", "::1"));
        for bad in ["", "10.0.0.0/33", "host", "10.0.0.0/x", "::1/129"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
