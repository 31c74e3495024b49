//! A virtual machine: a core, its disk, its kernel, its clock.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use model::failover::{Ballot, BootTime, Durable, PairState, SharedIpSeen};

/// Real time of the simulation, in milliseconds.
pub(crate) type Real = u64;

#[derive(Clone)]
pub(crate) struct SimulatedNode {
    /// `None`: the process does not run.
    pub(crate) core: Option<PairState>,
    pub(crate) disk: Durable,
    /// Shared addresses in the kernel, with the end of their lifetime in real time.
    pub(crate) kernel: BTreeMap<IpAddr, Real>,
    pub(crate) token: Option<(Ballot, BootTime)>,
    pub(crate) serves: bool,
    /// Rate of the clock in parts of a thousand, and its time at the start.
    pub(crate) rate: u64,
    pub(crate) offset: u64,
    /// Until when the process is stopped, or down.
    pub(crate) paused_until: Real,
    /// Number of the present process: messages to an earlier one are lost.
    pub(crate) incarnation: u64,
    pub(crate) disk_fails: bool,
    pub(crate) is_sick: bool,
}

impl SimulatedNode {
    pub(crate) fn clock(&self, real: Real) -> BootTime {
        BootTime(self.offset + real * self.rate / 1000)
    }

    /// Sets an address. The kernel counts whole seconds, and may drop an address up to a second late.
    pub(crate) fn set_address(&mut self, ip: IpAddr, lifetime: Duration, real: Real) {
        let seconds = lifetime.as_secs().max(1);
        let late = 1000;
        self.kernel.insert(ip, real + (seconds * 1000 + late) * 1000 / self.rate);
    }

    pub(crate) fn expire(&mut self, real: Real) {
        self.kernel.retain(|_, end| *end > real);
    }

    /// True while this machine may answer for the site: an address in its kernel, or a valid token of its services.
    pub(crate) fn is_effective(&self, real: Real) -> bool {
        let has_address = self.kernel.values().any(|end| *end > real);
        let has_token = self.serves && self.token.is_some_and(|(_, until)| self.clock(real) < until);
        has_address || has_token
    }

    /// The kernel's view, as the helper reports it.
    pub(crate) fn seen(&self, shared: &[IpAddr]) -> Vec<SharedIpSeen> {
        let seen = |ip: &IpAddr| SharedIpSeen {
            ip: *ip,
            interface: Some("eth0".into()),
            fault: None,
            is_present: self.kernel.contains_key(ip),
        };
        shared.iter().map(seen).collect()
    }
}
