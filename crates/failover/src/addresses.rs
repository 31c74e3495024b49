//! The addresses of this machine, with their interfaces and the length of their networks.

use std::net::IpAddr;

use model::failover::NodeAddresses;
use nix::ifaddrs::getifaddrs;

/// An address of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    pub interface: String,
    pub ip: IpAddr,
    /// Bits of the network.
    pub length: u8,
}

/// Addresses at which the other node could reach this one. Leaves out loopback, link-local IPv6 and what cannot be read.
pub(crate) fn own_addresses() -> Vec<(IpAddr, u8)> {
    machine_addresses().into_iter().map(|own| (own.ip, own.length)).collect()
}

/// The interface in whose network an address lies. `None`: it lies in no network of this machine.
pub(crate) fn interface_of(ip: IpAddr) -> Option<String> {
    let has = |own: &OwnAddress| NodeAddresses { unique: vec![(own.ip, own.length)] }.has_network_of(ip);
    machine_addresses().into_iter().find(|own| own.ip != ip && has(own)).map(|own| own.interface)
}

/// The addresses of this machine, with those that the network helper has put there. Leaves out what [`own_addresses`] leaves out.
pub fn machine_addresses() -> Vec<OwnAddress> {
    let all = match getifaddrs() {
        Ok(all) => all,
        Err(error) => {
            tracing::error!(%error, "the addresses of this machine cannot be read");
            return Vec::new();
        }
    };
    let found = all.filter_map(|interface| {
        let (address, mask) = (interface.address?, interface.netmask?);
        let (ip, ones) = match address.as_sockaddr_in() {
            Some(v4) => (IpAddr::V4(v4.ip()), mask.as_sockaddr_in()?.ip().to_bits().count_ones()),
            None => (IpAddr::V6(address.as_sockaddr_in6()?.ip()), mask.as_sockaddr_in6()?.ip().to_bits().count_ones()),
        };
        // An address with a label is told under the label, which begins with the interface: `eth0:postwacht`.
        let name = interface.interface_name.split(':').next().unwrap_or_default().to_owned();
        Some(OwnAddress { interface: name, ip, length: u8::try_from(ones).ok()? })
    });
    let is_reachable = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => !v4.is_loopback(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    found.filter(|own| is_reachable(&own.ip)).collect()
}
