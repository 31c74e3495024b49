//! The settings document with its revision.
//!
//! The document is kept as JSON: a client hands on keys that it does not know. [`SettingsFields`] is its schema.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::settings_fields::SettingsFields;

/// The settings as typed, with their revision. A PUT may send the whole back; it ignores `meta`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingsDocument {
    pub meta: SettingsMeta,
    #[serde(flatten)]
    #[schema(value_type = SettingsFields)]
    pub settings: Map<String, Value>,
}

/// About the settings.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingsMeta {
    /// Revision, as in the ETag; 0 if nothing was saved yet.
    pub revision: i64,
    /// Time of the save (RFC 3339, UTC). `null` if nothing was saved yet.
    #[schema(required = true, format = DateTime)]
    pub saved: Option<String>,
    /// The actor that saved them.
    #[schema(required = true)]
    pub by: Option<String>,
    /// The reason why the stored settings cannot be read. `null` if they can.
    #[schema(required = true)]
    pub unreadable: Option<String>,
    /// Remarks, one sentence each.
    pub notes: Vec<String>,
}

/// An earlier revision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevisionEntry {
    pub revision: i64,
    /// Time of the save (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub saved: String,
    /// The actor that saved it.
    pub by: String,
    /// The settings. `null` if this version cannot read them.
    #[schema(required = true, value_type = Option<SettingsFields>)]
    pub settings: Option<Map<String, Value>>,
}

/// A revision to restore.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRevision {
    pub revision: i64,
}
