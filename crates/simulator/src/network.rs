//! The virtual network: two nodes and a gateway with the test IPs on one switch.

use model::failover::PairMember;

/// A port of the switch, with a separate fault for each direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Port {
    pub(crate) sends: bool,
    pub(crate) receives: bool,
}

impl Port {
    pub(crate) const GOOD: Self = Self { sends: true, receives: true };
    pub(crate) const DOWN: Self = Self { sends: false, receives: false };
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkHost {
    Node(PairMember),
    Gateway,
}

#[derive(Clone, Debug)]
pub(crate) struct SimulatedNetwork {
    pub(crate) nodes: [Port; 2],
    pub(crate) gateway: Port,
    pub(crate) switch: bool,
    /// Cuts between the two nodes alone, by the sender. No fault of one device does this (N1).
    pub(crate) cuts: [bool; 2],
    /// Lost packets of a thousand.
    pub(crate) loss: u64,
}

impl SimulatedNetwork {
    pub(crate) const GOOD: Self = Self { nodes: [Port::GOOD; 2], gateway: Port::GOOD, switch: true, cuts: [false; 2], loss: 0 };

    fn port(&self, host: NetworkHost) -> Port {
        match host {
            NetworkHost::Node(member) => self.nodes[member as usize],
            NetworkHost::Gateway => self.gateway,
        }
    }

    /// True if a packet from one host reaches the other.
    pub(crate) fn carries(&self, from: NetworkHost, to: NetworkHost) -> bool {
        let is_cut = match (from, to) {
            (NetworkHost::Node(sender), NetworkHost::Node(_)) => self.cuts[sender as usize],
            _ => false,
        };
        self.switch && !is_cut && self.port(from).sends && self.port(to).receives
    }

    /// True if both directions work.
    pub(crate) fn connects(&self, one: NetworkHost, other: NetworkHost) -> bool {
        self.carries(one, other) && self.carries(other, one)
    }
}
