//! A network: an address and how many of its bits count.

use std::net::IpAddr;
use std::str::FromStr;

/// As `192.0.2.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// Not a network.
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
    /// Whether the address lies in it; an IPv4 address in its IPv6 form is the same address.
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
    fn an_address_lies_in_its_network_and_in_no_other() {
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
