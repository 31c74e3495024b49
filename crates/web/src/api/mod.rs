//! `/api/v1`, one file for each subject. The crate `api` holds what travels; this module fills it.

pub(crate) mod accounts;
pub(crate) mod alarm;
mod body;
pub(crate) mod email;
pub(crate) mod events;
pub(crate) mod failover;
pub(crate) mod incidents;
mod message_body;
pub(crate) mod message_view;
pub(crate) mod messages;
pub(crate) mod oauth;
mod once;
pub(crate) mod operate;
pub(crate) mod report;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod tokens;
