//! The test send: a real message, sent once.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::messages::FateName;
use crate::report::SessionReport;
use crate::settings_fields::SettingsFields;

/// A test to run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestRequest {
    /// Recipients. Default: the contacts.
    #[serde(default)]
    pub to: Vec<String>,
    /// Settings to test without saving them.
    #[schema(value_type = Option<SettingsFields>)]
    pub settings: Option<Value>,
    /// Name of the relay. Default: the first of the route.
    pub relay: Option<String>,
}

/// The result of a test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// Id of the message.
    pub id: String,
    /// True if the relay accepted the message for every recipient.
    pub accepted: bool,
    pub recipients: Vec<TestedRecipient>,
    pub report: SessionReport,
}

/// The fate of one recipient of a test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestedRecipient {
    pub address: String,
    pub fate: FateName,
    /// The relay's words, or those of this node if it did not offer the message.
    pub reply: String,
    /// Cause and remedy, if the report has none for the whole attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}
