//! Gives up every privilege but the two that the helper needs.

use rustix::thread::{CapabilitySet, CapabilitySets};

/// The capabilities that the helper keeps: it sets addresses and sends raw packets (capabilities(7)).
pub const KEPT: CapabilitySet = CapabilitySet::NET_ADMIN.union(CapabilitySet::NET_RAW);

/// The helper lacks a capability, or could not give the others up.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeFault {
    #[error("this program lacks the capability {0}: start it as root, or with AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW")]
    Missing(&'static str),
    #[error("the privileges cannot be given up: {0}")]
    System(#[from] std::io::Error),
}

/// Drops every capability besides [`KEPT`], now and for all programs that this one could start, and forbids new privileges. Call it
/// before the first thread begins: capabilities are those of a thread.
pub fn drop_all_but_network() -> Result<(), PrivilegeFault> {
    let io = |error: rustix::io::Errno| std::io::Error::from(error);
    let present = rustix::thread::capabilities(None).map_err(io)?.permitted;
    for (capability, name) in [(CapabilitySet::NET_ADMIN, "CAP_NET_ADMIN"), (CapabilitySet::NET_RAW, "CAP_NET_RAW")] {
        if !present.contains(capability) {
            return Err(PrivilegeFault::Missing(name));
        }
    }
    rustix::thread::set_no_new_privs(true).map_err(io)?;
    // Without this right the bounding set stays as it is, and no new privileges can come anyway.
    if present.contains(CapabilitySet::SETPCAP) {
        let others = (CapabilitySet::all() & !KEPT).iter();
        for other in others {
            match rustix::thread::remove_capability_from_bounding_set(other) {
                // The kernel does not know this one.
                Ok(()) | Err(rustix::io::Errno::INVAL) => {}
                Err(error) => return Err(PrivilegeFault::System(error.into())),
            }
        }
    }
    rustix::thread::clear_ambient_capability_set().map_err(io)?;
    let kept = CapabilitySets { effective: KEPT, permitted: KEPT, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, kept).map_err(io)?;
    Ok(())
}
