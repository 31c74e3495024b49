//! The addresses of this machine, with the length of their networks.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;

/// Addresses at which the other node could reach this one. Leaves out loopback, link-local IPv6 and what cannot be read.
pub(crate) fn own_addresses() -> Vec<(IpAddr, u8)> {
    let all = match getifaddrs() {
        Ok(all) => all,
        Err(error) => {
            tracing::error!(%error, "the addresses of this machine cannot be read");
            return Vec::new();
        }
    };
    let found = all.filter_map(|interface| {
        let address = interface.address?;
        let mask = interface.netmask;
        if let Some(v4) = address.as_sockaddr_in() {
            let length = mask.and_then(|mask| Some(mask.as_sockaddr_in()?.ip().to_bits().count_ones()));
            return Some((IpAddr::V4(v4.ip()), length));
        }
        let length = mask.and_then(|mask| Some(mask.as_sockaddr_in6()?.ip().to_bits().count_ones()));
        Some((IpAddr::V6(address.as_sockaddr_in6()?.ip()), length))
    });
    let is_reachable = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => !v4.is_loopback(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    found.filter(|(ip, _)| is_reachable(ip)).filter_map(|(ip, length)| Some((ip, u8::try_from(length?).ok()?))).collect()
}
