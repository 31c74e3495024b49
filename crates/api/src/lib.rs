//! The requests and responses of `/api/v1` as plain structs. `web` serves them, the command line reads them, and the OpenAPI
//! document takes its schemas and descriptions from them.
//!
//! No I/O and no rules. A client ignores fields that it does not know, so a newer node may add some. A field added to a
//! response later needs `#[serde(default)]`: a newer client may read the response of an older node. Mark a field that is
//! always there `#[schema(required = true)]` if its type would make it optional. Give an optional field `skip_serializing_if`.

#[macro_use]
mod names;

pub mod accounts;
pub mod alarm;
pub mod audit;
pub mod backup;
pub mod doctor;
pub mod events;
pub mod failover;
pub mod health;
pub mod incidents;
pub mod messages;
pub mod oauth;
pub mod problem;
pub mod queue;
pub mod report;
pub mod settings;
pub mod settings_fields;
pub mod status;
pub mod test;
pub mod texts;
pub mod tokens;
