//! A relay: connection, proof of identity, and session.

mod certificate;
mod connect;
mod resource;
mod session;
mod tls;

pub use certificate::CertificateView;
pub(crate) use certificate::certificate_end;
pub use connect::{Net, NotOpened, Opened, Waits};
pub(crate) use resource::has_descriptors;
pub use session::{Finished, Session, Source, StageNews};
pub use tls::{check_tls, client_config, provider};
