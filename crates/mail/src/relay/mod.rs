//! A relay: connection, proof of identity, and session.

mod connect;
mod resource;
mod session;
mod tls;

pub use connect::{Net, NotOpened, SessionOrFailure, Waits};
pub(crate) use resource::has_descriptors;
pub use session::{Finished, RelaySession, Source, StageNews};
