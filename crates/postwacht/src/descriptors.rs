//! Raises the soft limit of file descriptors up to the hard limit and divides it by purpose. Callers that hold connections
//! open cannot take the descriptors of delivery and of the control socket.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use web::ConnectionBounds;

/// Bound on the raised limit. The listeners hold fewer connections than this.
const USEFUL: u64 = 8192;
/// The node warns of a limit below this, and starts.
const TIGHT: u64 = 256;
/// Descriptors for the store and its readers, the log, the runtime, and calls to webhooks, heartbeat and token endpoints.
const FIXED: u64 = 96;
/// Descriptors for connections to relays and sockets of the resolver.
const DELIVERIES: u64 = 256;
/// Descriptors for the control socket: an administrator's scripts may run many commands at once.
const CONTROL: u64 = 160;
/// Most descriptors for one of the other listeners: submit socket, pages and API.
const ENTRY: u64 = 1024;

/// Connection limits of each listener, in total and per peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    pub(crate) control: ConnectionBounds,
    pub(crate) submit: ConnectionBounds,
    pub(crate) site: ConnectionBounds,
}

pub(crate) fn divide() -> Division {
    let limit = raise();
    if limit < TIGHT {
        tracing::warn!(limit, "this process may open only {limit} files: raise the limit (LimitNOFILE=, ulimit -n)");
    }
    division(limit)
}

/// Raises the soft limit as far as is useful and allowed. Returns the limit in force.
fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` means unlimited.
    let (soft, hard) = (current.unwrap_or(USEFUL), maximum.unwrap_or(USEFUL));
    let wanted = hard.min(USEFUL);
    if soft >= wanted {
        return soft;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, soft, "the limit of open files cannot be raised");
            soft
        }
    }
}

fn division(limit: u64) -> Division {
    let deliveries = DELIVERIES.min(limit / 4);
    let control = CONTROL.min(limit / 6);
    let entry = (limit.saturating_sub(FIXED + deliveries + control) / 2).clamp(4, ENTRY);
    // A quarter more is reserved for a listener: connections that wait for a place.
    let bounds = |descriptors: u64, peers: usize| {
        let connections = usize::try_from(descriptors / 5 * 4).unwrap_or(usize::MAX).max(4);
        ConnectionBounds { connections, of_one_peer: (connections / peers).max(2) }
    };
    Division { control: bounds(control, 4), submit: bounds(entry, 2), site: bounds(entry, 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_leave_descriptors_for_delivery_and_control() {
        for limit in [256, 512, 1024, 4096, 65_536] {
            let Division { control, submit, site } = division(limit);
            let all = [control, submit, site].map(|bounds| bounds.connections);
            let taken = all.iter().map(|connections| connections * 5 / 4).sum::<usize>() as u64;
            assert!(taken + FIXED + DELIVERIES.min(limit / 4) <= limit, "{limit}: {taken}");
            assert!(all.iter().all(|connections| *connections >= 12), "{limit}: {all:?}");
        }
        let bounds = |connections, of_one_peer| ConnectionBounds { connections, of_one_peer };
        let entries = |limit| (division(limit).control, division(limit).submit, division(limit).site);
        assert_eq!(entries(1024), (bounds(128, 32), bounds(204, 102), bounds(204, 51)));
        assert_eq!(entries(1 << 20), (bounds(128, 32), bounds(816, 408), bounds(816, 204)));
        assert_eq!(entries(20), (bounds(4, 2), bounds(4, 2), bounds(4, 2)));
    }
}
