//! The service: settings, intake, queue and delivery, in the order in which a message passes them.
//!
//! The outer layers hold a [`Service`]. It renders the text of mail, because it sends that, and never a page.

pub mod clock;
pub mod words;
pub mod settings;
pub mod account;
pub mod token;
pub mod intake;
pub mod event;
pub mod notice;
pub mod queue;
pub mod delivery;
mod http;
pub mod relay;
pub mod oauth;
pub mod probe;
pub mod watch;
pub mod alarm;
pub mod trial;
mod daily;
mod received;
pub mod doctor;
pub mod status;
pub mod backup;
pub mod life;
mod root;

pub use clock::Clock;
pub use root::{OperateFault, Service, Start};
pub use words::{say, word};
