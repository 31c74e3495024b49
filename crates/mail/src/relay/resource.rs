//! Maps the error number of a failed connection to the resource that this machine lacks. The relay is not blamed then.

use std::io;

use rustix::io::Errno;
use smtp::client::Resource;

/// The step of a connection that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectStep {
    /// socket(2).
    Socket,
    /// bind(2) to the source address of the settings.
    Bind,
    /// connect(2) to an IPv4 or IPv6 address.
    Connect { ipv6: bool },
}

/// The missing resource, if the step failed for want of one.
pub(super) fn lack(error: &io::Error, step: ConnectStep) -> Option<Resource> {
    match (Errno::from_io_error(error)?, step) {
        (Errno::MFILE | Errno::NFILE, _) => Some(Resource::Descriptors),
        (Errno::NOMEM | Errno::NOBUFS, _) => Some(Resource::Memory),
        // Every local port is in use (ip(7)). For bind(2) the error means that this machine does not have the source address.
        // For IPv6 it means that the machine has no IPv6 address.
        (Errno::ADDRNOTAVAIL, ConnectStep::Connect { ipv6: false }) => Some(Resource::Ports),
        (Errno::ADDRINUSE, ConnectStep::Bind) => Some(Resource::Ports),
        _ => None,
    }
}

/// Number of descriptors that a name look-up and a connection open at once, with some to spare.
const NEEDED: usize = 8;

/// True if enough descriptors are left for a connection. Call it after an error of a resolver or an HTTP client: without
/// descriptors they report a missing name or server.
pub(crate) fn has_descriptors() -> bool {
    let opened: io::Result<Vec<_>> = (0..NEEDED).map(|_| std::fs::File::open("/dev/null")).collect();
    opened.err().is_none_or(|error| !matches!(Errno::from_io_error(&error), Some(Errno::MFILE | Errno::NFILE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_shortage_is_told_from_network_faults() {
        const IPV4: ConnectStep = ConnectStep::Connect { ipv6: false };
        const IPV6: ConnectStep = ConnectStep::Connect { ipv6: true };
        use Resource::{Descriptors, Memory, Ports};
        for (errno, step, expected) in [
            (Errno::MFILE, ConnectStep::Socket, Some(Descriptors)),
            (Errno::NFILE, ConnectStep::Socket, Some(Descriptors)),
            (Errno::MFILE, IPV4, Some(Descriptors)),
            (Errno::NOMEM, ConnectStep::Socket, Some(Memory)),
            (Errno::NOBUFS, ConnectStep::Socket, Some(Memory)),
            (Errno::NOBUFS, IPV6, Some(Memory)),
            (Errno::ADDRNOTAVAIL, IPV4, Some(Ports)),
            (Errno::ADDRNOTAVAIL, IPV6, None),
            (Errno::ADDRNOTAVAIL, ConnectStep::Bind, None),
            (Errno::ADDRINUSE, ConnectStep::Bind, Some(Ports)),
            (Errno::CONNREFUSED, IPV4, None),
            (Errno::TIMEDOUT, IPV4, None),
            (Errno::NETUNREACH, IPV6, None),
            (Errno::HOSTUNREACH, IPV4, None),
            (Errno::ACCESS, IPV4, None),
            (Errno::PERM, IPV4, None),
            (Errno::AFNOSUPPORT, ConnectStep::Socket, None),
        ] {
            assert_eq!(lack(&io::Error::from(errno), step), expected, "{errno} {step:?}");
        }
        assert_eq!(lack(&io::Error::other("no number"), IPV4), None);
        assert!(has_descriptors());
    }
}
