//! A shared IP and the interface that carries it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A hardware address (IEEE 802).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

impl FromStr for Mac {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "not a hardware address such as 02:00:5e:10:00:01";
        let parts: Vec<&str> = text.split(':').collect();
        let is_byte = |part: &&&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
        let bytes = parts.iter().map(|part| Some(part).filter(is_byte).and_then(|part| u8::from_str_radix(part, 16).ok()));
        let bytes: Option<Vec<u8>> = bytes.collect();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(FORM)
    }
}

impl TryFrom<String> for Mac {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A shared IP, and the name of the interface that carries it on this node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlacedIp {
    pub ip: IpAddr,
    pub interface: String,
}

/// The reason why an address cannot be a shared IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceFault {
    #[error("it is no address of one host")]
    NotOneHost,
    #[error("it is the address of every machine itself")]
    Loopback,
    #[error("it is an address of one link only")]
    LinkLocal,
    #[error("an IPv4 address in IPv6 form: enter it as IPv4")]
    Mapped,
    #[error("not the name of an interface")]
    Interface,
}

/// Longest name of an interface (`IFNAMSIZ` less its end).
const INTERFACE_MAX: usize = 15;

impl PlacedIp {
    /// Checks what does not depend on the machine.
    pub fn check(&self) -> Result<(), PlaceFault> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= INTERFACE_MAX
                && name.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b':')
        };
        match self.ip {
            ip if ip.is_loopback() => Err(PlaceFault::Loopback),
            ip if ip.is_multicast() || ip.is_unspecified() => Err(PlaceFault::NotOneHost),
            IpAddr::V4(ip) if ip.is_broadcast() || ip.octets()[0] == 0 => Err(PlaceFault::NotOneHost),
            IpAddr::V4(ip) if ip.is_link_local() => Err(PlaceFault::LinkLocal),
            IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => Err(PlaceFault::Mapped),
            IpAddr::V6(ip) if ip.is_unicast_link_local() => Err(PlaceFault::LinkLocal),
            IpAddr::V4(_) | IpAddr::V6(_) if !is_name(&self.interface) => Err(PlaceFault::Interface),
            IpAddr::V4(_) | IpAddr::V6(_) => Ok(()),
        }
    }

    /// The length of the prefix: the address alone. A longer network would go with the static address of the interface.
    pub(crate) fn prefix_len(&self) -> u8 {
        if self.ip.is_ipv4() { 32 } else { 128 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_one_host_can_be_shared() {
        use PlaceFault as F;
        let rows = [
            ("192.0.2.100", "eth0", Ok(())),
            ("2001:db8::100", "enp0s31f6", Ok(())),
            ("fd00::1", "bond0.7", Ok(())),
            ("10.0.0.255", "br-lan", Ok(())),
            ("127.0.0.1", "eth0", Err(F::Loopback)),
            ("::1", "eth0", Err(F::Loopback)),
            ("0.0.0.0", "eth0", Err(F::NotOneHost)),
            ("0.1.2.3", "eth0", Err(F::NotOneHost)),
            ("::", "eth0", Err(F::NotOneHost)),
            ("224.0.0.1", "eth0", Err(F::NotOneHost)),
            ("ff02::1", "eth0", Err(F::NotOneHost)),
            ("255.255.255.255", "eth0", Err(F::NotOneHost)),
            ("169.254.1.1", "eth0", Err(F::LinkLocal)),
            ("fe80::1", "eth0", Err(F::LinkLocal)),
            ("::ffff:192.0.2.1", "eth0", Err(F::Mapped)),
            ("192.0.2.100", "", Err(F::Interface)),
            ("192.0.2.100", "a/b", Err(F::Interface)),
            ("192.0.2.100", "eth0:1", Err(F::Interface)),
            ("192.0.2.100", "sixteen-letters-", Err(F::Interface)),
            ("192.0.2.100", "with space", Err(F::Interface)),
        ];
        for (ip, interface, expected) in rows {
            let placed = PlacedIp { ip: ip.parse().expect("an address"), interface: interface.into() };
            assert_eq!(placed.check(), expected, "{ip} {interface}");
        }
    }

    #[test]
    fn hardware_address_is_read_as_it_is_written() {
        let mac = Mac([2, 0, 0x5e, 0x10, 0, 0xff]);
        assert_eq!((mac.to_string().as_str(), mac.to_string().parse()), ("02:00:5e:10:00:ff", Ok(mac)));
        for text in ["", "02:00:5e:10:00", "02:00:5e:10:00:ff:01", "2:0:5e:10:0:ff", "02-00-5e-10-00-ff", "02:00:5e:10:00:+f"] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}
