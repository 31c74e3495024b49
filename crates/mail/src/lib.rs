//! Mail from the intake to the reply of the relay. Knows nothing of notices and incidents.

pub mod compose;
pub mod delivery;
mod field_kind;
pub mod follow;
pub mod intake;
mod mail;
pub mod message_id;
pub mod oauth;
pub mod operate;
pub mod probe;
pub mod queue;
mod recode;
pub mod relay;
pub mod test_send;

pub use mail::Mail;
