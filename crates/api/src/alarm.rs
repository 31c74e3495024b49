//! The test of webhooks and heartbeat.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// The kind of the called address: the heartbeat, or the format of a webhook.
    AlarmKindName {
        Json = "json",
        Ntfy = "ntfy",
        Slack = "slack",
        Heartbeat = "heartbeat",
    }
);

/// The result of calling every webhook and the heartbeat once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmTest {
    pub called: Vec<AlarmCall>,
}

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmCall {
    pub kind: AlarmKindName,
    /// Scheme and host of the address. The rest of an address may be a secret.
    pub host: String,
    /// True if the other side answered with success.
    pub taken: bool,
    /// The HTTP status, or the reason why there is none.
    pub said: String,
}
